"""What differs between two runs, two stores, and two moments of one."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config, LeaderboardConfig, MetricConfig
from runfolio.errors import AmbiguousRunError, RunNotFoundError
from runfolio.query.diff import Item, MetricItem, RunDiff, StoreDiff
from runfolio.query.diff_code import MOST_LINES
from runfolio.query.diff_words import number, step
from runfolio.query.store import Store
from runfolio.store.blobs import put_bytes
from runfolio.store.folder import Folder

from .factory import BASE, correct, log_run


def run_diff(folder: Folder, a: str, b: str, **more: Any) -> RunDiff:
    with Store.open(folder.path) as store:
        return store.diff_runs(a, b, **more)


def by_key(items: tuple[Any, ...]) -> dict[str, Any]:
    return {item.key: item for item in items}


# --- two runs -----------------------------------------------------------------------------------


def test_params_that_differ_come_first_and_numbers_are_numbers(folder: Folder) -> None:
    log_run(folder, "a", params={"a": 1, "lr": 0.1, "old": "x", "same": [1, 2]})
    log_run(folder, "b", params={"a": 1.0, "lr": 0.2, "new": True, "same": [1, 2]})
    params = run_diff(folder, "a", "b").params
    assert [(item.key, item.change) for item in params] == [
        ("lr", "changed"),
        ("new", "added"),
        ("old", "removed"),
        ("a", "same"),
        ("same", "same"),
    ]
    assert by_key(params)["lr"] == Item("lr", "0.1", "0.2")


def test_metrics_are_compared_by_their_direction(folder: Folder) -> None:
    cases: dict[str, tuple[list[float], list[float], float, float, str, str]] = {
        "val/accuracy": ([0.5, 0.9, 0.8], [0.7, 0.95], 0.9, 0.95, "max", "better"),
        "val/loss": ([2.0, 1.0], [3.0, 1.5, 9.0], 1.0, 1.5, "min", "worse"),
        "loss": ([1.0], [1.0], 1.0, 1.0, "min", "same"),
        "epoch": ([1, 2, 3], [1, 2], 3.0, 2.0, "last", ""),
    }
    log_run(folder, "a", metrics={key: case[0] for key, case in cases.items()})
    log_run(folder, "b", metrics={key: case[1] for key, case in cases.items()})
    found: dict[str, MetricItem] = by_key(run_diff(folder, "a", "b").metrics)
    for key, (one, other, before, after, stat, verdict) in cases.items():
        item = found[key]
        assert (item.stat, item.verdict) == (stat, verdict)
        assert (item.before, item.after) == (before, after)
        assert item.delta == pytest.approx(after - before)
        assert item.percent == pytest.approx((after - before) / before * 100)
        assert item.curves == (tuple(one), tuple(other))


def test_the_stat_and_the_configured_direction_count(folder: Folder) -> None:
    log_run(folder, "a", metrics={"odd": [1.0, 5.0, 2.0]})
    log_run(folder, "b", metrics={"odd": [1.0, 4.0, 3.0]})
    config = Config(metrics={"odd": MetricConfig(direction="min")})
    with Store.open(folder.path, config) as store:
        (item,) = store.diff_runs("a", "b").metrics
        assert (item.stat, item.before, item.verdict) == ("min", 1.0, "same")
        (item,) = store.diff_runs("a", "b", stat="last").metrics
        assert (item.stat, item.before, item.after, item.verdict) == ("last", 2.0, 3.0, "worse")


def test_a_metric_of_one_side_and_one_without_a_number(folder: Folder) -> None:
    nan, inf = float("nan"), float("inf")
    log_run(folder, "a", metrics={"only_a": [1.0], "acc": [nan], "zero": [0.0]})
    log_run(folder, "b", metrics={"only_b": [1.0], "acc": [inf], "zero": [2.0]})
    found: dict[str, MetricItem] = by_key(run_diff(folder, "a", "b").metrics)
    assert (found["only_a"].change, found["only_b"].change) == ("removed", "added")
    assert (found["acc"].before, found["acc"].after, found["acc"].delta) == (None, None, None)
    assert (found["zero"].delta, found["zero"].percent) == (2.0, None)
    assert found["only_a"].curves[1] == ()


def test_the_metric_that_ranks_comes_first_and_makes_the_headline(folder: Folder) -> None:
    log_run(folder, "a", params={"lr": 1}, metrics={"a_loss": [1.0], "val/acc": [0.5]})
    log_run(folder, "b", params={"lr": 2}, metrics={"a_loss": [2.0], "val/acc": [0.504]})
    diff = run_diff(folder, "a", "b")
    assert [item.key for item in diff.metrics] == ["val/acc", "a_loss"]
    assert diff.headline == (
        "val/acc from 0.5 to 0.504 (+0.4 pt, better); 1 param differs: lr; same code."
    ).replace("; same code", "")


def test_what_the_runs_say_about_themselves(folder: Folder) -> None:
    host = {"host": "alpha", "user": "ada", "gpus": ["A", "B"], "memory_bytes": 16e9}
    sections = {
        "host": host,
        "python": {"version": "3.11.7", "implementation": "CPython"},
        "packages": {"numpy": "2.0", "gone": "1", "same": "3"},
        "command": {"argv": ["train.py", "--name", "a b"]},
    }
    log_run(folder, "a", tags={"paper": ""}, sections=sections)
    other = {
        **sections,
        "host": {**host, "host": "beta"},
        "packages": {"numpy": "2.1", "new": "1", "same": "3"},
        "command": {"argv": ["train.py", "--name", "c"]},
    }
    log_run(folder, "b", tags={"paper": "yes"}, sections=other, end="failed")
    correct(folder, "b", "note", "", "Second *try*.")
    diff = run_diff(folder, "a", "b")
    assert [(i.key, i.change) for i in diff.packages] == [
        ("gone", "removed"), ("new", "added"), ("numpy", "changed"), ("same", "same"),
    ]  # fmt: skip
    assert by_key(diff.environment)["command"].after == "train.py --name c"
    assert by_key(diff.environment)["host"].before == "alpha"
    assert by_key(diff.environment)["gpus"].same
    assert diff.tags == (Item("paper", "", "yes"),)
    assert diff.notes == (Item("", None, "Second *try*."),)
    assert by_key(diff.run)["status"] == Item("status", "finished", "failed")
    assert diff.labels == ("a", "b")


def test_datasets_are_told_apart_by_digest(folder: Folder) -> None:
    with log_run(folder, "a", close=False) as one, log_run(folder, "b", close=False) as other:
        for writer, digest in ((one, "1" * 64), (other, "2" * 64)):
            writer.fact("dataset", "mnist", text=f'{{"role": "train", "digest": "{digest}"}}')
            writer.fact("dataset", "test", text='{"digest": "same", "rows": 10}')
    data = by_key(run_diff(folder, "a", "b").data)
    assert data["mnist (train)"].change == "changed"
    assert data["test"] == Item("test", "same, 10 rows", "same, 10 rows", same=True)


def test_runs_of_one_name_go_by_their_ids_and_two_stores_can_be_asked(
    folder: Folder, tmp_path: Path
) -> None:
    log_run(folder, "a", name="x", metrics={"acc": [0.1]})
    elsewhere = Folder.create(tmp_path / "other")
    log_run(elsewhere, "b", name="x", metrics={"acc": [0.2]})
    with Store.open(folder.path) as store, Store.open(elsewhere.path) as other:
        diff = store.diff_runs("x", "x", other=other)
        assert diff.labels == ("a", "b")
        assert diff.metrics[0].delta == pytest.approx(0.1)
        same = store.diff_runs("x", "a")
        assert same.labels == ("before", "after") and not same.differs()
        with pytest.raises(RunNotFoundError):
            store.diff_runs("x", "nobody")
    log_run(folder, "a2", name="x")
    with Store.open(folder.path) as store, pytest.raises(AmbiguousRunError):
        store.diff_runs("x", "a")


def test_only_some_sections_and_never_the_duration_count_as_a_difference(folder: Folder) -> None:
    log_run(folder, "a", params={"lr": 1}, metrics={"acc": [0.5]})
    writer = log_run(folder, "b", params={"lr": 1}, metrics={"acc": [0.5]}, end=None, close=False)
    writer.fact("end", "finished", value=99.0, text='{"exit_code": 0}')
    writer.close()
    diff = run_diff(folder, "a", "b")
    assert by_key(diff.run)["seconds"].change == "changed"
    assert not diff.differs()
    correct(folder, "b", "tag", "paper", "")
    diff = run_diff(folder, "a", "b")
    assert diff.differs() and not diff.differs(("params", "metrics"))


# --- code ---------------------------------------------------------------------------------------

CHANGES = """diff --git a/model.py b/model.py
index 111..222 100644
--- a/model.py
+++ b/model.py
@@ -1 +1 @@
-x = 1
+x = {x}
diff --git a/same.py b/same.py
--- a/same.py
+++ b/same.py
@@ -1 +1 @@
-a
+b
"""


def code_run(folder: Folder, run_id: str, *, commit: str = "c", **kept: str) -> None:
    """A run of a commit that keeps texts: ``diff`` and ``source``."""
    digests = {name: put_bytes(folder, text.encode()).digest for name, text in kept.items()}
    git = {"commit": commit * 40, "dirty": "diff" in kept, "diff_digest": digests.get("diff")}
    sections: dict[str, dict[str, Any]] = {"git": git}
    if "source" in digests:
        sections["source"] = {"path": "/home/ada/train.py", "digest": digests["source"]}
    log_run(folder, run_id, sections=sections)


def test_changes_are_compared_file_by_file(folder: Folder) -> None:
    for run_id, value in (("a", "2"), ("b", "3"), ("same", "2")):
        code_run(folder, run_id, diff=CHANGES.replace("{x}", value))
    code_run(folder, "clean")
    with Store.open(folder.path) as store:
        equal = store.diff_runs("a", "same")
        assert equal.patches == () and "same code" in equal.headline
        other = store.diff_runs("a", "b")
        (patch,) = other.patches
        assert patch.title == "changes to model.py"
        assert "-+x = 2" in patch.lines and "++x = 3" in patch.lines
        assert "other code" in other.headline
        patches = store.diff_runs("clean", "a").patches
        assert [patch.title for patch in patches] == [
            "model.py (changed only in a)",
            "same.py (changed only in a)",
        ]
        assert patches[0].lines[-2:] == ("-x = 1", "+x = 2")


def test_commits_scripts_and_what_was_not_kept(folder: Folder) -> None:
    code_run(folder, "a", source="import x\nlr = 1\n")
    code_run(folder, "b", commit="d", source="import x\nlr = 2\n")
    log_run(folder, "c", sections={"git": {"commit": "c" * 40, "dirty": True}})
    with Store.open(folder.path) as store:
        commits, script = store.diff_runs("a", "b").patches
        notes = [each.note for each in store.diff_runs("a", "c").patches]
    assert commits.note == "git diff cccccccccccc dddddddddddd"
    assert script.title == "train.py"
    assert script.lines[2:] == ("@@ -1,2 +1,2 @@", " import x", "-lr = 1", "+lr = 2")
    assert "Those of c were not kept." in notes


def test_long_texts_are_compared_where_they_differ_or_not_at_all(folder: Folder) -> None:
    lines = [f"line {index}" for index in range(MOST_LINES * 3)]
    code_run(folder, "a", source="\n".join(lines))
    code_run(folder, "b", source="\n".join([*lines[:9000], "new", *lines[9000:]]))
    code_run(folder, "c", source="\n".join(reversed(lines)))
    with Store.open(folder.path) as store:
        (patch,) = store.diff_runs("a", "b").patches
        (long,) = store.diff_runs("a", "c").patches
    assert patch.lines[2] == "@@ -8998,6 +8998,7 @@" and "+new" in patch.lines
    assert long.lines == () and "More than 5,000 lines" in long.note


def test_lost_blobs_and_strange_digests_are_said(folder: Folder) -> None:
    for run_id, digest in (("a", "0" * 64), ("b", "../../etc/passwd")):
        section = {"path": "x.py", "digest": digest}
        log_run(folder, run_id, sections={"source": section, "git": {"diff_digest": digest}})
    notes = [patch.note for patch in run_diff(folder, "a", "b").patches]
    assert notes[0] == "The scripts differ; the store has lost a copy."


# --- two stores ---------------------------------------------------------------------------------


@pytest.fixture
def pair(folder: Folder, tmp_path: Path) -> tuple[Folder, Folder]:
    """Two equal stores of three runs."""
    for index, value in enumerate((0.98, 0.987, 0.5)):
        log_run(folder, f"r{index}", name=f"m-{index}", hour=index, metrics={"val/acc": [value]})
    return folder, Folder.open(shutil.copytree(folder.path, tmp_path / "after"))


def store_diff(pair: tuple[Folder, Folder], config: Config | None = None) -> StoreDiff:
    with Store.open(pair[0].path, config) as one, Store.open(pair[1].path, config) as other:
        return one.diff_stores(other)


def test_equal_stores(pair: tuple[Folder, Folder]) -> None:
    diff = store_diff(pair)
    assert not diff.differs() and diff.headline == "Nothing differs."
    assert (diff.before.runs, diff.after.runs) == (3, 3)


def test_a_new_leader_makes_the_headline(pair: tuple[Folder, Folder]) -> None:
    log_run(pair[1], "new", name="svm-3", hour=9, metrics={"val/acc": [0.991]})
    diff = store_diff(pair)
    assert diff.headline == (
        "digits: svm-3 leads with 0.991 (+0.4 pt); before, m-1 led with 0.987. 1 run added."
    )
    (board,) = diff.boards
    assert [(move.name, move.ranks, move.word) for move in board.moves] == [
        ("svm-3", (None, 1), "new"),
        ("m-1", (1, 2), "down 1"),
        ("m-0", (2, 3), "down 1"),
        ("m-2", (3, 4), "down 1"),
    ]
    assert [each.run.run_id for each in diff.added] == ["new"]
    assert diff.differs(("added",)) and not diff.differs(("gone", "changed"))


def test_runs_that_went_say_where(pair: tuple[Folder, Folder]) -> None:
    correct(pair[1], "r1", "trash", "", {"author": "ada", "reason": "wrong data"})
    shutil.rmtree(pair[1].path / "runs" / "r2")
    diff = store_diff(pair)
    assert [(each.run.run_id, each.why, each.reason) for each in diff.gone] == [
        ("r2", "", ""),
        ("r1", "trash", "wrong data"),
    ]
    assert diff.boards[0].moves[-1].word == "gone"
    assert "m-0 leads with 0.98" in diff.headline and "2 runs gone" in diff.headline
    back = store_diff((pair[1], pair[0]))
    assert {(each.run.run_id, each.restored) for each in back.added} == {
        ("r1", True),
        ("r2", False),
    }


def test_what_was_said_of_a_run_since(pair: tuple[Folder, Folder]) -> None:
    after = pair[1]
    correct(after, "r0", "tag", "paper", "")
    correct(after, "r0", "rename", "run", "champion")
    with log_run(after, "r2", end=None, close=False, hour=50) as writer:
        writer.points(7, ("val/acc",), (0.999,))
    diff = store_diff(pair)
    changed = {each.after.run_id: each for each in diff.changed}
    assert changed["r0"].items == (Item("name", "m-0", "champion"), Item("tag paper", None, ""))
    (metric,) = changed["r2"].metrics
    assert (metric.before, metric.after, metric.points) == (0.5, 0.999, (1, 2))
    assert "m-2 leads" in diff.headline or "r2 leads" in diff.headline


def test_both_sides_are_ranked_by_the_rule_that_holds_after(pair: tuple[Folder, Folder]) -> None:
    board = LeaderboardConfig(name="b", metric="val/acc", direction="min", slug="b", title="B")
    diff = store_diff(pair, Config(leaderboards=(board,)))
    assert diff.boards[0].direction == "min"
    assert [move.name for move in diff.boards[0].moves] == ["m-2", "m-0", "m-1"]


def test_an_empty_store_on_either_side(pair: tuple[Folder, Folder], tmp_path: Path) -> None:
    empty = Folder.create(tmp_path / "empty")
    with Store.open(empty.path) as none, Store.open(pair[0].path) as some:
        diff = none.diff_stores(some)
        assert diff.headline == "digits: m-1 leads with 0.987, the first to do so. 3 runs added."
        assert diff.boards[0].here == (False, True)
        assert some.diff_stores(none).headline == "digits: no run leads any more. 3 runs gone."
        assert not none.diff_stores(none).differs()


def test_two_moments_of_one_store(folder: Folder) -> None:
    log_run(folder, "a", metrics={"acc": [0.5]})
    log_run(folder, "b", metrics={"acc": [0.6]}, hour=10)
    correct(folder, "a", "tag", "late", "", hour=20)
    then = BASE + timedelta(hours=5)
    with Store.open(folder.path, as_of=then) as one, Store.open(folder.path) as other:
        diff = one.diff_stores(other)
        assert diff.before.as_of == then and diff.after.as_of is None
        assert [each.run.run_id for each in diff.added] == ["b"]
        assert diff.changed[0].items == (Item("tag late", None, ""),)
        tags = one.diff_runs("a", "a", other=other).tags
        assert tags == (Item("late", None, ""),)


# --- numbers in sentences -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.98765, "0.9877"), (12345.6, "12,346"), (1e-9, "1e-09"), (3.0, "3"), (None, "no value")],
)
def test_numbers_in_sentences(value: float | None, text: str) -> None:
    assert number(value) == text


@pytest.mark.parametrize(
    ("before", "after", "metric", "text"),
    [
        (0.5, 0.55, "val/accuracy", "+5 pt"),
        (0.5, 0.45, "loss", "-0.05"),
        (50.0, 45.5, "accuracy", "-4.5"),
        (0.5, 0.5, "accuracy", ""),
        (None, 0.5, "accuracy", ""),
        (1.0, 90000.0, "reward", "+89,999"),
    ],
)
def test_steps_in_sentences(
    before: float | None, after: float | None, metric: str, text: str
) -> None:
    assert step(before, after, metric) == text
