"""``edgeom network``: what is known about the architecture of a linear network."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from edgeom.cli.options import Json
from edgeom.errors import InputError
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.linear.network import LinearNetwork

__all__ = ["network"]

Widths = Annotated[
    str | None, typer.Option(help="Widths of a fully connected network, input first: 3,1,3.")
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


def network(
    widths: Widths = None,
    filter_sizes: FilterSizes = None,
    strides: Strides = None,
    as_json: Json = False,
) -> None:
    """Show the facts of a linear network: rank, dimension, fibres, ED degrees.

    edgeom network --widths 3,1,3

    edgeom network --filter-sizes 2,2
    """
    given = _network(widths, filter_sizes, strides)
    facts = given.facts()
    if as_json:
        numbers = {
            name: None if _too_long(value) else value for name, value in given.numbers().items()
        }
        found = {**numbers, "texts": dict(facts)}
        typer.echo(json.dumps(found, indent=2, ensure_ascii=False))
        return
    indent = max(len(name) for name, _ in facts) + 2
    for name, text in facts:
        typer.echo(f"{name:{indent}s}{text}")


def _network(
    widths: str | None, filter_sizes: str | None, strides: str | None
) -> LinearNetwork | ConvolutionalNetwork:
    if (widths is None) == (filter_sizes is None):
        raise InputError("give the network by --widths or by --filter-sizes, one of them")
    if widths is not None:
        if strides is not None:
            raise InputError("--strides belongs to --filter-sizes; --widths has none")
        return LinearNetwork(_integers(widths, "--widths"))
    steps = None if strides is None else _integers(strides, "--strides")
    return ConvolutionalNetwork(_integers(str(filter_sizes), "--filter-sizes"), steps)


def _too_long(value: object) -> bool:
    """Whether Python refuses to print the digits of a number; the text then has it rounded."""
    return isinstance(value, int) and value >= 10**4000


def _integers(text: str, option: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"{option} must be integers like 3,1,3, got {text!r}") from None
