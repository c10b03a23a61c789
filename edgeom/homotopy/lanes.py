"""The workspace of the tracker and the code that moves paths in and out of its lanes.

The workspace is a list of sections (unknowns, parameters, Taylor coefficients, ...), each a list
of vectors with one number of every lane. Beginning and ending a path touch one lane and are
scalar code; everything else is vector code, in :mod:`edgeom.homotopy.loop`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from edgeom.homotopy.codegen import vector_constant
from edgeom.homotopy.compiler import LANES, VECTOR

__all__ = ["EXTREMA", "INFO", "INTEGERS", "Layout", "Pair", "Writer", "load_lane", "store_lane"]

INFO = ("t", "accuracy", "steps", "rejected", "norm")  # what is kept of each path, as doubles
INTEGERS = f"<{LANES} x i64>"
Pair = tuple[str, str]  # names of the real and the imaginary part of a complex number
EXTREMA = "".join(
    f"declare {VECTOR} @llvm.{word}num.v{LANES}f64({VECTOR}, {VECTOR})\n" for word in ("min", "max")
)


@dataclass(frozen=True)
class Layout:
    """Offsets, in vectors, of the sections of a tracker's workspace.

    Examples
    --------
    >>> layout = Layout(unknowns=2, parameters=3, order=4)
    >>> layout.offsets["p1"], layout.sections["p1"]
    (8, 6)
    """

    unknowns: int
    parameters: int
    order: int
    symmetric: bool = True
    real: int = 0  #: so many of the first parameters are real

    @property
    def sections(self) -> dict[str, int]:
        """Name and length of every section."""
        n, p = self.unknowns, 2 * self.parameters - self.real
        return {
            "u": 2 * n,
            "v": 2 * n,
            "p1": p,
            "dp": p,
            "p": p,
            "L": max(1, n * (n - 1) * (1 if self.symmetric else 2)),
            "D": 2 * n,
            "coef": 2 * n * self.order,
            "x": 2 * n,
            "w": n,
            **dict.fromkeys((*INFO, "trust"), 1),
        }

    @property
    def offsets(self) -> dict[str, int]:
        """First vector of every section."""
        result, total = {}, 0
        for name, length in self.sections.items():
            result[name] = total
            total += length
        return result

    @property
    def size(self) -> int:
        """Length of the workspace in vectors."""
        return sum(self.sections.values())


class Writer:
    """Writes instructions in order and names their results."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.lines: list[str] = []
        self.count = 0

    def emit(self, line: str) -> None:
        """Write a line."""
        self.lines.append(line)

    def name(self, text: str) -> str:
        """Write an instruction and return the name of its result."""
        self.count += 1
        self.emit(f"%x{self.count} = {text}")
        return f"%x{self.count}"

    @contextmanager
    def loop(self, label: str, count: int | str) -> Iterator[str]:
        """Write a loop over 0 <= index < count, for count > 0."""
        self.emit(f"br label %{label}.in\n{label}.in:\n  br label %{label}")
        self.emit(f"{label}:\n  %{label}.i = phi i64 [ 0, %{label}.in ], [ %{label}.j, %{label} ]")
        yield f"%{label}.i"
        self.emit(f"%{label}.j = add i64 %{label}.i, 1")
        self.emit(f"%{label}.c = icmp slt i64 %{label}.j, {count}")
        self.emit(f"br i1 %{label}.c, label %{label}, label %{label}.out\n{label}.out:")

    def function(self, head: str, tail: str = "  ret void\n") -> str:
        """Return what was written as a function that ends with `tail`."""
        body = "\n  ".join(self.lines)
        return f"define {head} #0 {{\nentry:\n  {body}\n{tail}}}\n"

    # Vectors: one number of each lane.

    def op(self, word: str, a: str, b: str) -> str:
        """Write an operation of two vectors."""
        return self.name(f"{word} contract {VECTOR} {a}, {b}")

    def fma(self, a: str, b: str, c: str) -> str:
        """Write a·b + c."""
        return self.op("fadd", self.op("fmul", a, b), c)

    def compare(self, word: str, a: str, b: str) -> str:
        """Write a comparison; the result is a mask."""
        return self.name(f"fcmp {word} {VECTOR} {a}, {b}")

    def logic(self, word: str, a: str, b: str) -> str:
        """Write an operation of two masks."""
        return self.name(f"{word} <{LANES} x i1> {a}, {b}")

    def select(self, mask: str, a: str, b: str, kind: str = VECTOR) -> str:
        """Write: a where the mask holds, else b."""
        return self.name(f"select <{LANES} x i1> {mask}, {kind} {a}, {kind} {b}")

    def extremum(self, word: str, a: str, b: str) -> str:
        """Write the minimum or maximum of two vectors, for `word` "min" or "max"."""
        return self.name(f"call {VECTOR} @llvm.{word}num.v{LANES}f64({VECTOR} {a}, {VECTOR} {b})")

    def address(self, section: str, index: int | str) -> str:
        """Point to a vector of a section, whose pointer is called %ws.section."""
        kind = "i32" if isinstance(index, int) else "i64"
        return self.name(f"getelementptr {VECTOR}, ptr %ws.{section}, {kind} {index}")

    def load(self, section: str, index: int | str = 0) -> str:
        """Load a vector of a section."""
        return self.name(f"load {VECTOR}, ptr {self.address(section, index)}, align 64")

    def store(self, value: str, section: str, index: int | str = 0) -> None:
        """Store a vector of a section."""
        self.emit(f"store {VECTOR} {value}, ptr {self.address(section, index)}, align 64")

    def splat(self, scalar: str) -> str:
        """Write a number to all lanes."""
        first = self.name(f"insertelement {VECTOR} poison, double {scalar}, i32 0")
        zeros = f"<{LANES} x i32> zeroinitializer"
        return self.name(f"shufflevector {VECTOR} {first}, {VECTOR} poison, {zeros}")

    # Complex numbers, by the names of their real and imaginary parts.

    def number(self, section: str, i: int) -> Pair:
        """Load complex number i of a section."""
        return self.load(section, 2 * i), self.load(section, 2 * i + 1)

    def difference(self, a: Pair, b: Pair) -> Pair:
        """Write a - b."""
        return self.op("fsub", a[0], b[0]), self.op("fsub", a[1], b[1])

    def product(self, a: Pair, b: Pair) -> Pair:
        """Write a b."""
        re = self.op("fsub", self.op("fmul", a[0], b[0]), self.op("fmul", a[1], b[1]))
        return re, self.fma(a[0], b[1], self.op("fmul", a[1], b[0]))

    def squared(self, a: Pair) -> str:
        """Write |a|²."""
        return self.fma(a[0], a[0], self.op("fmul", a[1], a[1]))

    def weighted_norm(self, section: str, first: int = 0) -> str:
        """Write Σ w_i |x_i|², with x_0 the complex number `first` of a section."""
        total = vector_constant(0.0)
        for i in range(self.layout.unknowns):
            weight = self.load("w", i)
            total = self.fma(weight, self.squared(self.number(section, first + i)), total)
        return total

    # Scalars: numbers of one lane, or of one path.

    def row(self, table: str, number: str, length: int) -> str:
        """Point to a row of a table of doubles."""
        first = self.name(f"mul i64 {number}, {length}")
        return self.item(f"%{table}", first)

    def item(self, pointer: str, index: int | str) -> str:
        """Point to one of many doubles."""
        return self.name(f"getelementptr double, ptr {pointer}, i64 {index}")

    def cell(self, section: str, index: int | str = 0) -> str:
        """Point to what %lane holds of a vector of a section."""
        vector = self.name(f"add i64 {index}, {self.layout.offsets[section]}")
        first = self.name(f"mul i64 {vector}, {LANES}")
        return self.item("%ws", self.name(f"add i64 {first}, %lane"))

    def get(self, pointer: str) -> str:
        """Load a double."""
        return self.name(f"load double, ptr {pointer}")

    def put(self, value: str, pointer: str) -> None:
        """Store a double."""
        self.emit(f"store double {value}, ptr {pointer}")


def load_lane(layout: Layout) -> str:
    """Write what moves a path into a lane: its start, its segment of parameters, t = 0."""
    w = Writer(layout)

    def row(table: str, rows: str, length: int) -> str:
        """Point to the row of a table that belongs to %path."""
        number = w.name(f"getelementptr i64, ptr %{rows}, i64 %path")
        return w.row(table, w.name(f"load i64, ptr {number}"), length)

    start = row("starts", "start", 2 * layout.unknowns)
    source = row("parameters", "source", 2 * layout.parameters)
    target = row("parameters", "target", 2 * layout.parameters)
    with w.loop("unknown", 2 * layout.unknowns) as i:
        w.put(w.get(w.item(start, i)), w.cell("u", i))

    def parameter(number: str, place: str) -> None:
        begin, end = w.get(w.item(source, number)), w.get(w.item(target, number))
        w.put(end, w.cell("p1", place))
        w.put(w.name(f"fsub double {end}, {begin}"), w.cell("dp", place))

    if layout.real:
        with w.loop("real", layout.real) as i:
            parameter(w.name(f"mul i64 {i}, 2"), i)
    if layout.parameters > layout.real:
        with w.loop("parameter", 2 * (layout.parameters - layout.real)) as i:
            parameter(
                w.name(f"add i64 {i}, {2 * layout.real}"), w.name(f"add i64 {i}, {layout.real}")
            )
    for name in INFO:
        w.put("0.0", w.cell(name))
    w.put("1.0", w.cell("trust"))
    return w.function(
        "internal void @load_lane(ptr %ws, i64 %lane, i64 %path, "
        "ptr %starts, ptr %start, ptr %parameters, ptr %source, ptr %target)"
    )


def store_lane(layout: Layout) -> str:
    """Write what moves a path that has ended out of its lane."""
    w = Writer(layout)
    result = w.row("results", "%path", 2 * layout.unknowns)
    with w.loop("unknown", 2 * layout.unknowns) as i:
        w.put(w.get(w.cell("u", i)), w.item(result, i))
    info = w.row("info", "%path", len(INFO))
    for position, name in enumerate(INFO):
        w.put(w.get(w.cell(name)), w.item(info, position))
    status = w.name("getelementptr i64, ptr %status, i64 %path")
    w.emit(f"store i64 %state, ptr {status}")
    return w.function(
        "internal void @store_lane(ptr %ws, i64 %lane, i64 %path, i64 %state, "
        "ptr %results, ptr %info, ptr %status)"
    )
