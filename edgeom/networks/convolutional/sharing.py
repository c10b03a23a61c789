"""Partitions, and ways to share the roots of a form among the filters of a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edgeom.networks.convolutional.real_roots import RootPattern

__all__ = ["partitions", "sharings"]

Sharing = tuple[tuple[int, ...], ...]


def partitions(number: int, largest: int | None = None) -> list[tuple[int, ...]]:
    """Return the partitions of a number, parts in decreasing order.

    Examples
    --------
    >>> partitions(3)
    [(3,), (2, 1), (1, 1, 1)]
    """
    if number == 0:
        return [()]
    top = number if largest is None else min(largest, number)
    return [
        (first, *rest) for first in range(top, 0, -1) for rest in partitions(number - first, first)
    ]


def sharings(
    pattern: RootPattern, degrees: Sequence[int], largest: int | None = None
) -> Iterator[Sharing]:
    """Yield the ways to write a form as a product of real forms of given degrees, up to constants.

    Parameters
    ----------
    pattern : RootPattern
        Of the form.
    degrees : sequence of int
        Of the factors; their sum is the degree of the form.
    largest : int, optional
        The largest multiplicity that a root may have in a factor.

    Yields
    ------
    tuple of tuples of int
        For every real root and then every pair of the pattern, in its order, the multiplicities
        that it has in the factors.

    Examples
    --------
    >>> list(sharings(RootPattern((2,), ()), (1, 1)))
    [((1, 1),)]
    >>> len(list(sharings(RootPattern((1, 1, 1, 1), (1,)), (2, 4))))
    7
    """
    roots = [(m, 1) for m in pattern.real] + [(m, 2) for m in pattern.pairs]
    yield from _sharings(roots, tuple(degrees), largest)


def _sharings(
    roots: Sequence[tuple[int, int]], room: tuple[int, ...], largest: int | None
) -> Iterator[Sharing]:
    if not roots:
        if not any(room):
            yield ()
        return
    (multiplicity, weight), *others = roots
    for column in _columns(multiplicity, [r // weight for r in room], largest):
        left = tuple(r - weight * b for r, b in zip(room, column, strict=True))
        for rest in _sharings(others, left, largest):
            yield (column, *rest)


def _columns(total: int, room: Sequence[int], largest: int | None) -> Iterator[tuple[int, ...]]:
    """Yield the vectors of non-negative integers with a given sum below given bounds."""
    if not room:
        if total == 0:
            yield ()
        return
    bound = min(total, room[0]) if largest is None else min(total, room[0], largest)
    for first in range(bound + 1):
        for rest in _columns(total - first, room[1:], largest):
            yield (first, *rest)
