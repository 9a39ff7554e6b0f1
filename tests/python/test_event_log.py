"""The event log, read by those who look for processes: the stages of the program must come out of it again."""

import json
from collections import Counter

import jsonschema
import pandas
import pm4py
import pytest
from conftest import ROOT, run

VARIANTS = ["as-it-is", "check-ins"]

# What the program allows: a stage and those that may follow it; "ends" is the horizon, or a churn.
STAGES = {
    "onboarding": {"adopting", "nurturing", "renewing"},
    "adopting": {"nurturing", "renewing"},
    "nurturing": {"adopting", "renewing"},
    "renewing": {"adopting", "nurturing", "onboarding"},
}


def named(activity):
    return activity.removesuffix(" entered")


@pytest.fixture(scope="module")
def events(folders):
    return pandas.read_parquet(folders / "parquet/events.parquet")


@pytest.mark.parametrize("variant", VARIANTS)
def test_an_object_centric_log_keeps_to_the_schema_of_its_standard(folders, variant):
    log = json.loads((folders / f"parquet/ocel-{variant}-0.json").read_text())
    jsonschema.validate(log, json.loads((ROOT / "tests/python/ocel20.schema.json").read_text()))
    objects = {thing["id"] for thing in log["objects"]}
    assert len(objects) == len(log["objects"]), "an object stands there once"
    assert len({event["id"] for event in log["events"]}) == len(log["events"])
    assert {event["type"] for event in log["events"]} == {kind["name"] for kind in log["eventTypes"]}
    for thing in log["events"] + log["objects"]:
        assert {relation["objectId"] for relation in thing["relationships"]} <= objects
    times = [event["time"] for event in log["events"]]
    assert times == sorted(times)


def test_pm4py_reads_the_objects_and_what_relates_to_them(folders):
    log = pm4py.read_ocel2_json(str(folders / "parquet/ocel-check-ins-0.json"))
    assert set(pm4py.ocel_get_object_types(log)) == {"account", "contract", "advisor", "touchpoint"}
    relations = log.relations
    qualifiers = relations.groupby("ocel:type")["ocel:qualifier"].agg(set).to_dict()
    assert qualifiers == {
        "account": {"account"},
        "contract": {"runs", "begins", "ends"},
        "advisor": {"done by"},
        "touchpoint": {"touchpoint"},
    }
    of_contracts = relations[relations["ocel:type"] == "contract"]
    ends = of_contracts[of_contracts["ocel:qualifier"] == "ends"]
    assert set(ends["ocel:activity"]) == {"renewed", "churned"}
    assert ends["ocel:oid"].is_unique, "a contract ends once"
    begins = of_contracts[of_contracts["ocel:qualifier"] == "begins"]
    assert set(begins["ocel:activity"]) == {"renewed", "onboarding entered"}
    assert begins["ocel:oid"].is_unique, "a contract begins once"


def test_the_table_and_the_objects_tell_the_same(folders, events):
    log = json.loads((folders / "parquet/ocel-as-it-is-0.json").read_text())
    rows = events[(events["variant"] == "as-it-is") & (events["replication"] == 0)]
    told = [(event["type"], pandas.Timestamp(event["time"]).tz_localize(None)) for event in log["events"]]
    assert told == list(zip(rows["activity"], rows["timestamp"]))


def test_the_stages_of_the_program_are_discovered_from_accounts_that_flow_through_them(folders):
    log = pm4py.read_ocel2_json(str(folders / "parquet/ocel-as-it-is-0.json"))
    flat = pm4py.ocel_flattening(log, "account")
    is_stage = flat["concept:name"].str.endswith(" entered") & ~flat["concept:name"].str.startswith("lighthouse")
    stages = flat[is_stage].copy()
    graph, starts, _ = pm4py.discover_dfg(stages)
    found = {}
    for (stage, following), _ in graph.items():
        if named(stage) in STAGES:
            found.setdefault(named(stage), set()).add(named(following))
    for stage, following in found.items():
        assert following <= STAGES[stage] | {"onboarding", "prospect"}, stage
    assert {"adopting", "nurturing", "renewing"} <= set(found)
    assert "nurturing" in found["adopting"] and "renewing" in found["nurturing"]
    assert set(map(named, starts)) <= {*STAGES, "prospect"}


def test_a_net_discovered_from_the_table_replays_every_case(events):
    stages = events[(events["kind"] == "stage") & (events["variant"] == "as-it-is")].reset_index(drop=True)
    log = pm4py.format_dataframe(stages, case_id="case", activity_key="activity", timestamp_key="timestamp")
    net = pm4py.discover_petri_net_inductive(log)
    assert {named(transition.label) for transition in net[0].transitions if transition.label} >= set(STAGES)
    assert pm4py.fitness_token_based_replay(log, *net)["log_fitness"] == pytest.approx(1.0)


def test_renewals_in_the_log_are_those_of_the_accounts_in_the_order_of_the_stages(events):
    for _, life in events.sort_values(["timestamp"], kind="stable").groupby("case"):
        churned = life["kind"].eq("churned").cumsum()
        # After a churn only what is done for who has left, or a new contract.
        after = life[(churned > 0) & ~life["kind"].eq("churned")]
        stages = after[after["kind"] == "stage"]
        if len(stages):
            assert stages.iloc[0]["activity"] == "onboarding entered"


def test_only_the_accounts_that_were_asked_for_are_in_the_log(tmp_path, scenario, events):
    run("run", scenario, "--out", tmp_path / "some", "--events", "--events-of", "3", "--events-of", "7..9", "--quiet")
    some = pandas.read_parquet(tmp_path / "some/events.parquet")
    assert set(some["account"]) == {3, 7, 8}
    all_of_them = events[(events["variant"] == "as-it-is") & events["account"].isin([3, 7, 8])]
    assert Counter(some["activity"]) == Counter(all_of_them["activity"])


def test_the_results_of_a_run_are_the_same_with_and_without_its_log(folders, tmp_path, scenario):
    run("compare", scenario, "--out", tmp_path / "plain", "--quiet")
    results = [json.loads((folder / "result.json").read_text()) for folder in (tmp_path / "plain", folders / "parquet")]
    assert results[0] == results[1]
