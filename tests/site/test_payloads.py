"""Data files: JSON in a call, no NaN, ASCII, the same bytes each time."""

from __future__ import annotations

import json
import math
from typing import Any

from runfolio.query.curves import Curve
from runfolio.site.payloads import RunData, dump, numbers_text, run_script, script


def curve(key: str, steps: list[int | None], values: list[float], points: int = 0) -> Curve:
    minutes = [i / 3 for i in range(len(steps))]
    return Curve("r", key, points or len(steps), not points, steps, minutes, values)


def parsed(data: bytes) -> Any:
    text = data.decode("ascii")
    assert text.startswith("rf(") and text.endswith(");\n")
    return json.loads(f"[{text[3:-3]}]", parse_constant=lambda name: 1 / 0)


def test_a_data_file_is_one_call_of_json() -> None:
    hostile = "</script>\u2028\ud800<é"
    assert parsed(script("board", "a", {"name": hostile})) == ["board", "a", {"name": hostile}]


def test_curves_logged_at_the_same_steps_share_an_axis() -> None:
    curves = [curve("a", [0, 5, 10], [1, 2, 3]), curve("b", [0, 5, 10], [4, 5, 6])]
    kind, name, run = parsed(run_script("r", RunData({"id": "r"}, curves)))
    assert (kind, name) == ("run", "r")
    assert run["axes"] == {"a0": {"step": {"from": 0, "by": 5, "n": 3}, "t": [0, 0.33333, 0.66667]}}
    assert run["m"]["b"] == {"a": "a0", "v": [4, 5, 6], "n": 3, "full": True}


def test_uneven_and_missing_steps_are_listed() -> None:
    curves = [curve("a", [0, 1, 7], [1, 2, 3]), curve("b", [None, None], [1, 2])]
    run = parsed(run_script("r", RunData({}, curves)))[2]
    assert [axis["step"] for axis in run["axes"].values()] == [
        [0, 1, 7],
        {"from": 0, "by": 1, "n": 2},
    ]


def test_what_is_not_finite_is_null_and_named() -> None:
    values = [1.0, math.nan, math.inf, -math.inf]
    run = parsed(run_script("r", RunData({}, [curve("a", [0, 1, 2, 3], values)])))[2]
    assert run["m"]["a"]["v"] == [1, None, None, None]
    assert run["m"]["a"]["bad"] == {"1": "nan", "2": "inf", "3": "-inf"}


def test_a_thinned_curve_says_so() -> None:
    run = parsed(run_script("r", RunData({}, [curve("a", [0, 9], [1, 2], points=1000)])))[2]
    assert (run["m"]["a"]["n"], run["m"]["a"]["full"]) == (1000, False)


def test_numbers_keep_five_digits() -> None:
    text = numbers_text([0.123456789, 1e-7, 123456789.0, 2.0, -0.0, None])
    assert json.loads(text) == [0.12346, 1e-7, 123460000, 2, 0, None]
    assert numbers_text([]) == "[]"
    assert json.loads(numbers_text([math.nan, 1.5])) == [None, 1.5]


def test_names_of_metrics_are_never_markup() -> None:
    run = parsed(run_script("r", RunData({}, [curve('a"}</script>', [0], [1])])))[2]
    assert list(run["m"]) == ['a"}</script>']
    assert "<" in dump("<")
