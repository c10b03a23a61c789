"""What PHCpack reads and writes: start solutions, answers to its menus, lists of solutions.

In a list each solution has its own block,

    solution 1 :    start residual :  2.012E-15   #iterations : 1   success
    t :  1.00000000000000E+00   0.00000000000000E+00
    m : 1
    the solution for t :
     x1 : -3.81911177464589E-01   6.77162759022564E-01
     x2 : -1.85081568560126E-01   1.21979166557817E+00
    == err :  6.814E-16 = rco :  7.980E-02 = res :  1.263E-15 = complex regular ==

with the unknowns in any order. Reports on paths have blocks that begin with ``== 1 =`` instead;
they list the same ends before the last refinement.
"""

from __future__ import annotations

import re
from textwrap import fill

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import BackendError
from edgeom.homotopy.tracker import PathStatus
from edgeom.solvers.base import Array, Ends

__all__ = ["DIGITS", "answers", "read_solutions", "read_version", "short_lines", "with_solutions"]

DIGITS = {"double": "", "double-double": "2", "quad-double": "4"}  # as in phc -b2
RULE = "=" * 75
VERSION = re.compile(r"PHCv(\d+)\.(\d+)\.(\d+)")
END = re.compile(r"(?:PHCv\S+ released \S+|Total context switches was +\d+)\s*$")
HEADER = re.compile(r"^(?:THE )?SOLUTIONS ?:\s*\n+\s*(\d+) +(\d+)\s*\n=+\s*\n(?=solution )", re.M)
BLOCK = re.compile(
    r"solution \d+ :[^\n]*\n"
    r"t : *(?P<re>\S+) +(?P<im>\S+)[^\n]*\n"
    r"m :[^\n]*\n"
    r"the solution for t :[^\n]*\n"
    r"(?P<unknowns>(?: *x\d+ :[^\n]*\n)+)"
    r"== err :[^\n=]*= rco :[^\n=]*= res :[^\n=]*=(?: (?P<kind>[^=\n]*) =)?=",
)
UNKNOWN = re.compile(r" *x(\d+) : *(\S+) +(\S+) *\n")
NOT_A_NUMBER = re.compile(r"[+-]?(?:nan|inf)[a-z]*\**|\*+", re.I)


def read_version(text: str) -> tuple[int, ...] | None:
    """Return the version in what ``phc --version`` prints.

    Examples
    --------
    >>> read_version("PHCv2.4.86 released 2022-05-30")
    (2, 4, 86)
    """
    found = VERSION.search(text)
    return tuple(map(int, found.groups())) if found else None


def short_lines(system: str) -> str:
    r"""Return an input file in lines that phc can read.

    It joins the lines of an equation, reads them by 256 characters and breaks down where the last
    of these is a lone semicolon; a space in front moves it.

    Examples
    --------
    >>> print(short_lines("1\n" + " + ".join(["1.5*x1"] * 20) + ";\n"), end="")
    1
    1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1
    + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1 + 1.5*x1;
    >>> len(short_lines("x" * 256 + ";\n"))
    259
    """
    written = []
    for line in system.splitlines():
        text = fill(line, 99, break_long_words=False)
        lone = len(text.replace("\n", "")) % 256 == 1
        written.append(f"{' ' * lone}{text}\n")
    return "".join(written)


def with_solutions(system: str, solutions: Array) -> str:
    """Return an input file with start solutions (points, unknowns) after its equations."""
    lines = [f"\nTHE SOLUTIONS :\n\n{len(solutions)} {solutions.shape[1]}\n{RULE}"]
    for number, solution in enumerate(solutions, 1):
        lines += [f"solution {number} :", "t :  0.0E+00  0.0E+00", "m : 1", "the solution for t :"]
        lines += [f" x{i} : {z.real:.16E}  {z.imag:.16E}" for i, z in enumerate(solution, 1)]
        lines.append("== err :  1.0E-15 = rco :  1.0E-02 = res :  1.0E-15 ==")
    return system.rstrip("\n") + "\n" + "\n".join(lines) + "\n"


def answers(target: str, output: str, start: str) -> str:
    """Return the answers to what ``phc -p`` asks, for the homotopy a(1-t) start + t target.

    The questions: the file of the target system, the file for the output, whether the solutions
    are wanted in a file of their own, and the file of the start system. Then come three menus: k,
    the power of t, is set to 1; the settings of the tracker, and the amount of output, stay.
    """
    return "\n".join([target, output, "n", start, "k", "1", "0", "0", "0", ""])


def read_solutions(text: str, unknowns: int) -> Ends:
    """Read all lists of solutions in an output file.

    There may be two: solutions with zero coordinates have their own.

    Parameters
    ----------
    text : str
    unknowns : int
        Number of unknowns, called x1, x2, ...

    Raises
    ------
    BackendError
        There is no list of solutions, it ends too early, or has other unknowns.
    """
    if not END.search(text):
        raise BackendError("PHCpack's output ends too early")
    headers = list(HEADER.finditer(text))
    if not headers:
        raise BackendError("PHCpack's output has no list of solutions")
    points: list[NDArray[np.complex128]] = []
    status: list[PathStatus] = []
    for header, following in zip(headers, [*headers[1:], None], strict=True):
        expected, width = int(header[1]), int(header[2])
        part = text[header.end() : following.start() if following else None]
        blocks = list(BLOCK.finditer(part))
        if len(blocks) != expected or width != unknowns:
            raise BackendError(
                f"PHCpack announces {expected} solutions in {width} unknowns, its output has "
                f"{len(blocks)} and {unknowns} were asked for"
            )
        for block in blocks:
            point = _point(block["unknowns"], unknowns)
            points.append(point)
            status.append(_status(point, block))
    return Ends(np.array(points).reshape(-1, unknowns), np.array(status, np.int64))


def _point(lines: str, unknowns: int) -> NDArray[np.complex128]:
    """Return the coordinates of a solution, NaN where there is no number."""
    found = {int(index): (re, im) for index, re, im in UNKNOWN.findall(lines)}
    if sorted(found) != list(range(1, unknowns + 1)):
        raise BackendError(
            f"a solution has the unknowns {', '.join(f'x{i}' for i in sorted(found))}, expected "
            f"x1 to x{unknowns}"
        )
    return np.array([complex(*map(_number, found[i])) for i in range(1, unknowns + 1)])


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        if NOT_A_NUMBER.fullmatch(text):
            return float("nan")
        raise BackendError(f"{text!r} stands in the place of a number") from None


def _status(point: NDArray[np.complex128], block: re.Match[str]) -> PathStatus:
    """Return what PHCpack says of a path; special cases are solved without one, and say nothing.

    Also "no solution" may be the end of a path, one where solutions come together.
    """
    kind = block["kind"] or ""
    if "infinity" in kind or not np.isfinite(point).all():
        return PathStatus.DIVERGED
    finished = not kind or abs(_number(block["re"]) - 1) < 1e-8
    return PathStatus.SUCCESS if finished else PathStatus.STALLED
