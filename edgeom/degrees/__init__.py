"""Exact ED degrees and polar degrees of the varieties that have a formula.

- :mod:`~edgeom.degrees.closed_forms`: every ED degree formula, to import from
- :mod:`~edgeom.degrees.matrices`, :mod:`~edgeom.degrees.tensors`,
  :mod:`~edgeom.degrees.complete_intersections`: the formulas themselves
- :mod:`~edgeom.degrees.polar`: polar degrees, and with them the counts for linear sections
- :mod:`~edgeom.degrees.generating`: the determinants, Pfaffians and Chern classes behind both
"""
