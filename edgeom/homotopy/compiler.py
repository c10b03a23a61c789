"""LLVM source to machine code, which is kept for the life of the process and on disk."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from functools import cache
from typing import Any

from edgeom.errors import InputError
from edgeom.homotopy import code_cache
from edgeom.limits import MAX_INSTRUCTIONS

__all__ = ["LANES", "LOOPS", "VECTOR", "compile_ir", "compile_once", "digest_of"]

LANES = 8
VECTOR = f"<{LANES} x double>"
ENDING = (
    f"declare {VECTOR} @llvm.fabs.v{LANES}f64({VECTOR})\n"
    f"declare {VECTOR} @llvm.fma.v{LANES}f64({VECTOR}, {VECTOR}, {VECTOR})\n"
    'attributes #0 = { noinline nounwind "prefer-vector-width"="512" '
    '"min-legal-vector-width"="512" "no-trapping-math"="true" }\n'
)
LOOPS = "; loops, which are short and called often\n"
_lock = threading.Lock()
_engines: dict[tuple[str, int], Any] = {}


@cache
def _target() -> tuple[Any, str, str]:
    """Return LLVM's target, and name and features of the processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple(), llvm.get_host_cpu_name(), features


def digest_of(source: str) -> str:
    """Return the digest by which the machine code of a source is known."""
    return hashlib.sha256((source + ENDING).encode()).hexdigest()


def compile_ir(source: str, optimise: int = 1) -> Any:
    """Compile LLVM source, or find it compiled, here or on disk.

    Parameters
    ----------
    source : str
        Functions with the attributes ``#0``, which are added here. Those behind `LOOPS` are
        optimised in any case.
    optimise : int
        Level of LLVM's code generation, 0 to 3.

    Returns
    -------
    llvmlite.binding.ExecutionEngine
        It knows the addresses of the functions, and is kept for the life of the process.

    Raises
    ------
    InputError
        The level does not exist, or a function is so long that it would overflow the stack.
    """
    return compile_once(digest_of(source), lambda: source, optimise)


def compile_once(digest: str, write: Callable[[], str], optimise: int) -> Any:
    """Compile the source with this digest, which is written only if it is not compiled yet."""
    if optimise not in range(4):
        raise InputError(f"optimise must be an integer between 0 and 3, got {optimise!r}")
    with _lock:
        if (digest, optimise) not in _engines:
            _engines[digest, optimise] = _engine(digest, write, optimise)
        return _engines[digest, optimise]


def _checked(source: str) -> str:
    longest = max(function.count("\n") for function in source.split("\n}\n"))
    if longest > MAX_INSTRUCTIONS:
        raise InputError(
            f"the equations are too large to be compiled: a function of {longest:,} instructions, "
            f"the limit is {MAX_INSTRUCTIONS:,}; fewer unknowns or shorter formulas are needed"
        )
    return source + ENDING


def _engine(digest: str, write: Callable[[], str], optimise: int) -> Any:
    import llvmlite.binding as llvm

    target, processor, features = _target()
    machines = [
        target.create_target_machine(processor, features, level, jit=True)
        for level in (optimise, max(optimise, 2))
    ]
    triple = machines[0].triple
    described = (llvm.llvm_version_info, triple, processor, features, optimise, digest)
    key = hashlib.sha256(repr(described).encode()).hexdigest()
    kept = code_cache.load(key)
    if kept is None:
        parts = [part for part in write().partition(LOOPS)[::2] if part]
        codes = [
            machine.emit_object(llvm.parse_assembly(_checked(part)))
            for machine, part in zip(machines, parts, strict=False)
        ]
        kept = b"".join([len(codes[0]).to_bytes(8, "little"), *codes])
        code_cache.store(key, kept)
    end = 8 + int.from_bytes(kept[:8], "little")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), machines[0])
    for code in filter(None, (kept[8:end], kept[end:])):
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine
