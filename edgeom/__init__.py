"""All critical points of a squared distance on an algebraic variety, and how many there are.

Importing edgeom is cheap: sympy, LLVM and the rest are loaded when they are first used.
"""

from edgeom.certification.certificate import Certificate
from edgeom.critical.completeness import trace_test
from edgeom.critical.counting import EDDegree, ed_degree, generic_ed_degree
from edgeom.critical.points import CriticalPoint, CriticalPoints
from edgeom.critical.problem import DistanceProblem
from edgeom.errors import (
    BackendError,
    DegenerateDataError,
    EdgeomError,
    IncompleteError,
    InputError,
)
from edgeom.evidence import Evidence
from edgeom.exact.count import ExactCount, exact_count
from edgeom.homotopy.trace_test import TraceTest
from edgeom.networks.convolutional.coincident_roots import CoincidentRootLocus
from edgeom.networks.convolutional.network import ConvolutionalNetwork
from edgeom.networks.custom_losses import PolynomialLoss, SmoothLoss
from edgeom.networks.linear.classification import NetworkLoss
from edgeom.networks.linear.fibers import Fiber, FiberPath
from edgeom.networks.linear.function_space import eckart_young, on_ed_discriminant
from edgeom.networks.linear.landscape import loss_plane, loss_slice
from edgeom.networks.linear.network import LinearNetwork
from edgeom.networks.linear.study import bad_minima_study
from edgeom.networks.linear.take_away import take_away_table
from edgeom.networks.losses import DistanceLoss, PowerLoss, QuadraticLoss
from edgeom.objectives.metric import Metric
from edgeom.solvers.registry import backends  # in place of the package of this name
from edgeom.tables.certificate import RunCertificate, certify_run
from edgeom.tables.slice import DataSlice, data_slice
from edgeom.tables.table import RealCriticalTable, real_critical_table
from edgeom.varieties.algebraic import AlgebraicVariety
from edgeom.varieties.determinantal import (
    DeterminantalVariety,
    SkewDeterminantalVariety,
    SymmetricDeterminantalVariety,
)
from edgeom.varieties.isolated import IsolatedSolutions, solve
from edgeom.varieties.parametrized import ParametrizedVariety
from edgeom.varieties.segre import SegreVariety, VeroneseVariety

__all__ = [
    "AlgebraicVariety",
    "BackendError",
    "Certificate",
    "CoincidentRootLocus",
    "ConvolutionalNetwork",
    "CriticalPoint",
    "CriticalPoints",
    "DataSlice",
    "DegenerateDataError",
    "DeterminantalVariety",
    "DistanceLoss",
    "DistanceProblem",
    "EDDegree",
    "EdgeomError",
    "Evidence",
    "ExactCount",
    "Fiber",
    "FiberPath",
    "IncompleteError",
    "InputError",
    "IsolatedSolutions",
    "LinearNetwork",
    "Metric",
    "NetworkLoss",
    "ParametrizedVariety",
    "PolynomialLoss",
    "PowerLoss",
    "QuadraticLoss",
    "RealCriticalTable",
    "RunCertificate",
    "SegreVariety",
    "SkewDeterminantalVariety",
    "SmoothLoss",
    "SymmetricDeterminantalVariety",
    "TraceTest",
    "VeroneseVariety",
    "backends",
    "bad_minima_study",
    "certify_run",
    "data_slice",
    "eckart_young",
    "ed_degree",
    "exact_count",
    "generic_ed_degree",
    "loss_plane",
    "loss_slice",
    "on_ed_discriminant",
    "real_critical_table",
    "solve",
    "take_away_table",
    "trace_test",
]
