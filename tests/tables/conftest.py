"""A run that tests may change."""

from pathlib import Path

import pytest

from tests.tables.folders import copied, with_given_data


@pytest.fixture(scope="session")
def given(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a finished run with given data and metric; tests must not change it."""
    folder = tmp_path_factory.mktemp("runs") / "given"
    with_given_data(folder)
    return folder


@pytest.fixture
def run(given: Path, tmp_path: Path) -> Path:
    """Return a copy of a finished run with given data and metric."""
    return copied(given, tmp_path / "run")
