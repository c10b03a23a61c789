"""``edgeom classify``: whether trained weights are a critical point, and of which kind."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from edgeom.cli.files import read_array, read_arrays
from edgeom.cli.options import Json
from edgeom.cli.output import print_json
from edgeom.errors import InputError
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.network import LinearNetwork
from edgeom.objectives.base import Objective
from edgeom.objectives.cross_entropy import CrossEntropyLoss
from edgeom.objectives.distances import QuadraticLoss

__all__ = ["classify"]

File = Annotated[
    Path,
    typer.Argument(
        help="The layers' weights: a .npz file of nothing else, the first layer first (names such "
        "as 0.weight and 2.weight are sorted), or a text or .npy file of a matrix."
    ),
]
X = Annotated[Path, typer.Option("--x", help="Text or .npy file: inputs, a column each.")]
Y = Annotated[
    Path | None, typer.Option("--y", help="Text or .npy file: wanted outputs, for ‖MX - Y‖².")
]
Labels = Annotated[
    Path | None, typer.Option(help="Text or .npy file: classes from 0, for the cross-entropy.")
]
Samples = Annotated[
    str, typer.Option(help="columns, or rows as in PyTorch and scikit-learn, of --x and --y.")
]
Tolerance = Annotated[float, typer.Option(help="Relative size of a gradient that counts as zero.")]
Polish = Annotated[
    bool | None,
    typer.Option(
        help="Go to the next critical point first.", show_default="for single precision only"
    ),
]


def classify(
    weights: File,
    x: X,
    y: Y = None,
    labels: Labels = None,
    samples: Samples = "columns",
    tolerance: Tolerance = 1e-8,
    polish: Polish = None,
    as_json: Json = False,
) -> None:
    """Tell whether weights of a linear network are critical, pure or spurious, and of which type.

    edgeom classify weights.npz --x X.npy --y Y.npy --samples rows
    """
    layers = read_arrays(weights)
    loss = _loss(x, y, labels, samples)
    rows, cols = loss.shape
    try:
        network = LinearNetwork.from_weights(layers, (rows, cols))
        network_loss = NetworkLoss(network, loss)
        network.check(layers)
    except InputError as error:
        names = ", ".join(f"{name} {array.shape}" for name, array in layers.items())
        raise InputError(f"{weights} holds {names}, taken for the layers: {error}") from None
    report = network_loss.classify(layers, tolerance=tolerance, polish=polish)
    if not as_json:
        typer.echo(str(report))
        return
    names = (
        "value residual tolerance functional_residual kind type reason rank differential_rank "
        "negative positive flat fibre invariant moved advice"
    )
    found: dict[str, Any] = {name: getattr(report, name) for name in names.split()}
    lists = [matrix.tolist() for matrix in report.weights]
    print_json({"widths": list(network.widths), **found, "weights": lists})


def _loss(x: Path, y: Path | None, labels: Path | None, samples: str) -> Objective:
    if (y is None) == (labels is None):
        raise InputError("give wanted outputs by --y or classes by --labels, one of them")
    inputs = read_array(x)
    if y is not None:
        return QuadraticLoss(inputs, read_array(y), samples=samples)
    assert labels is not None
    classes = read_array(labels)
    given = classes.ravel() if 1 in classes.shape else classes
    return CrossEntropyLoss(inputs, given, samples=samples)
