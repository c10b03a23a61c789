"""Polynomial systems as text for other programs.

A tape is expanded once, exactly, into collected monomials with Gaussian rational coefficients
(doubles are dyadic rationals), sorted by degree; every program gets these monomials in its own
notation. The unknowns are always x1, ..., xN: names such as i, e or lambda mean something else
in some program. Equations with divisions are cleared first: each inverse is one more unknown.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from math import gcd, lcm
from typing import Any, NamedTuple

import numpy as np

from edgeom.equations.system import PolynomialSystem
from edgeom.errors import InputError
from edgeom.homotopy.constants import Constant
from edgeom.homotopy.tape import Op, Tape

__all__ = [
    "Coefficient",
    "Polynomial",
    "collected",
    "to_bertini",
    "to_julia",
    "to_macaulay2",
    "to_msolve",
    "to_phc",
    "written",
]


class Coefficient(NamedTuple):
    """The number re + im·i."""

    re: Fraction
    im: Fraction


Polynomial = dict[tuple[int, ...], Coefficient]
Number = Callable[[Fraction], str]  # writes a number that is not negative


def collected(system: PolynomialSystem, decimals: bool = False) -> list[Polynomial]:
    """Expand the equations exactly into collected monomials.

    Parameters
    ----------
    system : PolynomialSystem
    decimals : bool
        Take doubles for the shortest decimal numbers that they are read from: 0.1 is 1/10.

    Returns
    -------
    list of dict
        One for each equation: exponents of the unknowns, then of the parameters, and their
        nonzero coefficient. Higher degrees come first, then higher powers of earlier variables.

    Raises
    ------
    InputError
        An equation is not a polynomial.

    Examples
    --------
    >>> from edgeom.equations.system import PolynomialSystem
    >>> from edgeom.homotopy.tape import Builder
    >>> b = Builder()
    >>> (x, y), _ = b.inputs("u", 2), b.inputs("p", 0)
    >>> tape = b.finish({"F": [(x - y) * (x + y), y / 3 - 0.5]})
    >>> for polynomial in collected(PolynomialSystem(tape, tape, ("x", "y"), ())):
    ...     print({exponents: str(c.re) for exponents, c in polynomial.items()})
    {(2, 0): '1', (0, 2): '-1'}
    {(0, 1): '1/3', (0, 0): '-1/2'}
    """
    from sympy import QQ, QQ_I, grlex
    from sympy.polys.rings import PolyRing

    _check_polynomial(system.tape)
    unknowns, parameters = len(system.unknowns), len(system.parameters)
    ring = PolyRing([f"x{i}" for i in range(unknowns + parameters)], QQ_I, grlex)

    def exact(value: Constant) -> Any:
        parts = [
            Fraction(repr(part) if decimals and isinstance(part, float) else part)
            for part in (value.real, value.imag)
        ]
        return ring(QQ_I(*(QQ(part.numerator, part.denominator) for part in parts)))

    def coefficient(number: Any) -> Coefficient:
        parts = ((int(part.numerator), int(part.denominator)) for part in (number.x, number.y))
        return Coefficient(*(Fraction(*part) for part in parts))

    inputs = {"u": ring.gens[:unknowns], "p": ring.gens[unknowns:]}
    return [
        {exponents: coefficient(number) for exponents, number in polynomial.terms()}
        for polynomial in system.tape.evaluate(inputs, exact)["F"]
    ]


def _check_polynomial(tape: Tape) -> None:
    """Refuse a division by anything but a constant."""
    constant: list[bool] = []
    for op, a, b in tape.code:
        if op is Op.INV and not constant[a]:
            raise InputError(
                "the equations are not polynomials: they divide by an expression in the unknowns "
                "or parameters; use system.cleared"
            )
        known = op in (Op.CONST, Op.INV)
        constant.append(known or (op is not Op.INPUT and constant[a] and constant[b]))


def to_phc(system: PolynomialSystem, names: Sequence[str] = ()) -> str:
    """Write a complete input file of ``phc -b``; see :meth:`.PolynomialSystem.to_phc`.

    With names for the unknowns, here and below, numbers are those that people read, too.
    """
    system = system.cleared
    count, number = len(system.unknowns), _decimal if names else _scientific
    polynomials = _polynomials(system, decimals=bool(names))
    names = names or _names("x", count)
    equations = [written(f, names, number, "i") for f in polynomials]
    # phc numbers unknowns as it meets them.
    order = " + ".join(f"{name} - {name}" for name in names)
    sign, first = "+", equations[0]
    if first.startswith("-"):
        sign, first = "-", first[1:]
    lines = [f"{order} {sign} {first}", *equations[1:]]
    return "".join([f"{count}\n", *(f"{line};\n" for line in lines)])


def to_macaulay2(
    system: PolynomialSystem, names: Sequence[str] = (), test: Sequence[Polynomial] = ()
) -> str:
    """Write a Macaulay2 program; see :meth:`.PolynomialSystem.to_macaulay2`.

    With Macaulay2's default tolerances a path jumps to its neighbour now and then. Where there are
    polynomials to test solutions by, only those are printed at which they vanish.
    """
    system = system.cleared
    polynomials = _polynomials(system, decimals=bool(names))
    names = names or _names("x", len(system.unknowns))
    keep = ""
    if test:
        rows = ", ".join(written(f, names, str, "ii") for f in test)
        keep = (
            f"original = matrix {{{{{rows}}}}}\n"
            "regular = select(regular, point -> (\n"
            "  norm sub(original, matrix {coordinates point}) < 1e-6))\n"
        )
    real = all(c.im == 0 for f in polynomials for c in f.values())
    equations = ",\n  ".join(written(f, names, str, "ii") for f in polynomials)
    return f"""\
-- {_legend(names, system.unknowns)}
needsPackage "NumericalAlgebraicGeometry"
printingPrecision = 17
R = {"QQ" if real else "CC"}[{", ".join(names)}]
F = {{
  {equations}
  }}
setDefault(tStepMin => 1e-10, InfinityThreshold => 1e12, CorrectorTolerance => 1e-9)
regular = select(solveSystem F, point -> status point === Regular)
{keep}print(#regular)
scan(regular, point -> print coordinates point)
"""


def to_bertini(system: PolynomialSystem, names: Sequence[str] = ()) -> str:
    """Write a Bertini input file; see :meth:`.PolynomialSystem.to_bertini`.

    Bertini 2 refuses a variable whose name begins with that of an earlier one: x1, x10.
    """
    system = system.cleared
    polynomials, number = _polynomials(system, decimals=bool(names)), _scientific
    if names:
        number = _decimal
    names = names or _names("x", len(system.unknowns), padded=True)
    functions = _names("f", len(polynomials), padded=True)
    equations = "\n".join(
        f"{name} = {written(f, names, number, 'I')};"
        for name, f in zip(functions, polynomials, strict=True)
    )
    return f"""\
% {_legend(names, system.unknowns)}
CONFIG
END;
INPUT
variable_group {", ".join(names)};
function {", ".join(functions)};
{equations}
END;
"""


def to_julia(
    system: PolynomialSystem, given: Sequence[str] = (), test: Sequence[Polynomial] = ()
) -> str:
    """Write a HomotopyContinuation.jl program; see :meth:`.PolynomialSystem.to_julia`."""
    system = system.cleared
    polynomials = _polynomials(system, parameters=True, decimals=bool(given))
    unknowns = given or _names("x", len(system.unknowns))
    parameters = _names("p", len(system.parameters))
    names = [*unknowns, *parameters]
    functions = _names("f", len(polynomials))
    equations = "\n".join(
        f"{name} = {written(f, names, _julia, 'im')}"
        for name, f in zip(functions, polynomials, strict=True)
    )
    groups = f"variables = [{', '.join(unknowns)}]"
    if parameters:
        groups += f", parameters = [{', '.join(parameters)}]"
    shown = "solutions(result)"
    if test:
        rows = ", ".join(written(f, unknowns, _julia, "im") for f in test)
        shown = (
            f"filter(s -> maximum(abs, evaluate([{rows}], [{', '.join(unknowns)}] => s)) < 1e-6, "
            "solutions(result))"
        )
    return f"""\
# {_legend(names, (*system.unknowns, *system.parameters))}
using HomotopyContinuation
@var {" ".join(names)}
{equations}
F = System([{", ".join(functions)}]; {groups})
result = {"monodromy_solve" if parameters else "solve"}(F)
display(result)
foreach(println, {shown})
"""


def to_msolve(system: PolynomialSystem, names: Sequence[str] = ()) -> str:
    """Write an input file of msolve; see :meth:`.PolynomialSystem.to_msolve`."""
    system = system.cleared
    polynomials = _polynomials(system, decimals=bool(names))
    names = names or _names("x", len(system.unknowns))
    equations = [written(_integral(f), names, str, "") for f in polynomials]
    return f"{', '.join(names)}\n0\n" + ",\n".join(equations) + "\n"


def _polynomials(
    system: PolynomialSystem, parameters: bool = False, decimals: bool = False
) -> list[Polynomial]:
    if system.parameters and not parameters:
        raise InputError(
            f"the system has parameters {', '.join(system.parameters)}; put numbers in with "
            "system.at(values), or use problem.critical_system()"
        )
    if not system.unknowns:
        raise InputError("the system has no unknowns: there is nothing to solve")
    return collected(system, decimals)


def _integral(polynomial: Polynomial) -> Polynomial:
    """Return the positive multiple with coprime integer coefficients."""
    if any(c.im for c in polynomial.values()):
        raise InputError(
            "msolve takes real coefficients only, and the system has complex ones; use real data "
            "and a real metric, or another program"
        )
    numbers = [c.re for c in polynomial.values()]
    content = Fraction(gcd(*(x.numerator for x in numbers)), lcm(*(x.denominator for x in numbers)))
    return {e: Coefficient(c.re / content, c.im) for e, c in polynomial.items()}


def _names(letter: str, count: int, padded: bool = False) -> list[str]:
    width = len(str(count)) if padded else 0
    return [f"{letter}{i:0{width}}" for i in range(1, count + 1)]


def _legend(names: Sequence[str], originals: Sequence[str]) -> str:
    return ", ".join(f"{new} = {old}" for new, old in zip(names, originals, strict=True))


def written(polynomial: Polynomial, names: Sequence[str], number: Number, imaginary: str) -> str:
    """Write a polynomial as a sum of terms, without a leading plus."""
    text = ""
    for exponents, coefficient in polynomial.items():
        powers = [
            name if exponent == 1 else f"{name}^{exponent}"
            for name, exponent in zip(names, exponents, strict=True)
            if exponent
        ]
        sign, factor = _split(coefficient, number, imaginary)
        factors = powers if powers and factor == "1" else [factor, *powers]
        lead = f" {sign} " if text else sign.replace("+", "")
        text += lead + "*".join(factors)
    return text or "0"


def _split(coefficient: Coefficient, number: Number, imaginary: str) -> tuple[str, str]:
    """Return the sign and the text of a coefficient without it."""
    re, im = coefficient
    sign = "-" if re < 0 else "+"
    if im == 0:
        return sign, number(abs(re))
    real = f"{sign.replace('+', '')}{number(abs(re))}"
    return "+", f"({real} {'-' if im < 0 else '+'} {number(abs(im))}*{imaginary})"


def _scientific(value: Fraction) -> str:
    """Write the nearest double, with the digits that identify it.

    One digit stands before the point: phc counts the zeros of 0.000123 as digits and drops as
    many at the end, and misreads integers of nineteen digits. Bertini 2 takes 2e-1 for an
    integer and knows no plus in an exponent.
    """
    if value.denominator == 1 and value < 10**9:
        return str(value)
    try:
        nearest = float(value)
    except OverflowError:
        raise InputError(
            "a coefficient is too large for double precision; scale the data or the metric"
        ) from None
    text = np.format_float_scientific(nearest, trim="0", exp_digits=1)
    return text.replace("e+0", "").replace("e+", "e")


def _decimal(value: Fraction) -> str:
    """Write a short decimal number as people do, others as :func:`_scientific`."""
    text = repr(float(value)) if 1e-3 <= value < 1e9 else ""
    short = text and "e" not in text and len(text) <= 12
    return text.removesuffix(".0") if short else _scientific(value)


def _julia(value: Fraction) -> str:
    """Write small fractions exactly and other numbers as the nearest double.

    Longer rationals would make Julia compute with big numbers.
    """
    if max(value.numerator, value.denominator) < 10**9 and value.denominator > 1:
        return f"{value.numerator}//{value.denominator}"
    return _scientific(value)
