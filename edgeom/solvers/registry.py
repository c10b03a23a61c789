"""Backends by name: the two that come with edgeom, and those that other packages announce.

A package adds a backend by an entry point of the group ``edgeom.backends`` that names its class.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from edgeom.errors import BackendError, InputError, nearest_name
from edgeom.solvers.base import SOLVE, Availability, Backend

if TYPE_CHECKING:
    from importlib.metadata import EntryPoints

__all__ = ["EMBEDDED", "BackendList", "backend_names", "backends", "get_backend", "solver_names"]

GROUP = "edgeom.backends"
EMBEDDED = "embedded"
OWN = {
    EMBEDDED: "edgeom.solvers.embedded:Embedded",
    "phcpack": "edgeom.solvers.phcpack:Phcpack",
}


class BackendList(tuple[Availability, ...]):
    """Backends and whether they can be used; printed with one line for each."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "\n".join(map(str, self))


def _announced() -> EntryPoints:
    """Return the backends of other packages; the import takes time that most programs save."""
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def backend_names() -> tuple[str, ...]:
    """Return the names of all backends, whether they can be used here or not."""
    return (*OWN, *sorted(_announced().names - set(OWN)))


def solver_names() -> tuple[str, ...]:
    """Return the names of the backends that solve systems from nothing but their equations.

    Those that cannot be loaded are among them: who asks for one is told why.
    """

    def solves(name: str) -> bool:
        try:
            return SOLVE in _load(name).capabilities
        except BackendError:
            return True

    return tuple(filter(solves, backend_names()))


def backends() -> BackendList:
    """Return every backend with its version and place, or the reason why it cannot be used.

    Examples
    --------
    >>> import edgeom as eg
    >>> [found.name for found in eg.backends()][:2]
    ['embedded', 'phcpack']
    """

    def look(name: str) -> Availability:
        try:
            return _load(name)().availability()
        except BackendError as error:
            return Availability(name, False, reason=str(error))

    return BackendList(map(look, backend_names()))


def get_backend(backend: str | Backend, **options: Any) -> Backend:
    """Return a backend by its name, or the one that is given.

    Parameters
    ----------
    backend : str or Backend
    **options
        Of the backend, e.g. ``precision="double-double"``.

    Raises
    ------
    InputError
        There is no such backend or option.

    Examples
    --------
    >>> get_backend("phcpack", precision="double-double").precision
    'double-double'
    >>> get_backend("phcpac")
    Traceback (most recent call last):
    ...
    edgeom.errors.InputError: there is no backend 'phcpac'; did you mean 'phcpack'?
    """
    if isinstance(backend, Backend):
        if options:
            raise InputError(f"options {', '.join(options)} need the name of a backend")
        return backend
    if not isinstance(backend, str):
        raise InputError(f"backend must be a name or a Backend, got {type(backend).__name__}")
    if backend not in OWN and backend not in (names := backend_names()):
        hint = nearest_name(backend, names) or f"; there are {', '.join(names)}"
        raise InputError(f"there is no backend {backend!r}{hint}")
    kind = _load(backend)
    for name in options:
        if name not in kind.options():
            raise InputError(
                f"the backend {backend!r} has no option {name!r}"
                + nearest_name(name, kind.options())
            )
    return kind(**options)


def _load(name: str) -> type[Backend]:
    """Import the class of a backend."""
    place = OWN.get(name)
    if place is None:
        (place, *others) = (entry.value for entry in _announced().select(name=name))
        if others:
            raise BackendError(f"several packages announce a backend {name!r}: {place}, {others}")
    module, _, attribute = place.partition(":")
    try:
        kind = getattr(import_module(module), attribute)
    except (Exception, SystemExit) as error:  # the module of another package runs here
        reason = f"{type(error).__name__}: {error}"
        raise BackendError(
            f"the backend {name!r} cannot be imported from {place}: {reason}"
        ) from error
    if not (isinstance(kind, type) and issubclass(kind, Backend)):
        raise BackendError(f"the backend {name!r} is {place}, which is not a Backend")
    return kind
