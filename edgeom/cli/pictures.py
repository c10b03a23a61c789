"""Pictures as the content of files: no window is opened, whatever the environment asks for."""

from __future__ import annotations

import io
import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

from edgeom.errors import EdgeomError
from edgeom.pictures.style import STYLE

__all__ = ["check_drawing", "drawn"]


def check_drawing() -> None:
    """Raise EdgeomError unless pictures can be drawn."""
    if find_spec("matplotlib") is None:
        raise EdgeomError('pictures need matplotlib; run: pip install "edgeom[plot]"')


def drawn(draw: Callable[[Any], Any], form: str, dpi: int | None = None, **options: Any) -> bytes:
    """Return a picture in a format of matplotlib, such as png.

    Parameters
    ----------
    draw : callable
        Draws in axes; in None, it makes a figure of its own.
    form : str
    dpi : int, optional
    **options
        Of the figure in which to draw, if any.
    """
    os.environ["MPLBACKEND"] = "agg"  # another one may need a screen, or not exist
    import matplotlib.pyplot as plt

    plt.switch_backend("agg")
    buffer = io.BytesIO()
    with plt.style.context(STYLE):
        axes = plt.subplots(**options)[1] if options else None
        try:
            figure = draw(axes).figure
            metadata = {"Software": None} if form == "png" else None
            figure.savefig(buffer, format=form, dpi=dpi or "figure", metadata=metadata)
        finally:
            plt.close("all")
    return buffer.getvalue()
