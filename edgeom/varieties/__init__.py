"""Varieties: the sets on which critical points of a squared distance are sought."""
