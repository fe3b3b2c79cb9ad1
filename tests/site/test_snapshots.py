"""A frozen site stays byte for byte what it was, is made once, and says when it is no more."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
import zipfile
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from runfolio.config import Config, LeaderboardConfig, SiteConfig
from runfolio.config.citing import CitationConfig
from runfolio.config.recorded import recorded
from runfolio.query.frozen import FrozenSource
from runfolio.query.snapshots import take, verify
from runfolio.query.store import Store
from runfolio.site.build import BuildReport, build
from runfolio.site.freezing import config_of
from runfolio.store.record import record_of
from runfolio.store.tombs import lay
from runfolio.store.writer import Writer

from ..conftest import START_NS, Clock, StoreMaker

HOSTILE = "</script><script>alert(1)</script>\u2028{{x}} & \x07"
URL = "https://example.org/lab"
NOW = datetime(2026, 11, 21, 12)
Tree = Callable[[Path], dict[str, bytes]]


def folder(tree: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {path: data for path, data in tree.items() if path.startswith(f"snapshots/{name}")}


def written(report: BuildReport) -> list[str]:
    return [path for path, _why in report.explain]


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> tuple[StoreMaker, Config]:
    """Two snapshots of a store, the second with a run more, and their site."""
    root = tmp_path_factory.mktemp("snapshots")
    store = StoreMaker(root / "runs")
    store.run("a", name=HOSTILE, params={"lr": 0.1}, metrics={"acc": [0.1, 0.5]}, tags=["x"])
    store.run("b", metrics={"acc": [0.2, float("nan")]}, facts=[store.artifact("o.txt", b"hi")])
    config = Config(
        store=store.path,
        out=root / "site",
        site=SiteConfig(title=f"Lab {HOSTILE}", pages=root, url=URL, cards="none"),
        leaderboards=(LeaderboardConfig(name="best", metric="acc"),),
        citation=CitationConfig(authors=("Ada Lovelace",), abstract=HOSTILE, file=root / "none"),
    )
    take(store.folder, config, "v1.0", NOW, note=HOSTILE)
    build(config)
    store.run("c", metrics={"acc": [0.9]})
    take(store.folder, config, "v1.1", datetime(2026, 11, 22), doi="10.1234/x")
    build(config)
    return store, config


def test_what_comes_later_leaves_the_frozen_site_and_makes_it_no_second_time(
    lab: tuple[StoreMaker, Config], tree: Tree, tmp_path: Path
) -> None:
    store, config = lab
    before = tree(config.out)
    writer = Writer(store.folder, "a", clock=Clock(START_NS + 10**15), writer_id="e" * 12)
    for kind, key, text in (
        ("tag", "late", ""),
        ("drop", "acc", '{"all": true}'),
        ("rename", "run", "renamed"),
        ("trash", "", "{}"),
    ):
        writer.fact(kind, key, text=text)
    writer.close()
    store.run("d", metrics={"acc": [0.95]})
    first = build(config)
    assert not [path for path in written(first) if path.startswith("snapshots/v1")]
    assert "runs/d.html" in written(first)
    boards = (LeaderboardConfig(name="new", metric="acc"),)
    anew = dataclasses.replace(config, leaderboards=boards, out=tmp_path / "anew")
    build(anew)
    after = tree(anew.out)
    assert folder(after, "v1.") == folder(before, "v1.") == folder(tree(config.out), "v1.")
    assert "leaderboards/new.html" in after and "runs/a.html" not in after
    assert not verify(store.folder, record_of(store.folder, "v1.0")).lost


def test_its_pages_hold_together_and_say_what_they_are(
    lab: tuple[StoreMaker, Config], site_faults: Callable[[Path], list[str]]
) -> None:
    _, config = lab
    faults = [each for each in site_faults(config.out) if not each.startswith("404.html")]
    assert faults == []
    index = (config.out / "snapshots/index.html").read_text("utf-8")
    assert "1 run added" in index and "https://doi.org/10.1234/x" in index
    front = (config.out / "snapshots/v1.0/index.html").read_text("utf-8")
    assert "Snapshot" in front and 'href="../../index.html"' in front
    assert 'rel="canonical" href="https://example.org/lab/snapshots/v1.0/index.html"' in front
    run = (config.out / "snapshots/v1.0/runs/a.html").read_text("utf-8")
    assert 'href="../../../assets/site-' in run and "renamed" not in run
    assert 'href="snapshots/v1.1/index.html"' in (config.out / "index.html").read_text("utf-8")
    assert "snapshots/v1.0/runs/a.html" in (config.out / "sitemap.xml").read_text("utf-8")
    for page in (front, run, index):
        assert "<script>alert" not in page


def test_the_archive_is_whole_and_names_its_digest(
    lab: tuple[StoreMaker, Config], tmp_path: Path
) -> None:
    store, config = lab
    data = (config.out / "snapshots/v1.1.zip").read_bytes()
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = set(archive.namelist())
        archive.extractall(tmp_path)
    home = tmp_path / "v1.1"
    assert {"v1.1/CITATION.cff", "v1.1/croissant.json", "v1.1/data/metrics.parquet"} <= names
    said = json.loads((home / "snapshot.json").read_bytes())
    assert said["runs"] == ["a", "b", "c"] and said["doi"] == "10.1234/x"
    assert said["digest"] == f"sha256:{record_of(store.folder, 'v1.1').digest}"
    for line in (home / "data/SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((home / "data" / name).read_bytes()).hexdigest() == digest
    assert pq.read_table(home / "data/runs.parquet")["run_id"].to_pylist() == ["a", "b", "c"]


def test_a_moment_and_a_filter_choose_what_is_frozen(store: StoreMaker) -> None:
    store.run("a", metrics={"loss": [1.0]}, tags=["paper"])
    store.run("b", metrics={"loss": [2.0]})
    config = Config(store=store.path)
    with Store.open(store.path) as opened:
        (moment,) = opened.sql("SELECT max(time) FROM facts WHERE run_id = 'a'").fetchall()[0]
    early, _ = take(store.folder, config, "early", NOW, as_of=moment)
    paper, states = take(store.folder, config, "paper", NOW, filter="tag:paper")
    assert [each.run_id for each in early.runs] == ["a"] == [each.run_id for each in paper.runs]
    assert early.digest == paper.digest and states == ("finished",)
    assert [each["metric"] for each in early.config["leaderboard"]] == ["loss"]


def test_one_that_is_purged_or_damaged_says_so_and_the_damaged_one_stays(
    store: StoreMaker, tmp_path: Path, tree: Tree
) -> None:
    store.run("a", metrics={"loss": [1.0]})
    store.run("b", metrics={"loss": [2.0]})
    config = Config(store=store.path, out=tmp_path / "site", site=SiteConfig(pages=tmp_path / "p"))
    take(store.folder, config, "v1", NOW)
    build(config)
    whole = folder(tree(config.out), "v1/")
    for path in store.folder.run_dir("a").iterdir():
        path.unlink()
    report = build(config)
    assert folder(tree(config.out), "v1/") == whole
    told = "v1: 1 of its runs can no longer be had: a"
    assert any(each.startswith(told) for each in report.problems)
    assert "could not be built again" in (config.out / "snapshots/index.html").read_text("utf-8")
    who = {"user": "ada"}
    lay(store.folder, "b", name="b", author=who, reason="", facts=2, blobs=(), time_ns=1)
    build(config)
    gone = folder(tree(config.out), "v1")
    assert list(gone) == ["snapshots/v1/index.html"]
    assert "can no longer be shown" in gone["snapshots/v1/index.html"].decode()
    assert verify(store.folder, record_of(store.folder, "v1")).lost["b"] == "purged"


def test_the_options_of_a_stranger_are_taken_as_far_as_they_are_options() -> None:
    odd = {
        "leaderboard": [
            {"name": HOSTILE, "metric": "m", "stat": 3, "slug": "../x"},
            4,
            {"name": "n"},
        ],
        "paper": {"name": "x"},
        "metrics": {"loss": {"digits": -1, "direction": "max", "x": 1}, "x": 3},
    }
    source = FrozenSource("v1", NOW, "", lambda: pytest.fail(), 1, config=odd)
    found = config_of(Config(), source, "Title")
    (board,) = found.leaderboards
    assert (board.name, board.stat) == (HOSTILE, "best") and "/" not in board.slug
    assert not found.papers and found.metrics["loss"].direction == "max"
    assert recorded(found)["metrics"] == {"loss": {"direction": "max"}}
