"""Linear algebra as loops over vectors, for systems with many unknowns.

Unrolled into straight-line code, solving for N unknowns takes N² instructions, several times in
every step, and compilers need more than their share of time for long functions. As loops it is a
page of code for every N.

Matrices are in the order of :func:`~edgeom.homotopy.kernels.factor_tape`: the rows of L left of the
diagonal and, for matrices that are not symmetric, the columns of U above it, with the inverses of
the pivots apart. All numbers are complex, eight lanes at once.
"""

from __future__ import annotations

from edgeom.homotopy.compiler import VECTOR
from edgeom.homotopy.lanes import Layout, Pair, Writer

__all__ = ["solve_function"]


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
    return w.function("internal void @solve(ptr noalias %L, ptr noalias %D, ptr noalias %x)")


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
