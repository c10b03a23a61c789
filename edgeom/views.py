"""Views of results that are made in higher rooms: pictures, and files for other programs.

A table has `plot()` and a system `to_phc()`, but what draws knows tables, and tables know nothing
of pictures. So a result asks for a view by its name. The package, which knows all rooms, says once
where each view is made (`edgeom/__init__.py`); it is loaded when it is first asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

__all__ = ["offer", "view"]

_makers: dict[str, str] = {}


def offer(module: str, *names: str) -> None:
    """Say in which module the functions of these names are that make views of results."""
    _makers.update(dict.fromkeys(names, module))


def view(name: str) -> Callable[..., Any]:
    """Return the function that makes this view: it takes the result, and options of its own.

    Examples
    --------
    >>> view("plot_table").__module__
    'edgeom.pictures.tables'
    """
    made: Callable[..., Any] = getattr(import_module(_makers[name]), name)
    return made
