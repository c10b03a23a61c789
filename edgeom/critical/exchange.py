"""What critical problems exchange with other programs: equations and solutions."""

from __future__ import annotations

from pathlib import Path

from edgeom.critical.points import CriticalPoints
from edgeom.errors import keywords_checked
from edgeom.views import view

__all__ = ["Exchange"]


class Exchange:
    """The part of :class:`~edgeom.CriticalProblem` that other programs see."""

    @keywords_checked
    def export(
        self, program: str, path: str | Path | None = None, *, system: str = "square"
    ) -> str:
        """Write the critical equations for another program, with comments that say what they are.

        Parameters
        ----------
        program : {"phcpack", "bertini", "julia", "macaulay2", "msolve"}
        path : path, optional
            File to write; the text is returned, too.
        system : {"square", "ideal"}
            The square system that edgeom solves; or, for zero sets and Macaulay2, the ideal of the
            critical points, saturated by the singular locus, with its degree.

        Raises
        ------
        InputError
            An argument is none of these, or does not fit the variety, or the variety has components
            of several dimensions: write one file for each of ``variety.parts()``.

        Examples
        --------
        >>> import edgeom as eg
        >>> ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")
        >>> print(eg.DistanceProblem(ellipse, data=[0.1, 2]).export("phcpack"))
        3
        x - x + y - y + lambda1 - lambda1 ...
        <BLANKLINE>
        critical points of the squared distance on a variety, written by edgeom
        ...
        """
        return str(view("export")(self, program, path, system))

    @keywords_checked
    def points_from(
        self, path: str | Path, program: str | None = None, seed: int = 0
    ) -> CriticalPoints:
        """Read the solutions that another program found, refine and certify them.

        Parameters
        ----------
        path : path
            Output of phc -b; a file of solutions of Bertini, such as finite_solutions; what the
            programs for Julia and Macaulay2 print, or write_solutions; the output of msolve.
        program : str, optional
            As for :meth:`export`; by default it is told from the text.
        seed : int
            Of the chart in random position in which solutions are refined.

        Returns
        -------
        CriticalPoints
            With their certificate; the evidence says what became of the solutions.

        Raises
        ------
        InputError
            The file cannot be read, is of another problem, or the variety has no chart with known
            coordinates.
        """
        points: CriticalPoints = view("points_from")(self, path, program, seed)
        return points
