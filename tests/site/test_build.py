"""Building: what is made, what stays, and that a page only ever depends on the store."""

from __future__ import annotations

import errno
import json
import math
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config, LeaderboardConfig, MetricConfig, SiteConfig
from runfolio.errors import BuildError, DamagedStoreError, StoreNotFoundError, UnsafeError
from runfolio.site.build import build
from runfolio.store.blobs import put_bytes

Tree = Callable[[Path], dict[str, bytes]]
Faults = Callable[[Path], list[str]]
BuildSite = Callable[..., Path]

CURVE = {"train/loss": [0.9, 0.5, 0.3], "val/accuracy": [0.4, 0.7, 0.8]}


def fill(store: Any, count: int = 3) -> None:
    for index in range(count):
        store.run(
            f"run-{index}",
            name=f"Run {index}",
            experiment="digits" if index % 2 == 0 else "faces",
            params={"lr": 0.1**index, "model": "vit" if index else "resnet", "same": 1},
            metrics={key: [v + index / 100 for v in values] for key, values in CURVE.items()},
            tags={"paper": "", "seed": str(index)},
            note=f"# Run {index}\n\nSee [the site](https://example.org).",
            facts=[store.artifact("report.txt", b"all is well", "text")],
        )


def test_a_small_store_makes_a_whole_site(
    store: Any, build_site: BuildSite, site_faults: Faults
) -> None:
    fill(store)
    site = build_site(store)
    pages = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    assert pages == {
        "index.html",
        "leaderboards/digits.html",
        "leaderboards/faces.html",
        "experiments/index.html",
        "experiments/digits.html",
        "experiments/faces.html",
        "runs/index.html",
        "runs/run-0.html",
        "runs/run-1.html",
        "runs/run-2.html",
        "tags/index.html",
        "tags/paper.html",
        "tags/seed.html",
        "sweeps/index.html",
        "groups/index.html",
        "metrics/index.html",
        "metrics/train-loss.html",
        "metrics/val-accuracy.html",
        "datasets/index.html",
        "models/index.html",
        "browse.html",
        "search.html",
        "compare.html",
        "data.html",
        "404.html",
    }
    assert (site / "artifacts/run-0/report.txt").read_bytes() == b"all is well"
    assert site_faults(site) == []


def test_an_empty_store_says_how_to_log_the_first_run(
    store: Any, build_site: BuildSite, site_faults: Faults
) -> None:
    site = build_site(store)
    text = (site / "index.html").read_text()
    assert "No runs yet" in text and "runfolio.init" in text
    assert site_faults(site) == []


def test_a_folder_that_is_no_store_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreNotFoundError):
        build(Config(store=tmp_path / "nothing", out=tmp_path / "site"))
    assert not (tmp_path / "site").exists()


def test_the_site_must_not_lie_in_the_store(store: Any, build_site: BuildSite) -> None:
    with pytest.raises(UnsafeError):
        build_site(store, store.path / "site")
    with pytest.raises(UnsafeError):
        build_site(store, store.path)


def test_two_builds_give_the_same_bytes_wherever_they_lie(
    store: Any, build_site: BuildSite, tree: Tree, tmp_path: Path
) -> None:
    fill(store)
    first = tree(build_site(store, tmp_path / "one"))
    shutil.copytree(store.path, tmp_path / "elsewhere" / "runs")
    second = tree(build_site(tmp_path / "elsewhere" / "runs", tmp_path / "two"))
    assert first == second
    assert str(tmp_path).encode() not in b"".join(first.values())


def test_an_unchanged_store_writes_nothing(store: Any, tmp_path: Path) -> None:
    fill(store)
    config = Config(store=store.path, out=tmp_path / "site")
    first = build(config)
    again = build(config)
    assert (again.written, again.removed, again.explain) == (0, 0, ())
    assert (again.files, again.pages, again.runs) == (first.files, first.pages, first.runs)
    forced = build(config, force=True)
    assert (forced.written, forced.removed) == (0, 0)


def test_only_what_shows_the_change_is_written(store: Any, tmp_path: Path) -> None:
    fill(store)
    config = Config(store=store.path, out=tmp_path / "site")
    build(config)
    before = keys_of_pages(config.out)
    store.run("run-9", experiment="digits", metrics=CURVE, params={"lr": 5.0})
    written = {path for path, _ in build(config).explain}
    assert "runs/run-9.html" in written and "leaderboards/digits.html" in written
    assert "runs/run-1.html" not in written  # of the other experiment
    assert not any(path.startswith("assets/") for path in written)
    after = keys_of_pages(config.out)
    made = {name for name, key in after.items() if key != before.get(name)}
    assert {"leaderboards/digits.html", "experiments digits", "runs/index.html"} <= made
    assert {"leaderboards/faces.html", "experiments faces"} <= after.keys() - made


def keys_of_pages(site: Path) -> dict[str, str]:
    """What pages of several runs depend on, by the page."""
    manifest = json.loads((site / "runfolio-site.json").read_text("utf-8"))
    return {name: key for name, (key, _paths) in manifest["keys"]["pages"].items()}


@pytest.mark.parametrize(
    "change",
    ["new run", "best run", "finer", "child", "sweep", "tag", "trash", "config", "page", "note"],
)
def test_a_later_build_equals_a_clean_one(
    store: Any, tree: Tree, tmp_path: Path, change: str
) -> None:
    fill(store, 4)
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "method.md").write_text("# Method\n\nAs [run 1](runs/run-1.html) shows.")
    site = SiteConfig(title="Test", pages=tmp_path / "pages")
    config = Config(store=store.path, out=tmp_path / "site", site=site)
    build(config)
    if change == "new run":
        store.run("run-9", experiment="faces", metrics={"val/accuracy": [0.99]}, tags=["late"])
    elif change == "best run":
        store.run("run-9", metrics={"val/accuracy": [0.999]}, params={"lr": 9.0, "new": 1})
    elif change == "finer":
        for index in range(9):  # enough of them to ask for more decimals everywhere
            store.run(f"fine-{index}", metrics={"train/loss": [0.000123 + index * 1e-6]})
    elif change == "child":
        store.run("run-9", metrics=CURVE, identity={"parent": "run-1", "group": "g"})
    elif change == "sweep":
        for index in range(2):
            tags = ["sweep=lr", "late"]
            store.run(f"run-{9 + index}", metrics=CURVE, params={"lr": index}, tags=tags)
    elif change in ("tag", "trash", "note"):
        add_fact(store, "run-1", change)
    elif change == "page":
        (tmp_path / "pages" / "method.md").write_text("# Method\n\nOtherwise.")
    else:
        metrics = {"val/accuracy": MetricConfig(title="Accuracy", unit="%", direction="max")}
        config = Config(store=store.path, out=config.out, site=site, metrics=metrics)
    report = build(config)
    assert report.written
    build(Config(store=store.path, out=tmp_path / "clean", site=site, metrics=config.metrics))
    later, clean = tree(tmp_path / "site"), tree(tmp_path / "clean")
    kept = json.loads(later["runfolio-site.json"]).pop("kept", [])
    assert {path: data for path, data in later.items() if path not in kept} == {
        **clean,
        "runfolio-site.json": later["runfolio-site.json"],
    }
    manifests = [json.loads(each["runfolio-site.json"]) for each in (later, clean)]
    manifests[0].pop("kept", None)
    assert manifests[0] == manifests[1]


def add_fact(store: Any, run_id: str, kind: str) -> None:
    from runfolio.store.writer import Writer

    writer = Writer(
        store.folder, run_id, clock=lambda: 1_794_800_000 * 10**9, writer_id="f" * 12, seal=False
    )
    writer.fact("start", "author", text="{}")
    writer.fact(kind, "later" if kind == "tag" else "", text="{}" if kind == "trash" else "now")
    writer.close()


def test_a_run_in_the_trash_loses_its_page_and_files(
    store: Any, build_site: BuildSite, tree: Tree
) -> None:
    fill(store)
    before = tree(build_site(store))
    add_fact(store, "run-1", "trash")
    after = tree(build_site(store))
    gone = {path for path in before if "run-1" in path}
    kept = json.loads(after["runfolio-site.json"])["kept"]
    assert gone and {path for path in after if "run-1" in path} <= set(kept)
    assert "leaderboards/faces.html" not in after


def test_files_of_the_user_survive(store: Any, build_site: BuildSite) -> None:
    fill(store)
    site = build_site(store)
    (site / "CNAME").write_text("results.example.org")
    store.run("run-9", metrics=CURVE)
    assert (build_site(store) / "CNAME").read_text() == "results.example.org"


def test_a_missing_file_is_made_again(store: Any, build_site: BuildSite, tree: Tree) -> None:
    fill(store)
    site = build_site(store)
    before = tree(site)
    (site / "runs/run-1.html").unlink()
    (site / "index.html").write_text("scribble")
    assert tree(build_site(store)) == before


def test_a_damaged_store_is_told_or_refused(store: Any, tmp_path: Path) -> None:
    fill(store)
    journal = next((store.path / "runs" / "run-1").glob("j-*"))
    data = bytearray(journal.read_bytes())
    data[len(data) // 2] ^= 0xFF
    journal.write_bytes(data)
    config = Config(store=store.path, out=tmp_path / "site")
    with pytest.raises(DamagedStoreError):
        build(config, strict=True)
    report = build(config)
    assert report.skipped and report.problems
    assert "skipped" in (tmp_path / "site" / "index.html").read_text()


def test_a_full_disk_leaves_the_old_site(
    store: Any, build_site: BuildSite, tree: Tree, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store)
    before = tree(build_site(store))
    store.run("run-9", metrics=CURVE)

    def full(self: Path, data: bytes) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        with pytest.raises(BuildError, match="disk is full"):
            build_site(store)
    assert tree(store.path.parent / "site") == before
    assert sorted(path.name for path in store.path.parent.iterdir()) == ["runs", "site"]


def test_logo_and_address_are_used(store: Any, build_site: BuildSite, tmp_path: Path) -> None:
    fill(store)
    (tmp_path / "logo.svg").write_text("<svg/>")
    site = SiteConfig(
        title="T", url="https://example.org/my results/", logo=str(tmp_path / "logo.svg")
    )
    folder = build_site(store, site=site)
    (logo,) = folder.glob("assets/logo-*.svg")
    assert (
        f'<img class="brand-logo" src="assets/{logo.name}"' in (folder / "index.html").read_text()
    )
    lost = (folder / "404.html").read_text()  # shown at any depth, and from disk: it loads nothing
    assert 'href="/my%20results/index.html"' in lost and "assets/" not in lost
    assert "https://example.org/my results/data/runs.parquet" in (folder / "data.html").read_text()


def test_progress_is_told(store: Any, tmp_path: Path) -> None:
    fill(store)
    told: list[tuple[str, int, int]] = []
    config = Config(store=store.path, out=tmp_path / "site")
    build(config, progress=lambda *each: told.append(each))
    assert ("read", 1, 1) in told and ("write", 3, 3) in told


def test_markdown_pages_may_lie_in_folders(
    store: Any, build_site: BuildSite, site_faults: Faults, tmp_path: Path
) -> None:
    fill(store)
    pages = tmp_path / "pages"
    (pages / "guide" / "img").mkdir(parents=True)
    (pages / "index.md").write_text("What we **did**: see [the start](guide/start.md).")
    (pages / "guide/start.md").write_text(
        "# Start here\n\n![p](img/p.png) [up](../method.md#how) [run](../runs/run-0.html) "
        "[none](nowhere.md) [out](../../secret.txt)"
    )
    (pages / "guide/img/p.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    (pages / "method.md").write_text("# Method\n\n## How\n\nSo.")
    (pages / "_draft.md").write_text("# not yet")
    (pages / "latin.md").write_bytes(b"caf\xe9")
    site = build_site(store)
    text = (site / "guide/start.html").read_text()
    assert '<img alt="p" src="img/p.png"' in text and 'href="../method.html#how"' in text
    assert "Start here" in text and "secret" not in text
    assert "What we <strong>did</strong>" in (site / "index.html").read_text()
    assert not (site / "_draft.html").exists() and not (site / "latin.html").exists()
    assert site_faults(site) == []


def test_leaderboards_of_the_configuration(
    store: Any, build_site: BuildSite, site_faults: Faults
) -> None:
    fill(store, 6)
    board = LeaderboardConfig(
        name="Least loss",
        slug="least-loss",
        metric="train/loss",
        direction="min",
        stat="last",
        baseline="run-1",
        columns=("lr", "val/accuracy"),
        description="The *smallest* loss at the end.",
    )
    grouped = LeaderboardConfig(
        name="By model", slug="by-model", metric="val/accuracy", group_by=("model",)
    )
    site = build_site(store, leaderboards=(board, grouped))
    text = (site / "leaderboards/least-loss.html").read_text()
    assert "The <em>smallest</em> loss" in text and "Against the baseline" in text
    assert "model=vit" in (site / "leaderboards/by-model.html").read_text()
    assert site_faults(site) == []


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"loss": [1.0]},
        {"loss": [math.nan, math.nan]},
        {"loss": [0.5, math.inf]},
        {"loss": [1e300, -1e300, 5e-324]},
        {f"group{i % 7}/metric {i}": [float(i), 1.0] for i in range(200)},
        {"a": [1.0] * 3000},
        {"": [1.0], "a/b/c": [2.0], "/": [3.0]},
    ],
    ids=["none", "one point", "nan only", "diverged", "huge", "200", "long", "odd names"],
)
def test_odd_metrics_make_sane_pages(
    store: Any, build_site: BuildSite, site_faults: Faults, metrics: dict[str, list[float]]
) -> None:
    store.run("odd", metrics=metrics)
    store.run("plain", metrics=CURVE)
    site = build_site(store)
    assert site_faults(site) == []


@pytest.mark.parametrize("end", [None, "finished", "failed", "killed"])
def test_every_end_of_a_run_is_told(
    store: Any, build_site: BuildSite, site_faults: Faults, end: str | None
) -> None:
    error = {"type": "ValueError", "message": "no <b>", "traceback": "Traceback …\n  line 1"}
    store.run("it", metrics=CURVE, end=end, error=error if end == "failed" else None)
    site = build_site(store)
    text = (site / "runs/it.html").read_text()
    assert (end or "stalled") in text
    if end == "failed":
        assert "ValueError: no &lt;b&gt;" in text and "line 1" in text
        assert "ValueError" in (site / "index.html").read_text()
    assert site_faults(site) == []


def test_many_params_make_a_table_that_can_be_read(
    store: Any, build_site: BuildSite, site_faults: Faults
) -> None:
    for index in range(3):
        params = {f"layer.{i}.width": i * index for i in range(300)}
        store.run(f"wide-{index}", params=params, metrics=CURVE)
    site = build_site(store)
    board = (site / "leaderboards/digits.html").read_text()
    assert board.count('<th scope="col"') < 25
    assert (site / "runs/wide-1.html").read_text().count("299.width") >= 1
    assert site_faults(site) == []


def test_an_unchanged_build_counts_the_same_bytes(
    store: Any, build_site: BuildSite, tmp_path: Path
) -> None:
    fill(store)
    config = Config(store=store.path, out=tmp_path / "site")
    first, second = build(config), build(config)
    assert (second.written, second.bytes, second.files) == (0, first.bytes, first.files)


def test_a_credential_in_the_script_is_not_on_its_page(store: Any, build_site: BuildSite) -> None:
    code = put_bytes(store.folder, b'api_key = "sk-12345"\nlr = 0.1\n').digest
    diff = put_bytes(store.folder, b'+password = "hunter2"\n').digest
    store.run(
        "keys",
        sections={
            "source": {"path": "train.py", "digest": code, "kind": "script"},
            "git": {"commit": "a" * 40, "branch": "main", "dirty": True, "diff_digest": diff},
        },
    )
    page = (build_site(store) / "runs" / "keys.html").read_text("utf-8")
    assert '<span class="n">lr</span>' in page and "sk-12345" not in page and "hunter2" not in page
