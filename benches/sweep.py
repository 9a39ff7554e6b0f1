"""What a sweep on Dask costs: sizes of messages, rates of the scheduler and of the one who gathers, overhead, and scaling.

Run by `cargo xtask verify-long` on a quiet machine; what it prints goes into docs/guides/many-machines.md by hand, with date and
machine. The cluster is on loopback: the scheduler in the process that gathers, workers as processes of their own.
"""

import pickle
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from distributed import Client, LocalCluster
from journeysim import Scenario, _journeysim, sweep
from journeysim.sweeps import _packed, _run, _Task

CELLS = 2_000
ROUNDS = 4
PLAN = Scenario.load("scenarios/check-in-cadence.toml").with_(assume__accounts=1_200, horizon="3y")


def sizes() -> None:
    task = _Task(_packed(PLAN), _journeysim.VERSION, PLAN.plan, False)
    variants = tuple(range(len(PLAN.variants)))
    parcel, seconds = _run(task, 0, 4, variants)
    cells = 4 * len(variants)
    detailed, _ = _run(_Task(task.scenario, task.version, task.plan, True), 0, 4, variants)
    asked = len(pickle.dumps((_run, "a key of thirty-two characters..", 0, 80, variants)))
    print(f"a cell takes {1e3 * seconds / cells:.1f} ms")
    print(f"the plan, sent once a worker: {len(pickle.dumps(task)) / 1e3:.1f} kB")
    print(f"a chunk that is asked for: {asked} bytes, and what Dask adds")
    print(f"a cell that comes back: {len(parcel) / cells:.0f} bytes; with detail {len(detailed) / cells:.0f} bytes")
    print(f"a cell that comes back, if it were deflated: {len(zlib.compress(parcel)) / cells:.0f} bytes")


def gathering() -> None:
    """How many cells a second one driver takes in, in memory and into Parquet."""
    import tempfile

    small = PLAN.with_(assume__accounts=10, horizon="1y", replications=1_000)
    task = _Task(_packed(small), _journeysim.VERSION, small.plan, False)
    variants = tuple(range(len(small.variants)))
    parcels = [_run(task, first, first + 20, variants)[0] for first in range(0, 1_000, 20)]
    for name, out in [("memory", None), ("Parquet", tempfile.mkdtemp())]:
        gathering = _journeysim.Gathering(small._subject, False, out)
        begun = time.process_time()
        for parcel in parcels:
            gathering.add(parcel)
        spent = time.process_time() - begun
        print(f"one core takes {1_000 * len(variants) / spent:,.0f} cells a second into {name}")


def nothing(payload: bytes) -> bytes:
    return payload


def scheduling(client: Client) -> None:
    """How many tasks a second one scheduler hands out and takes back, each with a message as large as a chunk's."""
    payload = bytes(200_000)
    tasks = 2_000
    begun, cpu = time.monotonic(), time.process_time()
    executor = client.get_executor(pure=False)
    [shared] = client.scatter([payload], broadcast=True)
    futures = [executor.submit(nothing, shared) for _ in range(tasks)]
    for future in futures:
        future.result()
    wall, cpu = time.monotonic() - begun, time.process_time() - cpu
    print(f"{tasks / wall:,.0f} tasks of 200 kB a second; {1e3 * cpu / tasks:.2f} ms of the scheduler and the driver each")


def worker_seconds(client: Client) -> float:
    return sum(client.run(time.process_time).values())


def sweeping(client: Client, plan: Scenario) -> tuple[float, float, float, str]:
    """Returns seconds that passed, CPU seconds of scheduler and driver, those of workers, and the digest."""
    sweep(plan.with_(replications=8), client)
    workers, own, begun = worker_seconds(client), time.process_time(), time.monotonic()
    digest = sweep(plan, client).digest
    passed = time.monotonic() - begun
    return passed, time.process_time() - own, worker_seconds(client) - workers, digest


@contextmanager
def workers(count: int) -> Iterator[Client]:
    with (
        LocalCluster(n_workers=count, threads_per_worker=1, host="127.0.0.1", dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield client


def main() -> None:
    sizes()
    gathering()
    plan = PLAN.with_(replications=CELLS // len(PLAN.variants))
    with workers(2) as client:
        passed, driver, work, digest = sweeping(client, plan)
        assert digest == plan.compare(detail=False).digest
        print(
            f"{CELLS} cells on two workers: {passed:.1f} s; scheduler and driver {driver:.2f} CPU s "
            f"({driver / (driver + work):.2%} of all), workers {work:.1f} CPU s"
        )
        scheduling(client)
    # In turns, because the speed of a shared machine is not the same for long.
    plan = PLAN.with_(replications=CELLS // len(PLAN.variants) // ROUNDS)
    for _ in range(ROUNDS):
        passed_on = []
        for count in [1, 2]:
            with workers(count) as client:
                passed_on.append(sweeping(client, plan)[0])
        one, two = passed_on
        print(f"from 1 to 2 workers: {one:.1f} s and {two:.1f} s, {one / two:.2f} times")


if __name__ == "__main__":
    main()
