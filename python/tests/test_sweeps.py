"""A sweep is the comparison on one machine, to the bit, whoever runs its cells and whoever dies meanwhile."""

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from pathlib import Path
from typing import Any

import polars
import pytest
from conftest import VARIANTS, called, digests, program, small

from journeysim import (
    Comparison,
    InputError,
    Run,
    Scenario,
    Sweep,
    UnfinishedError,
    WorkerMismatchError,
    sweep,
)
from journeysim.sweeps import _Cells, _Chunks, _packed, _run, _Task


def swept(replications: int = 24) -> Scenario:
    return small(VARIANTS).with_(replications=replications)


@pytest.fixture(scope="module")
def processes() -> Iterator[ProcessPoolExecutor]:
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        yield executor


class Backwards(Executor):
    """Runs what it is given when it is asked for the last time, the last first."""

    def __init__(self) -> None:
        self.asked: list[tuple[Future[Any], Any, Any]] = []

    def submit(self, function: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self.asked.append((future, function, args))
        if len(self.asked) == 4:
            threading.Thread(target=self.run).start()
        elif len(self.asked) == 1:
            threading.Timer(0.5, self.run).start()
        return future

    def run(self) -> None:
        asked, self.asked = self.asked, []
        for future, function, args in reversed(asked):
            future.set_result(function(*args))


def test_the_package_and_its_sweeps_reach_the_known_digests(processes: ProcessPoolExecutor) -> None:
    for digest, plan in digests():
        assert (plan.compare() if len(plan.variants) > 1 else plan.run()).digest == digest, plan
        assert sweep(plan).digest == digest, plan
        assert sweep(plan, processes, seconds=0.01).digest == digest, plan


@pytest.mark.parametrize("seconds", [0.01, 0.1, 2.0])
def test_a_sweep_on_this_computer_is_the_comparison(seconds: float) -> None:
    answer = sweep(swept(), seconds=seconds)
    assert isinstance(answer, Comparison)
    assert answer.document == swept().compare(detail=False).document
    assert answer.digest == swept().compare().digest


def test_everything_a_run_folder_shows_can_be_swept() -> None:
    answer, compared = sweep(swept(6), detail=True), swept(6).compare()
    assert answer.document == compared.document
    for name in compared.tables:
        assert answer.table(name).to_polars().equals(compared.table(name).to_polars()), name
    assert answer.charts == compared.charts


def test_a_sweep_without_variants_is_a_run() -> None:
    answer = sweep(small().with_(replications=5))
    assert isinstance(answer, Run)
    assert answer.digest == small().with_(replications=5).run().digest


def test_order_of_arrival_does_not_show(tmp_path: Path) -> None:
    expected = swept().compare().digest
    assert sweep(swept(), Backwards(), seconds=0.05).digest == expected
    assert sweep(swept(), Backwards(), seconds=0.05, out=tmp_path / "x").digest == expected


def test_processes_give_the_same_bits(processes: ProcessPoolExecutor) -> None:
    assert sweep(swept(), processes).digest == swept().compare().digest


def test_shards_merged_by_the_program_give_the_same_bits(tmp_path: Path) -> None:
    file = "scenarios/check-in-cadence.toml"
    for part in ["1/2", "2/2"]:
        called("cells", file, "--replications", "4", "--shard", part, "--out", str(tmp_path / part[0]))
    merged = program("merge", str(tmp_path / "1"), str(tmp_path / "2"))
    assert sweep(Scenario.load(file).with_(replications=4)).digest == merged["digest"]


def test_what_is_spilled_is_what_is_held(tmp_path: Path) -> None:
    held, spilled = swept().compare(), sweep(swept(), seconds=0.05, out=tmp_path / "sweep")
    assert isinstance(spilled, Sweep)
    assert spilled.digest == held.digest
    key = ["variant", "replication"]
    by_rows = polars.read_parquet(spilled.files).sort(key)
    assert by_rows.equals(held.table("replications").to_polars().sort(key))
    for variant, metrics in held.metrics.items():
        for name, estimate in metrics.items():
            other = spilled.metrics[variant][name]
            assert (estimate is None) == (other is None)
            if estimate is not None and other is not None:
                assert other.mean == pytest.approx(estimate.mean, rel=1e-12)
                assert other.ci_high == pytest.approx(estimate.ci_high, rel=1e-9)
    with pytest.raises(UnfinishedError, match="holds something already"):
        sweep(swept(), out=tmp_path / "sweep")


def kill_all(executor: ProcessPoolExecutor) -> None:
    for process in executor._processes.values():
        process.kill()


def test_the_rest_is_run_here_when_all_workers_die() -> None:
    expected = swept().compare().digest
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("spawn")) as executor:
        executor.submit(os.getpid).result()
        killed = executor.submit(signal.pause)
        threading.Timer(0.2, kill_all, [executor]).start()
        with pytest.warns(RuntimeWarning, match="the rest of the sweep is run on this computer"):
            assert sweep(swept(), executor, seconds=0.02).digest == expected
        assert killed.exception() is not None


class Forgetful(Executor):
    """Loses what it is given so many times."""

    def __init__(self, losses: int) -> None:
        self.losses = losses

    def submit(self, function: Any, /, *args: Any, **_: Any) -> Future[Any]:
        future: Future[Any] = Future()
        if self.losses > 0:
            self.losses -= 1
            future.set_exception(ConnectionError("the worker is gone"))
        else:
            future.set_result(function(*args))
        return future


def test_lost_cells_are_done_again_but_not_for_ever() -> None:
    assert sweep(swept(4), Forgetful(3)).digest == swept(4).compare().digest
    with pytest.raises(UnfinishedError, match="cells were lost 4 times: the worker is gone"):
        sweep(swept(4), Forgetful(1_000))


def test_a_worker_of_another_version_or_plan_is_refused() -> None:
    plan = swept(2)
    task = _Task(_packed(plan), "9.9.9", plan.plan, False)
    with pytest.raises(WorkerMismatchError, match="a worker has journeysim .*, and this is 9.9.9"):
        _run(task, 0, 1, (0,))
    other = _Task(_packed(plan.with_(seed=9)), plan_version(), plan.plan, False)
    with pytest.raises(WorkerMismatchError, match="another plan"):
        _run(other, 0, 1, (0,))


def plan_version() -> str:
    import journeysim

    return journeysim.__version__


class Swapping(Executor):
    """Sends cells of another plan."""

    def submit(self, function: Any, /, *args: Any, **_: Any) -> Future[Any]:
        other = swept().with_(seed=9)
        future: Future[Any] = Future()
        task = _Task(_packed(other), plan_version(), other.plan, False)
        future.set_result(function(task, *args[1:]))
        return future


def test_parcels_of_another_plan_are_refused_where_they_arrive() -> None:
    with pytest.raises(WorkerMismatchError, match="a worker ran another plan"):
        sweep(swept(), Swapping())


def test_a_precision_cannot_be_swept() -> None:
    text = '\n[precision]\nmetric = "gross_revenue_retention"\nhalf_width = "1pp"\n'
    with pytest.raises(InputError, match="which no part of a sweep knows"):
        sweep(small(text))


def test_what_is_no_executor_is_refused() -> None:
    with pytest.raises(TypeError, match="an executor of concurrent.futures or a client of Dask"):
        sweep(swept(), 3)


# Chunks


def chunks(replications: int, variants: int, each: float) -> list[_Cells]:
    """Cuts a sweep whose cells take so many seconds each, for four workers."""
    cut, found = _Chunks(replications, variants, 2.0), []
    while (cells := cut.take(4)) is not None:
        found.append(cells)
        cut.tell(cells.count, cells.count * each)
    return found


@pytest.mark.parametrize(
    ("replications", "variants", "each"),
    [(1_000, 4, 0.02), (3, 500, 0.1), (50, 7, 5.0), (1, 1, 9.0), (10_000, 1, 1e-4)],
)
def test_every_cell_is_given_out_once_in_chunks_of_two_seconds(
    replications: int, variants: int, each: float
) -> None:
    found = chunks(replications, variants, each)
    cells = [
        (replication, variant)
        for chunk in found
        for replication in range(chunk.first, chunk.end)
        for variant in chunk.variants
    ]
    assert len(cells) == len(set(cells)) == replications * variants
    assert all(chunk.count * each <= max(2.0, each) + 1e-9 for chunk in found[1:])


def test_most_chunks_are_as_long_as_they_should_be() -> None:
    lengths = [chunk.count * 0.02 for chunk in chunks(100_000, 4, 0.02)]
    assert sum(1.5 < length <= 2.0 for length in lengths) > 0.9 * len(lengths)
