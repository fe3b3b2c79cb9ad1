"""Another lab: its store, and its site as it published it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from runfolio.config import Config, SiteConfig
from runfolio.site.build import build

from ..conftest import made_once

MakeStore = Callable[[Path], Any]
#: Dear ones; what they promise is promised by the others in part.
LONG = pytest.mark.skipif(
    os.environ.get("RUNFOLIO_LONG", "") in ("", "0"), reason="RUNFOLIO_LONG=1 runs it"
)
GPU = {"os": "Linux", "cpu": "Zen", "cwd": "/home/ada/secret", "user": "grace", "host": "desk"}


def fill(store: Any) -> None:
    """The runs of the other lab."""
    store.run(
        "wide-net",
        name="wide </script> net",
        params={"lr": 0.1, "net": {"width": 64}, "optimizer": "adam"},
        metrics={"val/accuracy": [0.5, 0.7, float("nan"), 0.93], "loss": [1.0, 0.5, 0.2, 0.1]},
        tags={"paper": "", "stage": "final"},
        note="As in **the paper**.",
        sections={"host": GPU, "packages": {"torch": "3.1"}, "seed": {"value": 7}},
        facts=[("dataset", "digits", None, 9.0, '{"role": "train", "digest": "d1", "rows": 5}')],
    )
    store.run(
        "deep-net",
        params={"lr": 0.01, "optimizer": "sgd"},
        metrics={"val/accuracy": [0.4, 0.6]},
        end="failed",
        error={"type": "ValueError", "message": "no more data", "traceback": ""},
        identity={"parent": "wide-net", "group": "nets"},
    )


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory, make_store: MakeStore) -> Path:
    """A folder with the other lab's store in ``runs`` and its site in ``results``."""

    def make(folder: Path) -> Path:
        store = make_store(folder / "runs")
        fill(store)
        site = SiteConfig(title="Lab B", pages=folder / "pages")
        build(Config(store=store.path, out=folder / "results", site=site))
        return folder

    return made_once(tmp_path_factory, "lab", make)


@pytest.fixture
def copied(lab: Path, tmp_path: Path) -> Path:
    """The data of the lab's site, to do harm to."""
    target = tmp_path / "harmed"
    (target / "data").mkdir(parents=True)
    for path in (lab / "results" / "data").glob("*"):
        if path.is_file():
            shutil.copy(path, target / "data")
    return target


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """``serve(folder)`` or ``serve(handler=…)``: the address of a real server on loopback."""
    servers = []

    def start(folder: Path = Path(), handler: type[SimpleHTTPRequestHandler] = _Quiet) -> str:
        server = ThreadingHTTPServer(("127.0.0.1", 0), partial(handler, directory=str(folder)))
        server.daemon_threads = True
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
