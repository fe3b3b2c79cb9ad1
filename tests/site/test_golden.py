"""Whole sites, compared file by file with what they should be."""

from __future__ import annotations

import difflib
import importlib.util
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.environment.version import VERSION

HERE = Path(__file__).parents[1] / "golden"
CASES = sorted(path.parent.name for path in HERE.glob("*/case.py"))
#: What Vega draws depends on its version.
STILL = re.compile(r'(<svg class="report-still").*?(</svg>)', re.DOTALL)
SPEC = re.compile(r'(rf\("vega","[^"]+",\{"spec":).*(\}\);)')
HASH = re.compile(r"-[0-9a-f]{10}(?=\.(?:js|css|svg|png)\b)")
#: Contents that other tests look at, or that depend on the version of a library.
OPAQUE = re.compile(r"assets/|.*\.parquet$|data/SHA256SUMS$|runfolio-site\.json$|artifacts/")
#: On the data page: the digest of such contents.
DIGEST = re.compile(r"\b[0-9a-f]{64}\b")


@pytest.mark.parametrize("name", CASES)
def test_a_site_is_as_it_should_be(
    name: str,
    store: Any,
    build_site: Callable[..., Path],
    site_faults: Callable[[Path], list[str]],
    request: pytest.FixtureRequest,
) -> None:
    options = load(name).make(store) or {}
    site = build_site(store, **options)
    assert site_faults(site) == []
    found = normalised(site)
    expected = HERE / name / "expected"
    if request.config.getoption("--refresh-golden"):
        write(expected, found)
    known = read(expected)
    assert sorted(found) == sorted(known), "files came or went; see tests/golden/README.md"
    for path, text in found.items():
        if text != known[path]:
            lines = (known[path].splitlines(), text.splitlines())
            pytest.fail("\n".join(difflib.unified_diff(*lines, f"{path} expected", path, n=2)))


def load(name: str) -> Any:
    """The module of a case."""
    spec = importlib.util.spec_from_file_location(f"golden_{name}", HERE / name / "case.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def normalised(site: Path) -> dict[str, str]:
    """The files of a site as texts, without what changes with every edit of a style."""
    found = {}
    for path in sorted(site.rglob("*")):
        if not path.is_file():
            continue
        name = HASH.sub("-HASH", path.relative_to(site).as_posix())
        text = "" if OPAQUE.match(name) else path.read_text("utf-8")
        text = DIGEST.sub("DIGEST", text) if name == "data.html" else text
        text = SPEC.sub(r"\1\2", STILL.sub(r"\1\2", text))
        found[name] = HASH.sub("-HASH", text.replace(f"runfolio {VERSION}", "runfolio VERSION"))
    return found


def read(folder: Path) -> dict[str, str]:
    return {
        path.relative_to(folder).as_posix(): path.read_text("utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }


def write(folder: Path, files: dict[str, str]) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
