"""Each kind of trouble is named with its file and its price; repair mends what it can."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runfolio.store import folder as folder_module
from runfolio.store import frames, stamps
from runfolio.store.blobs import put_bytes
from runfolio.store.folder import Folder
from runfolio.store.parts import encode, read_part
from runfolio.store.plan import snapshot
from runfolio.store.verify import Report, verify
from runfolio.store.writer import Writer

Log = Callable[..., Writer]
Trouble = Callable[[Folder], object]


def _part(folder: Folder, run_id: str = "r1") -> Path:
    (path,) = folder.run_dir(run_id).glob("p-*")
    return path


def _journal(folder: Folder, run_id: str = "r1") -> Path:
    (path,) = folder.run_dir(run_id).glob("j-*")
    return path


def _only_part(folder: Folder) -> Path:
    _journal(folder).unlink()
    return _part(folder)


def _flip(path: Path, at: float = 0.5) -> None:
    data = bytearray(path.read_bytes())
    data[int(len(data) * at)] ^= 1
    path.write_bytes(data)


def _cut(path: Path, at: float = 0.5) -> None:
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * at)])


def _newer_journal(folder: Folder) -> None:
    shutil.rmtree(folder.run_dir("r1"))
    folder.run_dir("r1").mkdir()
    header = frames.Header(99, "0" * 12, "r1", 0, 1, 1, "00" * 8, 0, 0)
    path = folder.run_dir("r1") / f"j-{'0' * 12}-{0:012}.rfj"
    path.write_bytes(frames.pack_header(header))


def _newer_part(folder: Folder) -> None:
    _rewritten(_only_part(folder), lambda data: data.replace(b'"version":1', b'"version":9'))


def _rewritten(path: Path, change: Callable[[bytes], bytes]) -> None:
    """The part with other bytes and a seal that fits them."""
    data = path.read_bytes()
    at = len(data) - 8 - int.from_bytes(data[-8:-4], "little")
    path.write_bytes(stamps.stamped(change(data[: at - stamps.SIZE] + data[at:])))


def _disorder(folder: Folder) -> None:
    path = _only_part(folder)
    footer, table = read_part(path)
    order = list(range(table.num_rows))[::-1]
    path.write_bytes(encode(table.take(order), footer))


def _foreign(folder: Folder) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    pq.write_table(pa.table({"a": [1]}), _only_part(folder))


def _wrong_name(folder: Folder) -> None:
    path = _only_part(folder)
    path.rename(path.with_name(path.name.replace("-000000000011.", "-000000000012.")))


def _gone(folder: Folder) -> None:
    """The middle one of three journals."""
    from runfolio.store import stream

    rows, milestone = stream.SEAL_ROWS, stream._MILESTONE
    stream.SEAL_ROWS, stream._MILESTONE = 10, 64
    with Writer(folder, "r2", seal=False) as writer:
        for step in range(25):
            writer.points(step, ("a",), [0.5])
    stream.SEAL_ROWS, stream._MILESTONE = rows, milestone
    sorted(folder.run_dir("r2").glob("j-*"))[1].unlink()


def _link(folder: Folder) -> None:
    path = _only_part(folder)
    shutil.move(path, folder.path / "elsewhere")
    path.symlink_to(folder.path / "elsewhere")


def _missing_diff(folder: Folder) -> None:
    with Writer(folder, "r2") as writer:
        writer.fact("start", "git", text=json.dumps({"diff_digest": "1" * 64}))


def _two_runs(folder: Folder) -> None:
    journal = _journal(folder)
    data = journal.read_bytes().replace(b"r1", b"r2", 1)
    header = frames._HEADER.size + 2
    crc = frames.struct.pack("<I", frames.crc32(data[:header]))
    folder.run_dir("r2").mkdir()
    path = folder.run_dir("r2") / journal.name.replace("-000000000000.", "-000000000005.")
    path.write_bytes(data[:header] + crc + data[header + 4 :])


TROUBLES: dict[str, tuple[Trouble, str, bool]] = {
    # what happens, the code that names it, whether facts are lost
    "part cut": (lambda folder: _cut(_only_part(folder)), "part-damaged", True),
    "part empty": (lambda folder: _cut(_only_part(folder), 0), "part-damaged", True),
    "part flipped": (lambda folder: _flip(_only_part(folder)), "part-damaged", True),
    "part footer flipped": (lambda folder: _flip(_only_part(folder), 0.9), "part-damaged", True),
    "part out of order": (_disorder, "part-order", True),
    "part of another program": (_foreign, "part-foreign", True),
    "part of a newer runfolio": (_newer_part, "newer-format", True),
    "part with a wrong name": (_wrong_name, "part-damaged", True),
    "journal of a newer runfolio": (_newer_journal, "newer-format", True),
    "journal flipped": (lambda folder: _flip(_journal(folder)), "journal-damaged", False),
    "journal gone": (_gone, "facts-missing", True),
    "part is a link": (_link, "link", True),
    "diff missing": (_missing_diff, "blob-missing", False),
    "writer in two runs": (_two_runs, "writer-in-two-runs", False),
    "folder renamed": (
        lambda folder: (_part(folder), folder.run_dir("r1").rename(folder.run_dir("r9"))),
        "run-renamed",
        False,
    ),
}


@pytest.mark.parametrize("name", TROUBLES)
def test_each_trouble_is_named_with_its_file_and_its_price(
    folder: Folder, log: Log, name: str
) -> None:
    trouble, code, loses = TROUBLES[name]
    log()
    assert verify(folder).ok
    trouble(folder)
    report = verify(folder)
    found = {problem.code: problem for problem in report.problems}
    assert code in found, found
    assert found[code].path.startswith(("runs/", "blobs/"))
    assert found[code].message.endswith(".") and found[code].cost.endswith(".")
    assert (report.facts < 11) == (loses and name != "journal gone")
    mended = verify(folder, repair=True)
    assert mended.facts >= report.facts


def test_what_is_left_of_a_damaged_journal_is_sealed_and_the_journal_set_aside(
    folder: Folder, log: Log
) -> None:
    log(steps=200, seal=False)
    _flip(_journal(folder))
    before = verify(folder)
    assert {problem.code for problem in before.problems} == {"journal-damaged", "facts-missing"}
    after = verify(folder, repair=True)
    assert [Path(name).suffix for name in after.moved] == [".broken"]
    assert len(after.sealed) == 1
    assert {problem.code for problem in after.problems} == {"facts-missing"}
    assert [note.code for note in after.notes] == ["set-aside"]
    assert after.facts == before.facts > 390
    again = verify(folder, repair=True)
    assert (again.sealed, again.moved) == ((), ())


def test_journals_that_nobody_sealed_are_told_and_cost_nothing(folder: Folder) -> None:
    code = (
        "import os, sys; from runfolio.store.folder import Folder\n"
        "from runfolio.store.writer import Writer\n"
        "w = Writer(Folder.open(sys.argv[1]), 'r1'); w.points(0, ('parent',), [1.0])\n"
        "pid = os.fork()\n"
        "w.points(1, ('child' if pid == 0 else 'parent',), [2.0])\n"
        "os.waitpid(pid, 0) if pid else None; os._exit(0)\n"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(folder_module.__file__).parents[2])}
    subprocess.run([sys.executable, "-c", code, str(folder.path)], env=environment, check=True)
    report = verify(folder)
    assert report.ok
    assert [note.code for note in report.notes] == ["unsealed", "unsealed"]
    after = verify(folder, repair=True)
    assert len(after.sealed) == 2
    assert (after.ok, after.notes) == (True, ())
    assert sorted(snapshot(folder).facts().column("value").to_pylist()) == [1.0, 2.0, 2.0]


def test_a_torn_tail_is_told_and_costs_nothing(folder: Folder, log: Log) -> None:
    log(seal=False)
    path = _journal(folder)
    path.write_bytes(path.read_bytes()[:-3])
    report = verify(folder)
    assert report.ok
    assert not [note for note in report.notes if note.code == "torn-tail"]  # its process lives
    os.utime(path, (time.time() - 3600,) * 2)
    (note,) = [note for note in verify(folder).notes if note.code == "torn-tail"]
    assert "bytes of a call that never returned" in note.message


def test_contents_that_no_fact_names_are_told(folder: Folder, log: Log) -> None:
    blob = put_bytes(folder, b"nobody wants me")
    log()
    report = verify(folder)
    assert report.ok
    assert report.unnamed == (blob.digest,)
    assert [(note.code, note.path) for note in report.notes] == [("contents-unnamed", "blobs")]


def test_a_marker_without_an_id_is_told(folder: Folder, log: Log) -> None:
    log()
    marker = folder.path / "runfolio.json"
    marker.write_text('{"format": 1, "store": "x"}')
    assert _codes(verify(folder)) == ["marker-damaged"]


def test_files_of_purged_runs_that_came_back_are_told(folder: Folder, log: Log) -> None:
    from runfolio.store import tombs

    log()
    log("r2")
    tombs.lay(folder, "r1", name="n", author={}, reason="", facts=11, blobs=[], time_ns=10**18)
    report = verify(folder)
    assert _codes(report) == ["purged-remains"]
    assert "runfolio purge r1" in report.problems[0].cost


def test_a_pack_with_damage_is_named(folder: Folder, log: Log) -> None:
    compacting = pytest.importorskip("runfolio.store.compact")
    log()
    log("r2")
    compacting.compact(folder, grace=0)
    (pack,) = folder.packs.iterdir()
    assert verify(folder).ok
    _flip(pack, 0.3)
    report = verify(folder)
    assert ("part-damaged", f"packs/{pack.name}") in {(p.code, p.path) for p in report.problems}
    mended = verify(folder, repair=True)
    assert f"packs/{pack.name}.broken" in mended.moved


def _codes(report: Report) -> list[str]:
    return [problem.code for problem in report.problems]


def test_a_journal_whose_facts_are_in_a_pack_is_not_sealed_again(folder: Folder, log: Log) -> None:
    from runfolio.store.compact import compact

    log()
    kept = _journal(folder), _journal(folder).read_bytes()
    compact(folder, grace=0)
    kept[0].parent.mkdir(exist_ok=True)
    kept[0].write_bytes(kept[1])  # as a copy of the store may bring it back
    report = verify(folder, repair=True)
    assert (report.ok, report.notes, report.sealed) == (True, (), ())


def test_every_code_is_explained_on_the_page() -> None:
    store = Path(folder_module.__file__).parent
    root = Path(__file__).parents[2]  # of the checkout: the package may be installed elsewhere
    page = (root / "site" / "pages" / "messages.md").read_text(encoding="utf-8")
    makers = {"Problem", "PartError", "_problem", "_note", "DamagedFileError"}
    codes = set()
    for path in store.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and (
                getattr(node.func, "id", getattr(node.func, "attr", "")) in makers
            ):
                words = [a.value for a in node.args if isinstance(a, ast.Constant)]
                codes |= {word for word in words if re.fullmatch(r"[a-z]+(-[a-z]+)+", str(word))}
    assert len(codes) > 20
    assert sorted(code for code in codes if f"`{code}`" not in page) == []
