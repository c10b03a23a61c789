"""Weights as other programs keep them: archives, dictionaries, models of PyTorch and Keras.

What comes out is a list of arrays, the first layer first, with the precision that they came in.
Whether shapes fit is for the network to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.arrays import plain_array
from edgeom.errors import InputError
from edgeom.plain import one_line

__all__ = ["BIAS", "is_single_precision", "listed_weights"]

#: What to do about a bias.
BIAS = (
    "linear networks have none. If the loss is quadratic and the last layer has one, leave all "
    "biases out and centre X and Y (subtract their means): the other weights are critical for that "
    "loss if all of them are for the given one. A bias of the first layer only is a further column "
    "of W_1, with a row of ones in X"
)


def listed_weights(
    weights: Any, name: str = "weights", what: str = "a list of matrices"
) -> list[Any]:
    """Return the arrays of all layers, biases that are zero left out.

    Parameters
    ----------
    weights : iterable of arrays, mapping, or model
        A list, a dictionary, what ``np.load`` makes of an .npz file, a ``state_dict`` or a module
        of PyTorch, a model of Keras. Names that differ in numbers only, such as 0.weight and
        2.weight, are sorted by them; others stay in their order. Kernels of a model of Keras, or of
        dictionaries that name them so, are transposed.
    name, what : str
        What they are called in error messages, and what they must be.

    Raises
    ------
    InputError
        They are nothing of the kind, or a bias is not zero.

    Examples
    --------
    >>> listed_weights({"2.weight": [[1.0], [2.0]], "0.weight": [[3.0, 4.0]], "0.bias": [0.0]})
    [[[3.0, 4.0]], [[1.0], [2.0]]]
    """
    if callable(getattr(weights, "state_dict", None)):
        weights = weights.state_dict()
    kernels = callable(getattr(weights, "get_weights", None))
    if kernels:
        weights = weights.get_weights()
    if isinstance(weights, Mapping):
        names = _in_order(list(weights))
        kernels = all("kernel" in key or "bias" in key for key in map(str, names)) and bool(names)
        weights = [weights[key] for key in names]
    if isinstance(weights, str | bytes) or not isinstance(weights, Iterable):
        raise InputError(
            f"{name} must be {what}, a dictionary of them or a model, got "
            f"{one_line(repr(weights)):.80}"
        )
    found = _without_biases([plain_array(layer) for layer in weights])
    return [np.asarray(layer).T for layer in found] if kernels else found


def is_single_precision(layers: list[Any]) -> bool:
    """Whether arrays hold numbers of less than double precision, at least one of them.

    Examples
    --------
    >>> is_single_precision([np.ones((2, 2), np.float32)]), is_single_precision([[[1.0]]])
    (True, False)
    """
    kinds = [getattr(layer, "dtype", None) for layer in layers]
    return any(
        isinstance(kind, np.dtype) and kind.kind == "f" and kind.itemsize < 8 for kind in kinds
    )


def _in_order(names: list[Any]) -> list[Any]:
    """Sort names that differ in numbers only, without regard to biases among them."""

    def stem(text: str) -> str:
        return re.sub(r"\d+", "0", text.replace("bias", "weight").replace("kernel", "weight"))

    texts = [str(key) for key in names]
    if len({stem(text) for text in texts}) != 1:
        return names
    order = sorted(
        range(len(names)),
        key=lambda i: ([int(n) for n in re.findall(r"\d+", texts[i])], "bias" in texts[i]),
    )
    return [names[i] for i in order]


def _without_biases(layers: list[Any]) -> list[Any]:
    """Leave out arrays with one axis that follow a matrix, if they are zero."""
    found: list[NDArray[Any] | Any] = []
    for layer in layers:
        before = _shape(found[-1]) if found else ()
        sizes = before if len(before) == 2 else before[:2] if before[:2] == (1, 1) else ()
        if _shape(layer) in [(size,) for size in sizes]:
            if np.any(np.asarray(layer)):
                raise InputError(f"the weights have a bias that is not zero, and {BIAS}")
            continue
        found.append(layer)
    return found


def _shape(layer: Any) -> tuple[int, ...]:
    try:
        return np.shape(layer)
    except Exception:  # rows of different lengths and other libraries' own, refused later
        return ()
