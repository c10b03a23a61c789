"""Polynomials and rational functions as text, read by a small grammar; nothing is evaluated.

    equation  =  sum [ "=" sum ]
    sum       =  product { ("+" | "-") product }
    product   =  power { ("*" | "/") power }
    power     =  {"+" | "-"} operand [ ("^" | "**") power ]     -x^2 is -(x^2), x^2^3 is x^8
    operand   =  number | name | "(" sum ")" | "sqrt" "(" sum ")"

A number is 12, 0.5, .5 or 1e-3, and is exactly the
rational number that is written: 0.1 is 1/10. Names are those of the variables, `I` is the imaginary
unit and `pi` the number, unless a variable is called so. `sqrt` and fractional powers are for
rational numbers; they and `pi` become doubles. Products are written with `*`.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import NamedTuple, NoReturn

from edgeom.errors import InputError, nearest_name
from edgeom.formulas import Formulas
from edgeom.homotopy.tape import Var
from edgeom.limits import MAX_CHARACTERS, MAX_DEGREE, MAX_DEPTH, MAX_DIGITS

__all__ = ["read"]

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[^\W\d]\w*)|(?P<sign>\*\*|[-+*/^()=])|(?P<end>\Z)|(?P<other>.))",
    re.DOTALL,
)
WIDTH = 60  # characters of a text that are shown around a place


class _Token(NamedTuple):
    kind: str
    text: str
    place: int

    def __str__(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


def read(text: str, formulas: Formulas, what: str = "text") -> Var:
    """Read a polynomial, a rational function or an equation.

    Parameters
    ----------
    text : str
        In the grammar above.
    formulas : Formulas
        They know the variables, and what is read is added to them.
    what : str
        What the text is called in error messages.

    Returns
    -------
    Var
        Of an equation the left side minus the right side.

    Raises
    ------
    InputError
        The text is not of this grammar, contains other names, or exceeds a limit. The message
        shows the place.

    Examples
    --------
    >>> formulas = Formulas(["x", "y"])
    >>> formulas.expressions([read("(x + 1)^2/4 = 0.1*y", formulas)])
    [-y/10 + (x + 1)**2/4]
    >>> read("x^2 + 3y", formulas, "equation 1")
    Traceback (most recent call last):
    edgeom.errors.InputError: equation 1 cannot be read: write * between '3' and 'y' to multiply
      x^2 + 3y
             ^
    """
    if len(text) > MAX_CHARACTERS:
        raise InputError(f"{what} has {len(text)} characters, the limit is {MAX_CHARACTERS}")
    return _Parser(text, formulas, what).equation()


class _Parser:
    """Reads one text from left to right."""

    def __init__(self, text: str, formulas: Formulas, what: str) -> None:
        self.text, self.formulas, self.what = text, formulas, what
        self.position = self.depth = 0
        self.tokens: list[_Token] = []
        for match in TOKEN.finditer(text):
            kind = str(match.lastgroup)
            self.tokens.append(_Token(kind, match[kind], match.start(kind)))
        self._check_tokens()

    def _check_tokens(self) -> None:
        for token in self.tokens:
            if token.kind == "other":
                self._refuse(f"the character {token} has no meaning in a polynomial", token)
        known = self.formulas.names
        others = [t for t in self.tokens if t.kind == "name" and t.text not in known]
        if others:
            found = ", ".join(sorted({token.text for token in others}))
            variables = ", ".join(self.formulas.variables)
            hint = nearest_name(others[0].text, self.formulas.variables)
            place = self._shown(others[0].place)
            raise InputError(
                f"{self.what} contains {found}, not among the variables {variables}{hint}{place}"
            )

    def equation(self) -> Var:
        value = self._sum()
        if self._next.text == "=":
            self._take()
            value = value - self._sum()
            if self._next.text == "=":
                self._refuse("an equation has one =")
        if self._next.kind != "end":
            self._refuse(f"{self._next} closes nothing")  # what else cannot follow an operand
        return value

    def _sum(self) -> Var:
        start = self._next
        terms = [self._product()]
        while self._next.text in ("+", "-"):
            sign = self._take().text
            term = self._product()
            terms.append(-term if sign == "-" else term)
        return self._checked(self.formulas.sum(terms), start)

    def _product(self) -> Var:
        start = self._next
        value = self._power()
        while self._next.text in ("*", "/"):
            sign = self._take()
            value = self._checked(value * self._power(divides=sign.text == "/"), start)
        return value

    def _power(self, divides: bool = False) -> Var:
        """Read a power, or what it is as a divisor, which keeps denominators factored."""
        start, minus = self._next, False
        while self._next.text in ("+", "-"):
            minus ^= self._take().text == "-"
        value = self._operand()
        exponent: int | Fraction = 1
        if self._next.text in ("^", "**"):
            outside = self._deeper(self._take())
            start = self._next
            exponent = self._exponent(self._power(), start)
            self.depth = outside
        if divides or exponent != 1:
            value = self._raised(value, -exponent if divides else exponent, start)
        return -value if minus else value

    def _exponent(self, var: Var, place: _Token) -> int | Fraction:
        value = self.formulas.rational(var)
        if value is None:
            self._refuse("the exponent of a polynomial has to be an integer", place)
        if max(abs(value.numerator), value.denominator) > MAX_DEGREE:
            self._refuse(f"the exponent {value} is too large, the limit is {MAX_DEGREE}", place)
        return value

    def _raised(self, base: Var, exponent: int | Fraction, place: _Token) -> Var:
        number = self.formulas.rational(base)
        if number is not None:
            if _bits(number) * float(abs(exponent)) > 4 * MAX_DIGITS:
                self._refuse(f"the power has too many digits, the limit is {MAX_DIGITS}", place)
            if number == 0 and exponent < 0:
                self._refuse("division by zero", place)
        if exponent.denominator == 1:
            return self.formulas.power(base, int(exponent))
        if number is None:
            self._refuse(
                f"the exponent {exponent} of a polynomial is not an integer; "
                "roots are for rational numbers",
                place,
            )
        return self.formulas.root(number, exponent)

    def _operand(self) -> Var:
        token = self._next
        if token.kind == "number":
            value = self._number(token)
        elif token.kind == "name":
            value = self._named(token)
        elif token.text == "(":
            value = self._inside(token)
        else:
            before = f"after {self.tokens[self.position - 1]}" if self.position else "here"
            self._refuse(f"a number, a variable or ( is missing {before}; there is {token}")
        follows = self._next
        if follows.kind in ("number", "name") or follows.text == "(":
            last = self.tokens[self.position - 1]
            self._refuse(f"write * between {last} and {follows} to multiply", follows)
        return value

    def _number(self, token: _Token) -> Var:
        digits, _, exponent = token.text.lower().partition("e")
        if len(digits) > MAX_DIGITS or len(exponent) > 9 or abs(int(exponent or 0)) > MAX_DIGITS:
            self._refuse(f"the number has too many digits, the limit is {MAX_DIGITS}", token)
        self._take()
        decimal = exponent or "." in digits
        return self.formulas.number(Fraction(token.text) if decimal else int(digits))

    def _named(self, token: _Token) -> Var:
        self._take()
        if token.text != "sqrt" or "sqrt" in self.formulas.variables:
            return self.formulas.named(token.text)
        if self._next.text != "(":
            self._refuse("sqrt needs a number in parentheses, as in sqrt(2)")
        return self._raised(self._inside(self._next), Fraction(1, 2), token)

    def _inside(self, opening: _Token) -> Var:
        """Read what stands in parentheses."""
        outside = self._deeper(opening)
        self._take()
        value = self._sum()
        if self._next.text != ")":
            self._refuse(f"the ( is not closed before {self._next}", opening)
        self._take()
        self.depth = outside
        return value

    def _deeper(self, token: _Token) -> int:
        """Go one level down and return the level above."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            self._refuse(f"more than {MAX_DEPTH} parentheses or powers inside each other", token)
        return self.depth - 1

    def _checked(self, var: Var, token: _Token) -> Var:
        """Return a value; numbers are computed at once, and must not get too long."""
        number = self.formulas.rational(var)
        if number is not None and _bits(number) > 40 * MAX_DIGITS:
            self._refuse(f"the number gets too many digits, the limit is {10 * MAX_DIGITS}", token)
        return var

    @property
    def _next(self) -> _Token:
        return self.tokens[self.position]

    def _take(self) -> _Token:
        self.position += 1
        return self.tokens[self.position - 1]

    def _refuse(self, reason: str, token: _Token | None = None) -> NoReturn:
        place = (token or self._next).place
        raise InputError(f"{self.what} cannot be read: {reason}{self._shown(place)}")

    def _shown(self, place: int) -> str:
        """Return two lines: the text near a place, and a mark below it."""
        start = max(0, min(place - WIDTH // 2, len(self.text) - WIDTH))
        piece = "".join(c if c.isprintable() else " " for c in self.text[start : start + WIDTH])
        before, after = "…" * (start > 0), "…" * (start + WIDTH < len(self.text))
        return f"\n  {before}{piece}{after}\n  {' ' * (len(before) + place - start)}^"


def _bits(number: int | Fraction) -> int:
    return max(part.bit_length() for part in number.as_integer_ratio())
