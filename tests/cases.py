"""Problems that are easily got wrong, with the right numbers; the legend of the file tells how."""

import json
from pathlib import Path

import pytest

import edgeom as eg

FILE = json.loads((Path(__file__).parent / "data" / "cases.json").read_text())


def params(kind):
    """The problems of one list of the file as parameters of a test, slow ones marked."""
    return [
        pytest.param(case, id=case["name"], marks=[pytest.mark.slow] if case.get("slow") else [])
        for case in FILE[kind]
    ]


def variety(case):
    if "rank" in case:
        return eg.DeterminantalVariety(case["rows"], case["cols"], rank=case["rank"])
    image = case.get("kind") == "image"
    return (eg.ParametrizedVariety if image else eg.AlgebraicVariety)(
        case["polynomials"], case["variables"]
    )


def metric(case):
    """The metric by its matrix or its diagonal; None is the Euclidean one."""
    given = case.get("metric")
    if given is None:
        return None
    return eg.Metric(given) if isinstance(given[0], list) else eg.Metric.weights(given)


def problem(case):
    return eg.DistanceProblem(variety(case), metric(case), data=case["data"])
