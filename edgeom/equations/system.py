"""Square polynomial systems with parameters and a lift from solutions to points.

A system is a tape, so it runs in any arithmetic; evaluated on sympy symbols it prints as the
polynomials it stands for, and `to_phc()` and the like are views of it for other programs.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edgeom.homotopy.constants import Constant
from edgeom.homotopy.kernels import jacobian_tape, replay, squares
from edgeom.homotopy.tape import Builder, Tape, Var
from edgeom.views import view

if TYPE_CHECKING:
    import sympy

__all__ = ["PolynomialSystem"]

Array = NDArray[Any]
BLOCK = 8192  # points that are lifted at once, which bounds the memory for intermediate values


@dataclass(frozen=True, eq=False)
class PolynomialSystem:
    """Equations F(u; p) = 0, as many as unknowns, and a lift u -> x.

    Attributes
    ----------
    tape : Tape
        Inputs ``u`` (unknowns) and ``p`` (parameters), output ``F``.
    lift_tape : Tape
        Input ``u``, output ``x``: the point of the variety.
    unknowns, parameters : tuple of str
        Their names, in order.
    symmetric : bool
        Whether the Jacobian is symmetric, as that of critical equations.
    """

    tape: Tape
    lift_tape: Tape
    unknowns: tuple[str, ...]
    parameters: tuple[str, ...]
    symmetric: bool = True

    @cached_property
    def jacobian(self) -> Tape:
        """(u, p) -> F and J, row by row: ∂F/∂u, or its lower triangle where it is symmetric."""
        return jacobian_tape(self.tape, self.symmetric)

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
            self.symmetric,
        )

    @cached_property
    def cleared(self) -> PolynomialSystem:
        """The same equations without divisions: each inverse 1/a is an unknown t with t·a = 1.

        These unknowns come last; no denominator vanishes at a solution. Other programs get this
        system, whose Jacobian is not symmetric.
        """
        more = len(self.inverses.outputs["t"])
        if not more:
            return self
        count = len(self.unknowns)
        b = _Clearing()
        unknowns = b.inputs("u", count + more)
        b.spare = unknowns[count:]
        p = b.inputs("p", len(self.parameters))
        equations = replay(self.tape, b, u=unknowns[:count], p=p)["F"]
        lift = Builder()
        return PolynomialSystem(
            b.finish({"F": [*equations, *b.equations]}),
            lift.finish(replay(self.lift_tape, lift, u=lift.inputs("u", count + more)[:count])),
            (*self.unknowns, *(f"t{i}" for i in range(1, more + 1))),
            self.parameters,
            symmetric=False,
        )

    @cached_property
    def inverses(self) -> Tape:
        """(u, p) -> t: what is inverted in the equations, 1/a for each a."""
        b = _Noting()
        u, p = b.inputs("u", len(self.unknowns)), b.inputs("p", len(self.parameters))
        replay(self.tape, b, u=u, p=p)
        return b.finish({"t": list(b.noted.values())})

    def with_inverses(self, u: Array, p: Array) -> Array:
        """Return unknowns of the cleared system for solutions (points, unknowns) of this one."""
        given = np.broadcast_to(p, (len(u), len(self.parameters)))
        return np.concatenate([u, self.inverses.arrays(u=u, p=given)["t"]], axis=1)

    def lift(self, u: Array) -> Array:
        """Return the points of the variety for unknowns ``(points, unknowns)``."""
        parts = [u[i : i + BLOCK] for i in range(0, max(len(u), 1), BLOCK)]
        return np.concatenate([self.lift_tape.arrays(u=part)["x"] for part in parts])

    def evaluate(self, u: Array, p: Array) -> tuple[Array, Array]:
        """Return F ``(points, N)`` and ∂F/∂u ``(points, N, N)`` at points and parameters."""
        out = self.jacobian.arrays(u=u, p=np.broadcast_to(p, (len(u), len(self.parameters))))
        return out["F"], squares(out["J"], len(self.unknowns), self.symmetric)

    def to_sympy(self) -> list[sympy.Expr]:
        """Return the equations as expanded sympy polynomials in unknowns and parameters."""
        import sympy

        def number(value: Constant) -> Any:
            if isinstance(value, complex):
                return sympy.Float(value.real) + sympy.I * sympy.Float(value.imag)
            return sympy.sympify(value, strict=True)

        symbols = {
            "u": [sympy.Symbol(name) for name in self.unknowns],
            "p": [sympy.Symbol(name) for name in self.parameters],
        }
        return [sympy.expand(value) for value in self.tape.evaluate(symbols, number)["F"]]

    def to_phc(self) -> str:
        """Return the equations as a complete input file of PHCpack's ``phc -b``.

        The unknowns are called x1, ..., xN, and phc numbers them in this order. Coefficients are
        correctly rounded doubles. After phc has run, its output file holds the solutions.

        Raises
        ------
        InputError
            The system has parameters or no unknowns, or a coefficient is too large for double
            precision.

        Examples
        --------
        >>> import edgeom as eg
        >>> V = eg.DeterminantalVariety(2, 2, rank=1)
        >>> problem = eg.DistanceProblem(V, data=[[1, 2], [3, 0.1]])
        >>> print(problem.critical_system().to_phc())
        3
        x1 - x1 + x2 - x2 + x3 - x3 + x1*x2^2 + x1*x3^2 - 3*x2 - 1.0e-1*x3;
        x1^2*x2 - 3*x1 + x2 - 1;
        x1^2*x3 - 1.0e-1*x1 + x3 - 2;
        <BLANKLINE>
        """
        return str(view("to_phc")(self))

    def to_macaulay2(self) -> str:
        """Return a Macaulay2 program that solves the equations and prints the solutions.

        Coefficients are exact. The solutions are found with the package
        NumericalAlgebraicGeometry; only regular ones are printed, after their number. Real
        systems have coefficients in QQ, so F is ready for Gröbner bases as well.

        Raises
        ------
        InputError
            The system has parameters or no unknowns.
        """
        return str(view("to_macaulay2")(self))

    def to_bertini(self) -> str:
        """Return a complete input file of Bertini, with its default configuration.

        Coefficients are correctly rounded doubles. The unknowns are called x1, x2, ..., and x01,
        x02, ... when there are ten or more.

        Raises
        ------
        InputError
            The system has parameters or no unknowns, or a coefficient is too large for double
            precision.
        """
        return str(view("to_bertini")(self))

    def to_julia(self) -> str:
        """Return a Julia program that solves the equations with HomotopyContinuation.jl.

        Fractions of numbers below 10⁹ are exact, other coefficients correctly rounded doubles. A
        system with parameters keeps them, as p1, p2, ...; it is solved by monodromy, for the
        random parameters that Julia finds.

        Raises
        ------
        InputError
            The system has no unknowns, or a coefficient is too large for double precision.
        """
        return str(view("to_julia")(self))

    def to_msolve(self) -> str:
        """Return the equations as an input file of msolve, over the rational numbers.

        The equations are exact, multiplied by positive numbers that make their coefficients
        coprime integers.

        Raises
        ------
        InputError
            The system has complex coefficients, parameters or no unknowns.
        """
        return str(view("to_msolve")(self))

    def __str__(self) -> str:
        head = f"{len(self.unknowns)} equations in {', '.join(self.unknowns)}"
        if self.parameters:
            head += f", with parameters {', '.join(self.parameters)}"
        return "\n".join([head, *(f"  {equation} = 0" for equation in self.to_sympy())])


class _Noting(Builder):
    """Records a program, and notes what is inverted in it."""

    def __init__(self) -> None:
        super().__init__()
        self.noted: dict[int, Var] = {}

    def inverse(self, a: Var) -> Var:
        if self.value(a) is not None:
            return super().inverse(a)
        return self.noted.setdefault(a.index, super().inverse(a))


class _Clearing(Builder):
    """Records a program with unknowns t in place of inverses 1/a, and the equations t·a = 1."""

    def __init__(self) -> None:
        super().__init__()
        self.spare: list[Var] = []
        self.known: dict[int, Var] = {}
        self.equations: list[Var] = []

    def inverse(self, a: Var) -> Var:
        if self.value(a) is not None:
            return super().inverse(a)
        if a.index not in self.known:
            t = self.known[a.index] = self.spare[len(self.known)]
            self.equations.append(t * a - 1)
        return self.known[a.index]
