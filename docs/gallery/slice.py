"""A plane of data: every border is a piece of the ED discriminant."""

import matplotlib.pyplot as plt
import numpy as np

import edgeom as eg
from edgeom.pictures.style import STYLE

plt.style.use(STYLE)

V = eg.DeterminantalVariety(3, 3, rank=1)
corners = np.random.default_rng(4).normal(size=(3, 3, 3))
plane = eg.data_slice(V, corners, eg.Metric.random(9, seed=4), grid=40, refine=2)

fig, axes = plt.subplots(1, 2, figsize=(12.5, 5))
for ax, what, title in zip(
    axes, ("real", "minima"), ("Real critical points", "Local minima"), strict=True
):
    plane.plot(ax, what=what)
    ax.set_title(title)
fig.savefig("slice.png", bbox_inches="tight")
