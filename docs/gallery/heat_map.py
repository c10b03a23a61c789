"""Random data by the numbers of real critical points and of local minima."""

import matplotlib.pyplot as plt

import edgeom as eg
from edgeom.pictures.style import STYLE

plt.style.use(STYLE)

V = eg.DeterminantalVariety(3, 3, rank=1)
table = eg.real_critical_table(V, samples=2000, seed=0)

ax = table.plot()
ax.set_title("3×3 matrices of rank ≤ 1, 2000 samples")
ax.figure.savefig("heat_map.png", bbox_inches="tight")
