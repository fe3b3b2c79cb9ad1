"""What the program prints is recorded line by line, and the streams stay what they are."""

from __future__ import annotations

import io
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from runfolio.run.output import Lines, Output
from runfolio.run.start import init

from .conftest import Facts

ON = dict.fromkeys(("git", "packages", "source", "system", "host", "command", "diff"), False)


def shown(*pieces: str) -> list[str]:
    """The lines that a stream of these pieces becomes."""
    lines = Lines()
    found = [line for piece in pieces for line in lines.feed(piece)]
    return found + lines.rest()


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (["a\nb\n"], ["a", "b"]),
        (["a", "b", "\n", "c"], ["ab", "c"]),
        (["\n\n"], ["", ""]),
        (["1%", "\r50%", "\r100%", "\n"], ["100%"]),
        (["\r1%\r2%", "\r3%"], ["3%"]),
        (["bar 50%\r", "       \r", "done\n"], ["done"]),
        (["windows\r\n", "split\r", "\nend\r\n"], ["windows", "split", "end"]),
        (["\x1b[31mred\x1b[0m\n"], ["red"]),
        (["\x1b[3", "1mred\x1b[0m\n"], ["red"]),
        (["\x1b]0;title\x07text\n"], ["text"]),
        (["naïve 👩‍👧\n"], ["naïve 👩‍👧"]),
        (["tail  \n"], ["tail"]),
        (["x" * 20_000 + "\n"], ["x" * 8_192 + " …"]),
    ],
)
def test_lines_are_what_a_person_sees_at_the_end(pieces: list[str], expected: list[str]) -> None:
    assert shown(*pieces) == expected


def test_an_endless_progress_bar_stays_small() -> None:
    lines = Lines()
    for number in range(100_000):
        lines.feed(f"\r{number / 1000:.1f}% " + "#" * 80)
    assert sys.getsizeof(lines.__dict__["_open"]) < 10_000
    assert lines.rest() == ["100.0% " + "#" * 80]


def test_both_streams_are_recorded_in_order(store: Path, facts: Facts) -> None:
    with init(store=store, capture=ON):
        print("one")
        print("two", file=sys.stderr)
        print("three", end="")
    print("after")
    assert [(row["key"], row["step"], row["text"]) for row in facts("output")] == [
        ("stdout", 0, "one"),
        ("stderr", 1, "two"),
        ("stdout", 2, "three"),
    ]


def test_credentials_that_are_printed_are_not_recorded(store: Path, facts: Facts) -> None:
    with init(store=store, capture=ON):
        print("cloning https://ada:hunter2@example.com/r.git with", "hf_" + "a" * 34)
    assert facts("output")[0]["text"] == "cloning https://example.com/r.git with ***"


def test_output_still_reaches_the_screen(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with init(store=store, capture=ON):
        print("hello")
        print("wörld", file=sys.stderr)
    assert capsys.readouterr() == ("hello\n", "wörld\n")


def test_loggers_that_were_set_up_before_are_heard(store: Path, facts: Facts) -> None:
    logger = logging.getLogger("tests.output")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    try:
        with init(store=store, capture=ON):
            logger.warning("careful")
    finally:
        logger.removeHandler(handler)
    assert [row["text"] for row in facts("output", "stderr")] == ["careful"]


def test_the_stream_itself_stays_the_same(store: Path) -> None:
    stream = sys.stdout
    with init(store=store, capture=ON):
        assert sys.stdout is stream
        assert sys.stdout.isatty() is stream.isatty()
        sys.stdout.flush()
        assert sys.stdout.write("four") == 4
    assert "write" not in vars(stream)


def test_nested_runs_both_record_and_the_stream_is_given_back(store: Path, facts: Facts) -> None:
    with init(store=store, capture=ON) as outer:
        print("a")
        inner = init(store=store, nested=True, capture=ON)
        print("b")
        outer.finish()
        print("c")
        inner.finish()
    print("d")
    lines = {run: [row["text"] for row in facts("output", run=run)] for run in (outer.id, inner.id)}
    assert lines == {outer.id: ["a", "b"], inner.id: ["b", "c"]}
    before = len(facts("output"))
    print("e")
    assert len(facts("output")) == before


def test_switched_off_nothing_is_recorded(store: Path, facts: Facts) -> None:
    with init(store=store, capture={**ON, "output": False}):
        print("a")
    assert facts("output") == []


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], None]], list[str]]:
    """Runs something while stdout and stderr go to memory, and returns the recorded lines."""

    def hear(work: Callable[[], None]) -> list[str]:
        lines: list[str] = []
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), "utf-8"))
        monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), "utf-8"))
        output = Output(lambda stream, number, line: lines.append(line))
        output.start()
        work()
        output.stop()
        return lines

    return hear


def test_ten_thousand_lines_are_enough(heard: Callable[..., list[str]]) -> None:
    lines = heard(lambda: [print(number) for number in range(11_000)])
    assert len(lines) == 10_001
    assert "10,000 lines" in lines[-1]


def test_two_mebibytes_are_enough(heard: Callable[..., list[str]]) -> None:
    lines = heard(lambda: [print("x" * 8_000) for _ in range(1_000)])
    assert sum(map(len, lines)) <= 2 << 20
    assert "2 MiB" in lines[-1]


def test_a_record_that_fails_does_not_stop_printing(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.TextIOWrapper(io.BytesIO(), "utf-8")
    monkeypatch.setattr(sys, "stdout", stream)

    def broken(stream: str, number: int, line: str) -> None:
        raise RuntimeError("disk on fire")

    output = Output(broken)
    output.start()
    print("one")
    print("two")
    output.stop()
    stream.flush()
    assert stream.buffer.getvalue() == b"one\ntwo\n"  # type: ignore[attr-defined]
    assert "write" not in vars(stream)


def test_no_streams_at_all_are_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    """pythonw has neither stdout nor stderr."""
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    output = Output(lambda stream, number, line: None)
    output.start()
    output.stop()
