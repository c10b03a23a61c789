"""What a proof is about: the objective and the data, exactly as they were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["ExactParameters"]

Array = NDArray[Any]


@dataclass(frozen=True)
class ExactParameters:
    """Parameters of critical equations, for many samples or for one.

    Of the parameters, c = S q is not a double: it is enclosed.

    Attributes
    ----------
    head : array (samples, parameters before c) or (parameters before c,)
    matrix : array (samples, n, n), (n, n)
        The metric S, up to a factor that is a power of two.
    data : array (samples, n) or (n,)
        The data q,
    origin : array (n,), optional
        minus this.
    error : array like head, optional
        How far the parameters before c may be from the exact ones; by default they are exact.
    """

    head: Array
    matrix: Array
    data: Array
    origin: Array | None = None
    error: Array | None = None

    @classmethod
    def given(cls, parameters: Array, error: Array | None = None) -> ExactParameters:
        """Return parameters that are given, of one or many samples.

        Parameters
        ----------
        parameters : array (samples, parameters) or (parameters,)
        error : array like them, optional
            How far they may be from the exact ones.
        """
        nothing = np.zeros((*parameters.shape[:-1], 0))
        return cls(parameters, np.zeros((0, 0)), nothing, error=error)

    @property
    def gap(self) -> Array:
        """The data minus the origin, rounded."""
        return self.data if self.origin is None else np.asarray(self.data - self.origin)

    def doubles(self, kind: Any = float) -> tuple[Array, Array]:
        """Return doubles and how far from them the parameters may be, or numbers of another kind.

        The error of a sum of n products is at most nε(1 + nε) times the sum of their sizes
        (Higham, Accuracy and Stability of Numerical Algorithms, section 3.1), whatever the order,
        and four times that for complex ones; one more rounding is that of the difference from the
        origin, and what underflows is less than 2⁻¹⁰⁰⁰.
        """
        unit = kind(1)
        gap = self.data * unit if self.origin is None else self.data * unit - self.origin
        n = gap.shape[-1]
        products = 4 if np.iscomplexobj(gap) or np.iscomplexobj(self.matrix) else 1
        c = np.einsum("...ij,...j->...i", self.matrix * unit, gap)
        sizes = np.einsum("...ij,...j->...i", np.abs(self.matrix), np.abs(gap))
        epsilon = float(np.finfo(kind).eps)
        error = (products * (n + 6) * epsilon * sizes + 2.0**-1000).astype(float)
        slack = np.zeros(1) if self.error is None else self.error
        head = np.broadcast_to(self.head, (*c.shape[:-1], self.head.shape[-1]))
        return (
            np.concatenate([head, c], axis=-1),
            np.concatenate([np.broadcast_to(slack, head.shape), error], axis=-1),
        )

    def balls(self, reach: Array | None = None) -> list[Any]:
        """Return balls around the parameters of one sample, to the precision that is set.

        With `reach` (n,) they hold those of all real data whose coordinates are so near.
        """
        from flint import acb, arb

        data = [acb(complex(value)) for value in self.data]
        if reach is not None:
            data = [q + acb(arb(0, float(r))) for q, r in zip(data, reach, strict=True)]
        if self.origin is not None:
            data = [q - acb(complex(o)) for q, o in zip(data, self.origin, strict=True)]
        head = [acb(complex(value)) for value in self.head]
        if self.error is not None:
            radii = [arb(0, float(radius)) for radius in self.error]
            head = [value + acb(r, r) for value, r in zip(head, radii, strict=True)]
        rows = [[acb(complex(value)) for value in row] for row in self.matrix]
        return head + [sum((a * b for a, b in zip(row, data, strict=True)), acb(0)) for row in rows]

    def sample(self, number: int) -> ExactParameters:
        """Return those of one sample of many."""
        shared = self.matrix.ndim == 2
        return ExactParameters(
            self.head[number] if self.head.ndim == 2 else self.head,
            self.matrix if shared else self.matrix[number],
            self.data[number],
            self.origin,
            None if self.error is None else self.error[number],
        )
