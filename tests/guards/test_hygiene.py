"""What is tracked is fit to publish: one version, no traces of the machine it was written on."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from .house import ROOT
from .test_house import tracked

#: People in examples and tests live here; any other home or mount is a leak.
MADE_UP = {"ada", "lovelace", "alice", "bob", "me", "you", "user", "someone"}
MACHINE_PATH = re.compile(r"(?<![\w./~$}:-])/(home|Users|root|work|mnt|opt|srv)/([\w-]+)")


def texts() -> list[tuple[Path, str]]:
    """Every tracked text file with its contents."""
    found = []
    for path in tracked("."):
        try:
            found.append((path, path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return found


def test_changelog_and_package_agree_on_the_version() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## (\d+\.\d+\.\d+)", changelog, flags=re.MULTILINE)
    assert versions, "CHANGELOG.md has no '## x.y.z' heading"
    assert versions[0] == project["version"]


def test_no_path_of_this_machine_is_tracked() -> None:
    leaks = []
    for path, text in texts():
        for match in MACHINE_PATH.finditer(text):
            if match[2] not in MADE_UP:
                leaks.append(f"{path.relative_to(ROOT)}: {match[0]}")
        if str(ROOT) in text:
            leaks.append(f"{path.relative_to(ROOT)}: {ROOT}")
    assert leaks == []


def test_nothing_large_is_tracked() -> None:
    large = [
        f"{path.relative_to(ROOT)}: {path.stat().st_size / 1e6:.1f} MB"
        for path in tracked(".")
        if path.stat().st_size > 1_000_000
    ]
    assert large == [], "large files belong into a release, not into the repository"
