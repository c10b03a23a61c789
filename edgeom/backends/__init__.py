"""Solvers of critical equations."""
