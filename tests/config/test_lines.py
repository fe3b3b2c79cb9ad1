"""Line numbers of TOML keys agree with what tomllib parsed."""

from __future__ import annotations

import json
import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runfolio.config.lines import key_lines


def test_each_key_has_its_line() -> None:
    text = 'store = "a"  # where\n\n[site]\ntitle = "b"\n  url = "c"\n'
    assert key_lines(text) == {
        ("store",): 1,
        ("site",): 3,
        ("site", "title"): 4,
        ("site", "url"): 5,
    }


def test_arrays_of_tables_are_counted() -> None:
    text = '[[leaderboard]]\nname = "a"\n[[leaderboard]]\nname = "b"\n[leaderboard.deep]\nx = 1\n'
    lines = key_lines(text)
    assert lines[("leaderboard", 0, "name")] == 2
    assert lines[("leaderboard", 1)] == 3
    assert lines[("leaderboard", 1, "deep", "x")] == 6


def test_quoted_and_dotted_keys() -> None:
    text = '[metrics."val/accuracy"]\nunit = "%"\n[metrics]\n\'a.b\'.unit = 1\n"\\u00e9" . x = 2\n'
    lines = key_lines(text)
    assert lines[("metrics", "val/accuracy", "unit")] == 2
    assert lines[("metrics", "a.b", "unit")] == 4
    assert lines[("metrics", "é", "x")] == 5


def test_strings_that_look_like_keys_are_not_keys() -> None:
    text = (
        'a = """\n[b]\nc = 1\n\\"""d = 2\n"""""\n'  # ends with two quotes inside the string
        "e = '''\nf = 1\n# not a comment '' '''\n"
        'g = "h = 1 # [i]"\nj = \'k = "\'\nl = 1\n'
    )
    assert {place[0] for place in key_lines(text)} == set(tomllib.loads(text))
    assert key_lines(text)[("l",)] == 11


def test_inline_tables_and_arrays_over_lines() -> None:
    text = 'a = { b = 1, "c d" = [ { e = 2 },\n  { e = 3 } ] }\n'
    text += 'f = [ # one\n  1, 2,\n\n  ["x"], # }\n]\ng=1'
    lines = key_lines(text)
    assert lines[("a", "c d", 1, "e")] == 2
    assert lines[("f", 2, 0)] == 6
    assert lines[("g",)] == 8


_keys = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=6)
_texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), max_size=12)
_leaves = st.one_of(st.integers(-9, 9), st.booleans(), _texts)
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_keys, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(_keys, _values, max_size=4), st.dictionaries(_keys, _values, max_size=4))
def test_every_parsed_key_is_found_and_no_other(top: dict[str, Any], more: dict[str, Any]) -> None:
    text = "".join(f"{_string(key)} = {_toml(value)}\n" for key, value in top.items())
    text += "".join(
        f"[[{_string('table')}.{_string(key)}]] # {key}\nvalue = {_toml(value)}\n"
        for key, value in more.items()
        for _ in range(2)
    )
    if "table" in top:
        return
    parsed = tomllib.loads(text)
    assert set(key_lines(text)) == set(_places(parsed))


def _string(text: str) -> str:
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_string(k)} = {_toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_toml(each) for each in value) + "]"
    return _string(value) if isinstance(value, str) else json.dumps(value)


def _places(value: Any, place: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    items = value.items() if isinstance(value, dict) else enumerate(value)
    found = []
    for key, inner in items:
        found.append((*place, key))
        if isinstance(inner, dict | list):
            found += _places(inner, (*place, key))
    return found
