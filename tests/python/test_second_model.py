"""The program against a second implementation of the same rules: event by event, and metric by metric."""

import csv
import datetime
import json
import os
import random
import statistics

import pytest
from conftest import ROOT, run
from second_model import Settings, World

VALIDATION = ROOT / "scenarios/validation"

# Worlds in which nothing is left to chance, by what they set in `certain.toml`.
CERTAIN = {
    "as it is": [],
    "everybody passes the gate": ["usage.ceiling=90%", "usage.usage=40%"],
    "everybody leaves and comes back": [
        "renewal.constant_churn=100%",
        "renewal.win_back=100%",
        "renewal.win_back_after=100d",
        "lighthouse.churn_cut=0%",
    ],
    "everybody signs early, and pays less": ["renewal.early=100%", "renewal.early_by=20d", "renewal.price_change=-5%"],
    "figures at the very gate": ["usage.ceiling=80%", "stages.gate_comparison=ge", "stages.usage_gate=29%"],
}

# Replications of the second implementation, which takes a second for each; the long check asks for more.
REPLICATIONS = int(os.environ.get("JOURNEYSIM_REPLICATIONS", "12"))


def lived(folder, scenario, settings, *more):
    """Runs the program; returns its folder and the scenario it says that it has run."""
    overrides = [part for setting in settings for part in ("--set", setting)]
    run("run", VALIDATION / scenario, "--out", folder, "--format", "csv", "--quiet", *overrides, *more)
    again = Settings(json.loads((folder / "manifest.json").read_text())["merged"])
    for setting in settings:
        again.set(*setting.split("=", 1))
    return again


def told(row):
    """An event of the program, as the second implementation tells it."""
    word = row["touchpoint"]
    if row["kind"] == "stage":
        word = row["activity"].split()[0]
    elif row["kind"] in ("band", "rated", "goal"):
        word = row["activity"].split()[-1]
    elif row["kind"] == "renewed":
        word = str(round(float(row["arr"]) * 100))
    return row["timestamp"], int(row["account"]), row["kind"], word


@pytest.mark.parametrize("world", CERTAIN)
def test_without_chance_both_tell_the_same_events(tmp_path, world):
    settings = lived(tmp_path / "run", "certain.toml", CERTAIN[world], "--events")
    second = World(settings, random.Random(1), VALIDATION).live()
    start = datetime.datetime.combine(second.start, datetime.time())
    with (tmp_path / "run/events.csv").open() as table:
        events = sorted(map(told, csv.DictReader(table)))
    expected = sorted(
        ((start + datetime.timedelta(seconds=at)).isoformat(), account, kind, str(word))
        for at, account, kind, word in second.log
    )
    assert len(events) > 2000
    first = next(((one, other) for one, other in zip(events, expected) if one != other), None)
    assert first is None, "the first event in which they differ: the program's, and the second one's"
    assert len(events) == len(expected)
    metrics = json.loads((tmp_path / "run/result.json").read_text())["metrics"]
    for name, value in second.metrics().items():
        mean = metrics[name] and metrics[name]["mean"]
        # Use is reckoned in single precision there.
        assert mean == (value if value is None else pytest.approx(value, rel=1e-5, abs=1e-9)), name


def test_with_chance_every_metric_is_the_same_within_its_error(tmp_path):
    """Five standard errors, with as many degrees of freedom as the fewer replications have: of 40 metrics one would be
    beyond them with one of 60 pairs of seeds, if all were independent."""
    replications = ["--replications", max(200, REPLICATIONS)]
    settings = lived(tmp_path / "run", "fresh.toml", [], *replications)
    with (tmp_path / "run/replications.csv").open() as table:
        rows = list(csv.DictReader(table))
    second = [World(settings, random.Random(seed)).live().metrics() for seed in range(REPLICATIONS)]
    pools = ["advisor_utilization", "wait_hours_mean", "wait_hours_p95", "backlog_hours_p95", "same_advisor_share"]
    unknown = {*pools, "response_within_48h", "lighthouse_causal_saves"}
    metrics = json.loads((tmp_path / "run/result.json").read_text())["metrics"]
    assert set(metrics) == set(second[0]) | unknown
    assert all(metrics[name] is None for name in unknown)
    apart = {}
    for name in second[0]:
        ours = [float(row[name]) for row in rows if row[name]]
        theirs = [metrics[name] for metrics in second if metrics[name] is not None]
        difference = statistics.fmean(ours) - statistics.fmean(theirs)
        error = (statistics.variance(ours) / len(ours) + statistics.variance(theirs) / len(theirs)) ** 0.5
        if abs(difference) > 5 * error:
            apart[name] = (statistics.fmean(ours), statistics.fmean(theirs), error)
    assert not apart
