"""Linear algebra as loops over vectors, for systems with many unknowns.

Unrolled into straight-line code, factors of N unknowns take N³/3 instructions and solutions N²,
several times in every step, and compilers need more than their share of time for long functions.
As loops it is a page of code for every N.

Matrices are in the order of :func:`~edgeom.homotopy.kernels.factor_tape`: the rows of L left of the
diagonal and, for matrices that are not symmetric, the columns of U above it, with the inverses of
the pivots apart. All numbers are complex, eight lanes at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from edgeom.homotopy.codegen import vector_constant
from edgeom.homotopy.compiler import VECTOR
from edgeom.homotopy.lanes import Layout, Pair, Writer

__all__ = ["factor_loops", "solve_function"]


def factor_loops(layout: Layout) -> str:
    """Write ``eliminate(L, D)``, which overwrites the entries of a matrix by its factors.

    Row by row: of each entry left of the diagonal the product of its row of L and its column of U
    is taken, as far as both are known. For symmetric matrices U is diag(1/D) Lᵀ, whose columns are
    L's rows before they are multiplied by D.
    """
    w, size, symmetric = Writer(layout), layout.unknowns, layout.symmetric
    w.emit(f"%pivot = alloca [2 x {VECTOR}], align 64")
    upper = size * (size - 1)
    with _outer(w, "row", "0", str(size)) as i:
        row = _triangle(w, "%L", i, 0)
        with _outer(w, "left", "0", i) as j:
            column = _triangle(w, "%L", j, 0 if symmetric else upper)
            value = w.difference(_get(w, row, j), _dot(w, "below", row, column, j))
            if not symmetric:
                value = w.product(value, _get(w, "%D", j))
            _put(w, value, row, j)
        if symmetric:
            _scaled_row(w, row, i)
        else:
            pivot = _dot(w, "diagonal", row, _triangle(w, "%L", i, upper), i)
            _put(w, _inverse(w, w.difference(_get(w, "%D", i), pivot)), "%D", i)
            with _outer(w, "right", w.name(f"add i64 {i}, 1"), str(size)) as j:
                column = _triangle(w, "%L", j, upper)
                product = _dot(w, "beside", row, column, i)
                _put(w, w.difference(_get(w, column, i), product), column, i)
    return w.function("void @eliminate(ptr noalias %L, ptr noalias %D)")


def _scaled_row(w: Writer, row: str, i: str) -> None:
    """Write row i of L from that of L diag(1/D), and the inverse of its pivot."""
    _put(w, _get(w, "%D", i), "%pivot", "0")
    with _outer(w, "scaled", "0", i) as j:
        value = _get(w, row, j)
        factor = w.product(value, _get(w, "%D", j))
        _put(w, w.difference(_get(w, "%pivot", "0"), w.product(value, factor)), "%pivot", "0")
        _put(w, factor, row, j)
    _put(w, _inverse(w, _get(w, "%pivot", "0")), "%D", i)


def _inverse(w: Writer, value: Pair) -> Pair:
    """Write 1 / value, as tapes have it."""
    down = w.op("fdiv", vector_constant(1.0), w.squared(value))
    return w.op("fmul", value[0], down), w.op("fmul", w.name(f"fneg {VECTOR} {value[1]}"), down)


def _dot(w: Writer, label: str, a: str, b: str, count: str) -> Pair:
    """Write Σ a_j b_j over j < count, where all products of parts have sums of their own."""
    w.emit(f"br label %{label}.in\n{label}.in:")
    some = w.name(f"icmp sgt i64 {count}, 0")
    w.emit(f"br i1 {some}, label %{label}, label %{label}.out\n{label}:")
    w.emit(f"%{label}.i = phi i64 [ 0, %{label}.in ], [ %{label}.j, %{label} ]")
    sums = ("rr", "ii", "ri", "ir")
    ways = {k: f"[ zeroinitializer, %{label}.in ], [ %{label}.{k}.n, %{label} ]" for k in sums}
    for k in sums:
        w.emit(f"%{label}.{k} = phi {VECTOR} {ways[k]}")
    left, right = _get(w, a, f"%{label}.i"), _get(w, b, f"%{label}.i")
    for k in sums:
        x, y = (pair["ri".index(part)] for pair, part in zip((left, right), k, strict=True))
        w.emit(f"%{label}.{k}.n = fadd contract {VECTOR} %{label}.{k}, {w.op('fmul', x, y)}")
    w.emit(f"%{label}.j = add i64 %{label}.i, 1")
    w.emit(f"%{label}.c = icmp slt i64 %{label}.j, {count}")
    w.emit(f"br i1 %{label}.c, label %{label}, label %{label}.out\n{label}.out:")
    total = [w.name(f"phi {VECTOR} {ways[k]}") for k in sums]
    return w.op("fsub", total[0], total[1]), w.op("fadd", total[2], total[3])


@contextmanager
def _outer(w: Writer, label: str, begin: str, end: str) -> Iterator[str]:
    """Write a loop over begin <= index < end that may contain others."""
    w.emit(f"br label %{label}.in\n{label}.in:\n  br label %{label}")
    ways = f"[ {begin}, %{label}.in ], [ %{label}.next, %{label}.last ]"
    w.emit(f"{label}:\n  %{label}.i = phi i64 {ways}")
    w.emit(f"%{label}.more = icmp slt i64 %{label}.i, {end}")
    w.emit(f"br i1 %{label}.more, label %{label}.body, label %{label}.done\n{label}.body:")
    yield f"%{label}.i"
    w.emit(f"br label %{label}.last\n{label}.last:\n  %{label}.next = add i64 %{label}.i, 1")
    w.emit(f"br label %{label}\n{label}.done:")


def solve_function(layout: Layout) -> str:
    """Write ``solve(L, D, x)``, which overwrites x by the solution of the linear system.

    The matrix is L diag(1/D) Lᵀ, or L (diag(1/D) + U).
    """
    w, size = Writer(layout), layout.unknowns
    if size > 1:
        _forward(w, size)
    if layout.symmetric or size == 1:
        with w.loop("scale", size) as i:
            _put(w, w.product(_get(w, "%x", i), _get(w, "%D", i)), "%x", i)
    if size > 1:
        _backward(w, size)
    return w.function("void @solve(ptr noalias %L, ptr noalias %D, ptr noalias %x)")


def _forward(w: Writer, size: int) -> None:
    """Write x = L⁻¹ x: from each x_i the product of its row of L with x is taken."""
    w.emit("br label %row.in\nrow.in:\n  br label %row")
    w.emit("row:\n  %row.i = phi i64 [ 1, %row.in ], [ %row.next, %product.out ]")
    row = _triangle(w, "%L", "%row.i", 0)
    with w.loop("product", "%row.i") as j:
        for part in "ri":
            ways = f"[ zeroinitializer, %product.in ], [ %sum.{part}.next, %product ]"
            w.emit(f"%sum.{part} = phi {VECTOR} {ways}")
        product = w.product(_get(w, row, j), _get(w, "%x", j))
        for part, value in zip("ri", product, strict=True):
            w.emit(f"%sum.{part}.next = fadd contract {VECTOR} %sum.{part}, {value}")
    total = ("%sum.r.next", "%sum.i.next")
    _put(w, w.difference(_get(w, "%x", "%row.i"), total), "%x", "%row.i")
    w.emit("%row.next = add i64 %row.i, 1")
    w.emit(f"%row.more = icmp slt i64 %row.next, {size}")
    w.emit("br i1 %row.more, label %row, label %rows.done\nrows.done:")


def _backward(w: Writer, size: int) -> None:
    """Write x = U⁻¹ x, or L⁻ᵀ x: multiples of columns are taken from x, from the last one on."""
    symmetric = w.layout.symmetric
    w.emit("br label %column.in\ncolumn.in:\n  br label %column")
    ways = f"[ {size - 1}, %column.in ], [ %column.next, %update.out ]"
    w.emit(f"column:\n  %column.i = phi i64 {ways}")
    solved = _get(w, "%x", "%column.i")
    if not symmetric:
        solved = w.product(solved, _get(w, "%D", "%column.i"))
        _put(w, solved, "%x", "%column.i")
    column = _triangle(w, "%L", "%column.i", 0 if symmetric else size * (size - 1))
    with w.loop("update", "%column.i") as j:
        _put(w, w.difference(_get(w, "%x", j), w.product(_get(w, column, j), solved)), "%x", j)
    w.emit("%column.next = sub i64 %column.i, 1")
    w.emit("%column.more = icmp sgt i64 %column.next, 0")
    w.emit("br i1 %column.more, label %column, label %columns.done\ncolumns.done:")
    if not symmetric:
        _put(w, w.product(_get(w, "%x", "0"), _get(w, "%D", "0")), "%x", "0")


def _triangle(w: Writer, pointer: str, i: str, skip: int) -> str:
    """Point to row i of a triangle that begins after `skip` vectors; it has i entries."""
    before = w.name(f"mul i64 {i}, {w.name(f'sub i64 {i}, 1')}")
    first = w.name(f"add i64 {before}, {skip}")
    return w.name(f"getelementptr {VECTOR}, ptr {pointer}, i64 {first}")


def _place(w: Writer, pointer: str, i: str, part: int) -> str:
    vector = w.name(f"add i64 {w.name(f'mul i64 {i}, 2')}, {part}")
    return w.name(f"getelementptr {VECTOR}, ptr {pointer}, i64 {vector}")


def _get(w: Writer, pointer: str, i: str) -> Pair:
    """Load number i."""
    re, im = (
        w.name(f"load {VECTOR}, ptr {_place(w, pointer, i, part)}, align 64") for part in (0, 1)
    )
    return re, im


def _put(w: Writer, value: Pair, pointer: str, i: str) -> None:
    """Store number i."""
    for part in (0, 1):
        place = _place(w, pointer, i, part)
        w.emit(f"store {VECTOR} {value[part]}, ptr {place}, align 64")
