"""``runfolio.edit``: corrections in Python. Questions go to one open store, so they are quick."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import runfolio
from runfolio.errors import RunfolioError, UsageError
from runfolio.query.shelf import Shelf
from runfolio.run.editing.dropping import as_steps
from runfolio.run.editing.editor import Editor
from runfolio.run.start import init


def make(path: Path) -> Path:
    """Two runs of one experiment and one of another; one of them failed."""
    for number, experiment in enumerate(("digits", "digits", "letters")):
        run = init(experiment, name=f"n{number}", id=f"r{number}", store=path, capture=False)
        for step in range(31):
            run.log({"loss": math.nan if step == 30 else 1 / (step + 1), "acc": 0.5}, step=step)
        run.finish("failed" if number == 1 else "finished")
    return path


@pytest.fixture(scope="module")
def asked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor for questions and mistakes: nothing may be written through it."""
    path = make(tmp_path_factory.mktemp("asked") / "runs")
    before = sorted((path / "runs").rglob("*"))
    with runfolio.edit(path) as editor:
        yield editor
    assert sorted((path / "runs").rglob("*")) == before
    assert not (path / "tombs").exists()


@pytest.fixture
def editor(tmp_path: Path) -> Iterator[Editor]:
    """An editor of a store of its own."""
    with runfolio.edit(make(tmp_path / "runs")) as editor:
        yield editor


@pytest.mark.parametrize(
    ("choice", "points", "low", "high", "bad"),
    [
        ({"steps": "10..19"}, 10, 10, 19, 0),
        ({"steps": "29.."}, 2, 29, 30, 1),
        ({"steps": "..0"}, 1, 0, 0, 0),
        ({"steps": 7}, 1, 7, 7, 0),
        ({"steps": (None, 3)}, 4, 0, 3, 0),
        ({"where": "value > 0.4 AND NOT isnan(value)"}, 2, 0, 1, 0),
        ({"where": "isnan(value)"}, 1, 30, 30, 1),
        ({"where": "step % 2 = 0 -- even"}, 16, 0, 30, 1),
        ({"where": "value > (SELECT avg(value) FROM series WHERE isfinite(value))"}, 8, 0, 30, 1),
        ({"all": True}, 31, 0, 30, 1),
    ],
)
def test_what_a_drop_takes(
    asked: Editor, choice: dict[str, Any], points: int, low: int, high: int, bad: int
) -> None:
    found = asked.drop("n0", "loss", **choice, dry_run=True)
    assert (found.points, found.total, found.low, found.high, found.bad) == (
        points,
        31,
        low,
        high,
        bad,
    )
    assert found.change == ""


MISTAKES: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("drop", ("n0", "loss"), {}, "Say which points"),
    ("drop", ("n0", "loss"), {"all": True, "steps": "1"}, "Say which points"),
    ("drop", ("n0", "los"), {"all": True}, "r0 has no metric 'los'."),
    ("drop", ("n0", "loss"), {"steps": "x"}, "'x' is no range of steps."),
    ("drop", ("n0", "loss"), {"steps": ""}, "'' is no range of steps."),
    ("drop", ("n0", "loss"), {"steps": "9..1"}, "No step is at least 9 and at most 1."),
    ("drop", ("n0", "loss"), {"steps": "900.."}, "No point of 'loss' in r0 fits"),
    ("drop", ("n0", "loss"), {"where": "valu > 1"}, 'column "valu" not found'),
    ("drop", ("n0", "loss"), {"where": "value >"}, "syntax error"),
    ("drop", ("n0", "loss"), {"where": "value > 1); DROP TABLE facts; SELECT (1"}, "one SELECT"),
    ("drop", ("n0", "loss"), {"where": "value > 'x'"}, "Could not convert string"),
    ("drop", ("n0", "loss"), {"where": "error('never')"}, "never"),
    ("drop", ("n0", "loss"), {"where": "exists (FROM read_csv('/etc/passwd'))"}, "no access"),
    ("drop", ("n0", "loss"), {"where": "false) UNION (SELECT writer, seq + 1 FROM series"}, "fits"),
    ("rename", ("nobody", "x"), {}, "There is no run 'nobody'"),
    ("rename", ("n0", " "), {}, "The new name is empty."),
    ("rename", ("r", "x"), {}, "'r' fits 3 runs"),
    ("rename_metric", ("n0", "los", "x"), {}, "r0 has no metric 'los'."),
    ("move", ("n0", ""), {}, "The new name is empty."),
    ("log_metrics", ("n0", {}), {}, "No metric is given."),
    ("log_metrics", ("n0", {"a": "x"}), {}, "a is no number"),
    ("log_metrics", ("n0", {"a": 1}), {"step": 2**63}, "no whole number of 64 bits"),
    ("undo", ("n0",), {}, "There is no rename or drop to take back."),
    ("undo", ("n0", "zz"), {}, "No corrections are called 'zz'."),
    ("remove_tag", ("n0", "x"), {}, "r0 has no tag 'x'."),
    ("trash", ("n0", "status=failed"), {}, "'status=failed' is a filter, but r0 is a run."),
    ("trash", ("status=nothing",), {}, "No run matches: status=nothing"),
    ("trash", ("loss<",), {}, "a value is missing after <"),
    ("trash", ("n9",), {}, "There is no run 'n9'"),
    ("trash", ("n 9",), {}, "There is no run 'n 9'"),
    ("restore", ("n0",), {}, "r0 is not in the trash."),
    ("restore", ("n9",), {}, 'There is no run "n9" in the trash.'),
    ("purge", ("n0",), {}, "r0 is not in the trash."),
    ("purge", ("n9",), {}, 'There is no run "n9" in the trash.'),
]


@pytest.mark.parametrize(("method", "words", "options", "message"), MISTAKES)
def test_mistakes(
    asked: Editor, method: str, words: tuple[Any, ...], options: dict[str, Any], message: str
) -> None:
    with pytest.raises(RunfolioError) as caught:
        getattr(asked, method)(*words, **options)
    assert message in caught.value.message


def test_a_condition_cannot_reach_other_points(editor: Editor) -> None:
    other = "step < 2) UNION (SELECT writer, seq FROM metrics WHERE key = 'acc'"
    editor.drop("n0", "loss", where=other)
    view = editor.store.run("n0")
    assert view.summary["loss"].points == 29
    assert view.summary["acc"].points == 31


def test_dropped_points_come_back_one_correction_at_a_time(editor: Editor) -> None:
    first = editor.drop("n0", "loss", steps="0..9")
    second = editor.drop("n0", "loss", where="step < 20")
    assert (first.points, second.points) == (10, 10)
    assert editor.store.run("n0").summary["loss"].points == 11
    editor.undo("n0", first.change)
    assert editor.store.run("n0").summary["loss"].points == 21
    assert editor.undo("n0").action == "drop"
    assert editor.store.run("n0").summary["loss"].points == 31


def test_names_of_every_kind_change_and_come_back(editor: Editor) -> None:
    assert editor.rename("n0", "first").name == "n0"
    editor.rename_metric("first", "loss", "cost")
    editor.move("first", "other")
    view = editor.store.run("first")
    assert (view.run.experiment, sorted(view.summary)) == ("other", ["acc", "cost"])
    editor.drop("first", "cost", steps=3)
    renamed = next(each for each in editor.store.run("first").changes if each.key == "metric:loss")
    with pytest.raises(UsageError, match="A later drop speaks of 'cost'"):
        editor.undo("first", f"{renamed.writer}:{renamed.seq}")
    for _ in range(4):
        editor.undo("r0")
    view = editor.store.run("n0")
    assert (view.run.experiment, sorted(view.summary)) == ("digits", ["acc", "loss"])
    assert view.summary["loss"].points == 31


def test_a_resumed_run_keeps_the_names_that_people_gave_it(editor: Editor) -> None:
    editor.rename("r0", "first")
    editor.move("r0", "other")
    editor.rename("r0", "mistaken")
    editor.undo("r0")
    with init(id="r0", resume=True, store=editor.folder.path, capture=False) as run:
        assert (run.name, run.experiment) == ("first", "other")
    with runfolio.open(editor.folder.path) as store:
        assert store.run("first").run.experiment == "other"


def test_late_metrics_tags_and_notes(editor: Editor) -> None:
    before = editor.store.run("n1").run
    assert editor.log_metrics("n1", {"test": {"acc": 1}, "big": 2**60 + 1}, step=4) == {
        "test/acc": 1.0,
        "big": 2**60 + 1,
    }
    editor.set_tag("n1", "best", 1)
    editor.set_tag("n1", "draft")
    editor.remove_tag("n1", "draft")
    editor.note("n1", "Why?")
    view = editor.store.run("n1")
    assert (view.run.status, view.run.ended) == (before.status, before.ended)
    assert view.summary["test/acc"].last_step == 4
    assert [(tag.tag, tag.value) for tag in view.tags] == [("best", "1")]
    assert view.notes == {"": "Why?"}
    facts = editor.store.sql("SELECT text FROM facts WHERE key = 'big'").fetchall()
    assert facts == [(str(2**60 + 1),)]


def test_the_trash_by_filter_and_for_good(editor: Editor) -> None:
    assert [each.name for each in editor.trash("experiment:digits", "status=failed")] == ["n1"]
    assert [each.name for each in editor.restore("n1")] == ["n1"]
    editor.trash("n1", "r2", reason="a mistake")
    (plan,) = editor.purge("n1", dry_run=True)
    assert (plan.name, plan.again, len(plan.paths) >= 3) == ("n1", False, True)
    (done,) = editor.purge("n1", reason="private")
    assert not any(path.exists() for path in done.paths)
    shelf = Shelf.of(editor.folder)
    assert shelf is not None
    assert all("r1" not in segment.runs for segment in shelf.segments())
    assert [run.name for run in editor.store.runs_table()] == ["n0"]
    assert editor.store.sql("SELECT name, state FROM trashed ORDER BY name").fetchall() == [
        ("n1", "purged"),
        ("n2", "trashed"),
    ]
    assert editor.purge("n1")[0].again
    with pytest.raises(UsageError, match="purged"):
        init(id="r1", resume="allow", store=editor.folder.path, capture=False)


def test_an_author_is_not_named_where_the_host_is_not_captured(
    editor: Editor, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor.set_tag("n0", "signed")
    monkeypatch.setenv("RUNFOLIO_CAPTURE_HOST", "0")
    with runfolio.edit(editor.folder.path) as other:
        other.set_tag("n0", "unsigned")
        told = {each.key: each.author for each in other.store.run("n0").changes}
    assert told["signed"] and not told["unsigned"]


@pytest.mark.parametrize(
    ("text", "steps"),
    [("1..2", (1, 2)), (" -3 .. -1 ", (-3, -1)), ("5", (5, 5)), ("5..", (5, None)), (4, (4, 4))],
)
def test_ranges_of_steps(text: Any, steps: tuple[int | None, int | None]) -> None:
    assert as_steps(text) == steps


def test_every_method_is_documented() -> None:
    methods: dict[str, Callable[..., Any]] = {
        name: value
        for name, value in vars(Editor).items()
        if inspect.isfunction(value) and not name.startswith("_")
    }
    assert all(inspect.getdoc(value) for value in methods.values())
