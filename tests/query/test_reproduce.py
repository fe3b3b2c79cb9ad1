"""The reproducibility check says what is missing, and its commands are safe to paste."""

from __future__ import annotations

import subprocess
from datetime import datetime
from typing import Any

import pytest

from runfolio.query.reproduce import ITEMS, Item, check, commands, reproduction
from runfolio.query.rows import Dataset
from runfolio.query.store import Store
from runfolio.store.folder import Folder

from .factory import log_run
from .test_wide import hostile

COMPLETE: dict[str, dict[str, Any]] = {
    "git": {
        "commit": "c0ffee" * 6,
        "branch": "main",
        "remote": "https://example.org/ada/digits.git",
        "dirty": False,
        "root": "/home/ada/digits",
        "subdirectory": "experiments",
        "untracked": ["notes.txt"],
        "diff_digest": None,
    },
    "command": {
        "argv": ["train.py", "--name", "it's", "--lr=0.1"],
        "script": "train.py",
        "entry": "script",
    },
    "python": {"version": "3.12.1", "implementation": "cpython"},
    "packages": {"numpy": "2.3.1", "scikit-learn": "1.7.0"},
    "seed": {"value": 7, "where": "seed_everything", "libraries": ["random", "numpy"]},
}


def dataset(name: str = "digits", digest: str | None = "abc", blob: str | None = None) -> Dataset:
    time = datetime(2026, 11, 1)
    return Dataset(name, "train", digest, 10, 2, 100, "", blob, None, time)


def changed(section: str, **values: Any) -> dict[str, dict[str, Any]]:
    """A complete environment with one section changed."""
    return {**COMPLETE, section: {**COMPLETE[section], **values}}


def item(name: str, environment: dict[str, dict[str, Any]], *datasets: Dataset) -> Item:
    found = check("r1", environment, datasets)
    return next(each for each in found.items if each.name == name)


def test_complete_run() -> None:
    found = check("r1", COMPLETE, [dataset(blob="b")])

    assert [each.name for each in found.items] == list(ITEMS)
    assert all(each.ok for each in found.items)
    assert found.verdict == "Everything that a repetition needs is recorded."
    assert [each.detail for each in found.items] == [
        "Commit c0ffeec0ff, unchanged.",
        "train.py --name 'it'\"'\"'s' --lr=0.1",
        "cpython 3.12.1",
        "2 with their versions.",
        "7, from seed_everything (random, numpy).",
        "digits, named by digest; 1 of 1 kept.",
    ]
    assert found.commands.split("\n") == [
        "git clone -- https://example.org/ada/digits.git repeat && cd repeat",
        "git checkout " + "c0ffee" * 6,
        "cd -- experiments",
        "python3.12 -m venv .venv && . .venv/bin/activate",
        "pip install numpy==2.3.1 scikit-learn==1.7.0",
        "python train.py --name 'it'\"'\"'s' --lr=0.1",
    ]


def test_run_that_recorded_nothing() -> None:
    found = check("r1", {}, [])

    assert all(each.ok is False for each in found.items)
    assert all(each.how for each in found.items if each.name != "Python")
    assert found.commands == ""
    assert found.verdict == (
        "0 of 6 recorded; missing: code, command, python, packages, seed, data."
    )


CODE: list[tuple[dict[str, Any], bool | None, str]] = [
    ({"dirty": True, "diff_digest": "d"}, True, "with its changes kept"),
    ({"dirty": True, "diff_digest": None}, False, "changes that were not kept"),
    ({"dirty": None}, None, "nobody knows"),
    ({"remote": None}, None, "without a remote"),
    ({"untracked": ["a.py", "b.py", "c.py", "d.ipynb"]}, None, "a.py, b.py, c.py and 1 more"),
    ({"commit": None}, False, "Neither a commit nor a copy"),
]


@pytest.mark.parametrize(("git", "ok", "detail"), CODE)
def test_code(git: dict[str, Any], ok: bool | None, detail: str) -> None:
    found = item("Code", changed("git", **git))

    assert found.ok is ok
    assert detail in found.detail


def test_script_outside_of_git_is_there_in_part() -> None:
    source = {"path": "train.py", "digest": "d", "kind": "script"}
    found = item("Code", {"source": source})

    assert (found.ok, found.detail) == (None, "No commit; a copy of train.py is kept.")


def test_kept_changes_are_applied() -> None:
    environment = changed("git", dirty=True, diff_digest="d")

    assert (
        "runfolio show r1 --diff --store '/my runs' | git apply"
        in check("r1", environment, [], "/my runs").commands
    )
    assert "runfolio show r1 --diff | git apply" in check("r1", environment, []).commands


def test_without_a_commit_the_kept_script_is_fetched_and_no_file_replaced() -> None:
    environment = changed("command", script="train.py", entry="script")
    environment["git"] = {}
    environment["source"] = {"digest": "d", "path": "train.py"}

    line = "[ -e train.py ] || runfolio show r1 --source > train.py"
    assert check("r1", environment, []).commands.split("\n")[0] == line
    environment["command"] = {**environment["command"], "script": "../../x.py"}
    assert "--source" not in check("r1", environment, []).commands


def test_notebook_is_there_in_part() -> None:
    environment = changed("command", entry="notebook", argv=["kernel"])
    environment["source"] = {"digest": "d", "kind": "notebook"}

    found = check("r1", environment, [])
    assert found.items[1].ok is None
    assert "python kernel" not in found.commands


def test_masked_secrets_are_told() -> None:
    found = item("Command", changed("command", argv=["train.py", "--token=***"]))

    assert found.ok is None
    assert "masked" in found.detail


def test_module_and_absolute_script() -> None:
    module = {"entry": "module", "argv": ["/x/pkg/train.py", "-v"], "script": "pkg/train.py"}
    package = {"entry": "module", "argv": ["x"], "script": "pkg/__main__.py"}
    absolute = {"argv": ["/home/ada/digits/train.py"], "script": "/home/ada/digits/train.py"}
    dashed = {"argv": ["-x.py"], "script": "-x.py"}

    def last(command: dict[str, Any]) -> str:
        return commands("r1", changed("command", **command)).split("\n")[-1]

    assert last(module) == "python -m pkg.train -v"
    assert last(package) == "python -m pkg"
    assert last(absolute) == "python ../train.py"
    assert last(dashed) == "python ./-x.py"


def test_many_packages_come_as_a_list_and_odd_ones_are_left_out() -> None:
    packages = {f"package-{number:02d}": "1.0" for number in range(30)}
    packages |= {"evil; rm -rf /": "1.0", "worse": "1.0\nrm", "local": "", "fine": "1.0+cu12"}

    lines = commands("r1", {"packages": packages}).split("\n")

    assert lines[1] == "pip install -r /dev/stdin <<'END'"
    assert lines[2] == "fine==1.0+cu12"
    assert lines[-1] == "END"
    assert len(lines) == 34
    assert item("Packages", {"packages": packages}).ok is None


def test_data_without_a_digest_is_named() -> None:
    found = item("Data", COMPLETE, dataset(), dataset("test", digest=None))

    assert (found.ok, found.detail) == (None, "Without a digest: test.")


@pytest.mark.parametrize("value", [None, 3, "text", [], {}, True])
def test_sections_of_any_shape_are_survived(value: Any) -> None:
    names = ("git", "command", "python", "packages", "seed", "source")
    fields = (
        *("commit", "untracked", "argv", "version", "value", "libraries", "remote"),
        *("script", "subdirectory", "root", "diff_digest", "dirty"),
    )

    check("r1", dict.fromkeys(names, value), [])
    check("r1", {name: dict.fromkeys(fields, value) for name in names}, [])


def test_hostile_values_reach_the_programs_as_they_are() -> None:
    texts = [text for text in hostile() if text.isprintable() and text.strip()]
    environment = {
        "git": {**COMPLETE["git"], "remote": "$(touch hacked)`x`", "subdirectory": "a'b; c"},
        "command": {"argv": ["train.py", *texts], "script": "train.py", "entry": "script"},
    }
    say = (
        'f() { printf "%s\\0" "$@"; }; git() { f "$@"; }; cd() { f "$@"; }; python() { f "$@"; }\n'
    )

    told = subprocess.run(
        ["bash", "-c", say + commands("r1", environment)], capture_output=True, check=True
    )

    words = told.stdout.decode().split("\0")[:-1]
    assert words == [
        *("clone", "--", "$(touch hacked)`x`", "repeat", "repeat"),
        *("checkout", "c0ffee" * 6, "--", "a'b; c", "train.py", *texts),
    ]
    assert told.stderr == b""


def test_check_of_a_run_in_a_store(folder: Folder) -> None:
    log_run(folder, "a", sections=COMPLETE)

    with Store.open(folder.path) as store:
        found = reproduction(store.run("a"))
        assert found.verdict == "5 of 6 recorded; missing: data."
        assert store.reproduction_by_run() == {"a": found}
