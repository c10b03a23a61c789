"""Tables of real critical points: their laws, their parts, and the talk's table."""

import sys
from collections.abc import Callable
from dataclasses import fields
from fractions import Fraction
from math import comb, cos, erfc, sin, sqrt

import mpmath
import numpy as np
import pytest

import edgeom as eg
from edgeom.equations import digits, hessian
from edgeom.tables import run as running
from edgeom.tables.engine import SampleEngine
from edgeom.tables.samples import SampleBlock, joined
from edgeom.tables.table import RealCriticalTable
from tests.selection import first

# 3×3 matrices of rank ≤ 1, 2000 samples; rows: 1 to 4 minima, columns: 1, 3, ..., 13 real points.
TALK = np.array(
    [
        [0, 476, 120, 1, 0, 0, 0],
        [0, 0, 805, 190, 10, 0, 0],
        [0, 0, 0, 228, 116, 21, 0],
        [0, 0, 0, 0, 16, 12, 5],
    ]
)
MATRICES = [(2, 2, 1), (2, 3, 1), (3, 2, 1), (3, 3, 1), (3, 3, 2), (3, 4, 1), (4, 4, 1)]
ELLIPSE = eg.AlgebraicVariety(["x^2 + 4*y^2 - 4"], "x, y")


@pytest.fixture(scope="module")
def table() -> RealCriticalTable:
    return eg.real_critical_table(eg.DeterminantalVariety(3, 3, rank=1), samples=2000, seed=0)


@pytest.fixture(scope="module")
def engine() -> SampleEngine:
    return SampleEngine(eg.DeterminantalVariety(3, 3, rank=1), seed=4)


def alternating(samples: SampleBlock) -> np.ndarray:
    return samples.by_index @ (-1) ** np.arange(samples.by_index.shape[1])


def assert_whole(samples: SampleBlock, degree: int) -> None:
    """Every point of every sample is there and called."""
    assert samples.complete.all() and not samples.undecided.any()
    assert np.array_equal(samples.by_index.sum(axis=1), samples.real)
    assert np.array_equal(samples.by_index[:, 0], samples.minima)
    assert not ((degree - samples.real) % 2).any()  # non-real points come in pairs
    assert samples.minima.min() >= 1


def same(one: SampleBlock, other: SampleBlock) -> bool:
    names = [field.name for field in fields(SampleBlock)]
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in names)


def homogeneity(first: np.ndarray, second: np.ndarray) -> float:
    """Return the p-value of the chi-square test that two rows of counts have the same law.

    Cells with fewer than 10 counts together are pooled.
    """
    small = first + second < 10
    rows = np.array([[*row[~small], row[small].sum()] for row in (first, second)], float)
    rows = rows[:, rows.sum(axis=0) > 0]
    expected = rows.sum(axis=1, keepdims=True) * rows.sum(axis=0) / rows.sum()
    statistic = ((rows - expected) ** 2 / expected).sum()
    return float(mpmath.gammainc((rows.shape[1] - 1) / 2, statistic / 2, regularized=True))


def spread(table: RealCriticalTable) -> np.ndarray:
    """Return the counts with the rows and columns of the talk's table."""
    full = np.zeros(TALK.shape, int)
    full[np.ix_(table.rows - 1, (table.columns - 1) // 2)] = table.counts
    return full


def gaussian_binomial(m: int, r: int) -> list[int]:
    """Return the Betti numbers modulo 2 of the Grassmannian of r-spaces in m-space."""
    if r in (0, m):
        return [1]
    total = np.zeros(r * (m - r) + 1, int)
    for shift, part in ((0, gaussian_binomial(m - 1, r - 1)), (r, gaussian_binomial(m - 1, r))):
        total[shift : shift + len(part)] += part
    return total.tolist()


def test_agrees_with_the_talk(table: RealCriticalTable) -> None:
    assert homogeneity(TALK.ravel(), spread(table).ravel()) > 0.01
    assert len(table) == table.counts.sum() == 2000


def test_chi_square_sees_another_law() -> None:
    V = eg.DeterminantalVariety(3, 3, rank=1)
    weights = eg.real_critical_table(V, samples=500, metric="weights")
    assert homogeneity(TALK.ravel(), spread(weights).ravel()) < 1e-6
    assert homogeneity(np.array([50, 50]), np.array([60, 40])) == pytest.approx(
        erfc(sqrt(100 / 99))
    )


def test_samples_of_the_talk_keep_the_laws(table: RealCriticalTable) -> None:
    samples = table.samples
    assert_whole(samples, 39)
    assert not (samples.real % 2 == 0).any()
    assert (alternating(samples) == 1).all()
    assert (samples.real >= 2 * samples.minima + 1).all()
    assert (samples.margin > 0).all() and (samples.nearest > 0).all()


@pytest.mark.parametrize(("rows", "cols", "rank"), first(5, MATRICES))
@pytest.mark.parametrize("metric", first(1, ["fresh", "weights"]))
def test_morse_inequalities_of_the_grassmannian(
    rows: int, cols: int, rank: int, metric: str
) -> None:
    m = min(rows, cols)
    betti = np.array(gaussian_binomial(m, rank))
    assert betti.sum() == comb(m, rank)
    engine = SampleEngine(eg.DeterminantalVariety(rows, cols, rank), metric, seed=1)
    samples = engine.block(0, 100 if m < 4 else 8)
    assert_whole(samples, engine.degree)
    signs = (-1) ** np.arange(samples.by_index.shape[1])
    excess = samples.by_index.copy()
    excess[:, : len(betti)] -= betti
    # the strong inequalities: the excess is (1 + t) times a polynomial without negative terms
    partial = np.cumsum(excess * signs, axis=1) * signs
    assert partial.min() >= 0 and not partial[:, -1].any()
    euler = 0 if m % 2 == 0 and rank % 2 else comb(m // 2, rank // 2)
    assert (alternating(samples) == euler).all()
    assert (samples.real >= 2 * samples.minima + betti.sum() - 2).all()


@pytest.mark.parametrize("n", [2, 3, 4])
def test_symmetric_matrices_of_rank_one(n: int) -> None:
    """The alternating sum depends on the signature of C, the form that Sq defines."""
    V = eg.SymmetricDeterminantalVariety(n, rank=1)
    engine = SampleEngine(V, seed=2)
    samples = engine.block(0, 200)
    assert_whole(samples, engine.degree)
    metrics, data = engine.draw(samples.sample)
    c = np.einsum("gij,gj->gi", metrics, data)
    form = V.unflatten(c * np.where(np.diag(V.default_metric.matrix) > 1, 0.5, 1))
    positive = np.sum(np.linalg.eigvalsh(form) > 0, axis=1)
    expected = positive % 2 + (n - positive) % 2
    assert np.array_equal(alternating(samples), expected)
    assert len(set(expected.tolist())) == (1 if n % 2 else 2)
    indefinite = (positive > 0) & (positive < n)
    assert samples.minima[indefinite].min() == 2
    assert samples.real.min() >= n


def test_symmetric_matrices_of_rank_two() -> None:
    """Definite points minus indefinite ones, each with the sign of its index, give 1."""
    V = eg.SymmetricDeterminantalVariety(3, rank=2)
    problem = eg.DistanceProblem(V, eg.Metric.random(6, seed=1), data=np.eye(3))
    rng = np.random.default_rng(0)
    kinds = set()
    for _ in range(20):
        q = rng.normal(size=(3, 3))
        real = problem.at(q + q.T).critical_points().real
        assert len(real) % 2 == 1 and len(real.minima) >= 1
        values = np.linalg.eigvalsh(real.points.real)
        definite = np.where(values[:, 0] * values[:, -1] < -1e-6, -1, 1)
        kinds.update(definite.tolist())
        assert np.sum(definite * (-1) ** real.index) == 1
    assert kinds == {-1, 1}


@pytest.mark.parametrize(("rows", "cols", "rank"), [(3, 3, 1), (3, 3, 2), (2, 3, 1)])
def test_eckart_young(rows: int, cols: int, rank: int) -> None:
    V = eg.DeterminantalVariety(rows, cols, rank)
    found = eg.real_critical_table(V, samples=100, metric=V.default_metric)
    count = comb(min(rows, cols), rank)
    assert (found.rows.tolist(), found.columns.tolist()) == ([1], [count])
    assert found.degree == count and found.counts.tolist() == [[100]]
    assert (
        found.samples.by_index
        == [
            *gaussian_binomial(min(rows, cols), rank),
            *[0] * (V.dimension + 1 - len(gaussian_binomial(min(rows, cols), rank))),
        ]
    ).all()


@pytest.mark.parametrize("fixed", [True, False])
def test_threads_and_blocks_do_not_matter(fixed: bool) -> None:
    V = eg.DeterminantalVariety(3, 3, rank=2)
    metric = eg.Metric.random(9, seed=1) if fixed else "fresh"
    one, two = (SampleEngine(V, metric, seed=3, threads=threads) for threads in (1, 2))
    whole = one.block(0, 100)
    assert whole.attempts.max() > 1  # lost paths are part of it
    assert same(whole, joined([two.block(40, 60), two.block(0, 40)][::-1]))


def test_samples_are_those_of_distance_problems(engine: SampleEngine) -> None:
    samples = engine.block(20, 10)
    metrics, data = engine.draw(samples.sample)
    for i, (S, q) in enumerate(zip(metrics, data, strict=True)):
        problem = eg.DistanceProblem(engine.variety, eg.Metric(S), data=q.reshape(3, 3))
        points = problem.critical_points()
        assert len(points) == engine.degree
        assert len(points.real) == samples.real[i]
        by_index = {k: int(c) for k, c in enumerate(samples.by_index[i]) if c}
        assert points.counts_by_index == by_index
        assert samples.nearest[i] == pytest.approx(points.nearest.squared_distance, rel=1e-8)


def test_laws_are_what_they_say() -> None:
    V = eg.DeterminantalVariety(2, 2, rank=1)
    sample = np.arange(4000)
    metrics, data = SampleEngine(V, seed=5).draw(sample)
    assert np.abs(metrics.mean(axis=0) - 4 * np.eye(4)).max() < 0.3  # E fᵀf = n
    assert np.abs(np.cov(data.T) - np.eye(4)).max() < 0.1
    weights, _ = SampleEngine(V, "weights", seed=5).draw(sample)
    assert np.count_nonzero(weights[0]) == 4
    assert np.abs(weights.mean(axis=0) - np.eye(4)).max() < 0.2
    fixed = eg.Metric.random(4, seed=1)
    assert (SampleEngine(V, fixed).draw(sample[:3])[0] == fixed.matrix).all()


def test_given_data(engine: SampleEngine) -> None:
    metrics, data = engine.draw(np.arange(5, 12))
    found, drawn = engine.solve(data, metrics), engine.block(5, 7)
    assert found.sample.tolist() == list(range(7))
    assert np.array_equal(found.by_index, drawn.by_index)
    assert np.array_equal(found.nearest, drawn.nearest)
    with pytest.raises(eg.InputError, match="metrics must be given"):
        engine.solve(data)


def test_curve_with_fresh_metrics() -> None:
    """On a closed curve minima and maxima alternate; Lagrange multipliers scale with the metric."""
    samples = SampleEngine(ELLIPSE, "fresh").block(0, 200)
    assert_whole(samples, 4)
    assert (alternating(samples) == 0).all()
    assert set(samples.real.tolist()) == {2, 4}


def ellipse_data(distances: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Return points close to the evolute of the ellipse, and their true numbers of real points."""
    data, real = [], []
    for angle in np.linspace(0.2, 6.1, 9):
        for distance in distances:
            scale = 1 + distance
            q = 1.5 * scale * cos(angle) ** 3, -3 * scale * sin(angle) ** 3
            x, y = map(Fraction, q)
            inside = (4 * x**2 + y**2 - 9) ** 3 + 972 * x**2 * y**2 < 0
            data.append(q)
            real.append(4 if inside else 2)
    return np.array(data), np.array(real)


@pytest.fixture
def refinements(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Keep account of what is decided in extended precision."""
    calls: list[str] = []

    def counted(name: str, function: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object) -> object:
            calls.append(name)
            return function(*args)

        return call

    for name in ("_real_with_digits", "_index_with_digits"):
        monkeypatch.setattr(hessian, name, counted(name, getattr(hessian, name)))
    return calls


@pytest.mark.slow
def test_ellipse_close_to_its_evolute(refinements: list[str]) -> None:
    sizes = [10.0**-k for k in range(2, 17)]
    data, real = ellipse_data([s for size in sizes for s in (size, -size)])
    found = SampleEngine(ELLIPSE, eg.Metric.euclidean(2)).solve(data)
    decided = found.complete & (found.undecided == 0)
    assert np.array_equal(found.real[decided], real[decided])
    assert (alternating(found)[decided] == 0).all()
    distance = np.abs(np.tile(np.repeat(sizes, 2), 9))
    assert decided[distance > 1e-11].all()
    assert not decided.all()  # the closest are closer than double precision can tell
    assert set(refinements) == {"_real_with_digits", "_index_with_digits"}


@pytest.mark.slow
def test_matrices_close_to_the_discriminant(refinements: list[str]) -> None:
    V = eg.DeterminantalVariety(2, 2, rank=1)
    engine = SampleEngine(V, eg.Metric.random(4, seed=2))
    _, data = engine.draw(np.arange(200))
    real = engine.solve(data).real
    begin, end = data[real == 2][0], data[real == 4][0]
    low, high = 0.0, 1.0

    def at(s: np.ndarray) -> SampleBlock:
        return engine.solve(begin + s[:, None] * (end - begin))

    for _ in range(16):  # narrow the place of the border down by 10 each time
        s = np.linspace(low, high, 11)
        found = at(s)
        decided = found.complete & (found.undecided == 0)
        few = s[decided & (found.real == 2)]
        if len(few) == 0 or few.max() == high:
            break
        low, high = few.max(), s[decided & (found.real > 2) & (s > few.max())].min()
    assert high - low < 1e-10
    far = 10.0 ** -np.arange(2, 10)
    below, above = at(low - far * (1 - low)), at(high + far * (1 - high))
    for found in (below, above):
        assert_whole(found, engine.degree)
        assert not alternating(found).any()
    assert (below.real[2:] == 2).all() and (above.real[2:] == 4).all()
    assert refinements


def test_not_converged_is_undecided(monkeypatch: pytest.MonkeyPatch) -> None:
    data, _ = ellipse_data([-1e-12])
    monkeypatch.setitem(digits.OPTIONS, "steps", 1)
    engine = SampleEngine(ELLIPSE, eg.Metric.euclidean(2))
    found = engine.solve(data)
    assert found.undecided.any()
    columns = RealCriticalTable("ellipse", engine.law, 0, 4, found)
    assert columns.counts.sum() == columns.decided.sum() < len(columns) == 9
    assert f"{columns.undecided} samples undecided" in columns.caption


def test_index_with_many_digits_is_the_index(monkeypatch: pytest.MonkeyPatch) -> None:
    """For charts with and without constraints."""
    for variety in (ELLIPSE, eg.DeterminantalVariety(2, 2, rank=1)):
        engine = SampleEngine(variety, "fresh", seed=3)
        plain = engine.block(0, 5)
        with monkeypatch.context() as patch:
            patch.setitem(hessian.OPTIONS, "flat", 2.0)
            assert np.array_equal(engine.block(0, 5).by_index, plain.by_index)
    assert not plain.undecided.any()


def test_wilson_interval() -> None:
    block = SampleEngine(ELLIPSE, eg.Metric.euclidean(2)).block(0, 10)
    ten = RealCriticalTable("ellipse", "", 0, 4, block)
    # R: prop.test(1, 10, correct = FALSE)
    assert ten.interval(1) == pytest.approx((0.01787621, 0.4041500), abs=1e-7)
    assert (ten.interval(0)[0], ten.interval(10)[1]) == pytest.approx((0, 1))


def test_printed_tables_hold_the_counts(table: RealCriticalTable) -> None:
    markdown = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.to_markdown().splitlines()
    ]
    latex = [
        [cell.strip() for cell in line.removesuffix(r"\\").split("&")]
        for line in table.to_latex().splitlines()
        if "&" in line
    ]
    text = [line.split() for line in str(table).splitlines()[2:] if "─" not in line]
    del markdown[1]
    for cells in (markdown, latex, text):
        assert cells[0] == ["minima", *map(str, table.columns), "all"]
        numbers = np.array([[int(cell) for cell in row[1:]] for row in cells[1:]])
        assert np.array_equal(numbers[:-1, :-1], table.counts)
        assert np.array_equal(numbers[-1, :-1], table.counts.sum(axis=0))
        assert np.array_equal(numbers[:-1, -1], table.counts.sum(axis=1))
        assert numbers[-1, -1] == 2000
    frame = table.to_pandas()
    assert np.array_equal(frame.to_numpy(), table.counts)
    assert frame.loc[1, 3] == table.counts[0, 0]
    assert (frame.index.name, frame.columns.name) == ("minima", "real")
    assert all(part in table.caption for part in ("2000 samples", "new map f", "seed 0", "39"))


def test_missing_pandas_is_explained(
    table: RealCriticalTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(eg.EdgeomError, match=r"edgeom\[tables\]"):
        table.to_pandas()


def test_progress_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "IN_BLOCK", 2000)  # paths, of which samples have four
    calls: list[tuple[str, int, int | None]] = []
    eg.real_critical_table(
        ELLIPSE,
        samples=600,
        metric=eg.Metric.euclidean(2),
        progress=lambda *call: calls.append(call),
    )
    assert calls == [("samples", 500, 600), ("samples", 600, 600)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"samples": 0}, "samples must be"),
        ({"samples": 2.5}, "samples must be"),
        ({"seed": -1}, "seed must be"),
        ({"metric": "stale"}, "fresh, weights, got 'stale'"),
        ({"metric": None}, "fresh, weights, got None"),
        ({"metric": eg.Metric.euclidean(4)}, "4 coordinates"),
        ({"metric": eg.Metric(-np.eye(9), indefinite=True)}, "positive definite"),
        ({"sample": 10}, "did you mean 'samples'"),
    ],
)
def test_wrong_arguments(arguments: dict[str, object], message: str) -> None:
    with pytest.raises(eg.InputError, match=message):
        eg.real_critical_table(eg.DeterminantalVariety(3, 3, rank=1), **arguments)


@pytest.mark.parametrize(
    "variety",
    [eg.AlgebraicVariety(["y - I*x^2"], "x, y"), eg.DeterminantalVariety(2, 2, rank=0)],
    ids=["complex", "point"],
)
def test_varieties_without_real_points_to_count(variety: eg.AlgebraicVariety) -> None:
    with pytest.raises(eg.InputError, match="must be given by real equations"):
        eg.real_critical_table(variety)


@pytest.mark.parametrize("metric", ["fresh", eg.Metric.random(4, seed=2)])
def test_phcpack_gives_the_same_table(metric):
    if not next(b for b in eg.backends() if b.name == "phcpack").available:
        pytest.skip("PHCpack is not installed")
    variety, seen = eg.DeterminantalVariety(2, 2, 1), []
    theirs = eg.real_critical_table(
        variety, 4, metric=metric, backend="phcpack", progress=lambda *state: seen.append(state)
    )
    ours = eg.real_critical_table(variety, 4, metric=metric)
    assert np.array_equal(theirs.samples.by_index, ours.samples.by_index)
    assert np.allclose(theirs.samples.nearest, ours.samples.nearest)
    assert "by PHCpack" in theirs.caption
    assert "a second" in seen[0][0]
    with pytest.raises(eg.InputError, match="leave out"):
        eg.real_critical_table(variety, 4, backend="phcpack", workers=2)


def test_non_real_points_come_in_pairs() -> None:
    """Weights over twelve orders of magnitude: what breaks the law is not counted."""
    weights = 10.0 ** (np.array([[2, 2, -1], [0, -2, 6], [-4, 6, -4]]) + 6)
    metric = eg.Metric.weights(weights)
    table = eg.real_critical_table(eg.DeterminantalVariety(3, 3, rank=1), 6, metric=metric, seed=1)
    assert (table.columns % 2 == table.degree % 2).all()
