"""Contents leave the store whole and checked, and land nowhere but where they were sent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runfolio.errors import DamagedStoreError, StoreError, UnsafeError
from runfolio.store.blobs import open_checked, put_bytes
from runfolio.store.checkout import Wanted, inside, save_file, save_tree
from runfolio.store.folder import Folder


def wanted(folder: Folder, **contents: bytes) -> list[Wanted]:
    return [Wanted(put_bytes(folder, data).digest, path) for path, data in contents.items()]


def damage(folder: Folder, digest: str) -> None:
    path = folder.blob_path(digest)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def everything(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*"))


@pytest.mark.parametrize(
    "path",
    ["", ".", "..", "../x", "a/../b", "/etc/passwd", "a//b", "a/", "C:x", "a\\b", "a:b", "a\x00",
     "a\n", ".git/config", "a/.GIT/hooks/x", "a/git~1/x", "a/.g\u200cit/x",
     ".bashrc", "con", "a/NUL.txt", "./a"],
)  # fmt: skip
def test_paths_that_lead_elsewhere_are_refused(folder: Folder, tmp_path: Path, path: str) -> None:
    with pytest.raises(UnsafeError):
        inside(path)
    digest = put_bytes(folder, b"x").digest
    with pytest.raises(UnsafeError):
        save_tree(folder, [Wanted(digest, "good"), Wanted(digest, path)], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_is_saved_once_and_never_over_another(folder: Folder, tmp_path: Path) -> None:
    digest = put_bytes(folder, b"contents").digest
    target = tmp_path / "deep" / "er" / "a.txt"
    assert save_file(folder, digest, target).written == (target,)
    assert save_file(folder, digest, target).same == (target,)
    target.write_bytes(b"mine")
    with pytest.raises(UnsafeError, match="there already"):
        save_file(folder, digest, target)
    assert target.read_bytes() == b"mine"
    save_file(folder, digest, target, force=True)
    assert target.read_bytes() == b"contents"
    assert everything(tmp_path / "deep") == ["er", "er/a.txt"]


def test_damaged_contents_leave_nothing_behind(folder: Folder, tmp_path: Path) -> None:
    digest = put_bytes(folder, os.urandom(3_000_000)).digest
    damage(folder, digest)
    with pytest.raises(DamagedStoreError, match=digest[:12]):
        save_file(folder, digest, tmp_path / "a")
    with pytest.raises(DamagedStoreError), open_checked(folder, digest):
        pass
    assert not (tmp_path / "a").exists()
    assert not list(tmp_path.glob("*.tmp"))


def test_of_a_tree_the_whole_ones_are_saved_and_the_others_named(
    folder: Folder, tmp_path: Path
) -> None:
    files = wanted(folder, a=b"a" * 9, b=b"b" * 9, c=b"c" * 9)
    damage(folder, files[1].digest)
    folder.blob_path(files[2].digest).unlink()
    with pytest.raises(DamagedStoreError, match="2 of 3 files could not be saved: b, c"):
        save_tree(folder, files, tmp_path / "out")
    assert everything(tmp_path / "out") == ["a"]


def test_nothing_is_written_if_one_target_is_taken(folder: Folder, tmp_path: Path) -> None:
    files = wanted(folder, a=b"a", z=b"z")
    (tmp_path / "z").write_bytes(b"mine")
    with pytest.raises(UnsafeError):
        save_tree(folder, files, tmp_path)
    assert not (tmp_path / "a").exists()
    assert save_tree(folder, files, tmp_path, force=True).paths == (tmp_path / "a", tmp_path / "z")


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_links_in_the_target_are_not_followed(folder: Folder, tmp_path: Path) -> None:
    outside, root = tmp_path / "outside", tmp_path / "out"
    outside.mkdir()
    root.mkdir()
    (root / "sub").symlink_to(outside)
    (root / "file").symlink_to(outside / "victim")
    digest = put_bytes(folder, b"x").digest
    with pytest.raises(UnsafeError, match="link"):
        save_tree(folder, [Wanted(digest, "sub/a")], root)
    with pytest.raises(UnsafeError, match="there already"):
        save_tree(folder, [Wanted(digest, "file")], root)
    save_tree(folder, [Wanted(digest, "file")], root, force=True)
    assert (root / "file").read_bytes() == b"x" and not (root / "file").is_symlink()
    assert list(outside.iterdir()) == []


def test_missing_contents_are_a_store_error(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="no contents"):
        save_file(folder, "0" * 64, tmp_path / "a")
    assert not (tmp_path / "a").exists()
