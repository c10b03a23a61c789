"""Linear systems in loops, against NumPy and against straight-line code."""

from __future__ import annotations

import ctypes
from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from edgeom.homotopy import steps
from edgeom.homotopy.codegen import aligned
from edgeom.homotopy.compiler import LANES, compile_ir
from edgeom.homotopy.lanes import Layout
from edgeom.homotopy.linear import factor_loops, solve_function
from edgeom.homotopy.tape import Builder, Tape
from edgeom.homotopy.tracker import PathTracker


def buffer(values: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Complex numbers (count, lanes) as compiled code has them."""
    filled = aligned(2 * values.size)
    filled.reshape(len(values), 2, LANES)[:] = np.stack([values.real, values.imag], axis=1)
    return filled


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_solutions(size: int, symmetric: bool) -> None:
    rng = np.random.default_rng(size)
    matrices = rng.normal(size=(LANES, size, size, 2)) @ [1, 1j]
    if symmetric:
        matrices = matrices + matrices.transpose(0, 2, 1)
    x = rng.normal(size=(LANES, size, 2)) @ [1, 1j]
    rows, columns = np.tril_indices(size, -1)
    triangles = matrices[:, rows, columns]
    if not symmetric:
        triangles = np.hstack([triangles, matrices[:, columns, rows]])
    diagonals = np.diagonal(matrices, axis1=1, axis2=2)
    triangles_, diagonals_, x_ = (buffer(values.T) for values in (triangles, diagonals, x))
    layout = Layout(size, 1, 4, symmetric)
    engine = compile_ir(factor_loops(layout) + solve_function(layout), 0)
    for name, buffers in (
        ("eliminate", (triangles_, diagonals_)),
        ("solve", (triangles_, diagonals_, x_)),
    ):
        kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * len(buffers))
        kind(engine.get_function_address(name))(*(array.ctypes.data for array in buffers))
    found = x_.reshape(size, 2, LANES)
    expected = np.linalg.solve(matrices, x[:, :, None])[:, :, 0]
    np.testing.assert_allclose(found[:, 0].T + 1j * found[:, 1].T, expected, rtol=1e-11)


def chain(size: int, symmetric: bool) -> Tape:
    """Equations that each have three unknowns and a complex constant."""
    b = Builder()
    u, p = b.inputs("u", size), b.inputs("p", size)
    skew = 1 if symmetric else 2
    values = [
        u[i] * u[i] * (1 + 0.5j) + u[i - 1] + skew * u[(i + 1) % size] - p[i] for i in range(size)
    ]
    return b.finish({"F": values})


@pytest.mark.parametrize("symmetric", [True, False])
def test_paths_are_those_of_straight_line_code(
    symmetric: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    system = chain(4, symmetric)
    starts = rng.normal(size=(20, 4, 2)) @ [1, 1j]
    zeros = np.zeros((20, 4), complex)
    table = np.concatenate([system.arrays(u=starts, p=zeros)["F"], rng.normal(size=(20, 4)) + 0j])
    results = []
    for many in (2, 100):
        monkeypatch.setattr(steps, "MANY", many)
        tracker = PathTracker(system, optimise=0, symmetric=symmetric)
        results.append(
            tracker.track(starts, table, source=np.arange(20), target=20 + np.arange(20))
        )
    assert results[0].success.all() and results[0].steps == results[1].steps
    np.testing.assert_allclose(results[0].solutions, results[1].solutions, rtol=1e-9)


def dense(size: int, symmetric: bool) -> Tape:
    """Equations that each have all unknowns."""
    b = Builder()
    u, p = b.inputs("u", size), b.inputs("p", size)
    total = b.sum(value * value for value in u)
    weights = [1] * size if symmetric else range(1, size + 1)
    values = [w * v * total - q for w, v, q in zip(weights, u, p, strict=True)]
    return b.finish({"F": values})


@pytest.mark.parametrize("system", [chain, dense])
@pytest.mark.parametrize("symmetric", [True, False])
def test_code_grows_with_the_entries_alone(
    system: Callable[[int, bool], Tape], symmetric: bool
) -> None:
    """Factors of few entries are straight-line programs, those of many are loops."""
    lengths = []
    for size in (24, 48):
        layout = Layout(size, size, 4, symmetric)
        functions, loops, _ = steps.step_functions(system(size, symmetric), layout)
        lengths.append(sum(map(len, functions)))
        assert len(loops) == (2 if system is dense else 1)
    assert lengths[1] < (4.4 if system is dense else 3) * lengths[0]
