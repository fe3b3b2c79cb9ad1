"""Reading a store from a web server that shows a pushed folder."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.errors import StoreError, StoreNotFoundError
from runfolio.query.store import Store
from runfolio.store.blobs import open_blob, put_bytes
from runfolio.store.folder import Folder
from runfolio.store.places import pull, push, reach

from .conftest import facts, log
from .servers import web_server


@pytest.fixture
def shown(local: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a web server over a folder that the store was pushed to."""
    monkeypatch.setenv("RUNFOLIO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RUNFOLIO_TIMEOUT", "5")
    push(local, tmp_path / "www" / "runs")
    with web_server(tmp_path / "www") as address:
        yield f"{address}/runs"


@pytest.fixture
def listed(tmp_path: Path) -> Path:
    """The list of files that the web server shows."""
    return tmp_path / "www" / "runs" / "runfolio-files.json"


def test_what_was_pushed_to_a_folder_is_read_over_http(
    shown: str, local: Folder, tmp_path: Path
) -> None:
    assert facts(reach(shown)) == facts(local)
    blob = put_bytes(local, b"contents")
    log(local, "later")
    push(local, tmp_path / "www" / "runs")
    folder = reach(shown)
    assert facts(folder) == facts(local)
    with open_blob(folder, blob.digest) as file:
        assert file.read() == b"contents"
    with Store.open(shown) as store:
        assert len(store.run_ids()) == 4


def test_a_push_that_changes_nothing_leaves_the_list_as_it_is(
    shown: str, local: Folder, listed: Path
) -> None:
    before = listed.read_bytes(), listed.stat().st_mtime_ns
    push(local, listed.parent)
    assert (listed.read_bytes(), listed.stat().st_mtime_ns) == before


def test_nothing_is_sent_there(shown: str, local: Folder) -> None:
    with pytest.raises(StoreError, match="can only be read"):
        push(local, shown)


def test_no_list_no_store_no_server(shown: str, listed: Path) -> None:
    with pytest.raises(StoreNotFoundError, match="no store at http"):
        reach(f"{shown}/nothing")
    listed.unlink()
    with pytest.raises(StoreNotFoundError, match="There is no runfolio-files"):
        reach(shown)
    listed.write_text("<html>")
    with pytest.raises(StoreError, match="cannot be understood"):
        reach(shown)


@pytest.mark.parametrize(
    "name",
    [
        "../../../evil.parquet",
        "runs/../../evil",
        "/etc/cron.d/evil",
        "runs/r0/../../../evil",
        "runs\\r0\\p-00000000000a-000000000000-000000000001.parquet",
        "runs/con/p-00000000000a-000000000000-000000000001.parquet",
        "runs/r0/p-00000000000a-000000000000-000000000001.parquet\n",
        "blobs/aa/" + "bb" * 32,
        "file:///etc/passwd",
    ],
)
def test_hostile_names_in_a_list_are_not_taken(
    shown: str, local: Folder, listed: Path, tmp_path: Path, name: str
) -> None:
    content = json.loads(listed.read_bytes())
    content["files"][name] = {"size": 4}
    listed.write_text(json.dumps(content))
    before = {path for path in tmp_path.rglob("*") if "cache" not in path.parts}
    assert facts(reach(shown)) == facts(local)
    assert {path for path in tmp_path.rglob("*") if "cache" not in path.parts} == before


@pytest.mark.parametrize("size", [1, 10**15, -1, "x", None])
def test_a_list_that_lies_about_sizes_fills_no_disk(
    shown: str,
    local: Folder,
    listed: Path,
    tmp_path: Path,
    size: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runfolio.store.patience._FIRST_SECONDS", 0.0)
    content = json.loads(listed.read_bytes())
    name = next(each for each in content["files"] if each.startswith("runs/r1/"))
    content["files"][name] = {"size": size}
    listed.write_text(json.dumps(content))
    target = Folder.create(tmp_path / "target")
    with contextlib.suppress(StoreError):
        pull(target, shown)
    assert "r1" not in {row["run_id"] for row in facts(target)}
    used = sum(path.stat().st_size for path in target.path.rglob("*") if path.is_file())
    assert used < 200_000


class _Away(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(302)
        self.send_header("Location", "http://example.org/x")
        self.end_headers()

    def log_message(self, *args: object) -> None:
        return


def test_redirects_to_plain_http_are_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNFOLIO_CACHE", str(tmp_path / "cache"))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Away)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        with pytest.raises(StoreError, match="not https"):
            reach(f"http://127.0.0.1:{server.server_address[1]}/runs")
    finally:
        server.shutdown()
        server.server_close()
