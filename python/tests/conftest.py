"""What the tests of the package have in common: small scenarios, and the program to hold the package against."""

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


def program(*arguments: str) -> dict[str, Any]:
    """Returns the document that the program prints."""
    printed = called(*arguments, "--json").stdout
    document: dict[str, Any] = json.loads(printed)
    return document


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([PROGRAM, *arguments, "--quiet"], capture_output=True, text=True, cwd=ROOT)
