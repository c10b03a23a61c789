"""Settings that hold for every test."""

import matplotlib
from hypothesis import settings

# Not by way of MPLBACKEND: the kernels that execute notebooks would inherit it and draw nothing.
matplotlib.use("agg")

# A first call compiles kernels, so examples may take any time.
settings.register_profile("edgeom", deadline=None)
settings.load_profile("edgeom")
