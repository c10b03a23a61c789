"""Options that commands share: a variety, a metric and data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from edgeom.cli.config import Config
from edgeom.cli.files import metric_from_file, read_text
from edgeom.errors import InputError
from edgeom.objectives.family import ObjectiveFamily
from edgeom.objectives.metric import Metric
from edgeom.objectives.polynomial import RationalObjective
from edgeom.objectives.words import KINDS, read_formula, read_objective
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety
from edgeom.varieties.determinantal import DeterminantalVariety, SymmetricDeterminantalVariety
from edgeom.varieties.fields import EXAMPLE, read_variety
from edgeom.varieties.segre import SegreVariety

__all__ = [
    "Certify",
    "Data",
    "Json",
    "Method",
    "Scheduler",
    "Seed",
    "Seeds",
    "Solver",
    "Workers",
    "definite_metric_of",
    "metric_of",
    "objective_of",
    "variety_of",
]

Given = ObjectiveFamily | RationalObjective
VARIETY = "Any variety"
MATRICES, TENSORS, ZEROS = "Matrices of bounded rank", "Rank-one tensors", "Zero sets"
Words = Annotated[
    str | None,
    typer.Option(
        "--variety",
        help=f"In words: {EXAMPLE}, hankel 4x4 rank 2, segre 2x2x2, map t -> (t, t^3, t^4), "
        "zeros x^2+4*y^2-4 in x,y, ... (docs/reference/input.md).",
        rich_help_panel=VARIETY,
    ),
]
Rows = Annotated[int | None, typer.Option(help="Number of rows.", rich_help_panel=MATRICES)]
Cols = Annotated[int | None, typer.Option(help="Number of columns.", rich_help_panel=MATRICES)]
Rank = Annotated[int | None, typer.Option(help="Bound on the rank.", rich_help_panel=MATRICES)]
Symmetric = Annotated[
    bool, typer.Option("--symmetric", help="Symmetric matrices.", rich_help_panel=MATRICES)
]
Dims = Annotated[
    str | None, typer.Option(help="Shape of the tensors: 2,2,2.", rich_help_panel=TENSORS)
]
Equations = Annotated[
    list[str] | None,
    typer.Option(help="Polynomials, separated by ; or repeated.", rich_help_panel=ZEROS),
]
Variables = Annotated[
    str | None,
    typer.Option("--variables", "--vars", help="Their variables: x,y.", rich_help_panel=ZEROS),
]
Generic = Annotated[bool, typer.Option("--generic", help="A random metric.")]
Weights = Annotated[
    Path | None,
    typer.Option(help="Text or .npy file: a weight for each entry, or the metric's matrix."),
]
Indefinite = Annotated[
    bool, typer.Option("--indefinite", help="Accept --weights that are indefinite.")
]
Method = Annotated[str, typer.Option(help="auto, formula, monodromy or phcpack.")]
Solver = Annotated[str, typer.Option("--backend", help="The solver: embedded or phcpack.")]
Objective = Annotated[
    str | None,
    typer.Option(
        "--objective",
        help=f"Another objective than the squared distance: {', '.join(KINDS)}; or a text file "
        "like 'x^4 + y^4 - x*y in x, y'; parameters follow, 'x^4 + a*y in x, y with a'.",
    ),
]
Seed = Annotated[int, typer.Option(help="Seed of the random numbers.")]
Seeds = Annotated[
    int | None, typer.Option(help="Starting points of monodromy, to meet all components.")
]
Data = Annotated[Path | None, typer.Option(help="Text or .npy file: the data point.")]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Certify = Annotated[bool, typer.Option("--certify", help="Prove what is counted.")]
COMPUTERS = "Who computes"
Workers = Annotated[
    int | None, typer.Option(help="Number of worker processes.", rich_help_panel=COMPUTERS)
]
Scheduler = Annotated[
    str | None,
    typer.Option(
        help="Address of a dask scheduler, or local for a cluster on this machine.",
        rich_help_panel=COMPUTERS,
    ),
]


def variety_of(
    config: Config = None,
    words: Words = None,
    rows: Rows = None,
    cols: Cols = None,
    rank: Rank = None,
    symmetric: Symmetric = False,
    dims: Dims = None,
    equations: Equations = None,
    variables: Variables = None,
) -> Variety:
    """Return the variety that the options describe, which have to describe exactly one."""
    if symmetric:
        rows, cols = (cols if rows is None else rows), (rows if cols is None else cols)
    families: list[dict[str, Any]] = [
        {"--variety": words},
        {"--rows": rows, "--cols": cols, "--rank": rank, "--symmetric": symmetric or None},
        {"--dims": dims},
        {"--equations": equations or None, "--variables": variables},
    ]
    used = [[name for name, value in f.items() if value is not None] for f in families]
    named = [names[0] for names in used if names]
    if not named:
        raise InputError(
            "no variety given; use --rows, --cols and --rank, or --dims, or --equations and "
            f"--variables, or --variety with words like {EXAMPLE!r}"
        )
    if len(named) > 1:
        raise InputError(f"{' and '.join(named)} describe different varieties; use one of them")
    family = next(f for f, names in zip(families, used, strict=True) if names)
    missing = [name for name, value in family.items() if value is None and name != "--symmetric"]
    if missing:
        raise InputError(f"{named[0]} needs {' and '.join(missing)}")
    if words is not None:
        return read_variety(words)
    if equations and variables is not None:
        texts = [text for option in equations for text in option.split(";") if text.strip()]
        return AlgebraicVariety(texts, variables)
    if dims is not None:
        return SegreVariety(_integers(dims))
    assert rows is not None and cols is not None and rank is not None
    if not symmetric:
        return DeterminantalVariety(rows, cols, rank)
    if rows != cols:
        raise InputError(f"--symmetric needs --rows and --cols to be equal, got {rows} and {cols}")
    return SymmetricDeterminantalVariety(rows, rank)


def _integers(text: str) -> list[int]:
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise InputError(f"--dims must be integers like 2,2,2, got {text!r}") from None


def metric_of(
    variety: Variety,
    generic: Generic = False,
    weights: Weights = None,
    indefinite: Indefinite = False,
) -> Metric | None:
    """Return the metric that the options ask for, None for a generic one."""
    if generic and weights:
        raise InputError("--generic and --weights exclude each other: a generic metric is random")
    if indefinite and not weights:
        raise InputError("--indefinite needs --weights")
    if generic:
        return None
    if weights is None:
        return variety.default_metric
    return metric_from_file(variety, weights, "--weights", indefinite)


def objective_of(variety: Variety, objective: Objective = None) -> Given | None:
    """Return the family of objectives, or the objective, that the option names."""
    if objective is None:
        return None
    path = Path(objective)
    if path.suffix and path.is_file():
        return read_formula(read_text(path), variety.shape)
    return read_objective(objective)


def definite_metric_of(
    variety: Variety, generic: Generic = False, weights: Weights = None
) -> Metric | None:
    """Return the metric for what needs a positive definite one."""
    return metric_of(variety, generic, weights)
