"""What is out there now, and since when the next site tells what has moved."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from runfolio.config import Config
from runfolio.config.publishing import PublishConfig
from runfolio.publish.branch import Plan, publish
from runfolio.publish.elsewhere import to_zip
from runfolio.publish.live import manifest_of_last, since_of
from runfolio.publish.tree import MANIFEST, site_files

NOON = datetime(2026, 11, 20, 12, 0, 0, 250)


def manifest(*state: object) -> bytes:
    return json.dumps({"files": {}, "keys": {"state": list(state)}}).encode()


@pytest.mark.parametrize(
    ("there", "since"),
    [
        (manifest("2026-11-19T08:00:00.000007", ""), "2026-11-19T08:00:00.000007"),
        (manifest(NOON.isoformat(), "2026-11-18"), "2026-11-18"),
        (manifest(NOON.isoformat(), ""), ""),
        (manifest("2026-11-21T00:00:00", "2026-11-18"), "2026-11-18"),
        (manifest("", ""), ""),
        (manifest("yesterday", ""), ""),
        (manifest("2026-11-19", "<script>"), ""),
        (manifest(), ""),
        (b'{"files": {}}', ""),
        (b"[1]", ""),
        (b"<html>", ""),
        (None, ""),
    ],
)
def test_the_next_site_tells_from_the_state_of_the_last(there: bytes | None, since: str) -> None:
    assert since_of(there, lambda: NOON) == since
    assert since_of(there, lambda: None) == ""


def test_the_manifest_is_read_where_the_last_site_lies(
    repository: Path, remote: Path, make_site: Callable[..., Path], tmp_path: Path
) -> None:
    site = make_site({"index.html": "x"})
    wanted = (site / MANIFEST).read_bytes()

    def last(to: str = "", **wish: str) -> bytes | None:
        return manifest_of_last(Config(publish=PublishConfig(**wish)), to, repository, "")

    assert last() is None
    publish(Plan(site, repository, dest="a/b"))
    assert last(dest="a/b") == wanted and last() is None
    assert last(remote="nowhere") is None and last(branch="other") is None
    to_zip(site_files(site), tmp_path / "site.zip")
    assert last(str(tmp_path / "site.zip")) == last(str(site)) == wanted
    assert last(str(tmp_path / "none.zip")) is None and last(str(tmp_path / "none")) is None
