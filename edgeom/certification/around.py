"""The Krawczyk test for all data of a ball at once."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.certification.balls import BITS, PointProof, krawczyk, newton
from edgeom.certification.parameters import ExactParameters
from edgeom.equations.critical import CriticalEquations
from edgeom.equations.digits import evaluated

__all__ = ["prove_around"]

Array = NDArray[Any]
EVEN = (0.01, 0.1, 1.0)  # a coordinate may move by the square of what others do


def prove_around(
    equations: CriticalEquations, u: Array, parameters: ExactParameters, reach: Array
) -> PointProof | None:
    """Prove that for all real data near that of a problem there is one solution in the same box.

    Parameters
    ----------
    equations : CriticalEquations
    u : complex array (N,)
        An approximate solution for the data itself.
    parameters : ExactParameters
        Of one sample.
    reach : float array (n,)
        How far coordinates of the data may be away.
    """
    from flint import acb, ctx

    with ctx.workprec(BITS[1]), np.errstate(all="ignore"):
        start = [acb(complex(value)) for value in u]
        found, middle = newton(equations, start, parameters.balls(), BITS[1])
        if found is None:
            return None
        balls = parameters.balls(reach)
        residual, _ = evaluated(equations, middle, balls)
        proof = krawczyk(equations, middle, (found[0], residual), balls, False, BITS[1], EVEN)
    return proof if proof is not None and proof.certified else None
