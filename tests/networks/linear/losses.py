"""Random networks and losses."""

from __future__ import annotations

from hypothesis import assume
from hypothesis import strategies as st

from edgeom.networks.linear.network import LinearNetwork

seeds = st.integers(0, 10**6)


@st.composite
def networks(draw: st.DrawFn, least: int = 2, filling: bool | None = None) -> LinearNetwork:
    """Networks of `least` to 4 layers and widths 1 to 5."""
    widths = draw(st.lists(st.integers(1, 5), min_size=least + 1, max_size=5))
    net = LinearNetwork(widths)
    assume(filling is None or net.filling is filling)
    return net
