"""How a number was found: the account that travels with every count."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

__all__ = ["Evidence", "describe_paths"]


@dataclass(frozen=True)
class Evidence:
    """The account of a computation.

    Attributes
    ----------
    method : str
        "formula", "monodromy" or the name of a backend.
    checks : tuple of str
        What confirmed the result, one line for each independent route.
    seed : int or None
        Seed of the random numbers, None where there were none.
    paths : dict
        Number of paths that were started and how they ended.
    residual : float or None
        Largest last Newton correction relative to the solution.
    components : tuple of int
        The count on each component that was met.
    notes : tuple of str
        What a reader must know to use the number.

    Examples
    --------
    >>> import edgeom as eg
    >>> number = eg.generic_ed_degree(eg.DeterminantalVariety(2, 2, rank=1))
    >>> number.evidence.method, number.evidence.paths
    ('formula', {'started': 36, 'success': 36})
    """

    method: str
    checks: tuple[str, ...] = ()
    seed: int | None = None
    paths: Mapping[str, int] = field(default_factory=dict)
    residual: float | None = None
    components: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()

    def rows(self) -> list[tuple[str, str]]:
        """Return it as rows of a summary."""
        return [
            ("paths", describe_paths(self.paths)),
            *(("evidence", check) for check in self.checks),
            *(("note", note) for note in self.notes),
            ("seed", str(self.seed)),
        ]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        fields = asdict(self).items()
        return {name: list(v) if isinstance(v, tuple) else v for name, v in fields}


def describe_paths(paths: Mapping[str, int]) -> str:
    """Return the account of paths as one line, "39 started, 38 success, 1 stalled"."""
    names = {
        "success": "arrived",
        "too_many_steps": "out of steps",
        "collided": "collided",
        "retried": "of them retries",
    }
    parts = [f"{n} {names.get(name, name)}" for name, n in paths.items() if n and name != "started"]
    return ", ".join([f"{paths.get('started', 0)} started", *parts])
