"""Runs the program once, for all tests."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("JOURNEYSIM", str(ROOT / "target/release/journeysim"))

# A small pooled book with a team of limited size, one replication of two variants.
SCENARIO = """
name = "Tables"
extends = "{root}/scenarios/programs/pooled-ta.toml"
horizon = "2y"
replications = 2
seed = 7

[population]
accounts = 40
arrivals = "40% per year"

[[pool]]
name = "advisors"
advisors = 3

[[variant]]
name = "as-it-is"

[[variant]]
name = "check-ins"
set = {{ "touchpoint.check-in.enabled" = true }}
"""


def run(*args):
    """Runs the program; what it says is shown where it fails."""
    outcome = subprocess.run([PROGRAM, *map(str, args)], capture_output=True, text=True)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@pytest.fixture(scope="session")
def scenario(tmp_path_factory):
    path = tmp_path_factory.mktemp("scenario") / "tables.toml"
    path.write_text(SCENARIO.format(root=ROOT))
    return path


@pytest.fixture(scope="session")
def folders(tmp_path_factory, scenario):
    """The same run with its tables as Parquet and as CSV."""
    root = tmp_path_factory.mktemp("runs")
    for form in ["parquet", "csv"]:
        run("compare", scenario, "--out", root / form, "--format", form, "--events", "--ocel", "--quiet")
    return root
