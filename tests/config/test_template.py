"""Documentation and the commented file follow from the declarations."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from runfolio.config import load
from runfolio.config.options import SECTIONS, options_of
from runfolio.config.template import commented_file, markdown_table, rows


def test_every_option_has_help_that_reads_as_a_sentence() -> None:
    for row in rows():
        assert re.fullmatch(r"[A-Z].*[.:]?", row.help) and row.help.endswith("."), row


def test_commented_file_changes_nothing(tmp_path: Path) -> None:
    before = load(start=tmp_path, env={})
    (tmp_path / "runfolio.toml").write_text(commented_file())
    after = load(start=tmp_path, env={})
    assert tomllib.loads(commented_file()) == {}
    assert (after.site, after.capture, after.store) == (before.site, before.capture, before.store)


def test_commented_file_is_valid_when_uncommented(tmp_path: Path) -> None:
    text = re.sub(r"^# (?=\[|\w+ = )", "", commented_file(), flags=re.MULTILINE)
    (tmp_path / "runfolio.toml").write_text(text)
    load(start=tmp_path, env={})
    given = tomllib.loads(text)
    for section in SECTIONS:
        table = given.get(section, given)
        table = table[0] if isinstance(table, list) else table
        table = table["val/accuracy"] if section == "metrics" else table
        assert set(options_of(section)) - {"format"} <= set(table)


def test_commented_file_keeps_given_values() -> None:
    given = tomllib.loads(commented_file(title='A "b"', store="data"))
    assert given == {"store": "data", "site": {"title": 'A "b"'}}


def test_markdown_table_names_every_option_and_variable() -> None:
    text = markdown_table()
    for row in rows():
        assert f"| `{row.key.split('.')[-1]}` |" in text
        assert row.env in text
