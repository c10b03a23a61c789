"""The table of known ED degrees: which rows it has, that they agree, and that errors show."""

import json
from dataclasses import replace
from fractions import Fraction
from math import comb, factorial

import pytest

from edgeom.errors import IncompleteError, InputError
from edgeom.varieties.determinantal import DeterminantalVariety
from edgeom.verification import COLUMNS, Case, known_cases, verify
from tests.selection import first

REQUIRED = {
    "circle": {"unit": 2, "generic": 4},
    "ellipse x²+4y²=4": {"unit": 4},
    "cardioid": {"unit": 3, "generic": 7},
    "2×2 rank 1": {"unit": 2, "generic": 6},
    "2×3 rank 1": {"unit": 2, "generic": 10},
    "3×3 rank 1": {"unit": 3, "generic": 39},
    "3×4 rank 1": {"unit": 3, "generic": 83},
    "4×4 rank 1": {"unit": 4, "generic": 284},
    "printed r=1, m=n=2": {"generic": 39},
    "printed r=1, m=n=3": {"generic": 284},
    "3×3 rank 2": {"unit": 3, "generic": 39},
    "4×4 rank 2": {"unit": 6, "generic": 1350},
    "sym. 3×3 rank 1": {"Frobenius": 3, "generic": 13},
    "2×2×2 rank 1": {"unit": 6, "generic": 34},
}
GENERIC_3x3 = Case("3×3", "generic", 39, "talk", DeterminantalVariety(3, 3, rank=1))
UNIT_2x2 = Case("2×2", "unit", 2, "talk", DeterminantalVariety(2, 2, rank=1))


class Broken(DeterminantalVariety):
    """Matrices of which nothing can be computed."""

    def chart(self, rng=None):
        raise IncompleteError("all paths were lost")


def test_the_required_rows_are_there() -> None:
    found: dict[str, dict[str, int | None]] = {}
    for case in known_cases():
        found.setdefault(case.object, {})[case.metric] = case.literature
    assert found == REQUIRED


@pytest.mark.parametrize("seed", first(1, [0, 1]))
def test_all_rows_agree(seed: int) -> None:
    result = verify(seed=seed)
    assert result.ok, result.verdict
    for row in result.rows:
        assert row.skipped == (row.literature == 1350)
        if row.monodromy is not None:
            assert row.monodromy.evidence.method in ("monodromy", "homotopy")
            assert row.monodromy.evidence.checks
    assert {row.object for row in result.rows if row.formula is None} == {
        "circle",
        "ellipse x²+4y²=4",
        "cardioid",
    }


@pytest.mark.slow
def test_slow_row_agrees() -> None:
    slow = [case for case in known_cases() if case.slow]
    (row,) = verify(slow=True, cases=slow).rows
    assert row.agrees and row.monodromy == 1350


@pytest.mark.parametrize(("m", "n"), [(2, 2), (3, 3)])
def test_printed_formula_as_it_is_printed(m: int, n: int) -> None:
    def inner(s: int) -> Fraction:
        return sum(
            Fraction(comb(m + 1, i) * comb(n + 1, s - i), factorial(m - i) * factorial(n - s + i))
            for i in range(max(0, s - n), min(m, s) + 1)
        )

    printed = sum(
        (-1) ** s * (2 ** (m + n + 1 - s) - 1) * factorial(m + n - s) * inner(s)
        for s in range(m + n + 1)
    )
    (case,) = (case for case in known_cases() if case.object == f"printed r=1, m=n={m}")
    assert printed == case.formula == case.literature
    assert case.variety.shape == (m + 1, n + 1)


def test_wrong_number_is_named() -> None:
    result = verify(cases=[UNIT_2x2, replace(GENERIC_3x3, literature=38)])
    assert not result.ok
    assert result.verdict == "1 of 2 rows agree, seed 0; these do not: 3×3, generic"
    assert result.rows[1].cells == ("3×3", "generic", "38", "talk", "39", "39", "NO")
    assert "  ".join(str(result).splitlines()[2].split()) == "  ".join(result.rows[1].cells)


def test_wrong_formula_is_named() -> None:
    assert not verify(cases=[replace(GENERIC_3x3, formula=40)]).ok


def test_failure_is_a_row_that_disagrees() -> None:
    result = verify(cases=[replace(GENERIC_3x3, variety=Broken(3, 3, rank=1)), UNIT_2x2])
    failed, fine = result.rows
    assert fine.agrees and not failed.agrees
    assert failed.cells[COLUMNS.index("monodromy")] == "failed"
    assert "3×3, generic: all paths were lost" in result.notes


def test_skipped_row_compares_the_formula() -> None:
    slow = replace(GENERIC_3x3, slow=True)
    result = verify(cases=[slow, replace(slow, literature=38)])
    assert [row.agrees for row in result.rows] == [True, False]
    assert all(row.monodromy is None for row in result.rows)
    assert all(row.cells[COLUMNS.index("monodromy")] == "not run" for row in result.rows)
    assert "--slow" in result.notes[-1]
    assert verify(slow=True, cases=[slow]).rows[0].monodromy == 39


def test_progress_names_every_row() -> None:
    calls = []
    verify(cases=[UNIT_2x2, GENERIC_3x3], progress=lambda *call: calls.append(call))
    assert calls == [("2×2, unit", 0, 2), ("3×3, generic", 1, 2)]


def test_json_carries_the_evidence() -> None:
    data = json.loads(json.dumps(verify(cases=[GENERIC_3x3], seed=5).to_dict()))
    assert data["ok"] is True and data["seed"] == 5
    (row,) = data["rows"]
    assert (row["literature"], row["formula"], row["agrees"]) == (39, 39, True)
    assert row["monodromy"]["value"] == 39
    assert row["monodromy"]["paths"]["started"] > 39


def test_misspelt_keyword() -> None:
    with pytest.raises(InputError, match="did you mean 'slow'"):
        verify(slwo=True)
