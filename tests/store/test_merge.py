"""Merging is the union of files: in any order, however often, and stopped anywhere."""

from __future__ import annotations

import dataclasses
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runfolio.errors import StoreVersionError, UsageError
from runfolio.store.blobs import put_bytes
from runfolio.store.compact import compact
from runfolio.store.folder import Folder
from runfolio.store.merge import merge
from runfolio.store.plan import snapshot
from runfolio.store.seal import seal_journal
from runfolio.store.tombs import lay
from runfolio.store.verify import verify
from runfolio.store.writer import Writer

Tree = dict[str, bytes]


def make(path: Path) -> Folder:
    return Folder.create(path)


def log(
    folder: Folder,
    run_id: str,
    writer: str,
    points: int = 3,
    *,
    seal: bool = True,
    value: float = 1,
) -> None:
    with Writer(folder, run_id, writer_id=f"{int(writer, 36):012x}", seal=seal) as one:
        one.fact("start", "run", text='{"name": "x"}')
        for step in range(points):
            one.points(step, ("loss",), [value + step])


def tree(folder: Folder) -> Tree:
    """Every file but the marker, whose id is the store's own, and what only this machine needs."""
    found = {}
    for path in folder.path.rglob("*"):
        name = path.relative_to(folder.path).as_posix()
        if path.is_file() and not name.startswith(("runfolio.json", "tmp/", ".git", ".runfolio")):
            found[name] = path.read_bytes()
    return found


def facts(folder: Folder) -> list[dict[str, object]]:
    view = snapshot(folder)
    assert view.problems == ()
    rows: list[dict[str, object]] = view.facts().to_pylist()
    return rows


@pytest.fixture
def two(tmp_path: Path) -> tuple[Folder, Folder]:
    """Two stores with a run of their own each, and one that both have written to."""
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    log(here, "mine", "a")
    log(here, "both", "b")
    log(there, "theirs", "c")
    log(there, "both", "d", seal=False)
    put_bytes(there, b"contents")
    return here, there


def test_all_facts_of_both_are_there_and_nothing_is_there_twice(two: tuple[Folder, Folder]) -> None:
    here, there = two
    before = [*facts(here), *facts(there)]
    (found,) = merge(here, there)
    after = facts(here)
    assert len(after) == len(before) and all(row in after for row in before)
    assert found.runs == ("both", "theirs")
    assert found.files == len(tree(there)) - 1  # the journal whose facts the part has
    assert verify(here).ok


def test_a_second_merge_changes_nothing(two: tuple[Folder, Folder]) -> None:
    here, there = two
    merge(here, there)
    before = tree(here)
    (again,) = merge(here, there)
    assert (again.files, again.bytes, again.runs) == (0, 0, ())
    assert tree(here) == before


def test_a_dry_run_says_the_same_and_writes_nothing(two: tuple[Folder, Folder]) -> None:
    here, there = two
    before = tree(here)
    (planned,) = merge(here, there, dry_run=True)
    assert tree(here) == before
    (done,) = merge(here, there)
    assert planned.dry_run and (planned.files, planned.runs) == (done.files, done.runs)
    assert planned.bytes == done.bytes


def test_the_source_and_the_marker_stay_as_they_are(two: tuple[Folder, Folder]) -> None:
    here, there = two
    source, marker = tree(there), (here.path / "runfolio.json").read_bytes()
    merge(here, there)
    assert tree(there) == source
    assert (here.path / "runfolio.json").read_bytes() == marker


_WRITERS = st.sampled_from("abcdef")
_STORES = st.lists(
    st.lists(st.tuples(st.sampled_from(["r1", "r2"]), _WRITERS, st.booleans()), max_size=4),
    min_size=3,
    max_size=3,
)


@settings(max_examples=8, deadline=None)
@given(_STORES)
def test_the_order_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, runs: list[list[tuple[str, str, bool]]]
) -> None:
    """Stores that share writers hold copies of the same files, as stores do."""
    home = tmp_path_factory.mktemp("order")
    pool = make(home / "pool")
    every = sorted({(run_id, writer) for store in runs for run_id, writer, _ in store})
    for number, (run_id, writer) in enumerate(every):
        log(pool, run_id, writer + str(number), seal=False)
    stores = []
    for number, chosen in enumerate(runs):
        store = make(home / f"s{number}")
        for run_id, writer, sealed in chosen:
            number_in_pool = every.index((run_id, writer))
            (journal,) = pool.run_dir(run_id).glob(
                f"j-{int(f'{writer}{number_in_pool}', 36):012x}*"
            )
            store.run_dir(run_id).mkdir(exist_ok=True)
            copy = shutil.copy2(journal, store.run_dir(run_id))
            if sealed:
                seal_journal(store, Path(copy))
        stores.append(store)
    outcomes = []
    for number, order in enumerate(itertools.permutations(stores)):
        into = make(home / f"into{number}")
        merge(into, *order)
        merge(into, *reversed(order))
        view = snapshot(into)
        outcomes.append((view.digest, view.facts().to_pylist(), view.problems))
    assert all(outcome == outcomes[0] for outcome in outcomes)
    assert len(outcomes[0][1]) == 4 * len(every)
    shutil.rmtree(home)


def test_a_journal_that_goes_on_replaces_its_beginning(tmp_path: Path) -> None:
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    log(there, "run", "a", 9, seal=False)
    (journal,) = there.run_dir("run").glob("j-*")
    whole = journal.read_bytes()
    here.run_dir("run").mkdir()
    copy = here.run_dir("run") / journal.name
    for cut in (0, 40, 200, len(whole) - 1):
        copy.write_bytes(whole[:cut])
        (found,) = merge(here, there)
        assert copy.read_bytes() == whole and found.conflicts == ()
        journal.write_bytes(whole[:cut])
        (back,) = merge(here, there)  # the shorter one never wins
        assert copy.read_bytes() == whole and back.files == 0 and back.conflicts == ()
        journal.write_bytes(whole)
    copy.write_bytes(whole[:300] + bytes(4096))  # what a power cut leaves
    merge(here, there)
    assert copy.read_bytes() == whole


def test_a_journal_that_is_being_written_is_never_replaced(tmp_path: Path) -> None:
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    with Writer(here, "run", seal=False) as writer:
        writer.fact("note", "", text="one")
        (journal,) = here.run_dir("run").glob("j-*")
        there.run_dir("run").mkdir()
        longer = there.run_dir("run") / journal.name
        longer.write_bytes(journal.read_bytes() + bytes(100) + b"torn")
        (found,) = merge(here, there)
        assert found.kept == (f"runs/run/{journal.name}",) and found.files == 0
        writer.fact("note", "", text="two")
    assert [row["text"] for row in facts(here)] == ["one", "two"]


def test_a_living_run_can_be_copied_again_and_again(tmp_path: Path) -> None:
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    with Writer(there, "run") as writer:
        for step in range(5):
            writer.points(step, ("loss",), [1.0])
            merge(here, there)
            assert len(facts(here)) == step + 1
    merge(here, there)
    assert facts(here) == facts(there)
    assert snapshot(here).digest == snapshot(there).digest


def test_other_facts_under_one_name_are_a_conflict_and_both_are_kept(tmp_path: Path) -> None:
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    log(here, "run", "a", value=1)
    log(there, "run", "a", value=2)
    mine, others = tree(here), tree(there)
    (found,) = merge(here, there)
    assert len(found.conflicts) == 2  # the journal and the part
    kept = tree(here)
    assert {name: kept[name] for name in mine} == mine
    assert sorted(kept[name] for name in found.conflicts) == sorted(others.values())
    assert [row["value"] for row in facts(here) if row["kind"] == "metric"] == [1, 2, 3]
    report = verify(here)
    assert {(p.code, p.path) for p in report.problems} == {("conflict", n) for n in found.conflicts}
    (again,) = merge(here, there)
    assert again.conflicts == found.conflicts and tree(here) == kept
    (onward,) = merge(make(tmp_path / "third"), here)  # what was kept beside travels no further
    assert onward.conflicts == ()


def test_a_damaged_copy_gives_way_to_a_good_one_and_never_the_other_way_round(
    tmp_path: Path,
) -> None:
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    log(there, "run", "a")
    blob = put_bytes(there, b"x" * 100)
    for journal in there.runs.rglob("j-*"):
        journal.unlink()
    merge(here, there)
    good = facts(here)
    (part,) = here.runs.rglob("p-*")
    data = bytearray(part.read_bytes())
    data[-30] ^= 1
    part.write_bytes(data)
    here.blob_path(blob.digest).write_bytes(b"short")
    (back,) = merge(there, here)
    assert [p.code for p in back.problems] == ["blob-damaged", "part-damaged"]
    assert facts(there) == good
    (found,) = merge(here, there)
    assert len(found.healed) == 2 and facts(here) == good and verify(here).ok


@pytest.mark.parametrize("place", ["marker", "part", "journal"])
def test_a_newer_format_is_refused_before_anything_is_copied(tmp_path: Path, place: str) -> None:
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    log(there, "a", "a")
    log(there, "b", "b", seal=False)
    if place == "marker":
        (there.path / "runfolio.json").write_text('{"format": 2, "store": "x"}')
        with pytest.raises(StoreVersionError):
            Folder.open(there.path)
        return
    if place == "part":
        (path,) = there.runs.rglob("p-*")
        path.write_bytes(path.read_bytes().replace(b'"version":1', b'"version":2'))
    else:
        from runfolio.store import frames

        (path,) = there.run_dir("b").glob("j-*")
        data = path.read_bytes()
        header = frames.read_header(data)
        assert header is not None
        newer = frames.pack_header(dataclasses.replace(header, version=frames.VERSION + 1))
        path.write_bytes(newer + data[header.size :])
    with pytest.raises(StoreVersionError, match="Nothing was copied"):
        merge(here, there)
    assert tree(here) == {}


def test_a_store_is_not_merged_into_itself(tmp_path: Path) -> None:
    here = make(tmp_path / "here")
    (tmp_path / "link").symlink_to(here.path)
    with pytest.raises(UsageError):
        merge(here, Folder.open(tmp_path / "link"))


def test_links_pipes_and_strangers_are_not_copied(tmp_path: Path) -> None:
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    log(there, "run", "a")
    (tmp_path / "secret").write_text("secret")
    home = there.run_dir("run")
    (home / "p-00000000000f-000000000000-000000000001.parquet").symlink_to(tmp_path / "secret")
    (home / "notes.txt").write_text("mine")
    (there.runs / "linked").symlink_to(home, target_is_directory=True)
    os.mkfifo(home / "j-00000000000e-000000000000.rfj")
    digest = "ab" * 32
    there.blob_path(digest).parent.mkdir(parents=True)
    there.blob_path(digest).symlink_to(tmp_path / "secret")
    (found,) = merge(here, there)
    assert found.problems == ()
    assert {name.split("/")[0:2][-1] for name in tree(here)} == {"run"}
    assert len(facts(here)) == 4


def test_blobs_are_checked_while_they_are_copied(tmp_path: Path) -> None:
    here, there = make(tmp_path / "here"), make(tmp_path / "there")
    good, bad = put_bytes(there, b"good"), put_bytes(there, b"bad")
    there.blob_path(bad.digest).write_bytes(b"BAD")
    (found,) = merge(here, there)
    assert here.blob_path(good.digest).read_bytes() == b"good"
    assert not here.blob_path(bad.digest).exists()
    assert [problem.code for problem in found.problems] == ["blob-damaged"]


def test_a_purged_run_does_not_come_back(two: tuple[Folder, Folder], tmp_path: Path) -> None:
    here, there = two
    secret = put_bytes(there, b"secret")
    with Writer(there, "theirs") as writer:
        writer.fact("artifact", "a", value=6, text=f'{{"digest": "{secret.digest}"}}')
    merge(here, there)
    blob = here.blob_path(secret.digest)
    lay(
        here,
        "theirs",
        name="x",
        author={},
        reason="",
        facts=9,
        blobs=[secret.digest],
        time_ns=10**18,
    )
    shutil.rmtree(here.run_dir("theirs"))
    blob.unlink()
    (found,) = merge(here, there)
    assert found.purged == ("theirs",) and not here.run_dir("theirs").exists()
    assert not blob.exists()
    (onward,) = merge(there, here)  # the tomb comes first, and hides what is there
    assert onward.files > 0
    assert {row["run_id"] for row in facts(there) if row["kind"] == "metric"} == {"mine", "both"}


def test_some_runs_come_with_their_contents_alone(two: tuple[Folder, Folder]) -> None:
    here, there = two
    mine, other = put_bytes(there, b"mine"), put_bytes(there, b"other")
    for run_id, blob in (("theirs", mine), ("both", other)):
        with Writer(there, run_id) as writer:
            writer.fact("artifact", "a", value=4, text=f'{{"digest": "{blob.digest}"}}')
    (found,) = merge(here, there, runs=["theirs"])
    assert found.runs == ("theirs",)
    assert here.blob_path(mine.digest).exists() and not here.blob_path(other.digest).exists()


def packed(path: Path) -> Folder:
    """A store whose three runs, of one writer each, lie in a pack alone."""
    folder = make(path)
    for number, run_id in enumerate(("r1", "r2", "r3")):
        log(folder, run_id, "abc"[number])
    assert compact(folder, grace=0).pack_count == 1
    assert not [name for name in tree(folder) if name.startswith("runs/")]
    return folder


def test_a_pack_comes_whole_and_brings_no_small_files_back(tmp_path: Path) -> None:
    here, there = make(tmp_path / "here"), packed(tmp_path / "there")
    small = make(tmp_path / "small")
    for number, run_id in enumerate(("r1", "r2", "r3")):
        log(small, run_id, "abc"[number])
    merge(here, there)
    assert facts(here) == facts(there)
    (back,) = merge(here, small)  # a copy from before the store was compacted
    assert back.files == 0 and tree(here) == tree(there)
    merge(small, there)
    assert len(facts(small)) == len(facts(here))


def test_some_runs_of_a_pack_come_as_parts(tmp_path: Path) -> None:
    here, there = make(tmp_path / "here"), packed(tmp_path / "there")
    (found,) = merge(here, there, runs=["r2"])
    assert found.runs == ("r2",)
    assert facts(here) == [row for row in facts(there) if row["run_id"] == "r2"]
    assert [s.state for s in snapshot(here).sessions] == ["closed"]
    (again,) = merge(here, there, runs=["r2"])
    assert again.files == 0


def test_a_pack_with_a_purged_run_brings_the_others(tmp_path: Path) -> None:
    here, there = make(tmp_path / "here"), packed(tmp_path / "there")
    lay(here, "r2", name="x", author={}, reason="", facts=4, blobs=[], time_ns=10**18)
    (found,) = merge(here, there)
    assert found.purged == ("r2",) and found.runs == ("r1", "r3")
    assert {row["run_id"] for row in facts(here) if row["kind"] == "metric"} == {"r1", "r3"}
    assert not any(b"r2" in data for name, data in tree(here).items() if "tombs" not in name)
    (again,) = merge(here, there)
    assert again.files == 0


KILLED = """
import os, sys
from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.merge import merge
left = int(sys.argv[3])
for name in ("write_all", "sync_file", "make_dirs"):
    def late(*args, _real=getattr(files, name), **named):
        global left
        left -= 1
        if left < 0:
            os._exit(9)
        return _real(*args, **named)
    setattr(files, name, late)
merge(Folder.create(sys.argv[1]), Folder.open(sys.argv[2]))
"""


def test_stopped_anywhere_it_leaves_only_whole_files(
    two: tuple[Folder, Folder], tmp_path: Path
) -> None:
    _, there = two
    merge(make(tmp_path / "whole"), there)
    whole = tree(Folder.open(tmp_path / "whole"))
    for moment in range(0, 26, 5):
        into = make(tmp_path / f"into{moment}")
        arguments = [sys.executable, "-c", KILLED, str(into.path), str(there.path), str(moment)]
        done = subprocess.run(arguments, timeout=120)
        assert done.returncode in (0, 9)
        assert tree(into).items() <= whole.items()
        assert verify(into).ok
        merge(into, there)
        assert tree(into) == whole


def test_progress_is_told(two: tuple[Folder, Folder]) -> None:
    here, there = two
    told: list[tuple[int, int, int]] = []
    tell: Callable[[int, int, int], None] = lambda *state: told.append(state)  # noqa: E731
    (found,) = merge(here, there, progress=tell)
    assert told[0][0] == 0 and told[-1][0] == told[-1][1] and told[-1][2] == found.bytes
