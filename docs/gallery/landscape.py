"""The landscape of a linear network: two minima, one of them bad, and the saddle between them."""

import matplotlib.pyplot as plt

import edgeom as eg
from edgeom.networks.linear.landscape import aligned
from edgeom.pictures.style import STYLE

plt.style.use(STYLE)

network = eg.LinearNetwork([2, 1, 2])
loss = eg.NetworkLoss(network, eg.PowerDistance([[2.0, 0.3], [-0.2, 1.9]], p=4))
found = loss.critical_points()
best, bad = found.minima
saddle = next(p for p in found if p.rank == 1 and p.index == 1)
corners = [best.weights, *(aligned(network, p.weights, best.weights) for p in (bad, saddle))]

ax = eg.loss_plane(loss, corners, resolution=121).plot()
ax.figure.savefig("landscape.png", bbox_inches="tight")
