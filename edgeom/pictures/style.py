"""The style and colours that all pictures share.

The colours (of Okabe and Ito) can be told apart by colour-blind readers, and each has one
meaning: blue is a local minimum, orange a saddle, vermilion a local maximum, grey is not real.
Numbers are shown in one sequence of colours that stays in order for colour-blind readers and in
print without colours.

A picture is drawn in the axes that are given, by default in a new figure, and its axes are
returned. Matplotlib is imported when something is drawn; where it is missing, that is an
EdgeomError.
"""

from __future__ import annotations

from typing import Any

from edgeom.errors import EdgeomError

__all__ = ["COLOURS", "NUMBERS", "STYLE", "axes", "pyplot", "sequence"]

COLOURS = {
    "variety": "#4d4d4d",
    "data": "#000000",
    "minimum": "#0072B2",
    "saddle": "#E69F00",
    "maximum": "#D55E00",
    "discriminant": "#CC79A7",
    "not real": "#999999",
}

NUMBERS = {"real": "real critical points", "minima": "local minima"}  #: what tables count

#: Matplotlib settings for pictures of a readable size, for ``plt.style.use``.
STYLE: dict[str, Any] = {
    "figure.dpi": 110,
    "figure.constrained_layout.use": True,
    "font.size": 12,
    "mathtext.fontset": "cm",
    "axes.titlesize": 13,
    "axes.titlelocation": "left",
    "axes.titlepad": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#808080",
    "axes.axisbelow": True,
    "xtick.color": "#404040",
    "ytick.color": "#404040",
    "legend.frameon": False,
    "legend.handletextpad": 0.4,
}


def pyplot() -> Any:
    """Return matplotlib.pyplot.

    Raises
    ------
    EdgeomError
        Matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise EdgeomError(
            'pictures need matplotlib, which is not installed; run: pip install "edgeom[plot]"'
        ) from error
    return plt


def axes(ax: Any, **options: Any) -> Any:
    """Return the axes that are given, or those of a new figure with these options.

    A new figure makes room for legends beside the axes, also where it is saved.
    """
    plt = pyplot()
    return plt.subplots(layout="constrained", **options)[1] if ax is None else ax


def sequence() -> Any:
    """Return the sequence of colours: from light yellow to dark blue, ordered by lightness."""
    pyplot()
    import matplotlib

    return matplotlib.colormaps["YlGnBu"]
