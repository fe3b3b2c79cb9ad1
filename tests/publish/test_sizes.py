"""How large a site will be is known before it is built, and what makes it smaller does."""

from __future__ import annotations

import dataclasses
import html
import os
import random
import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from runfolio.config import Config
from runfolio.config.publishing import PublishConfig
from runfolio.publish.hosts import HOSTS, Host, too_large
from runfolio.query.frozen import frozen_sources
from runfolio.query.index import look
from runfolio.query.origins import Origin
from runfolio.query.snapshots import take
from runfolio.query.store import Store
from runfolio.site.build import BuildReport, build
from runfolio.site.cures import Cure, as_settings, cures
from runfolio.site.kept import Kept
from runfolio.site.policy import kept_of
from runfolio.site.predict import Prediction, predict
from runfolio.site.sample import Fit, Unit, draw

#: The maker of stores that ``tests/conftest.py`` gives.
StoreMaker = Any

LONG = pytest.mark.skipif("RUNFOLIO_LONG" not in os.environ, reason="minutes; RUNFOLIO_LONG=1")


def tiny(store: StoreMaker, runs: int = 110) -> None:
    rng = random.Random(1)
    for at in range(runs):
        points = [rng.random() for _ in range(rng.randrange(3, 12))]
        params = {"lr": rng.random(), "note": "x" * rng.randrange(200)}
        tags = ["paper"] if at % 9 == 0 else []
        store.run(f"r{at:04}", experiment=f"e{at % 3}", params=params, tags=tags,
                  metrics={"loss": points, "acc": points})  # fmt: skip


def long_series(store: StoreMaker, points: int = 52_000) -> None:
    rng = random.Random(2)
    store.run("long", metrics={"loss": [rng.random() for _ in range(points)]})
    store.run("even", metrics={"acc": [round(at / points, 3) for at in range(points // 2)]})


def full(store: StoreMaker, runs: int = 6) -> None:
    """Everything that takes room: long series, artifacts, output."""
    rng = random.Random(3)
    for at in range(runs):
        files = [
            store.artifact(f"model-{number}.bin", rng.randbytes(20_000 + 9_000 * number))
            for number in range(at % 3 + 1)
        ]
        lines = [("output", "stdout", None, None, "step " * 9) for _ in range(400 + 90 * at)]
        series = [rng.random() for _ in range(1_500 + 400 * at)]
        tags = ["pinned"] if at == 0 else []
        store.run(f"f{at:03}", facts=[*files, *lines], metrics={"loss": series}, tags=tags)


def nothing(store: StoreMaker) -> None:
    """A store in which nobody has run anything."""


def both(store: StoreMaker, out: Path) -> tuple[Prediction, BuildReport]:
    config = Config(store=store.path, out=out)
    return predict(config), build(config)


@pytest.mark.parametrize("fill", [tiny, long_series, full, nothing])
def test_the_prediction_is_within_five_per_cent(
    fill: Callable[[StoreMaker], None], store: StoreMaker, tmp_path: Path
) -> None:
    fill(store)
    found, report = both(store, tmp_path / "site")
    assert found.size.bytes == pytest.approx(report.bytes, rel=0.05)
    assert found.size.files == pytest.approx(report.files, rel=0.01)
    assert sum(part.bytes for part in found.size.parts) == found.size.bytes
    assert fill is not tiny or found.made < found.runs / 2


@LONG
@pytest.mark.parametrize(
    "fill",
    [
        lambda store: tiny(store, 1_000),
        lambda store: long_series(store, 1_000_000),
        lambda store: full(store, 200),
        lambda store: (tiny(store, 400), full(store, 60), long_series(store, 300_000)),
    ],
    ids=["1000 tiny runs", "a million points", "200 with files and output", "all together"],
)
def test_the_prediction_holds_for_large_stores(
    fill: Callable[[StoreMaker], Any], store: StoreMaker, tmp_path: Path
) -> None:
    fill(store)
    found, report = both(store, tmp_path / "site")
    print(f"{found.size.bytes / report.bytes - 1:+.2%}, {found.made} of {found.runs} runs made")
    assert found.size.bytes == pytest.approx(report.bytes, rel=0.05)
    assert found.size.files == pytest.approx(report.files, rel=0.02)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: Any, make_store: Callable[[Path], StoreMaker]) -> Config:
    root: Path = tmp_path_factory.mktemp("lab")
    full(make_store(root / "runs"))
    return Config(store=root / "runs", out=root / "site")


def built(config: Config, wish: PublishConfig) -> BuildReport:
    with Store.open(config.store) as store:
        kept = kept_of(wish, store, store.run_ids())
    return build(config, kept=kept)


def text_of(page: Path) -> str:
    return html.unescape(re.sub(r"<[^>]+>", " ", page.read_text("utf-8")))


def dead_links(site: Path) -> set[str]:
    """What pages and texts of the site link to, and is not there."""
    dead = set()
    for page in [*site.rglob("*.html"), *site.rglob("*.md"), site / "llms.txt"]:
        text = page.read_text("utf-8")
        found = re.findall(r'(?:href|src|data-src)="([^"#]+)', text)
        found += re.findall(r"\]\(([^)#]+)\)", text) if page.suffix != ".html" else []
        for link in map(html.unescape, found):
            parts = urlsplit(link)
            if page.name == "404.html" or parts.scheme or not parts.path:
                continue
            if not (page.parent / unquote(parts.path)).exists():
                dead.add(f"{page.relative_to(site)} -> {link}")
    return dead


def test_each_cure_saves_what_it_says_and_the_pages_tell(lab: Config) -> None:
    before = built(lab, lab.publish).bytes
    assert dead_links(lab.out) == set()
    found = predict(lab)
    with Store.open(lab.store) as store:
        kept = kept_of(lab.publish, store, store.run_ids())
    tried = [each for each in cures(found, lab, kept) if each.saves]
    assert {each.key for each in tried} == {"curves", "artifacts", "output", "downloads"}
    for cure in tried:
        wish = dataclasses.replace(lab.publish, **as_settings(cure))
        report = built(lab, wish)
        assert before - report.bytes == pytest.approx(cure.saves, rel=0.05, abs=4_000), cure
        assert dead_links(lab.out) == set(), cure
        (told,) = report.left_out
        assert told in text_of(lab.out / "data.html")
        pages = [text_of(page) for page in sorted((lab.out / "runs").glob("f*.html"))]
        hints = sum("The store has all of it." in page for page in pages)
        assert f"for {hints} of 6 runs" in told and hints >= 3, (cure, told)


def test_snapshots_and_runs_from_elsewhere_count_and_policies_hold_for_them(
    store: StoreMaker, make_store: Callable[[Path], StoreMaker], tmp_path: Path
) -> None:
    lab = make_store(tmp_path / "lab")
    series = {"loss": [at % 7 / 7 for at in range(1_200)]}
    lab.run("theirs", facts=[lab.artifact("model.bin", b"x" * 30_000)], metrics=series)
    origins = [Origin("lab", lab.path, "lab", "store", contents=lab.path)]
    full(store, 2)
    config = Config(store=store.path, out=tmp_path / "site")
    take(store.folder, config, "v1", datetime(2026, 11, 20))
    store.run("late", facts=[store.artifact("late.bin", b"y" * 20_000)], metrics=series)
    take(store.folder, config, "v2", datetime(2026, 11, 21))
    found, report = predict(config, origins=origins), build(config, origins=origins)
    again = predict(config, origins=origins)
    for each in (found, again):  # the second takes over what the site has
        assert each.size.bytes == pytest.approx(report.bytes, rel=0.01)
        assert each.size.files == report.files
        assert each.of("artifacts") == 3 * (20_000 + 49_000) + 2 * 20_000 + 30_000
    policies = ("artifacts", "curves", "output")
    chosen = [each for each in cures(found, config, Kept()) if each.key in policies]
    settings = {key: value for each in chosen for key, value in as_settings(each).items()}
    assert len(settings) == 3
    wish = dataclasses.replace(config.publish, downloads=False, **settings)
    with Store.open(store.path, config, origins=origins) as opened:
        kept = dataclasses.replace(kept_of(wish, opened, opened.run_ids()), downloads=True)
    frozen = dataclasses.replace(frozen_sources(store.folder, look(store.folder)), wish=wish)
    less = build(config, origins=origins, kept=kept, snapshots=frozen)
    saved = sum(each.saves for each in chosen)
    assert report.bytes - less.bytes == pytest.approx(saved, rel=0.05)
    assert (config.out / "snapshots/v1/data/runs.parquet").exists()
    assert "artifact is not here" in text_of(config.out / "snapshots/v1/runs/f000.html")


def test_policies_keep_the_newest_the_pinned_and_what_a_filter_says(lab: Config) -> None:
    wish = PublishConfig(curves=("newest 2", "pinned", "name:f003"), artifact_bytes=25_000)
    report = built(lab, wish)
    there = {path.name for path in (lab.out / "data" / "full").iterdir()}
    assert there == {"f000", "f003", "f004", "f005"}
    sizes = [path.stat().st_size for path in (lab.out / "artifacts").rglob("*.bin")]
    assert len(sizes) == 6 and max(sizes) <= 25_000
    assert "newest 2, pinned, name:f003" in " ".join(report.left_out)
    again = built(lab, wish)
    assert (again.written, again.left_out) == (0, report.left_out)


def test_what_a_file_may_have_is_a_setting_with_a_figure(lab: Config) -> None:
    found = predict(lab)
    with Store.open(lab.store) as store:
        kept = kept_of(lab.publish, store, store.run_ids())
    host = Host("small", "Small", found.size.bytes - 50_000, 10, 25_000)
    assert len(too_large(found.size, host)) >= 3 and not too_large(found.size, host, 99.0)
    first = {each.key: each for each in reversed(cures(found, lab, kept, 50_000, host.file_bytes))}
    assert first["artifact_bytes"].value == 25_000
    assert first["curves"].saves >= 50_000 or first["curves"].value == []
    assert isinstance(first["artifacts"], Cure) and first["artifacts"].saves >= 50_000
    assert not too_large(found.size, HOSTS["cloudflare"])


def test_a_sum_from_a_sample_is_right_where_the_outline_tells_little() -> None:
    rng = random.Random(5)
    units = [Unit(f"u{at}", (1.0, float(at % 7)), 1.0 + at % 7) for at in range(400)]
    truth = {unit.name: unit.about * 10 + rng.gauss(0, 5) for unit in units}
    chosen = draw(units, 80)
    assert draw(units, 40) == chosen[:40]
    found = Fit(units, chosen).total({name: truth[name] for name in chosen})
    assert found.total == pytest.approx(sum(truth.values()), rel=0.04) and found.error > 0
    assert Fit(units, list(truth)).total(truth).total == pytest.approx(sum(truth.values()))
