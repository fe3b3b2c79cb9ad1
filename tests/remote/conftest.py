"""A bucket of one's own for each test, and a machine whose caches are empty."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runfolio.store.folder import Folder
from runfolio.store.plan import snapshot
from runfolio.store.writer import Writer

from .servers import Proxy, credentials, make_bucket, s3_server

LONG = os.environ.get("RUNFOLIO_LONG", "") not in ("", "0")

#: aiohttp and botocore leave these behind when a connection is broken on purpose.
pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="session")
def s3_port() -> Iterator[int]:
    """The port of a real S3 server on loopback."""
    pytest.importorskip("s3fs", reason="pip install 'runfolio[remote]'")
    pytest.importorskip("moto", reason="pip install 'moto[server]'")
    with s3_server() as port:
        yield port


@pytest.fixture
def bucket(s3_port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of a store in a new bucket; this process has the keys to it."""
    for name in list(os.environ):
        if name.startswith(("RUNFOLIO_", "AWS_")):
            monkeypatch.delenv(name)
    for name, value in credentials(s3_port).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("RUNFOLIO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("RUNFOLIO_TIMEOUT", "1.2")
    name = f"b{uuid.uuid4().hex[:12]}"
    make_bucket(s3_port, name)
    return f"s3://{name}/team/runs"


@pytest.fixture
def proxy(s3_port: int, bucket: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """All requests of this process and its children go through it; it breaks nothing yet."""
    between = Proxy(s3_port)
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://127.0.0.1:{between.own_port}")
    yield between
    between.close()


@pytest.fixture
def away(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """``away("b")``: from now on this process is another machine, with a cache of its own."""
    return lambda name: monkeypatch.setenv("RUNFOLIO_CACHE", str(tmp_path / f"cache-{name}"))


@pytest.fixture
def local(tmp_path: Path) -> Folder:
    """A store of three runs."""
    folder = Folder.create(tmp_path / "local")
    for number in range(3):
        log(folder, f"r{number}")
    return folder


def log(folder: Folder, run_id: str, points: int = 3) -> None:
    """A sealed run."""
    with Writer(folder, run_id) as writer:
        writer.fact("start", "run", text='{"name": "x", "experiment": "e"}')
        for step in range(points):
            writer.points(step, ("loss",), [float(step)])


def facts(folder: Folder) -> list[dict[str, object]]:
    """All facts of a store that has no problem."""
    view = snapshot(folder)
    assert view.problems == ()
    rows: list[dict[str, object]] = view.facts().to_pylist()
    return rows
