"""The squared distance as an objective."""
