"""The tracking loop as LLVM IR: predict, correct, accept or shorten, refill.

Eight paths run in the lanes of a vector, each with its own t and step length; a lane whose path
has ended takes the next one from the queue. A lane's arithmetic does not depend on its
neighbours, so a result does not depend on how paths were grouped or on the number of threads.

One iteration of a lane at (u, t), with the parameters p(t) = p0 + t·dp:

1. factor ∂F/∂u at (u, p(t)); Taylor coefficients of the path up to order K;
2. step h from the size of the last coefficient, h = (tolerance / |u_K|)^(1/K), times a trust
   factor that rejections halve;
3. predict by the Taylor polynomial, factor again at the prediction, correct twice;
4. accept when the first correction is small and the second much smaller (Newton contracts).

A path has arrived when at t = 1 the first correction is below the arrival tolerance. Norms are
relative: |x|² = Σ |x_i|² / (|u_i|² + floor·|u|²).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields

from edgeom.homotopy.codegen import LANES, VECTOR, tape_function
from edgeom.homotopy.kernels import factor_tape, newton_tape, taylor_tape
from edgeom.homotopy.tape import Tape

__all__ = ["INFO", "Layout", "tracker_source"]

INFO = ("t", "accuracy", "steps", "rejected", "norm")  # what is kept of each path, as doubles
OPTIONS = ("tolerance", "correction", "contraction", "arrival", "min_step", "max_steps", "max_norm")


@dataclass(frozen=True)
class Layout:
    """Offsets, in vectors, of the sections of a tracker's workspace."""

    unknowns: int
    parameters: int
    order: int

    @property
    def sections(self) -> dict[str, int]:
        """Name and length of every section."""
        n, p = self.unknowns, self.parameters
        return {
            "u": 2 * n,
            "v": 2 * n,
            "p0": 2 * p,
            "dp": 2 * p,
            "p": 2 * p,
            "L": max(1, n * (n - 1)),
            "D": 2 * n,
            "coef": 2 * n * self.order,
            "x": 2 * n,
            "w": n,
            **dict.fromkeys((*INFO, "trust"), 1),
        }

    @property
    def offsets(self) -> dict[str, int]:
        """First vector of every section."""
        result, total = {}, 0
        for name, length in self.sections.items():
            result[name] = total
            total += length
        return result

    @property
    def size(self) -> int:
        """Length of the workspace in vectors."""
        return sum(self.sections.values())


class _Writer:
    """Writes vector instructions in order and names their results."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.count = 0

    def emit(self, line: str) -> None:
        self.lines.append(line)

    def name(self, text: str) -> str:
        self.count += 1
        self.emit(f"%x{self.count} = {text}")
        return f"%x{self.count}"

    def op(self, word: str, a: str, b: str) -> str:
        return self.name(f"{word} contract {VECTOR} {a}, {b}")

    def fma(self, a: str, b: str, c: str) -> str:
        return self.op("fadd", self.op("fmul", a, b), c)

    def compare(self, word: str, a: str, b: str) -> str:
        return self.name(f"fcmp {word} {VECTOR} {a}, {b}")

    def logic(self, word: str, a: str, b: str) -> str:
        return self.name(f"{word} <{LANES} x i1> {a}, {b}")

    def select(self, mask: str, a: str, b: str, kind: str = VECTOR) -> str:
        return self.name(f"select <{LANES} x i1> {mask}, {kind} {a}, {kind} {b}")

    def address(self, section: str, index: int | str) -> str:
        kind = "i32" if isinstance(index, int) else "i64"
        return self.name(f"getelementptr {VECTOR}, ptr %ws.{section}, {kind} {index}")

    def load(self, section: str, index: int | str = 0) -> str:
        return self.name(f"load {VECTOR}, ptr {self.address(section, index)}, align 64")

    def store(self, value: str, section: str, index: int | str = 0) -> None:
        self.emit(f"store {VECTOR} {value}, ptr {self.address(section, index)}, align 64")

    def splat(self, scalar: str) -> str:
        first = self.name(f"insertelement {VECTOR} poison, double {scalar}, i32 0")
        zeros = f"<{LANES} x i32> zeroinitializer"
        return self.name(f"shufflevector {VECTOR} {first}, {VECTOR} poison, {zeros}")

    @contextmanager
    def loop(self, label: str, count: int) -> Iterator[str]:
        """Write a loop over 0 <= index < count."""
        self.emit(f"br label %{label}.in\n{label}.in:\n  br label %{label}")
        self.emit(f"{label}:\n  %{label}.i = phi i64 [ 0, %{label}.in ], [ %{label}.j, %{label} ]")
        yield f"%{label}.i"
        self.emit(f"%{label}.j = add i64 %{label}.i, 1")
        self.emit(f"%{label}.c = icmp slt i64 %{label}.j, {count}")
        self.emit(f"br i1 %{label}.c, label %{label}, label %{label}.out\n{label}.out:")


def constant(value: float) -> str:
    """Write a vector constant."""
    from edgeom.homotopy.codegen import _hex

    return f"splat (double {_hex(value)})"


def tracker_source(system: Tape, order: int) -> tuple[str, tuple[Tape, Tape, Tape]]:
    """Write the tracker of a system; the constants of the three tapes are passed at run time."""
    tapes = factor_tape(system), newton_tape(system), taylor_tape(system, order)
    layout = Layout(system.inputs["u"], system.inputs["p"], order)
    functions = [
        tape_function(tape, name)
        for tape, name in zip(tapes, ("factor", "newton", "taylor"), strict=True)
    ]
    return "".join(functions) + _lane_functions(layout) + _main(layout), tapes


def _main(layout: Layout) -> str:
    w = _Writer()
    n, order = layout.unknowns, layout.order
    lane = f"<{LANES} x i64>"
    w.emit("%paths = alloca [8 x i64], align 64\n  %states = alloca [8 x i64], align 64")
    w.emit("%queue = alloca i64\n  %alive = alloca i64")
    for section, offset in layout.offsets.items():
        w.emit(f"%ws.{section} = getelementptr {VECTOR}, ptr %ws, i32 {offset}")
    option = {}
    for i, name in enumerate(OPTIONS):
        pointer = w.name(f"getelementptr double, ptr %options, i32 {i}")
        option[name] = w.splat(w.name(f"load double, ptr {pointer}"))
    w.emit("store i64 0, ptr %queue\n  store i64 0, ptr %alive")
    w.emit(f"store {lane} splat (i64 -1), ptr %paths, align 64")
    w.emit(f"store {lane} splat (i64 0), ptr %states, align 64")
    # The first refill fills the lanes; an idle lane computes on copies of path 0.
    w.emit("br label %refill\n\niterate:")
    _predict(w, layout, option)
    _correct(w, layout, option)
    _judge(w, layout, option)
    w.emit("br i1 %someone, label %refill, label %iterate\n\nrefill:")
    w.emit("br label %each\neach:\n  %lane = phi i64 [ 0, %refill ], [ %lane.next, %each.end ]")
    w.emit("%path.p = getelementptr i64, ptr %paths, i64 %lane\n  %path = load i64, ptr %path.p")
    w.emit("%state.p = getelementptr i64, ptr %states, i64 %lane\n  %state = load i64, ptr %state.p")
    w.emit("%ended = icmp sge i64 %state, 0\n  br i1 %ended, label %retire, label %each.end")
    w.emit("retire:\n  %busy = icmp sge i64 %path, 0")
    w.emit("br i1 %busy, label %put, label %next")
    w.emit("put:\n  call void @store_lane(ptr %ws, i64 %lane, i64 %path, i64 %state, ")
    w.lines[-1] += "ptr %results, ptr %info, ptr %status)"
    w.emit("%alive.1 = load i64, ptr %alive\n  %alive.2 = sub i64 %alive.1, 1")
    w.emit("store i64 %alive.2, ptr %alive\n  store i64 -1, ptr %path.p\n  br label %next")
    w.emit("next:\n  %head = load i64, ptr %queue\n  %left = icmp slt i64 %head, %count")
    w.emit("%fresh = select i1 %left, i64 %head, i64 0")
    w.emit("call void @load_lane(ptr %ws, i64 %lane, i64 %fresh, ptr %starts, ptr %start, ")
    w.lines[-1] += "ptr %parameters, ptr %source, ptr %target)"
    w.emit("br i1 %left, label %take, label %each.end")
    w.emit("take:\n  store i64 %head, ptr %path.p\n  %head.1 = add i64 %head, 1")
    w.emit("store i64 %head.1, ptr %queue\n  %alive.3 = load i64, ptr %alive")
    w.emit("%alive.4 = add i64 %alive.3, 1\n  store i64 %alive.4, ptr %alive")
    w.emit("br label %each.end\neach.end:\n  %lane.next = add i64 %lane, 1")
    w.emit(f"%lanes.left = icmp slt i64 %lane.next, {LANES}")
    w.emit("br i1 %lanes.left, label %each, label %refilled")
    w.emit("refilled:\n  %alive.5 = load i64, ptr %alive\n  %any = icmp sgt i64 %alive.5, 0")
    w.emit("br i1 %any, label %iterate, label %finish\nfinish:\n  ret void")
    arguments = (
        "i64 %count, ptr noalias %starts, ptr noalias %start, ptr noalias %parameters, "
        "ptr noalias %source, ptr noalias %target, ptr noalias %results, ptr noalias %info, "
        "ptr noalias %status, ptr noalias %ws, ptr noalias %options, "
        "ptr noalias %k.factor, ptr noalias %k.newton, ptr noalias %k.taylor"
    )
    assert n > 0 and order > 1
    return f"define void @track({arguments}) #0 {{\nentry:\n  " + "\n  ".join(w.lines) + "\n}\n"


def _squared(w: _Writer, section: str, offset: int, i: int) -> str:
    re, im = w.load(section, offset + 2 * i), w.load(section, offset + 2 * i + 1)
    return w.fma(re, re, w.op("fmul", im, im))


def _weighted_norm(w: _Writer, layout: Layout, section: str, offset: int = 0) -> str:
    """Write Σ w_i |x_i|²."""
    total = constant(0.0)
    for i in range(layout.unknowns):
        total = w.fma(w.load("w", i), _squared(w, section, offset, i), total)
    return total


def _move_parameters(w: _Writer, layout: Layout, label: str, t: str) -> None:
    with w.loop(label, 2 * layout.parameters) as i:
        w.store(w.fma(t, w.load("dp", i), w.load("p0", i)), "p", i)


def _predict(w: _Writer, layout: Layout, option: dict[str, str]) -> None:
    n, order = layout.unknowns, layout.order
    t = w.load("t")
    _move_parameters(w, layout, "here", t)
    w.emit("call void @factor(ptr %k.factor, ptr %ws.u, ptr %ws.p, ptr %ws.L, ptr %ws.D)")
    w.emit(
        "call void @taylor(ptr %k.taylor, ptr %ws.u, ptr %ws.p, ptr %ws.dp, ptr %ws.L, "
        "ptr %ws.D, ptr %ws.coef)"
    )
    squares = [_squared(w, "u", 0, i) for i in range(n)]
    total = constant(0.0)
    for value in squares:
        total = w.op("fadd", total, value)
    w.store(total, "norm")
    floor = w.fma(total, constant(1e-3 / n), constant(1e-30))
    for i, value in enumerate(squares):
        w.store(w.op("fdiv", constant(1.0), w.op("fadd", value, floor)), "w", i)
    last = _weighted_norm(w, layout, "coef", 2 * n * (order - 1))
    ratio = w.op("fdiv", w.op("fmul", option["tolerance"], option["tolerance"]), last)
    h = w.op("fmul", _root(w, ratio, 2 * order), w.load("trust"))
    rest = w.op("fsub", constant(1.0), t)
    arrives = w.compare("oge", h, rest)
    h = w.select(arrives, rest, h)
    t_next = w.select(arrives, constant(1.0), w.op("fadd", t, h))
    for i in range(2 * n):
        value = w.load("coef", 2 * n * (order - 1) + i)
        for k in reversed(range(order - 1)):
            value = w.fma(h, value, w.load("coef", 2 * n * k + i))
        w.store(w.fma(h, value, w.load("u", i)), "v", i)
    _move_parameters(w, layout, "there", t_next)
    w.emit(f"%t.next = fadd {VECTOR} {t_next}, {constant(0.0)}")
    w.emit(f"%t.here = fadd {VECTOR} {t}, {constant(0.0)}")
    w.emit(f"%h = fadd {VECTOR} {h}, {constant(0.0)}")


def _root(w: _Writer, x: str, degree: int) -> str:
    """Write x^(1/degree) for positive x, to a few per cent: divide the exponent's bits."""
    lane = f"<{LANES} x i64>"
    bits = w.name(f"bitcast {VECTOR} {x} to {lane}")
    number = w.name(f"sitofp {lane} {bits} to {VECTOR}")
    one = float(0x3FF0000000000000)
    scaled = w.fma(number, constant(1.0 / degree), constant(one * (1.0 - 1.0 / degree)))
    whole = w.name(f"fptosi {VECTOR} {scaled} to {lane}")
    return w.name(f"bitcast {lane} {whole} to {VECTOR}")


def _correct(w: _Writer, layout: Layout, option: dict[str, str]) -> None:
    w.emit("call void @factor(ptr %k.factor, ptr %ws.v, ptr %ws.p, ptr %ws.L, ptr %ws.D)")
    for label in ("first", "second"):
        w.emit(
            "call void @newton(ptr %k.newton, ptr %ws.v, ptr %ws.p, ptr %ws.L, ptr %ws.D, "
            "ptr %ws.x)"
        )
        for i in range(2 * layout.unknowns):
            w.store(w.op("fadd", w.load("v", i), w.load("x", i)), "v", i)
        norm = _weighted_norm(w, layout, "x")
        w.emit(f"%{label} = fadd {VECTOR} {norm}, {constant(0.0)}")


def _judge(w: _Writer, layout: Layout, option: dict[str, str]) -> None:
    square: Callable[[str], str] = lambda name: w.op("fmul", option[name], option[name])  # noqa: E731
    small = w.compare("olt", "%first", square("correction"))
    bound = w.fma(square("contraction"), "%first", constant(1e-24))
    accepted = w.logic("and", small, w.compare("olt", "%second", bound))
    for i in range(2 * layout.unknowns):
        w.store(w.select(accepted, w.load("v", i), w.load("u", i)), "u", i)
    t = w.select(accepted, "%t.next", "%t.here")
    w.store(t, "t")
    w.store(w.select(accepted, "%second", w.load("accuracy")), "accuracy")
    trust = w.load("trust")
    better = w.name(
        f"call {VECTOR} @llvm.minnum.v8f64({VECTOR} {constant(1.0)}, "
        f"{VECTOR} {w.op('fmul', trust, constant(1.5))})"
    )
    worse = w.op("fmul", trust, constant(0.5))
    w.store(w.select(accepted, better, worse), "trust")
    steps = w.op("fadd", w.load("steps"), constant(1.0))
    w.store(steps, "steps")
    failures = w.op("fadd", w.load("rejected"), constant(1.0))
    w.store(w.select(accepted, w.load("rejected"), failures), "rejected")
    at_end = w.logic("and", w.compare("oge", t, constant(1.0)), accepted)
    arrived = w.logic("and", at_end, w.compare("olt", "%first", square("arrival")))
    moving = w.compare("olt", t, constant(1.0))
    short = w.logic("and", w.compare("olt", "%h", option["min_step"]), moving)
    lost = w.compare("olt", trust, constant(2.0**-40))
    stalled = w.logic("or", short, lost)
    far = w.compare("ogt", w.load("norm"), square("max_norm"))
    slow = w.compare("oge", steps, option["max_steps"])
    kind = f"<{LANES} x i64>"
    state = f"splat (i64 -1)"
    for mask, code in ((slow, 3), (stalled, 1), (far, 2), (arrived, 0)):
        state = w.select(mask, f"splat (i64 {code})", state, kind)
    w.emit(f"store {kind} {state}, ptr %states, align 64")
    ended = w.name(f"icmp sge {kind} {state}, splat (i64 0)")
    # lanes without a path do not count
    paths = w.name(f"load {kind}, ptr %paths, align 64")
    busy = w.name(f"icmp sge {kind} {paths}, splat (i64 0)")
    bits = w.name(f"bitcast <{LANES} x i1> {w.logic('and', ended, busy)} to i{LANES}")
    w.emit(f"%someone = icmp ne i{LANES} {bits}, 0")


def _lane_functions(layout: Layout) -> str:
    """Write what moves one path into a lane and out of it, in scalar code."""
    offsets = layout.offsets
    n2, p2 = 2 * layout.unknowns, 2 * layout.parameters

    def cell(name: str, section: str, index: str) -> str:
        return (
            f"  %{name}.v = add i64 {index}, {offsets[section]}\n"
            f"  %{name}.w = mul i64 %{name}.v, {LANES}\n"
            f"  %{name}.x = add i64 %{name}.w, %lane\n"
            f"  %{name} = getelementptr double, ptr %ws, i64 %{name}.x\n"
        )

    def loop(label: str, count: int, body: str, before: str, after: str) -> str:
        return (
            f"{label}:\n  %{label}.i = phi i64 [ 0, %{before} ], [ %{label}.j, %{label} ]\n{body}"
            f"  %{label}.j = add i64 %{label}.i, 1\n"
            f"  %{label}.c = icmp slt i64 %{label}.j, {count}\n"
            f"  br i1 %{label}.c, label %{label}, label %{after}\n"
        )

    def row(name: str, array: str, index: str) -> str:
        """Address of row index[path] of a table of parameters or start points."""
        return (
            f"  %{name}.q = getelementptr i64, ptr %{index}, i64 %path\n"
            f"  %{name}.i = load i64, ptr %{name}.q\n"
            f"  %{name}.o = mul i64 %{name}.i, {n2 if array == 'starts' else p2}\n"
            f"  %{name} = getelementptr double, ptr %{array}, i64 %{name}.o\n"
        )

    load_unknown = (
        "  %a.p = getelementptr double, ptr %a, i64 %unknown.i\n  %a.v = load double, ptr %a.p\n"
        + cell("uc", "u", "%unknown.i")
        + "  store double %a.v, ptr %uc\n"
    )
    load_parameter = (
        "  %b.p = getelementptr double, ptr %b, i64 %parameter.i\n  %b.v = load double, ptr %b.p\n"
        "  %c.p = getelementptr double, ptr %c, i64 %parameter.i\n  %c.v = load double, ptr %c.p\n"
        "  %slope = fsub double %c.v, %b.v\n"
        + cell("pc", "p0", "%parameter.i")
        + cell("dc", "dp", "%parameter.i")
        + "  store double %b.v, ptr %pc\n  store double %slope, ptr %dc\n"
    )
    resets = "".join(
        cell(f"z{name}", name, "0")
        + f"  store double {1.0 if name == 'trust' else 0.0}, ptr %z{name}\n"
        for name in (*INFO, "trust")
    )
    save_unknown = (
        cell("uc", "u", "%unknown.i")
        + "  %u.v = load double, ptr %uc\n  %r.o = add i64 %r.base, %unknown.i\n"
        "  %r.p = getelementptr double, ptr %results, i64 %r.o\n  store double %u.v, ptr %r.p\n"
    )
    save_info = "".join(
        cell(f"s{name}", name, "0")
        + f"  %i{name} = load double, ptr %s{name}\n  %o{name} = add i64 %info.base, {i}\n"
        f"  %p{name} = getelementptr double, ptr %info, i64 %o{name}\n"
        f"  store double %i{name}, ptr %p{name}\n"
        for i, name in enumerate(INFO)
    )
    return (
        "declare <8 x double> @llvm.minnum.v8f64(<8 x double>, <8 x double>)\n"
        "define internal void @load_lane(ptr %ws, i64 %lane, i64 %path, ptr %starts, ptr %start, "
        "ptr %parameters, ptr %source, ptr %target) #0 {\nentry:\n"
        + row("a", "starts", "start")
        + row("b", "parameters", "source")
        + row("c", "parameters", "target")
        + "  br label %unknown\n"
        + loop("unknown", n2, load_unknown, "entry", "middle")
        + "middle:\n  br label %parameter\n"
        + loop("parameter", p2, load_parameter, "middle", "done")
        + f"done:\n{resets}  ret void\n}}\n"
        "define internal void @store_lane(ptr %ws, i64 %lane, i64 %path, i64 %state, ptr %results, "
        "ptr %info, ptr %status) #0 {\nentry:\n"
        f"  %r.base = mul i64 %path, {n2}\n  %info.base = mul i64 %path, {len(INFO)}\n"
        "  br label %unknown\n"
        + loop("unknown", n2, save_unknown, "entry", "done")
        + "done:\n  %st.p = getelementptr i64, ptr %status, i64 %path\n"
        f"  store i64 %state, ptr %st.p\n{save_info}  ret void\n}}\n"
    )


