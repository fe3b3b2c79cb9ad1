"""A run starts from what earlier runs made: it gets the files, whole, and the store a fact."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import runfolio
from runfolio.errors import (
    ArtifactNotFoundError,
    DamagedStoreError,
    ModelNotFoundError,
    RunNotFoundError,
    StoreNotFoundError,
    UnsafeError,
    UsageError,
)
from runfolio.query.store import Store
from runfolio.run.registry import note_model, remove_model_alias, set_model_alias
from runfolio.run.run import Run
from runfolio.run.start import init
from runfolio.run.trouble import RunfolioWarning

from .conftest import Facts


def base(store: Path, data: bytes = b"weights", *, alias: str = "", name: str = "base") -> Run:
    """A finished run that registered a version of the model ``digits``."""
    path = store.parent / "net.bin"
    path.write_bytes(data)
    run = init("tests", name=name, store=store, capture=False)
    run.log_model(path, "net")
    run.register_model("digits", alias=alias)
    run.log_text("plain", "notes/a.txt")
    run.finish()
    return run


def damage(store: Path, data: bytes) -> None:
    (path,) = (
        each
        for each in (store / "blobs").rglob("*")
        if each.is_file() and each.read_bytes() == data
    )
    path.write_bytes(data[:-1] + b"?")


def versions(store: Path) -> list[tuple[Any, ...]]:
    with Store.open(store) as found:
        return found.rows("SELECT version, alias, note, uses FROM models WHERE name = 'digits'")


def test_a_run_starts_from_a_model_by_version_or_alias(store: Path, facts: Facts) -> None:
    first = base(store, b"one", alias="champion")
    base(store, b"two")
    with init("tests", store=store, capture=False) as run:
        assert run.use_model("digits").read_bytes() == b"two"
        assert run.use_model("digits", 1).read_bytes() == b"one"
        path = run.use_model("digits", "champion")
        assert (path.name, path.read_bytes()) == ("net.bin", b"one")
        assert run.use_model("digits", "v2", into="here") == Path("here/net.bin")
    told = [json.loads(row["text"]) for row in facts("use", "digits")]
    assert [(each["version"], each["alias"]) for each in told] == [
        (2, None), (1, None), (1, "champion"), (2, "v2"),
    ]  # fmt: skip
    assert told[1]["run"] == first.id
    assert told[1]["path"] == "models/net.bin"
    assert versions(store) == [(1, "champion", None, 1), (2, None, None, 1)]


def test_a_model_of_several_files_comes_as_a_folder(store: Path, tmp_path: Path) -> None:
    (tmp_path / "net" / "deep").mkdir(parents=True)
    (tmp_path / "net" / "config.json").write_text("{}")
    (tmp_path / "net" / "deep" / "weights").write_bytes(b"w")
    with init("tests", store=store, capture=False) as run:
        run.log_model("net", "net")
        run.register_model("digits")
        run.log_text("later", "models/net/config.json")  # what comes after is another model
        path = run.use_model("digits")
    assert path.name == "net"
    assert (path / "config.json").read_text() == "{}"
    assert (path / "deep" / "weights").read_bytes() == b"w"


def test_a_run_starts_from_a_file_of_another_run(store: Path, facts: Facts, tmp_path: Path) -> None:
    earlier = base(store)
    with runfolio.init("tests", store=store, capture=False) as run:
        assert runfolio.use_artifact("base", "notes/a.txt").read_text() == "plain"
        assert run.use_artifact(earlier, "notes").is_dir()
        assert (
            run.use_artifact(earlier.id[:-1], "notes/", into=tmp_path / "x") == tmp_path / "x/notes"
        )
        run.log_text("own", "own.txt")
        assert run.use_artifact(run, "own.txt").read_text() == "own"
    keys = [(row["key"], json.loads(row["text"])["type"]) for row in facts("use")]
    assert keys == [("notes/a.txt", "artifact"), ("notes", "artifact"), ("notes", "artifact")]


def test_what_is_not_there_is_an_error_with_the_nearest_name(store: Path) -> None:
    with init("tests", store=store, capture=False) as run:
        with pytest.raises(ModelNotFoundError, match="no run has registered one"):
            run.use_model("digits")
        base(store, alias="champion")
        with pytest.raises(ModelNotFoundError) as missing:
            run.use_model("digit")
        assert "digits" in missing.value.hint
        with pytest.raises(ModelNotFoundError) as missing:
            run.use_model("digits", "chamption")
        assert missing.value.hint == "Its versions: 1; aliases: champion"
        with pytest.raises(ModelNotFoundError):
            run.use_model("digits", 2)
        with pytest.raises(RunNotFoundError):
            run.use_artifact("nobody", "a")
        with pytest.raises(ArtifactNotFoundError) as gone:
            run.use_artifact("base", "notes/b.txt")
        assert "notes/a.txt" in gone.value.hint
        with pytest.raises(StoreNotFoundError):
            run.use_model("digits", store="nowhere")


def test_damaged_files_are_never_handed_out(store: Path, facts: Facts) -> None:
    base(store, b"weights")
    with init("tests", store=store, capture=False) as run:
        kept = run.use_model("digits")
        kept.write_bytes(b"edited by somebody")
        assert run.use_model("digits").read_bytes() == b"weights", "the cache is checked too"
        damage(store, b"weights")
        kept.unlink()
        with pytest.raises(DamagedStoreError):
            run.use_model("digits")
        assert not kept.exists()
        (store.parent / "mine").mkdir()
        (store.parent / "mine" / "a.txt").write_text("mine")
        with pytest.raises(UnsafeError):
            run.use_artifact("base", "notes/a.txt", into="mine")
    assert len(facts("use")) == 2


def test_a_model_can_come_from_another_store(store: Path, tmp_path: Path, facts: Facts) -> None:
    team = base(tmp_path / "team")
    with init("tests", store=store, capture=False) as run:
        assert run.use_model("digits", store=tmp_path / "team").read_bytes() == b"weights"
    assert json.loads(facts("use")[0]["text"])["run"] == team.id
    with Store.open(store) as found:
        assert found.rows("SELECT origin, version FROM lineage") == [(team.id, None)]


def test_a_reference_is_used_where_it_lies_as_long_as_it_is_the_same(
    store: Path, tmp_path: Path
) -> None:
    (tmp_path / "big.bin").write_bytes(b"big")
    with init("tests", name="maker", store=store, capture=False) as run:
        run.log_artifact("big.bin", store=False)
    with init("tests", store=store, capture=False) as run:
        assert run.use_artifact("maker", "big.bin") == tmp_path / "big.bin"
        copied = run.use_artifact("maker", "big.bin", into="copy")
        assert copied.read_bytes() == b"big"
        (tmp_path / "big.bin").write_bytes(b"changed")
        with pytest.raises(runfolio.StoreError, match="digest differs"):
            run.use_artifact("maker", "big.bin")


def test_an_alias_moves_and_goes_and_the_history_keeps_it(store: Path) -> None:
    base(store, b"one", alias="champion")
    base(store, b"two")
    assert set_model_alias("digits", "champion", 2, store=store).version == 2
    set_model_alias("digits", "staging", store=store)
    set_model_alias("digits", "staging", 2, store=store)  # it is there already: nothing is said
    assert versions(store) == [(1, None, None, 0), (2, "champion, staging", None, 0)]
    assert remove_model_alias("digits", "staging", store=store).version == 2
    with pytest.raises(ModelNotFoundError):
        remove_model_alias("digits", "staging", store=store)
    with pytest.raises(ModelNotFoundError, match="has the alias '2'"):
        remove_model_alias("digits", "2", store=store)
    with Store.open(store) as found:
        told = found.rows(
            "SELECT action, alias, version, was, until IS NOT NULL, author IS NOT NULL "
            "FROM model_history WHERE alias IS NOT NULL ORDER BY time"
        )
    assert told == [
        ("alias", "champion", 1, None, True, False),
        ("alias", "champion", 2, 1, False, True),
        ("alias", "staging", 2, None, True, True),
        ("unalias", "staging", 2, 2, False, True),
    ]


def test_notes_are_about_a_version_or_the_model(store: Path) -> None:
    base(store, b"one")
    base(store, b"two")
    note_model("digits", " Reads *digits*. ", store=store)
    note_model("digits", "first", 1, store=store)
    note_model("digits", "better", 1, store=store)
    note_model("digits", "gone", 2, store=store)
    note_model("digits", "", 2, store=store)
    with Store.open(store) as found:
        assert [(each.note, each.description) for each in found.models("digits")] == [
            ("better", "Reads *digits*."), ("", "Reads *digits*."),
        ]  # fmt: skip
    with pytest.raises(UsageError, match="262,144"):
        note_model("digits", "x" * 300_000, store=store)


@pytest.mark.parametrize("alias", ["12", "v3", "a,b", " ", ""])
def test_aliases_that_mislead_are_refused(store: Path, alias: str) -> None:
    base(store)
    with pytest.raises(UsageError, match="cannot be an alias"):
        set_model_alias("digits", alias, store=store)
    if alias.strip():
        with pytest.warns(RunfolioWarning, match="alias"):
            base(store, b"other", alias=alias)
        assert [row[1] for row in versions(store)] == [None, None]


def test_an_alias_stays_with_its_version_when_stores_meet(store: Path, tmp_path: Path) -> None:
    """Numbers are counted when a store is read; a version that comes from elsewhere shifts them."""
    import shutil

    base(tmp_path / "team", b"earlier")
    base(store, b"mine", alias="champion")
    set_model_alias("digits", "staging", 1, store=store)
    note_model("digits", "mine", 1, store=store)
    for run in (tmp_path / "team" / "runs").iterdir():
        shutil.copytree(run, store / "runs" / run.name)
    assert versions(store) == [(1, None, None, 0), (2, "champion, staging", "mine", 0)]


def test_the_functions_ask_the_store_of_the_active_run(store: Path) -> None:
    base(store)
    with runfolio.init("tests", store=store, capture=False):
        runfolio.set_model_alias("digits", "champion", 1)
        assert runfolio.use_model("digits", "champion").read_bytes() == b"weights"
        assert runfolio.note_model("digits", "good").name == "digits"
    runfolio.remove_model_alias("digits", "champion", store=store)


def test_later_versions_keep_their_numbers_when_an_earlier_run_is_purged(store: Path) -> None:
    first = base(store, b"one", alias="old")
    base(store, b"two", alias="champion")
    copied = store / ".runfolio" / "files" / "x" / "net.bin"
    copied.parent.mkdir(parents=True)
    copied.write_bytes(b"one")
    with runfolio.edit(store) as editor:
        editor.trash(first.id)
        editor.purge(first.id)
    assert not copied.exists(), "copies of what is gone go too"
    assert versions(store) == [(2, "champion", None, 0)]
    base(store, b"three")
    assert [row[0] for row in versions(store)] == [2, 3]
    with init("tests", store=store, capture=False) as run:
        assert run.use_model("digits", 2).read_bytes() == b"two"
        with pytest.raises(ModelNotFoundError, match="'old'"):
            run.use_model("digits", "old")
