"""``edgeom network``: what is known about the architecture of a network."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from edgeom.cli.options import Json, Seed
from edgeom.errors import InputError
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.polynomial.network import PolynomialNetwork

__all__ = ["network"]

Widths = Annotated[
    str | None, typer.Option(help="Widths of a fully connected network, input first: 3,1,3.")
]
Activation = Annotated[
    str | None,
    typer.Option(
        help="Of hidden layers with --widths: a degree 2, degrees 2,3, or a polynomial t + t^2/2."
    ),
]
Biases = Annotated[bool, typer.Option("--biases", help="Layers with activations have biases.")]
Inputs = Annotated[
    str | None,
    typer.Option(
        help="Count critical points of training on inputs of this law: gaussian, uniform, sphere."
    ),
]
FilterSizes = Annotated[
    str | None,
    typer.Option(
        "--filter-sizes",
        "--filters",
        help="Filter sizes of a convolutional network, input first: 2,2.",
    ),
]
Strides = Annotated[
    str | None, typer.Option(help="Strides of a convolutional network; default: all 1.")
]
AnyNetwork = LinearNetwork | ConvolutionalNetwork | PolynomialNetwork


def network(
    widths: Widths = None,
    activation: Activation = None,
    biases: Biases = False,
    metric: Inputs = None,
    filter_sizes: FilterSizes = None,
    strides: Strides = None,
    seed: Seed = 0,
    as_json: Json = False,
) -> None:
    """Show the facts of a network: dimension, fibres or symmetries, ED degrees.

    edgeom network --widths 3,1,3

    edgeom network --widths 3,2,1 --activation 2 --metric gaussian

    edgeom network --filter-sizes 2,2
    """
    given = _network(widths, activation, biases, filter_sizes, strides)
    facts, numbers = given.facts(), given.numbers()
    if metric is not None:
        if not isinstance(given, PolynomialNetwork):
            raise InputError("--metric belongs to networks with an --activation")
        count = given.learning_degree(metric, seed=seed)
        facts.append(("learning degree", f"{count!r} for {metric} inputs"))
        numbers["learning degree"] = int(count)
    if as_json:
        shown = {name: None if _too_long(value) else value for name, value in numbers.items()}
        found = {**shown, "texts": dict(facts)}
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    indent = max(len(name) for name, _ in facts) + 2
    for name, text in facts:
        typer.echo(f"{name:{indent}s}{text}")


def _network(
    widths: str | None,
    activation: str | None,
    biases: bool,
    filter_sizes: str | None,
    strides: str | None,
) -> AnyNetwork:
    if (widths is None) == (filter_sizes is None):
        raise InputError("give the network by --widths or by --filter-sizes, one of them")
    if activation is None and biases:
        raise InputError("--biases belongs to --activation; linear networks have none")
    if widths is None:
        if activation is not None:
            raise InputError("--activation belongs to --widths; --filter-sizes has none")
        steps = None if strides is None else _integers(strides, "--strides")
        return ConvolutionalNetwork(_integers(str(filter_sizes), "--filter-sizes"), steps)
    if strides is not None:
        raise InputError("--strides belongs to --filter-sizes; --widths has none")
    sizes = _integers(widths, "--widths")
    if activation is None:
        return LinearNetwork(sizes)
    return PolynomialNetwork(sizes, biases=biases, **_activation(activation))


def _activation(text: str) -> dict[str, Any]:
    """Return what is given as degrees or as a polynomial."""
    if "t" in text:
        return {"activation": text}
    degrees = _integers(text, "--activation")
    return {"degree": degrees[0] if len(degrees) == 1 else degrees}


def _too_long(value: object) -> bool:
    """Whether Python refuses to print the digits of a number; the text then has it rounded."""
    return isinstance(value, int) and value >= 10**4000


def _integers(text: str, option: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{option} must be integers like 3,1,3, got {text!r}") from None
