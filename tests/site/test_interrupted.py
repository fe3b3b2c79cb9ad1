"""A build that is killed at any moment leaves a whole site: the old one or the new one."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

KILLS = 40 if os.environ.get("RUNFOLIO_LONG") else 5
SCRIPT = Path(__file__).with_name("kill_builds.py")
SOURCE = Path(__file__).parents[2] / "src"


@pytest.mark.skipif(sys.platform != "linux", reason="forks and kills")
def test_a_killed_build_leaves_the_old_site_or_the_new_one(store: Any, tmp_path: Path) -> None:
    for index in range(4):
        store.run(f"run-{index}", metrics={"loss": [1.0, 0.5]}, params={"lr": index})
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(store.path), str(tmp_path / "site"), str(KILLS)],
        env={**os.environ, "PYTHONPATH": str(SOURCE)},
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{KILLS} kills" in done.stdout
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".site")] == []
