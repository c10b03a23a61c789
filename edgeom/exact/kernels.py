"""Critical equations of matrices of bounded rank in affine families, with exact coefficients.

Unknowns are x, Z and multipliers λ: A(x) K = 0 with K = L [Z; 1], S (x - q) = Σ λ_i ∂g_i/∂x and
0 = Σ λ_i ∂g_i/∂Z, where g are the entries of A(x) K or, where not all of them are independent, as
many combinations of them. The rank is r where the boundary is not 0.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from edgeom.errors import InputError
from edgeom.varieties.base import dot, product, transpose
from edgeom.varieties.kernels import KernelChart
from edgeom.varieties.sections import LinearSectionVariety

__all__ = ["Kernels", "coordinates_of"]

Matrix = list[list[Any]]


class Kernels:
    """The kernels of a family, over a field.

    Parameters
    ----------
    variety : LinearSectionVariety
        Of positive codimension and dimension.
    number : callable
        From fractions to the field.
    """

    def __init__(self, variety: LinearSectionVariety, number: Any) -> None:
        chart = variety.chart()
        assert isinstance(chart, KernelChart)
        self.coordinates, self.rank, self.corank = chart.k, chart.rank, chart.corank
        self.size = chart.n
        equations = chart.family.shape[1] * chart.corank
        self.multipliers = equations if chart.mix is None else len(chart.mix)
        self.family = [
            [[number(Fraction(value)) for value in row] for row in rows]
            for rows in chart.family.tolist()
        ]

    @property
    def unknowns(self) -> int:
        """Number of unknowns."""
        return int(self.coordinates + self.rank * self.corank + self.multipliers)

    def matrix(self, x: Sequence[Any]) -> Matrix:
        """Return A(x)."""
        one = x[0] * 0 + 1
        columns = range(self.size)
        return [
            [dot([one, *x], [A[i][j] for A in self.family]) for j in columns]
            for i in range(len(self.family[0]))
        ]

    def equations(
        self, u: Sequence[Any], gradient: Sequence[Any], position: Matrix, mix: Matrix
    ) -> list[Any]:
        """Return A(x) K and the Lagrange equations.

        Parameters
        ----------
        u : list of polynomials
            The unknowns.
        gradient : list of polynomials
            S (x - q).
        position : list of lists
            L.
        mix : list of lists
            The combinations that are taken of the entries of A(x) K where there are too many.
        """
        k, free = self.coordinates, self.rank * self.corank
        x, z, multipliers = u[:k], u[k : k + free], u[k + free :]
        one = u[0] * 0 + 1
        bottom = [[one * (i == j) for j in range(self.corank)] for i in range(self.corank)]
        top = [list(z[i * self.corank : (i + 1) * self.corank]) for i in range(self.rank)]
        entries = [
            entry
            for row in product(self.matrix(x), product(position, [*top, *bottom]))
            for entry in row
        ]
        mixed = entries
        if len(entries) > self.multipliers:
            mixed = [dot(entries, row) for row in transpose(mix)]
        pulls = [dot(multipliers, [g.derivative(j) for g in mixed]) for j in range(k + free)]
        forces = [value - pull for value, pull in zip(gradient, pulls[:k], strict=True)]
        return [*entries, *forces, *pulls[k:]]


def coordinates_of(variety: LinearSectionVariety, entries: Sequence[Fraction]) -> list[Fraction]:
    """Return the coordinates of a matrix of the family, exactly.

    Raises
    ------
    InputError
        It is none.
    """
    from flint import fmpq, fmpq_mat

    def exact(value: Any) -> Any:
        return fmpq(*value.as_integer_ratio())

    count, k = len(entries), variety.ambient_dimension
    rows = variety.family.reshape(k + 1, count)
    gap = [e - Fraction(a) for e, a in zip(entries, rows[0].tolist(), strict=True)]
    A = fmpq_mat(count, k, [exact(value) for value in rows[1:].T.ravel().tolist()])
    b = fmpq_mat(count, 1, [exact(value) for value in gap])
    x = (A.transpose() * A).solve(A.transpose() * b)
    if A * x != b:
        raise InputError(f"data must be exactly a {variety.kind}")
    return [Fraction(int(value.p), int(value.q)) for value in x.entries()]
