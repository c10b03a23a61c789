"""Wrong values for every argument of the whole API, found by its signatures.

Every public function, constructor and method is called with one argument that is wrong and all
others right. It may accept the value, take long over it, or refuse it by an error of edgeom; any
other error is a fault.
"""

from __future__ import annotations

import inspect
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

import edgeom as eg

Case = tuple[str, Callable[[], object]]
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
WRONG = [
    *(None, 5, -1, 2.5, float("nan"), True, 1j, 10**30, -(10**30)),
    *("word", "\0", "", b"bytes", [], {}, [None], ["x"], [1, [2]], [[1, 2], [3]]),
    *(object(), np.zeros((2, 3, 4)), ELLIPSE),
]  # fmt: skip
SECONDS = 1.0  #: for one call
INSIDE = (  #: methods by which parts of edgeom talk to each other
    *("rescaled", "unknowns_of", "placed", "placed_for", "chart", "inward", "outward"),
    *("shaped", "flatten", "unflatten", "defined", "draw", "general", "moved", "parameter_names"),
    *("ed_degree_fact", "generic_ed_degree_fact", "critical_point_bound", "least_value"),
)
RESULTS = "Evidence EDDegree CriticalPoints CriticalPoint Certificate TraceTest IsolatedSolutions"
RESULTS += " ExactCount RealCriticalTable RunCertificate RunRepair DataSlice Fiber FiberPath"


def right() -> dict[str, Any]:
    """Return values that fit, by the names of arguments."""
    network = eg.LinearNetwork([2, 1, 2])
    loss = eg.QuadraticLoss(np.eye(2), np.eye(2))
    weights = network.random_weights(seed=1)
    return {
        "variety": ELLIPSE,
        "problem": eg.DistanceProblem(ELLIPSE, data=[1.0, 0.3]),
        "metric": ELLIPSE.default_metric,
        "data": [1.0, 0.3],
        "points": [[0, 0], [1, 0], [0, 1]],
        "samples": 3,
        "grid": 2,
        "refine": 0,
        "network": network,
        "network_loss": eg.NetworkLoss(network, loss),
        "loss": loss,
        "weights": weights,
        "center": weights,
        "matrix": np.eye(2),
        "X": np.eye(2),
        "Y": np.eye(2),
        "f": np.eye(2),
        "widths": [2, 1, 2],
        "filter_sizes": [2, 2],
        "filters": [[1, 2], [3, 4]],
        "u": [1, 2, 1],
        "pattern": (2, 1),
        "degree": 3,
        "equations": ["x^2 + y^2 - 1"],
        "variables": "x, y",
        "map": ["t", "t^2"],
        "parameters": "t",
        "dims": [2, 2],
        "rows": 2,
        "cols": 2,
        "rank": 1,
        "n": 2,
        "dim": 2,
        "text": "hankel 3x3 rank 1",
        "words": "hankel 3x3 rank 1",
        "folder": "/nowhere",
        "point": [2.0, 0.0],
        "other": ELLIPSE.default_metric,
    }


def callables() -> Iterator[tuple[str, Callable[..., object]]]:
    """Yield all that is public and can be called."""
    values = right()
    for name in eg.__all__:
        found = getattr(eg, name)
        if not isinstance(found, type):
            yield name, found
        elif not issubclass(found, BaseException):
            if name not in RESULTS.split():
                yield name, found
            for method, function in inspect.getmembers(found, inspect.ismethod):
                if not method.startswith("_"):
                    yield f"{name}.{method}", function
    objects = {
        "DistanceProblem": values["problem"],
        "CriticalPoints": values["problem"].critical_points(),
        "AlgebraicVariety": ELLIPSE,
        "DeterminantalVariety": eg.DeterminantalVariety(2, 2, rank=1),
        "Metric": values["metric"],
        "LinearNetwork": values["network"],
        "ConvolutionalNetwork": eg.ConvolutionalNetwork((2, 2)),
        "QuadraticLoss": values["loss"],
        "NetworkLoss": values["network_loss"],
    }
    for name, thing in objects.items():
        for method, _ in inspect.getmembers(type(thing), inspect.isfunction):
            if not method.startswith("_"):
                yield f"{name}().{method}", getattr(thing, method)


class _Late(Exception):
    pass


@contextmanager
def _limited() -> Iterator[None]:
    def late(*_: object) -> None:
        raise _Late

    before = signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _call(function: Callable[..., object], arguments: dict[str, Any]) -> None:
    with warnings.catch_warnings(), _limited():
        warnings.simplefilter("ignore")
        try:
            function(**arguments)
        except eg.EdgeomError as error:
            text = str(error)
            assert text and "allow_pickle" not in text and "unsafe" not in text, text
        except _Late:
            pass
        except KeyError as error:  # of a pool of threads that was interrupted where it must not be
            assert "ThreadPoolExecutor" in str(error)


def cases(place: Path, wrong: list[Any] = WRONG) -> Iterator[Case]:
    """Yield a call for each argument of each callable and each wrong value."""
    os.chdir(place)  # where what is accepted is written
    values = right()
    for name, function in callables():
        try:
            made = function.__init__ if isinstance(function, type) else function
            every = inspect.signature(made).parameters.values()
        except (TypeError, ValueError):
            continue
        parameters = [
            p
            for p in every
            if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY) and p.name != "self"
        ]
        needed = [p.name for p in parameters if p.default is p.empty]
        for parameter in parameters:
            if not {*needed} <= {*values, parameter.name} or name.split(".")[-1] in INSIDE:
                continue
            for value in wrong:
                arguments = {key: values[key] for key in needed if key in values}
                arguments[parameter.name] = value
                label = f"{name}({parameter.name}={value!r:.40})"
                yield label, partial(_call, function, arguments)
