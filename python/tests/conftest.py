"""What the tests of the package have in common: small scenarios, and the program to hold the package against."""

import csv
import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from journeysim import Scenario

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = os.environ.get("JOURNEYSIM", str(ROOT / "target/release/journeysim"))

POOLED = """
name = "Small"
extends = "programs/pooled-ta.toml"
horizon = "2y"
replications = 3

[population]
accounts = 30
"""

VARIANTS = """
[[variant]]
name = "as-it-is"

[[variant]]
name = "check-ins"
set = { "touchpoint.check-in.enabled" = true }

[[variant]]
name = "often"
set = { "touchpoint.check-in.enabled" = true, "touchpoint.check-in.every" = "30d" }
"""


@pytest.fixture(autouse=True)
def in_root(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scenarios are named as they are seen from the project's folder."""
    monkeypatch.chdir(ROOT)


def small(more: str = "") -> Scenario:
    return Scenario.from_toml(POOLED + more, folder="scenarios")


@pytest.fixture
def pooled() -> Scenario:
    return small()


@pytest.fixture
def variants() -> Scenario:
    return small(VARIANTS)


def digests() -> list[tuple[str, Scenario]]:
    """The scenarios whose digests are known, and these digests; see tests/data/digests.csv."""
    rows = csv.DictReader(
        line for line in (ROOT / "tests/data/digests.csv").read_text().splitlines() if not line.startswith("#")
    )
    known = []
    for row in rows:
        settings: dict[str, Any] = {"seed": 7, "replications": 2}
        for setting in filter(None, row["settings"].split(";")):
            path, value = setting.split("=")
            settings[path.replace(".", "__")] = json.loads(value) if value[0].isdigit() and value[-1].isdigit() else value
        known.append((row["digest"], Scenario.load(ROOT / "scenarios" / row["scenario"]).with_(**settings)))
    return known


def program(*arguments: str) -> dict[str, Any]:
    """Returns the document that the program prints."""
    printed = called(*arguments, "--json").stdout
    document: dict[str, Any] = json.loads(printed)
    return document


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments, "--quiet"], capture_output=True, text=True, cwd=ROOT)
