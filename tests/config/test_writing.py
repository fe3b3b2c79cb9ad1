"""Words come into a list of the configuration file, and nothing else in it changes."""

from __future__ import annotations

import errno
import tomllib
from pathlib import Path

import pytest

from runfolio.config.writing import add_words
from runfolio.errors import ConfigError


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", '[publish]\nallow = ["a:1"]\n'),
        ('store = "runs"', 'store = "runs"\n\n[publish]\nallow = ["a:1"]\n'),
        (
            "# mine\n[publish]  # ours\nshow = []\n[site]\n",
            '# mine\n[publish]  # ours\nallow = ["a:1"]\nshow = []\n[site]\n',
        ),
        ('[publish]\nallow=["b"]# why\n', '[publish]\nallow=["b", "a:1"]# why\n'),
        ("[publish]\nallow = []\n", '[publish]\nallow = ["a:1"]\n'),
        (
            '[publish]\r\nallow = [\r\n  "b",\r\n  "c", # a ] in it\r\n]\r\n',
            '[publish]\r\nallow = [\r\n  "b",\r\n  "c", # a ] in it\r\n  "a:1",\r\n]\r\n',
        ),
        (
            '[publish]\nallow = [\n  "b",\n  "c" # why c\n]\n',
            '[publish]\nallow = [\n  "b",\n  "c", # why c\n  "a:1"\n]\n',
        ),
        ('[publish]\nallow = [\n  "b" ]\n', '[publish]\nallow = [\n  "b", "a:1" ]\n'),
        ("# a\u2028b\n[publish]\nx = 1", '# a\u2028b\n[publish]\nallow = ["a:1"]\nx = 1'),
        ('publish.allow = ["b"]\n', 'publish.allow = ["b", "a:1"]\n'),
        ('publish = {allow = ["b"]}\n', 'publish = {allow = ["b", "a:1"]}\n'),
        ('[publish]\nallow = ["a:1"]\n', '[publish]\nallow = ["a:1"]\n'),
    ],
)
def test_a_word_is_added_and_all_else_stays(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "runfolio.toml"
    path.write_bytes(b"\xef\xbb\xbf" + before.encode())
    added = add_words(path, "publish", "allow", ["a:1", "a:1"])
    assert path.read_bytes().decode("utf-8-sig") == after
    assert added == (() if before == after else ("a:1",))


def test_a_project_that_says_it_in_pyproject_keeps_it_there(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_text('[project]\nname = "x"\n\n[tool.runfolio]\nstore = "runs"\n')
    add_words(path, "publish", "allow", ["a", 'b"'])
    assert tomllib.loads(path.read_text())["tool"]["runfolio"]["publish"] == {"allow": ["a", 'b"']}
    assert not (tmp_path / "runfolio.toml").exists()


def test_a_file_that_cannot_take_it_stays_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "runfolio.toml"
    path.write_text("publish = {anonymous = true}\n")
    with pytest.raises(ConfigError, match="nothing can be added"):
        add_words(path, "publish", "allow", ["a"])
    assert path.read_text() == "publish = {anonymous = true}\n"


def test_without_a_file_one_is_made(tmp_path: Path) -> None:
    assert add_words(tmp_path / "runfolio.toml", "publish", "allow", ["a"]) == ("a",)
    assert (tmp_path / "runfolio.toml").read_text() == '[publish]\nallow = ["a"]\n'


def test_a_full_disk_leaves_the_file_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "runfolio.toml"
    path.write_text('store = "runs"\n')
    path.chmod(0o600)
    mode = path.stat().st_mode

    def full(self: Path, data: bytes) -> int:
        with self.open("wb") as file:
            file.write(data[:9])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(OSError, match="No space"):
            add_words(path, "publish", "allow", ["a"])
    assert [each.read_text() for each in tmp_path.iterdir()] == ['store = "runs"\n']

    add_words(path, "publish", "allow", ["a"])
    assert path.stat().st_mode == mode
