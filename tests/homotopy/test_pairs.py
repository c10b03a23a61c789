"""Residuals with twice the digits, and the paths that need them."""

from __future__ import annotations

import numpy as np
import pytest

from edgeom.homotopy.codegen import aligned, constant_table, tape_function
from edgeom.homotopy.compiler import LANES, compile_ir
from edgeom.homotopy.pairs import PairWriter
from edgeom.homotopy.precision import as_balls, doubles, run, with_digits
from edgeom.homotopy.tape import Builder, Tape
from edgeom.homotopy.tracker import PathTracker


def compiled(tape: Tape, x: np.ndarray) -> np.ndarray:
    """Run a tape of one input group in pair arithmetic, at as many points as there are lanes."""
    import ctypes

    source = tape_function(tape, "program", writer=PairWriter).replace("internal ", "")
    engine = compile_ir(source, 0)
    call = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)(engine.get_function_address("program"))
    count = len(tape.outputs["f"])
    into, out, table = aligned(x.size * 2), aligned(count * 2 * LANES), constant_table(tape)
    parts = into.reshape(-1, 2, LANES)
    parts[:, 0], parts[:, 1] = x.real.T, x.imag.T
    call(table.ctypes.data, into.ctypes.data, out.ctypes.data)
    found = out.reshape(count, 2, LANES)
    return (found[:, 0] + 1j * found[:, 1]).T


def test_what_cancels_is_known_to_the_last_bits() -> None:
    b = Builder()
    x = b.inputs("x", 4)
    det = x[0] * x[3] - x[1] * x[2]
    tape = b.finish(
        {"f": [det, 1 / det, det * det - 3 * det + 0.1 * x[0], (2j - x[1] + x[1]) / x[0] - det]}
    )
    rng = np.random.default_rng(0)
    a, c, e = (rng.normal(size=(LANES, 4)) + 1j * rng.normal(size=(LANES, 4)) for _ in range(3))
    points = 1e6 * np.stack([a[:, i] * c[:, j] for i in (0, 1) for j in (0, 1)], axis=1) + e
    with with_digits():
        exact = np.array([doubles(run(tape, x=as_balls(point))["f"]) for point in points])
    rough = tape.arrays(x=points)["f"]
    assert np.abs(rough / exact - 1)[:, 0].max() > 1e-12
    assert np.abs(compiled(tape, points) / exact - 1).max() < 1e-15


@pytest.mark.parametrize("symmetric", [True, False])
def test_paths_that_rounding_stops_arrive(symmetric: bool) -> None:
    """x^2 = p, written so that terms of size 1e12 cancel."""
    b = Builder()
    (x,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
    far = x + 2**20
    tracker = PathTracker(
        b.finish({"F": [far * far - 2 * 2**20 * far + 2**40 - p]}), symmetric=symmetric
    )
    starts, segment = np.array([[1.0], [-1.0]]), np.array([[1.0], [4.0]])
    plain = tracker.track(starts, segment)
    assert not plain.success.any()
    tracker.sharpen(plain, starts, segment)
    assert plain.success.all()
    assert np.abs(plain.solutions[:, 0] - [2, -2]).max() < 1e-9


def test_other_lost_paths_are_left() -> None:
    b = Builder()
    (x,), (p,) = b.inputs("u", 1), b.inputs("p", 1)
    tracker = PathTracker(b.finish({"F": [x * x - p]}))
    starts, segment = np.array([[1.0]]), np.array([[1.0], [-1.0]])  # through the branch point
    results = tracker.track(starts, segment)
    before = results.info.copy()
    tracker.sharpen(results, starts, segment)
    assert not results.success.any()
    assert "sharper" not in tracker.__dict__ or (results.info != before).any()
