"""What is written for other programs, read back by a small parser of their notation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from random import Random

from edgeom.equations.export import collected
from edgeom.equations.system import PolynomialSystem
from tests.programs import Pair, exact

# --- reading ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dialect:
    """What a program reads as a polynomial."""

    number: str  # regular expression
    division: str
    imaginary: str


DECIMAL = r"\d\.\d{1,16}(?:e-?[1-9]\d*)?|\d{1,9}(?![\d.e])"
DIALECTS = {
    "to_phc": Dialect(DECIMAL, "", "i"),
    "to_macaulay2": Dialect(r"\d+(?![\d.e])", "/", "ii"),
    "to_bertini": Dialect(DECIMAL, "", "I"),
    "to_julia": Dialect(DECIMAL, "//", "im"),
    "to_msolve": Dialect(r"\d+(?![\d.e])", "", ""),
}


class Reader:
    """Evaluates the text of a polynomial: sums of products of numbers, powers and brackets."""

    def __init__(self, text: str, dialect: Dialect, values: dict[str, Pair]) -> None:
        pattern = rf"{dialect.number}|[A-Za-z]\w*|//|[-+*/^()]"
        self.tokens = re.findall(pattern, text)
        assert "".join(self.tokens) == re.sub(r"\s", "", text), f"stray text in {text}"
        self.dialect, self.values = dialect, values

    def read(self) -> Pair:
        value = self.sum()
        assert not self.tokens, f"left over: {self.tokens}"
        return value

    def accept(self, *tokens: str) -> str:
        return self.tokens.pop(0) if self.tokens and self.tokens[0] in tokens else ""

    def sum(self) -> Pair:
        zero = exact(0)
        value = zero - self.product() if self.accept("-") else self.product()
        while sign := self.accept("+", "-"):
            value = value + self.product() if sign == "+" else value - self.product()
        return value

    def product(self) -> Pair:
        seen = set()
        value = exact(1)
        while True:
            assert self.tokens[0] not in seen, "a repeated factor, which msolve drops"
            seen.add(self.tokens[0])
            value = value * self.power()
            if not self.accept("*"):
                return value

    def power(self) -> Pair:
        token = self.tokens.pop(0)
        if token == "(":
            value = self.sum()
            assert self.accept(")")
            return value
        if token[0].isdigit():
            number = Fraction(token)
            if self.dialect.division and self.accept(self.dialect.division):
                number /= int(self.tokens.pop(0))
            return exact(number)
        if token == self.dialect.imaginary:
            return exact(1j)
        value = base = self.values[token]
        if self.accept("^"):
            for _ in range(int(self.tokens.pop(0)) - 1):
                value = value * base
        return value


def taken_apart(method: str, text: str) -> tuple[list[str], list[str]]:
    """The variables, in the program's order, and the equations of an exported text."""
    if method == "to_phc":
        count, *lines = text.splitlines()
        assert int(count) == len(lines)
        assert all(line.endswith(";") and line.count(";") == 1 for line in lines)
        equations = [line[:-1] for line in lines]
        # as phc numbers them: by their first occurrence
        return list(dict.fromkeys(re.findall(r"x\d+", text))), equations
    if method == "to_msolve":
        names, characteristic, *lines = text.splitlines()
        assert characteristic == "0"
        assert all(line.endswith(",") for line in lines[:-1])
        return names.split(", "), [line.rstrip(",") for line in lines]
    if method == "to_macaulay2":
        found = re.fullmatch(
            r"-- .*\nneedsPackage \"NumericalAlgebraicGeometry\"\nprintingPrecision = 17\n"
            r"R = (?:QQ|CC)\[(.*)\]\nF = \{\n(.*)\n  \}\nsetDefault(?s:.*)",
            text,
            re.DOTALL,
        )
        assert found
        return found[1].split(", "), found[2].split(",\n")
    if method == "to_bertini":
        found = re.fullmatch(
            r"% [^\n]*\nCONFIG\nEND;\nINPUT\nvariable_group ([^;]*);\nfunction ([^;]*);\n"
            r"(.*)\nEND;\n",
            text,
            re.DOTALL,
        )
        assert found
        names, functions = found[1].split(", "), found[2].split(", ")
        for known in (names, functions):  # Bertini 2 refuses x10 after x1
            assert not any(a != b and b.startswith(a) for a in known for b in known)
        lines = found[3].splitlines()
        assert all(line.endswith(";") for line in lines)
        definitions = [line[:-1].split(" = ") for line in lines]
        assert [name for name, _ in definitions] == functions
        return names, [equation for _, equation in definitions]
    found = re.fullmatch(
        r"# .*\nusing HomotopyContinuation\n@var (.*)\n((?:f\d+ = .*\n)+)"
        r"F = System\(\[(.*)\]; variables = \[(.*?)\](?:, parameters = \[(.*)\])?\)\n"
        r"result = (solve|monodromy_solve)\(F\)\ndisplay\(result\)\n"
        r"foreach\(println, solutions\(result\)\)\n",
        text,
    )
    assert found
    names = found[4].split(", ") + (found[5].split(", ") if found[5] else [])
    assert found[1].split() == names
    assert (found[6] == "monodromy_solve") == bool(found[5])
    definitions = [line.split(" = ") for line in found[2].splitlines()]
    assert found[3].split(", ") == [name for name, _ in definitions]
    return names, [equation for _, equation in definitions]


def read_back(method: str, text: str, point: Sequence[Pair]) -> list[Pair]:
    """The values of the exported equations at a point."""
    names, equations = taken_apart(method, text)
    values = dict(zip(names, point, strict=True))
    return [Reader(equation, DIALECTS[method], values).read() for equation in equations]


def random_point(seed: int, count: int) -> list[Pair]:
    random = Random(seed)
    return [
        Pair(*(Fraction(random.randint(-20, 20), random.randint(1, 9)) for _ in "ri"))
        for _ in range(count)
    ]


def size(value: Pair) -> Fraction:
    return abs(value.re) + abs(value.im)


def check(method: str, system: PolynomialSystem, seed: int) -> None:
    """Compare the values of an exported system with those of its tape."""
    unknowns = len(system.unknowns)
    point = random_point(seed, unknowns + len(system.parameters))
    want = system.tape.evaluate({"u": point[:unknowns], "p": point[unknowns:]}, exact)["F"]
    got = read_back(method, getattr(system, method)(), point)
    for f, a, b in zip(collected(system), want, got, strict=True):
        if method == "to_macaulay2":
            assert a == b
        elif method == "to_msolve":  # up to a positive factor
            assert a == b if a == exact(0) else (b / a).re > 0 and (b / a).im == 0
        else:
            scale = Fraction(0)
            for exponents, c in f.items():
                term = abs(c.re) + abs(c.im)
                for x, exponent in zip(point, exponents, strict=True):
                    term *= size(x) ** exponent
                scale += term
            assert size(a - b) <= Fraction(1, 10**15) * scale
