"""The tables of a run folder, opened by those who read them: pandas, polars and DuckDB."""

import json

import duckdb
import pandas
import polars
import pytest
from conftest import ROOT

TABLES = ["accounts", "events", "replications", "slices", "survival", "timeline"]
KINDS = {"VARCHAR": "text", "BIGINT": "whole", "DOUBLE": "number", "TIMESTAMP": "instant"}


def expected_rows(folder, name):
    files = json.loads((folder / "manifest.json").read_text())["files"]
    return next(file["rows"] for file in files if file["name"].startswith(name + "."))


@pytest.mark.parametrize("name", TABLES)
def test_three_readers_find_the_same_rows_and_columns(folders, name):
    path = folders / "parquet" / f"{name}.parquet"
    by_pandas, by_polars = pandas.read_parquet(path), polars.read_parquet(path)
    by_duckdb = duckdb.sql(f"SELECT * FROM '{path}'")
    assert list(by_pandas.columns) == by_polars.columns == by_duckdb.columns
    rows = expected_rows(folders / "parquet", name)
    assert rows > 0
    assert len(by_pandas) == by_polars.height == by_duckdb.shape[0] == rows


@pytest.mark.parametrize("name", TABLES)
def test_numbers_are_the_same_to_the_bit_as_csv(folders, name):
    by_parquet = polars.read_parquet(folders / "parquet" / f"{name}.parquet")
    text = polars.read_csv(folders / "csv" / f"{name}.csv", infer_schema=False)
    assert text.columns == by_parquet.columns
    for column, kind in by_parquet.schema.items():
        written = text[column]
        if kind == polars.Datetime("ms"):
            written = written.str.to_datetime("%Y-%m-%dT%H:%M:%S", time_unit="ms")
        elif kind != polars.String:
            written = written.cast(kind)
        assert written.equals(by_parquet[column], null_equal=True), column


@pytest.mark.parametrize("name", TABLES)
def test_the_reference_page_has_every_column_with_its_type(folders, name):
    path = folders / "parquet" / f"{name}.parquet"
    columns = duckdb.sql(f"DESCRIBE SELECT * FROM '{path}'").fetchall()
    found = {column: KINDS[kind] for column, kind, *_ in columns}
    page = (ROOT / "docs/reference/tables.md").read_text()
    section = page.split(f"## `{name}`", 1)[1].split("\n##", 1)[0]
    rows = [line.split("|") for line in section.splitlines() if line.startswith("| `")]
    documented = {row[1].strip(" `"): row[2].strip() for row in rows}
    patterns = {column: kind for column, kind in documented.items() if "*" in column}
    for pattern, kind in patterns.items():
        begin = pattern.rstrip("*")
        for column in [column for column in found if column.startswith(begin) and column not in documented]:
            assert found.pop(column) == kind, column
    if name == "replications":
        metrics = json.loads((folders / "parquet" / "result.json").read_text())["variants"][0]["metrics"]
        for metric in metrics:
            assert found.pop(metric) == "number", metric
    assert found == {column: kind for column, kind in documented.items() if column not in patterns}
