"""Settings that hold for every test, and a place for temporary files."""

import atexit
import os
import tempfile

import matplotlib
import pytest
from hypothesis import settings

# Machine code is shared by all processes of a run of the tests, and is gone afterwards.
if "EDGEOM_CACHE" not in os.environ:
    folder = tempfile.TemporaryDirectory(prefix="edgeom-tests-")
    atexit.register(folder.cleanup)
    os.environ["EDGEOM_CACHE"] = folder.name

# Not by way of MPLBACKEND: the kernels that execute notebooks would inherit it and draw nothing.
matplotlib.use("agg")

# A first call compiles kernels, so examples may take any time. They are the same in each run, so
# that a change is judged by itself; `--hypothesis-profile=random`, as in `make test-slow`, draws
# others.
settings.register_profile("edgeom", deadline=None, max_examples=40, derandomize=True)
settings.register_profile("random", settings.get_profile("edgeom"), derandomize=False)
settings.load_profile("edgeom")


@pytest.fixture
def scratch(tmp_path, monkeypatch):
    """The only place for temporary files."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder
