"""The tracking loop as LLVM IR: predict, correct, accept or shorten, refill.

Eight paths run in the lanes of a vector, each with its own t and step length; a lane whose path
has ended takes the next one from the queue. A lane's arithmetic does not depend on its
neighbours, so a result does not depend on how paths were grouped or on the number of threads.

One iteration of a lane at (u, t), with the parameters p(t) = p1 + (t - 1)·dp, which at the end are
p1 without rounding:

1. factor ∂F/∂u at (u, p(t)); Taylor coefficients of the path up to order K;
2. a step h from the coefficients (:mod:`edgeom.homotopy.predictor`), times a trust factor that
   rejections halve;
3. predict, factor again at the prediction, correct twice;
4. accept when the first correction is small and the second much smaller (Newton contracts).

A path has arrived when at t = 1 the first correction is below the arrival tolerance. Norms are
relative: |x|² = Σ |x_i|² / (|u_i|² + max(share·|u|²/N, floor²)). So an unknown that is small beside
the others is measured by a share of them, and near u = 0 all of them by the floor: a path whose
end is the origin arrives, although no correction is small beside a zero.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from edgeom.homotopy.codegen import vector_constant
from edgeom.homotopy.compiler import LANES, LOOPS, VECTOR
from edgeom.homotopy.kernels import check_system
from edgeom.homotopy.lanes import EXTREMA, INTEGERS, Layout, Writer, load_lane, store_lane
from edgeom.homotopy.predictor import predicted, step_length
from edgeom.homotopy.steps import Tapes, step_functions
from edgeom.homotopy.tape import Tape

__all__ = ["OPTIONS", "POINTERS", "STATUS", "tracker_source"]

ROUNDING = 1e-9  # a second correction of this relative size is accepted; a double root has 1e-8
OPTIONS = (
    *("tolerance", "reach", "correction", "contraction", "arrival"),
    *("min_step", "max_steps", "max_norm", "share", "floor"),
)  # what the compiled loop reads, in this order; the share is divided by the number of unknowns
STATUS = {"success": 0, "stalled": 1, "diverged": 2, "too_many_steps": 3}  # how a path ends

POINTERS = (
    *("starts", "start", "parameters", "source", "target"),  # tables, and each path's rows of them
    *("results", "info", "status"),  # what becomes of each path
    *("ws", "options", "k.factor", "k.newton", "k.taylor"),
)  # the arguments of the tracker, after the number of paths
ON_THE_WAY = -1  # the state of a lane whose path has not ended; else a number of STATUS
NO_PATH = -1  # the path of a lane that is idle


def tracker_source(
    system: Tape, order: int, symmetric: bool = True, real: int = 0, twofold: bool = False
) -> tuple[str, tuple[Tapes, Tapes, Tapes]]:
    """Write the tracker of a system.

    Parameters
    ----------
    system : Tape
        Inputs ``u`` and ``p``, outputs ``F``.
    order : int
        Order of the Taylor predictor.
    symmetric : bool
        Whether ∂F/∂u is symmetric.
    real : int
        So many of the first parameters are real on all paths.
    twofold : bool
        Whether residuals are computed with about twice the digits.

    Returns
    -------
    source : str
        Defines ``track(count, pointers...)``.
    tapes : three tuples of Tape
        Of factor, newton and taylor, whose constants are passed at run time.
    """
    check_system(system)
    layout = Layout(system.inputs["u"], system.inputs["p"], order, symmetric, real)
    functions, loops, tapes = step_functions(system, layout, twofold)
    source = [*functions, load_lane(layout), store_lane(layout), _track(layout)]
    return "".join([*source, *([LOOPS, *loops] if loops else [])]), tapes


# In memory: the path in each lane and how it has ended (at first there is none, which makes every
# lane take one), the next path of the queue, and the number of lanes with a path.
ALLOCATE = (
    f"%paths = alloca {INTEGERS}, align 64",
    f"%states = alloca {INTEGERS}, align 64",
    "%queue = alloca i64",
    "%alive = alloca i64",
    f"store {INTEGERS} splat (i64 {NO_PATH}), ptr %paths, align 64",
    f"store {INTEGERS} splat (i64 0), ptr %states, align 64",
    "store i64 0, ptr %queue",
    "store i64 0, ptr %alive",
)

# Every lane that is not on the way gives up its path and takes the next one from the queue.
REFILL = f"""\
refill:
  br label %each
each:
  %lane = phi i64 [ 0, %refill ], [ %lane.next, %each.end ]
  %path.p = getelementptr i64, ptr %paths, i64 %lane
  %path = load i64, ptr %path.p
  %state.p = getelementptr i64, ptr %states, i64 %lane
  %state = load i64, ptr %state.p
  %ended = icmp ne i64 %state, {ON_THE_WAY}
  br i1 %ended, label %retire, label %each.end
retire:
  %busy = icmp ne i64 %path, {NO_PATH}
  br i1 %busy, label %put, label %next
put:
  call void @store_lane(ptr %ws, i64 %lane, i64 %path, i64 %state,
                        ptr %results, ptr %info, ptr %status)
  store i64 {NO_PATH}, ptr %path.p
  %alive.before = load i64, ptr %alive
  %alive.less = sub i64 %alive.before, 1
  store i64 %alive.less, ptr %alive
  br label %next
next:                                   ; an idle lane computes on a copy of path 0
  %head = load i64, ptr %queue
  %left = icmp slt i64 %head, %count
  %fresh = select i1 %left, i64 %head, i64 0
  call void @load_lane(ptr %ws, i64 %lane, i64 %fresh, ptr %starts, ptr %start,
                       ptr %parameters, ptr %source, ptr %target)
  br i1 %left, label %take, label %each.end
take:
  store i64 %head, ptr %path.p
  %head.next = add i64 %head, 1
  store i64 %head.next, ptr %queue
  %alive.now = load i64, ptr %alive
  %alive.more = add i64 %alive.now, 1
  store i64 %alive.more, ptr %alive
  br label %each.end
each.end:
  %lane.next = add i64 %lane, 1
  %lanes.left = icmp slt i64 %lane.next, {LANES}
  br i1 %lanes.left, label %each, label %refilled
refilled:
  %alive.all = load i64, ptr %alive
  %any = icmp sgt i64 %alive.all, 0
  br i1 %any, label %iterate, label %finish
finish:
  ret void
"""


@dataclass(frozen=True)
class _Step:
    """Names of what one iteration knows of its step."""

    t: str
    t_next: str
    h: str
    first: str = ""  # squared lengths of the two Newton corrections
    second: str = ""


def _track(layout: Layout) -> str:
    """Write the loop: fill the lanes, then iterate and refill until no path is left."""
    w = Writer(layout)
    for line in ALLOCATE:
        w.emit(line)
    for section, offset in layout.offsets.items():
        w.emit(f"%ws.{section} = getelementptr {VECTOR}, ptr %ws, i32 {offset}")
    option = {name: w.splat(w.get(w.item("%options", i))) for i, name in enumerate(OPTIONS)}
    w.emit("br label %refill\niterate:")
    step = _correct(w, _predict(w, option))
    someone = _judge(w, option, step)
    w.emit(f"br i1 {someone}, label %refill, label %iterate")
    arguments = ", ".join(["i64 %count", *(f"ptr noalias %{name}" for name in POINTERS)])
    return EXTREMA + w.function(f"void @track({arguments})", REFILL)


def _move_parameters(w: Writer, label: str, t: str) -> None:
    before_end = w.op("fsub", t, vector_constant(1.0))
    with w.loop(label, w.layout.sections["p"]) as i:
        w.store(w.fma(before_end, w.load("dp", i), w.load("p1", i)), "p", i)


def _predict(w: Writer, option: dict[str, str]) -> _Step:
    """Write the prediction v at t + h, and the weights of norms at u."""
    n = w.layout.unknowns
    one = vector_constant(1.0)
    t = w.load("t")
    _move_parameters(w, "here", t)
    w.emit("call void @factor(ptr %k.factor, ptr %ws.u, ptr %ws.p, ptr %ws.L, ptr %ws.D)")
    w.emit(
        "call void @taylor(ptr %k.taylor, ptr %ws.u, ptr %ws.p, ptr %ws.dp, ptr %ws.L, "
        "ptr %ws.D, ptr %ws.coef)"
    )
    squares = [w.squared(w.number("u", i)) for i in range(n)]
    total = vector_constant(0.0)
    for value in squares:
        total = w.op("fadd", total, value)
    w.store(total, "norm")
    share = w.op("fmul", total, option["share"])
    floor = w.extremum("max", share, w.op("fmul", option["floor"], option["floor"]))
    for i, value in enumerate(squares):
        w.store(w.op("fdiv", one, w.op("fadd", value, floor)), "w", i)
    h = w.op("fmul", step_length(w, option["tolerance"], option["reach"]), w.load("trust"))
    rest = w.op("fsub", one, t)
    arrives = w.compare("oge", h, rest)
    h = w.select(arrives, rest, h)
    t_next = w.select(arrives, one, w.op("fadd", t, h))
    for i in range(n):
        for part, value in enumerate(predicted(w, h, i)):
            w.store(value, "v", 2 * i + part)
    _move_parameters(w, "there", t_next)
    return _Step(t, t_next, h)


def _correct(w: Writer, step: _Step) -> _Step:
    """Write two Newton corrections of v, with one factorisation."""
    w.emit("call void @factor(ptr %k.factor, ptr %ws.v, ptr %ws.p, ptr %ws.L, ptr %ws.D)")
    norms = []
    for _ in range(2):
        w.emit(
            "call void @newton(ptr %k.newton, ptr %ws.v, ptr %ws.p, ptr %ws.L, ptr %ws.D, "
            "ptr %ws.x)"
        )
        for i in range(2 * w.layout.unknowns):
            w.store(w.op("fadd", w.load("v", i), w.load("x", i)), "v", i)
        norms.append(w.weighted_norm("x"))
    return replace(step, first=norms[0], second=norms[1])


def _judge(w: Writer, option: dict[str, str], step: _Step) -> str:
    """Write what accepts or rejects the step and sets the states; return whether a path ended."""

    def square(name: str) -> str:
        return w.op("fmul", option[name], option[name])

    one = vector_constant(1.0)
    small = w.compare("olt", step.first, square("correction"))
    # at t = 1 there is no step to shorten, and a point that has shrunk to 0 is measured anew
    small = w.logic("or", small, w.compare("ole", step.h, vector_constant(0.0)))
    # at an ill-conditioned point corrections stop shrinking where rounding begins
    bound = w.fma(square("contraction"), step.first, vector_constant(ROUNDING**2))
    accepted = w.logic("and", small, w.compare("olt", step.second, bound))
    for i in range(2 * w.layout.unknowns):
        w.store(w.select(accepted, w.load("v", i), w.load("u", i)), "u", i)
    t = w.select(accepted, step.t_next, step.t)
    w.store(t, "t")
    w.store(w.select(accepted, step.second, w.load("accuracy")), "accuracy")
    steps = w.op("fadd", w.load("steps"), one)
    w.store(steps, "steps")
    failures = w.op("fadd", w.load("rejected"), one)
    w.store(w.select(accepted, w.load("rejected"), failures), "rejected")
    trust = w.load("trust")
    grown = w.op("fmul", trust, vector_constant(1.5))
    better = w.extremum("min", one, grown)
    worse = w.op("fmul", trust, vector_constant(0.5))
    w.store(w.select(accepted, better, worse), "trust")

    at_end = w.logic("and", w.compare("oge", t, one), accepted)
    arrived = w.logic("and", at_end, w.compare("olt", step.first, square("arrival")))
    moving = w.compare("olt", t, one)
    short = w.logic("and", w.compare("olt", step.h, option["min_step"]), moving)
    stalled = w.logic("or", short, w.compare("olt", trust, vector_constant(2.0**-40)))
    ends = {  # where several hold, the last one counts
        "too_many_steps": w.compare("oge", steps, option["max_steps"]),
        "stalled": stalled,
        "diverged": w.compare("ogt", w.load("norm"), square("max_norm")),
        "success": arrived,
    }
    state = f"splat (i64 {ON_THE_WAY})"
    for name, mask in ends.items():
        state = w.select(mask, f"splat (i64 {STATUS[name]})", state, INTEGERS)
    w.emit(f"store {INTEGERS} {state}, ptr %states, align 64")
    ended = w.name(f"icmp ne {INTEGERS} {state}, splat (i64 {ON_THE_WAY})")
    paths = w.name(f"load {INTEGERS}, ptr %paths, align 64")
    busy = w.name(f"icmp ne {INTEGERS} {paths}, splat (i64 {NO_PATH})")
    bits = w.name(f"bitcast <{LANES} x i1> {w.logic('and', ended, busy)} to i{LANES}")
    return w.name(f"icmp ne i{LANES} {bits}, 0")
