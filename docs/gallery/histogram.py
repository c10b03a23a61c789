"""Shares by number of real critical points, with confidence intervals."""

import matplotlib.pyplot as plt

import edgeom as eg
from edgeom.pictures.style import STYLE

plt.style.use(STYLE)

V = eg.DeterminantalVariety(3, 3, rank=1)
table = eg.real_critical_table(V, samples=2000, seed=0)

ax = table.histogram()
ax.set_title("3×3 matrices of rank ≤ 1, 2000 samples")
ax.figure.savefig("histogram.png", bbox_inches="tight")
