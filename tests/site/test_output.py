"""The door to the output folder: what it refuses, what it keeps, what it leaves alone."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from runfolio.errors import BuildError, UnsafeError
from runfolio.site.output import MANIFEST, Output, Written, hashed_name, read_manifest


def publish(out: Path, files: dict[str, bytes], **options: bool) -> Written:
    with Output(out, **options) as output:
        for path, data in files.items():
            output.add(path, data)
        return output.finish({}, "test")


def tree(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_writers_of_one_path_are_refused(tmp_path: Path) -> None:
    with Output(tmp_path / "site") as output:
        output.add("a.html", b"1")
        with pytest.raises(BuildError, match="Two pages want"):
            output.add("a.html", b"1")
        with pytest.raises(BuildError, match="Two pages want"):
            output.add("A.html", b"one file on many disks")


@pytest.mark.parametrize("path", ["../x", "/etc/x", "a/../../x", "a//b", "a\\b", "./x"])
def test_a_path_out_of_the_site_is_refused(tmp_path: Path, path: str) -> None:
    with Output(tmp_path / "site") as output, pytest.raises(BuildError, match="impossible"):
        output.add(path, b"")


def test_a_folder_that_is_not_ours_is_refused_and_stays(tmp_path: Path) -> None:
    out = tmp_path / "thesis"
    out.mkdir()
    (out / "chapter.tex").write_text("words")
    with pytest.raises(UnsafeError, match="not made by runfolio"):
        Output(out)
    assert tree(out) == {"chapter.tex": b"words"}


def test_a_file_in_place_of_the_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "site").write_text("x")
    with pytest.raises(UnsafeError, match="is a file"):
        Output(tmp_path / "site")


def test_store_and_site_must_not_lie_in_each_other(tmp_path: Path) -> None:
    store = tmp_path / "runs"
    store.mkdir()
    for out in (store, store / "site", tmp_path):
        with pytest.raises(UnsafeError, match="within each other"):
            Output(out, away_from=[store])
    link = tmp_path / "elsewhere"
    link.symlink_to(store)
    with pytest.raises(UnsafeError, match="within each other"):
        Output(link / "site", away_from=[store])


def test_an_empty_folder_is_taken(tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    publish(tmp_path / "site", {"index.html": b"1"})
    assert set(tree(tmp_path / "site")) == {"index.html", MANIFEST}


def test_what_did_not_change_is_the_same_file_and_nothing_is_written(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(out, {"a.html": b"1", "b/c.html": b"2"})
    before = [(out / name).stat() for name in ("a.html", "b/c.html", MANIFEST, ".")]
    again = publish(out, {"a.html": b"1", "b/c.html": b"2"})
    after = [(out / name).stat() for name in ("a.html", "b/c.html", MANIFEST, ".")]
    assert (again.written, again.removed) == (0, 0)
    assert [(s.st_ino, s.st_mtime_ns) for s in before] == [(s.st_ino, s.st_mtime_ns) for s in after]


def test_only_what_changed_is_written_and_it_says_why(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(out, {"a.html": b"1", "b.html": b"2", "gone.html": b"3"})
    inode = (out / "a.html").stat().st_ino
    done = publish(out, {"a.html": b"1", "b.html": b"new", "c.html": b"4"})
    assert (out / "a.html").stat().st_ino == inode
    assert dict(done.explain) == {
        "b.html": "changed",
        "c.html": "new",
        "gone.html": "removed: nothing needs it",
        MANIFEST: "changed",
    }
    assert set(tree(out)) == {"a.html", "b.html", "c.html", MANIFEST}


def test_files_that_no_build_wrote_stay(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(out, {"index.html": b"1", "runs/a.html": b"2"})
    (out / "CNAME").write_text("example.org")
    (out / "extra" / "deep").mkdir(parents=True)
    (out / "extra" / "deep" / "mine.txt").write_text("mine")
    (out / "link").symlink_to("CNAME")
    publish(out, {"index.html": b"new"})
    assert set(tree(out)) == {"index.html", "CNAME", "extra/deep/mine.txt", "link", MANIFEST}
    assert (out / "link").is_symlink()


def test_a_page_does_not_overwrite_a_file_that_no_build_wrote(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(out, {"index.html": b"1"})
    (out / "about.html").write_text("by hand")
    with pytest.raises(BuildError, match="not written by a build"):
        publish(out, {"index.html": b"1", "about.html": b"by runfolio"})
    assert (out / "about.html").read_text() == "by hand"


def test_hashed_files_stay_for_one_more_build(tmp_path: Path) -> None:
    out = tmp_path / "site"
    first = hashed_name("assets/rf.js", b"old")
    second = hashed_name("assets/rf.js", b"new")
    third = hashed_name("assets/rf.js", b"newest")
    publish(out, {first: b"old"})
    publish(out, {second: b"new"})
    assert {first, second} <= set(tree(out))
    publish(out, {third: b"newest"})
    assert first not in tree(out) and {second, third} <= set(tree(out))


def test_a_build_that_fails_leaves_the_old_site_and_no_rubbish(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(out, {"index.html": b"old"})
    with pytest.raises(RuntimeError), Output(out) as output:
        output.add("index.html", b"new")
        raise RuntimeError
    assert tree(out)["index.html"] == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_folders_of_killed_builds_are_cleared_away(tmp_path: Path) -> None:
    gone = 2**22 - 17  # above the highest process id of most machines
    (tmp_path / f".site.new-{gone}").mkdir()
    (tmp_path / f".site.new-{gone}" / "x").write_text("x")
    (tmp_path / ".site.new-not-a-number").mkdir()
    alive = tmp_path / f".site.new-{os.getppid()}"
    alive.mkdir()
    publish(tmp_path / "site", {"index.html": b"1"})
    left = {path.name for path in tmp_path.iterdir()}
    assert left == {"site", ".site.new-not-a-number", alive.name}


def test_a_site_that_was_set_aside_comes_back(tmp_path: Path) -> None:
    publish(tmp_path / "site", {"index.html": b"1", "a.html": b"2"})
    (tmp_path / "site").rename(tmp_path / f".site.old-{2**22 - 17}")
    done = publish(tmp_path / "site", {"index.html": b"1", "a.html": b"2"})
    assert done.written == 0


def test_without_an_exchange_of_names_the_folders_are_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runfolio.site.swap._exchange", lambda a, b: False)
    publish(tmp_path / "site", {"index.html": b"1"})
    publish(tmp_path / "site", {"index.html": b"2"})
    assert tree(tmp_path / "site")["index.html"] == b"2"
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_that_cannot_be_renamed_is_filled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    publish(out, {"index.html": b"1", "runs/gone.html": b"2", "a.html": b"3"})
    (out / "CNAME").write_text("example.org")
    rename = Path.rename

    def busy(self: Path, target: Path) -> Path:
        if self == out:
            raise OSError(errno.EBUSY, "a mounted volume")
        return rename(self, target)

    monkeypatch.setattr("runfolio.site.swap._exchange", lambda a, b: False)
    monkeypatch.setattr(Path, "rename", busy)
    publish(out, {"index.html": b"new", "a.html": b"3"})
    assert set(tree(out)) == {"index.html", "a.html", "CNAME", MANIFEST}
    assert tree(out)["index.html"] == b"new" and not (out / "runs").exists()
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_manifest_of_another_format_is_not_trusted(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(out, {"index.html": b"1"})
    (out / MANIFEST).write_text('{"format": 99, "files": {"index.html": [1, ""]}}')
    assert read_manifest(out) == {}
    (out / MANIFEST).write_text("{ torn")
    assert read_manifest(out) == {}


def test_a_stored_file_is_copied_once(tmp_path: Path) -> None:
    source = tmp_path / "blob"
    source.write_bytes(b"contents")
    for expected in (2, 0):
        with Output(tmp_path / "site") as output:
            output.copy("artifacts/a/b.txt", source, "f" * 64)
            assert output.finish({}, "test").written == expected
    assert (tmp_path / "site/artifacts/a/b.txt").read_bytes() == b"contents"


def test_a_repository_in_the_folder_is_one_after_a_build(tmp_path: Path) -> None:
    out = tmp_path / "site"
    publish(out, {"a.html": b"1"})
    (out / ".git" / "refs" / "heads").mkdir(parents=True)  # empty, as after git gc
    (out / ".git" / "HEAD").write_text("ref: refs/heads/pages")
    publish(out, {"a.html": b"2"})
    assert (out / ".git" / "refs" / "heads").is_dir() and (out / ".git" / "HEAD").is_file()
