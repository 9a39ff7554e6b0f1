"""The package and the program give the same answers, to the bit."""

import functools
import json
import os
import pickle
import signal
import threading
import time
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow
import pytest
from conftest import VARIANTS, called, program, small

import journeysim
from journeysim import Comparison, Scenario

CADENCE = "scenarios/check-in-cadence.toml"


def cadence(replications: int = 6) -> Scenario:
    return Scenario.load(CADENCE).with_(replications=replications)


def same(document: dict[str, Any], other: dict[str, Any]) -> bool:
    """Whether two documents are the same, whatever the order of keys."""
    return json.dumps(document, sort_keys=True) == json.dumps(other, sort_keys=True)


@pytest.mark.parametrize("command", ["run", "compare"])
def test_a_run_is_the_program_s(command: str) -> None:
    answer = getattr(cadence(), command)()
    assert same(answer.document, program(command, CADENCE, "--replications", "6"))
    assert answer.digest == answer.document["digest"]


def test_a_printed_answer_is_the_text_of_the_program() -> None:
    assert str(cadence().compare()) == called("compare", CADENCE, "--replications", "6").stdout


def test_why_variants_differ_is_the_program_s() -> None:
    answer = cadence(4).compare(why=True)
    assert same(answer.document, program("compare", CADENCE, "--replications", "4", "--why"))
    assert answer.document["why"]


@pytest.mark.parametrize(
    ("command", "file", "smaller"),
    [
        ("staff", "scenarios/advisor-bandwidth.toml", "population.accounts=60"),
        ("sensitivity", "scenarios/what-it-hangs-on.toml", "sensitivity.worlds=20"),
        ("optimize", "scenarios/best-cadence.toml", "optimize.budget=14"),
    ],
)
def test_a_question_is_answered_as_by_the_program(command: str, file: str, smaller: str) -> None:
    path, value = smaller.split("=")
    answer = getattr(Scenario.load(file).with_({path: value}, replications=2), command)()
    assert same(answer.document, program(command, file, "--set", smaller, "--replications", "2"))
    assert answer.charts


def test_a_fit_is_the_program_s_and_can_be_extended(tmp_path: Path) -> None:
    book = "tests/data/history/history.toml"
    file = "scenarios/fitted.toml"
    answer = Scenario.load(file).calibrate(book, back_test=True)
    assert same(answer.document, program("calibrate", file, "--book", book, "--back-test"))
    assert answer.held_out is not None and answer.overlay is None
    assert same(journeysim.formulas(book).document, program("calibrate", "--book", book))


def test_a_life_is_the_program_s() -> None:
    life = Scenario.load(CADENCE).trace(12, variant="none", against="monthly")
    asked = ["--account", "12", "--variant", "none", "--against", "monthly"]
    assert same(life.document, program("trace", CADENCE, *asked))
    assert life.page.startswith("<!")
    assert set(life.table().to_pydict()["variant"]) == {"none", "monthly"}


def test_threads_and_detail_do_not_show_in_the_digest() -> None:
    digests = {
        cadence().compare(threads=threads, detail=detail).digest
        for threads in [1, 3]
        for detail in [True, False]
    }
    assert len(digests) == 1


def test_changes_are_those_of_the_command_line() -> None:
    changed = cadence(4).with_({"touchpoint.check-in.effort": "45m"}, assume__accounts=40, seed=3)
    set_ = ["--set", "touchpoint.check-in.effort=45m", "--set", "assume.accounts=40", "--set", "seed=3"]
    assert changed.compare().digest == program("compare", CADENCE, "--replications", "4", *set_)["digest"]
    assert cadence(4).seed == 1, "the scenario itself stays as it was"


def test_a_scenario_travels_with_its_files(
    variants: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = variants.with_(seed=5)
    monkeypatch.chdir(tmp_path)
    there: Scenario = pickle.loads(pickle.dumps(here))
    assert there == here and there.plan == here.plan
    assert there.compare().digest == here.compare().digest


# Tables


@functools.cache
def comparison() -> Comparison:
    return small(VARIANTS).compare()


@pytest.mark.parametrize("name", ["replications", "slices", "timeline", "survival", "accounts"])
def test_readers_of_tables_find_the_same(name: str) -> None:
    table = comparison().table(name)
    by_polars, by_arrow = polars.DataFrame(table), pyarrow.table(table)
    by_pandas = table.to_pandas()
    by_duckdb = duckdb.from_arrow(table).pl()
    assert len(table) == by_polars.height == by_arrow.num_rows == len(by_pandas) > 0
    assert table.columns == by_polars.columns == list(by_pandas.columns)
    assert by_polars.equals(by_duckdb) and by_polars.equals(polars.DataFrame(by_arrow))
    assert by_polars.to_dict(as_series=False) == table.to_pydict()
    assert isinstance(by_pandas, pandas.DataFrame)


def test_tables_are_those_of_a_run_folder(tmp_path: Path) -> None:
    called("compare", CADENCE, "--replications", "2", "--out", str(tmp_path / "run"))
    answer = cadence(2).compare()
    for name in ["replications", "slices", "timeline", "survival", "accounts"]:
        written = polars.read_parquet(tmp_path / "run" / f"{name}.parquet")
        assert written.equals(answer.table(name).to_polars()), name


def test_lists_of_the_document_are_tables_too() -> None:
    differences = cadence(4).compare().table("differences").to_polars()
    assert {"variant", "metric", "mean", "ci_low", "p_better"} <= set(differences.columns)
    with pytest.raises(KeyError, match="there is no table 'nothing'; there are replications, "):
        cadence(2).run().table("nothing")


# Charts


def test_charts_are_those_of_the_report() -> None:
    answer = comparison()
    assert len(answer.charts) > 5
    for name in list(answer.charts)[::5]:
        chart = answer.chart(name)
        assert chart.to_dict()["width"] == 640, "Altair accepts it as it is"
    with pytest.raises(KeyError, match="there is no chart 'nothing'"):
        answer.chart("nothing")


def test_answers_show_themselves_in_a_notebook() -> None:
    answer = cadence(2).compare()
    assert "Gross revenue" in answer._repr_html_()
    assert "<table>" in answer.table("replications")._repr_html_()
    assert "gross_revenue_retention" in answer.metrics["none"]._repr_html_()


# Waiting


class Bar:
    """A bar as tqdm makes them, which remembers what it is told."""

    made: list["Bar"] = []

    def __init__(self, *, total: int, unit: str, desc: str) -> None:
        self.total, self.n, self.is_closed = total, 0, False
        Bar.made.append(self)

    def update(self, more: int) -> None:
        self.n += more

    def close(self) -> None:
        self.is_closed = True


def test_progress_ends_where_the_run_does() -> None:
    cadence(6).compare(progress=Bar)
    bar = Bar.made.pop()
    assert (bar.n, bar.total, bar.is_closed) == (6, 6, True)


def test_the_interpreter_goes_on_while_a_run_does() -> None:
    counted, over = 0, threading.Event()

    def count() -> None:
        nonlocal counted
        while not over.is_set():
            counted += 1
            time.sleep(0.001)

    thread = threading.Thread(target=count)
    thread.start()
    cadence(30).compare(threads=1)
    over.set()
    thread.join()
    assert counted > 20


def test_an_interruption_stops_a_run() -> None:
    long = cadence(100_000)
    # Whoever starts the tests in the background may have them ignore interruptions.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        long.compare()
    signal.signal(signal.SIGINT, before)


def test_a_fault_in_a_bar_stops_the_run_and_is_raised() -> None:
    class Broken(Bar):
        def update(self, more: int) -> None:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        cadence(100_000).compare(progress=Broken)
