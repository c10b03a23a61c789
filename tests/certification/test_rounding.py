"""Midpoint-radius arithmetic: discs contain the exact values, whatever the magnitudes are."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from fractions import Fraction
from random import Random
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from edgeom.certification import rounding
from edgeom.certification.arithmetic import root_radii
from edgeom.certification.parameters import ExactParameters
from edgeom.certification.rounding import RADIUS, with_radii
from edgeom.errors import InputError
from edgeom.homotopy.codegen import CompiledTape
from edgeom.homotopy.constants import Constant
from edgeom.homotopy.tape import Builder, Tape
from tests.programs import Pair, exact

LAW = settings(max_examples=60, deadline=None, derandomize=True)
LANES = 16
# Complex numbers of modulus at most 1, rational.
INSIDE = [
    (Fraction(a, c), Fraction(b, c))
    for a, b, c in [(0, 0, 1), (1, 0, 1), (-1, 0, 1), (0, 1, 1), (3, 4, 5), (-5, 12, 13), (1, 1, 2)]
]
CONSTANTS: list[Constant] = [
    2, -3, 10**17 + 1, Fraction(1, 3), Fraction(-10, 7), 0.1, 1e300, 5e-324, 1.5 - 0.7j, 1e-200j,
]  # fmt: skip
Maker = Callable[..., Tape]


def real(random: Random) -> float:
    """A double of any size, zero and subnormal ones included."""
    exponents = [
        0,
        random.randint(-3, 3),
        random.randint(-1074, 1023),
        random.randint(-1074, -1000),
        random.randint(980, 1023),
    ]
    number = random.uniform(-1, 1) * 2.0 ** random.choice(exponents)
    return random.choice([number, number, number, 0.0])


def midpoint(random: Random, others: list[complex]) -> complex:
    """A number, or one close to another number so that their difference cancels."""
    if others and random.random() < 0.3:
        near = random.choice(others)
        shift = 1 - random.randint(0, 8) * 2.0**-53
        return complex(near.real * shift, near.imag * random.choice([1.0, shift]))
    if random.random() < 0.3:  # a pair that is large and small
        return complex(2.0 ** (random.choice([1000, -1045, -1070]) + random.random()))
    return complex(real(random), random.choice([0.0, real(random)]))


def radius(random: Random, mid: complex) -> float:
    size = min(abs(mid.real) + abs(mid.imag), 2.0**960)
    return random.choice([0.0, abs(real(random)), size * 2.0 ** random.randint(-60, 60)])


def random_tape(random: Random, size: int = 12, degree: int = 6) -> Tape:
    """A program of + - * in the exact inputs x and the inputs y."""
    b = Builder()
    values = [(v, 1) for v in [*b.inputs("x", 3), *b.inputs("y", 3)]]
    for _ in range(size):
        kind = random.choice(["add", "sub", "mul", "mul", "constant"])
        (u, d), (v, e) = (random.choice(values[-6:]) for _ in "uv")
        if kind == "constant":
            values.append((b.constant(random.choice(CONSTANTS)), 1))
        elif kind == "mul" and d + e <= degree:
            values.append((u * v, d + e))
        elif kind != "mul":
            values.append((u + v if kind == "add" else u - v, max(d, e)))
    return b.finish({"z": [v for v, _ in values[3:]]})


def random_inputs(random: Random) -> tuple[dict[str, NDArray[Any]], list[list[Pair]]]:
    """Midpoints and radii for all lanes, and exact values in these discs."""
    mids, radii, inside = np.zeros((LANES, 6), complex), np.zeros((LANES, 6)), []
    for lane in range(LANES):
        numbers: list[complex] = []
        truth = []
        extreme = lane % 4 == 0  # all errors in one direction, about 0
        for k in range(6):
            mid = 0j if extreme and k > 2 else midpoint(random, numbers)
            numbers.append(mid)
            r = radius(random, mid) if k > 2 else 0.0
            if extreme and k > 2:
                r = random.uniform(0.5, 2)
            re, im = (Fraction(1), Fraction(0)) if extreme else random.choice(INSIDE)
            truth.append(
                Pair(Fraction(mid.real) + re * Fraction(r), Fraction(mid.imag) + im * Fraction(r))
            )
            mids[lane, k], radii[lane, k] = mid, r
        inside.append(truth)
    return {"x": mids[:, :3], "y": mids[:, 3:], "y" + RADIUS: radii[:, 3:]}, inside


def escapes(tape: Tape, out: dict[str, NDArray[Any]], inside: list[list[Pair]]) -> int:
    """How many exact values lie outside their discs, of those that are finite."""
    count = 0
    for lane, truth in enumerate(inside):
        values = tape.evaluate({"x": truth[:3], "y": truth[3:]}, exact)["z"]
        for value, mid, r in zip(values, out["z"][lane], out["z" + RADIUS][lane].real, strict=True):
            mid = complex(mid)
            if np.isfinite([mid.real, mid.imag, r]).all():
                gap = value - Pair(Fraction(mid.real), Fraction(mid.imag))
                count += gap.square > Fraction(float(r)) ** 2
    return count


def run(seed: int, maker: Maker, optimise: int | None) -> int:
    """Count what escapes in NumPy, or compiled at some level of optimisation."""
    random = Random(seed)
    tape = random_tape(random)
    inputs, inside = random_inputs(random)
    discs = maker(tape, ("x",))
    with np.errstate(all="ignore"):
        evaluate = discs.arrays if optimise is None else CompiledTape(discs, optimise)
        out = evaluate(**inputs)
    return escapes(tape, out, inside)


@pytest.mark.parametrize("optimise", [None, 0, 2])
@LAW
@given(st.integers(0, 2**32))
def test_discs_contain_the_exact_values(optimise: int | None, seed: int) -> None:
    assert run(seed, with_radii, optimise) == 0


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Maker]:
    """Return the arithmetic with a change in its source."""

    def change(old: str, new: str) -> Maker:
        source = inspect.getsource(rounding)
        assert source.count(old) == 1, old
        module = ModuleType("broken_rounding")
        monkeypatch.setitem(sys.modules, module.__name__, module)
        exec(source.replace(old, new), module.__dict__)
        maker: Maker = module.with_radii
        return maker

    return change


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("self.product_rounding * k + self.tiny", "self.product_rounding * k"),
        ("total = h * right + self.tiny", "total = h * right"),
        ("builder.constant(3 * EPSILON)", "builder.constant(0)"),
        ("right = right + y.radius", "pass"),
        ("(k if y.radius is None else k + y.radius)", "k"),
        ("total = total + x.radius", "_ = x.radius"),
        ("self.rounding * self.size(mid) + self.tiny", "self.tiny"),
        ("(x.radius, y.radius) if", "(x.radius,) if"),
        ("Fraction(rounded.real) == value", "True"),
        ("radius.value * (1 + (2 * radius.count + 4) * EPSILON)", "radius.value"),
    ],
)
def test_every_term_is_needed(broken: Callable[[str, str], Maker], old: str, new: str) -> None:
    maker = broken(old, new)
    assert any(run(seed, maker, None) for seed in range(300))


def test_the_unbroken_arithmetic_passes_where_the_broken_ones_fail() -> None:
    assert not any(run(seed, with_radii, None) for seed in range(300))


def test_the_law_is_not_empty() -> None:
    """Most discs are finite, and many are not much larger than the errors in them."""
    random = Random(0)
    finite = []
    for _ in range(20):
        inputs, _ = random_inputs(random)
        with np.errstate(all="ignore"):
            out = with_radii(random_tape(random), ("x",)).arrays(**inputs)
        finite.append(np.isfinite(out["z"]) & np.isfinite(out["z" + RADIUS]))
    assert np.concatenate([f.ravel() for f in finite]).mean() > 0.5


@pytest.mark.parametrize("optimise", [None, 0, 2])
def test_discs_of_inverses_contain_all_inverses(optimise: int | None) -> None:
    """Exactly, for points on the rim; where 0 may be inside, nothing is bounded."""
    b = Builder()
    (x,) = b.inputs("x", 1)
    discs = with_radii(b.finish({"y": [1 / x]}))
    random = Random(1)
    mids = [midpoint(random, []) for _ in range(400)]
    mids = [mid for mid in mids if 1e-100 < abs(mid.real) + abs(mid.imag) < 1e100]
    sizes = [abs(mid) * 2.0 ** random.choice([-70, -50, -30, -10, -1, 0, 1]) for mid in mids]
    evaluate = discs.arrays if optimise is None else CompiledTape(discs, optimise)
    with np.errstate(all="ignore"):
        out = evaluate(**{"x": np.array([mids]).T, "x" + RADIUS: np.array([sizes]).T})
    bounded = 0
    for mid, r, found, reach in zip(
        mids, sizes, out["y"][:, 0], out["y" + RADIUS][:, 0], strict=True
    ):
        if not np.isfinite([found.real, found.imag, reach.real]).all():
            assert r > 0.2 * abs(mid)
            continue
        bounded += 1
        for re, im in INSIDE:
            a = Fraction(mid.real) + re * Fraction(r), Fraction(mid.imag) + im * Fraction(r)
            square = a[0] ** 2 + a[1] ** 2
            gap = a[0] / square - Fraction(found.real), -a[1] / square - Fraction(found.imag)
            if re**2 + im**2 <= 1:
                assert gap[0] ** 2 + gap[1] ** 2 <= Fraction(reach.real) ** 2
    assert bounded > 50


def test_programs_with_sizes_are_refused() -> None:
    b = Builder()
    (x,) = b.inputs("x", 1)
    with pytest.raises(InputError, match="not for sizes"):
        with_radii(b.finish({"y": [b.size(x)]}))


def test_what_is_not_finite_is_not_bounded() -> None:
    b = Builder()
    x, y = b.inputs("x", 2)
    tape = with_radii(b.finish({"z": [x * y, x * y - x * y * 1, (x + y) * 0.5]}))
    for bad in (np.nan, np.inf, 1e200):
        inputs = {"x": np.array([[bad, 1e200]]), "x" + RADIUS: np.zeros((1, 2))}
        with np.errstate(all="ignore"):
            outs = [tape.arrays(**inputs), CompiledTape(tape)(**inputs)]
        for out in outs:
            assert not np.isfinite(out["z"][0, 0] + out["z" + RADIUS][0, 0])


def sums(a: NDArray[Any], b: NDArray[Any]) -> Pair:
    """Return the exact sum of products of two lists of doubles."""
    pairs = [
        Pair(*map(Fraction, (complex(x).real, complex(x).imag)))
        * Pair(*map(Fraction, (complex(y).real, complex(y).imag)))
        for x, y in zip(a, b, strict=True)
    ]
    return Pair(sum(p.re for p in pairs), sum(p.im for p in pairs))


@LAW
@given(st.integers(0, 2**32), st.integers(1, 40), st.booleans())
def test_parameters_are_enclosed(seed: int, n: int, is_complex: bool) -> None:
    """c = S q is off by no more than is said, also after cancellation and underflow."""
    random = Random(seed)
    scale = random.choice([0, 0, -540])  # products that underflow, some of them or all

    def numbers(count: int) -> NDArray[Any]:
        values = [complex(real(random), real(random)) for _ in range(count)]
        if scale:
            values = [complex(random.random(), random.random()) * 2.0**scale for _ in range(count)]
        return np.array(values) if is_complex else np.array(values).real

    matrix, data = numbers(n * n).reshape(n, n), numbers(n)
    with np.errstate(all="ignore"):
        (c, radius) = ExactParameters(np.zeros(0), matrix, data).doubles()
    for row, mid, r in zip(matrix, c.tolist(), radius.tolist(), strict=True):
        if np.isfinite([complex(mid).real, complex(mid).imag, r]).all():
            gap = sums(row, data) - exact(complex(mid))
            assert gap.square <= Fraction(r) ** 2


@LAW
@given(st.integers(0, 2**32))
def test_boxes_around_fixed_points(seed: int) -> None:
    """The worst case of the Krawczyk test is c + E z = z, whose solution is known."""
    random = Random(seed)
    scale = 2.0 ** random.randint(-900, 900)
    units = [scale * 2.0 ** random.randint(-40, 40) for _ in range(2)]
    c = [
        random.choice([0.0, random.randint(1, 9) * 5e-324, unit * 2.0 ** random.randint(-90, -20)])
        for unit in units
    ]
    E = [
        [random.random() * 2.0 ** random.randint(-9, 0) * units[i] / units[j] for j in range(2)]
        for i in range(2)
    ]
    radii = [unit * 2.0 ** random.randint(-3, 3) for unit in units]
    with np.errstate(all="ignore"):
        (root,) = root_radii(np.array([E]), np.array([c]), np.array([radii]))
    (a, b), (d, e) = ([Fraction(v) for v in row] for row in E)
    p, q = map(Fraction, c)
    determinant = (1 - a) * (1 - e) - b * d
    if np.isnan(root).any():
        return
    assert determinant > 0
    solution = ((p * (1 - e) + b * q) / determinant, (q * (1 - a) + d * p) / determinant)
    for value, reach, size in zip(solution, root, radii, strict=True):
        assert value <= Fraction(float(reach)) and reach < size
