"""All critical points of a squared distance on an algebraic variety, and how many there are.

Importing edgeom is cheap: a public name is loaded when it is first used, with what it needs.
"""

from __future__ import annotations

from importlib import import_module
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

from edgeom.moved import explain_moves
from edgeom.views import offer, offer_kinds

if TYPE_CHECKING:  # the same names for type checkers; a test compares both lists
    from edgeom.certification.certificate import Certificate as Certificate
    from edgeom.critical.completeness import trace_test as trace_test
    from edgeom.critical.counting import ed_degree as ed_degree
    from edgeom.critical.counting import generic_ed_degree as generic_ed_degree
    from edgeom.critical.discriminant import discriminant_bound as discriminant_bound
    from edgeom.critical.evolute import ed_discriminant as ed_discriminant
    from edgeom.critical.general import CriticalProblem as CriticalProblem
    from edgeom.critical.nearest import NearestProblem as NearestProblem
    from edgeom.critical.nearest_point import NearestPoint as NearestPoint
    from edgeom.critical.numbers import EDDegree as EDDegree
    from edgeom.critical.optimization import optimization_degree as optimization_degree
    from edgeom.critical.point import CriticalPoint as CriticalPoint
    from edgeom.critical.points import CriticalPoints as CriticalPoints
    from edgeom.critical.problem import DistanceProblem as DistanceProblem
    from edgeom.errors import BackendError as BackendError
    from edgeom.errors import DegenerateDataError as DegenerateDataError
    from edgeom.errors import EdgeomError as EdgeomError
    from edgeom.errors import IncompleteError as IncompleteError
    from edgeom.errors import InputError as InputError
    from edgeom.evidence import Evidence as Evidence
    from edgeom.exact.count import ExactCount as ExactCount
    from edgeom.exact.count import exact_count as exact_count
    from edgeom.homotopy.trace_test import TraceTest as TraceTest
    from edgeom.networks.convolutional.coincident_roots import (
        CoincidentRootLocus as CoincidentRootLocus,
    )
    from edgeom.networks.convolutional.network import ConvolutionalNetwork as ConvolutionalNetwork
    from edgeom.networks.linear.classification import NetworkLoss as NetworkLoss
    from edgeom.networks.linear.descent import descend as descend
    from edgeom.networks.linear.fibers import Fiber as Fiber
    from edgeom.networks.linear.fibers import FiberPath as FiberPath
    from edgeom.networks.linear.function_space import eckart_young as eckart_young
    from edgeom.networks.linear.function_space import on_ed_discriminant as on_ed_discriminant
    from edgeom.networks.linear.landscape import loss_plane as loss_plane
    from edgeom.networks.linear.landscape import loss_slice as loss_slice
    from edgeom.networks.linear.network import LinearNetwork as LinearNetwork
    from edgeom.networks.linear.study import bad_minima_study as bad_minima_study
    from edgeom.networks.linear.take_away import take_away_table as take_away_table
    from edgeom.networks.linear.trajectory import loss_trajectory as loss_trajectory
    from edgeom.networks.polynomial.attention import AttentionNeurovariety as AttentionNeurovariety
    from edgeom.networks.polynomial.convolution import (
        ConvolutionalNeurovariety as ConvolutionalNeurovariety,
    )
    from edgeom.networks.polynomial.loss import PolynomialNetworkLoss as PolynomialNetworkLoss
    from edgeom.networks.polynomial.network import PolynomialNetwork as PolynomialNetwork
    from edgeom.networks.polynomial.variety import Neurovariety as Neurovariety
    from edgeom.networks.relu.network import ReluNetwork as ReluNetwork
    from edgeom.objectives.base import Objective as Objective
    from edgeom.objectives.cross_entropy import CrossEntropyLoss as CrossEntropyLoss
    from edgeom.objectives.distances import QuadraticLoss as QuadraticLoss
    from edgeom.objectives.distances import SquaredDistance as SquaredDistance
    from edgeom.objectives.likelihood import KullbackLeibler as KullbackLeibler
    from edgeom.objectives.likelihood import LogLikelihood as LogLikelihood
    from edgeom.objectives.metric import Metric as Metric
    from edgeom.objectives.polynomial import PolynomialObjective as PolynomialObjective
    from edgeom.objectives.polynomial import RationalObjective as RationalObjective
    from edgeom.objectives.powers import PowerDistance as PowerDistance
    from edgeom.objectives.powers import ridge as ridge
    from edgeom.objectives.smooth import SmoothLoss as SmoothLoss
    from edgeom.results import load as load
    from edgeom.solvers.registry import backends as backends
    from edgeom.tables.average import AverageEDDegree as AverageEDDegree
    from edgeom.tables.average import average_ed_degree as average_ed_degree
    from edgeom.tables.certificate import RunCertificate as RunCertificate
    from edgeom.tables.certificate import certify_run as certify_run
    from edgeom.tables.merge import merge_runs as merge_runs
    from edgeom.tables.nearest import NearestPoints as NearestPoints
    from edgeom.tables.nearest import nearest_points as nearest_points
    from edgeom.tables.repair import RunRepair as RunRepair
    from edgeom.tables.repair import repair_run as repair_run
    from edgeom.tables.sampling import real_critical_table as real_critical_table
    from edgeom.tables.slice import DataSlice as DataSlice
    from edgeom.tables.slice import data_slice as data_slice
    from edgeom.tables.table import RealCriticalTable as RealCriticalTable
    from edgeom.varieties.affine import AffineSpace as AffineSpace
    from edgeom.varieties.algebraic import AlgebraicVariety as AlgebraicVariety
    from edgeom.varieties.determinantal import DeterminantalVariety as DeterminantalVariety
    from edgeom.varieties.determinantal import (
        SkewDeterminantalVariety as SkewDeterminantalVariety,
    )
    from edgeom.varieties.determinantal import (
        SymmetricDeterminantalVariety as SymmetricDeterminantalVariety,
    )
    from edgeom.varieties.fields import read_variety as read_variety
    from edgeom.varieties.grassmannian import Grassmannian as Grassmannian
    from edgeom.varieties.hankel import HankelVariety as HankelVariety
    from edgeom.varieties.hankel import SylvesterVariety as SylvesterVariety
    from edgeom.varieties.hankel import SymmetricToeplitzVariety as SymmetricToeplitzVariety
    from edgeom.varieties.hankel import ToeplitzVariety as ToeplitzVariety
    from edgeom.varieties.isolated import IsolatedSolutions as IsolatedSolutions
    from edgeom.varieties.isolated import solve as solve
    from edgeom.varieties.parametrized import ParametrizedVariety as ParametrizedVariety
    from edgeom.varieties.sections import LinearSectionVariety as LinearSectionVariety
    from edgeom.varieties.segre import SegreVariety as SegreVariety
    from edgeom.varieties.segre import VeroneseVariety as VeroneseVariety
    from edgeom.varieties.singular import SingularLocus as SingularLocus
    from edgeom.varieties.singular import singular_locus as singular_locus

# Every public name: what it is, and the module that it comes from.
_SUBJECTS = {
    "Varieties": {
        "DeterminantalVariety": ("matrices of bounded rank", "varieties.determinantal"),
        "SymmetricDeterminantalVariety": ("symmetric ones", "varieties.determinantal"),
        "SkewDeterminantalVariety": ("skew-symmetric ones", "varieties.determinantal"),
        "LinearSectionVariety": ("matrices in an affine family", "varieties.sections"),
        "HankelVariety": ("Hankel matrices", "varieties.hankel"),
        "ToeplitzVariety": ("Toeplitz matrices", "varieties.hankel"),
        "SymmetricToeplitzVariety": ("symmetric ones", "varieties.hankel"),
        "SylvesterVariety": ("polynomials with a common factor", "varieties.hankel"),
        "Grassmannian": ("subspaces, by Plücker coordinates", "varieties.grassmannian"),
        "SegreVariety": ("tensors of rank one", "varieties.segre"),
        "VeroneseVariety": ("symmetric tensors of rank one", "varieties.segre"),
        "AlgebraicVariety": ("zero sets of polynomials", "varieties.algebraic"),
        "ParametrizedVariety": ("images of rational maps", "varieties.parametrized"),
        "CoincidentRootLocus": (
            "binary forms with multiple roots",
            "networks.convolutional.coincident_roots",
        ),
        "Neurovariety": ("functions of polynomial networks", "networks.polynomial.variety"),
        "ConvolutionalNeurovariety": (
            "functions of polynomial convolutions",
            "networks.polynomial.convolution",
        ),
        "AttentionNeurovariety": (
            "functions of self-attention without softmax",
            "networks.polynomial.attention",
        ),
        "AffineSpace": ("all points with n coordinates", "varieties.affine"),
        "read_variety": ("any of these, in words", "varieties.fields"),
    },
    "Distances and their critical points": {
        "Metric": ("an inner product, of a squared distance", "objectives.metric"),
        "DistanceProblem": ("a squared distance from data to a variety", "critical.problem"),
        "CriticalPoints": ("its critical points, with the evidence", "critical.points"),
        "CriticalPoint": ("one of them", "critical.point"),
        "NearestPoint": ("the nearest point, and whether that is proved", "critical.nearest_point"),
        "nearest_points": ("nearest points for many data points", "tables.nearest"),
        "NearestPoints": ("those points", "tables.nearest"),
        "NearestProblem": ("nearest points of one variety for any data", "critical.nearest"),
        "Certificate": ("what is proved of them", "certification.certificate"),
        "discriminant_bound": ("how far data is from the ED discriminant", "critical.discriminant"),
        "trace_test": ("whether these points are all", "critical.completeness"),
        "TraceTest": ("the outcome of a trace test", "homotopy.trace_test"),
        "CriticalProblem": ("any algebraic objective on a variety", "critical.general"),
        "solve": ("all isolated solutions of polynomial equations", "varieties.isolated"),
        "IsolatedSolutions": ("those solutions", "varieties.isolated"),
        "singular_locus": ("singular points of a zero set", "varieties.singular"),
        "SingularLocus": ("those points", "varieties.singular"),
    },
    "Objectives": {
        "Objective": ("what all of these are", "objectives.base"),
        "SquaredDistance": ("the squared distance to data", "objectives.distances"),
        "QuadraticLoss": ("the loss of data pairs", "objectives.distances"),
        "PowerDistance": ("sums of even powers of differences", "objectives.powers"),
        "LogLikelihood": ("the likelihood of counts", "objectives.likelihood"),
        "KullbackLeibler": ("the divergence from data", "objectives.likelihood"),
        "PolynomialObjective": ("any polynomial", "objectives.polynomial"),
        "RationalObjective": ("any rational function", "objectives.polynomial"),
        "CrossEntropyLoss": ("softmax and logistic regression", "objectives.cross_entropy"),
        "SmoothLoss": ("functions with their derivatives", "objectives.smooth"),
        "ridge": ("weighted sums of squares, to be added", "objectives.powers"),
    },
    "Counting": {
        "ed_degree": ("the number of critical points for general data", "critical.counting"),
        "generic_ed_degree": ("the number for a generic metric", "critical.counting"),
        "EDDegree": ("such a number, with its evidence", "critical.numbers"),
        "optimization_degree": (
            "the number for other objectives than distances",
            "critical.optimization",
        ),
        "Evidence": ("the account of a computation", "evidence"),
        "exact_count": ("the number by Gröbner bases, for rational data", "exact.count"),
        "ExactCount": ("such a number", "exact.count"),
        "backends": ("the solvers that are installed", "solvers.registry"),
    },
    "Tables over random data": {
        "real_critical_table": ("count real critical points and minima", "tables.sampling"),
        "RealCriticalTable": ("such a table", "tables.table"),
        "average_ed_degree": ("real critical points on average", "tables.average"),
        "AverageEDDegree": ("such an average, with its confidence", "tables.average"),
        "merge_runs": ("one run from its parts", "tables.merge"),
        "certify_run": ("prove the counts in a run folder", "tables.certificate"),
        "RunCertificate": ("what is proved of a run", "tables.certificate"),
        "repair_run": ("rebuild a damaged run folder", "tables.repair"),
        "RunRepair": ("what was found and done", "tables.repair"),
        "ed_discriminant": ("where numbers change, for a plane curve", "critical.evolute"),
        "data_slice": ("count over a plane of data", "tables.slice"),
        "DataSlice": ("such a plane with its numbers", "tables.slice"),
    },
    "Files": {
        "load": ("read a result, or the table of a run folder", "results"),
    },
    "Networks": {
        "LinearNetwork": ("matrices as products of matrices", "networks.linear.network"),
        "Fiber": ("all weights with the same product", "networks.linear.fibers"),
        "FiberPath": ("a path of such weights", "networks.linear.fibers"),
        "eckart_young": ("critical points by singular values", "networks.linear.function_space"),
        "on_ed_discriminant": (
            "whether data has equal singular values",
            "networks.linear.function_space",
        ),
        "NetworkLoss": ("a loss in the weights of a network", "networks.linear.classification"),
        "descend": ("go down to a minimum by Newton's method", "networks.linear.descent"),
        "bad_minima_study": ("how often bad minima occur", "networks.linear.study"),
        "take_away_table": ("where bad minima occur", "networks.linear.take_away"),
        "loss_slice": ("the loss on a plane of weights", "networks.linear.landscape"),
        "loss_plane": ("the same through three weights", "networks.linear.landscape"),
        "loss_trajectory": ("the same with a training run", "networks.linear.trajectory"),
        "ConvolutionalNetwork": (
            "filters as products of filters",
            "networks.convolutional.network",
        ),
        "PolynomialNetwork": (
            "networks with polynomial activations",
            "networks.polynomial.network",
        ),
        "PolynomialNetworkLoss": ("a loss in their weights", "networks.polynomial.loss"),
        "ReluNetwork": ("ReLU networks with one hidden layer", "networks.relu.network"),
    },
    "Errors": {
        "EdgeomError": ("every error of edgeom", "errors"),
        "InputError": ("an argument cannot be used", "errors"),
        "DegenerateDataError": ("the data is special", "errors"),
        "IncompleteError": ("a list may not be complete", "errors"),
        "BackendError": ("another solver failed", "errors"),
    },
}
_MODULES = {
    name: f"edgeom.{module}" for names in _SUBJECTS.values() for name, (_, module) in names.items()
}

# Where kinds of varieties and views of results are made, see edgeom/views.py.
offer_kinds("varieties", dict.fromkeys(_MODULES[name] for name in _SUBJECTS["Varieties"]))
offer_kinds(
    "results",
    [f"edgeom.{name}" for name in ("certification.files", "critical.files", "tables.files")],
)
offer("edgeom.tables.files", "result_of_folder")
offer("edgeom.critical.least", "least_point")
offer("edgeom.critical.nearest", "nearest_point")
offer("edgeom.critical.foreign", "export", "points_from")
offer("edgeom.networks.linear.study", "bad_minima")
offer("edgeom.equations.export", "to_bertini", "to_julia", "to_macaulay2", "to_msolve", "to_phc")
offer("edgeom.pictures.landscape", "plot_contours", "plot_surface")
offer("edgeom.pictures.tables", "plot_discriminant", "plot_histogram", "plot_slice", "plot_table")

explain_moves()

__all__ = sorted(_MODULES)
for _subject, _names in _SUBJECTS.items():
    _lines = (f"    {name:30s} {text}" for name, (text, _) in _names.items())
    __doc__ = "\n".join([f"{__doc__}", _subject, *_lines, ""])


def __getattr__(name: str) -> Any:
    """Load a public name, or a folder such as `edgeom.degrees`, when it is first used."""
    if name in _MODULES:
        value = globals()[name] = getattr(import_module(_MODULES[name]), name)
        return value
    if not name.startswith("_") and PathFinder.find_spec(f"edgeom.{name}", __path__):
        return import_module(f"edgeom.{name}")
    raise AttributeError(f"module 'edgeom' has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
