"""Data with missing entries: NaN, or masked ones."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.arrays import numbers
from edgeom.errors import InputError
from edgeom.varieties.base import Variety

__all__ = ["split_missing"]


def split_missing(variety: Variety, data: ArrayLike) -> tuple[Any, NDArray[np.bool_] | None]:
    """Return data with 0 where entries are missing, and which coordinates are observed.

    Parameters
    ----------
    variety : Variety
    data : array
        Entries that are NaN, or masked in a masked array, are missing.

    Returns
    -------
    array
    bool array (coordinates,) or None
        None where nothing is missing.

    Raises
    ------
    InputError
        An entry is missing that is a coordinate together with one that is not.

    Examples
    --------
    >>> from edgeom.varieties.determinantal import SymmetricDeterminantalVariety
    >>> V = SymmetricDeterminantalVariety(2, rank=1)
    >>> filled, observed = split_missing(V, [[np.nan, 2], [2, 1]])
    >>> filled.tolist(), observed.tolist()
    ([[0.0, 2.0], [2.0, 1.0]], [False, True, True])
    """
    array = numbers(data, "data", "iufc")  # what is masked is NaN there
    missing = np.isnan(array)
    if missing.shape != variety.shape or not missing.any():
        return data, None
    filled = np.where(missing, 0, array)
    try:
        return filled, variety.flatten(~missing * 1.0, "the pattern of missing entries") > 0
    except InputError:
        raise InputError(
            f"entries that are equal for {variety} have to be missing together; fill in those that "
            "are known from others, or leave these out as well"
        ) from None
