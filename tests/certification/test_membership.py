"""Zero sets given by more equations than their codimension: points are proved to be on them.

Critical points solve combinations of the equations, which vanish elsewhere, too. All those on the
set are to be certified, and none elsewhere.
"""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
import sympy
from flint import acb, arb
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

import edgeom as eg
from edgeom.certification.balls import OFF, OPEN
from edgeom.certification.bulk import BulkProver
from edgeom.certification.certificate import Certificate, certify
from edgeom.certification.membership import is_on_variety
from edgeom.certification.parameters import ExactParameters
from edgeom.degrees.closed_forms import hankel_generic_ed_degree, skew_generic_ed_degree
from edgeom.equations.critical import CriticalEquations, critical_equations
from edgeom.varieties import algebraic, syzygies
from tests.certification.test_adversarial import LAW
from tests.certification.truth import T, Truth, contradictions, from_roots, rational
from tests.selection import first

Array = NDArray[Any]
Ideal = tuple[list[Any], list[Any]]
CUBIC = eg.AlgebraicVariety(["x^2 - y", "x*y - z", "x*z - y^2"], "x, y, z")


def minors(matrix: Any, size: int) -> list[Any]:
    """The minors of a matrix, without repetitions."""
    found: list[Any] = []
    for rows in combinations(range(matrix.rows), size):
        for cols in combinations(range(matrix.cols), size):
            minor = sympy.expand(matrix.extract(list(rows), list(cols)).det())
            found += [] if minor == 0 or {minor, -minor} & set(found) else [minor]
    return found


def hankel(size: int, rank: int) -> Ideal:
    a = sympy.symbols(f"a0:{2 * size - 1}")
    return minors(sympy.Matrix(size, size, lambda i, j: a[i + j]), rank + 1), list(a)


def rank_one(rows: int, cols: int) -> Ideal:
    m = sympy.symbols(f"m0:{rows * cols}")
    return minors(sympy.Matrix(rows, cols, m), 2), list(m)


def grassmannian(n: int) -> Ideal:
    """The Plücker relations of planes in n-space."""
    p = {pair: sympy.Symbol(f"p{pair[0]}{pair[1]}") for pair in combinations(range(n), 2)}
    relations = [
        p[a, b] * p[c, d] - p[a, c] * p[b, d] + p[a, d] * p[b, c]
        for a, b, c, d in combinations(range(n), 4)
    ]
    return relations, list(p.values())


def multiview(count: int) -> Ideal:
    """The pictures of a point by so many cameras P: [P | x] does not have full column rank.

    These are the maximal minors for two cameras, bilinear, and for three, trilinear.
    """
    rng = np.random.default_rng(0)
    x = sympy.symbols(f"x0:{2 * count}")
    blocks = []
    for i in range(count):
        camera = sympy.Matrix(3, 4, lambda *_: int(rng.integers(-5, 6)))
        pictures = sympy.zeros(3, count)
        pictures[:, i] = sympy.Matrix([x[2 * i], x[2 * i + 1], 1])
        blocks.append(sympy.Matrix.hstack(camera, pictures))
    equations = []
    for size in range(2, min(count, 3) + 1):
        for cameras in combinations(range(count), size):
            columns = [*range(4), *(4 + i for i in cameras)]
            whole = sympy.Matrix.vstack(*(blocks[i][:, columns] for i in cameras))
            for rows in combinations(range(3 * size), 4 + size):
                if all(sum(row // 3 == i for row in rows) > 1 for i in range(size)):
                    equations.append(sympy.expand(whole[list(rows), :].det()))
    return equations, list(x)


SKEW, HANKEL = skew_generic_ed_degree, hankel_generic_ed_degree

# name: equations and unknowns, metric, number of critical points
CASES: dict[str, tuple[Ideal, eg.Metric | None, int]] = {
    "twisted cubic": ((["x^2 - y", "x*y - z", "x*z - y^2"], list("xyz")), None, 5),
    "two cameras": (multiview(2), None, 6),
    "Hankel matrices 3×3, rank 1": (hankel(3, 1), None, HANKEL(4, 1)),
    "G(2, 4)": (grassmannian(4), None, 2),
    "G(2, 5)": (grassmannian(5), None, 2),
    "a circle and a point": ((["(x^2+y^2-1)*(x-3)", "(x^2+y^2-1)*(y-2)"], list("xy")), None, 3),
    "three axes": ((["x*y", "x*z", "y*z"], list("xyz")), None, 3),
    "twice the same": ((["x^2+4*y^2-4", "3*x^2+12*y^2-12"], list("xy")), None, 4),
    "decimals": ((["0.01*x^2 - y", "0.1*x*y - z", "0.1*x*z - y^2"], list("xyz")), None, 5),
    "a point": ((["x-1", "y-2", "x*y-2"], list("xy")), None, 1),
}
LONG: dict[str, tuple[Ideal, eg.Metric | None, int]] = {
    "three cameras": (multiview(3), None, 47),
    "Hankel matrices 4×4, rank 1": (hankel(4, 1), None, HANKEL(6, 1)),
    "Hankel matrices 4×4, rank 2": (hankel(4, 2), None, HANKEL(6, 2)),
    "G(2, 4), general metric": (grassmannian(4), eg.Metric.random(6, 1), SKEW(4, 2)),
    "G(2, 5), general metric": (grassmannian(5), eg.Metric.random(10, 1), SKEW(5, 2)),
    "matrices 3×3, rank 1": (rank_one(3, 3), None, 3),
    "matrices 3×3, rank 1, general metric": (rank_one(3, 3), eg.Metric.random(9, 1), 39),
}


@pytest.mark.parametrize("name", first(5, [*CASES, *LONG]))
def test_all_critical_points_are_certified(name: str) -> None:
    (equations, names), metric, count = (CASES | LONG)[name]
    V = eg.AlgebraicVariety(equations, names)
    data = np.random.default_rng(0).normal(size=len(names))
    problem = eg.DistanceProblem(V, metric, data=data)
    points = problem.critical_points()
    proof = points.certify()
    assert proof.is_distinct.all() and len(proof) == count
    assert not proof.is_undecided.any() and np.array_equal(proof.is_real, points.is_real)
    assert all(V.contains(center) for center in proof.center)
    again = problem.certify(points.points, seed=7)  # with other combinations
    assert again.is_distinct.all() and np.array_equal(again.is_real, proof.is_real)


@pytest.mark.parametrize(
    ("scale", "place"),
    [
        (10**6, 10**6),
        *(
            pytest.param(scale, place, marks=pytest.mark.slow)
            for scale in (sympy.Rational(1, 10**6), 1, 10**6)
            for place in (0, 10**6)
            if (scale, place) != (10**6, 10**6)
        ),
    ],
)
def test_at_any_scale_and_place(scale: Any, place: int) -> None:
    """The cubic moved by x -> place + scale x, with data moved likewise."""
    x, y, z = ((v - place) / scale for v in sympy.symbols("x y z"))
    V = eg.AlgebraicVariety([x**2 - y, x * y - z, x * z - y**2], "x, y, z")
    data = place + float(scale) * np.array([0.5, -1, 0.25])
    proof = eg.DistanceProblem(V, data=data).critical_points().certify()
    assert len(proof) == 5 and proof.is_distinct.all() and not proof.is_undecided.any()


@pytest.mark.parametrize(
    ("equations", "data", "smooth"),
    [
        (["x*y", "0"], [0, 1, 0], [0, 1, 0]),
        (["x*y", "x*z"], [1, 0, 0], [1, 0, 0]),
        (["x*y", "x*z"], [0, 1, 1], [0, 1, 1]),
        (["x*y", "x*z", "y*z"], [0, 0, 2], [0, 0, 2]),
    ],
)
def test_where_components_meet_nothing_is_certified(
    equations: list[str], data: list[float], smooth: list[float]
) -> None:
    """The origin is the critical point on one component, and no smooth point of the set."""
    V = eg.AlgebraicVariety(equations, "x, y, z")
    proof = eg.DistanceProblem(V, data=data).certify([[0, 0, 0], smooth])
    assert proof.is_certified.tolist() == [False, True]


# What vanishes on the cubic and on one of its chords, and so do combinations of its equations.


def at(t: float) -> Array:
    return np.array([t, t * t, t**3])


def on_the_cubic(q: Array) -> list[Truth]:
    """The critical points of the distance to the cubic."""
    a, b, c = map(rational, q.tolist())
    slope = (T - a) + 2 * T * (T**2 - b) + 3 * T**2 * (T**3 - c)
    return from_roots(slope, lambda t: [t, t * t, t**3])


def through_chord(t: float, s: float) -> CriticalEquations:
    """Critical equations from combinations that vanish on the chord through two points.

    A quadric that contains the ends of the chord and its midpoint contains the chord.
    """
    x, y, z = (at(t) + at(s)) / 2
    f = [x * x - y, x * y - z, x * z - y * y]
    chart = CUBIC.chart(np.random.default_rng(0))
    chart.mix = np.array([[f[1], -f[0], 0], [f[2], 0, -f[0]]])  # type: ignore[attr-defined]
    return critical_equations(chart, eg.Metric.euclidean(3))


def unknowns(equations: CriticalEquations, points: Array, q: Array) -> Array:
    u = equations.unknowns_of(points.astype(complex), q)
    assert u is not None
    return u


def proved(equations: CriticalEquations, points: Array, q: Array) -> Certificate:
    chart = np.zeros(len(points), int)
    u = unknowns(equations, points, q)
    return certify(CUBIC, equations.metric, q, [equations], chart, u)


def certified_in_bulk(equations: CriticalEquations, points: Array, q: Array) -> Any:
    p, radii = ExactParameters(np.zeros(0), equations.metric.matrix, q[None]).doubles()
    u = unknowns(equations, points, q)
    return BulkProver(equations).prove(u, *(np.repeat(a, len(u), 0) for a in (p, radii))).certified


def foot(t: float, s: float, q: Array) -> Array:
    """The critical point on the chord."""
    direction = at(s) - at(t)
    return np.asarray(at(t) + direction * (direction @ (q - at(t))) / (direction @ direction))


@pytest.mark.parametrize("seed", range(6))
def test_a_solution_beside_the_set_is_refused(seed: int) -> None:
    rng = np.random.default_rng(seed)
    (t, s), q = rng.choice(np.arange(-8, 9), 2, replace=False) / 4, rng.normal(size=3)
    truth = on_the_cubic(q)
    points = np.array([*(one.doubles for one in truth), foot(t, s, q)])
    equations = through_chord(t, s)
    proof = proved(equations, points, q)
    assert proof.status == (*5 * ["certified"], OFF)
    assert not contradictions(proof, truth)
    compiled = certified_in_bulk(equations, points, q)
    assert compiled.tolist() == [True] * 5 + [False]


@pytest.mark.parametrize("gap", [1e-2, 1e-4, 1e-6, 1e-8, 1e-10, 1e-12, 1e-14, 0])
def test_close_to_where_the_chord_meets_the_cubic(gap: float) -> None:
    """The set and what else the combinations vanish on, as close as doubles can be."""
    t, s = 1.0, -2.0
    direction = at(s) - at(t)
    equations = through_chord(t, s)
    beside = at(t) + gap * direction
    q = beside + np.cross(direction, [1.0, 2, 3])
    proof = proved(equations, beside[None], q)
    assert proof.status in ((OFF,), (OPEN,)) if gap else not proof.is_certified.any()
    assert not certified_in_bulk(equations, beside[None], q).any()
    q = at(t + gap) + np.cross([1, 2 * (t + gap), 3 * (t + gap) ** 2], [1.0, 2, 3])
    truth = on_the_cubic(q)
    proof = proved(equations, np.array([one.doubles for one in truth]), q)
    assert not contradictions(proof, truth)
    assert proof.is_certified.all() or gap < 1e-6


@pytest.mark.slow
@LAW
@given(st.integers(0, 2**20), st.integers(-8, 8), st.integers(-8, 8), st.integers(-16, 0))
def test_nothing_false_is_claimed(seed: int, t: int, s: int, digits: int) -> None:
    """The point on the chord is at any distance from the cubic."""
    if t == s:
        return
    rng = np.random.default_rng(seed)
    direction = at(s / 4) - at(t / 4)
    beside = at(t / 4) + rng.normal() * 10.0**digits * direction
    q = beside + np.cross(direction, rng.normal(size=3))
    truth = on_the_cubic(q)
    points = np.array([*(one.doubles for one in truth), beside])
    equations = through_chord(t / 4, s / 4)
    proof = proved(equations, points, q)
    assert not contradictions(proof, truth)
    assert not certified_in_bulk(equations, points, q)[-1]


def test_a_point_that_is_not_shown_to_be_on_the_set(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without syzygies nothing is proved of points of the set."""
    monkeypatch.setattr(algebraic, "find_syzygies", lambda f, *_: syzygies.Syzygies(tuple(f), ()))
    V = eg.AlgebraicVariety(["x^2 - y", "x*y - z", "x*z - y^2"], "x, y, z")
    proof = eg.DistanceProblem(V, data=[1, 2, 0.5]).critical_points().certify()
    assert proof.status == (OPEN,) * 5
    assert "5 not shown to be on the variety" in str(proof)


# Where it is impossible


def refusal(equations: list[Any]) -> str:
    V = eg.AlgebraicVariety(equations, "x, y, z")
    with pytest.raises(eg.InputError) as error:
        eg.DistanceProblem(V, data=[1, 2, 0.5]).certify([[1, 1, 1]])
    return str(error.value)


def test_rounded_coefficients_have_no_syzygies() -> None:
    """As decimals 0.1² is 0.01, as doubles it is not."""
    x, y, z = sympy.symbols("x y z")
    text = refusal([0.01 * x**2 - y, 0.1 * x * y - z, 0.1 * x * z - y**2])
    assert "more equations than the codimension" in text
    assert "syzygies up to degree" in text and "have rank 0 at general points, and 1 is" in text
    assert "Give it by as many equations as its codimension" in text


def test_too_many_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syzygies, "LARGEST", 1)
    assert "have rank 0 at general points, and 1 is needed" in refusal(CUBIC.polynomials.texts)


def test_coefficients_without_a_proof() -> None:
    assert "are not real" in refusal(["I*x^2 - y", "x*y + I*z", "I*x*z - I*y^2"])
    assert "are not rational" in refusal(["x^2 - y", "sqrt(2)*(x*y - z)", "x*z - y^2"])


# Syzygies


@pytest.mark.parametrize("name", [name for name in CASES if name != "two cameras"])
def test_ranks_of_syzygies(name: str) -> None:
    """Equations minus codimension at smooth points; less than the equations off the set."""
    equations, names = CASES[name][0]
    V = eg.AlgebraicVariety(equations, names)
    found, rng = V.syzygies, np.random.default_rng(1)
    smooth = np.array(V.chart().component_samples(rng, 5))
    assert (found.ranks(smooth) == len(equations) - V.codimension).all()
    assert (found.ranks(rng.normal(size=(5, len(names)))) < len(equations)).all()


def test_rows_that_are_rounding_do_not_count() -> None:
    """On an axis the other unknowns are nothing but rounding."""
    V = eg.AlgebraicVariety(["x*y", "x*z", "y*z"], "x, y, z")
    points = np.array([[1, 1e-17, -1e-18], [1e-33, 0.3, 2e-19], [-3e-17, 1e-18, 2]])
    assert V.syzygies.ranks(points).tolist() == [1, 1, 1]


@pytest.mark.parametrize(("radius", "answer"), [(1e-9, True), (0.9, None), (3, None)])
def test_boxes(radius: float, answer: bool | None) -> None:
    membership = CUBIC.chart(np.random.default_rng(0)).membership
    assert is_on_variety(membership, [acb(arb(v, radius)) for v in (2, 4, 8)]) is answer
    assert is_on_variety(membership, [acb(arb(v, 1e-9)) for v in (2, 4, 8.1)]) is False
    assert is_on_variety(None, []) is True
