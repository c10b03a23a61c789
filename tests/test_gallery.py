"""Programs of the gallery make its pictures."""

import runpy
from pathlib import Path

import matplotlib.pyplot as plt
import pytest

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "gallery"
PROGRAMS = sorted(FOLDER.glob("*.py"))


def test_every_picture_has_a_program_and_a_place() -> None:
    names = {path.stem for path in PROGRAMS}
    text = (FOLDER / "index.md").read_text(encoding="utf-8")
    assert names == {path.stem for path in FOLDER.glob("*.png")}
    assert all(
        f"({name}.png)" in text and f"{{literalinclude}} {name}.py" in text for name in names
    )


@pytest.mark.slow
@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_programs_make_their_pictures(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with plt.rc_context():
        runpy.run_path(str(program))
        plt.close("all")
    made, kept = (plt.imread(folder / f"{program.stem}.png") for folder in (tmp_path, FOLDER))
    for new, old in zip(made.shape[:2], kept.shape[:2], strict=True):  # fonts differ a little
        assert 0.8 < new / old < 1.25
    assert made.std() > 0.05
