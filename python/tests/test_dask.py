"""A cluster of Dask on this computer: a scheduler and two workers, each a process of its own."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from conftest import VARIANTS, digests, small

from journeysim import Scenario, WorkerMismatchError, sweep
from journeysim.sweeps import _packed, _Task

distributed = pytest.importorskip("distributed")

pytestmark = pytest.mark.filterwarnings("default")


@pytest.fixture
def client() -> Iterator[Any]:
    with (
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
        ) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client


def swept(replications: int) -> Scenario:
    return small(VARIANTS).with_(replications=replications)


def test_a_cluster_reaches_the_known_digests(client: Any) -> None:
    for digest, plan in digests():
        assert sweep(plan, client, seconds=0.01).digest == digest, plan


def test_a_cluster_gives_the_same_bits_with_a_worker_killed_in_the_middle(client: Any) -> None:
    plan = swept(120)
    expected = plan.compare(detail=False).digest
    assert sweep(plan, client, seconds=0.05).digest == expected
    assert sweep(plan, client.get_executor(), seconds=0.05).digest == expected
    pids = client.run(os.getpid)
    killed: list[int] = []

    def kill() -> None:
        killed.append(pids.popitem()[1])
        os.kill(killed[0], signal.SIGKILL)

    timer = threading.Timer(0.3, kill)
    timer.start()
    done_when_killed: list[int] = []

    class Bar:
        def __init__(self, **_: Any) -> None:
            self.total, self.n = 0, 0

        def update(self, more: int) -> None:
            self.n += more
            if killed and not done_when_killed:
                done_when_killed.append(self.n)

        def close(self) -> None:
            pass

    answer = sweep(plan, client, seconds=0.05, progress=Bar)
    assert answer.digest == expected
    assert done_when_killed and 0 < done_when_killed[0] < 360, "it was killed in the middle"
    # The cluster starts another one in its place.
    deadline = time.monotonic() + 20
    while killed[0] in client.run(os.getpid).values() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert killed[0] not in client.run(os.getpid).values()


def test_workers_of_another_version_are_refused(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = swept(4)
    from journeysim import sweeps

    monkeypatch.setattr(sweeps, "_Task", lambda *args: _Task(_packed(plan), "9.9.9", plan.plan, False))
    with pytest.raises(WorkerMismatchError, match="install the same version everywhere"):
        sweep(plan, client)
