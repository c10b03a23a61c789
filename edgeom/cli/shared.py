"""Arguments of commands that are made from options which several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, Signature, signature
from typing import Any

__all__ = ["given"]

Command = Callable[..., None]


def given(**makers: Callable[..., Any]) -> Callable[[Command], Command]:
    """Give a command arguments that are made from options.

    The options of a maker, its parameters, take the place of the command's argument that it makes;
    what has been made before, such as the variety for a metric, may be among its parameters.

    Examples
    --------
    >>> def point(x: float = 0, y: float = 0) -> list[float]:
    ...     return [x, y]
    >>> @given(at=point)
    ... def show(name: str, at: list[float]) -> None:
    ...     print(name, at)
    >>> show(name="P", y=2)
    P [0, 2]
    >>> list(signature(show).parameters)
    ['name', 'x', 'y']
    """

    def decorate(command: Command) -> Command:
        own = signature(command, eval_str=True).parameters
        of_makers = {name: signature(m, eval_str=True).parameters for name, m in makers.items()}
        options: list[Parameter] = []
        for name, parameter in own.items():
            for option in of_makers.get(name, {name: parameter}).values():
                if option.name not in makers:
                    options.append(option.replace(kind=Parameter.KEYWORD_ONLY))

        @wraps(command)
        def run(**values: Any) -> None:
            for name in own:
                if name in makers:
                    taken = [option for option in of_makers[name] if option in values]
                    values[name] = makers[name](**{option: values[option] for option in taken})
            command(**{name: values[name] for name in own if name in values})

        run.__signature__ = Signature(options)  # type: ignore[attr-defined]
        run.__annotations__ = {option.name: option.annotation for option in options}
        return run

    return decorate
