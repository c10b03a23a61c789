"""Tapes in pair arithmetic: beside every real number its error so far.

The rounding error of a sum or product is a double, which a few operations find, and errors are
propagated to first order, which gives about twice the digits (Lange, Rump, "Faithfully rounded
floating-point computations", ACM Trans. Math. Softw. 46, 2020). Numbers that come in have no error.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

from edgeom.homotopy.codegen import Parts, TapeWriter
from edgeom.homotopy.compiler import LANES, VECTOR
from edgeom.homotopy.tape import Tape

__all__ = ["PairWriter"]


class PairWriter(TapeWriter):
    """Writes the instructions of a tape with about twice the digits; what comes out is rounded."""

    def __init__(self, tape: Tape, real: Mapping[str, int]) -> None:
        super().__init__(tape, real)
        self.errors: dict[str, str] = {}
        self.sums: dict[str, str] = {}  # of numbers that are put out and their errors

    def output(self, group: str, position: int, value: Parts) -> None:
        re, im = (self._rounded(part) for part in value)
        super().output(group, position, (re or "zeroinitializer", im))

    def _rounded(self, part: str | None) -> str | None:
        if part is None or part not in self.errors:
            return part
        if part not in self.sums:
            self.sums[part] = self._plain(f"{part}.sum", "fadd", part, self.errors[part])
        return self.sums[part]

    def _plain(self, target: str, word: str, x: str, y: str) -> str:
        return self._let(target, f"{word} {VECTOR} {x}, {y}")

    def _fma(self, target: str, x: str, y: str, z: str) -> str:
        arguments = ", ".join(f"{VECTOR} {value}" for value in (x, y, z))
        return self._let(target, f"call {VECTOR} @llvm.fma.v{LANES}f64({arguments})")

    def _arith(self, target: str, word: str, x: str, y: str) -> str:
        self._plain(target, word, x, y)
        write = self._sum_error if word in ("fadd", "fsub") else self._product_error
        self.errors[target] = write(target, word, x, y, self.errors.get(x), self.errors.get(y))
        return target

    def _sum_error(
        self, target: str, word: str, x: str, y: str, ex: str | None, ey: str | None
    ) -> str:
        """Write the error of x + y, or of x - y."""
        names = (f"{target}.{k}" for k in itertools.count())
        other = {"fadd": "fsub", "fsub": "fadd"}[word]
        moved = self._plain(next(names), "fsub", target, x)  # what has become of y
        kept = self._plain(next(names), "fsub", target, moved)  # and of x
        x_lost = self._plain(next(names), "fsub", x, kept)
        y_lost = self._plain(next(names), other, y, moved)
        error = self._plain(next(names), word, x_lost, y_lost)
        if ex is not None:
            error = self._plain(next(names), "fadd", error, ex)
        return error if ey is None else self._plain(next(names), word, error, ey)

    def _product_error(
        self, target: str, word: str, x: str, y: str, ex: str | None, ey: str | None
    ) -> str:
        """Write the error of x y, or of x / y."""
        names = (f"{target}.{k}" for k in itertools.count())
        opposite = super()._negate(next(names), target)
        if word == "fmul":
            error = self._fma(next(names), x, y, opposite)
            if ex is not None:
                error = self._fma(next(names), ex, y, error)
            return error if ey is None else self._fma(next(names), x, ey, error)
        error = self._fma(next(names), opposite, y, x)
        if ex is not None:
            error = self._plain(next(names), "fadd", error, ex)
        if ey is not None:
            error = self._fma(next(names), opposite, ey, error)
        return self._plain(next(names), "fdiv", error, y)

    def _negate(self, target: str, x: str) -> str:
        super()._negate(target, x)
        if (error := self.errors.get(x)) is not None:
            self.errors[target] = super()._negate(f"{target}.n", error)
        return target
