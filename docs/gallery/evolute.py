"""A minimum and a maximum meet where the data crosses the evolute of an ellipse."""

import matplotlib.pyplot as plt
import numpy as np

import edgeom as eg
from edgeom.pictures.style import COLOURS, STYLE

plt.style.use(STYLE)

ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
window = (-2.34, 2.34, -3.34, 3.34)
plane = eg.data_slice(ellipse, [[0, 0], [1, 0], [0, 1]], window=window, grid=40)
fig, (left, right) = plt.subplots(1, 2, figsize=(11, 5.4), width_ratios=[1.2, 1])
plane.plot(left)
left.annotate("", (2, 0.4), (0, 0.4), arrowprops={"arrowstyle": "->", "lw": 1.6})
left.set_title("Real critical points by data")

problem = eg.DistanceProblem(ellipse, data=[0.0, 0.4])
walk = np.linspace(0.01, 2, 150)  # along the arrow
along = [(s, p) for s in walk for p in problem.at((s, 0.4)).critical_points()]
for index, kind, name in (
    (0, "minimum", "local minimum"),
    (1, "maximum", "local maximum"),
    (-1, "not real", "conjugate pair,\nreal part"),
):
    found = [(s, p.point[0].real) for s, p in along if p.index == index]
    right.scatter(*np.transpose(found), s=9, color=COLOURS[kind], label=name)
border = 1.5 * (1 - (0.4 / 3) ** (2 / 3)) ** 1.5  # where the arrow meets the evolute
right.axvline(border, color=COLOURS["discriminant"], lw=2.5, zorder=0)
right.set(xlabel="$s$, along the arrow $q = (s,\\, 0.4)$", title="A minimum and a maximum meet")
right.set_ylabel("$x$-coordinate of the critical points")
right.legend(loc="center right", bbox_to_anchor=(1, 0.33), markerscale=2.5)
fig.savefig("evolute.png", bbox_inches="tight")
