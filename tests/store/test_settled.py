"""What is known once and for all comes back from its bytes as it was put in."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from runfolio.store.mark import mark_of
from runfolio.store.settled import Group, Settled, packed, unpacked


@pytest.mark.parametrize(
    "texts", [[], [""], ["", ""], ["a"], ["a", "b\n\0é😀"], ["a\x7fb", "c"], ["\x7f"]]
)
def test_columns_of_texts_come_back_whatever_is_in_them(texts: list[str]) -> None:
    assert unpacked(packed(texts)) == texts


def test_a_group_is_touched_when_one_of_its_files_changes_goes_or_gets_company(
    tmp_path: Path,
) -> None:
    groups = []
    for number in range(4):
        home = tmp_path / f"run-{number}"
        home.mkdir()
        (home / "part").write_bytes(b"facts")
        _, *times = mark_of(home.stat())
        files = [(f"run-{number}/part", mark_of((home / "part").stat()))]
        run = (f"run-{number}", f"key {number}", number)
        groups.append(Group([(f"run-{number}", (0, *times))], files, [run], [], number))
    content, numbers = Settled().joined(groups).encode()
    settled = Settled.parse(content, numbers)
    assert settled.touched(str(tmp_path)) == set()
    assert settled.runs == {f"run-{number}": f"key {number}" for number in range(4)}

    with (tmp_path / "run-0/part").open("r+b") as file:
        file.write(b"F")
    os.utime(tmp_path / "run-0/part", ns=(1, 1))
    (tmp_path / "run-1/part").unlink()
    (tmp_path / "run-2/more").touch()
    os.utime(tmp_path / "run-2", ns=(1, 1))
    assert settled.touched(str(tmp_path)) == {1, 2, 3}
    assert list(settled.without({1, 2, 3}).homes) == ["run-3"]
