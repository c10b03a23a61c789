"""Systems for other programs as people read them: with comments, and the names of the unknowns.

Names are kept where the program can take all of them; otherwise they are x1, x2, ... and a comment
says which is which.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import permutations
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from edgeom.equations.export import (
    Coefficient,
    Polynomial,
    to_bertini,
    to_julia,
    to_macaulay2,
    to_msolve,
    to_phc,
    written,
)
from edgeom.equations.system import PolynomialSystem
from edgeom.errors import InputError

if TYPE_CHECKING:
    import sympy

__all__ = ["NAMED", "kept_names", "polynomial_of", "to_ideal"]

Writer = Callable[[PolynomialSystem, Sequence[str], Sequence[Polynomial]], str]

PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
SHORT = re.compile(r"[A-Za-z][0-9]*|lambda[0-9]+")  # what is no function of Macaulay2
TAKEN = {
    "phcpack": {"i", "I", "e", "E"},
    "bertini": {"i", "I", "pi", "Pi", "sin", "cos", "tan", "exp", "pow"},
    "julia": {"im", "pi", "F", "e", "f", "result", "variables", "parameters", "evaluate", "filter"},
    "macaulay2": {"R", "F", "I", "J", "S", "q", "f"},
    "msolve": set(),
}
SEPARATION = (
    "The system has random combinations of the original equations, as many as the codimension. So "
    "it has solutions that are not on the variety: only those count at which all original "
    "equations vanish, as problem.points_from(file) checks."
)
DEGREE = "The ideal is that of the critical points: its degree is their number."


def kept_names(program: str, unknowns: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the unknowns if a program can take them, otherwise none.

    Examples
    --------
    >>> kept_names("phcpack", ["x", "y", "lambda1"]), kept_names("phcpack", ["x", "i"])
    (('x', 'y', 'lambda1'), ())
    """
    pattern = SHORT if program == "macaulay2" else PLAIN
    taken = TAKEN[program] | {name for name in unknowns if re.fullmatch(r"[eEiIfFop][0-9]+", name)}
    fine = all(pattern.fullmatch(name) and name not in taken for name in unknowns)
    if program == "bertini":  # it takes x10 for x1
        fine = fine and not any(a.startswith(b) for a, b in permutations(unknowns, 2))
    return tuple(unknowns) if fine else ()


def _with_comments(
    program: str, sign: str, write: Writer, behind: bool = False
) -> Callable[[PolynomialSystem, Sequence[str], Sequence[Polynomial]], str]:
    def text(system: PolynomialSystem, about: Sequence[str], test: Sequence[Polynomial]) -> str:
        unknowns = system.cleared.unknowns
        names = kept_names(program, unknowns)
        body = write(system, names, test)
        lines = [*about, *([SEPARATION] if test else [])]
        if not names:
            lines.append(f"unknowns: x1, x2, ... are {', '.join(unknowns)}")
        if sign is None:
            return body
        comments = "\n".join(f"{sign}{line}" for line in lines)
        return f"{body}\n{comments}\n" if behind else f"{comments}\n{body}"

    return text


#: By program: writes a system with comments, and polynomials that tell wanted solutions.
NAMED: dict[str, Callable[[PolynomialSystem, Sequence[str], Sequence[Polynomial]], str]] = {
    # phc reads as many equations as it is told, and nothing behind them
    "phcpack": _with_comments("phcpack", "", lambda s, n, t: to_phc(s, n), behind=True),
    "bertini": _with_comments("bertini", "% ", lambda s, n, t: to_bertini(s, n)),
    "julia": _with_comments("julia", "# ", to_julia),
    "macaulay2": _with_comments("macaulay2", "-- ", to_macaulay2),
}


def to_msolve_named(
    system: PolynomialSystem, about: Sequence[str], test: Sequence[Polynomial]
) -> str:
    """Write an input file of msolve, which has no comments."""
    return to_msolve(system, kept_names("msolve", system.cleared.unknowns))


NAMED["msolve"] = to_msolve_named


def polynomial_of(poly: sympy.Poly, unknowns: int) -> Polynomial:
    """Return a polynomial of sympy in the first of several unknowns.

    Raises
    ------
    InputError
        A coefficient is no rational number.
    """
    found: Polynomial = {}
    for powers, c in poly.terms():
        if not c.is_Rational:
            raise InputError("the equations of the variety must have rational coefficients")
        exponents = (*map(int, powers), *[0] * (unknowns - len(powers)))
        found[exponents] = Coefficient(Fraction(int(c.p), int(c.q)), Fraction(0))
    return found


def to_ideal(
    polynomials: Sequence[sympy.Poly],
    codimension: int,
    metric: NDArray[Any],
    data: NDArray[Any],
    about: Sequence[str],
) -> str:
    """Return a Macaulay2 program that computes the ideal of the critical points and its degree.

    Parameters
    ----------
    polynomials : sequence of sympy.Poly
    codimension : int
        Of their zero set.
    metric : array (n, n)
    data : array (n,)
    about : sequence of str
        Comments.

    Raises
    ------
    InputError
        A number is not rational.

    References
    ----------
    Draisma, Horobeț, Ottaviani, Sturmfels, Thomas, arXiv 1309.0049, formula (2.1).
    """
    names = [str(v) for v in polynomials[0].gens]
    kept = kept_names("macaulay2", names) or tuple(f"x{i}" for i in range(1, len(names) + 1))
    rows = ",\n  ".join(written(polynomial_of(f, len(names)), kept, str, "ii") for f in polynomials)

    def numbers(row: NDArray[Any]) -> str:
        return ", ".join(str(Fraction(repr(float(v)))) for v in row)

    matrix = ", ".join(f"{{{numbers(row)}}}" for row in metric)
    comments = "\n".join(f"-- {line}" for line in [*about, DEGREE])
    return f"""\
{comments}
-- unknowns: {", ".join(f"{new} = {old}" for new, old in zip(kept, names, strict=True))}
R = QQ[{", ".join(kept)}]
f = matrix {{{{
  {rows}
  }}}}
S = matrix {{{matrix}}}
q = transpose matrix {{{{{numbers(data)}}}}}
I = ideal f
J = jacobian f
singular = I + minors({codimension}, J)
normal = sub(S, R) * (transpose vars R - sub(q, R))
critical = saturate(I + minors({codimension + 1}, normal | J), singular)
print(dim critical, degree critical)
"""
