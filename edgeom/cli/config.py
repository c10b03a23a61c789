"""Options from a TOML file, under the names that they have on the command line.

    variety = "zeros x^2 + 4*y^2 - 4 in x, y"
    generic = true
    seed = 7

What is given on the command line counts more. Names of files are relative to the TOML file.
"""

from __future__ import annotations

import tomllib
from inspect import signature
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin

import typer

from edgeom.errors import InputError, nearest_name
from edgeom.files import read_limited, resolved

__all__ = ["Config"]


def _load(context: typer.Context, path: Path | None) -> Path | None:
    """Make the entries of a file the defaults of the command's options."""
    if path is None:
        return None
    options = {
        name.lstrip("-"): parameter
        for parameter in context.command.params
        for name in parameter.opts
        if name.startswith("--") and parameter.name != "config"
    }
    assert context.command.callback is not None
    declared = signature(context.command.callback, eval_str=True).parameters
    defaults: dict[str, Any] = {}
    for name, value in _read(path).items():
        if name not in options:
            raise InputError(
                f"--config: {path}: {context.command.name} has no option {name!r}"
                + nearest_name(name, options)
            )
        argument = str(options[name].name)
        kind = get_args(declared[argument].annotation)[0]  # of Annotated[kind, typer.Option(...)]
        kinds = {get_origin(part) or part for part in (kind, *get_args(kind))}
        defaults[argument] = _value(value, kinds, f"{path}: {name}", path.parent)
    context.default_map = {**(context.default_map or {}), **defaults}
    return path


def _read(path: Path) -> dict[str, Any]:
    try:
        content = read_limited(resolved(path, "a file"))
    except OSError as error:
        raise InputError(f"--config: cannot read {path}: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"--config: cannot read {path}: {error}") from None
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError(f"--config: {path} is not TOML: {error}") from None


def _value(value: Any, kinds: set[Any], place: str, folder: Path) -> Any:
    """Return a value as the command line has it; lists are joined by commas or repeated."""
    if isinstance(value, dict) or isinstance(value, bool) != (bool in kinds):
        wanted = "true or false" if bool in kinds else "a number, a text or a list of such"
        raise InputError(f"--config: {place} must be {wanted}, got {value!r:.80}")
    if isinstance(value, bool):
        return value
    texts = [str(item) for item in (value if isinstance(value, list) else [value])]
    if list in kinds:
        return texts
    return str(folder / texts[0]) if Path in kinds and len(texts) == 1 else ",".join(texts)


Config = Annotated[
    Path | None,
    typer.Option(
        "--config", callback=_load, is_eager=True, help="TOML file with options of this command."
    ),
]
