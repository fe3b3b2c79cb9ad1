"""Artifacts: what is published, and how little of it a browser may take for code."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runfolio.config import Config
from runfolio.site.build import build
from runfolio.site.kept import Kept

BuildSite = Callable[..., Path]
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20
PLAIN_SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><circle r="3"/></svg>'


def published(store: Any, build_site: BuildSite, *files: tuple[str, bytes]) -> tuple[str, set[str]]:
    """The page of a run with these artifacts, and what lies in its folder."""
    store.run("it", facts=[store.artifact(path, data) for path, data in files])
    site = build_site(store)
    folder = site / "artifacts" / "it"
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    return (site / "runs/it.html").read_text(), names


def test_pictures_are_shown(store: Any, build_site: BuildSite) -> None:
    page, names = published(store, build_site, ("plots/a.png", PNG), ("b.svg", PLAIN_SVG))
    assert names == {"plots/a.png", "b.svg"}
    assert 'src="../artifacts/it/plots/a.png"' in page and 'src="../artifacts/it/b.svg"' in page


def test_a_picture_that_is_something_else_is_not_shown(store: Any, build_site: BuildSite) -> None:
    page, _ = published(store, build_site, ("a.png", b"<html>"), ("b.jpg", b"MZ"))
    assert "<img" not in page and "no such picture" in page


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("a.html", b"<script>alert(1)</script>"),
        ("a.HTM", b"x"),
        ("a.xhtml", b"x"),
        ("a.svg", b"<svg><script>alert(1)</script></svg>"),
        ("a.svg", b"<svg onload=alert(1)></svg>"),
        ("a.svg", b"<svg/onload=alert(1)></svg>"),
        ("a.svg", b'<svg><a href="&#106;avascript:alert(1)"/></svg>'),
        ("a.svg", b"<svg><foreignObject/></svg>"),
        ("a.svg", b'<?xml version="1.0"?><svg xmlns:h="x"><h:script>alert(1)</h:script></svg>'),
        ("a.svg", b'<svg xmlns:h="http://www.w3.org/1999/xhtml"><h:embed src="x"/></svg>'),
        ("a.svg", b'<?xml version="1.0"?><?xml-stylesheet href="a.xsl" type="text/xsl"?><svg/>'),
        ("a.svg", b'<?xml version="1.0" encoding="iso-2022-jp"?><svg><sc\x1b(Bript/></svg>'),
        ("a.svgz", b"x"),
        ("a.svg", "<svg/>".encode("utf-16")),
        ("a.xml", b"<x/>"),
    ],
)
def test_what_a_browser_would_run_is_published_as_text(
    store: Any, build_site: BuildSite, path: str, data: bytes
) -> None:
    page, names = published(store, build_site, (path, data))
    assert names == {f"{path}.txt"}
    assert "<img" not in page and "published as text" in page


@pytest.mark.parametrize(
    "path", ["../../x", "/etc/passwd", "a/../../x", "C:\\x", "con", "..", ".git/config"]
)
def test_a_path_never_leaves_the_folder_of_its_run(
    store: Any, build_site: BuildSite, tmp_path: Path, path: str
) -> None:
    _, names = published(store, build_site, (path, b"data"))
    assert len(names) == 1
    assert not any(part in ("..", ".git", "con") for name in names for part in name.split("/"))


def test_large_and_missing_files_say_why_they_are_not_there(store: Any, tmp_path: Path) -> None:
    store.artifact("gone", b"gone")
    gone = ("artifact", "gone", None, 4.0, json.dumps({"digest": "0" * 64, "type": "file"}))
    evil = ("artifact", "evil", None, 4.0, json.dumps({"digest": "../../etc/passwd"}))
    away = ("artifact", "away", None, None, json.dumps({"digest": None, "uri": "s3://b/x"}))
    store.run("it", facts=[store.artifact("big.bin", b"x" * 1001), gone, evil, away])
    config = Config(store=store.path, out=tmp_path / "site")
    site = build(config, kept=Kept(artifact_bytes=1000)).out
    page = (site / "runs/it.html").read_text()
    assert "not published: larger than 1.0 kB" in page
    assert page.count("missing in the store") == 2 and "kept elsewhere: s3://b/x" in page
    assert not (site / "artifacts").exists()


def test_tables_show_their_first_rows(store: Any, build_site: BuildSite) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"digit": list(range(200)), "p": [i / 7 for i in range(200)]}), buffer)
    csv = "name;x,y\n" + "\n".join(f"row {i},{i}" for i in range(160))
    page, _ = published(
        store, build_site, ("t.parquet", buffer.getvalue()), ("t.csv", csv.encode())
    )
    assert "the first 100 of 200 rows" in page and "the first 100 of 160 rows" in page
    assert "row 99" in page and "row 100" not in page and "name;x" in page


@pytest.mark.parametrize("data", [b"", b"PAR1garbagePAR1", b"\0" * 100, b"\xff\xfe,a\n1,2"])
def test_broken_tables_are_only_offered(store: Any, build_site: BuildSite, data: bytes) -> None:
    _, names = published(store, build_site, ("t.parquet", data), ("t.csv", data))
    assert names == {"t.parquet", "t.csv"}


@pytest.mark.parametrize(
    "column",
    [
        pa.array([2**60], pa.timestamp("us")),
        pa.array([2**31 - 1], pa.date32()),
        pa.array([2**62], pa.duration("s")),
        pa.array([1], pa.timestamp("us", "Nowhere/Land")),
    ],
    ids=lambda column: str(column.type),
)
def test_a_table_with_times_beyond_dates_is_only_offered(
    store: Any, build_site: BuildSite, column: pa.Array
) -> None:
    buffer = io.BytesIO()
    pq.write_table(pa.table({"t": column}), buffer)
    _, names = published(store, build_site, ("t.parquet", buffer.getvalue()))
    assert names == {"t.parquet"}


def test_every_step_of_a_file_is_kept_apart(store: Any, build_site: BuildSite) -> None:
    steps = [store.artifact("p.png", PNG + bytes([i]), "image", i) for i in range(3)]
    store.run("it", facts=steps)
    site = build_site(store)
    names = {path.name for path in (site / "artifacts/it").iterdir()}
    assert names == {"p-step0.png", "p-step1.png", "p-step2.png"}


@pytest.mark.parametrize(
    "paths",
    [
        ("Model.txt", "model.txt"),
        ("page.html", "page.html.txt"),
        ("plots", "plots/a.txt", "Plots/b.txt"),
    ],
)
def test_files_whose_names_would_meet_on_some_disk_are_kept_apart(
    store: Any, build_site: BuildSite, paths: tuple[str, ...]
) -> None:
    files = [(path, f"it is {path}".encode()) for path in paths]
    page, names = published(store, build_site, *files)
    folded = {name.casefold() for name in names}
    folders = {str(up) for name in folded for up in Path(name).parents}
    assert len(folded) == len(paths) and not folded & folders
    assert all(f'href="../artifacts/it/{name}"' in page for name in names)


def test_a_step_in_a_name_is_not_taken_for_a_step(store: Any, build_site: BuildSite) -> None:
    steps = [store.artifact("p.png", PNG + bytes([i]), "image", i) for i in range(2)]
    store.run("it", facts=[*steps, store.artifact("p-step1.png", PNG, "image")])
    assert len(list((build_site(store) / "artifacts/it").iterdir())) == 3
