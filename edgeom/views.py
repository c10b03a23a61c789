"""What lower rooms get from higher ones without importing them.

A table has `plot()` and a system `to_phc()`, but what draws knows tables, and tables know nothing
of pictures. So a result asks for a view by its name. In the same way a variety is read by the name
of its kind, of which networks have some of their own, and so is the file of a result. The package,
which knows all rooms, says once where each view and each kind is made (`edgeom/__init__.py`); it is
loaded when it is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

__all__ = ["load_kinds", "offer", "offer_kinds", "view"]

_views: dict[str, str] = {}
_kinds: dict[str, list[str]] = {}


def offer(module: str, *names: str) -> None:
    """Say in which module the functions of these names are that make views of results."""
    _views.update(dict.fromkeys(names, module))


def view(name: str) -> Callable[..., Any]:
    """Return the function that makes this view: it takes the result, and options of its own.

    Examples
    --------
    >>> view("plot_table").__module__
    'edgeom.pictures.tables'
    """
    made: Callable[..., Any] = getattr(import_module(_views[name]), name)
    return made


def offer_kinds(what: str, modules: Iterable[str]) -> None:
    """Say in which modules the kinds of something are: of "varieties", or of "results"."""
    _kinds[what] = list(modules)


def load_kinds(what: str) -> None:
    """Load all kinds of varieties, or of results, that the package has."""
    for module in _kinds.get(what, ()):
        import_module(module)
