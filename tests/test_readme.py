"""The program in the README prints what the README says."""

import re
import subprocess
import sys
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text()


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.S)


def without_rounding(text):
    """Leave out the sizes of residuals, which depend on the processor."""
    return re.sub(r"\d+e-\d+", "tiny", text)


def test_the_program_prints_what_is_printed_below_it():
    program, *_ = blocks("python")
    expected, *_ = blocks("text")
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert without_rounding(run.stdout) == without_rounding(expected)
    assert run.stderr == ""
