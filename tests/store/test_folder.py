"""A store is made once, found again, and never mistaken for anything else."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runfolio import schema
from runfolio.errors import StoreError, StoreNotFoundError, StoreVersionError, UsageError
from runfolio.store.folder import Folder, default_path, safe_run_id


def test_create_makes_a_store_and_open_finds_it(tmp_path: Path) -> None:
    made = Folder.create(tmp_path / "deep" / "store")
    assert Folder.open(made.path) == made
    assert Folder.create(made.path).store_id == made.store_id != ""
    assert made.run_ids() == ()


def test_many_processes_that_create_a_store_at_once_agree_on_its_id(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(lambda _: Folder.create(tmp_path / "store"), range(16)))
    assert len({folder.store_id for folder in made}) == 1
    assert sorted(path.name for path in (tmp_path / "store").iterdir()) == [
        ".gitattributes",
        ".gitignore",
        "runfolio.json",
        "runs",
    ]


def test_no_store_says_where_it_looked_and_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFoundError, match="no store at") as caught:
        Folder.open(tmp_path / "nothing")
    assert "runfolio.init()" in caught.value.hint


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    (tmp_path / schema.MARKER).write_text(json.dumps({"format": 99, "store": "x"}))
    with pytest.raises(StoreVersionError, match="format 99"):
        Folder.open(tmp_path)
    with pytest.raises(StoreVersionError):
        Folder.create(tmp_path)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "one"}', '{"format": 0}', "\0\0"])
def test_a_damaged_marker_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / schema.MARKER).write_text(text)
    with pytest.raises(StoreError, match="marker"):
        Folder.open(tmp_path)


def test_a_store_that_cannot_be_made_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        Folder.create(tmp_path / "file" / "store")


def test_planned_does_not_touch_the_disk(tmp_path: Path) -> None:
    folder = Folder.planned(tmp_path / "later")
    assert not folder.path.exists()
    assert folder.store_id == ""


def test_default_store_is_named_by_the_environment() -> None:
    assert default_path({}) == Path("runs")
    assert default_path({"RUNFOLIO_STORE": "/data/x"}) == Path("/data/x")


@pytest.mark.parametrize("run_id", ["", "..", "a/b", "A", "a\n", "con", "-a", "a" * 65, "é"])
def test_only_run_ids_name_run_directories(folder: Folder, run_id: str) -> None:
    with pytest.raises(UsageError):
        folder.run_dir(run_id)


@pytest.mark.parametrize("digest", ["", "0" * 63, "../" + "0" * 61, "A" * 64])
def test_only_digests_name_blobs(folder: Folder, digest: str) -> None:
    with pytest.raises(UsageError):
        folder.blob_path(digest)


def test_a_run_id_stays_as_it_is() -> None:
    assert safe_run_id("20261121-081500-abc123") == "20261121-081500-abc123"


@pytest.mark.parametrize(
    "text", ["My Run", "../../etc", "con", "", "ß", "a" * 200, "\ud800", "日本"]
)
def test_other_names_become_a_slug_and_a_hash(text: str) -> None:
    made = safe_run_id(text)
    assert schema.RUN_ID.fullmatch(made)
    assert safe_run_id(made) == made


@settings(deadline=None)
@given(st.text(), st.text())
def test_two_names_never_share_a_run_id(one: str, other: str) -> None:
    if one != other:
        assert safe_run_id(one) != safe_run_id(other)
