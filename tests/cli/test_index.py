"""`runfolio index` says what is there and what was new, and that no answer differs."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from .conftest import Cli


def test_it_tells_what_was_new(cli: Cli, store: Path) -> None:
    assert re.fullmatch(r"4 runs \(4 new\), [\d.,]+ [kM]B in [\d.]+ s\n", cli("index").stdout)
    assert "(nothing new)" in cli("index").stdout
    assert "(4 new)" in cli("index", "--rebuild").stdout
    told = json.loads(cli("index", "--json").stdout)
    assert (told["runs"], told["new"], told["segments"]) == (4, 0, 1)
    assert Path(told["folder"]) == store / ".runfolio" / "index"


def test_it_is_used_and_can_be_left_out(
    cli: Cli, store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNFOLIO_INDEX", "0")
    before = cli("ls", "--json").stdout
    assert not (store / ".runfolio" / "index").exists()
    monkeypatch.delenv("RUNFOLIO_INDEX")
    assert cli("ls", "--json").stdout == before
    assert (store / ".runfolio" / "index").exists()
    assert cli("ls", "--json").stdout == before


def test_the_index_can_be_compared_with_the_store(cli: Cli, store: Path) -> None:
    assert re.match(
        r"The index says what the store says: \d+ views", cli("index", "--check").stdout
    )
    told = json.loads(cli("index", "--check", "--json").stdout)
    assert told["differing"] == []
