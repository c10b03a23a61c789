"""Arrays of numbers as users have them: lists, NumPy arrays of any type, sympy, pandas, and others.

What comes in is turned into a new array of doubles here, once, or refused with the entry that is no
number. What is masked or <NA> is missing, and NaN says so. Whether the size fits and whether
entries may be missing is for those to say who asked for the array.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from edgeom.errors import InputError
from edgeom.plain import one_line

__all__ = ["check_window", "numbers", "plain_array", "point", "real_numbers", "selection"]

Array = NDArray[Any]


def numbers(values: ArrayLike, name: str, kinds: str = "biufc") -> Array:
    """Return a copy of an array in double precision, real or complex.

    Parameters
    ----------
    values : array_like
        Nested lists, arrays of any numeric type, fractions, sympy matrices of numbers, data frames,
        or an object with ``__array__``.
    name : str
        What it is called in error messages.
    kinds : str
        NumPy's letters for the types of numbers that are taken, "b" for true and false.

    Raises
    ------
    InputError
        It has rows of different lengths, or an entry that is no number.

    Examples
    --------
    >>> from fractions import Fraction
    >>> numbers([Fraction(1, 2), 3], "data")
    array([0.5, 3. ])
    >>> numbers([[1, 2], [3, "x"]], "data")
    Traceback (most recent call last):
    edgeom.errors.InputError: data must be an array of numbers, got [[1, 2], [3, 'x']]
    """
    if isinstance(values, np.ma.MaskedArray):  # what stands under a mask is nothing
        mask = np.ma.getmaskarray(values)
        array = numbers(np.where(mask, 0, np.ma.getdata(values)), name, kinds)
        array[mask] = np.nan
        return array
    try:
        array = np.asarray(plain_array(values))
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise _refused(values, name, f": {error}") from None
        raise InputError(
            f"{name} must be an array of numbers, got rows of different lengths: {_shown(values)}"
        ) from None
    except Exception as error:  # whatever the `__array__` of another library raises
        raise _refused(values, name, f": {error}") from None
    if array.dtype.kind == "O":
        array = _from_objects(array, values, name)
    if array.dtype.kind not in kinds:
        raise _refused(values, name)
    with np.errstate(over="ignore"):  # of a long double; infinity is refused as such
        return array.astype(complex if array.dtype.kind == "c" else float)


def plain_array(values: Any) -> Any:
    """Return what NumPy can read: a tensor of PyTorch without its history; others as they are."""
    if not callable(getattr(values, "detach", None)):
        return values
    tensor = values.detach().cpu()
    return (tensor.float() if "bfloat16" in str(tensor.dtype) else tensor).numpy()


def real_numbers(values: ArrayLike, name: str) -> Array:
    """Return a copy of an array in double precision.

    Raises
    ------
    InputError
        See :func:`numbers`; or an entry is not real.
    """
    array = numbers(values, name)
    if np.iscomplexobj(array):
        if array.imag.any():
            entry = array.flat[np.flatnonzero(array.imag)[0]]
            raise InputError(f"{name} must be real, got the entry {entry:.6g}")
        array = array.real
    return array


def point(values: ArrayLike, shape: tuple[int, ...], name: str) -> Array:
    """Return a copy of an array of a shape, in double precision.

    Sympy and pandas have no vectors: one row or column of theirs is taken for one.

    Raises
    ------
    InputError
        See :func:`numbers`; or the shape is another one.

    Examples
    --------
    >>> import sympy
    >>> point(sympy.Matrix([1, sympy.Rational(1, 4)]), (2,), "data")
    array([1.  , 0.25])
    """
    array = numbers(values, name, "iufc")
    flat = len(shape) == 1 and array.ndim == 2 and 1 in array.shape
    if flat and not isinstance(values, np.ndarray | list | tuple):
        array = array.ravel()
    if array.shape != shape:
        raise InputError(f"{name} must have shape {shape}, got {array.shape}")
    return array


def selection(which: Any, count: int) -> Any:
    """Return a selection of so many things, which NumPy takes as an index.

    Raises
    ------
    InputError
        It is neither a slice nor a boolean array nor an array of numbers of things.

    Examples
    --------
    >>> selection([True, False], 3)
    Traceback (most recent call last):
    edgeom.errors.InputError: which must be a slice or select some of 3, got [True, False]
    """
    index = which if isinstance(which, slice) else np.asarray(which, dtype=object)
    try:
        if isinstance(index, np.ndarray):
            index = np.array(index.tolist(), dtype=None if index.size else int)
        if np.arange(count)[index].ndim == 1:
            return index
    except (IndexError, TypeError, ValueError):
        pass
    raise InputError(f"which must be a slice or select some of {count}, got {_shown(which)}")


def _from_objects(array: Array, values: ArrayLike, name: str) -> Array:
    """Return the numbers in an array of objects: fractions, expressions, large integers."""
    found = np.empty(array.shape, complex)
    for place, entry in np.ndenumerate(array):
        try:
            if isinstance(entry, str | bytes):
                raise TypeError
            found[place] = np.nan if type(entry).__name__ == "NAType" else complex(entry)
        except (TypeError, ValueError, OverflowError):
            where = f": the entry at {list(place)} is {_shown(entry)}" if place else ""
            raise _refused(values, name, where) from None
    return found if np.nan_to_num(found.imag).any() else found.real


def _shown(value: Any) -> str:
    return f"{one_line(repr(value)):.80}"


def _refused(values: ArrayLike, name: str, why: str = "") -> InputError:
    return InputError(f"{name} must be an array of numbers, got {_shown(values)}{why}")


def check_window(window: Sequence[float], name: str = "window") -> tuple[float, ...]:
    """Return a rectangle of a plane: x from, x to, y from, y to.

    Raises
    ------
    InputError
        It is not four finite numbers, or empty.

    Examples
    --------
    >>> check_window((0, 1, 1, 0))
    Traceback (most recent call last):
    edgeom.errors.InputError: window must be x from, x to, y from, y to, got (0, 1, 1, 0)
    """
    try:
        array = numbers(window, name)
    except InputError:
        array = np.empty(0)
    if array.shape != (4,) or np.iscomplexobj(array) or not np.isfinite(array).all():
        raise InputError(f"{name} must be four numbers, got {window!r:.80}")
    left, right, bottom, top = array.tolist()
    if left >= right or bottom >= top:
        raise InputError(f"{name} must be x from, x to, y from, y to, got {window!r:.80}")
    return left, right, bottom, top
