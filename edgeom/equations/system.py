"""Square polynomial systems with parameters and a lift from solutions to points.

A system is a tape, so it runs in any arithmetic; evaluated on sympy symbols it prints as the
polynomials it stands for, ready for another program.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.kernels import jacobian_tape, replay
from edgeom.homotopy.tape import Builder, Constant, Tape

if TYPE_CHECKING:
    import sympy

__all__ = ["PolynomialSystem"]

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class PolynomialSystem:
    """Equations F(u; p) = 0, as many as unknowns, with symmetric Jacobian, and a lift u -> x.

    Attributes
    ----------
    tape : Tape
        Inputs ``u`` (unknowns) and ``p`` (parameters), output ``F``.
    lift_tape : Tape
        Input ``u``, output ``x``: the point of the variety.
    unknowns, parameters : tuple of str
        Their names, in order.
    """

    tape: Tape
    lift_tape: Tape
    unknowns: tuple[str, ...]
    parameters: tuple[str, ...]

    @cached_property
    def _jacobian(self) -> Tape:
        return jacobian_tape(self.tape)

    def at(self, p: Array) -> PolynomialSystem:
        """Return the system with numbers in place of its parameters."""
        b = Builder()
        u = b.inputs("u", len(self.unknowns))
        b.inputs("p", 0)
        values = [b.constant(value) for value in np.asarray(p).tolist()]
        return PolynomialSystem(
            b.finish({"F": replay(self.tape, b, u=u, p=values)["F"]}),
            self.lift_tape,
            self.unknowns,
            (),
        )

    def lift(self, u: Array) -> Array:
        """Return the points of the variety for unknowns ``(points, unknowns)``."""
        return self.lift_tape.arrays(u=u)["x"]

    def evaluate(self, u: Array, p: Array) -> tuple[Array, Array]:
        """Return F ``(points, N)`` and ∂F/∂u ``(points, N, N)`` at points and parameters."""
        out = self._jacobian.arrays(u=u, p=np.broadcast_to(p, (len(u), len(self.parameters))))
        size = len(self.unknowns)
        full = np.zeros((len(u), size, size), out["F"].dtype)
        rows, cols = np.tril_indices(size)
        full[:, rows, cols] = out["J"]
        full[:, cols, rows] = out["J"]
        return out["F"], full

    def to_sympy(self) -> list[sympy.Expr]:
        """Return the equations as expanded sympy polynomials in unknowns and parameters."""
        import sympy

        def number(value: Constant) -> Any:
            if isinstance(value, complex):
                return sympy.Float(value.real) + sympy.I * sympy.Float(value.imag)
            return sympy.sympify(value)

        symbols = {
            "u": [sympy.Symbol(name) for name in self.unknowns],
            "p": [sympy.Symbol(name) for name in self.parameters],
        }
        return [sympy.expand(value) for value in self.tape.evaluate(symbols, number)["F"]]

    def __str__(self) -> str:
        head = f"{len(self.unknowns)} equations in {', '.join(self.unknowns)}"
        if self.parameters:
            head += f", with parameters {', '.join(self.parameters)}"
        return "\n".join([head, *(f"  {equation} = 0" for equation in self.to_sympy())])
