"""Answers: numbers with their intervals, tables, charts, and the digest that says which run they are of.

Every answer is the document that the program prints with `--json`, as :attr:`Answer.document`, with what is asked of it most
often beside it. Fractions are fractions (0.85), money is in the scenario's currency, hours are working hours.
"""

from __future__ import annotations

import html
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from journeysim.tables import Table

if TYPE_CHECKING:
    import altair

    from journeysim._journeysim import Finished

__all__ = [
    "Answer",
    "Calibration",
    "Comparison",
    "Difference",
    "Estimate",
    "Life",
    "Metrics",
    "Optimum",
    "Run",
    "Sensitivity",
    "Staffing",
]


@dataclass(frozen=True)
class Estimate:
    """A mean over replications with its interval."""

    mean: float
    """The mean, in `unit`."""
    stddev: float | None
    """The standard deviation of a replication; `None` of a single one."""
    ci_low: float | None
    """The lower end of the interval for the mean."""
    ci_high: float | None
    """The upper end of the interval."""
    confidence: float
    """The confidence of the interval, a fraction."""
    n: int
    """The number of replications in which there was something to measure."""
    unit: str
    """The unit, such as `fraction` or `money`."""

    def __str__(self) -> str:
        if self.ci_low is None:
            return f"{self.mean:.4g}"
        return f"{self.mean:.4g} ({self.ci_low:.4g} to {self.ci_high:.4g})"


@dataclass(frozen=True)
class Difference:
    """A variant minus the baseline in one metric, on the same customers and the same luck."""

    variant: str
    metric: str
    mean: float | None
    """The mean difference; `None` where there was nothing to measure."""
    ci_low: float | None
    """The lower end of its interval; the intervals of all variants hold together."""
    ci_high: float | None
    """The upper end of its interval."""
    confidence: float
    p_better: float | None
    """The probability that the variant is better; `None` where neither more nor less is better, or nothing varies."""
    correlation: float | None
    """How much the two vary together over replications."""
    n: int


class Metrics(Mapping[str, "Estimate | None"]):
    """All metrics by name; `None` where there was nothing to measure."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document

    def __getitem__(self, name: str) -> Estimate | None:
        found = self._document[name]
        return None if found is None else Estimate(**found)

    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    def __len__(self) -> int:
        return len(self._document)

    def __repr__(self) -> str:
        return f"<Metrics: {len(self)}>"

    def _repr_html_(self) -> str:
        measured = [(name, estimate) for name, estimate in self.items() if estimate is not None]
        return _html(
            ["metric", "mean (interval)", "unit"], [[name, str(it), it.unit] for name, it in measured]
        )


class Answer:
    """What was found. Printed, it is the text that the program prints."""

    def __init__(self, finished: Finished) -> None:
        self._finished = finished
        self.document: dict[str, Any] = json.loads(finished.result)
        """The document that the program prints with `--json`."""

    @property
    def digest(self) -> str | None:
        """64 hexadecimal digits that are equal exactly when all results are; `None` where nothing was run."""
        digest: str | None = self.document.get("digest")
        return digest

    @property
    def text(self) -> str:
        """The text that the program prints."""
        return self._finished.text

    @property
    def tables(self) -> list[str]:
        """The names of all tables: those of a run folder, then the lists of the document."""
        lists = [name for name, value in self.document.items() if _is_table(value)]
        return self._finished.tables + [name for name in lists if name not in self._finished.tables]

    def table(self, name: str) -> Table:
        """Returns a table by its name, of :attr:`tables`."""
        found = self._finished.table(name)
        if found is not None:
            return Table(name, *found)
        if _is_table(self.document.get(name)):
            return Table.of_rows(name, self.document[name])
        raise KeyError(f"there is no table {name!r}; there are {', '.join(self.tables)}")

    @property
    def charts(self) -> dict[str, str]:
        """The names of all charts, each with what it shows in a sentence."""
        return {name: finding for name, finding, _ in self._finished.charts}

    def chart(self, name: str, width: int | None = 640) -> altair.TopLevelMixin:
        """Returns a chart of :attr:`charts` as an object of Altair; needs altair.

        `width` is in pixels; `None` is as wide as the page.
        """
        import altair

        for known, _, spec in self._finished.charts:
            if known == name:
                drawn = json.loads(spec)
                if width is not None:
                    drawn["width"] = width
                chart: altair.TopLevelMixin = altair.Chart.from_dict(drawn)
                return chart
        raise KeyError(f"there is no chart {name!r}; there are {', '.join(self.charts) or 'none'}")

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        digest = f", digest {self.digest[:8]}" if self.digest else ""
        return f"<{type(self).__name__} of {self.document.get('scenario')!r}{digest}>"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(self.text)}</pre>"


class Run(Answer):
    """What happens under a scenario."""

    @property
    def metrics(self) -> Metrics:
        """All metrics by name."""
        return Metrics(self.document["metrics"])


class Comparison(Answer):
    """How the variants of a scenario differ."""

    @property
    def baseline(self) -> str:
        """The name of the variant that the others are compared with."""
        return str(self.document["baseline"])

    @property
    def variants(self) -> list[str]:
        """The names of all variants, in the order of the file."""
        return [str(variant["name"]) for variant in self.document["variants"]]

    @property
    def metrics(self) -> dict[str, Metrics]:
        """All metrics by variant and name."""
        return {variant["name"]: Metrics(variant["metrics"]) for variant in self.document["variants"]}

    @property
    def differences(self) -> list[Difference]:
        """Every variant minus the baseline, by variant, then by metric."""
        fields = Difference.__dataclass_fields__
        return [Difference(**{field: row[field] for field in fields}) for row in self.document["differences"]]

    def difference(self, variant: str, metric: str) -> Difference:
        """Returns one variant minus the baseline in one metric."""
        for found in self.differences:
            if (found.variant, found.metric) == (variant, metric):
                return found
        raise KeyError(f"there is no difference of {variant!r} in {metric!r}")


class Staffing(Answer):
    """How many advisors are enough."""

    @property
    def smallest(self) -> int | None:
        """The smallest team that reaches all targets; `None` where none does, or the book is varied."""
        smallest: int | None = self.document["smallest"]
        return smallest

    @property
    def largest(self) -> int | None:
        """The largest book that the team carries; `None` where there is none, or the team is varied."""
        largest: int | None = self.document["largest"]
        return largest

    @property
    def answers(self) -> list[dict[str, Any]]:
        """The sizes that were tried, smallest first, each with its metrics and how far it comes."""
        return list(self.document["answers"])


class Sensitivity(Answer):
    """What an answer hangs on."""

    @property
    def factors(self) -> list[dict[str, Any]]:
        """The assumptions, the one that matters most first."""
        return list(self.document["factors"])


class Optimum(Answer):
    """The best decisions within limits."""

    @property
    def best(self) -> dict[str, Any] | None:
        """The best decisions with their metrics; `None` where none keeps the limits."""
        best: dict[str, Any] | None = self.document["best"]
        return best

    @property
    def frontier(self) -> list[dict[str, Any]]:
        """The decisions that no other beats in both of two metrics."""
        return list(self.document["frontier"])


class Calibration(Answer):
    """Which parameters fit a history."""

    @property
    def parameters(self) -> list[dict[str, Any]]:
        """The fitted assumptions: estimates, intervals, and whether the history tells."""
        return list(self.document["parameters"])

    @property
    def held_out(self) -> dict[str, Any] | None:
        """What the fit predicts of what it has not seen, and what happened; `None` without a history."""
        held_out: dict[str, Any] | None = self.document["held_out"]
        return held_out

    @property
    def overlay(self) -> str | None:
        """The fit as a file that scenarios extend; `None` of a mere back-test."""
        return self._finished.more


class Life(Answer):
    """What happened to one account, step by step."""

    @property
    def events(self) -> list[dict[str, Any]]:
        """What happened: time, kind, what, why, the account's numbers, and what chance decided."""
        return list(self.document["events"])

    @property
    def page(self) -> str:
        """The life as a page that needs nothing else, in HTML."""
        return self._finished.more or ""

    def table(self, name: str = "events") -> Table:
        """Returns one row an event, of both variants where two were asked for."""
        if name != "events":
            raise KeyError(f"there is no table {name!r}; there are events")
        against = self.document.get("against") or {"variant": "", "events": []}
        lives = [(self.document["variant"], self.events), (against["variant"], against["events"])]
        rows = [{"variant": variant, **event} for variant, events in lives for event in events]
        columns = ["variant", "time", "kind", "what", "why"]
        return Table.of_rows(name, [{column: row[column] for column in columns} for row in rows], columns)


def _is_table(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(row, dict) for row in value)


def _html(head: list[str], rows: list[list[str]]) -> str:
    cells = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    names = "".join(f"<th>{html.escape(name)}</th>" for name in head)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{cells}</tbody></table>"
