"""Linear systems in loops, against NumPy and against straight-line code."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest
from numpy.typing import NDArray

from edgeom.homotopy import steps
from edgeom.homotopy.codegen import aligned
from edgeom.homotopy.compiler import LANES, compile_ir
from edgeom.homotopy.lanes import Layout
from edgeom.homotopy.linear import solve_function
from edgeom.homotopy.tape import Builder, Tape
from edgeom.homotopy.tracker import PathTracker

RUN = """
define void @run(ptr %L, ptr %D, ptr %x) {
  call void @solve(ptr %L, ptr %D, ptr %x)
  ret void
}
"""


def buffer(values: NDArray[np.complex128]) -> NDArray[np.float64]:
    """Complex numbers (count, lanes) as compiled code has them."""
    filled = aligned(2 * values.size)
    filled.reshape(len(values), 2, LANES)[:] = np.stack([values.real, values.imag], axis=1)
    return filled


def eliminated(matrix: NDArray[np.complex128]) -> tuple[NDArray[np.complex128], ...]:
    """Unit lower and upper triangular factors of a matrix."""
    size = len(matrix)
    lower, upper = np.eye(size, dtype=complex), matrix.copy()
    for j in range(size):
        lower[j + 1 :, j] = upper[j + 1 :, j] / upper[j, j]
        upper[j + 1 :] -= np.outer(lower[j + 1 :, j], upper[j])
    return lower, upper


@pytest.mark.parametrize("symmetric", [True, False])
@pytest.mark.parametrize("size", [2, 3, 8])
def test_solutions(size: int, symmetric: bool) -> None:
    rng = np.random.default_rng(size)
    matrices = rng.normal(size=(LANES, size, size, 2)) @ [1, 1j]
    if symmetric:
        matrices = matrices + matrices.transpose(0, 2, 1)
    x = rng.normal(size=(LANES, size, 2)) @ [1, 1j]
    factors = [eliminated(matrix) for matrix in matrices]
    rows, columns = np.tril_indices(size, -1)
    triangles = np.array([lower[rows, columns] for lower, _ in factors])
    if not symmetric:
        triangles = np.hstack([triangles, [upper[columns, rows] for _, upper in factors]])
    inverses = np.array([1 / np.diag(upper) for _, upper in factors])
    buffers = [buffer(values.T) for values in (triangles, inverses, x)]
    layout = Layout(size, 1, 4, symmetric)
    engine = compile_ir(solve_function(layout) + RUN, 0)
    kind = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3)
    kind(engine.get_function_address("run"))(*(array.ctypes.data for array in buffers))
    found = buffers[2].reshape(size, 2, LANES)
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


def test_code_grows_with_the_system_alone() -> None:
    """Apart from the factors, which are straight-line programs."""
    lengths = []
    for size in (40, 80):
        functions, _ = steps.step_functions(chain(size, True), Layout(size, size, 4))
        lengths.append(sum(map(len, functions[1:])))
    assert lengths[1] < 2.2 * lengths[0]
