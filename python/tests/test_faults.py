"""What is wrong is said as the program says it, and nothing that is given breaks the interpreter."""

import json
import pickle
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, called, small
from hypothesis import given, settings
from hypothesis import strategies as st

from journeysim import Fault, InputError, JourneysimError, Scenario, WorkerMismatchError, _journeysim

GALLERY = sorted((ROOT / "tests/faults").rglob("*.toml"))


@pytest.mark.parametrize("file", GALLERY[:: max(1, len(GALLERY) // 40)], ids=lambda file: file.stem)
def test_faults_of_a_file_are_the_program_s(file: Path) -> None:
    path = str(file.relative_to(ROOT))
    told = called("run", path)
    if told.returncode != 2:
        pytest.skip("this one is no fault of a file by itself")
    with pytest.raises(InputError) as raised:
        Scenario.load(path)
    assert f"error: {raised.value}\n" == told.stderr
    checked = json.loads(called("check", path, "--json").stdout)
    assert [Fault(**fault) for fault in checked["faults"]] == raised.value.faults


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("compare", "scenarios/programs/pooled-ta.toml"),
        ("staff", "scenarios/check-in-cadence.toml"),
        ("sensitivity", "scenarios/check-in-cadence.toml"),
        ("optimize", "scenarios/check-in-cadence.toml"),
        ("calibrate", "scenarios/check-in-cadence.toml"),
    ],
)
def test_a_question_that_is_not_asked_is_refused_in_the_program_s_words(command: str, file: str) -> None:
    with pytest.raises(InputError) as raised:
        getattr(Scenario.load(file), command)()
    assert f"error: {raised.value}\n" == called(command, file).stderr
    assert raised.value.faults == []


def test_a_change_that_matches_nothing_is_said_with_its_place() -> None:
    with pytest.raises(InputError) as raised:
        small().with_({"touchpoint.chek-in.every": "30d"})
    (fault,) = raised.value.faults
    assert (fault.file, fault.path) == ("--set", "touchpoint.chek-in.every")
    assert "check-in" in fault.help
    assert pickle.loads(pickle.dumps(raised.value)).faults == [fault]


def test_an_account_or_variant_that_is_not_there_is_refused() -> None:
    with pytest.raises(InputError, match="there is no variant `x`"):
        small().trace(0, variant="x")
    with pytest.raises(InputError, match="is no number"):
        small().trace("nobody")


def test_values_of_python_are_written_as_toml() -> None:
    changed = small().with_(
        start=date(2024, 3, 1), headline=["net_value", "logo_retention"], confidence=0.9, seed=8
    )
    assert changed.changes == [
        "start=2024-03-01",
        'headline=["net_value", "logo_retention"]',
        "confidence=0.9",
        "seed=8",
    ]
    with pytest.raises(TypeError, match="a setting is a text"):
        small().with_(seed=object())  # type: ignore[arg-type]


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary() | st.dates(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
FEW = settings(max_examples=60, deadline=None)


@FEW
@given(anything, anything)
def test_nothing_given_as_a_change_breaks_the_interpreter(path: Any, value: Any) -> None:
    try:
        changed = Scenario.load("scenarios/check-in-cadence.toml").with_({path: value})
    except (InputError, TypeError, UnicodeEncodeError):
        return
    assert isinstance(changed, Scenario)


@FEW
@given(
    st.text()
    | st.sampled_from(["name = 'x'\n", "extends = 'programs/pooled-ta.toml'\n"]).flatmap(
        lambda it: st.text().map(it.__add__)
    )
)
def test_no_text_of_a_scenario_breaks_the_interpreter(text: str) -> None:
    try:
        Scenario.from_toml(text, folder="scenarios")
    except InputError as error:
        assert str(error)


@FEW
@given(st.lists(anything, max_size=6))
def test_wrong_types_at_the_boundary_are_exceptions(given_: list[Any]) -> None:
    for function in [
        _journeysim.Subject,
        _journeysim.Gathering,
        _journeysim.ask,
        _journeysim.run_cells,
        _journeysim.by_formula,
        Scenario.load,
        Scenario.from_toml,
    ]:
        with pytest.raises((JourneysimError, TypeError, OverflowError, ValueError, OSError)):
            function(*given_)  # type: ignore[operator]


@FEW
@given(st.binary())
def test_a_damaged_parcel_is_refused(bytes_: bytes) -> None:
    gathering = _journeysim.Gathering(small()._subject, False)
    with pytest.raises(WorkerMismatchError):
        gathering.add(bytes_)
