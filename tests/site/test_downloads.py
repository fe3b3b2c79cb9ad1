"""The site as a dataset: the files hold what the pages show, and nothing turns into a formula."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from runfolio.query.rows import Param
from runfolio.site.downloads import csv_cell, value_of

BuildSite = Callable[..., Path]


def test_parquet_holds_every_point(store: Any, build_site: BuildSite) -> None:
    store.run("a", metrics={"loss": [1.0, math.nan, 0.5]}, params={"lr": 0.1}, tags=["x"])
    store.run("b", metrics={"loss": [2.0]}, params={"lr": "auto"})
    data = build_site(store) / "data"
    points = pq.read_table(data / "metrics.parquet")
    assert points.num_rows == 4
    assert pq.read_table(data / "runs/a.parquet").num_rows == 3
    assert pq.read_table(data / "params.parquet")["text"].to_pylist() == ["0.1", "auto"]
    query = (
        f"SELECT name, last FROM '{data}/summary.parquet' JOIN '{data}/runs.parquet' USING (run_id)"
    )
    assert sorted(duckdb.sql(query).fetchall()) == [("a", 0.5), ("b", 2.0)]


def test_a_run_offers_its_params_as_json(store: Any, build_site: BuildSite) -> None:
    params = {"lr": 0.1, "layers": [64, 32], "name": "<b>", "flag": True, "none": None}
    store.run("a", name="A run", params=params, tags={"seed": "7"})
    found = json.loads((build_site(store) / "data/runs/a.json").read_text())
    assert found["params"] == params and found["tags"] == ["seed=7"] and found["name"] == "A run"


def test_the_snippet_for_duckdb_works_as_it_stands(
    store: Any, build_site: BuildSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.run("a", metrics={"it's/loss": [1.0, 0.5]})
    site = build_site(store)
    monkeypatch.chdir(site)
    import html
    import re

    page = html.unescape((site / "data.html").read_text())
    query = re.search(r"duckdb\.sql\((.*?)^\)\)", page, re.MULTILINE | re.DOTALL)
    assert query is not None
    assert duckdb.sql(eval(f"({query.group(1)})")).fetchall() == [("a", 1.0)]


def test_csv_has_a_column_for_each_param_and_metric(store: Any, build_site: BuildSite) -> None:
    store.run("a", name="=1+1", metrics={"loss": [1.0]}, params={"lr": -0.5, "cmd": "@SUM(A1)"})
    text = (build_site(store) / "data/runs.csv").read_text()
    (row,) = csv.DictReader(text.splitlines())
    assert row["name"] == "'=1+1" and row["params.cmd"] == "'@SUM(A1)"
    assert row["params.lr"] == "-0.5" and row["metrics.loss"] == "1.0"


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=cmd|'/c calc'!A0", "'=cmd|'/c calc'!A0"),
        ("+1", "+1"),
        ("-x", "'-x"),
        ("@x", "'@x"),
        ("\tx", "'\tx"),
        ("plain", "plain"),
        (-1.5, -1.5),
        (None, ""),
        (True, "true"),
        (["a", "=b"], "a =b"),
    ],
)
def test_cells_are_no_formulas(value: Any, cell: Any) -> None:
    assert csv_cell(value) == cell


def test_a_param_has_its_own_type_in_json() -> None:
    assert value_of(Param("k", "7", 7.0, "int")) == 7
    assert value_of(Param("k", "7", None, "text")) == "7"
    assert value_of(Param("k", "nan", math.nan, "float")) == "nan"
    assert value_of(Param("k", "null", None, "null")) is None
