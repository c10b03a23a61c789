"""Domains of parameters: boxes, which parameters are inside, and the faces.

Of an image of a box the nearest point is a critical point with parameters inside, or a point of
the image of a face, which is a box of smaller dimension.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray

from edgeom.arrays import real_numbers
from edgeom.errors import InputError
from edgeom.varieties.base import Array, Variety
from edgeom.varieties.parametrized import ParametrizedVariety

__all__ = ["Domain", "Face", "Given"]

Given = Mapping[str, Sequence[float | None]]  #: from and to for parameters, None for no end
LEVEL = 1e-9  # relative imaginary part of a parameter that is real
MOST = 6  # parameters with ends, which make 3^6 - 1 faces


@dataclass(frozen=True, eq=False)
class Face:
    """A face of a box: a point, or the image of what is left of the parameters.

    Attributes
    ----------
    name : str
        "t = 0".
    variety : ParametrizedVariety or None
        None where the image is the point.
    domain : Domain or None
    point : array (n,)
        One of its points.
    parameters : array (parameters,)
        Those of the face, NaN where they are free.
    """

    name: str
    variety: ParametrizedVariety | None
    domain: Domain | None
    point: Array
    parameters: Array


@dataclass(frozen=True, eq=False)
class Domain:
    """A box of parameters.

    Attributes
    ----------
    variables : tuple of str
    low, high : float arrays
        Infinite where there is no end.
    """

    variables: tuple[str, ...]
    low: NDArray[np.float64]
    high: NDArray[np.float64]

    @classmethod
    def of(cls, variety: Variety, given: Given) -> Domain:
        """Return the domain that is given for some or all parameters of a map.

        Raises
        ------
        InputError
            The variety is given by no map of as many parameters as its dimension, or the domain
            names another parameter or is empty.

        Examples
        --------
        >>> curve = ParametrizedVariety(["t", "t^2"], "t")
        >>> Domain.of(curve, {"t": (0, None)}).high
        array([inf])
        """
        if not isinstance(variety, ParametrizedVariety) or not variety.is_real:
            raise InputError(f"{variety} is given by no real map: it has no domain of parameters")
        names = tuple(variety.variables)
        if len(names) != variety.dimension:
            raise InputError(
                f"a domain needs as many parameters as the dimension {variety.dimension}, got "
                f"{len(names)}; leave out what does not move the point"
            )
        if not isinstance(given, Mapping) or not given:
            raise InputError(f"domain must be like {{{names[0]!r}: (0, 1)}}, got {given!r:.80}")
        low, high = np.full(len(names), -np.inf), np.full(len(names), np.inf)
        for name, ends in given.items():
            if name not in names:
                raise InputError(f"domain names {name!r}; parameters are {', '.join(names)}")
            try:
                first, last = ends
            except (TypeError, ValueError):
                raise InputError(f"domain[{name!r}] must be two ends, got {ends!r:.80}") from None
            place = names.index(name)
            low[place] = -np.inf if first is None else real_numbers(first, f"domain[{name!r}]")
            high[place] = np.inf if last is None else real_numbers(last, f"domain[{name!r}]")
            if not low[place] < high[place]:
                raise InputError(f"domain[{name!r}] is empty: from {first} to {last}")
        ended = int(np.sum(np.isfinite(low) | np.isfinite(high)))
        if ended > MOST:
            raise InputError(f"at most {MOST} parameters can have ends, got {ended}")
        return cls(names, low, high)

    @property
    def is_bounded(self) -> bool:
        """Whether all parameters have two ends."""
        return bool(np.isfinite(self.low).all() and np.isfinite(self.high).all())

    def given(self) -> dict[str, list[float | None]]:
        """Return the domain as it is given."""
        ends = zip(self.variables, self.low.tolist(), self.high.tolist(), strict=True)
        return {name: [v if np.isfinite(v) else None for v in pair] for name, *pair in ends}

    def holds(self, parameters: Array) -> NDArray[np.bool_]:
        """Tell which parameters (points, parameters) are real and inside."""
        with np.errstate(invalid="ignore"):
            sizes = np.maximum(np.abs(parameters), 1)
            real = np.abs(parameters.imag) <= LEVEL * sizes
            inside = (self.low <= parameters.real) & (parameters.real <= self.high)
        return np.asarray((real & inside).all(axis=1))

    def faces(self, variety: ParametrizedVariety) -> Iterator[Face]:
        """Yield all faces, the largest first.

        Raises
        ------
        InputError
            The image of a face is of smaller dimension than the face, and no point.
        """
        ends = [
            [None, *(float(v) for v in pair if np.isfinite(v))]
            for pair in zip(self.low, self.high, strict=True)
        ]
        chosen = sorted(product(*ends), key=lambda c: sum(v is not None for v in c))
        for values in chosen[1:]:
            yield self._face(variety, values)

    def _face(self, variety: ParametrizedVariety, values: Sequence[float | None]) -> Face:
        import sympy

        symbols = variety.polynomials.variables
        pairs = list(zip(self.variables, values, strict=True))
        name = ", ".join(f"{v} = {value:g}" for v, value in pairs if value is not None)
        rest = [k for k, value in enumerate(values) if value is None]
        anywhere = np.clip(0.3, self.low, self.high)
        point = variety.point_at(
            [a if v is None else v for a, v in zip(anywhere, values, strict=True)]
        )
        fixed_at = np.array([np.nan if v is None else v for v in values])
        if not rest:
            return Face(name, None, None, point, fixed_at)
        fixed = {
            s: sympy.Rational(v) for s, v in zip(symbols, values, strict=True) if v is not None
        }
        expressions = [e.subs(fixed) for e in variety.polynomials.expressions]
        edge = ParametrizedVariety(expressions, [symbols[k] for k in rest])
        if not edge.dimension:
            return Face(name, None, None, point, fixed_at)
        if edge.dimension < len(rest):
            raise InputError(
                f"the image of the face {name} has dimension {edge.dimension}, the face {len(rest)}"
            )
        domain = Domain(tuple(self.variables[k] for k in rest), self.low[rest], self.high[rest])
        return Face(name, edge, domain, point, fixed_at)
