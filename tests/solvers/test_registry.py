"""Backends by name, and those of other packages."""

import sys

import pytest

import edgeom as eg
from edgeom.solvers.embedded import Embedded
from edgeom.solvers.phcpack import Phcpack
from edgeom.solvers.registry import backend_names, get_backend, solver_names

ENTRY = "[edgeom.backends]\nloopback = tests.solvers.loopback:Loopback\n"


@pytest.fixture
def announce(tmp_path, monkeypatch):
    """Install a package that announces a backend."""

    def install(entry):
        info = tmp_path / "other-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(entry)
        monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    return install


def test_the_own_backends_are_listed():
    listed = eg.backends()
    assert [found.name for found in listed][:2] == ["embedded", "phcpack"]
    assert listed[0].available
    assert repr(listed).splitlines()[0] == str(listed[0])


def test_backends_by_name():
    assert get_backend("embedded") == Embedded()
    assert get_backend("phcpack", timeout=5) == Phcpack(timeout=5)
    ready = Phcpack(precision="quad-double")
    assert get_backend(ready) is ready


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        ("phpack", {}, "did you mean 'phcpack'"),
        ("bertini", {}, "there are embedded, phcpack"),
        (7, {}, "must be a name or a Backend, got int"),
        ("phcpack", {"precison": "double"}, "no option 'precison'; did you mean 'precision'"),
        ("phcpack", {"precision": "triple"}, "precision must be one of double, double-double"),
        ("phcpack", {"timeout": 0}, "timeout must be a positive number"),
        ("phcpack", {"processes": 0}, "processes must be at least 1"),
        ("embedded", {"timeout": 3}, "no option 'timeout'"),
        (Embedded(), {"timeout": 3}, "need the name of a backend"),
    ],
)
def test_what_cannot_be_used_is_named(given, options, message):
    with pytest.raises(eg.InputError, match=message):
        get_backend(given, **options)


def test_a_misspelt_backend_is_an_error_of_the_problem():
    problem = eg.DistanceProblem(eg.DeterminantalVariety(2, 2, 1), data=[[1, 2], [3, 5]])
    with pytest.raises(eg.InputError, match="did you mean 'phcpack'"):
        problem.critical_points(backend="phcpak")


def test_a_method_that_does_not_count():
    variety = eg.DeterminantalVariety(2, 2, 1)
    with pytest.raises(eg.InputError, match="auto, formula, monodromy, phcpack"):
        eg.ed_degree(variety, method="embedded")
    with pytest.raises(eg.InputError, match="starting points of monodromy"):
        eg.ed_degree(variety, method="phcpack", seeds=3)


def test_another_package_adds_a_backend(announce):
    announce(ENTRY)
    assert "loopback" in backend_names()
    assert "loopback" in solver_names()
    variety = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x y")
    assert len(eg.DistanceProblem(variety, data=[1, 2]).critical_points(backend="loopback")) == 4
    degree = eg.ed_degree(variety, method="loopback")
    assert degree == 4
    assert degree.evidence.method == "loopback"
    assert degree.evidence.paths["started"] == 16


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("no.such.module:Backend", "cannot be imported"),
        ("tests.solvers.loopback:march", "not a Backend"),
    ],
)
def test_a_backend_that_cannot_be_loaded_is_not_available(announce, place, message):
    announce(f"[edgeom.backends]\nbroken = {place}\n")
    (broken,) = (found for found in eg.backends() if found.name == "broken")
    assert not broken.available
    assert message in broken.reason
    with pytest.raises(eg.BackendError, match=message):
        get_backend("broken")
