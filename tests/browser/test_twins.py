"""Rules that exist twice, in Python and for the browser, give the same answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from runfolio.site.names import color_of

from .conftest import Visit

DATA = Path(__file__).parents[1] / "data"

FILTERS = """(text) => {
  const { runs, cases, errors } = JSON.parse(text);
  const has = (map, key) => Object.prototype.hasOwnProperty.call(map, key);
  const shown = (v) => Array.isArray(v) ? "[" + v.join(", ") + "]" : v === null ? null : String(v);
  const both = (v) => ({ text: shown(v), number: typeof v === "number" ? v : null });
  const tag = ([name, value]) => value ? name + "=" + value : name;
  const source = {
    words: (r) => [r.id, r.name, r.experiment, r.group || "", ...Object.entries(r.tags).map(tag)],
    tags: (r) => Object.entries(r.tags),
    run: (key, r) => {
      const value = key === "run_id" ? r.id : r[key];
      return value === null || value === undefined ? null : both(value);
    },
    param: (key, r) => has(r.params, key) ? both(r.params[key] ?? "null") : null,
    metric: (key, r) => has(r.metrics, key) ? both(r.metrics[key]) : null,
  };
  const wrong = [];
  for (const one of cases) {
    const test = rf.filter.compile(one.filter, source);
    const ids = runs.filter(test).map((run) => run.id);
    if (ids.join() !== one.ids.join()) wrong.push([one.filter, ids]);
  }
  for (const one of errors) {
    try {
      rf.filter.parse(one.filter);
      wrong.push([one.filter, "no mistake"]);
    } catch (mistake) {
      if (mistake.column !== one.column) wrong.push([one.filter, mistake.column]);
    }
  }
  return wrong;
}"""


@pytest.fixture
def page(visit: Visit, disk: str) -> Any:
    return visit(disk + "runs/index.html")


def test_numbers_are_written_alike(page: Any) -> None:
    cases = json.loads((DATA / "number_cases.json").read_text("utf-8"))

    wrong = page.evaluate(
        """(cases) => {
          const special = new Map([["nan", NaN], ["inf", Infinity], ["-inf", -Infinity]]);
          const real = (v) => special.has(v) ? special.get(v) : v;
          const wrong = [];
          const check = (got, wanted, one) => { if (got !== wanted) wrong.push([one, got]); };
          for (const c of cases.decimals) check(rf.decimalsFor(c.values.map(real)), c.decimals, c);
          for (const c of cases.number) check(rf.number(real(c.x), c.decimals), c.text, c);
          for (const c of cases.duration) check(rf.duration(real(c.seconds)), c.text, c);
          for (const c of cases.bytes) check(rf.bytes(real(c.count)), c.text, c);
          for (const c of cases.time) check(rf.time(real(c.seconds)), c.text, c);
          return wrong;
        }""",
        cases,
    )

    assert wrong == []
    assert len(cases["number"]) > 100


def test_filters_find_the_same_runs(page: Any) -> None:
    text = (DATA / "filter_cases.json").read_text("utf-8")

    # As text: only JSON.parse keeps a key called __proto__.
    wrong = page.evaluate(FILTERS, text)

    assert wrong == []
    assert len(json.loads(text)["cases"]) > 100


def test_runs_have_the_same_colour(page: Any) -> None:
    ids = [f"2026112{i % 10}-0{i % 7}0000-{i:06x}" for i in range(100)]

    assert page.evaluate("(ids) => ids.map(rf.colorOf)", ids) == [color_of(one) for one in ids]


def test_lists_in_the_address_come_back_whole(page: Any) -> None:
    lists = [
        ["a,b", "c"],
        ["-x", "", "%2C"],
        ["&=#+ /:?"],
        ["\u202e", "\U0001f600", "ü"],
        ["A" * 300],
    ]

    assert page.evaluate("(lists) => lists.map((one) => rf.split(rf.join(one)))", lists) == lists
