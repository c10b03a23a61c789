"""Solutions of polynomial systems as other programs write them.

Each reader returns the solutions as rows, and the names of the unknowns where the program writes
them. What stands in a file is read as numbers, nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.errors import InputError, nearest_name

__all__ = ["PROGRAMS", "Written", "read_written"]

Array = NDArray[Any]

#: solutions (points, unknowns), and the names of the unknowns if they are written
Written = tuple[Array, tuple[str, ...] | None]

REAL = r"[+-]?\s*(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
PHC_BLOCK = re.compile(
    r"solution \d+ :[^\n]*\nt : [^\n]*\nm :[^\n]*\nthe solution for t :[^\n]*\n"
    r"((?: *\w+ : +\S+ +\S+ *\n)+)"
)
PHC_LINE = re.compile(r" *(\w+) : +(\S+) +(\S+) *\n")
PHC_LISTS = re.compile(
    r"^(?:THE )?SOLUTIONS ?:\s*\n+\s*(\d+) +(\d+)\s*\n=+\s*\n(?=solution )", re.M
)
PRECISION = re.compile(r"p\d+(?=[eE*+\-,}\s]|$)")  # of Macaulay2: .5p53e-3


def read_written(
    text: str, program: str | None = None
) -> tuple[str, Array, tuple[str, ...] | None]:
    r"""Return the program that wrote a list of solutions, the solutions, and names of unknowns.

    Parameters
    ----------
    text : str
    program : str, optional
        One of :data:`PROGRAMS`; by default it is told from the text.

    Raises
    ------
    InputError
        The text is of none of them, or holds no complete list.

    Examples
    --------
    >>> program, points, names = read_written("{1.5-2*ii, .25}\n{3, ii}\n")
    >>> program, points.tolist()
    ('macaulay2', [[(1.5-2j), (0.25+0j)], [(3+0j), 1j]])
    """
    if program is None:
        program = _recognised(text)
    elif program not in PROGRAMS:
        raise InputError(
            f"program must be one of {', '.join(PROGRAMS)}, got {program!r}"
            + nearest_name(program, PROGRAMS)
        )
    points, names = PROGRAMS[program](text)
    if not len(points):
        raise InputError(f"the file of {program} holds no solutions")
    return program, points, names


def _recognised(text: str) -> str:
    stripped = text.strip()
    if PHC_BLOCK.search(text):
        return "phcpack"
    if stripped.startswith("[") and stripped.endswith("]:"):
        return "msolve"
    if re.search(r"^\s*\{.*\}\s*$", text, re.M):
        return "macaulay2"
    if re.search(r"\[[^\]]*\bim\b[^\]]*\]", text) or re.search(r"\d\s*im\b", text):
        return "julia"
    if re.match(rf"\d+\s*\n\s*{REAL}\s+{REAL}\s*\n", stripped):
        return "bertini"
    raise InputError(
        f"no list of solutions is recognised; say program=, one of {', '.join(PROGRAMS)}"
    )


def _phcpack(text: str) -> Written:
    """Read the last lists of an output file of phc, whose solutions are refined."""
    headers = list(PHC_LISTS.finditer(text))
    if not headers:
        raise InputError("the file of phcpack has no list of solutions")
    points: list[list[complex]] = []
    names: tuple[str, ...] | None = None
    for header, after in zip(headers, [*headers[1:], None], strict=True):
        part = text[header.end() : after.start() if after else None]
        blocks = [PHC_LINE.findall(block[1]) for block in PHC_BLOCK.finditer(part)]
        if len(blocks) < int(header[1]):
            raise InputError(
                f"the file of phcpack announces {header[1]} solutions and has {len(blocks)}"
            )
        for block in blocks[: int(header[1])]:
            own = dict((name, complex(_float(re), _float(im))) for name, re, im in block)
            names = names or tuple(own)
            if set(own) != set(names):
                raise InputError("the solutions in the file of phcpack have different unknowns")
            points.append([own[name] for name in names])
    return _array(points), names


def _bertini(text: str) -> Written:
    """Read a count, then real and imaginary parts of each unknown in lines; blank lines between."""
    lines = text.strip().splitlines()
    count = int(_float(lines[0])) if lines else 0
    rows = [line.split() for line in lines[1:] if line.strip()]
    if any(len(row) < 2 for row in rows):
        raise InputError("the file of bertini has a line without a real and an imaginary part")
    values = [complex(_float(row[0]), _float(row[1])) for row in rows]
    if count and len(values) % count:
        raise InputError(
            f"the file of bertini announces {count} solutions and has {len(values)} lines"
        )
    return _array(np.reshape(values, (count, -1)).tolist() if count else []), None


def _julia(text: str) -> Written:
    """Read vectors like ``ComplexF64[1.0 + 2.0im, ...]``, or what write_solutions makes."""
    if re.match(r"\s*\d+\s*\n\s*\n", text):
        return _bertini(text)
    vectors = re.findall(r"\[([^\[\]]*\d[^\[\]]*)\]", text)
    return _array([[_complex(part, "im") for part in _parts(vector)] for vector in vectors]), None


def _macaulay2(text: str) -> Written:
    """Read lists in braces, one in each line, as ``print coordinates point`` writes them."""
    lines = re.findall(r"^\s*\{([^{}]+)\}\s*$", PRECISION.sub("", text), re.M)
    return _array([[_complex(part, "ii") for part in _parts(line)] for line in lines]), None


def _msolve(text: str) -> Written:
    """Read boxes of real solutions; their centres are returned."""
    tree = _nested(text.strip().removesuffix(":"))
    if not isinstance(tree, list) or not tree or tree[0] != 0:
        first = tree[0] if isinstance(tree, list) and tree else 0
        kinds = {-1: "no solution", 1: "infinitely many solutions"}
        raise InputError(f"the file of msolve has {kinds.get(first, 'no list of boxes')}")
    boxes = next((part for part in tree[::-1] if isinstance(part, list)), [])
    found = boxes[1] if len(boxes) == 2 and isinstance(boxes[1], list) else []
    points = [[(low + high) / 2 for low, high in box] for box in found]
    return _array(points), None


def _parts(text: str) -> list[str]:
    return [part for part in re.split(r"[,;]", text) if part.strip()]


def _complex(text: str, unit: str) -> complex:
    """Read one number like 1.5 - 2e-3im, 2*ii, -ii or 3.

    >>> _complex("1.5 - 2e-3*ii", "ii"), _complex("-ii", "ii"), _complex(".5", "ii")
    ((1.5-0.002j), -1j, (0.5+0j))
    """
    match = re.fullmatch(
        rf"\s*(?P<re>{REAL}(?!\s*\*?\s*{unit}|\d|\.))?\s*"
        rf"(?:(?P<im>[+-]?\s*(?:{REAL[5:]})?)\s*\*?\s*{unit})?\s*",
        text,
    )
    if match is None or not text.strip():
        raise InputError(f"{text.strip()!r:.60} stands in the place of a number")
    real = _float(match["re"]) if match["re"] else 0.0
    if match["im"] is None:
        return complex(real, 0.0)
    part = match["im"].replace(" ", "")
    return complex(real, _float(part + "1" if part in ("", "+", "-") else part))


def _float(text: str) -> float:
    try:
        return float(text.replace(" ", "").replace("D", "e"))
    except ValueError:
        raise InputError(f"{text!r:.60} stands in the place of a number") from None


def _array(points: list[list[complex]]) -> Array:
    if len({len(point) for point in points}) > 1:
        raise InputError("the solutions have different numbers of unknowns; is the file cut off?")
    return np.array(points, complex).reshape(len(points), len(points[0]) if points else 0)


def _nested(text: str) -> Any:
    """Read nested lists of numbers such as -3, 5/7 and 7/2^12."""
    tokens: Iterator[str] = iter(re.findall(r"\[|\]|[^\[\],\s][^\[\],]*", text))
    stack: list[list[Any]] = [[]]
    for token in tokens:
        if token == "[":
            stack.append([])
        elif token == "]":
            if len(stack) < 2:
                raise InputError("the file of msolve has a bracket too many")
            done = stack.pop()
            stack[-1].append(done)
        elif re.fullmatch(r"'?[A-Za-z_]\w*'?\s*", token):
            stack[-1].append(token.strip())
        else:
            stack[-1].append(_rational(token))
    if len(stack) > 1 or not stack[0]:
        raise InputError("the file of msolve ends too early")
    return stack[0][0]


def _rational(text: str) -> float:
    match = re.fullmatch(r"\s*(-?\d+)\s*(?:/\s*(\d+)(?:\s*\^\s*(\d+))?)?\s*", text)
    if match is None:
        raise InputError(f"{text.strip()!r:.60} stands in the place of a number")
    below = int(match[2] or 1) ** int(match[3] or 1)
    return int(match[1]) / below if below else float("nan")


PROGRAMS: dict[str, Callable[[str], Written]] = {
    "phcpack": _phcpack,
    "bertini": _bertini,
    "julia": _julia,
    "macaulay2": _macaulay2,
    "msolve": _msolve,
}
