"""Build two versions of a site in turn and kill each build at a random moment.

Run by test_interrupted.py: ``kill_builds.py STORE OUT KILLS``. After each kill the folder must hold
exactly what its manifest says, and its front page must be of one of the two versions.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

from runfolio.config import Config, SiteConfig
from runfolio.site.build import build
from runfolio.site.output import MANIFEST, digest
from runfolio.site.swap import clear_stale


def child(store: Path, out: Path, version: int) -> int:
    """Build in a process of its own; gives its id."""
    pid = os.fork()
    if pid == 0:
        build(Config(store=store, out=out, site=SiteConfig(title=f"Version {version}")))
        os._exit(0)
    return pid


def check(out: Path) -> str:
    """The title of the site in ``out``; fails unless every file is whole."""
    manifest = json.loads((out / MANIFEST).read_text())
    for path, (size, name) in manifest["files"].items():
        data = (out / path).read_bytes()
        assert len(data) == size, f"{path} has {len(data)} bytes, not {size}"
        assert digest(data) == name or path.startswith("artifacts/"), f"{path} is another file"
    text = (out / "index.html").read_text()
    titles = {f"Version {version}" for version in (0, 1) if f"<bdi>Version {version}" in text}
    assert len(titles) == 1, f"the front page is of {titles}"
    return titles.pop()


def main(store: Path, out: Path, kills: int) -> None:
    chance = random.Random(7)
    began = time.monotonic()
    os.waitpid(child(store, out, 0), 0)
    whole = time.monotonic() - began
    version = check(out)
    killed, changed = 0, 0
    while killed < kills:
        pid = child(store, out, killed % 2)
        time.sleep(chance.random() * whole)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        killed += 1
        found = check(out)
        changed += found != version
        version = found
    clear_stale(out)
    check(out)
    print(f"{killed} kills, {changed} new sites")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
