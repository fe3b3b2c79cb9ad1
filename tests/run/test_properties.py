"""What holds for any text and any value, tried with generated ones."""

from __future__ import annotations

import itertools
import json
import math
import sys
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from runfolio.run.distributions import histogram
from runfolio.run.names import UnsafePathError, clean_name, friendly_name, safe_path
from runfolio.run.numbers import NotANumberError, as_number, as_step
from runfolio.run.output import Lines
from runfolio.run.params import flatten
from runfolio.run.png import from_array, size_of

#: A busy machine is no reason to fail.
UNHURRIED = settings(deadline=None)

ANY_TEXT = st.text(st.characters(), max_size=400)  # lone surrogates and controls too
LEAVES = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
CONFIGS = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(ANY_TEXT, inner, max_size=3)
)


@UNHURRIED
@given(ANY_TEXT)
def test_a_clean_name_is_short_encodable_and_clean(name: str) -> None:
    cleaned = clean_name(name)
    assert 0 < len(cleaned) <= 250
    assert cleaned.encode("utf-8")
    assert not any(ord(sign) < 32 and sign != "\t" for sign in cleaned)
    assert clean_name(cleaned) == cleaned


@UNHURRIED
@given(ANY_TEXT | st.text("./\\:.. aCONcon", max_size=20))
def test_a_path_is_safe_or_refused(name: str) -> None:
    try:
        path = safe_path(name)
    except UnsafePathError:
        return
    parts = path.split("/")
    assert 0 < len(path) <= 240
    assert not {"", ".", ".."} & set(parts)
    assert not path.startswith(("/", ".")) and "\\" not in path and ":" not in path
    assert all(part == part.rstrip(". ") for part in parts)
    assert safe_path(path) == path


@UNHURRIED
@given(st.dictionaries(ANY_TEXT, CONFIGS, max_size=5))
def test_any_config_becomes_json_that_says_the_same(config: dict[str, Any]) -> None:
    for param in flatten(config):
        value = json.loads(param.text)
        if isinstance(param.plain, float) and not math.isfinite(param.plain):
            assert value == str(param.plain)
        elif isinstance(param.plain, str | int | float | None):
            assert value == param.plain
            assert type(value) is type(param.plain)


@UNHURRIED
@given(st.lists(LEAVES | st.complex_numbers() | st.binary(max_size=3), max_size=5))
def test_a_value_is_a_number_or_refused(values: list[Any]) -> None:
    for value in values:
        try:
            number = as_number(value)
        except NotANumberError:
            assert not isinstance(value, bool | int | float)
            continue
        assert number == value or math.isnan(number)


@UNHURRIED
@given(st.integers() | st.floats() | ANY_TEXT)
def test_a_step_is_whole_and_fits_or_is_none(step: Any) -> None:
    whole = as_step(step)
    assert whole is None or (whole == step and -(2**63) <= whole < 2**63)


@UNHURRIED
@given(st.text("ab\r\n\x1b[31m é", max_size=60), st.lists(st.integers(0, 60), max_size=5))
def test_lines_do_not_depend_on_how_the_text_was_cut(text: str, cuts: list[int]) -> None:
    def lines(pieces: list[str]) -> list[str]:
        reader = Lines()
        return [line for piece in pieces for line in reader.feed(piece)] + reader.rest()

    places = [0, *sorted(cuts), len(text)]
    pieces = [text[a:b] for a, b in itertools.pairwise(places)]
    assert lines(["".join(pieces)]) == lines(pieces)


@UNHURRIED
@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
@example([-1.7958972376246913e308])
@example([sys.float_info.max, -sys.float_info.max])
def test_every_finite_value_is_counted_once(values: list[float]) -> None:
    found = histogram(values, bins=7)
    assert sum(found["counts"]) == len(values)  # type: ignore[call-overload]
    edges: Any = found["edges"]
    assert edges == sorted(edges) and len(edges) == 8
    assert edges[0] <= min(values) and max(values) <= edges[-1]


@UNHURRIED
@given(st.lists(st.lists(st.integers(-5, 300), min_size=3, max_size=3), min_size=1, max_size=5))
def test_any_pixels_make_an_image_of_their_size(rows: list[list[int]]) -> None:
    assert size_of(from_array(rows)[0]) == (3, len(rows))


def test_friendly_names_are_many_and_stable() -> None:
    names = {friendly_name(f"20261121-{number:06}-abcdef") for number in range(2_000)}
    assert len(names) > 1_900
    assert friendly_name("20261121-081500-x7k2mq") == friendly_name("20261121-081500-x7k2mq")
