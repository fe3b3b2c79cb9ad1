"""The number rule, from the cases that the browser's twin is tested with too."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from runfolio.site import numbers

CASES: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "data" / "number_cases.json").read_text("utf-8")
)


def number(value: float | str | None) -> float | None:
    return float(value) if isinstance(value, str) else value


@pytest.mark.parametrize("case", CASES["decimals"], ids=lambda c: str(c["values"])[:40])
def test_a_column_gets_one_number_of_decimals(case: dict[str, Any]) -> None:
    assert numbers.decimals_for([number(v) for v in case["values"]]) == case["decimals"]


@pytest.mark.parametrize("case", CASES["number"], ids=lambda c: f"{c['x']}-{c['decimals']}")
def test_a_number_is_written_by_the_rule(case: dict[str, Any]) -> None:
    assert numbers.format_number(number(case["x"]), case["decimals"]) == case["text"]


def test_durations_sizes_and_moments_are_written_by_the_rule() -> None:
    for case in CASES["duration"]:
        assert numbers.format_duration(case["seconds"]) == case["text"]
    for case in CASES["bytes"]:
        assert numbers.format_bytes(case["count"]) == case["text"]
    for case in CASES["time"]:
        assert numbers.format_time(case["seconds"]) == case["text"]


def test_a_data_file_gets_five_significant_digits_and_no_nan() -> None:
    assert numbers.short_number(0.123456789) == 0.12346
    assert numbers.short_number(1000.0) == 1000 and isinstance(numbers.short_number(1000.0), int)
    assert numbers.short_number(22_050_664.0, 6) == 22_050_664
    assert numbers.short_number(22_050_664.5, 6) == 22_050_700
    assert numbers.short_number(math.nan) is None
    assert numbers.short_number(-math.inf) is None
    assert numbers.short_number(1.7976931348623157e308) == 1.7976931348623157e308
