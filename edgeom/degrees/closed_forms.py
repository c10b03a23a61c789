"""Exact ED degrees by formula, all in one place.

The *generic* ED degree counts the complex critical points of the squared distance for a generic
quadratic form. For a cone it is the sum of the polar degrees of the projective variety, see
:mod:`edgeom.degrees.polar`. The other counts belong to one special metric, named in the docstring.
Sizes of matrices and numbers of variables are affine: rank one in size 3 x 3 is P^2 x P^2.
"""

from edgeom.degrees.complete_intersections import (
    complete_intersection_ed_degree,
    optimization_degree,
)
from edgeom.degrees.matrices import (
    determinantal_ed_degree,
    determinantal_generic_ed_degree,
    determinantal_generic_ed_degrees,
    hankel_generic_ed_degree,
    rank_one_formula,
    skew_ed_degree,
    skew_generic_ed_degree,
    symmetric_ed_degree,
    symmetric_generic_ed_degree,
)
from edgeom.degrees.tensors import (
    segre_ed_degree,
    segre_generic_ed_degree,
    segre_veronese_generic_ed_degree,
    segre_veronese_power_degree,
    veronese_ed_degree,
    veronese_generic_ed_degree,
)

__all__ = [
    "complete_intersection_ed_degree",
    "determinantal_ed_degree",
    "determinantal_generic_ed_degree",
    "determinantal_generic_ed_degrees",
    "hankel_generic_ed_degree",
    "optimization_degree",
    "rank_one_formula",
    "segre_ed_degree",
    "segre_generic_ed_degree",
    "segre_veronese_generic_ed_degree",
    "segre_veronese_power_degree",
    "skew_ed_degree",
    "skew_generic_ed_degree",
    "symmetric_ed_degree",
    "symmetric_generic_ed_degree",
    "veronese_ed_degree",
    "veronese_generic_ed_degree",
]
