"""Whoever computes the index, it is the same: every table of it, every view, and the site."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from multiprocessing import active_children
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from runfolio.config import SiteConfig
from runfolio.errors import MissingPackageError, RunfolioError
from runfolio.query.index import refresh
from runfolio.query.origins import connected
from runfolio.query.runners import runner
from runfolio.query.segment import ALL, PLACED
from runfolio.query.store import Store
from runfolio.query.views import VIEWS, View
from runfolio.site.build import build
from runfolio.store.folder import Folder

from .stores import CONFIG, copy, overlapping

ROWS = 40  # so few in a bucket that there are many


@pytest.fixture(scope="module")
def base(filled: Folder, tmp_path_factory: pytest.TempPathFactory) -> Folder:
    """A store of packs, parts and later facts, without an index."""
    return overlapping(copy(filled, tmp_path_factory.mktemp("base") / "runs"))


@pytest.fixture(scope="module")
def expected(base: Folder, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What this process makes of it alone."""
    folder = copy(base, tmp_path_factory.mktemp("alone") / "runs")
    refresh(folder, bucket_rows=ROWS)
    return everything(folder)


def everything(folder: Folder, **options: Any) -> dict[str, str]:
    """Every table of the index by run, all views, and all files of the site."""
    found = {}
    with connected(refresh(folder, **options), ()) as database:
        for name in ALL:
            order = "EXCLUDE place FROM internal.points ORDER BY place" if name in PLACED else ""
            picked = order.replace("internal.points", name) or f"FROM {name}"
            relation = database.sql(f"SELECT * {picked}")
            run = relation.columns.index("run_id")
            rows = sorted(relation.fetchall(), key=lambda row: row[run])  # else as they lie there
            found[name] = repr(rows)
    with Store.open(folder.path, CONFIG) as store:
        for view in VIEWS:
            found[f"view {view.name}"] = repr(store.sql(ordered(view)).fetchall())
        found["curves"] = repr(store.curves(points=4))
        found["leaderboards"] = repr(store.leaderboards())
    out = Path(folder.path).parent / "site"
    site = SiteConfig(title="Test site", pages=out.with_name("pages"))
    build(replace(CONFIG, store=Path(folder.path), out=out, site=site))
    for path in sorted(out.rglob("*")):
        if path.is_file():
            found[path.relative_to(out).as_posix()] = path.read_bytes().hex()
    return found


def ordered(view: View) -> str:
    """All rows of a view in an order of their own."""
    return f"SELECT * FROM {view.name} ORDER BY ALL"


def by(name: str, base: Folder, path: Path) -> dict[str, str]:
    """What two workers of this runner make of a copy of the store."""
    folder = copy(base, path / "runs")
    done = refresh(folder, runner=runner(name, 2), bucket_rows=ROWS)
    assert done.new == done.runs > 3 and not done.buckets
    assert refresh(folder).new == 0
    return everything(folder)


def test_two_processes_make_the_same_index(
    base: Folder, expected: dict[str, str], tmp_path: Path
) -> None:
    assert by("process", base, tmp_path) == expected


@pytest.mark.xdist_group("dask")
def test_dask_makes_the_same_index(
    base: Folder, expected: dict[str, str], tmp_path: Path, dask: Any
) -> None:
    assert by("dask", base, tmp_path) == expected


@pytest.mark.xdist_group("ray")
def test_ray_makes_the_same_index(
    base: Folder, expected: dict[str, str], tmp_path: Path, ray: Any
) -> None:
    assert by("ray", base, tmp_path) == expected


@pytest.mark.xdist_group("spark")
def test_spark_makes_the_same_index(
    base: Folder, expected: dict[str, str], tmp_path: Path, spark: Any
) -> None:
    assert by("spark", base, tmp_path) == expected


def test_no_index_gives_the_same_answers(base: Folder, expected: dict[str, str]) -> None:
    with Store.open(base.path, CONFIG, index=False) as store:
        for view in VIEWS:
            rows = repr(store.sql(ordered(view)).fetchall())
            assert rows == expected[f"view {view.name}"], view.name


def test_a_runner_without_its_package_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="needs the package ray") as found:
        runner("ray")
    assert found.value.hint == "pip install 'runfolio[ray]'"


def test_a_worker_that_is_killed_is_told_in_one_line(base: Folder, tmp_path: Path) -> None:
    folder = copy(base, tmp_path / "runs")
    done = Event()

    def kill() -> None:
        while not done.wait(0.01):
            for child in active_children():
                child.kill()

    killer = Thread(target=kill)
    killer.start()
    try:
        with pytest.raises(RunfolioError, match="was killed") as found:
            refresh(folder, runner=runner("process", 2), bucket_rows=ROWS)
    finally:
        done.set()
        killer.join()
    assert found.value.hint == "Take fewer at once: --workers 1"
    assert refresh(folder).runs > 3  # what was half-made disturbs nobody
    with Store.open(folder.path, CONFIG) as store:
        assert store.leaderboards()
