"""Scenarios: what is asked about, and the questions."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, Union

from journeysim import _journeysim
from journeysim.answers import Answer, Calibration, Comparison, Life, Optimum, Run, Sensitivity, Staffing
from journeysim.progress import watched

if TYPE_CHECKING:
    from journeysim._journeysim import Details, Finished

__all__ = ["Progress", "Scenario", "Value", "formulas"]

Value: TypeAlias = Union[str, bool, int, float, date, "list[Any]", "dict[str, Any]"]
"""What a setting can be set to."""


class Progress(Protocol):
    """Makes progress bars as `tqdm.auto.tqdm` does."""

    def __call__(self, *, total: int, unit: str, desc: str) -> Any: ...


class Scenario:
    """A scenario, read and found right.

    It never changes: :meth:`with_` returns another one. It holds all files it was read from, so it can be pickled and
    gives the same answers elsewhere, to the bit.

    >>> from journeysim import Scenario
    >>> scenario = Scenario.load("scenarios/check-in-cadence.toml")
    >>> scenario.name, scenario.replications
    ('Check-in cadence', 200)
    >>> scenario.variants
    ['none', 'half-yearly', 'quarterly', 'monthly']
    """

    def __init__(self, subject: _journeysim.Subject) -> None:
        """Use :meth:`load` or :meth:`from_toml`."""
        self._subject = subject
        self._about: dict[str, Any] = json.loads(subject.about)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Scenario:
        """Reads a scenario file and all that it extends.

        Raises :class:`~journeysim.InputError` with every fault of every file.
        """
        return cls(_journeysim.Subject(os.fspath(path), [], {}))

    @classmethod
    def from_toml(cls, text: str, folder: str | os.PathLike[str] = "") -> Scenario:
        """Reads a scenario from a text, as if it stood in `scenario.toml` below `folder`.

        >>> from journeysim import Scenario
        >>> scenario = Scenario.from_toml(
        ...     '''
        ...     name = "Two years"
        ...     extends = "programs/pooled-ta.toml"
        ...     horizon = "2y"
        ...     replications = 4
        ...     ''',
        ...     folder="scenarios",
        ... )
        >>> scenario.name
        'Two years'
        """
        file = Path(folder, "scenario.toml").as_posix()
        return cls(_journeysim.Subject(file, [], {file: str.encode(text)}))

    def with_(self, changes: Mapping[str, Value] | None = None, /, **named: Value) -> Scenario:
        """Returns the scenario with some values changed, in all its variants.

        Paths are those of `--set`: names joined by dots. In a keyword, two underscores stand for a dot. A text is read as
        `--set` reads it, so units are written as in a file.

        >>> from journeysim import Scenario
        >>> scenario = Scenario.load("scenarios/check-in-cadence.toml")
        >>> scenario.with_(seed=7, replications=50).seed
        7
        >>> shorter = scenario.with_({"touchpoint.check-in.every": "60d"}, assume__accounts=40)
        >>> shorter.changes
        ['touchpoint.check-in.every=60d', 'assume.accounts=40']
        """
        written = [f"{path}={_toml(value)}" for path, value in (changes or {}).items()]
        written += [f"{name.replace('__', '.')}={_toml(value)}" for name, value in named.items()]
        subject = self._subject
        return Scenario(_journeysim.Subject(subject.file, subject.overrides + written, subject.files))

    @property
    def name(self) -> str:
        """Its name."""
        return str(self._about["name"])

    @property
    def question(self) -> str | None:
        """The question it asks, in words."""
        question: str | None = self._about["question"]
        return question

    @property
    def variants(self) -> list[str]:
        """The names of its variants, in the order of the file."""
        return list(self._about["variants"])

    @property
    def baseline(self) -> str:
        """The name of the variant that the others are compared with."""
        return str(self._about["baseline"])

    @property
    def replications(self) -> int:
        """The number of independent repetitions."""
        return int(self._about["replications"])

    @property
    def seed(self) -> int:
        """The seed of all randomness."""
        return int(self._about["seed"])

    @property
    def notes(self) -> list[str]:
        """What is no fault and worth knowing, such as an assumption outside its stated range."""
        return list(self._about["notes"])

    @property
    def changes(self) -> list[str]:
        """What :meth:`with_` has changed, as the program's `--set` takes it."""
        return self._subject.overrides

    @property
    def files(self) -> list[str]:
        """The paths of all files it was read from."""
        return sorted(self._subject.files)

    @property
    def plan(self) -> str:
        """The hash of all that its cells follow from, in 64 hexadecimal digits."""
        return self._subject.plan

    def to_toml(self) -> str:
        """Returns the complete scenario, all it extends and all changes merged."""
        return str(self._about["merged"])

    def run(
        self,
        *,
        detail: bool = True,
        threads: int | None = None,
        progress: bool | Progress = False,
    ) -> Run:
        """What happens under this scenario? Of one with variants the baseline is run.

        With `detail` weeks, cohorts and accounts are kept, which the tables and most charts are made from. `progress` is
        `True` for a bar of tqdm, or makes one as `tqdm` does.

        >>> from journeysim import Scenario
        >>> scenario = Scenario.load("scenarios/programs/pooled-ta.toml").with_(replications=4)
        >>> answer = scenario.run()
        >>> answer.metrics["gross_revenue_retention"].unit
        'fraction'
        """
        return Run(self._ask("run", threads, progress, keeps=detail))

    def compare(
        self,
        *,
        why: bool = False,
        detail: bool = True,
        threads: int | None = None,
        progress: bool | Progress = False,
    ) -> Comparison:
        """Which variant is better, by how much, how sure?

        With `why` also by which path, from which month on, and through which customers; each path is run once more for
        every variant. `detail`, `threads` and `progress` are those of :meth:`run`.

        >>> from journeysim import Scenario
        >>> answer = Scenario.load("scenarios/check-in-cadence.toml").with_(replications=8).compare()
        >>> answer.baseline
        'none'
        >>> difference = answer.difference("monthly", "gross_revenue_retention")
        >>> difference.ci_low < difference.mean < difference.ci_high
        True
        """
        return Comparison(self._ask("compare", threads, progress, why=why, keeps=detail))

    def staff(self, *, threads: int | None = None, progress: bool | Progress = False) -> Staffing:
        """How many advisors are enough? Asks the scenario's `[staff]` table."""
        return Staffing(self._ask("staff", threads, progress))

    def sensitivity(self, *, threads: int | None = None, progress: bool | Progress = False) -> Sensitivity:
        """Which assumption does the answer hang on? Asks the scenario's `[sensitivity]` table."""
        return Sensitivity(self._ask("sensitivity", threads, progress))

    def optimize(self, *, threads: int | None = None, progress: bool | Progress = False) -> Optimum:
        """Which decisions are best, within limits? Asks the scenario's `[optimize]` table."""
        return Optimum(self._ask("optimize", threads, progress))

    def calibrate(
        self,
        book: str | os.PathLike[str] | None = None,
        *,
        back_test: bool = False,
        threads: int | None = None,
        progress: bool | Progress = False,
    ) -> Calibration:
        """Which parameters fit our own history? Asks the scenario's `[calibrate]` table.

        `book` is the mapping of a history. With `back_test` nothing is fitted: the scenario as it stands is tried on what
        is held out. Raises :class:`~journeysim.UnfinishedError` if the fit does not converge.
        """
        book = None if book is None else os.fspath(book)
        return Calibration(self._ask("calibrate", threads, progress, book=book, back_test=back_test))

    def trace(
        self,
        account: int | str,
        *,
        variant: str | None = None,
        against: str | None = None,
        replication: int = 0,
    ) -> Life:
        """What happened to one account, step by step?

        `account` is its number, or what the list of real accounts calls it. With `against` its life under another variant
        is shown beside.

        >>> from journeysim import Scenario
        >>> life = Scenario.load("scenarios/check-in-cadence.toml").trace(12, variant="monthly")
        >>> life.table().columns[:3]
        ['variant', 'time', 'kind']
        """
        details: dict[str, Any] = {"account": str(account), "variant": variant, "against": against}
        return Life(self._ask("trace", None, False, replication=replication, **details))

    def _ask(self, command: str, threads: int | None, progress: bool | Progress, **details: Any) -> Finished:
        asked: Details = {
            "why": False,
            "keeps": False,
            "book": None,
            "back_test": False,
            "account": "",
            "variant": None,
            "against": None,
            "replication": 0,
            **details,  # type: ignore[typeddict-item]
        }
        with watched(progress, command, "replications") as tell:
            return _journeysim.ask(command, self._subject, asked, threads, tell)

    def __reduce__(self) -> tuple[Callable[..., Scenario], tuple[object, ...]]:
        subject = self._subject
        return (_unpickled, (subject.file, subject.overrides, subject.files))

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Scenario):
            return NotImplemented
        mine, others = self._subject, other._subject
        return (mine.file, mine.overrides, mine.files) == (others.file, others.overrides, others.files)

    def __hash__(self) -> int:
        return hash((self._subject.file, tuple(self._subject.overrides), self.plan))

    def __repr__(self) -> str:
        changes = "".join(f", {change}" for change in self.changes)
        return f"<Scenario {self.name!r} from {self._subject.file}{changes}>"


def formulas(book: str | os.PathLike[str]) -> Answer:
    """What a history says by formula, without a scenario: how customers stay, how use grows, what leaving has to do with.

    `book` is the mapping of a history.
    """
    return Answer(_journeysim.by_formula(os.fspath(book)))


def _unpickled(file: str, overrides: list[str], files: dict[str, bytes]) -> Scenario:
    return Scenario(_journeysim.Subject(file, overrides, files))


def _toml(value: Value) -> str:
    """Writes a value as `--set` takes it; a text stands as it is."""
    return value if isinstance(value, str) else _literal(value)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        # A text in JSON is one in TOML, but for what JSON leaves unescaped.
        return json.dumps(value).replace("\x7f", "\\u007f")
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(str(key))} = {_literal(it)}" for key, it in value.items()) + "}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_literal(it) for it in value) + "]"
    if hasattr(value, "item"):
        # A number of NumPy.
        return _literal(value.item())
    raise TypeError(
        f"a setting is a text, a number, a date, true or false, or a list of these, not {value!r}"
    )
