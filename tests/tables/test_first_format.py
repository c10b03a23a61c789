"""Folders of version 0.1, in tests/data/run-0.1: read, certified, continued, and never evaluated.

They were written by version 0.1 itself: ``matrices`` by ``real_critical_table`` of 2×2 matrices of
rank 1 (50 samples, shards of 20, seed 1) and ``certify_run``; ``ellipse`` with given data, a fixed
metric and proofs.
"""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import edgeom as eg
from edgeom.cli.main import app
from edgeom.plain import digest
from edgeom.tables.run import SampleRun
from edgeom.tables.store import RunFolder
from edgeom.varieties.fields import from_fields
from tests.tables.test_run_certificate import VARIETIES

FOLDERS = Path(__file__).parents[1] / "data" / "run-0.1"
SMALL = eg.DeterminantalVariety(2, 2, rank=1)
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")


@pytest.fixture
def matrices(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDERS / "matrices", tmp_path / "matrices"))


@pytest.fixture
def ellipse(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FOLDERS / "ellipse", tmp_path / "ellipse"))


def content_of(folder: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return content


def with_variety(folder: Path, text: Any) -> None:
    """Write another variety into a manifest, with a digest that fits."""
    content = content_of(folder)
    content["run"]["variety"] = text
    content["digest"] = digest(content["run"])
    (folder / "manifest.json").write_text(json.dumps(content), encoding="utf-8")


def continue_run(folder: Path) -> eg.RealCriticalTable:
    return eg.real_critical_table(SMALL, samples=50, seed=1, shard_size=20, out=folder, resume=True)


def test_tables_are_read() -> None:
    matrices = eg.RealCriticalTable.load(FOLDERS / "matrices")
    assert str(matrices) == str(eg.real_critical_table(SMALL, samples=50, seed=1))
    ellipse = eg.RealCriticalTable.load(FOLDERS / "ellipse")
    assert ellipse.proved == 30 and "given data" in ellipse.law
    assert RunFolder(FOLDERS / "ellipse").data().shape == (30, 2)


def test_runs_are_certified(matrices: Path, ellipse: Path) -> None:
    before = (matrices / "manifest.json").read_bytes()
    with pytest.raises(eg.InputError, match=r"format 'edgeom certificate 1'; delete it, and all"):
        eg.certify_run(matrices)
    (matrices / "certificate.json").unlink()
    assert eg.certify_run(matrices).proved == 50
    result = CliRunner().invoke(app, ["certify", str(ellipse)])
    assert result.exit_code == 0 and "30 of 30 samples proved as stored" in result.output
    assert (matrices / "manifest.json").read_bytes() == before


def test_other_options_are_another_run(matrices: Path) -> None:
    with pytest.raises(eg.InputError, match=r"another run: .*options.tracker.* is null there"):
        continue_run(matrices)
    (matrices / "shard-00001.parquet").unlink()
    with pytest.raises(eg.IncompleteError, match=r"shard-00001.parquet is missing .*a new run"):
        eg.RealCriticalTable.load(matrices)
    assert content_of(matrices) == content_of(FOLDERS / "matrices")


def test_a_run_with_the_same_options_is_not_continued(
    matrices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is read when it is finished; a folder holds shards of one format."""
    stored = RunFolder(matrices).manifest["run"]
    own = SampleRun.description

    def description(run: SampleRun) -> dict[str, Any]:
        return {**own(run), "options": stored["options"], "versions": stored["versions"]}

    monkeypatch.setattr(SampleRun, "description", description)
    assert str(continue_run(matrices)) == str(eg.RealCriticalTable.load(matrices))
    (matrices / "shard-00001.parquet").unlink()
    with pytest.raises(eg.InputError, match=r"of version 0\.1; start a new run"):
        continue_run(matrices)


@pytest.mark.parametrize("variety", VARIETIES, ids=str)
def test_every_variety_of_version_0_1_is_understood(variety: Any, ellipse: Path) -> None:
    with_variety(ellipse, repr(variety))
    fields = RunFolder(ellipse).manifest["run"]["variety"]
    assert repr(from_fields(fields)) == repr(variety)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "run.variety must be a text, got None"),
        ("", "is not the name of a kind of variety with its arguments"),
        ("f(", "is not the name of a kind"),
        ("SegreVariety", "is not the name of a kind"),
        ("SegreVariety.__init__((2, 2))", "is not the name of a kind"),
        ("(lambda: SegreVariety)()((2, 2))", "is not the name of a kind"),
        ("Nothing(1)", "'Nothing' is not one of .*AlgebraicVariety, "),
        ("__import__('os')", "'__import__' is not one of"),
        ("SegreVariety(x)", "'x' is not an integer, a text or a list"),
        ("SegreVariety((2, 1 + 1))", r"'1 \+ 1' is not an integer"),
        ("SegreVariety((2, 2.0))", "'2.0' is not an integer"),
        ("SegreVariety((2, None))", "'None' is not an integer"),
        ("SegreVariety([n for n in (2, 2)])", "'.n for n in .2, 2..' is not"),
        ("SegreVariety(*(2, 2))", r"'\*\(2, 2\)' is not"),
        ("SegreVariety(**{'dims': (2, 2)})", "is not an integer"),
        ("SegreVariety((2, '2'))", "dims must be a list of integers"),
        ("SegreVariety((2, True))", "dims must be a list of integers"),
        ("SegreVariety((2, 2), 3)", "has too many arguments"),
        ("SegreVariety((2, 2), dims=(2, 2))", "gives an argument twice"),
        ("SegreVariety(dims=(2, 2), dims=(2, 2))", "gives an argument twice"),
        ("SegreVariety(dim=(2, 2))", "has no field dims"),
        ("DeterminantalVariety(3, 3)", "has no field rank"),
        ("SegreVariety(" + "-" * 100_000 + "2)", "is not the name of a kind"),
        ("SegreVariety(" + "(" * 1000 + ")" * 1000 + ")", "is not the name of a kind"),
        ("SegreVariety(" + "2+" * 100_000 + "2)", "is not"),
        ("SegreVariety((" + "2," * 600_000 + "))", "has 1200016 characters, the limit is"),
        ("a" + ".a" * 100_000, "is not the name of a kind"),
    ],
    ids=range(27),
)  # fmt: skip
def test_other_texts_are_refused(text: Any, message: str, ellipse: Path) -> None:
    with_variety(ellipse, text)
    for use in (eg.RealCriticalTable.load, eg.certify_run):
        with pytest.raises(eg.InputError, match=rf"manifest\.json: .*{message}"):
            use(ellipse)


@pytest.mark.parametrize(
    "equation",
    ["x**2 + exp(y)", "x**2 + E*y", "x.__class__", "open('canary', 'w')", "x if y else 1"],
)
def test_other_equations_are_refused_when_they_are_needed(equation: str, ellipse: Path) -> None:
    with_variety(ellipse, f"AlgebraicVariety([{equation!r}], ['x', 'y'])")
    assert len(eg.RealCriticalTable.load(ellipse)) == 30
    with pytest.raises(eg.InputError, match=r"run\.variety describes no variety: equation 1 "):
        eg.certify_run(ellipse)


def test_no_text_runs(ellipse: Path, tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    name = str(canary)
    for attack in (
        f"__import__('os').system('touch {name}')",
        f"open({name!r}, 'w')",
        f"exec(\"open({name!r}, 'w')\")",
        f"(lambda: open({name!r}, 'w'))()",
        f"[open({name!r}, 'w') for _ in [1]][0]",
        f"f'{{open({name!r}, chr(119))}}'",
        f"x.subs(x, open({name!r}, 'w'))",
    ):
        for text in (
            attack,
            f"SegreVariety({attack})",
            f"SegreVariety(dims={attack})",
            f"SegreVariety((2, {attack}))",
            f"SegreVariety[{attack}]((2, 2))",
            f"AlgebraicVariety([{attack!r}], ['x', 'y'])",
            f"AlgebraicVariety(['x + y'], ['x', {attack!r}])",
            f"AlgebraicVariety(['x + y'], ['x', 'y'], irreducible={attack})",
            f"ParametrizedVariety(['t', {attack!r}], ['t'])",
        ):
            with_variety(ellipse, text)
            with pytest.raises(eg.InputError):
                eg.certify_run(ellipse)
            assert not canary.exists(), text


def test_other_fields_are_checked_as_those_of_today(ellipse: Path) -> None:
    content = content_of(ellipse)
    for changes, message in (
        ({"digest": "0"}, "was changed"),
        ({"digest": 1}, "digest must be a text, got 1"),
        ({"run": []}, "run must be an object"),
        ({"degree": -1}, "degree must be at least 0"),
        ({"more": 1}, "unknown field 'more'"),
        ({"shards": {"../x": "0" * 64}}, "no shard of the run"),
    ):
        (ellipse / "manifest.json").write_text(json.dumps({**content, **changes}))
        with pytest.raises(eg.InputError, match=rf"manifest\.json.*{message}"):
            RunFolder(ellipse)
