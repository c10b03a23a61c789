"""Critical points are the feet of normals that pass through the data point."""

import matplotlib.pyplot as plt

import edgeom as eg
from edgeom.pictures.discriminant import plot_plane_curve_problem
from edgeom.pictures.style import STYLE

plt.style.use(STYLE)

ellipse = eg.AlgebraicVariety(["x^2 + 4*y^2 = 4"], "x, y")
points = eg.DistanceProblem(ellipse, data=[0.7, 0.4]).critical_points()

ax = plot_plane_curve_problem(points)
ax.figure.savefig("normals.png", bbox_inches="tight")
