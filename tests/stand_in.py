"""Shell scripts in the place of other programs, which break down in every way."""

import stat
from pathlib import Path


def stand_in(program: Path, option: str, version: str, script: str) -> Path:
    """Write a program that answers the option with a version, and is the script otherwise."""
    answer = f'[ "$1" = {option} ] && {{ echo "{version}"; exit 0; }}\n'
    program.write_text(f"#!/bin/sh\n{answer}{script}\n")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)
    return program
