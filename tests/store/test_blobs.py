"""Contents are stored once, whole, and under their own digest."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import pytest

from runfolio.errors import StoreError, UsageError
from runfolio.store.blobs import open_blob, put_bytes, put_file
from runfolio.store.folder import Folder


def test_a_file_comes_back_as_it_was(folder: Folder, tmp_path: Path) -> None:
    data = os.urandom(3_000_000)
    (tmp_path / "model.bin").write_bytes(data)
    blob = put_file(folder, tmp_path / "model.bin")
    assert (blob.digest, blob.size, blob.changed) == (sha256(data).hexdigest(), len(data), False)
    with open_blob(folder, blob.digest) as file:
        assert file.read() == data


def test_the_same_contents_are_one_file(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"same")
    first = put_file(folder, tmp_path / "a")
    path = folder.blob_path(first.digest)
    stamp = path.stat()
    assert put_bytes(folder, b"same") == first
    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(lambda _: put_bytes(folder, b"same"), range(20))) == {first}
    assert path.stat().st_ino == stamp.st_ino, "it is the file that was there"
    assert [p for p in folder.blobs.rglob("*") if p.is_file()] == [path]
    assert list(folder.tmp.iterdir()) == []


def test_nothing_is_a_content_too(folder: Folder) -> None:
    blob = put_bytes(folder, b"")
    with open_blob(folder, blob.digest) as file:
        assert file.read() == b""


def test_a_broken_blob_is_written_anew(folder: Folder) -> None:
    blob = put_bytes(folder, b"contents")
    folder.blob_path(blob.digest).write_bytes(b"con")
    put_bytes(folder, b"contents")
    assert folder.blob_path(blob.digest).read_bytes() == b"contents"


def test_only_regular_files_are_taken(folder: Folder, tmp_path: Path) -> None:
    with pytest.raises((StoreError, OSError)):
        put_file(folder, tmp_path)
    with pytest.raises(FileNotFoundError):
        put_file(folder, tmp_path / "nothing")
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "fifo")
        with pytest.raises(StoreError, match="regular"):
            put_file(folder, tmp_path / "fifo")
        with pytest.raises(StoreError, match="regular"):
            put_file(folder, "/dev/zero")
    assert not folder.tmp.exists() or list(folder.tmp.iterdir()) == []


def test_a_file_that_never_holds_still_says_so(folder: Folder, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"x" * 20_000_000)
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab", buffering=0) as file:
            while not stop.wait(0.0002):
                file.write(b"y" * 1000)

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        blob = put_file(folder, path)
    finally:
        stop.set()
        thread.join()
    assert blob.changed
    with open_blob(folder, blob.digest) as file:
        assert sha256(file.read()).hexdigest() == blob.digest


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_in_place_of_a_blob_is_not_followed(folder: Folder, tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"secret!")
    digest = sha256(b"content").hexdigest()
    path = folder.blob_path(digest)
    path.parent.mkdir(parents=True)
    path.symlink_to(tmp_path / "secret")
    with pytest.raises(StoreError), open_blob(folder, digest) as file:
        file.read()
    assert put_bytes(folder, b"content").digest == digest
    assert not path.is_symlink()
    assert (tmp_path / "secret").read_bytes() == b"secret!"


def test_missing_contents_are_named(folder: Folder) -> None:
    with pytest.raises(StoreError, match="no contents"), open_blob(folder, "0" * 64):
        pass
    with pytest.raises(UsageError), open_blob(folder, "../../x"):
        pass


def test_a_file_that_changes_once_is_copied_again_and_the_first_copy_is_not_kept(
    folder: Folder, tmp_path: Path
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")
    os.truncate(path, 80_000_000)
    tries: list[int] = []

    def opener() -> int:
        """Open it; the first time a writer is faster than the reader that follows."""
        fd = os.open(path, os.O_RDONLY)
        tries.append(fd)
        if len(tries) == 1:
            threading.Thread(target=_cut_soon, args=(path, folder.tmp)).start()
        return fd

    blob = put_file(folder, path, opener=opener)
    assert len(tries) == 2
    assert (blob.digest, blob.size) == (sha256(bytes(7)).hexdigest(), 7)
    assert blob.first not in ("", blob.digest) and not blob.changed
    assert [each.name for each in folder.blobs.rglob("*") if each.is_file()] == [blob.digest]


def _cut_soon(path: Path, tmp: Path) -> None:
    """Cut the file, in one step, as soon as its copy has begun."""
    while not any(each.stat().st_size for each in tmp.glob("*blob*")):
        pass
    os.truncate(path, 7)
