"""The tracker's arguments, options and results: what is refused, and how it is summed up."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from edgeom.errors import InputError
from edgeom.homotopy.lanes import INFO
from edgeom.homotopy.tape import Builder
from edgeom.homotopy.tracker import PathResults, PathStatus, PathTracker, TrackerOptions
from tests.homotopy.square_roots import (
    all_roots,
    orthogonal,
    random_parameters,
    roots_tracker,
)
from tests.programs import square_roots


class TestRows:
    """Which row each path starts from and runs between."""

    table = np.array([[1, 1], [4, 9], [16, 25]], complex)

    @pytest.mark.parametrize(
        ("start", "source", "target", "first"),
        [
            (None, 0, 1, [2, 3]),
            (None, 0, 2, [4, 5]),
            ([0], 0, 2, [4, 5]),
            (0, 0, np.array([1]), [2, 3]),
            (0, 0, 2, [4, 5]),
            (np.array([0, 0], np.int32), [0, 0], [1, 2], [2, 3]),
        ],
    )
    def test_numbers_for_all_and_for_each(
        self, start: Any, source: Any, target: Any, first: list[int]
    ) -> None:
        turn = orthogonal(2, 1)
        starts = all_roots(self.table[0], turn)
        results = roots_tracker(2).track(starts, self.table, start, source, target)
        np.testing.assert_allclose(results.solutions[0], turn @ first, atol=1e-12)

    def test_no_paths(self) -> None:
        for starts in (np.zeros((0, 2)), []):
            for parameters in (self.table, np.zeros((0, 2))):
                results = roots_tracker(2).track(starts, parameters, threads=4)
                assert results.solutions.shape == (0, 2)
                assert results.status.shape == (0,)
                assert results.info.shape == (0, len(INFO))
                assert (results.counts(), results.steps, results.residual) == ({}, 0, 0.0)

    def test_no_paths_from_some_starts(self) -> None:
        starts = all_roots(self.table[0], orthogonal(2, 1))
        results = roots_tracker(2).track(starts, self.table, start=[])
        assert results.solutions.shape == (0, 2)

    @pytest.mark.parametrize(
        ("changes", "message"),
        [
            ({"starts": np.ones((4, 3))}, r"starts must have shape \(rows, 2\), got \(4, 3\)"),
            ({"starts": np.ones(4)}, r"starts must have shape"),
            ({"starts": np.ones((1, 4, 2))}, r"starts must have shape"),
            ({"parameters": np.ones((2, 1))}, r"parameters must have shape \(rows, 2\)"),
            ({"parameters": np.ones(2)}, r"parameters must have shape"),
            ({"start": [0, 4]}, r"start must hold row numbers between 0 and 3, got 0 to 4"),
            ({"start": [-1, 0]}, r"start must hold row numbers between 0 and 3, got -1 to 0"),
            ({"source": 3}, r"source must hold row numbers between 0 and 2"),
            ({"target": [0, 1, 2, 3]}, r"target must hold row numbers between 0 and 2"),
            ({"target": [1, 2]}, r"target must be one row number or one for each of 4 paths"),
            ({"start": [0, 1], "target": [1] * 3}, r"start must be one row .* of 3 paths"),
            ({"start": [[0, 1]]}, r"start must be one row number"),
            ({"start": [0.0, 1.0]}, r"start must hold row numbers, integers, got float64"),
            ({"start": np.array([True, False])}, r"start must hold row numbers, integers"),
            ({"threads": 0}, r"threads must be at least 1, got 0"),
            ({"threads": 1.5}, r"threads must be an integer"),
            ({"options": TrackerOptions(order=3)}, r"compiled for order 4, .* order 3"),
        ],
    )
    def test_wrong_arguments(self, changes: dict[str, Any], message: str) -> None:
        starts = all_roots(self.table[0], orthogonal(2, 1))
        with pytest.raises(InputError, match=message):
            roots_tracker(2).track(**{"starts": starts, "parameters": self.table, **changes})


class TestSystems:
    """Systems that cannot be tracked are refused."""

    @pytest.mark.parametrize(
        ("unknowns", "parameters", "message"),
        [(0, 1, "a system without unknowns"), (1, 0, "a system without parameters")],
    )
    def test_nothing_to_track(self, unknowns: int, parameters: int, message: str) -> None:
        b = Builder()
        u = b.inputs("u", unknowns)
        b.inputs("p", parameters)
        with pytest.raises(InputError, match=message):
            PathTracker(b.finish({"F": [x * x - 1 for x in u]}))

    def test_not_a_system(self) -> None:
        b = Builder()
        (x,) = b.inputs("x", 1)
        with pytest.raises(InputError, match="a system takes 'u', then 'p'"):
            PathTracker(b.finish({"F": [x]}))

    @pytest.mark.parametrize("order", [0, -1, 2.0, True])
    def test_order(self, order: Any) -> None:
        with pytest.raises(InputError, match="order must be a"):
            PathTracker(square_roots(np.eye(1)), order=order)


class TestOptions:
    """Options are checked, and a second attempt is made with tighter ones."""

    REALS = tuple(f.name for f in fields(TrackerOptions) if f.type == "float")

    @pytest.mark.parametrize("name", REALS)
    @pytest.mark.parametrize("value", [0, -1.0, float("nan"), float("inf"), None, "1", 1j])
    def test_reals(self, name: str, value: Any) -> None:
        with pytest.raises(InputError, match=f"{name} must be a positive finite number"):
            TrackerOptions(**{name: value})

    @pytest.mark.parametrize("name", ["order", "max_steps"])
    @pytest.mark.parametrize("value", [0, -5, 2.5, None, "3", True])
    def test_counts(self, name: str, value: Any) -> None:
        with pytest.raises(InputError, match=f"{name} must be a"):
            TrackerOptions(**{name: value})

    def test_tighter(self) -> None:
        for options in (TrackerOptions(), TrackerOptions(order=6, tolerance=1e-3, max_norm=1e4)):
            tighter = options.tighter()
            for name in ("tolerance", "correction", "contraction", "min_step"):
                assert getattr(tighter, name) < getattr(options, name)
            assert tighter.max_steps > options.max_steps
            kept = {name: getattr(options, name) for name in ("order", "arrival", "max_norm")}
            assert replace(tighter, **kept) == tighter

    def test_tighter_options_take_more_steps(self) -> None:
        turn, rng = orthogonal(2, 1), np.random.default_rng(8)
        table = random_parameters(rng, 2, 2)
        starts = all_roots(table[0], turn)
        normal = roots_tracker(2).track(starts, table)
        tight = roots_tracker(2).track(starts, table, options=TrackerOptions().tighter())
        assert tight.success.all()
        assert (tight.info > normal.info)[:, INFO.index("steps")].all()
        np.testing.assert_allclose(tight.solutions, normal.solutions, rtol=0, atol=1e-12)


class TestResults:
    """What is asked of the results of a batch."""

    results = PathResults(
        solutions=np.arange(8).reshape(4, 2) + 0j,
        status=np.array([0, 2, 0, 3]),
        info=np.array([[1, 1e-9, 10, 2, 5], [0.5, 1, 20, 3, 5], [1, 1e-8, 5, 0, 5], [0] * 5]),
    )

    def test_summary(self) -> None:
        assert self.results.success.tolist() == [True, False, True, False]
        assert self.results.counts() == {"success": 2, "diverged": 1, "too_many_steps": 1}
        assert self.results.steps == 35
        assert self.results.t.tolist() == [1, 0.5, 1, 0]
        assert self.results.residual == 1e-8

    def test_only(self) -> None:
        some = self.results.where(~self.results.success)
        assert some.solutions[:, 0].tolist() == [2, 6]
        assert some.counts() == {"diverged": 1, "too_many_steps": 1}
        assert some.residual == 0.0

    def test_every_status_has_a_text(self) -> None:
        texts = {status.text for status in PathStatus}
        assert len(texts) == len(PathStatus)
        assert all(texts)
