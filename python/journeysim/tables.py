"""Tables that other libraries take as they are.

A table speaks the `Arrow PyCapsule interface`_, so polars, pyarrow and DuckDB take it without a copy of its numbers.

.. _Arrow PyCapsule interface: https://arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any

import nanoarrow as na

if TYPE_CHECKING:
    import pandas
    import polars
    import pyarrow

    from journeysim._journeysim import Buffers

__all__ = ["Table"]

_NESTED = (dict, list)

_TYPES = {"text": na.string, "whole": na.int64, "number": na.float64}


class Table:
    """A table: columns of equal length with a name each; missing values are null.

    >>> from journeysim import Scenario
    >>> answer = Scenario.load("scenarios/check-in-cadence.toml").with_(replications=2).run()
    >>> table = answer.table("replications")
    >>> len(table), table.columns[:3]
    (2, ['variant', 'replication', 'accounts'])
    >>> table.to_polars()["replication"].to_list()
    [0, 1]
    """

    def __init__(self, name: str, rows: int, columns: list[Buffers]) -> None:
        self._hold(name, rows, {column[0]: _array(rows, column) for column in columns})

    @classmethod
    def of_rows(cls, name: str, rows: list[dict[str, Any]], columns: list[str] | None = None) -> Table:
        """Makes a table of the texts, numbers and truths of rows; what is nested in them is left out."""
        names = columns if columns is not None else list(dict.fromkeys(key for row in rows for key in row))
        values = {key: [row.get(key) for row in rows] for key in names}
        plain = {
            key: list_ for key, list_ in values.items() if not any(isinstance(it, _NESTED) for it in list_)
        }
        table = cls.__new__(cls)
        table._hold(name, len(rows), {key: na.c_array(it, _type(it)) for key, it in plain.items()})
        return table

    def _hold(self, name: str, rows: int, arrays: dict[str, na.c_array.CArray]) -> None:
        self.name = name
        """The name, which is that of its file in a run folder."""
        self._rows = rows
        schema = na.struct({column: array.schema for column, array in arrays.items()}, nullable=False)
        self._array = na.c_array_from_buffers(
            schema, rows, buffers=[None], null_count=0, children=list(arrays.values()), move=False
        )
        self._columns = list(arrays)

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self._columns)

    def __len__(self) -> int:
        return self._rows

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return na.c_array_stream(self._array).__arrow_c_stream__(requested_schema)

    def __arrow_c_schema__(self) -> object:
        return self._array.schema.__arrow_c_schema__()

    def to_pandas(self) -> pandas.DataFrame:
        """Returns it as a `pandas.DataFrame`; needs pandas and pyarrow."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> polars.DataFrame:
        """Returns it as a `polars.DataFrame`; needs polars."""
        import polars

        return polars.DataFrame(self)

    def to_arrow(self) -> pyarrow.Table:
        """Returns it as a `pyarrow.Table`; needs pyarrow."""
        import pyarrow

        return pyarrow.table(self)

    def to_pydict(self) -> dict[str, list[Any]]:
        """Returns a list of values by column."""
        return {
            column: na.Array(self._array.child(at)).to_pylist() for at, column in enumerate(self._columns)
        }

    def __repr__(self) -> str:
        return f"<Table {self.name}: {self._rows} rows, {len(self._columns)} columns>"

    def _repr_html_(self) -> str:
        shown = 10
        columns = list(self.to_pydict().items())[:shown]
        head = "".join(f"<th>{html.escape(name)}</th>" for name, _ in columns)
        body = "".join(
            "<tr>" + "".join(f"<td>{_cell(values[row])}</td>" for _, values in columns) + "</tr>"
            for row in range(min(shown, self._rows))
        )
        more = f"<p>{self._rows} rows, {len(self._columns)} columns</p>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def _cell(value: object) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else html.escape(str(value))


def _array(rows: int, column: Buffers) -> na.c_array.CArray:
    _, kind, missing, there, ends, values = column
    schema = na.timestamp("ms") if kind == "instant" else _TYPES[kind]()
    validity = there if missing else None
    buffers = [validity, values] if ends is None else [validity, ends, values]
    return na.c_array_from_buffers(schema, rows, buffers=buffers, null_count=missing, move=False)


def _type(values: list[Any]) -> na.Schema:
    """Returns the type that holds all values, of which some may be missing."""
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {bool}:
        return na.bool_()
    if kinds <= {int}:
        return na.int64()
    return na.float64() if kinds <= {int, float} else na.string()
