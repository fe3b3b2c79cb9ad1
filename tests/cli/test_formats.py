"""Answers in every format: complete, and harmless where they are opened."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest

from runfolio.cli.formats import (
    Answer,
    answer_of,
    cell_text,
    unique_names,
    write_csv,
    write_json,
    write_latex,
    write_markdown,
    write_parquet,
    write_whole,
)


def answer(*rows: tuple[Any, ...], columns: tuple[str, ...] = ("name", "value")) -> Answer:
    return Answer(columns, (False, True), iter(rows))


def text_of(write: Any, given: Answer) -> str:
    out = io.StringIO()
    write(given, out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("given", "written"),
    [
        ("=1+1", "'=1+1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("-rf", "'-rf"),
        ("+cmd|' /C calc'!A0", "'+cmd|' /C calc'!A0"),
        ("\tx", "'\tx"),
        ("-0.5", "-0.5"),
        ("+1e-3", "+1e-3"),
        ("plain", "plain"),
        (-0.5, "-0.5"),
    ],
)
def test_csv_cells_cannot_become_formulas(given: Any, written: str) -> None:
    assert text_of(write_csv, answer((given, 1))) == f"name,value\n{written},1\n"


def test_csv_headings_cannot_become_formulas_either() -> None:
    assert text_of(write_csv, answer(columns=("=x", "y"))) == "'=x,y\n"


def test_csv_quotes_by_the_book() -> None:
    written = text_of(write_csv, answer(('a,"b"\nc', None)))
    assert written == 'name,value\n"a,""b""\nc",\n'


def test_json_is_valid_with_and_without_rows() -> None:
    assert json.loads(text_of(write_json, answer())) == []
    written = text_of(write_json, answer(("a", float("nan")), ("\x1b", 2)))
    assert json.loads(written) == [{"name": "a", "value": None}, {"name": "\x1b", "value": 2}]


def test_markdown_is_escaped() -> None:
    written = text_of(write_markdown, answer(("a|b<c>*d*\n`e`_f_[g]\\", 0.5)))
    assert written.split("\n") == [
        "| name | value |",
        "| --- | ---: |",
        r"| a\|b&lt;c>\*d\* \`e\`\_f\_\[g\]\\ | 0.5 |",
        "",
    ]


def test_latex_is_escaped() -> None:
    written = text_of(write_latex, answer(("50%_&$#{}~^\\", 1), ("[1]", 2)))
    assert r"50\%\_\&\$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{} & 1 \\" in written
    assert r"{[}1] & 2 \\" in written
    assert r"\begin{tabular}{lr}" in written
    assert r"\usepackage{booktabs}" in written


def test_every_type_of_duckdb_is_written() -> None:
    relation = duckdb.connect().sql(
        "SELECT 1.5::DECIMAL(3,1) AS d, sum(2::BIGINT) AS h, [1, NULL] AS l, {'a': 'x'} AS s, "
        "TIMESTAMP '2026-11-01 08:00:00' AS t, DATE '2026-11-01' AS dt, true AS b, "
        "'\\x00'::BLOB AS bl, 'inf'::DOUBLE AS i, NULL AS n"
    )
    found = answer_of(relation)
    (row,) = found.rows
    assert [cell_text(value) for value in row] == [
        "1.5", "2", "[1, null]", '{"a": "x"}', "2026-11-01 08:00:00", "2026-11-01", "true",
        "00", "inf", "",
    ]  # fmt: skip
    assert found.numeric[:2] == (True, True)
    assert found.numeric[2] is False


def test_answers_longer_than_a_block_are_complete() -> None:
    relation = duckdb.connect().sql("SELECT range AS n FROM range(5001)")
    assert [row[0] for row in answer_of(relation).rows] == list(range(5001))


def test_names_of_columns_are_made_unique() -> None:
    assert unique_names(["a", "a", "", "a_1", ""]) == ("a", "a_1", "column", "a_1_1", "column_1")


def test_parquet_has_unique_names() -> None:
    out = io.BytesIO()
    write_parquet(duckdb.connect().sql("SELECT 1 AS a, 2 AS a"), out)
    assert pyarrow.parquet.read_table(out).to_pydict() == {"a": [1], "a_1": [2]}


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "answer.csv"
    path.write_text("before")

    def fail(file: Any) -> None:
        file.write(b"half")
        raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        write_whole(path, fail)
    assert path.read_text() == "before"
    assert list(tmp_path.iterdir()) == [path]
    write_whole(path, lambda file: file.write(b"after") and None)
    assert path.read_text() == "after"
