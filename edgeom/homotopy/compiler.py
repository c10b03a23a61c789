"""LLVM source to machine code, which is kept for the life of the process and on disk."""

from __future__ import annotations

import hashlib
import threading
from functools import cache
from typing import Any

from edgeom.errors import InputError
from edgeom.homotopy import code_cache
from edgeom.limits import MAX_INSTRUCTIONS

__all__ = ["LANES", "VECTOR", "compile_ir"]

LANES = 8
VECTOR = f"<{LANES} x double>"
ENDING = (
    f"declare {VECTOR} @llvm.fabs.v{LANES}f64({VECTOR})\n"
    f"declare {VECTOR} @llvm.fma.v{LANES}f64({VECTOR}, {VECTOR}, {VECTOR})\n"
    'attributes #0 = { noinline nounwind "prefer-vector-width"="512" '
    '"min-legal-vector-width"="512" "no-trapping-math"="true" }\n'
)
LOOPS = 2  # level of code generation for them
_lock = threading.Lock()
_engines: dict[tuple[str, int, str], Any] = {}


@cache
def _target() -> tuple[Any, str, str]:
    """Return LLVM's target, and name and features of the processor."""
    import llvmlite.binding as llvm

    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = llvm.get_host_cpu_features().flatten()
    return llvm.Target.from_default_triple(), llvm.get_host_cpu_name(), features


def compile_ir(source: str, optimise: int = 1, loops: str = "") -> Any:
    """Compile LLVM source, or find it compiled, here or on disk.

    Parameters
    ----------
    source : str
        Functions with the attributes ``#0``, which are added here.
    optimise : int
        Level of LLVM's code generation, 0 to 3.
    loops : str
        More functions, which are short and are called often: they are optimised in any case.

    Returns
    -------
    llvmlite.binding.ExecutionEngine
        It knows the addresses of the functions, and is kept for the life of the process.

    Raises
    ------
    InputError
        The level does not exist, or a function is so long that it would overflow the stack.
    """
    longest = max(function.count("\n") for function in source.split("\n}\n"))
    if longest > MAX_INSTRUCTIONS:
        raise InputError(
            f"the equations are too large to be compiled: a function of {longest:,} instructions, "
            f"the limit is {MAX_INSTRUCTIONS:,}; fewer unknowns or shorter formulas are needed"
        )
    if optimise not in range(4):
        raise InputError(f"optimise must be an integer between 0 and 3, got {optimise!r}")
    with _lock:
        if (source, optimise, loops) not in _engines:
            _engines[source, optimise, loops] = _engine(source, optimise, loops)
        return _engines[source, optimise, loops]


def _engine(source: str, optimise: int, loops: str) -> Any:
    import llvmlite.binding as llvm

    parts = [_object(source + ENDING, optimise)]
    if loops:
        parts.append(_object(loops + ENDING, LOOPS))
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), parts[0][1])
    for code, _ in parts:
        engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine


def _object(source: str, optimise: int) -> tuple[bytes, Any]:
    """Return machine code, compiled or found on disk, and what it was made for."""
    import llvmlite.binding as llvm

    target, processor, features = _target()
    machine = target.create_target_machine(processor, features, optimise, jit=True)
    described = (llvm.llvm_version_info, machine.triple, processor, features, optimise, source)
    key = hashlib.sha256(repr(described).encode()).hexdigest()
    code = code_cache.load(key)
    if code is None:
        code = machine.emit_object(llvm.parse_assembly(source))
        code_cache.store(key, code)
    return code, machine
