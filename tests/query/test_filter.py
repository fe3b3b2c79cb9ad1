"""The filter language: the shared cases, and that no text can break it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runfolio.errors import QueryError
from runfolio.query.filter import Compare, Filter, Has, Tagged, Value, Words, parse
from runfolio.query.store import Store

from .factory import BASE, Facts, snapshot

CASES = json.loads((Path(__file__).parents[1] / "data" / "filter_cases.json").read_text())


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    facts = Facts()
    for run in CASES["runs"]:
        _log(facts, run)
    with Store(snapshot(facts)) as opened:
        yield opened


def _log(facts: Facts, run: dict[str, Any]) -> None:
    at = (datetime.fromisoformat(run["started"]) - BASE).total_seconds()
    run_id = run["id"]
    identity = {key: run[key] for key in ("name", "experiment", "group")}
    facts.say(run_id, "start", "run", text=identity, at=at)
    if run["seed"] is not None:
        facts.say(run_id, "start", "seed", text={"value": run["seed"]}, at=at)
    for key, value in run["params"].items():
        number = value if isinstance(value, int | float) and value is not True else None
        facts.say(run_id, "param", key, value=number, text=json.dumps(value), at=at)
    for key, value in run["metrics"].items():
        facts.say(
            run_id, "metric", key, step=0, value=float("nan" if value is None else value), at=at
        )
    for key, value in run["tags"].items():
        facts.say(run_id, "tag", key, text=value, at=at)
    if run["status"] != "running":
        facts.say(run_id, "end", run["status"], value=run["seconds"], text={}, at=at)
    state = "alive" if run["status"] == "running" else "closed"
    last = at if run["seconds"] is None else at + run["seconds"]
    if run["status"] == "running":
        facts.say(run_id, "output", "stdout", step=1, text="hello", at=last)
    facts.session(run_id, state)


@pytest.mark.parametrize("case", CASES["cases"], ids=lambda case: case["filter"])
def test_filter_finds_the_runs_of_the_shared_cases(store: Store, case: dict[str, Any]) -> None:
    found = store.run_ids(case["filter"])

    assert sorted(found) == case["ids"]


@pytest.mark.parametrize("case", CASES["errors"], ids=lambda case: case["filter"])
def test_mistake_points_at_its_column(case: dict[str, Any]) -> None:
    with pytest.raises(QueryError) as caught:
        parse(case["filter"])

    first, shown, caret = caught.value.message.split("\n")
    assert f"column {case['column']}:" in first
    assert shown == f"  {case['filter']}"
    assert caret == "  " + " " * (case["column"] - 1) + "^"
    assert caught.value.hint


def test_parsing_gives_one_frozen_term_a_word() -> None:
    found = parse('free -tag:a,b lr<0.1 -param:x metric:"val loss"~^1')

    assert found.terms == (
        Words("free"),
        Tagged((Value("a"), Value("b")), negated=True),
        Compare("any", "lr", "<", (Value("0.1", 0.1),)),
        Has("param", "x", negated=True),
        Compare("metric", "val loss", "~", (Value("^1"),)),
    )


def test_values_are_bound_and_never_part_of_the_sql() -> None:
    condition, values = parse('x:"\'; DROP TABLE runs; --"').sql()

    assert "DROP" not in condition
    assert condition.count("?") == len(values)


def test_no_filter_matches_every_run(store: Store) -> None:
    assert parse("") == Filter("")
    assert len(store.run_ids()) == len(CASES["runs"])


SIGNS = st.text(alphabet='abr01.-+*?:<>=!~,|"\\ ()[]{}^$\x00é_/', max_size=24)


@settings(max_examples=120, deadline=None)
@given(text=SIGNS | st.text(max_size=30))
def test_any_text_is_a_filter_or_a_mistake_in_words(store: Store, text: str) -> None:
    try:
        parsed = parse(text)
    except QueryError as error:
        assert "column" in error.message
        return
    condition, values = parsed.sql()

    assert condition.count("?") >= len(values) or not values
    assert isinstance(store.run_ids(text), list)


@settings(max_examples=150, deadline=None)
@given(text=st.text(min_size=1, max_size=20))
def test_any_quoted_text_is_taken_as_it_is(text: str) -> None:
    quoted = '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert parse(f"name:{quoted}").terms == (
        Compare("run", "name", ":", (Value(text, None, quoted=True),)),
    )
    assert parse(quoted).terms == (Words(text),)


@settings(max_examples=60, deadline=None)
@given(text=SIGNS)
def test_a_filter_and_its_negation_share_the_runs_between_them(store: Store, text: str) -> None:
    try:
        terms = parse(text).terms
        parse(f"-{text}")
    except QueryError:
        return
    if len(terms) != 1 or text.lstrip() != text or terms[0].negated:
        return
    with_it, without = set(store.run_ids(text)), set(store.run_ids(f"-{text}"))

    assert with_it.isdisjoint(without)
    assert with_it | without == set(store.run_ids())
