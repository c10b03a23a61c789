"""The backends that the contract is tested with."""

import pytest

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
