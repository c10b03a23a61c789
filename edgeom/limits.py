"""How large an input may be: all limits, and what is larger is refused before work starts.

A polynomial is often short as it is written and long when it is multiplied out: (x + y + z)^100000
has five billion terms. :class:`Size` predicts degree, terms and digits by the rules of arithmetic,
without multiplying anything out.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

from edgeom.errors import InputError

__all__ = [
    "MAX_CACHE",
    "MAX_CHARACTERS",
    "MAX_DEGREE",
    "MAX_DEPTH",
    "MAX_DIGITS",
    "MAX_FILE",
    "MAX_INSTRUCTIONS",
    "MAX_MEMORY",
    "MAX_SECONDS",
    "MAX_TERMS",
    "MAX_VARIABLES",
    "Size",
    "check_cost",
]

MAX_CHARACTERS = 5_000_000  #: of a text
MAX_DEGREE = 5_000  #: total degree of a polynomial
MAX_TERMS = 1_000_000  #: terms of a polynomial that is multiplied out
MAX_MEMORY = 2 * 2**30  #: bytes that the coefficients and exponents of a polynomial take
MAX_VARIABLES = 500  #: of a list of polynomials
MAX_DIGITS = 1_000  #: digits of a number in a text
MAX_FILE = 2**28  #: bytes of a file of plain data: the matrix of a metric with 3000 coordinates
MAX_DEPTH = 75  #: parentheses and powers inside each other, in a text
MAX_SECONDS = 3600.0  #: of a computation that cannot be interrupted or continued
MAX_CACHE = 2**28  #: bytes of machine code that are kept on disk
MAX_INSTRUCTIONS = 200_000  #: of a compiled function; 35 bytes of its stack, of 8 MiB, for each


def check_cost(what: str, seconds: float = 0.0, memory: float = 0.0) -> None:
    """Refuse what would take too long or too much memory.

    Parameters
    ----------
    what : str
        Begins the message.
    seconds, memory : float
        As predicted; memory in bytes.

    Raises
    ------
    InputError
        It takes more than `MAX_SECONDS` or `MAX_MEMORY`.

    Examples
    --------
    >>> check_cost("a grid of 10^12 points", memory=4e13)
    Traceback (most recent call last):
    edgeom.errors.InputError: a grid of 10^12 points would take 4e+04 GB of memory, the limit is 2.15 GB
    """  # noqa: E501
    if seconds > MAX_SECONDS:
        length = f"{seconds / 86400:.3g} days" if seconds < 3e8 else f"{seconds / 3.16e7:.3g} years"
        raise InputError(f"{what} would take about {length}, the limit is {MAX_SECONDS:g} seconds")
    if memory > MAX_MEMORY:
        raise InputError(
            f"{what} would take {memory / 1e9:.3g} GB of memory, the limit is "
            f"{MAX_MEMORY / 1e9:.3g} GB"
        )


@dataclass(frozen=True, slots=True)
class Size:
    """Upper bounds for a polynomial with rational coefficients, multiplied out.

    Sums, products and powers of sizes are bounds for those of polynomials; they raise an
    `InputError` as soon as a limit is exceeded.

    Parameters
    ----------
    variables : int
        The variables that occur, one bit for each.
    degree, terms : int
    top, bottom : int
        Bits of the numerators of the coefficients, and of their common denominator.

    Examples
    --------
    >>> x, y = Size(0b01, 1), Size(0b10, 1)
    >>> square = (x + y) * (x + y)
    >>> (square * square * square).terms  # 7, and no more than monomials of degree at most 6
    28
    >>> power = x
    >>> for _ in range(20):
    ...     power = power * power
    Traceback (most recent call last):
    edgeom.errors.InputError: its total degree may be 8192, the limit is 5000
    """

    variables: int = 0
    degree: int = 0
    terms: int = 1
    top: int = 1
    bottom: int = 1

    def __add__(self, other: Size) -> Size:
        return Size(
            self.variables | other.variables,
            max(self.degree, other.degree),
            self.terms + other.terms,
            max(self.top + other.bottom, other.top + self.bottom) + 1,
            self.bottom + other.bottom,
        )._checked()

    __sub__ = __add__

    def __mul__(self, other: Size) -> Size:
        return Size(
            self.variables | other.variables,
            self.degree + other.degree,
            self.terms * other.terms,
            self.top + other.top + min(self.terms, other.terms).bit_length() - 1,
            self.bottom + other.bottom,
        )._checked()

    def _checked(self) -> Size:
        """Return the size, with no more terms than there are monomials; refuse too large ones."""
        if self.degree > MAX_DEGREE:
            raise InputError(f"its total degree may be {self.degree}, the limit is {MAX_DEGREE}")
        terms, count = self.terms, self.variables.bit_count()
        if terms > count:
            terms = min(terms, comb(count + self.degree, count))
        if terms > MAX_TERMS:
            raise InputError(
                f"multiplied out it may have {terms:.4g} terms, the limit is {MAX_TERMS:,}"
            )
        # a level for each variable, with an object of 60 bytes, and 8 bytes to point to it
        memory = terms * (68 * count + (self.top + self.bottom) // 8 + 100)
        if memory > MAX_MEMORY:
            raise InputError(
                f"multiplied out it may need {memory / 2**30:.3g} GiB, with numbers of "
                f"{max(self.top, self.bottom)} bits, the limit is {MAX_MEMORY / 2**30:.3g} GiB"
            )
        if terms == self.terms:
            return self
        return Size(self.variables, self.degree, terms, self.top, self.bottom)
