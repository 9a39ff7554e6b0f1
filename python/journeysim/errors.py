"""What can go wrong, and where.

The text of every exception is the text that the program prints for the same mistake.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

__all__ = [
    "Fault",
    "InputError",
    "JourneysimError",
    "UnfinishedError",
    "WorkerMismatchError",
]


@dataclass(frozen=True)
class Fault:
    """One fault of a scenario: where it is, what is wrong, what would be right."""

    file: str
    """The file as it was named, or `--set` for a change made in Python or on the command line."""
    line: int
    """The line, counted from 1."""
    column: int
    """The column in characters, counted from 1."""
    path: str
    """The setting, such as `touchpoint.kickoff.effort`; empty where the fault is not about one."""
    code: str
    """The name of the kind of fault, such as `unknown-key`."""
    message: str
    """What is wrong, with what was written."""
    help: str
    """What would be right."""


class JourneysimError(Exception):
    """Anything that journeysim itself raises."""


class InputError(JourneysimError, ValueError):
    """The scenario or what is asked of it is wrong; nothing was run.

    `faults` holds every fault of every file, found in one pass; it is empty where the mistake stands in no file.

    >>> from journeysim import InputError, Scenario
    >>> try:
    ...     Scenario.from_toml('name = "Pool"\\nhorizn = "3y"')
    ... except InputError as error:
    ...     fault = next(fault for fault in error.faults if fault.path == "horizn")
    ...     print(f"line {fault.line}: {fault.message}")
    line 2: `horizn` means nothing here
    """

    def __init__(self, text: str, faults: str | None = None) -> None:
        super().__init__(text)
        found: list[dict[str, Any]] = json.loads(faults) if faults else []
        self._faults = faults
        self.faults: list[Fault] = [Fault(**fault) for fault in found]

    def __reduce__(self) -> tuple[type[InputError], tuple[str, str | None]]:
        return (InputError, (str(self), self._faults))


class UnfinishedError(JourneysimError, RuntimeError):
    """The run could not finish: a time cap was met, a fit did not converge, the disk is full."""


class WorkerMismatchError(JourneysimError, RuntimeError):
    """A worker of a sweep has another version of journeysim, or ran another plan."""
