"""Random straight-line programs and gradient systems for the tests of the solver."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import permutations
from random import Random
from typing import Any

import mpmath
import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgeom.homotopy.constants import Constant
from edgeom.homotopy.tape import Builder, Tape


@dataclass(frozen=True)
class Pair:
    """A complex number over any real arithmetic, by the formulas of the compiled code."""

    re: Any
    im: Any

    def __add__(self, other: Pair) -> Pair:
        return Pair(self.re + other.re, self.im + other.im)

    def __sub__(self, other: Pair) -> Pair:
        return Pair(self.re - other.re, self.im - other.im)

    def __mul__(self, other: Pair) -> Pair:
        return Pair(
            self.re * other.re - self.im * other.im, self.re * other.im + self.im * other.re
        )

    def __truediv__(self, other: Pair) -> Pair:
        scale = 1 / (other.re * other.re + other.im * other.im)
        return self * Pair(other.re * scale, -other.im * scale)

    @property
    def square(self) -> Any:
        return self.re * self.re + self.im * self.im


def exact(value: Constant) -> Pair:
    """A constant as a Gaussian rational; doubles are dyadic rationals."""
    if isinstance(value, complex):
        return Pair(Fraction(value.real), Fraction(value.imag))
    return Pair(Fraction(value), Fraction(0))


@dataclass(frozen=True)
class Program:
    """A random program, as it was written and as a tape.

    Steps are ("add", i, j), ("sub", i, j), ("mul", i, j), ("inv", i, i) or ("const", c, None);
    the outputs are two groups of values, y and z.
    """

    inputs: tuple[complex, ...]  # where no inverse is large
    steps: tuple[tuple[str, Any, Any], ...]
    outputs: tuple[tuple[int, ...], tuple[int, ...]]

    def run(self, inputs: Sequence[Any], constant: Callable[[Constant], Any]) -> list[Any]:
        """All values, computed directly."""
        values = list(inputs)
        for kind, i, j in self.steps:
            values.append(_apply(kind, i, j, values, constant))
        return values

    def direct(
        self, inputs: Sequence[Any], constant: Callable[[Constant], Any]
    ) -> dict[str, list[Any]]:
        """The outputs, computed directly."""
        values = self.run(inputs, constant)
        return {
            name: [values[i] for i in group] for name, group in zip("yz", self.outputs, strict=True)
        }

    def tape(self) -> Tape:
        b = Builder()
        return b.finish(self.direct(b.inputs("x", len(self.inputs)), b.constant))


def _apply(
    kind: str, i: Any, j: Any, values: list[Any], constant: Callable[[Constant], Any]
) -> Any:
    if kind == "const":
        return constant(i)
    if kind == "add":
        return values[i] + values[j]
    if kind == "sub":
        return values[i] - values[j]
    if kind == "mul":
        return values[i] * values[j]
    return constant(1) / values[i]


def _fits(value: Pair) -> bool:
    digits = max(part.denominator.bit_length() for part in (value.re, value.im))
    return value.square < 100 and digits < 500


def random_program(seed: int, size: int, numbers: str = "complex") -> Program:
    """A program of at most `size` steps whose values are of moderate size at its inputs.

    `numbers` is "complex" or "real" and holds for inputs and constants.
    """
    random = Random(seed)

    def dyadic() -> complex:
        re, im = random.randint(-16, 16) / 8, random.randint(-16, 16) / 8
        return re if numbers == "real" else complex(re, im)

    def constant() -> Constant:
        kinds: list[Constant] = [
            random.randint(-3, 3),
            Fraction(random.randint(-9, 9), random.randint(1, 9)),
            random.uniform(-3, 3),
            dyadic(),
        ]
        return random.choice(kinds)

    inputs = tuple(dyadic() for _ in range(random.randint(1, 4)))
    values = [exact(value) for value in inputs]
    steps: list[tuple[str, Any, Any]] = []
    for _ in range(size):
        kind = random.choice(["const", "add", "sub", "mul", "mul", "inv", "inv"])
        # the last values more often, so that programs are deep
        i, j = (min(random.randrange(len(values)) for _ in "ab") for _ in "ij")
        last = len(values) - 1
        step = (kind, constant(), None) if kind == "const" else (kind, last - i, last - j)
        if kind == "inv" and values[last - i].square < Fraction(1, 64):
            continue
        value = _apply(*step, values, exact)
        if _fits(value):
            steps.append(step)
            values.append(value)
    groups = [
        tuple(random.randrange(len(values)) for _ in range(random.randint(0, 3))) for _ in "yz"
    ]
    # what was computed last needs most of what came before
    return Program(inputs, tuple(steps), ((*groups[0], len(values) - 1), groups[1]))


def programs(numbers: str = "complex") -> st.SearchStrategy[Program]:
    """Random programs as examples for hypothesis."""
    return st.builds(
        random_program, st.integers(0, 2**32), st.integers(1, 60), numbers=st.just(numbers)
    )


def square_roots(turn: NDArray[np.float64]) -> Tape:
    """F(u; p) = T (v² - p) with v = Tᵀ u for an orthogonal T: u = T √p, 2ⁿ solutions."""
    n = len(turn)
    b = Builder()
    u, p = b.inputs("u", n), b.inputs("p", n)
    v = [b.dot(column, u) for column in turn.T.tolist()]
    w = [x * x - y for x, y in zip(v, p, strict=True)]
    return b.finish({"F": [b.dot(row, w) for row in turn.tolist()]})


@dataclass(frozen=True)
class Cubic:
    """The gradient F_i = ½ A_ijk u_j u_k + C_ijl u_j p_l - p_i, with C symmetric in i and j."""

    a: NDArray[Any]
    c: NDArray[Any]

    @classmethod
    def random(cls, n: int, rng: np.random.Generator) -> Cubic:
        a = rng.normal(size=(n, n, n))
        a = sum(a.transpose(order) for order in permutations(range(3))) / 6
        c = rng.normal(size=(n, n, n))
        return cls(a, (c + c.transpose(1, 0, 2)) / 2)

    def residual(self, u: NDArray[Any], p: NDArray[Any]) -> NDArray[Any]:
        return np.einsum("ijk,j,k", self.a, u, u) / 2 + np.einsum("ijl,j,l", self.c, u, p) - p

    def jacobian(self, u: NDArray[Any], p: NDArray[Any]) -> NDArray[Any]:
        return np.einsum("ijk,k", self.a, u) + np.einsum("ijl,l", self.c, p)

    def parameters(self, u: NDArray[Any]) -> NDArray[Any]:
        """The parameters for which u is a solution."""
        matrix = np.einsum("ijl,j", self.c, u) - np.eye(len(u))
        return np.linalg.solve(matrix, -np.einsum("ijk,j,k", self.a, u, u) / 2)

    def tape(self) -> Tape:
        n = len(self.a)
        b = Builder()
        u, p = b.inputs("u", n), b.inputs("p", n)
        rows = []
        for i in range(n):
            linear = [
                b.dot((self.a[i, j] / 2).tolist(), u) + b.dot(self.c[i, j].tolist(), p)
                for j in range(n)
            ]
            rows.append(b.dot(linear, u) - p[i])
        return b.finish({"F": rows})


def flat(groups: dict[str, list[Any]]) -> list[Any]:
    """Return the values of all groups of outputs, in the order of their names."""
    return [value for name in sorted(groups) for value in groups[name]]


def rational(value: Any) -> Any:
    """Return a rational number in the precision of mpmath."""
    fraction = Fraction(value)
    return mpmath.mpf(fraction.numerator) / fraction.denominator
