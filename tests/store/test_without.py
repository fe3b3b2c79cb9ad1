"""A run is taken out of its packs for good, and a purge that died is finished by whoever comes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.errors import DamagedStoreError
from runfolio.store import parts, tombs
from runfolio.store.clean import clean
from runfolio.store.compact import compact, without
from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.writer import Writer

Log = Callable[..., Writer]


def _runs(pack: Path) -> list[str]:
    """Ids of the runs in a pack."""
    return sorted(set(parts.peek_footer(pack).runs.values()))


def _rows(folder: Folder) -> list[dict[str, Any]]:
    view = snapshot(folder)
    assert view.problems == ()
    found: list[dict[str, Any]] = view.facts().to_pylist()
    return found


def _flip(path: Path) -> None:
    """Damage the rows of a pack."""
    data = bytearray(path.read_bytes())
    data[100] ^= 1
    path.write_bytes(data)


def _purge(folder: Folder, run_id: str) -> None:
    tombs.lay(
        folder,
        run_id,
        name="",
        author={},
        reason="",
        facts=0,
        blobs=(),
        time_ns=time.time_ns(),
    )


def test_a_run_is_taken_out_of_its_packs_at_once(folder: Folder, log: Log) -> None:
    for run_id in "abc":
        log(run_id)
    (pack,) = compact(folder, grace=0).packs
    rest = [row for row in _rows(folder) if row["run_id"] != "b"]
    assert without(folder, ["b"]) == (pack,)
    assert _rows(folder) == rest
    (new,) = folder.packs.iterdir()
    assert _runs(new) == ["a", "c"]
    assert without(folder, ["b", "nobody"]) == ()
    (writer,) = (w for w, run in parts.peek_footer(new).runs.items() if run == "a")
    assert without(folder, ["a", "c"], keep=[writer]) == (new,)
    assert {row["writer"] for row in _rows(folder)} == {writer}
    assert without(folder, ["a"]) != ()
    assert not list(folder.packs.iterdir())


@pytest.mark.parametrize("finish", ["purge", "compact"])
def test_a_purge_that_died_between_is_finished(
    folder: Folder, log: Log, monkeypatch: pytest.MonkeyPatch, finish: str
) -> None:
    for run_id in "abc":
        log(run_id)
    (pack,) = compact(folder, grace=0).packs
    _purge(folder, "b")
    before = _rows(folder)

    def dies(path: Path, **_: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", dies)
        with pytest.raises(KeyboardInterrupt):
            without(folder, ["b"])
    assert len(list(folder.packs.iterdir())) == 2
    assert _rows(folder) == before
    clean(folder, grace=0)
    assert len(list(folder.packs.iterdir())) == 2  # the old one is no reason to remove the new one
    if finish == "purge":
        assert without(folder, ["b"]) == (pack,)
    else:
        compact(folder, grace=0)
    (left,) = folder.packs.iterdir()
    assert _runs(left) == ["a", "c"]
    assert _rows(folder) == before


def test_a_run_in_a_damaged_pack_cannot_be_said_to_be_purged(folder: Folder, log: Log) -> None:
    for run_id in "ab":
        log(run_id)
    (pack,) = compact(folder, grace=0).packs
    _flip(pack)
    with pytest.raises(DamagedStoreError, match=pack.name):
        without(folder, ["a"])
    assert pack.exists()
