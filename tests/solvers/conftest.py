"""The backends that the contract is tested with, and a system for them."""

import pytest

import edgeom as eg
from edgeom.solvers.embedded import Embedded
from edgeom.solvers.phcpack import Phcpack
from tests.solvers.loopback import Loopback


@pytest.fixture(params=[Embedded, Loopback, Phcpack], ids=lambda kind: kind.name)
def backend(request):
    made = request.param()
    found = made.availability()
    if not found.available:
        pytest.skip(str(found))
    return made


@pytest.fixture
def system():
    """The critical equations of a circle for (3, 4): two solutions."""
    circle = eg.AlgebraicVariety(["x^2 + y^2 - 1"], "x y")
    return eg.DistanceProblem(circle, data=[3.0, 4.0]).critical_system()
