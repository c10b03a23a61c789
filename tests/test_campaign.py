"""Random problems against exact counts: a small part of the campaign, and the campaign itself."""

import json
import sys
from collections import Counter

import pytest

from benchmarks import exact_campaign
from benchmarks.exact_campaign import agrees, exact_parts, judge, main, read, shown
from benchmarks.random_problems import KINDS, Problem, random_problem
from edgeom.exact.msolve import availability
from tests.selection import first

FOUND = availability()
needs_msolve = pytest.mark.skipif(not FOUND.available, reason=str(FOUND))
SEED = 1
SECONDS = 120.0

ELLIPSE = ("x^2 + 4*y^2 - 4",)
CIRCLE = ("x^2 + y^2 - 1",)


def problem(equations, data):
    return Problem("plane curve", equations, "x, y", None, data, ((equations, 1),))


@needs_msolve
@pytest.mark.parametrize("number", first(6, range(72)))
def test_random_problems(number):
    asked = random_problem(SEED, number)
    said = judge(asked, SECONDS)
    entry = {"number": number, "problem": asked.to_dict(), **said}
    assert said["verdict"] in ("right", "special"), "\n" + shown(entry)


def test_problems_are_of_every_kind_and_fixed_by_their_seed():
    problems = [random_problem(SEED, k) for k in range(30)]
    assert set(Counter(p.kind for p in problems)) == set(KINDS)
    assert problems[:3] == [random_problem(SEED, k) for k in range(3)]
    for asked in problems:
        assert Problem.from_dict(json.loads(json.dumps(asked.to_dict()))) == asked


@needs_msolve
def test_every_wrong_number_is_seen():
    asked = problem(ELLIPSE, (0.25, 0.75))
    said = judge(asked, SECONDS)
    assert (said["verdict"], said["complex"], said["real"]) == ("right", 4, 4)
    wrong = [
        {"complex": 3},
        {"real": 2},
        {"distances": [1.001 * value for value in said["distances"]]},
        {"distances": [said["distances"][0], *said["distances"][:-1]]},
    ]
    assert not any(agrees({**said, **change}, said["exact"]) for change in wrong)


@needs_msolve
@pytest.mark.parametrize(
    ("equations", "data"),
    [(CIRCLE, (0.0, 0.0)), (ELLIPSE, (1.5, 0.0))],
    ids=["centre of a circle", "cusp of an evolute"],
)
def test_refusals_of_special_data_are_told_apart(equations, data):
    assert judge(problem(equations, data), SECONDS)["verdict"] == "special"


@needs_msolve
def test_other_refusals_are_faults(monkeypatch):
    def refuse(*_):
        raise exact_campaign.eg.IncompleteError("not today")

    monkeypatch.setattr(exact_campaign.eg.DistanceProblem, "critical_points", refuse)
    said = judge(problem(ELLIPSE, (0.25, 0.75)), SECONDS)
    assert (said["verdict"], said["exact"]["real"]) == ("refused", 4)
    assert said["error"] == "IncompleteError: not today"


def test_the_time_limit_holds(monkeypatch):
    def loop(*_):
        while True:
            pass

    monkeypatch.setattr(exact_campaign.eg.DistanceProblem, "critical_points", loop)
    monkeypatch.setattr(exact_campaign, "right_answer", lambda _: {"complex": 4})
    assert judge(problem(ELLIPSE, (0.25, 0.75)), 0.2)["verdict"] == "out of time"


@needs_msolve
def test_components_of_several_dimensions_are_counted_one_by_one():
    equations = ("(x^2 + y^2 - 1)*(x - 3)", "(x^2 + y^2 - 1)*y")
    parts = ((CIRCLE, 1), (("x - 3", "y"), 2))
    asked = Problem("several dimensions", equations, "x, y", None, (0.5, 2.0), parts)
    assert [count.count for count in exact_parts(asked, asked.data, False)] == [2, 1]


def test_a_campaign_is_continued_where_it_stopped(monkeypatch, tmp_path, capsys):
    judged = []

    def note(asked, limit):
        judged.append(asked)
        return {"verdict": "wrong", "complex": 1, "seconds": 0.5}

    monkeypatch.setattr(exact_campaign, "judge", note)
    out = tmp_path / "campaign.jsonl"
    for count in (2, 5):
        monkeypatch.setattr(sys, "argv", ["", "--problems", str(count), "--out", str(out)])
        main()
    assert judged == [random_problem(0, k) for k in range(5)]
    assert [entry["number"] for entry in read(out)] == list(range(5))
    out.write_text(out.read_text()[:-20])  # cut off in the middle of a line
    assert len(read(out)) == 4
    assert "# wrong: " in capsys.readouterr().out
