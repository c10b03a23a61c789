"""What works on a machine, and how to get what is missing."""

import json
from importlib.metadata import PackageNotFoundError

import pytest
from typer.testing import CliRunner

import edgeom as eg
from edgeom import doctor
from edgeom.cli.main import app
from edgeom.solvers.embedded import Embedded
from edgeom.solvers.phcpack import VARIABLE, Phcpack


def finding(name):
    (found,) = (x for x in doctor.examine() if x.name == name)
    return found


def test_everything_that_is_there_works():
    diagnosis = doctor.examine()
    assert diagnosis.ok, str(diagnosis)
    assert [x.name for x in diagnosis][:2] == ["embedded", "phcpack"]
    for found in diagnosis:
        assert found.what
        if found.state == doctor.WORKS:
            assert found.version[0].isdigit()
            assert found.detail
            assert found.name in str(diagnosis)
        else:
            assert found.state == doctor.MISSING
            assert found.advice in str(diagnosis)
    json.dumps([found.to_dict() for found in diagnosis])


@pytest.mark.parametrize("works", [True, False])
def test_the_command_line(monkeypatch, works):
    state = doctor.WORKS if works else doctor.FAILED
    findings = doctor.Diagnosis([doctor.Finding("plots", "pictures", state, "1.0", "drawn")])
    monkeypatch.setattr(doctor, "examine", lambda: findings)
    done = CliRunner().invoke(app, ["doctor"])
    assert done.exit_code == (0 if works else 1)
    assert done.output.split()[:4] == ["plots", state, "1.0", "drawn"]
    table = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).output)
    assert table["ok"] == works
    assert table["parts"][0]["name"] == "plots"
    assert {"edgeom", "python", "platform"} <= set(table)  # what reports of faults need


def test_phcpack_is_tried():
    available = Phcpack().availability()
    found = finding("phcpack")
    assert (found.state == doctor.WORKS) == available.available
    assert found.version == available.version


def test_a_missing_phcpack_comes_with_advice(monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(VARIABLE, raising=False)
    found = finding("phcpack")
    assert found.state == doctor.MISSING
    assert found.advice == "apt install phcpack"
    assert doctor.examine().ok


@pytest.mark.parametrize(
    ("package", "name", "advice"),
    [
        ("matplotlib", "plots", 'pip install "edgeom[plot]"'),
        ("nbclient", "notebooks", 'pip install "edgeom[notebook]"'),
        ("pyarrow", "tables", 'pip install "edgeom[tables]"'),
        ("python-flint", "certificates", "pip install python-flint"),
    ],
)
def test_a_missing_package_comes_with_advice(monkeypatch, package, name, advice):
    real = doctor.version

    def version(asked):
        if asked == package:
            raise PackageNotFoundError(asked)
        return real(asked)

    monkeypatch.setattr(doctor, "version", version)
    found = finding(name)
    assert (found.state, found.advice) == (doctor.MISSING, advice)
    assert package in found.detail


def test_a_solver_that_is_there_and_fails_is_reported(monkeypatch):
    def broken(*arguments, **options):
        raise eg.BackendError("it fell over")

    monkeypatch.setattr(Phcpack, "availability", Embedded.availability)
    monkeypatch.setattr(Phcpack, "solve", broken)
    diagnosis = doctor.examine()
    assert not diagnosis.ok
    assert "failed" in str(diagnosis)
    assert "BackendError: it fell over" in repr(diagnosis)


def test_a_solver_that_gives_a_wrong_answer_is_reported(monkeypatch):
    class Wrong:
        real = ()

    monkeypatch.setattr(doctor.DistanceProblem, "critical_points", lambda self, backend: Wrong())
    found = finding("embedded")
    assert found.state == doctor.FAILED
    assert "got 0 real critical points, not 4" in found.detail
