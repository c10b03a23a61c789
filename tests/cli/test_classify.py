"""``edgeom classify``: weights of a training run on the command line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import Result
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app


def run(folder: Path, command: str) -> Result:
    words = [str(folder / w) if "." in w[1:] else w for w in command.split()]
    return CliRunner().invoke(app, ["classify", *words])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network 3-1-2 trained on samples as rows, in single precision; and labels."""
    place = tmp_path_factory.mktemp("run")
    rng = np.random.default_rng(0)
    X, Y = rng.normal(size=(20, 3)), rng.normal(size=(20, 2))
    network = eg.LinearNetwork([3, 1, 2])
    loss = eg.NetworkLoss(network, eg.QuadraticLoss(X, Y, samples="rows"))
    first, second = eg.descend(loss, network.random_weights(0)).weights
    single = {"0.weight": first.astype(np.float32), "1.weight": second.astype(np.float32)}
    np.savez(place / "w.npz", **single)
    np.savez(place / "kernels.npz", A=first.T, B=second.T)
    np.savez(place / "square.npz", A=np.ones((3, 1)), B=np.ones((1, 3)))
    np.savez(place / "XY.npz", X=X, Y=Y)
    np.save(place / "X.npy", X)
    np.save(place / "Y.npy", Y)
    np.savetxt(place / "labels.txt", np.arange(20) % 2)
    return place


def test_a_report(folder: Path) -> None:
    found = run(folder, "w.npz --x X.npy --y Y.npy --samples rows")
    assert found.exit_code == 0 and found.stdout.startswith("pure critical point of L: global min")
    assert "polished  moved by" in found.stdout
    report = json.loads(run(folder, "w.npz --x X.npy --y Y.npy --samples rows --json").stdout)
    assert (report["widths"], report["type"]) == ([3, 1, 2], "global minimum")
    assert np.shape(report["weights"][0]) == (1, 3) and 0 < report["moved"] < 1e-5


def test_weights_that_multiply_rows(folder: Path) -> None:
    found = run(folder, "kernels.npz --x X.npy --y Y.npy --samples rows")
    assert found.exit_code == 0 and found.stdout.startswith("pure critical point of L: global min")


def test_classes(folder: Path) -> None:
    found = run(folder, "w.npz --x X.npy --labels labels.txt --samples rows --no-polish")
    assert found.exit_code == 0 and found.stdout.startswith("not a critical point of L")


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("w.npz --x X.npy --y Y.npy", "if samples are rows"),
        ("w.npz --x X.npy", "by --y or classes by --labels"),
        ("w.pt --x X.npy --y Y.npy", "np.savez"),
        ("none.npz --x X.npy --y Y.npy", "cannot read"),
        ("w.npz --x XY.npz --y Y.npy", "archive of arrays (X (20, 3), Y (20, 2)), where one"),
        ("XY.npz --x X.npy --y Y.npy --samples rows", "XY.npz holds X (20, 3), Y (20, 2), taken"),
        ("square.npz --x X.npy --y X.npy --samples rows", "give their transposes [W1.T, W2.T]"),
    ],
)
def test_what_is_refused(folder: Path, command: str, message: str) -> None:
    found = run(folder, command)
    assert found.exit_code == 2 and message in found.stderr and found.stderr.count("\n") == 1


def test_a_damaged_archive(folder: Path) -> None:
    (folder / "bad.npz").write_bytes((folder / "w.npz").read_bytes()[:100])
    found = run(folder, "bad.npz --x X.npy --y Y.npy")
    assert found.exit_code == 2 and "does not hold arrays" in found.stderr
