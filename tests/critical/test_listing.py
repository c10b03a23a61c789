"""Lists of points fit a terminal of 80 columns."""

import numpy as np
import pytest

from edgeom.critical.listing import cells, listing


@pytest.mark.parametrize("shape", [(1,), (2,), (9,), (3, 3), (2, 2, 2), (1, 30), (6, 6)])
@pytest.mark.parametrize("size", [1e-300, 1, 1e12])
def test_listings_fit_80_columns(shape: tuple[int, ...], size: float) -> None:
    rng = np.random.default_rng(0)
    x = size * (rng.normal(size=(12, *shape)) + 1j * rng.normal(size=(12, *shape)))
    values = rng.normal(size=12)
    kinds = ["saddle of index 12"] * 12
    for points in (x, x.real):
        text = listing(kinds, values, points, {f"t{i}": rng.normal(size=12) for i in range(9)})
        assert max(map(len, text.splitlines())) <= 80
        assert len(cells(kinds, values, points)) == 13
