"""What version 0.1 has pickled is refused with the reason."""

import pickle
from importlib import import_module

import pytest

import edgeom as eg
from edgeom.moved import GONE


@pytest.mark.parametrize(
    "name", ["points.CriticalPoints", "metric.Metric", "problem.DistanceProblem"]
)
def test_pickles_of_the_first_version_are_refused(name: str) -> None:
    module, _, kind = name.partition(".")
    with pytest.raises(ModuleNotFoundError, match=r"edgeom 0\.1.*compute it again"):
        pickle.loads(f"cedgeom.{module}\n{kind}\n.".encode())


def test_no_module_of_today_is_called_gone() -> None:
    for name in GONE:
        with pytest.raises(ModuleNotFoundError, match=r"edgeom 0\.1"):
            import_module(name)


def test_names_that_never_were_are_attribute_errors() -> None:
    for name in ("metric", "points", "nonsense"):
        with pytest.raises(AttributeError, match=name):
            getattr(eg, name)
