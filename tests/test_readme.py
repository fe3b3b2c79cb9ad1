"""The README's Python runs as it stands, in its order, in an empty folder."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
QUICKSTART = ROOT / "site" / "pages" / "quickstart.md"


def blocks(path: Path) -> list[str]:
    """The fenced Python blocks of a Markdown file."""
    return re.findall(r"^```python\n(.*?)^```$", path.read_text("utf-8"), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("path", [README, QUICKSTART], ids=lambda path: path.name)
def test_python_blocks_run(path: Path, tmp_path: Path) -> None:
    code = blocks(path)
    assert code, f"{path.name} shows no Python"
    script = tmp_path / "train.py"
    script.write_text("\n\n".join(code), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script], cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "runs" / "runfolio.json").exists()


def test_logging_a_run_takes_ten_lines() -> None:
    first = blocks(README)[0]
    assert len([line for line in first.splitlines() if line.strip()]) <= 10


@pytest.mark.parametrize("path", [README], ids=lambda path: path.name)
def test_local_links_and_pictures_exist(path: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)[^)]*\)", path.read_text("utf-8")):
        if "://" not in target:
            assert (ROOT / target).exists(), f"{path.name} links to {target}"
