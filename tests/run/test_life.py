"""A run's life: opened, nested, resumed, active, finished, tracked."""

from __future__ import annotations

import asyncio
import json
import os
import re
import threading
from collections.abc import Callable, Coroutine
from contextvars import copy_context
from pathlib import Path
from typing import Any

import pytest

from runfolio.errors import RunNotFoundError, StoreVersionError, UsageError
from runfolio.run import api
from runfolio.run.author import annotate
from runfolio.run.run import Run
from runfolio.run.start import init
from runfolio.run.track import track
from runfolio.run.trouble import RunfolioWarning
from runfolio.store.folder import Folder

from .conftest import Facts

Info = Callable[..., Any]
QUIET = {"capture": False}


def in_a_loop(work: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine in an event loop of its own, whatever else this thread does with loops."""
    thread = threading.Thread(target=copy_context().run, args=(asyncio.run, work))
    thread.start()
    thread.join(30)


def test_a_run_says_who_it_is_and_how_it_ended(store: Path, facts: Facts, info: Info) -> None:
    with init(
        "digits",
        name="rf-200",
        params={"trees": 200},
        tags={"stage": "final"},
        notes="**good**",
        group="seeds",
        store=store,
        capture=False,
    ) as run:
        run.log({"accuracy": 0.9})
    start = info("start", "run")
    assert start["name"] == "rf-200"
    assert start["experiment"] == "digits"
    assert start["group"] == "seeds"
    assert (start["parent"], start["resumed"], start["rank"]) == (None, False, None)
    assert start["capture"]["git"] is False
    assert facts("param", "trees")[0]["value"] == 200.0
    assert facts("tag", "stage")[0]["text"] == "final"
    assert facts("note", "")[0]["text"] == "**good**"
    end = facts("end")[0]
    assert end["key"] == "finished"
    assert 0 <= end["value"] < 60
    assert json.loads(end["text"]) == {"exit_code": 0, "exception": None, "dropped": 0}


def test_a_run_without_a_name_gets_a_friendly_one(run: Run) -> None:
    assert re.fullmatch(r"[a-z]+-[a-z]+-[1-9]\d", run.name)
    assert re.fullmatch(r"\d{8}-\d{6}-[2-9a-hj-km-np-z]{6}", run.id)
    assert repr(run) == f"<runfolio.Run {run.id} {run.name!r} of 'tests', open>"


def test_finish_without_with(store: Path, facts: Facts) -> None:
    run = init(store=store, **QUIET)
    run.log({"x": 1.0})
    assert not run.finished
    run.finish()
    run.finish()
    assert run.finished
    assert run.experiment == "default"
    assert [row["key"] for row in facts("end")] == ["finished"]


def test_a_status_that_is_none_is_refused(run: Run) -> None:
    with pytest.raises(UsageError, match="finished, failed or killed"):
        run.finish("done")
    assert not run.finished


def test_an_exception_fails_the_run_and_goes_on(store: Path, facts: Facts, info: Info) -> None:
    with pytest.raises(ZeroDivisionError), init(store=store, **QUIET):
        1 / 0
    assert facts("end")[0]["key"] == "failed"
    told = info("end")
    assert told["exit_code"] == 1
    assert told["exception"]["type"] == "ZeroDivisionError"
    assert told["exception"]["message"] == "division by zero"
    assert "1 / 0" in told["exception"]["traceback"]


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (SystemExit(3), "failed", 3),
        (SystemExit(0), "finished", 0),
        (SystemExit(None), "finished", 0),
        (SystemExit("bad config"), "failed", 1),
        (KeyboardInterrupt(), "killed", 130),
    ],
)
def test_the_way_out_decides_status_and_exit_code(
    store: Path, facts: Facts, info: Info, error: BaseException, status: str, code: int
) -> None:
    with pytest.raises(type(error)), init(store=store, **QUIET):
        raise error
    assert facts("end")[0]["key"] == status
    assert info("end")["exit_code"] == code


def test_an_exception_whose_text_fails_is_named(store: Path, info: Info) -> None:
    class EvilError(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    with pytest.raises(EvilError), init(store=store, **QUIET):
        raise EvilError
    assert info("end")["exception"]["type"].endswith("EvilError")


# --- ids and resuming


def test_an_id_of_ones_own_is_kept(store: Path) -> None:
    with init(store=store, id="my-run_1", **QUIET) as run:
        assert run.id == "my-run_1"


def test_other_texts_become_ids_that_stay_apart(store: Path) -> None:
    with init(store=store, id="Run-A", **QUIET) as upper, init(store=store, id="run-a") as lower:
        assert upper.id != lower.id
        assert upper.name == "Run-A"
    with init(store=store, id="../../evil", **QUIET) as evil:
        assert re.fullmatch(r"evil-[0-9a-f]{8}", evil.id)


def test_an_id_that_is_taken_is_refused(store: Path) -> None:
    init(store=store, id="taken", **QUIET).finish()
    with pytest.raises(UsageError, match="already") as caught:
        init(store=store, id="taken", **QUIET)
    assert 'resume="allow"' in caught.value.hint
    assert api.active_run() is None


def test_a_script_that_is_run_again_takes_back_no_correction(store: Path) -> None:
    from runfolio.query.store import Store
    from runfolio.run.editing.editor import Editor

    def resume(**said: str) -> tuple[str, str]:
        with init(store=store, id="again", resume="allow", **said, **QUIET):
            pass
        with Store.open(store) as found:
            ((name, experiment),) = found.sql("SELECT name, experiment FROM runs").fetchall()
        return name, experiment

    said = {"experiment": "digits", "name": "try"}
    assert resume(**said) == ("try", "digits")
    with Editor.open(store) as editor:
        editor.move("again", "paper")
        editor.rename("again", "the best")
    assert resume(**said) == ("the best", "paper")
    assert resume(**said) == ("the best", "paper"), "nor when it is run a third time"
    assert resume() == ("the best", "paper")
    assert resume(experiment="new", name="other") == ("other", "new"), "new words count"
    assert resume(**said) == ("try", "digits")


def test_nothing_to_resume_is_told(store: Path) -> None:
    with pytest.raises(RunNotFoundError, match="'gone'"):
        init(store=store, id="gone", resume=True, **QUIET)
    with pytest.raises(UsageError, match="which run"):
        init(store=store, resume=True, **QUIET)
    with pytest.raises(UsageError, match="must"):
        init(store=store, id="x", resume="must", **QUIET)


@pytest.mark.parametrize("sealed", [True, False])
def test_a_resumed_run_goes_on_where_it_stopped(
    store: Path, facts: Facts, info: Info, sealed: bool
) -> None:
    first = init("digits", name="mine", group="g", store=store, id="again", **QUIET)
    first.log({"x": 0.0}, step=41)
    if sealed:
        first.finish()
    with init(store=store, id="again", resume=True, **QUIET) as second:
        second.log({"x": 1.0})
        assert second.resumed
        assert (second.name, second.experiment, second.group) == ("mine", "digits", "g")
    first.finish()
    assert [row["step"] for row in facts("metric", "x")] == [41, 42]
    assert info("start", "run")["resumed"] is True
    assert len({row["writer"] for row in facts("metric")}) == 2


def test_allow_begins_a_run_that_is_not_there(store: Path) -> None:
    with init(store=store, id="new", resume="allow", **QUIET) as run:
        assert not run.resumed


def test_ranks_share_a_run_by_the_environment(
    store: Path, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNFOLIO_RUN_ID", "shared")
    names = set()
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        with init(store=store, **QUIET) as run:
            run.log({f"loss/{rank}": 1.0})
            names.add(run.name)
            assert run.id == "shared"
            assert not run.resumed
    ranks = [json.loads(row["text"])["rank"] for row in facts("start", "run")]
    assert ranks == [0, 1]
    assert len(names) == 1
    assert {row["step"] for row in facts("metric")} == {0}


# --- nested and active runs


def test_nested_runs_know_their_parent(store: Path) -> None:
    with init("sweep", store=store, **QUIET) as outer:
        with init(store=store, nested=True, **QUIET) as inner:
            assert (inner.parent, inner.experiment) == (outer.id, "sweep")
            assert api.active_run() is inner
        assert api.active_run() is outer
        with init("sweep", store=store, **QUIET) as beside:
            assert beside.parent is None
        with init("sweep", store=store, parent=outer, **QUIET) as child:
            assert child.parent == outer.id
    assert api.active_run() is None


def test_finishing_out_of_order_leaves_no_finished_run_active(store: Path) -> None:
    outer = init(store=store, **QUIET)
    inner = init(store=store, nested=True, **QUIET)
    outer.finish()
    assert api.active_run() is inner
    inner.finish()
    assert api.active_run() is None


def test_module_functions_ask_the_active_run(store: Path, facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "x.txt").write_text("x")
    with init(store=store, **QUIET):
        api.log({"a": 1.0})
        api.log_metric("b", 2.0, step=5)
        api.log_metrics({"c": 3.0})
        api.log_param("p", 1)
        api.log_params({"q": 2})
        api.set_tag("t", 1)
        api.set_tags(["u"])
        api.remove_tag("u")
        api.note("hello")
        api.log_artifact("x.txt")
        api.log_text("x", "y.txt")
        api.log_table([{"x": 1}], "z")
        api.log_image([[0, 1]], "i")
        api.log_histogram([1, 2], "h")
        api.log_confusion_matrix([1], [1])
        api.log_dataset([{"x": 1}], "d")
        api.log_model("x.txt")
        api.register_model("m")
        api.finish()
    kinds = {row["kind"] for row in facts()}
    assert kinds == {
        "start", "metric", "param", "tag", "untag", "note", "artifact", "histogram", "matrix",
        "dataset", "model", "end",
    }  # fmt: skip
    assert [row["step"] for row in facts("metric")] == [0, 5, 6]


def test_without_an_open_run_the_call_is_a_mistake() -> None:
    with pytest.raises(UsageError, match="No run is open") as caught:
        api.log({"x": 1.0})
    assert "runfolio.init" in caught.value.hint


def test_a_thread_finds_the_only_open_run(store: Path, facts: Facts) -> None:
    with init(store=store, **QUIET):
        thread = threading.Thread(target=lambda: api.log({"x": 1.0}))
        thread.start()
        thread.join()
    assert len(facts("metric", "x")) == 1


def test_tasks_have_active_runs_of_their_own(store: Path, facts: Facts) -> None:
    async def train(name: str) -> None:
        with init(name, store=store, **QUIET):
            await asyncio.sleep(0.01)
            api.log({name: 1.0})

    async def both() -> None:
        await asyncio.gather(train("a"), train("b"))

    in_a_loop(both())
    rows = facts("metric")
    assert len({row["run_id"] for row in rows}) == 2


def test_a_run_opened_in_another_context_does_not_leak(store: Path) -> None:
    def open_one() -> Run:
        return init(store=store, **QUIET)

    inner = copy_context().run(open_one)
    with init(store=store, **QUIET) as outer:
        assert api.active_run() is outer
    inner.finish()


# --- the decorator


def test_every_call_of_a_tracked_function_is_a_run(store: Path, facts: Facts) -> None:
    @track(experiment="digits", store=store, **QUIET)
    def train(lr: float, *, depth: int = 3) -> dict[str, object]:
        """Train."""
        return {"accuracy": lr * depth, "val": {"loss": 1}, "model": object(), "note": "text"}

    assert train(0.5)["accuracy"] == 1.5
    train(lr=1.0, depth=2)
    assert train.__name__ == "train" and train.__doc__ == "Train."
    assert len({row["run_id"] for row in facts()}) == 2
    assert {row["value"] for row in facts("param", "depth")} == {3.0, 2.0}
    assert {row["value"] for row in facts("metric", "accuracy")} == {1.5, 2.0}
    assert len(facts("metric", "val/loss")) == 2
    assert [row["key"] for row in facts("end")] == ["finished", "finished"]


def test_a_tracked_function_that_raises_fails(store: Path, facts: Facts) -> None:
    @track("digits", store=store, **QUIET)
    def train() -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        train()
    assert facts("end")[0]["key"] == "failed"


def test_tracked_methods_and_coroutines(store: Path, facts: Facts, info: Info) -> None:
    class Trainer:
        @track(store=store, **QUIET)
        async def train(self, lr: float) -> dict[str, float]:
            await asyncio.sleep(0)
            api.log({"inside": 1.0})
            return {"x": lr}

    in_a_loop(Trainer().train(0.1))
    assert [row["key"] for row in facts("param")] == ["lr"]
    assert [row["key"] for row in facts("metric")] == ["inside", "x"]
    assert info("start", "run")["experiment"] == "train"


def test_a_tracked_call_inside_of_a_run_is_its_child(store: Path, facts: Facts) -> None:
    @track
    def step(number: int) -> int:
        return number

    with init("outer", store=store, **QUIET) as outer:
        assert step(3) == 3
    parents = {json.loads(row["text"])["parent"] for row in facts("start", "run")}
    assert parents == {None, outer.id}


# --- settings, store, authors


def test_unknown_captures_are_refused_with_the_nearest_name(store: Path) -> None:
    with pytest.raises(UsageError) as caught:
        init(store=store, capture={"gti": False})
    assert "'git'" in caught.value.hint
    with pytest.raises(UsageError, match="system_seconds"):
        init(store=store, capture={"system_seconds": "often"})
    with pytest.raises(UsageError, match="no switch"):
        init(store=store, capture={"git": "no"})


def test_a_store_that_can_only_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="can only be read"):
        init(store="https://example.org/runs")
    assert list(tmp_path.iterdir()) == []


def test_captures_come_from_configuration_environment_and_call(
    store: Path, info: Info, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "runfolio.toml").write_text('store = "elsewhere"\n[capture]\ngit = false\n')
    monkeypatch.setenv("RUNFOLIO_CAPTURE_PACKAGES", "0")
    with init(store=store, capture={"output": False, "system": False}) as run:
        assert run.store == store
    found = info("start", "run")["capture"]
    off = {name for name, on in found.items() if on is False}
    assert off == {"git", "packages", "output", "system"}
    with init(**QUIET) as run:
        assert run.store == tmp_path / "elsewhere"


def test_a_broken_configuration_is_told_once_and_not_used(store: Path, tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text("store = 5\n")
    with pytest.warns(RunfolioWarning, match="configuration"), init(**QUIET) as run:
        assert run.store == store


def test_a_store_of_a_newer_runfolio_is_refused(store: Path) -> None:
    store.mkdir()
    (store / "runfolio.json").write_text('{"format": 99, "store": "x"}')
    with pytest.raises(StoreVersionError):
        init(store=store, **QUIET)


def test_a_disk_that_refuses_the_store_does_not_stop_the_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.warns(RunfolioWarning), init(store=tmp_path / "file" / "runs", **QUIET) as run:
        run.log({"x": 1.0})
        run.log_text("x", "y")
        assert run.pending > 0


def test_people_add_facts_under_a_writer_of_their_own(run: Run, store: Path, facts: Facts) -> None:
    run.finish()
    annotate(
        Folder.open(store),
        run.id,
        [("tag", "best", None, None, ""), ("trash", "", None, None, "{}")],
    )
    author = facts("start", "author")[0]
    assert set(json.loads(author["text"])) == {"user", "host"}
    added = facts("tag")[0]
    assert added["writer"] == author["writer"] != facts("end")[0]["writer"]
    assert facts("trash")[0]["writer"] == author["writer"]


def test_tags_and_notes(run: Run, facts: Facts) -> None:
    run.set_tags({"a": 1, "b": None, "c": True})
    run.set_tags("d")
    run.set_tag("a", "two")
    run.remove_tag("b")
    run.note("x\ud800", "method")
    with pytest.warns(RunfolioWarning, match="cut"):
        run.note("y" * 300_000)
    run.finish()
    assert [(row["key"], row["text"]) for row in facts("tag")] == [
        ("a", "1"),
        ("b", ""),
        ("c", "True"),
        ("d", ""),
        ("a", "two"),
    ]
    assert facts("untag")[0]["key"] == "b"
    assert facts("note", "method")[0]["text"] == "x\ufffd"


@pytest.mark.parametrize("tags", [5, [None], [[]]])
def test_odd_tags_never_raise(run: Run, tags: Any) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run.set_tags(tags)


@pytest.mark.skipif(os.name == "nt", reason="Windows keeps the folder that a process is in")
def test_a_run_begins_in_a_folder_that_is_gone(
    store: Path, facts: Facts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    with (
        pytest.warns(RunfolioWarning, match="cannot be read"),
        init(store=store.absolute(), capture=False) as run,
    ):
        run.log({"loss": 1.0})
    monkeypatch.chdir(tmp_path)
    assert [row["key"] for row in facts("metric")] == ["loss"]
