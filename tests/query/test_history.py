"""The history: who said what and when, of one run or of all, also of those that are gone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from runfolio.errors import RunNotFoundError, UsageError
from runfolio.query.history import Event, drop_words, history
from runfolio.query.store import Store
from runfolio.store.folder import Folder
from runfolio.store.tombs import lay
from runfolio.store.writer import Writer

from .factory import BASE, Facts, correct, log_run, snapshot, writer_of


@pytest.fixture
def store(folder: Folder) -> Iterator[Store]:
    """One run with corrections, one in the trash, one purged."""
    log_run(
        folder,
        "a",
        name="first",
        params={"lr": 0.1},
        metrics={"loss": [1.0, 2.0], "acc": [0.5]},
        tags={"own": "yes"},
        sections={"host": {"user": "bob"}},
    )
    correct(folder, "a", "rename", "run", "second", hour=10)
    correct(folder, "a", "drop", "loss", {"from": 1, "to": 1, "points": 1}, hour=20)
    correct(folder, "a", "note", "", "Why?\n\nBecause.", hour=30)
    log_run(folder, "b", name="wrong", hour=2)
    correct(folder, "b", "trash", text={"author": "ada", "reason": "wrong data"}, hour=40)
    lay(
        folder,
        "c",
        name="private",
        author={"user": "eve", "host": "desk"},
        reason="asked to",
        facts=7,
        blobs=(),
        time_ns=int((BASE + timedelta(hours=50) - BASE.__class__(1970, 1, 1)).total_seconds())
        * 10**9,
    )
    with Store.open(folder.path) as store:
        yield store


def told(events: list[Event]) -> list[tuple[str, str, str]]:
    return [(event.name, event.author, event.words) for event in events]


def test_the_whole_store_tells_the_newest_first(store: Store) -> None:
    assert told(history(store)) == [
        ("private", "eve", "purged 7 facts: asked to"),
        ("wrong", "ada", "put it into the trash: wrong data"),
        ("second", "ada", "note: Why?"),
        ("second", "ada", "dropped 1 point of loss, step 1"),
        ("second", "ada", "renamed the run to second"),
        ("wrong", "", "finished"),
        ("wrong", "", "began"),
        ("second", "bob", "finished"),
        ("second", "bob", "tagged own=yes"),
        ("second", "bob", "logged 3 points of 2 metrics, 1 param"),
        ("second", "bob", "began"),
    ]


def test_one_run_by_any_of_its_names_and_the_oldest_first(store: Store) -> None:
    for name in ("a", "second"):
        events = history(store, name, reverse=True)
        assert [event.action for event in events] == [
            "start", "log", "tag", "end", "rename", "drop", "note",
        ]  # fmt: skip
    assert [event.action for event in history(store, "wrong")] == ["trash", "end", "start"]
    assert [event.action for event in history(store, "private")] == ["purge"]
    with pytest.raises(RunNotFoundError):
        history(store, "nobody")


def test_since_and_author_limit_it(store: Store) -> None:
    late = BASE + timedelta(hours=35)
    assert [event.run_id for event in history(store, since=late)] == ["c", "b"]
    assert {event.author for event in history(store, author="ada")} == {"ada"}
    with pytest.raises(UsageError, match="'adda'") as caught:
        history(store, author="adda")
    assert caught.value.hint == "Nearest: ada"


def test_corrections_have_names_and_say_whether_they_were_taken_back() -> None:
    facts = Facts()
    facts.run("r", metrics={"loss": [1.0]})
    seq = facts.say("r", "rename", "metric:loss", text="cost")
    facts.say("r", "undo", f"{writer_of('r')}:{seq}")

    with Store(snapshot(facts)) as store:
        back, rename = history(store)[:2]

    assert (rename.change, rename.undone) == (f"{writer_of('r')}:{seq}", True)
    assert back.words == "took back: renamed the metric loss to cost"
    assert back.change == ""


def test_late_points_are_told_one_by_one_and_many_are_summed_up(folder: Folder) -> None:
    log_run(folder, "a")
    for count in (2, 7):
        with Writer(folder, "a") as writer:
            writer.fact("start", "author", text='{"user": "ada"}')
            for step in range(count):
                writer.points(step, ("test",), (step / 2,))

    with Store.open(folder.path) as store:
        many, few = history(store, author="ada")

    assert few.words == "added test = 0, test = 0.5 at steps 0 to 1"
    assert many.words == "added 7 points of test at steps 0 to 6"


def test_a_run_without_end_and_a_failed_one_are_told(folder: Folder) -> None:
    facts = Facts()
    facts.run("r", end=None)
    failed = {"exception": {"type": "ValueError", "message": "bad\nluck"}}
    facts.say("r", "end", "failed", text=failed)
    facts.say("s", "start", "run", text={"resumed": True, "rank": 3})

    with Store(snapshot(facts)) as store:
        words = [event.words for event in history(store)]

    assert words == ["went on (rank 3)", "failed: ValueError: bad", "began"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"from": 1, "to": 2}', "dropped loss, steps 1 to 2"),
        ('{"from": 1, "points": 9}', "dropped 9 points of loss, from step 1"),
        ('{"to": 1, "points": 1}', "dropped 1 point of loss, up to step 1"),
        ('{"all": true}', "dropped all of loss"),
        ('{"where": "value > 10", "points": 3}', "dropped 3 points of loss where value > 10"),
        ("nonsense", "dropped all of loss"),
        (None, "dropped all of loss"),
    ],
)  # fmt: skip
def test_drops_in_words(text: str | None, words: str) -> None:
    assert drop_words("loss", text) == words


def test_strange_texts_are_told_without_a_crash() -> None:
    facts = Facts()
    kinds = ("trash", "restore", "purge", "rename", "undo", "tag", "note", "model", "end", "drop")
    texts = (None, "", "[]", '"x"', "{", '{"author": 3, "facts": "x", "exception": [], "from": {}}')
    for number, text in enumerate(texts):
        facts.say(f"r{number}", "start", "run", text=text, writer=f"{number:012x}")
        facts.say(f"r{number}", "start", "author", text=text, writer=f"{number:012x}")
        for kind in kinds:
            facts.say(f"r{number}", kind, "x", text=text)

    with Store(snapshot(facts)) as store:
        assert len(history(store)) >= len(kinds) * len(texts)
        assert store.sql("FROM changes").fetchall()
