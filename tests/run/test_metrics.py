"""log(): numbers of every kind, steps of every kind, and never an exception."""

from __future__ import annotations

import math
import os
import warnings
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy
import pytest

from runfolio.run.run import Run
from runfolio.run.start import init
from runfolio.run.trouble import RunfolioWarning

from .conftest import Facts


def points(facts: Facts, key: str) -> list[tuple[int, float]]:
    return [(row["step"], row["value"]) for row in facts("metric", key)]


def test_steps_are_counted_from_zero(run: Run, facts: Facts) -> None:
    for value in (0.5, 0.25, 0.125):
        run.log({"loss": value})
    run.finish()
    assert points(facts, "loss") == [(0, 0.5), (1, 0.25), (2, 0.125)]


def test_counting_goes_on_after_the_last_step_given(run: Run, facts: Facts) -> None:
    run.log({"loss": 1.0}, step=100)
    run.log({"loss": 2.0})
    run.log({"loss": 3.0}, step=7)
    run.log({"loss": 4.0})
    run.finish()
    assert points(facts, "loss") == [(100, 1.0), (101, 2.0), (7, 3.0), (8, 4.0)]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (True, 1.0),
        (3, 3.0),
        (Decimal("0.1"), 0.1),
        (Fraction(1, 4), 0.25),
        (numpy.float32(0.5), 0.5),
        (numpy.int64(7), 7.0),
        (numpy.bool_(True), 1.0),
        (numpy.array(2.5), 2.5),
        (numpy.array([2.5]), 2.5),
        (math.inf, math.inf),
        (-math.inf, -math.inf),
        (-0.0, -0.0),
        (5e-324, 5e-324),
    ],
)
def test_numbers_of_all_kinds_are_kept(
    run: Run, facts: Facts, value: object, expected: float
) -> None:
    for _ in range(2):  # the first call learns the names, the second takes the quick way
        run.log({"x": value})
    run.finish()
    assert [str(row["value"]) for row in facts("metric", "x")] == [str(expected)] * 2


def test_nan_is_kept(run: Run, facts: Facts) -> None:
    run.log({"x": math.nan})
    run.log({"x": math.nan})
    run.finish()
    assert all(math.isnan(row["value"]) for row in facts("metric", "x"))


def test_a_tensor_is_a_number_without_its_library(run: Run, facts: Facts) -> None:
    class Tensor:
        """Quacks like a PyTorch scalar that needs gradients."""

        def item(self) -> float:
            return 1.5

        def __float__(self) -> float:
            raise RuntimeError("do not ask me this way")

    run.log({"x": Tensor()})
    run.finish()
    assert points(facts, "x") == [(0, 1.5)]


def test_large_ints_keep_all_digits(run: Run, facts: Facts) -> None:
    run.log({"n": 2**53 + 1})
    run.log({"n": 2**53 + 1})
    run.finish()
    assert [row["text"] for row in facts("metric", "n")] == [str(2**53 + 1)] * 2


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "NoneType"),
        ("0.5", "str"),
        (1j, "complex"),
        ([1, 2], "list"),
        (numpy.zeros(3), r"numpy.ndarray of shape 3"),
        (object(), "object"),
        (Decimal("sNaN"), "Decimal"),
    ],
)
def test_what_is_no_number_gives_one_warning_and_the_rest_is_logged(
    run: Run, facts: Facts, value: object, told: str
) -> None:
    with pytest.warns(RunfolioWarning, match=f"'bad'.*{told}") as caught:
        for _ in range(5):
            run.log({"good": 1.0, "bad": value, "also": 2.0})
    run.finish()
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert points(facts, "good") == [(step, 1.0) for step in range(5)]
    assert points(facts, "also") == [(step, 2.0) for step in range(5)]
    assert points(facts, "bad") == []


def test_a_bad_value_among_known_names_does_not_lose_the_others(run: Run, facts: Facts) -> None:
    run.log({"a": 1.0, "b": 2.0})
    with pytest.warns(RunfolioWarning, match="'b'"):
        run.log({"a": 3.0, "b": "high"})
    run.log({"a": 5.0, "b": 6.0})
    run.finish()
    assert points(facts, "a") == [(0, 1.0), (1, 3.0), (2, 5.0)]
    assert points(facts, "b") == [(0, 2.0), (2, 6.0)]


def test_nested_dictionaries_become_paths(run: Run, facts: Facts) -> None:
    run.log({"val": {"loss": 1.0, "top": {"1": 0.5}}, "lr": 0.1})
    run.finish()
    assert [row["key"] for row in facts("metric")] == ["val/loss", "val/top/1", "lr"]


def test_endless_nesting_is_told(run: Run) -> None:
    inner: dict[str, Any] = {}
    inner["again"] = inner
    with pytest.warns(RunfolioWarning, match="dict"):
        run.log(inner)


@pytest.mark.parametrize("step", [numpy.int64(5), 5.0, numpy.float32(5), True + 4])
def test_whole_steps_of_other_types_are_steps(run: Run, facts: Facts, step: Any) -> None:
    run.log({"x": 1.0}, step=step)
    run.finish()
    assert points(facts, "x") == [(5, 1.0)]


@pytest.mark.parametrize("step", [1.5, math.nan, "7", 2**63, -(2**63) - 1, [1]])
def test_other_steps_are_told_and_counted_instead(run: Run, facts: Facts, step: Any) -> None:
    run.log({"x": 0.0})
    with pytest.warns(RunfolioWarning, match="whole number"):
        run.log({"x": 1.0}, step=step)
    run.finish()
    assert points(facts, "x") == [(0, 0.0), (1, 1.0)]


@pytest.mark.parametrize("step", [-(2**63), -1, 2**63 - 1])
def test_all_steps_of_64_bits_are_kept(run: Run, facts: Facts, step: int) -> None:
    run.log({"x": 0.0}, step=step)
    run.finish()
    assert points(facts, "x") == [(step, 0.0)]


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("", "unnamed"),
        ("a\x00b", "a b"),
        ("a\nb", "a b"),
        ("\ud800x", "\ufffdx"),
        ("a\x1b[31m", "a [31m"),
    ],
)
def test_names_that_no_reader_can_hold_are_cleaned_with_one_warning(
    run: Run, facts: Facts, name: str, kept: str
) -> None:
    with pytest.warns(RunfolioWarning, match="name") as caught:
        for _ in range(3):
            run.log({name: 1.0})
    run.finish()
    assert len(caught) == 1
    assert points(facts, kept) == [(0, 1.0), (1, 1.0), (2, 1.0)]


def test_long_names_are_cut_and_stay_apart(run: Run, facts: Facts) -> None:
    with pytest.warns(RunfolioWarning, match="250"):
        run.log({"x" * 300 + "a": 1.0, "x" * 300 + "b": 2.0})
    run.finish()
    keys = {row["key"] for row in facts("metric")}
    assert len(keys) == 2
    assert all(len(key) == 250 for key in keys)


@pytest.mark.parametrize(
    "name", ["  x\t", "loss", "Loss", "run[1]", "{{7*7}}", "👩‍👧", "step", "a.b/c"]
)
def test_odd_but_honest_names_are_kept_exactly(run: Run, facts: Facts, name: str) -> None:
    run.log({name: 1.0})
    run.finish()
    assert [row["key"] for row in facts("metric")] == [name]


def test_keys_that_are_no_text_are_written_as_text(run: Run, facts: Facts) -> None:
    run.log({7: 1.0})  # type: ignore[dict-item]
    run.finish()
    assert points(facts, "7") == [(0, 1.0)]


def test_something_else_than_a_dictionary_is_told(run: Run) -> None:
    with pytest.warns(RunfolioWarning, match="dictionary"):
        run.log(0.5)  # type: ignore[arg-type]


def test_nothing_is_logged_for_nothing(run: Run, facts: Facts) -> None:
    run.log({})
    run.log({"x": 1.0})
    run.finish()
    assert points(facts, "x") == [(0, 1.0)]


def test_the_time_of_a_point_can_be_given(run: Run, facts: Facts) -> None:
    run.log_metric("x", 1.0, 3, time_ns=1_000_000_000_000_000_000)
    run.finish()
    assert str(facts("metric", "x")[0]["time"]) == "2001-09-09 01:46:40"


def test_a_thousand_metric_names_are_enough(run: Run) -> None:
    with pytest.warns(RunfolioWarning, match="1,000") as caught:
        for number in range(1_100):
            run.log({f"file-{number}": 1.0})
    assert len(caught) == 1


def test_after_finish_one_warning_and_nothing_written(run: Run, facts: Facts) -> None:
    run.log({"x": 1.0})
    run.finish()
    with pytest.warns(RunfolioWarning, match="finished") as caught:
        run.log({"x": 2.0})
        run.log({"x": 3.0})
        run.set_tag("late")
    assert len(caught) == 1
    assert points(facts, "x") == [(0, 1.0)]


def test_warnings_turned_into_errors_do_not_stop_a_training(
    run: Run, facts: Facts, caplog: pytest.LogCaptureFixture
) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run.log({"x": None, "y": 1.0})
    run.finish()
    assert points(facts, "y") == [(0, 1.0)]
    assert "'x' is not recorded" in caplog.text


def test_threads_lose_nothing(store: Path, facts: Facts) -> None:
    import threading

    with init("tests", store=store, capture=False) as run:
        threads = [
            threading.Thread(target=lambda: [run.log({"x": 1.0}) for _ in range(500)])
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(step for step, _ in points(facts, "x")) == list(range(2_000))


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGUSR1")
def test_an_error_of_the_programs_own_signal_handler_reaches_it(run: Run) -> None:
    import signal

    class TooSlowError(Exception):
        pass

    def handler(number: int, frame: object) -> None:
        raise TooSlowError

    before = signal.signal(signal.SIGUSR1, handler)
    try:
        with pytest.raises(TooSlowError):
            run.set_tag("x", Slowly())
    finally:
        signal.signal(signal.SIGUSR1, before)


class Slowly:
    """A value whose text takes so long that a time limit strikes."""

    def __str__(self) -> str:
        import signal

        signal.raise_signal(signal.SIGUSR1)
        return "never"


class BadTextError(Exception):
    """An error whose own text fails."""

    def __str__(self) -> str:
        raise RuntimeError("no text")


class Hostile:
    """An object that answers every question with an error."""

    def __getattr__(self, name: str) -> object:
        raise BadTextError

    def __str__(self) -> str:
        raise BadTextError

    __repr__ = __bool__ = __float__ = __len__ = __iter__ = __hash__ = __str__  # type: ignore[assignment]

    def __eq__(self, other: object) -> bool:
        raise BadTextError


@pytest.mark.filterwarnings("ignore::runfolio.run.trouble.RunfolioWarning")
@pytest.mark.parametrize("value", [Hostile(), [[1], {2: Hostile()}], {"x": Hostile()}], ids=type)
def test_no_object_stops_a_training_wherever_it_is_given(
    run: Run, facts: Facts, value: Any
) -> None:
    for give in (
        lambda: run.log(value),
        lambda: run.log({"x": value}),
        lambda: run.log({"x": 1.0}, step=value),
        lambda: run.log_metric(value, 1.0),
        lambda: run.log_param(value, value),
        lambda: run.log_params(value),
        lambda: run.set_tag(value, value),
        lambda: run.set_tags(value),
        lambda: run.note(value, value),
        lambda: run.log_artifact(value, value),
        lambda: run.log_text(value, value, caption=value),
        lambda: run.log_figure(value, value),
        lambda: run.log_image(value, value),
        lambda: run.log_table(value, value),
        lambda: run.log_histogram(value, value),
        lambda: run.log_dataset(value, value),
        lambda: run.register_model(value, alias=value),
    ):
        give()
    run.log({"still": 1.0}, step=7)
    assert points(facts, "still") == [(7, 1.0)]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGUSR1")
def test_so_does_one_of_a_handler_that_is_an_object_or_a_partial(run: Run) -> None:
    import signal
    from functools import partial

    class TooSlowError(Exception):
        pass

    class Limit:
        def __call__(self, number: int, frame: object) -> None:
            raise TooSlowError

    def limit(seconds: int, number: int, frame: object) -> None:
        raise TooSlowError

    before = signal.getsignal(signal.SIGUSR1)
    try:
        for handler in (Limit(), partial(limit, 5)):
            signal.signal(signal.SIGUSR1, handler)
            with pytest.raises(TooSlowError):
                run.set_tag("x", Slowly())
    finally:
        signal.signal(signal.SIGUSR1, before)
