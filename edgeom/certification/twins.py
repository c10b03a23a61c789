"""Real points with complex unknowns: proofs by the symmetries of a chart."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.arithmetic import box_around, defect_of, root_radii
from edgeom.certification.inertia import inertia
from edgeom.equations.critical import CriticalEquations
from edgeom.equations.digits import evaluated, run
from edgeom.equations.hessian import UNDECIDED

__all__ = ["index_across", "is_own_twin"]

WIDE = 2.0**12  # times as large boxes with one solution are tried


def is_own_twin(
    equations: CriticalEquations,
    m: list[Any],
    box: list[Any],
    p: list[Any],
    inverse: Any,
    correction: NDArray[np.float64],
    radii: NDArray[np.float64],
) -> bool:
    """Whether a symmetry of the chart leads from the conjugate solution to the solution itself.

    Symmetries lead from solutions to solutions with the same point. If one leads from the conjugate
    of the solution in a box into a larger box with no other solution, the point is its own
    conjugate, so that it is real.

    Parameters
    ----------
    equations : CriticalEquations
    m, box : lists of acb
        The midpoint, and a box around the solution.
    p : list of acb
        Parameters, real.
    inverse, correction, radii
        As for the test of a box: Y, upper bounds of Y F(m), and the radii of a box that passes.
    """
    conjugate = [value.conjugate() for value in box]
    twins = list(equations.chart.twins(conjugate))
    if not twins:
        return False
    wide = WIDE * radii
    large = box_around(m, wide)
    defect = defect_of(inverse, evaluated(equations, large, p)[1])
    if np.isnan(root_radii(defect[None], correction[None], wide[None])).any():
        return False
    return any(
        all(side.contains(value) for side, value in zip(large, twin, strict=True)) for twin in twins
    )


def index_across(equations: CriticalEquations, box: list[Any], p: list[Any]) -> int:
    """Return the index at a real point with complex unknowns in a box."""
    from flint import acb_mat, arb_mat

    count = len(box)
    if len(equations.chart.names) < count:
        return UNDECIDED
    out = run(equations.geometry, u=box)
    dx = acb_mat(len(out["x"]), count, out["dx"])
    middle = np.array([complex(v.mid()) for v in out["dx"]]).reshape(-1, count)
    frame = np.linalg.svd(np.hstack([middle.real, middle.imag]), full_matrices=False)[0][:, :count]
    try:
        change = (acb_mat(arb_mat(frame.T.tolist())) * dx).inv()
    except ZeroDivisionError:
        return UNDECIDED
    _, hessian = evaluated(equations, box, p)
    negative = inertia((change.transpose() * hessian * change).real)
    return UNDECIDED if negative is None else negative
