"""Which cases of a test run by default."""

from collections.abc import Iterable
from typing import Any

import pytest

__all__ = ["first"]


def first(count: int, cases: Iterable[Any]) -> list[Any]:
    """Return all cases; the first ones run by default, the others with the slow tests.

    A tuple is a case of several arguments, as pytest has it.
    """
    chosen = list(cases)
    return chosen[:count] + [_slow(case) for case in chosen[count:]]


def _slow(case: Any) -> Any:
    if isinstance(case, type(pytest.param())):
        return pytest.param(*case.values, id=case.id, marks=[*case.marks, pytest.mark.slow])
    values = case if isinstance(case, tuple) else (case,)
    return pytest.param(*values, marks=pytest.mark.slow)
