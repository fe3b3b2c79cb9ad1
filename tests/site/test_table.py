"""A table of runs: what the server writes and what the browser gets say the same."""

from __future__ import annotations

import json
import math

from runfolio.site.pages import RunRef
from runfolio.site.payloads import dump
from runfolio.site.table import Column, RunTable, natural

RUNS = tuple(RunRef(f"r{i}", f"run {i}", f"runs/r{i}.html", "finished") for i in range(4))


def table(*columns: Column) -> RunTable:
    return RunTable("t", RUNS, columns, tag_paths={"a": "tags/a.html", "b=1": "tags/b.html"})


def test_the_best_of_a_column_is_marked() -> None:
    more = Column("m:acc", "acc", "num", [0.5, 0.9, None, math.nan], direction=1)
    less = Column("m:loss", "loss", "num", [0.5, 0.9, None, math.inf], direction=-1)
    unknown = Column("m:x", "x", "num", [0.5, 0.9, None, 1.0])
    rows = table(more, less, unknown).rows(4)
    assert [[cell.best for cell in row] for row in rows] == [
        [False, True, False],
        [True, False, False],
        [False, False, False],
        [False, False, False],
    ]


def test_nothing_is_best_where_all_are_alike() -> None:
    assert Column("m:a", "a", "num", [1.0, 1.0], direction=1).best is None


def test_cells_and_data_file_have_the_same_digits() -> None:
    column = Column("m:a", "a", "num", [0.123456789012345, 1 / 3, None, 2.0])
    payload = column.payload()
    assert payload["v"] == [0.12345679, 0.33333333, None, 2]
    assert payload["dec"] == 4
    assert [column.text(row) for row in range(4)] == ["0.1235", "0.3333", "", "2.0000"]


def test_a_bar_is_the_share_of_the_largest() -> None:
    column = Column("m:a", "a", "num", [1.0, 4.0, 2.0, None], bar=True)
    assert [column.share(row) for row in range(4)] == [25, 100, 50, -1]


def test_facets_count_status_tags_and_small_categories() -> None:
    found = table(
        Column("status", "Status", "status", ["finished", "failed", "finished", "running"]),
        Column("tags", "Tags", "tags", [("a",), ("a", "b=1"), (), ()]),
        Column("p:model", "model", "cat", ["vit", "r8", None, "r16"]),
        Column("p:one", "one", "cat", ["x", "x", "x", "x"]),
        Column("p:lr", "lr", "num", [0.1, 0.01, None, 0.1], exact=True),
        Column("m:acc", "acc", "num", [0.1, 0.2, None, 0.1]),
        Column("p:text", "text", "str", ["w", "x", "y", "z"]),
    ).facets()
    assert {facet.key: facet.values for facet in found} == {
        "status": (("failed", 1), ("finished", 2), ("running", 1)),
        "tags": (("a", 2), ("b=1", 1)),
        "p:model": (("r8", 1), ("r16", 1), ("vit", 1)),
        "p:lr": (("0.01", 1), ("0.1", 2)),
    }


def test_the_data_file_codes_words_by_a_dictionary() -> None:
    payload = table(
        Column("status", "Status", "status", ["finished", "failed", "finished", "running"]),
        Column("tags", "Tags", "tags", [("a",), ("a", "b=1"), (), ()]),
    ).payload()
    status, tags = payload["cols"]
    assert (status["d"], status["v"]) == (["failed", "finished", "running"], [1, 0, 1, 2])
    assert (tags["d"], tags["v"]) == (["a", "b=1"], [[0], [0, 1], [], []])
    assert payload["ids"] == ["r0", "r1", "r2", "r3"] and payload["n"] == 4
    json.loads(dump(payload))


def test_hidden_columns_are_in_the_data_file_only() -> None:
    found = table(
        Column("a", "a", "str", list("wxyz")), Column("b", "b", "str", list("wxyz"), show=False)
    )
    assert len(found.rows(1)[0]) == len(found.heads()) == 1
    assert [column["show"] for column in found.payload()["cols"]] == [1, 0]


def test_numbers_in_names_are_sorted_as_numbers() -> None:
    assert sorted(["r18", "r8", "R10", "a", "1e-3", "1e-4"], key=natural) == [
        "1e-4",
        "1e-3",
        "a",
        "r8",
        "R10",
        "r18",
    ]


def test_equal_values_share_a_rank() -> None:
    column = Column("m:a", "a", "num", [3.0, 2.0, 2.0, None])
    found = RunTable("t", RUNS, (column,), primary="m:a")
    assert found.ranks == ("1", "=2", "=2", "–")


def test_a_difference_has_a_sign_and_a_range_two_ends() -> None:
    delta = Column("delta", "d", "num", [0.5, -0.25, 0.0, None], direction=-1, signed=True)
    interval = Column("ci", "ci", "range", [(0.5, 1.25), None, (0.0, 2.0), (1.0, 1.0)])
    mean = Column("m:a", "a", "num", [0.5, 0.25, 1.0, None], spreads=[0.125, None, 0.0, None])
    assert [delta.text(row) for row in range(4)] == ["+0.50", "-0.25", "0.00", ""]
    assert [delta.tone(row) for row in range(4)] == ["bad", "good", "", ""]
    assert delta.best is None
    assert [interval.text(row) for row in range(2)] == ["0.50 to 1.25", ""]
    assert interval.payload()["v"] == [[0.5, 1.25], None, [0, 2], [1, 1]]
    assert [mean.spread(row) for row in range(4)] == ["± 0.13", "", "± 0.00", ""]


def test_other_values_leave_out_what_the_table_shows_already() -> None:
    stats = {"min": [1.0, 1.5, None, 1.0], "max": [2.0, 2.0, None, 2.0]}
    column = Column("m:a", "a", "num", [2.0, 2.0, None, 2.0], stats=stats)
    assert table(column).stats() == {"cols": {"m:a": {"min": [1, 1.5, None, 1]}}}
    assert table(Column("m:a", "a", "num", [1, 2, 3, 4])).stats() == {"cols": {}}
