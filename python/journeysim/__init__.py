"""journeysim: what happens to a pooled customer population when the program changes.

A deterministic simulator of the customer-success journey. A :class:`Scenario` is read from the same files as the program's, and
answers the same questions with the same numbers, to the bit.

>>> from journeysim import Scenario
>>> scenario = Scenario.load("scenarios/check-in-cadence.toml").with_(replications=8)
>>> answer = scenario.compare()
>>> len(answer.digest)
64
"""

from journeysim._journeysim import VERSION as __version__
from journeysim.answers import (
    Answer,
    Calibration,
    Comparison,
    Difference,
    Estimate,
    Life,
    Optimum,
    Run,
    Sensitivity,
    Staffing,
)
from journeysim.errors import Fault, InputError, JourneysimError, UnfinishedError, WorkerMismatchError
from journeysim.scenario import Scenario, formulas
from journeysim.sweeps import Sweep, sweep
from journeysim.tables import Table

__all__ = [
    "Answer",
    "Calibration",
    "Comparison",
    "Difference",
    "Estimate",
    "Fault",
    "InputError",
    "JourneysimError",
    "Life",
    "Optimum",
    "Run",
    "Scenario",
    "Sensitivity",
    "Staffing",
    "Sweep",
    "Table",
    "UnfinishedError",
    "WorkerMismatchError",
    "__version__",
    "formulas",
    "sweep",
]
