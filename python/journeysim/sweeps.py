"""Sweeps: the cells of a scenario, run wherever there are cores.

A *cell* is one replication of one variant. It follows from the plan and its place in it alone, so cells are run anywhere, in any
order and as often as need be; they are put together by their place in the plan, never by when they came. So the digest of a sweep
is that of :meth:`Scenario.compare <journeysim.Scenario.compare>` on one machine.
"""

from __future__ import annotations

import functools
import json
import os
import pickle
import time
import warnings
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import (
    FIRST_COMPLETED,
    BrokenExecutor,
    CancelledError,
    Executor,
    Future,
    ThreadPoolExecutor,
    wait,
)
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from journeysim import _journeysim
from journeysim.answers import Comparison, Metrics, Run
from journeysim.errors import JourneysimError, UnfinishedError, WorkerMismatchError
from journeysim.progress import watched

if TYPE_CHECKING:
    from journeysim.scenario import Progress, Scenario

__all__ = ["Sweep", "sweep"]

ATTEMPTS = 4
"""How often cells are tried whose workers are lost."""

PROBE = 16
"""The most variants of a task before it is known how long a cell takes."""


class Sweep:
    """A sweep that was written to a folder as it came: Parquet tables, and what they come to.

    The tables have one row a replication and variant and one column a metric, as `replications` of a run folder.
    """

    def __init__(self, folder: Path, document: dict[str, Any]) -> None:
        self.folder = folder
        """The folder."""
        self.document = document
        """What `sweep.json` in the folder holds."""

    @property
    def digest(self) -> str:
        """64 hexadecimal digits that are equal exactly when all results are."""
        return str(self.document["digest"])

    @property
    def files(self) -> list[str]:
        """The paths of the Parquet tables, as `polars.scan_parquet` and `duckdb.read_parquet` take them."""
        return [str(self.folder / name) for name in self.document["files"]]

    @property
    def metrics(self) -> dict[str, Metrics]:
        """All metrics by variant and name."""
        return {variant["name"]: Metrics(variant["metrics"]) for variant in self.document["variants"]}

    def __repr__(self) -> str:
        return f"<Sweep of {self.document['cells']} cells in {self.folder}, digest {self.digest[:8]}>"


@overload
def sweep(
    plan: Scenario,
    executor: Executor | Any | None = None,
    *,
    out: None = None,
    detail: bool = False,
    seconds: float = 2.0,
    progress: bool | Progress = False,
) -> Run | Comparison: ...


@overload
def sweep(
    plan: Scenario,
    executor: Executor | Any | None = None,
    *,
    out: str | os.PathLike[str],
    detail: bool = False,
    seconds: float = 2.0,
    progress: bool | Progress = False,
) -> Sweep: ...


def sweep(
    plan: Scenario,
    executor: Executor | Any | None = None,
    *,
    out: str | os.PathLike[str] | None = None,
    detail: bool = False,
    seconds: float = 2.0,
    progress: bool | Progress = False,
) -> Run | Comparison | Sweep:
    """Runs all cells of a scenario, and answers as `compare` does, or `run` where it has no variants.

    `executor` is a client of Dask, or any executor of `concurrent.futures`: a `ProcessPoolExecutor`, the `MPIPoolExecutor` of
    mpi4py; without one, the cores of this computer. Cells are given out in chunks of about so many `seconds` of work. Cells
    whose workers are lost are done again; if all workers are lost, on this computer.

    With `out`, an absent or empty folder, cells are written there as Parquet tables as they come, and a :class:`Sweep` is
    returned: so a sweep may be larger than memory. With `detail` everything is measured that a run folder shows, weeks and
    accounts included, which makes messages a hundred times as large.

    >>> from concurrent.futures import ThreadPoolExecutor
    >>> from journeysim import Scenario, sweep
    >>> scenario = Scenario.load("scenarios/check-in-cadence.toml").with_(replications=6)
    >>> with ThreadPoolExecutor(2) as executor:
    ...     answer = sweep(scenario, executor)
    >>> answer.digest == scenario.compare().digest
    True
    """
    subject = plan._subject
    gathering = _journeysim.Gathering(subject, detail, None if out is None else os.fspath(out))
    task = _Task(_packed(plan), _journeysim.VERSION, plan.plan, detail)
    chunks = _Chunks(plan.replications, len(plan.variants), seconds)
    cells = plan.replications * len(plan.variants)
    with watched(progress, "sweep", "cells") as tell, _Crew.of(executor) as crew:
        done = 0
        for parcel in _parcels(crew, crew.shared(task), chunks):
            done += gathering.add(parcel)
            if tell is not None:
                tell(done, cells)
    finished, summary = gathering.finish()
    if summary is not None and out is not None:
        return Sweep(Path(out), json.loads(summary))
    assert finished is not None
    return Comparison(finished) if len(plan.variants) > 1 else Run(finished)


@dataclass(frozen=True)
class _Task:
    """What all tasks of a sweep have in common, which is sent to every worker."""

    scenario: bytes
    version: str
    plan: str
    detail: bool


@dataclass(frozen=True)
class _Cells:
    """Cells that are run together."""

    first: int
    end: int
    variants: tuple[int, ...]

    @property
    def count(self) -> int:
        return (self.end - self.first) * len(self.variants)


def _packed(plan: Scenario) -> bytes:
    subject = plan._subject
    return zlib.compress(pickle.dumps((subject.file, subject.overrides, subject.files)))


@functools.lru_cache(maxsize=4)
def _unpacked(scenario: bytes) -> _journeysim.Subject:
    return _journeysim.Subject(*pickle.loads(zlib.decompress(scenario)))


def _run(task: _Task, first: int, end: int, variants: tuple[int, ...]) -> tuple[bytes, float]:
    """Runs cells where the worker is, and returns them with the seconds it took."""
    if _journeysim.VERSION != task.version:
        raise WorkerMismatchError(
            f"a worker has journeysim {_journeysim.VERSION}, and this is {task.version}: "
            "install the same version everywhere"
        )
    subject = _unpacked(task.scenario)
    if subject.plan != task.plan:
        raise WorkerMismatchError("a worker reads another plan from the same files")
    begun = time.perf_counter()
    parcel = _journeysim.run_cells(subject, first, end, list(variants), task.detail)
    return parcel, time.perf_counter() - begun


class _Chunks:
    """Cuts a sweep into chunks, larger ones once it is known how long a cell takes.

    Replications are given out in their order, in bands that hold all variants each; a band is one chunk, unless a single
    replication of all variants takes longer than a chunk should.
    """

    def __init__(self, replications: int, variants: int, seconds: float) -> None:
        self.replications, self.variants, self.seconds = replications, variants, seconds
        self.next = 0
        self.waiting: deque[_Cells] = deque()
        self.spent, self.measured = 0.0, 0

    def tell(self, cells: int, seconds: float) -> None:
        """Hears how long cells took."""
        self.spent += seconds
        self.measured += cells

    def take(self, slots: int) -> _Cells | None:
        """Returns the next chunk, for one of so many workers; `None` if all are given out."""
        if not self.waiting and self.next < self.replications:
            self.waiting.extend(self._band(slots))
        return self.waiting.popleft() if self.waiting else None

    def again(self, cells: _Cells) -> None:
        """Hears that cells are lost."""
        self.waiting.appendleft(cells)

    def _band(self, slots: int) -> Iterator[_Cells]:
        each = self.spent / self.measured if self.measured else None
        most = PROBE if each is None else max(1, int(self.seconds / max(each, 1e-9)))
        # Towards the end chunks become smaller, so that all workers finish together.
        fair = -(-(self.replications - self.next) // (2 * slots))
        height = min(max(1, most // self.variants), fair) if each is not None else 1
        first, end = self.next, self.next + height
        self.next = end
        groups = -(-self.variants // max(1, most // height))
        for group in range(groups):
            start, stop = (self.variants * at // groups for at in (group, group + 1))
            yield _Cells(first, end, tuple(range(start, stop)))


class _Crew:
    """Whoever runs cells: an executor, and how many tasks it runs at once."""

    def __init__(self, executor: Executor, slots: Callable[[], int], client: Any = None) -> None:
        self.executor, self.slots, self.client = executor, slots, client
        self.own: Executor | None = None

    @classmethod
    def of(cls, executor: Executor | Any | None) -> _Crew:
        if executor is None:
            cores = _cores()
            crew = cls(ThreadPoolExecutor(cores), lambda: cores)
            crew.own = crew.executor
            return crew
        if hasattr(executor, "get_executor"):
            return cls(executor.get_executor(pure=False), _threads_of(executor), executor)
        if not hasattr(executor, "submit"):
            raise TypeError(
                f"an executor of concurrent.futures or a client of Dask is needed, not {executor!r}"
            )
        client = getattr(executor, "_client", None)
        if client is not None and hasattr(client, "nthreads"):
            return cls(executor, _threads_of(client), client)
        slots = getattr(executor, "_max_workers", None) or getattr(executor, "num_workers", None)
        return cls(executor, lambda: int(slots or _cores()))

    def shared(self, task: _Task) -> Any:
        """Puts where the workers find it what all tasks need: on a cluster they fetch it once, and make it again if it is lost."""
        return task if self.client is None else self.client.submit(_same, task, pure=False)

    def stay_here(self) -> None:
        """Goes on with this computer alone."""
        cores = _cores()
        self.executor, self.slots = ThreadPoolExecutor(cores), lambda: cores
        self.own = self.executor

    def __enter__(self) -> _Crew:
        return self

    def __exit__(self, *_: object) -> None:
        if self.own is not None:
            self.own.shutdown(wait=True, cancel_futures=True)


def _same(task: _Task) -> _Task:
    return task


def _cores() -> int:
    count = getattr(os, "process_cpu_count", os.cpu_count)()
    return int(count or 1)


def _threads_of(client: Any) -> Callable[[], int]:
    """Returns how many threads a cluster has, asked every few seconds: workers come and go."""
    asked, known = 0.0, 1

    def threads() -> int:
        nonlocal asked, known
        if time.monotonic() - asked > 5.0:
            asked, known = time.monotonic(), max(1, sum(client.nthreads().values()))
        return known

    return threads


def _parcels(crew: _Crew, task: Any, chunks: _Chunks) -> Iterator[bytes]:
    """Yields parcels as they come; two tasks a worker are under way, so that none waits for the next."""
    under_way: dict[Future[tuple[bytes, float]], _Cells] = {}
    attempts: dict[_Cells, int] = {}
    broken: BaseException | None = None
    try:
        while True:
            while broken is None and len(under_way) < 2 * crew.slots():
                cells = chunks.take(crew.slots())
                if cells is None:
                    break
                try:
                    future = crew.executor.submit(_run, task, cells.first, cells.end, cells.variants)
                except (BrokenExecutor, RuntimeError) as error:
                    chunks.again(cells)
                    broken = error
                else:
                    under_way[future] = cells
            if not under_way and broken is None:
                return
            done, _ = wait(under_way, timeout=1.0, return_when=FIRST_COMPLETED)
            for future in done:
                cells = under_way.pop(future)
                try:
                    parcel, seconds = future.result()
                except (JourneysimError, ImportError):
                    raise
                except BrokenExecutor as error:
                    chunks.again(cells)
                    broken = error
                except (Exception, CancelledError) as error:
                    attempts[cells] = attempts.get(cells, 1) + 1
                    if attempts[cells] > ATTEMPTS:
                        words = f"cells were lost {ATTEMPTS} times: {error}"
                        raise UnfinishedError(words) from error
                    chunks.again(cells)
                else:
                    chunks.tell(cells.count, seconds)
                    yield parcel
            if broken is not None and not under_way:
                if crew.own is not None:
                    raise UnfinishedError(f"the executor is broken: {broken}") from broken
                warnings.warn(
                    f"the executor is broken ({broken}): the rest of the sweep is run on this computer",
                    RuntimeWarning,
                    stacklevel=4,
                )
                if not isinstance(task, _Task):
                    task = task.result()
                crew.stay_here()
                broken = None
    finally:
        for future in under_way:
            future.cancel()
