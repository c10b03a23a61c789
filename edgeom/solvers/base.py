"""What a solver offers to be used as a backend.

A backend takes polynomial systems and returns where its paths ended, as it sees it: nothing it
says is believed. Evaluating, polishing, sorting out and retrying are done in
:mod:`edgeom.solvers.outside`, once for all backends. So a backend is one class, made known by an
entry point of the group ``edgeom.backends``.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from edgeom.equations.system import PolynomialSystem
from edgeom.errors import BackendError, InputError, nearest_name
from edgeom.homotopy.tracker import PathStatus

__all__ = ["PRECISIONS", "SOLVE", "TRACK", "Availability", "Backend", "Ends"]

Array = NDArray[Any]
SOLVE, TRACK = "solve", "track"  # what a backend may be capable of
PRECISIONS = ("double", "double-double", "quad-double")


@dataclass(frozen=True)
class Availability:
    """Whether a backend can be used here.

    Attributes
    ----------
    name : str
        The backend.
    available : bool
    version : str
        Empty where it is not known.
    where : str
        The program or module.
    reason : str
        Why it cannot be used and how to get it; empty when it can.

    Examples
    --------
    >>> print(Availability("phcpack", True, "2.4.86", "/usr/bin/phc"))
    phcpack 2.4.86 (/usr/bin/phc)
    """

    name: str
    available: bool
    version: str = ""
    where: str = ""
    reason: str = ""

    def __str__(self) -> str:
        if not self.available:
            return f"{self.name} is not available: {self.reason}"
        return f"{self.name} {self.version} ({self.where})"


@dataclass(frozen=True, eq=False)
class Ends:
    """Where the paths of one system ended, as a backend reports it.

    Attributes
    ----------
    unknowns : complex array (paths, unknowns)
        NaN where there is no number.
    status : integer array (paths,)
        A :class:`~edgeom.homotopy.tracker.PathStatus` for each path that was started: SUCCESS for
        each that came to its end, also where solutions come together; edgeom sees what is there.
    """

    unknowns: Array
    status: NDArray[np.int64]

    def __post_init__(self) -> None:
        if self.unknowns.ndim != 2 or self.status.shape != self.unknowns.shape[:1]:
            raise BackendError(
                f"a backend returned ends of shape {self.unknowns.shape} with a status of shape "
                f"{self.status.shape}; one status for each path is needed"
            )
        unknown = set(self.status.tolist()) - set(PathStatus)
        if unknown:
            raise BackendError(f"a backend returned the unknown status {sorted(unknown)}")

    def __len__(self) -> int:
        return len(self.status)


class Backend(ABC):
    """A solver of polynomial systems.

    Attributes
    ----------
    name : str
        What users write: ``backend="phcpack"``.
    title : str
        What is printed: "PHCpack".
    capabilities : frozenset of {"solve", "track"}
    precisions : tuple of str
        Those of `PRECISIONS` that are offered, in rising order.
    precision : str
        The one that is used.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    capabilities: ClassVar[frozenset[str]]
    precisions: ClassVar[tuple[str, ...]] = PRECISIONS[:1]
    precision: str = PRECISIONS[0]

    @abstractmethod
    def availability(self) -> Availability:
        """Tell whether the backend can be used here, without an error if it cannot."""

    def solve(self, systems: Sequence[PolynomialSystem], seed: int = 0) -> list[Ends]:
        """Solve systems without parameters from nothing but their equations.

        Parameters
        ----------
        systems : sequence of PolynomialSystem
            Square; they may run side by side.
        seed : int
            Of the random numbers.

        Raises
        ------
        BackendError
            The backend cannot do this, is not available, or broke down.
        """
        raise self.incapable(SOLVE)

    def track(
        self,
        system: PolynomialSystem,
        begin: Array,
        starts: Array,
        targets: Array,
        seed: int = 0,
    ) -> list[Ends]:
        """Track solutions at some parameters to their ends at other parameters.

        Parameters
        ----------
        system : PolynomialSystem
            Its equations are affine linear in the parameters.
        begin : array (parameters,)
        starts : array (points, unknowns)
            Solutions at `begin`.
        targets : array (targets, parameters)
            Each is reached from all starts; they may run side by side.
        seed : int
            Of the random numbers.

        Returns
        -------
        list of Ends
            One for each target, with one path for each start.

        Raises
        ------
        BackendError
            As for :meth:`solve`.
        """
        raise self.incapable(TRACK)

    def incapable(self, capability: str) -> BackendError:
        """Return the error that says what the backend does not do."""
        what = {SOLVE: "solve a system without start solutions", TRACK: "track given solutions"}
        return BackendError(
            f"the backend {self.name!r} cannot {what[capability]}; what it can do: "
            f"{', '.join(sorted(self.capabilities)) or 'nothing'}"
        )

    def require(self) -> Availability:
        """Return the availability, or raise an error that says how to get the backend."""
        found = self.availability()
        if not found.available:
            raise BackendError(str(found))
        return found

    def sharper(self) -> Self:
        """Return the backend in its next higher precision, itself where there is none."""
        position = self.precisions.index(self.precision) + 1
        if position == len(self.precisions) or not is_dataclass(self):
            return self
        return replace(self, precision=self.precisions[position])

    @classmethod
    def options(cls) -> tuple[str, ...]:
        """Return the names of the options that the backend is made with."""
        return tuple(f.name for f in fields(cls)) if is_dataclass(cls) else ()

    def check_precision(self) -> None:
        """Refuse a precision that is not offered."""
        if self.precision not in self.precisions:
            raise InputError(
                f"precision must be one of {', '.join(self.precisions)}, got {self.precision!r}"
                + nearest_name(str(self.precision), self.precisions)
            )
