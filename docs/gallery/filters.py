"""What a convolutional network expresses: cubics with real roots, up to the discriminant."""

import matplotlib.pyplot as plt

from edgeom import ConvolutionalNetwork
from edgeom.pictures.filters import plot_neuromanifold
from edgeom.pictures.style import STYLE

plt.style.use(STYLE)

ax = plot_neuromanifold(ConvolutionalNetwork((2, 2, 2)))
ax.figure.savefig("filters.png", bbox_inches="tight")
