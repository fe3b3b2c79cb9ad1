"""A small store and its site, built once, for what other places and programs take from a site."""

from __future__ import annotations

import dataclasses
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from runfolio.config import Config, LeaderboardConfig, SiteConfig
from runfolio.site.build import BuildReport, build

from ..conftest import StoreMaker

URL = "https://example.org/some place/results/".replace(" ", "%20")
HOSTILE = '<b onclick="x">]]>&amp;\x07 | `tick` [link](javascript:x) # \u202e'
CITATION = "@misc{digits,\n  title = {Digits}\n}"


@dataclass(frozen=True)
class Built:
    """A store, the configuration of its site, and the site."""

    store: StoreMaker
    config: Config
    site: Path
    report: BuildReport

    def text(self, path: str) -> str:
        """A file of the site as text."""
        return (self.site / path).read_text("utf-8")

    def copied(self, folder: Path) -> Built:
        """The same store and site in another folder, to change them."""
        shutil.copytree(self.store.path, folder / "runs")
        shutil.copytree(self.site, folder / "site")
        store = StoreMaker(folder / "runs", runs=40)  # what is logged now comes after all else
        config = dataclasses.replace(self.config, store=store.path, out=folder / "site")
        return Built(store, config, folder / "site", self.report)

    def again(self, **site: Any) -> BuildReport:
        """Build it once more, with other options of the site."""
        changed = dataclasses.replace(self.config.site, **site)
        return build(dataclasses.replace(self.config, site=changed))


def build_outward(folder: Path) -> Built:
    """Four runs of two experiments, one of them hostile, and their site with all that goes out."""
    store = StoreMaker(folder / "runs")
    accuracy = "val/accuracy"
    store.run("a", name="first", params={"lr": 0.1, "deep": True}, metrics={accuracy: [0.5, 0.8]})
    store.run(
        "b",
        name=HOSTILE,
        params={"lr": 0.2, HOSTILE: HOSTILE},
        metrics={accuracy: [0.6, 0.9], "bad": [float("nan")]},
        tags=["paper", HOSTILE],
        note="# Why\n\nBecause.",
        facts=[
            store.artifact("out/table 1.csv", b"a,b\n1,2\n", "table"),
            ("artifact", "far", None, None, json.dumps({"digest": None, "uri": "s3://x/y"})),
            ("output", "stdout", 0, None, "```"),
        ],
        identity={"group": "g"},
    )
    error = {"type": "ValueError", "message": "no", "traceback": "Traceback: no"}
    store.run("c", name="broken", metrics={accuracy: [0.1]}, end="failed", error=error)
    store.run("d", name="other", experiment=HOSTILE, metrics={"loss": [2.0, 1.0]})
    store.close()
    boards = (
        LeaderboardConfig(name="digits", experiment="digits", metric=accuracy),
        LeaderboardConfig(name=HOSTILE, slug="hostile", experiment=HOSTILE, metric="loss"),
    )
    site = SiteConfig(
        title=f"Site {HOSTILE}",
        pages=folder / "pages",
        url=URL.rstrip("/"),
        license="CC BY 4.0 <x>",
        citation=CITATION,
        cards="all",
        since="2026-11-15 14:05",
    )
    config = Config(store=store.path, out=folder / "site", leaderboards=boards, site=site)
    report = build(config)
    return Built(store, config, report.out, report)
