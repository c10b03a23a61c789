"""Critical problems for other programs, and their solutions back.

What is written says what it is: the variety, the objective, the data, the original equations, and
how solutions of the system that is solved are told from critical points. What comes back is not
believed: every solution is put into the equations, refined, compared with the others, and proved.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeom.critical.account import only_smooth
from edgeom.critical.candidates import Candidates
from edgeom.critical.describe import describe
from edgeom.critical.general import CriticalProblem
from edgeom.critical.numbers import known_count
from edgeom.critical.points import CriticalPoints
from edgeom.equations.critical import CriticalEquations, critical_equations
from edgeom.equations.export import Polynomial
from edgeom.equations.named import NAMED, polynomial_of, to_ideal
from edgeom.errors import EdgeomError, InputError, nearest_name
from edgeom.evidence import Evidence
from edgeom.files import read_limited, resolved, write_file
from edgeom.homotopy.pointset import PointSet
from edgeom.objectives.metric import Metric
from edgeom.scaling import Coordinates
from edgeom.solvers.native import FAR
from edgeom.solvers.written import PROGRAMS, read_written
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.base import Variety
from edgeom.varieties.placed import Placed

__all__ = ["export", "points_from"]

Array = NDArray[Any]
SAME = 1e-8  # relative distance of equal points
ARRIVED = 1e-9  # relative size of the last Newton correction
STEPS = 12
LONGEST = 2000  # characters of data in a comment


def export(
    problem: CriticalProblem, program: str, path: str | Path | None = None, system: str = "square"
) -> str:
    """Write a problem for another program, see :meth:`edgeom.CriticalProblem.export`."""
    if program not in PROGRAMS:
        raise InputError(
            f"program must be one of {', '.join(PROGRAMS)}, got {program!r}"
            + nearest_name(program, PROGRAMS)
        )
    if system not in ("square", "ideal"):
        raise InputError(f"system must be 'square' or 'ideal', got {system!r}")
    variety = problem.variety
    if _left_out(variety):
        raise InputError(
            f"{variety} has components of several dimensions, and a file is for one of them: write "
            "one for each part of V.parts(), as DistanceProblem(V.parts()[0], data).export(...)"
        )
    if system == "ideal":
        if program != "macaulay2" or not isinstance(variety, AlgebraicVariety):
            raise InputError(
                "system='ideal' is for zero sets, AlgebraicVariety, and program='macaulay2'"
            )
        if not isinstance(problem.family, Metric):
            raise InputError("system='ideal' is for squared distances")
        text = to_ideal(
            variety.polynomials.numerators,
            variety.ambient_dimension - variety.dimension,
            problem.family.matrix,
            problem.parameters,
            _about(problem),
        )
    else:
        text = NAMED[program](problem.critical_system(), _about(problem), _test(problem))
    if path is not None:
        write_file(resolved(path, "a file"), text.encode(), "export again")
    return text


def points_from(
    problem: CriticalProblem, source: str | Path, program: str | None = None, seed: int = 0
) -> CriticalPoints:
    """Read solutions of another program, see :meth:`edgeom.CriticalProblem.points_from`."""
    path = resolved(source, "a file")
    try:
        text = read_limited(path).decode("utf-8", "replace")
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror}") from None
    name, solutions, names = read_written(text, program)
    solutions = solutions[np.isfinite(solutions).all(axis=1)]
    q = problem.parameters
    placed, candidates, off = _candidates(
        problem, *_unknowns(problem, solutions, names, name), seed
    )
    parts, lost, again = [], 0, 0
    for equations, given in candidates:
        theta = placed.data_inward(q)
        refined = _refined(equations, given, equations.parameters(theta))
        far = np.abs(equations.system.lift(refined)).max(axis=1, initial=0)
        refined = refined[far <= FAR * max(1.0, float(np.abs(theta).max(initial=0)))]
        lost += len(given) - len(refined)
        known = PointSet(problem.variety.ambient_dimension, SAME)
        place = known.add(equations.system.lift(refined)) if len(refined) else np.zeros(0, int)
        first = np.unique(place, return_index=True)[1]
        again += len(refined) - len(first)
        parts.append((equations, refined[np.sort(first)]))
    fact = known_count(problem.variety, problem.family)
    notes: tuple[str, ...] = () if fact is not None else ("how many there are is not known",)
    if _left_out(problem.variety):
        notes += ("components of several dimensions: a system for one part has only its points",)
    evidence = Evidence(name, seed=seed, notes=notes)
    expected = 0 if fact is None else fact.value
    every = describe(problem.variety, problem.family, q, placed, parts, expected, evidence)
    points = only_smooth(every, strict=False)
    count, singular = len(points), len(every) - len(points)
    if not count:
        raise InputError(
            f"{path}: none of {len(solutions)} solutions is a critical point; {off} are not on the "
            "variety. Are they of this problem, in the order of problem.critical_system()?"
        )
    said = f"{len(solutions)} solutions in {path.name}, of {name}: {count} critical points"
    kinds = {
        "not on the variety": off,
        "no solutions": lost,
        "singular": singular,
        "repeated": again,
    }
    said += "".join(f", {many} {kind}" for kind, many in kinds.items() if many)
    evidence = replace(points.evidence, checks=(said,))
    points = replace(points, evidence=evidence, expected=expected or count)
    return replace(points, certificate=points.certify())


def _unknowns(
    problem: CriticalProblem, solutions: Array, names: tuple[str, ...] | None, program: str
) -> tuple[Array | None, Array]:
    """Return unknowns of the critical system, if they are given, and the points (points, n)."""
    system, n = problem.critical_system(), problem.variety.ambient_dimension
    unknowns, count = system.unknowns, solutions.shape[1]
    if names is not None and not set(unknowns) <= set(names):
        numbered = sorted(names, key=lambda name: (len(name), name))
        if [name.lstrip("x") for name in numbered] != [str(i + 1) for i in range(len(names))]:
            raise InputError(
                f"the file has the unknowns {', '.join(names)}; those of the problem are "
                f"{', '.join(unknowns)}"
            )
        solutions = solutions[:, [names.index(name) for name in numbered]]
    elif names is not None:
        solutions = solutions[:, [names.index(name) for name in unknowns]]
        count = len(unknowns)
    if count in (len(unknowns), len(system.cleared.unknowns)):
        u = solutions[:, : len(unknowns)]
        return u, system.lift(u)
    if count == n:
        return None, solutions
    raise InputError(
        f"the solutions of {program} have {count} unknowns; the critical equations have "
        f"{len(unknowns)}, {', '.join(unknowns)}, points have {n} coordinates"
    )


def _candidates(
    problem: CriticalProblem, u: Array | None, x: Array, seed: int
) -> tuple[Placed, list[tuple[CriticalEquations, Array]], int]:
    """Return a problem with its equations and approximate solutions, and how many are off X."""
    q, variety = problem.parameters, problem.variety
    chart = variety.chart()
    if u is not None and chart.coordinates(x[:1]) is None:  # an image, in its own parameters
        placed = Placed(variety, problem.family, Coordinates.identity(variety.ambient_dimension), 0)
        return placed, [(critical_equations(chart, problem.family), u)], 0
    placed = problem.placed_for(q)
    found = Candidates.of(placed, placed.inward(x), placed.data_inward(q), seed)
    bad = np.isnan(found.unknowns).any(axis=1)
    parts = []
    for number, equations in enumerate(found.charts):
        own = found.unknowns[(found.chart == number) & ~bad]
        parts.append((equations, own[:, : len(equations.system.unknowns)]))
    return placed, parts, int(bad.sum())


def _refined(equations: CriticalEquations, u: Array, p: Array) -> Array:
    """Return the solutions to which Newton's method leads, without those that it leaves."""
    start, size = u, np.maximum(np.linalg.norm(u, axis=1), 1e-6)
    step = np.full(len(u), np.inf)
    for _ in range(STEPS if len(u) else 0):
        values, jacobians = equations.system.evaluate(u, p)
        with np.errstate(all="ignore"):
            move = (np.linalg.pinv(jacobians, rcond=1e-15) @ values[:, :, None])[:, :, 0]
        step = np.linalg.norm(move, axis=1) / size
        u = u - move
    near = np.linalg.norm(u - start, axis=1) <= 1e-2 * size
    return np.asarray(u[(step <= ARRIVED) & near])


def _left_out(variety: Variety) -> bool:
    """Whether equations for components of one dimension would leave out others."""
    parts = variety.parts()
    if len({part.dimension for part in parts}) == 1:
        return False
    assert isinstance(variety, AlgebraicVariety)
    try:
        return len({component.dimension for component in variety.components}) > 1
    except EdgeomError:
        return True


def _about(problem: CriticalProblem) -> list[str]:
    """Return lines that say what a system is."""
    variety, family = problem.variety, problem.family
    data = np.asarray(problem.data)
    shown = np.array2string(data, separator=", ", threshold=200, max_line_width=10**6)
    lines = [
        f"critical points of {family.noun} on a variety, written by edgeom",
        f"variety: {variety.text}",
        f"objective: {family.name}",
        f"data: {' '.join(shown.split()):.{LONGEST}}",
    ]
    if isinstance(variety, AlgebraicVariety):
        lines += [f"original equation: {f} = 0" for f in _equations(variety)]
        if variety.is_part:
            lines.append(f"only components of dimension {variety.dimension} are meant")
    return lines


def _equations(variety: AlgebraicVariety) -> list[str]:
    return [str(f).replace("**", "^") for f in variety.polynomials.expressions]


def _test(problem: CriticalProblem) -> list[Polynomial]:
    """Return the equations that tell solutions on the variety from others, if there are others."""
    variety = problem.variety
    if not isinstance(variety, AlgebraicVariety):
        return []
    equations = variety.polynomials.numerators
    if len(equations) <= variety.ambient_dimension - variety.dimension:
        return []
    count = len(problem.critical_system().cleared.unknowns)
    return [polynomial_of(f, count) for f in equations]
