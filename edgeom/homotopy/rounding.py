"""Whether rounding errors are what stops a path.

Where the terms of an equation cancel, its value is a rounding error long before the point is known
to all digits: Newton's corrections stop shrinking, and every step is rejected. Twice the digits in
the values of the equations are enough there, as Jacobians do not have to be known so well.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.kernels import jacobian_tape, squares
from edgeom.homotopy.loop import ROUNDING
from edgeom.homotopy.precision import as_balls, doubles, less, run, with_digits
from edgeom.homotopy.tape import Tape

__all__ = ["moved_by_rounding"]

SHARE = 0.01  # of the correction that is accepted anyhow, from which on one is too rough
MOST = 4  # places that are looked at


def moved_by_rounding(system: Tape, u: NDArray[Any], p: NDArray[Any]) -> bool:
    """Tell whether rounding errors keep Newton's method from coming close to a solution.

    Parameters
    ----------
    system : Tape
    u : complex array (places, unknowns)
    p : complex array (places, parameters)

    Examples
    --------
    >>> from edgeom.homotopy.tape import Builder
    >>> b = Builder()
    >>> (x,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
    >>> cube = b.finish({"F": [((x - 3) * x + 3) * x - p]})  # (x - 1)³ + 1
    >>> u, p = np.array([[1.1], [1.0 + 1e-5]]), np.ones((2, 1))
    >>> moved_by_rounding(cube, u[:1], p[:1]), moved_by_rounding(cube, u, p)
    (False, True)
    """
    out = _jacobian(system).arrays(u=u[:MOST], p=p[:MOST])
    matrices = squares(out["J"], u.shape[1], symmetric=False)
    for place, (value, matrix) in enumerate(zip(out["F"], matrices, strict=True)):
        with with_digits():
            exact = run(system, u=as_balls(u[place]), p=as_balls(p[place]))["F"]
            wrong = doubles(less(as_balls(value), exact))
        if not (np.isfinite(matrix).all() and np.isfinite(wrong).all()):
            continue
        step = np.linalg.lstsq(matrix, wrong, rcond=None)[0]
        if np.linalg.norm(step) > SHARE * ROUNDING * np.linalg.norm(u[place]):
            return True
    return False


@lru_cache(maxsize=16)
def _jacobian(system: Tape) -> Tape:
    return jacobian_tape(system, symmetric=False)
