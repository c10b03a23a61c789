"""Known ED degrees, recomputed by monodromy without being told what to expect.

tests/data/literature.json lists numbers from the literature and from independent recomputation;
its legend says how each was obtained. Every entry here that is small enough (at most 100 critical
points) is counted numerically; the formulas are tested against all entries elsewhere.
"""

from itertools import combinations
from math import comb

import pytest
import sympy

import edgeom as eg
from tests.literature import ENTRIES

LARGEST = 100


def number(object_: str, parameters: str, metric: str) -> int:
    """Look a number up."""
    found = {
        e["ed_degree"]
        for e in ENTRIES
        if (e["object"], e["parameters"], e["metric"]) == (object_, parameters, metric)
    }
    assert len(found) == 1, (object_, parameters, metric, found)
    return found.pop()


def minors(matrix: sympy.Matrix, size: int) -> list[sympy.Expr]:
    """Return all minors of a size."""
    return [
        matrix.extract(list(rows), list(cols)).det()
        for rows in combinations(range(matrix.rows), size)
        for cols in combinations(range(matrix.cols), size)
    ]


def hankel(rows: int, cols: int, rank: int) -> eg.AlgebraicVariety:
    x = sympy.symbols(f"x:{rows + cols - 1}")
    matrix = sympy.Matrix(rows, cols, lambda i, j: x[i + j])
    return eg.AlgebraicVariety(minors(matrix, rank + 1), x)


def hankel_metric(name: str, rows: int, cols: int) -> eg.Metric:
    count = rows + cols - 1
    entries = [sum(i + j == k for i in range(rows) for j in range(cols)) for k in range(count)]
    binomial = [comb(count - 1, k) for k in range(count)]
    weights = {"1": [1] * count, "Omega": entries, "theta": binomial}
    return eg.Metric.weights(weights[name.split()[0]])


CURVES = [
    ("circle x^2+y^2=1", "R^2", "unit", ["x^2 + y^2 - 1"], "x y"),
    ("circle x^2+y^2=1", "R^2", "generic diag", ["x^2 + y^2 - 1"], "x y"),
    ("ellipse x^2+4y^2=4", "", "unit", ["x^2 + 4*y^2 - 4"], "x y"),
    ("parabola y=x^2", "", "unit", ["y - x^2"], "x y"),
    ("hyperbola xy=1", "", "unit", ["x*y - 1"], "x y"),
    (
        "cardioid (x^2+y^2+x)^2=x^2+y^2",
        "R^2",
        "unit",
        ["(x^2+y^2+x)^2 - x^2 - y^2"],
        "x y",
    ),
    ("cardioid", "R^2", "generic diag", ["(x^2+y^2+x)^2 - x^2 - y^2"], "x y"),
    ("sphere in R^3", "", "unit", ["x^2 + y^2 + z^2 - 1"], "x y z"),
    ("ellipsoid x^2+2y^2+3z^2=1", "", "unit", ["x^2 + 2*y^2 + 3*z^2 - 1"], "x y z"),
    ("xyz=1", "", "unit", ["x*y*z - 1"], "x y z"),
    *(
        ("affine Fermat curve x^d+y^d=1", f"d={d}", "unit", [f"x^{d} + y^{d} - 1"], "x y")
        for d in (2, 3, 4)
    ),
    *(
        ("projective Fermat curve", f"d={d}", "unit", [f"x^{d} + y^{d} + z^{d}"], "x y z")
        for d in (3, 4)
    ),
    *(
        ("projective Fermat surface", f"d={d}", "unit", [f"x^{d}+y^{d}+z^{d}+w^{d}"], "x y z w")
        for d in (3, 4)
    ),
    (
        "projective hypersurface x0^2 x2 - x1^2(x1+x2)",
        "cone",
        "unit",
        ["x^2*z - y^2*(y + z)"],
        "x y z",
    ),
    (
        "projective hypersurface x0^2 x1-(x1-i x2)^2 x2",
        "cone",
        "unit",
        ["x^2*y - (y - I*z)^2*z"],
        "x y z",
    ),
    (
        "projective hypersurface x0^3-(i x0^2+x1^2)x2",
        "cone",
        "unit",
        ["x^3 - (I*x^2 + y^2)*z"],
        "x y z",
    ),
    ("projective hypersurface x0^2 x1 - x2 x3^2", "cone", "unit", ["x^2*y - z*w^2"], "x y z w"),
]


@pytest.mark.parametrize(
    ("object_", "parameters", "metric", "equations", "variables"),
    CURVES,
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_zero_sets(object_, parameters, metric, equations, variables):
    expected = number(object_, parameters, metric)
    variety = eg.AlgebraicVariety(equations, variables)
    if metric == "generic diag":
        n = variety.ambient_dimension
        degree = eg.ed_degree(variety, eg.Metric.random_weights(n, seed=3), seed=1)
        assert eg.generic_ed_degree(variety, seed=2) == expected
    else:
        degree = eg.ed_degree(variety, seed=1)
    assert degree == expected
    assert degree.evidence.method in ("monodromy", "homotopy")


def test_cayley_cubic():
    x = sympy.symbols("x:4")
    matrix = sympy.Matrix([[x[0], x[1], x[2]], [x[1], x[0], x[3]], [x[2], x[3], x[0]]])
    name = "Cayley cubic det[[x0,x1,x2],[x1,x0,x3],[x2,x3,x0]]"
    variety = eg.AlgebraicVariety([matrix.det()], x)
    assert eg.ed_degree(variety) == number(name, "C^4 cone", "unit")
    assert eg.generic_ed_degree(variety) == number(name, "C^4 cone", "unit")


def test_special_linear_group():
    entry = next(e for e in ENTRIES if e["object"] == "SL_n^{+-}")
    assert "n=2:4" in entry["ed_degree"]
    assert eg.ed_degree(eg.AlgebraicVariety(["a*d - b*c - 1"], "a b c d")) == 4


def _named(word: str) -> list[dict]:
    return [
        e
        for e in ENTRIES
        if e["object"].startswith(word)
        and isinstance(e["ed_degree"], int)
        and e["ed_degree"] <= LARGEST
    ]


MATRICES = [
    e
    for e in _named("rank<=r matrices")
    if int(e["parameters"][0]) <= 4 and int(e["parameters"][2]) <= 4
]


def _by_monodromy(variety: eg.DeterminantalVariety, entry: dict, seed: int) -> eg.EDDegree:
    if entry["metric"] == "generic":
        return eg.generic_ed_degree(variety, method="monodromy", seed=seed)
    return eg.ed_degree(variety, method="monodromy", seed=seed)


@pytest.mark.parametrize("entry", MATRICES, ids=lambda e: f"{e['parameters']} {e['metric']}")
def test_matrices(entry):
    size, rank = entry["parameters"].split(" r=")
    rows, cols = map(int, size.split("x"))
    variety = eg.DeterminantalVariety(rows, cols, int(rank))
    assert _by_monodromy(variety, entry, seed=1) == entry["ed_degree"]


STRUCTURED = [
    (e, kind)
    for word, kind in (
        ("symmetric rank<=r", eg.SymmetricDeterminantalVariety),
        ("skew-symmetric rank<=r", eg.SkewDeterminantalVariety),
    )
    for e in _named(word)
    if int(e["parameters"][2]) <= 4
]


@pytest.mark.parametrize(
    ("entry", "kind"), STRUCTURED, ids=lambda v: f"{v['parameters']}" if isinstance(v, dict) else ""
)
def test_symmetric_and_skew_matrices(entry, kind):
    n, rank = (int(part[2:]) for part in entry["parameters"].split())
    assert _by_monodromy(kind(n, rank), entry, seed=1) == entry["ed_degree"]


@pytest.mark.parametrize("n", [2, 3, 4])
def test_symmetric_matrices_with_unit_weights_on_the_coordinates(n):
    variety = eg.SymmetricDeterminantalVariety(n, n - 1)
    expected = number(
        "symmetric corank 1, unit weights on coordinates x_ij i<=j", f"n={n}", "unit coordinates"
    )
    assert eg.ed_degree(variety, eg.Metric.euclidean(n * (n + 1) // 2)) == expected


TENSORS = [*_named("rank-1 tensors"), *_named("Segre (rank-1 tensors)")]


@pytest.mark.parametrize("entry", TENSORS, ids=lambda e: f"{e['parameters']} {e['metric']}")
def test_rank_one_tensors(entry):
    variety = eg.SegreVariety(tuple(map(int, entry["parameters"].split("x"))))
    # monodromy confirms the formula without knowing it; from a generic metric it would be slow
    small = variety.generic_ed_degree_fact().value <= LARGEST
    count = eg.generic_ed_degree if entry["metric"] == "generic" else eg.ed_degree
    degree = count(variety, method="monodromy" if small else "auto", seed=1)
    assert degree == entry["ed_degree"]
    assert degree.evidence.paths["started"] > degree


VERONESE = _named("Veronese")


@pytest.mark.parametrize("entry", VERONESE, ids=lambda e: f"{e['parameters']} {e['metric']}")
def test_veronese(entry):
    if "^2" in entry["object"]:
        variables, degree, metric = 3, 2, "unit"
    else:
        n, d = entry["parameters"].replace(" variables", "").split(", ")
        variables, degree, metric = int(n[2:]), int(d[2:]), entry["metric"]
    variety = eg.VeroneseVariety(variables, degree)
    if metric == "generic":
        assert eg.generic_ed_degree(variety, method="monodromy") == entry["ed_degree"]
    elif metric == "unit":
        n = variety.ambient_dimension
        assert eg.ed_degree(variety, eg.Metric.euclidean(n)) == entry["ed_degree"]
    else:
        assert eg.ed_degree(variety) == entry["ed_degree"]


HANKEL = [
    *(
        ("Hankel rank<=r", n, n, r, metric)
        for n, r in ((2, 1), (3, 1), (3, 2))
        for metric in (
            "generic",
            "Omega (matrix-entry unit weights: 1,2,..,n,..,1)",
            "1 (unit weights on 2n-1 coordinates)",
            "theta (binomial, Bombieri)",
        )
    ),
    *(("Hankel 2x3 rank<=r", 2, 3, 1, metric) for metric in ("generic", "Omega", "1", "theta")),
]


SLOW = {"Hankel rank<=r 3 3 2"}  # by their minors


@pytest.mark.parametrize(
    ("object_", "rows", "cols", "rank", "metric"),
    [
        pytest.param(*case, marks=[pytest.mark.slow] * (" ".join(map(str, case[:4])) in SLOW))
        for case in HANKEL
    ],
)
def test_hankel_matrices(object_, rows, cols, rank, metric):
    parameters = f"r={rank}" if rows != cols else f"n={rows} r={rank}"
    expected = number(object_, parameters, metric)
    variety = hankel(rows, cols, rank)
    if metric == "generic":
        assert eg.generic_ed_degree(variety) == expected
    else:
        assert eg.ed_degree(variety, hankel_metric(metric, rows, cols)) == expected


KERNELS = [
    *HANKEL,
    *(
        ("Hankel 3x4 rank<=r", 3, 4, r, metric)
        for r in (1, 2)
        for metric in ("generic", "Omega", "1", "theta")
    ),
]


@pytest.mark.parametrize(
    ("object_", "rows", "cols", "rank", "metric"),
    [pytest.param(*case, marks=[pytest.mark.slow] * (case[1:4] != (3, 3, 2))) for case in KERNELS],
)
def test_hankel_matrices_by_kernels(object_, rows, cols, rank, metric):
    """Monodromy, which is not told of the formula."""
    expected = number(object_, f"r={rank}" if rows != cols else f"n={rows} r={rank}", metric)
    variety = eg.HankelVariety(rows, cols, rank)
    if metric == "generic":
        assert eg.generic_ed_degree(variety, method="monodromy") == expected
    else:
        assert eg.ed_degree(variety, hankel_metric(metric, rows, cols), seed=1) == expected


def test_rational_normal_curves_as_parametrised_varieties():
    s, t = sympy.symbols("s t")
    for d in (3, 4, 5):
        curve = eg.ParametrizedVariety([s ** (d - k) * t**k for k in range(d + 1)], [s, t])
        assert eg.ed_degree(curve) == number("rational normal curve", f"d={d}", "unit coordinates")


@pytest.mark.slow
def test_hankel_matrices_of_rank_two_as_secants_of_a_curve():
    a, b, s, t = sympy.symbols("a b s t")
    secants = eg.ParametrizedVariety([a * s**k + b * t**k for k in range(5)], [a, b, s, t])
    assert secants.dimension == 4
    assert eg.ed_degree(secants, hankel_metric("theta", 3, 3)) == number(
        "Hankel rank<=r", "n=3 r=2", "theta (binomial, Bombieri)"
    )


def test_no_small_zero_set_is_left_out():
    families = ("circle", "ellipse", "parabola", "hyperbola", "cardioid", "sphere", "ellipsoid")
    names = {e["object"] for e in ENTRIES if e["object"].split()[0] in families}
    assert names <= {case[0] for case in CURVES}
