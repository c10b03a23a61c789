"""Waits for a cluster have limits, and are said."""

import logging
from typing import Any

import pytest

import edgeom as eg
from edgeom.tables import cluster
from edgeom.tables.cluster import _Watch


class Scheduler:
    async def ncores(self) -> dict[str, int]:
        return {}


class Client:
    """A client of a cluster with some workers, or of none."""

    scheduler = Scheduler()

    def __init__(self, workers: int | None) -> None:
        self.workers = workers

    def sync(self, function: object, callback_timeout: float) -> dict[str, int]:
        if self.workers is None:
            raise TimeoutError("no answer\nin time")
        return dict.fromkeys(map(str, range(self.workers)), 1)


class Slow:
    """A block that comes after so many looks for it."""

    def __init__(self, looks: float) -> None:
        self.looks = looks

    def result(self, timeout: float) -> str:
        self.looks -= 1
        if self.looks > 0:
            raise TimeoutError
        return "block"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a second pass at each look at the clock."""
    clock = iter(range(10**6))
    monkeypatch.setattr(cluster.time, "monotonic", lambda: float(next(clock)))
    monkeypatch.setattr(cluster, "WORD", 10.0)
    monkeypatch.setattr(cluster, "PATIENCE", 50.0)


def wait(workers: int | None, looks: float) -> Any:
    return _Watch(Client(workers)).wait(Slow(looks))


def test_long_blocks_are_waited_for_and_said(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "edgeom"):
        assert wait(2, 5) == "block" and not caplog.messages
        assert wait(2, 200) == "block"
    assert 10 < len(caplog.messages) < 20
    assert caplog.messages[0].startswith("the cluster has 2 workers; nothing has come for 1")


@pytest.mark.parametrize(
    ("workers", "reason"),
    [
        (0, "the cluster has no workers for 51 seconds; finished shards are kept"),
        (None, r"the scheduler does not answer \(no answer in time\) for 51 seconds"),
    ],
)
def test_lost_workers_are_given_up(
    workers: int | None, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(eg.EdgeomError, match=reason):
        wait(workers, float("inf"))
    assert 3 <= len(caplog.messages) <= 5
