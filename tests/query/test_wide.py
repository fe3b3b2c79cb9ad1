"""``wide``: one row a run, with columns that always have distinct, predictable names."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from runfolio.query.store import Store
from runfolio.query.wide import literal, quoted

from .factory import Facts, snapshot

ENTRIES = json.loads((Path(__file__).parents[1] / "data" / "hostile_strings.json").read_text())


def hostile() -> list[str]:
    """Awkward strings of moderate length."""
    found = []
    for entry in ENTRIES["entries"]:
        text = entry["value"] if entry["value"] is not None else "".join(entry.get("parts", ()))
        if isinstance(text, str) and text and not entry.get("repeat") and len(text) < 500:
            found.append(text.encode("utf-8", "replace").decode())
        if isinstance(entry.get("also"), str):
            found.append(entry["also"])
    return list(dict.fromkeys([*found, "a\0b", "?", "$1", "'", '"', "__proto__", "run_id", "wide"]))


def columns(facts: Facts) -> dict[str, Any]:
    """The first row of ``wide`` by column."""
    with Store(snapshot(facts)) as store:
        found = store.sql("FROM wide")
        return dict(zip(found.columns, found.fetchall()[0], strict=True))


def test_params_and_metrics_are_columns() -> None:
    facts = Facts()
    facts.run("a", params={"lr": 0.1, "opt.name": "adam"}, metrics={"val/acc": [0.5, 0.7]})

    found = columns(facts)

    assert found["params.lr"] == found["lr"] == 0.1
    assert found["params.opt.name"] == found["opt.name"] == "adam"
    assert found["metrics.val/acc"] == 0.7
    assert found["status"] == "finished"


def test_type_of_a_param_fits_all_runs() -> None:
    facts = Facts()
    for index in range(2):
        facts.run(f"r{index}", params={key: values[index] for key, (values, _) in TYPES.items()})

    with Store(snapshot(facts)) as store:
        found = {column.key: column.type for column in store.wide_columns()}
        shown = store.sql("FROM wide")
        types = dict(zip(shown.columns, map(str, shown.types), strict=True))

    assert found == {key: type for key, (_, type) in TYPES.items()}
    assert all(types[f"params.{key}"] == type for key, type in found.items())


TYPES: dict[str, tuple[list[Any], str]] = {
    "whole": ([1, 2], "BIGINT"),
    "broken": ([1, 2.5], "DOUBLE"),
    "sometimes": ([1, None], "BIGINT"),
    "flag": ([True, False], "BOOLEAN"),
    "flag or number": ([True, 1], "VARCHAR"),
    "number or text": ([0.1, "auto"], "VARCHAR"),
    "text": (["a", "b"], "VARCHAR"),
    "never": ([None, None], "VARCHAR"),
    "too large": ([2**60, 1], "DOUBLE"),
    "infinite": ([math.inf, 1.0], "DOUBLE"),
}


def test_names_that_differ_only_in_case_are_told_apart() -> None:
    facts = Facts()
    facts.run("a", params={"V": 1, "v": 2}, metrics={"LOSS": [3.0], "loss": [4.0]})

    found = columns(facts)

    assert (found["params.V"], found["params.v (2)"]) == (1, 2)
    assert (found["metrics.LOSS"], found["metrics.loss (2)"]) == (3.0, 4.0)
    assert "V" not in found
    assert "v" not in found


def test_plain_names_do_not_hide_columns_of_runs_or_metrics() -> None:
    facts = Facts()
    facts.run("a", name="x", params={"name": 1, "Seed": 2, "loss": 3}, metrics={"Loss": [4.0]})

    found = columns(facts)

    assert found["name"] == "x"
    assert found["params.name"] == 1
    assert found["params.Seed"] == 2
    assert found["params.loss"] == 3
    assert "loss" not in found


def test_three_hundred_params() -> None:
    facts = Facts()
    for run in range(20):
        facts.run(f"r{run:02d}", params={f"p{index:03d}": index * run for index in range(300)})

    with Store(snapshot(facts)) as store:
        found = store.sql('SELECT p299, "params.p150" FROM wide WHERE p001 = 19').fetchall()

    assert found == [(299 * 19, 150 * 19)]


def test_hostile_names_are_columns_with_their_values() -> None:
    facts = Facts()
    names = hostile()
    facts.run("a", params=dict.fromkeys(names, "x"), metrics={name: [1.0] for name in names})

    with Store(snapshot(facts)) as store:
        for column in store.wide_columns():
            found = store.sql(f"SELECT {quoted(column.name)} FROM wide").fetchall()
            assert found == [("x" if column.source == "params" else 1.0,)], column
        assert {column.key for column in store.wide_columns()} == set(names)


def test_literals_are_exact() -> None:
    with Store(snapshot(Facts())) as store:
        for text in hostile():
            assert store.sql(f"SELECT {literal(text)}").fetchall() == [(text,)]
