"""References to files that stay where they are, what is fetched, and folders full of traps."""

from __future__ import annotations

import hashlib
import http.server
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.run import files
from runfolio.run.run import Run
from runfolio.run.trouble import RunfolioWarning
from runfolio.store.folder import Folder
from runfolio.store.verify import verify

from .conftest import Facts

Info = Callable[..., Any]


def test_a_file_can_stay_where_it_is_with_its_digest_and_size(
    run: Run, store: Path, tmp_path: Path, facts: Facts, info: Info
) -> None:
    (tmp_path / "big.bin").write_bytes(b"abcd")
    (tmp_path / "many" / "deep").mkdir(parents=True)
    (tmp_path / "many" / "deep" / "x.csv").write_bytes(b"x")
    run.log_artifact("big.bin", store=False, caption="too large to keep twice")
    run.log_artifact("many", store=False)
    run.finish()
    told = info("artifact", "big.bin")
    assert told["uri"] == (tmp_path / "big.bin").as_posix()
    assert told["digest"] == hashlib.sha256(b"abcd").hexdigest()
    assert told["caption"] == "too large to keep twice"
    assert facts("artifact", "big.bin")[0]["value"] == 4
    assert info("artifact", "many/deep/x.csv")["uri"].endswith("/many/deep/x.csv")
    assert list(run.store.glob("blobs/*/*")) == []
    assert verify(Folder.open(store)).ok, "what is only referred to is not missing"


def test_a_url_is_never_fetched_unless_asked(
    run: Run, store: Path, facts: Facts, info: Info, web: str
) -> None:
    digest = hashlib.sha256(b"contents").hexdigest()
    run.log_artifact(uri=f"{web}/model.bin", digest=f"sha256:{digest}", size=8)
    run.log_artifact(uri=f"{web}/unknown.bin")
    assert SERVED == []
    run.log_artifact(uri=f"{web}/model.bin", name="fetched.bin", store=True, digest=digest)
    with pytest.warns(RunfolioWarning, match="digest"):
        run.log_artifact(uri=f"{web}/model.bin", name="bad.bin", store=True, digest="0" * 64)
    with pytest.warns(RunfolioWarning, match="cannot be fetched"):
        run.log_artifact(uri=f"{web}/gone", name="gone.bin", store=True)
    with pytest.warns(RunfolioWarning, match="no SHA-256"):
        run.log_artifact(uri=f"{web}/model.bin", name="odd.bin", digest="md5:1234")
    run.finish()
    assert SERVED == ["/model.bin", "/model.bin", "/gone"]
    assert (info("artifact", "model.bin")["digest"], facts("artifact")[0]["value"]) == (digest, 8)
    assert info("artifact", "unknown.bin")["digest"] is None
    fetched = info("artifact", "fetched.bin")
    assert (fetched["source"], "uri" in fetched) == (f"{web}/model.bin", False)
    assert Folder.open(store).blob_path(digest).read_bytes() == b"contents"
    assert len(facts("artifact")) == 3


SERVED: list[str] = []


class _Web(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        SERVED.append(self.path)
        self.send_response(404 if self.path == "/gone" else 200)
        self.end_headers()
        self.wfile.write(b"contents")

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[str]:
    """A web server on this machine."""
    SERVED.clear()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Web)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_reference_whose_file_is_another_is_told(run: Run, tmp_path: Path, facts: Facts) -> None:
    (tmp_path / "a").write_bytes(b"a")
    with pytest.warns(RunfolioWarning, match="not the one given"):
        run.log_artifact("a", store=False, digest="0" * 64)
    run.finish()
    assert facts("artifact") == []


@pytest.mark.skipif(sys.platform == "win32", reason="names are text there")
def test_names_that_differ_in_bytes_that_are_no_text_stay_apart(
    run: Run, tmp_path: Path, facts: Facts
) -> None:
    folder = os.fsencode(tmp_path / "odd")
    (tmp_path / "odd").mkdir()
    for name in (b"a\xff.txt", b"a\xfe.txt", b"b.txt"):
        with open(os.path.join(folder, name), "wb") as file:  # noqa: PTH118, PTH123  bytes
            file.write(name)
    run.log_artifacts(tmp_path / "odd")
    run.finish()
    keys = [row["key"] for row in facts("artifact")]
    assert len(set(keys)) == 3
    assert all(key.endswith(".txt") for key in keys)


@pytest.mark.skipif(os.name == "nt", reason="links need rights on Windows")
def test_a_link_slipped_in_between_look_and_copy_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("s")
    folder = tmp_path / "out"
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "a.txt").write_text("a")
    (found,) = files.below(folder)
    (folder / "sub" / "a.txt").unlink()
    (folder / "sub" / "a.txt").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError):
        found.open()
    (folder / "sub" / "a.txt").unlink()
    (folder / "sub").rmdir()
    (folder / "sub").symlink_to(tmp_path)
    with pytest.raises(OSError):
        found.open()
