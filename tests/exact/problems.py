"""What the tests of exact counts share."""

import pytest

import edgeom as eg
from edgeom.exact.msolve import availability

FOUND = availability()
needs_msolve = pytest.mark.skipif(not FOUND.available, reason=str(FOUND))
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
PRIME = 1073741827
