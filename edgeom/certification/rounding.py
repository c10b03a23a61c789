"""Programs in midpoint-radius arithmetic: doubles that carry a bound for their own error.

Every value of a program becomes a disc: a complex midpoint, computed by the same operations as
before, and a radius that contains what the operands' radii and all rounding errors can make of it.
The radii are values of a program as well, so discs are compiled like everything else.

The model is IEEE 754 binary64 with gradual underflow. An addition, a multiplication, or both fused
into one, returns its exact value times 1 + δ with |δ| <= ε = 2⁻⁵², and a multiplication may be off
by 2⁻¹⁰⁷⁴ more: so every direction of rounding is allowed, and so is contraction by the compiler.
Sizes |Re a| + |Im a| bound |a|. For discs (a, r) and (b, s) with sizes h and k:

* a ± b has radius r + s + ε·(size of the computed value) + t;
* a·b has radius h·(3ε·k + t + s) + r·(k + s) + t: each of the four products in a complex
  multiplication is wrong by a factor (1 + δ)², which makes (2ε + ε²)·h·k together;
* 1/a has a computed midpoint m, whatever its rounding. With η a bound for |m·z - 1| all over the
  disc of a, that of m·a - 1 plus r·size of m, it has radius η·(size of m)/(1 - η): |z| is at least
  (1 - η)/|m|. The factor is written as 2/(1 - η + |1 - η|), which is infinite for η >= 1;
* t = 2⁻¹⁰⁰⁰ is more than what a product loses by underflow, those in the radius included: it is
  added to 3ε·k as well, for a large h makes the loss in there large.

Radii are sums of products of numbers that are not negative, so a radius of which no summand or
factor saw more than k operations is at least (1 - ε)ᵏ times its exact value; k is counted while the
program is written, and the radii that are given out are multiplied by 1 + (2k + 4)ε in the end.
A NaN in a midpoint passes on to what is made of it, radii included, and every comparison with it
fails. A midpoint that overflows is infinite, whatever its radius is: it bounds nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction

from edgeom.errors import InputError
from edgeom.homotopy.constants import Constant, double
from edgeom.homotopy.tape import Builder, Op, Tape, Var

__all__ = ["EPSILON", "RADIUS", "with_radii"]

EPSILON = 2.0**-52
TINY = 2.0**-1000
FEW = 2.0**-40  # more than the relative errors of a sum and of an inverse of real numbers
RADIUS = "_radius"  # appended to the name of a group: the radii of its values


@dataclass(frozen=True)
class _Bound:
    """A number that is not negative, computed by at most `count` roundings on any way."""

    value: Var
    count: int

    def __add__(self, other: _Bound) -> _Bound:
        return _Bound(self.value + other.value, max(self.count, other.count) + 1)

    def __mul__(self, other: _Bound) -> _Bound:
        return _Bound(self.value * other.value, self.count + other.count + 1)


@dataclass(frozen=True)
class _Disc:
    """A value with its radius, None for exact values."""

    mid: Var
    radius: _Bound | None = None


def with_radii(tape: Tape, exact: Collection[str] = ()) -> Tape:
    """Return the program in midpoint-radius arithmetic.

    Parameters
    ----------
    tape : Tape
        A program of ``+ - *`` and inverses.
    exact : collection of str
        Groups of inputs that are exactly the given doubles.

    Returns
    -------
    Tape
        Its inputs are those of the tape, and for each group "x" that is not exact a group
        "x_radius" of radii, real and not negative. Its outputs are the midpoints and, for each
        group "y", the radii "y_radius" of discs around them that contain the exact values.

    Raises
    ------
    InputError
        The program takes sizes.

    Examples
    --------
    >>> b = Builder()
    >>> (x,) = b.inputs("x", 1)
    >>> tape = with_radii(b.finish({"y": [x * x]}))
    >>> out = tape.evaluate({"x": [3.0], "x_radius": [0.25]})
    >>> out["y"], 0 <= out["y_radius"][0] - (2 * 3 * 0.25 + 0.25**2) < 1e-13
    ([9.0], True)
    """
    b = Builder()
    discs: list[_Disc] = []
    writer = _Writer(b)
    inputs: list[_Disc] = []
    for name, count in tape.inputs.items():
        values = b.inputs(name, count)
        if name in exact:
            inputs.extend(_Disc(value) for value in values)
        else:
            radii = b.inputs(name + RADIUS, count)
            bounds = [_Bound(b.size(radius), 1) for radius in radii]
            inputs.extend(map(_Disc, values, bounds))
    for op, i, j in tape.code:
        if op is Op.INPUT:
            discs.append(inputs[i])
        elif op is Op.CONST:
            discs.append(writer.constant(tape.constants[i]))
        elif op is Op.MUL:
            discs.append(writer.mul(discs[i], discs[j]))
        elif op is Op.ADD or op is Op.SUB:
            discs.append(writer.add(op, discs[i], discs[j]))
        elif op is Op.INV:
            discs.append(writer.inverse(discs[i]))
        else:
            raise InputError("discs are made for programs of + - * and inverses, not for sizes")
    outputs: dict[str, list[Var | Constant]] = {}
    for name, group in tape.outputs.items():
        outputs[name] = [discs[i].mid for i in group]
        outputs[name + RADIUS] = [writer.output(discs[i].radius) for i in group]
    return b.finish(outputs)


class _Writer:
    """Writes the operations of discs into a program."""

    def __init__(self, builder: Builder) -> None:
        self.b = builder
        self.rounding = _Bound(builder.constant(EPSILON), 0)
        self.product_rounding = _Bound(builder.constant(3 * EPSILON), 0)
        self.tiny = _Bound(builder.constant(TINY), 0)
        self.sizes: dict[int, _Bound] = {}

    def size(self, value: Var) -> _Bound:
        if value.index not in self.sizes:
            self.sizes[value.index] = _Bound(self.b.size(value), 1)
        return self.sizes[value.index]

    def constant(self, value: Constant) -> _Disc:
        rounded = double(value)
        mid = self.b.constant(rounded)
        if isinstance(value, complex) or Fraction(rounded.real) == value:
            return _Disc(mid)
        return _Disc(mid, _Bound(self.b.constant(abs(rounded) * EPSILON + TINY), 0))

    def add(self, op: Op, x: _Disc, y: _Disc) -> _Disc:
        mid = x.mid + y.mid if op is Op.ADD else x.mid - y.mid
        terms = [radius for radius in (x.radius, y.radius) if radius is not None]
        if self.b.zero.index not in (x.mid.index, y.mid.index):  # 0 ± y is exact
            terms.insert(0, self.rounding * self.size(mid) + self.tiny)
        return _Disc(mid, sum(terms[1:], terms[0]) if terms else None)

    def mul(self, x: _Disc, y: _Disc) -> _Disc:
        mid, h, k = x.mid * y.mid, self.size(x.mid), self.size(y.mid)
        right = self.product_rounding * k + self.tiny
        if y.radius is not None:
            right = right + y.radius
        total = h * right + self.tiny
        if x.radius is not None:
            total = total + x.radius * (k if y.radius is None else k + y.radius)
        return _Disc(mid, total)

    def inverse(self, x: _Disc) -> _Disc:
        mid = self.b.inverse(x.mid)
        gap = self.add(Op.SUB, self.mul(_Disc(mid), _Disc(x.mid)), _Disc(self.b.one))
        eta = self.size(gap.mid)
        if gap.radius is not None:
            eta = eta + gap.radius
        if x.radius is not None:
            eta = eta + self.size(mid) * x.radius
        rest = 1 - self.b.lift(self.output(eta))
        factor = self.b.inverse(rest + self.b.size(rest)) * (2 + FEW)
        return _Disc(mid, eta * self.size(mid) * _Bound(factor, 0) + self.tiny)

    def output(self, radius: _Bound | None) -> Var | Constant:
        if radius is None:
            return 0
        return radius.value * (1 + (2 * radius.count + 4) * EPSILON)
