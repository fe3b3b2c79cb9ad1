"""Names of groups, ties, and the value that counts: the same on every page that tells of them."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config, LeaderboardConfig, PaperConfig, SiteConfig
from runfolio.site.build import build
from runfolio.site.labels import group_labels, number_names

THIRD = 0.1 + 0.2
LONG = "a-very-long-name-of-a-model-that-nobody-reads"


class Words(HTMLParser):
    """The text of a page, and its titles."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.titles: list[str] = []
        self.feed(text)
        self.text = " ".join(" ".join(self.found).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.titles += [value for name, value in attrs if name == "title" and value]

    def handle_data(self, data: str) -> None:
        self.found.append(data)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, make_store: Any) -> Path:
    """Rates of many digits with ties among runs; a sweep whose curves end below their best."""
    folder = tmp_path_factory.mktemp("leading")
    store = make_store(folder / "runs")
    for at, rate in enumerate((THIRD, 1e-05, 0.1)):
        for seed in range(2):
            store.run(
                f"rate-{at}-{seed}",
                experiment="rates",
                params={"optim": rate, "model": LONG, "seed": seed},
                metrics={"acc": [0.5, 0.93 if seed else 0.9 - at / 100, 0.6 + seed / 100]},
            )
    store.run("search", experiment="search")
    for at in range(6):
        if at != 5:  # of three depths and two rates one combination was not tried
            store.run(
                f"trial-{at}",
                experiment="search",
                params={"lr": (THIRD, 1.0)[at % 2], "depth": at // 2},
                metrics={"loss": [1.0, 0.1 + at / 10, 0.9 - at / 10], "acc": [0.2, 0.7, 0.1]},
                identity={"parent": "search"},
            )
    boards = (
        LeaderboardConfig(name="runs", experiment="rates", metric="acc"),
        LeaderboardConfig(
            name="rates", experiment="rates", metric="acc", group_by=("optim", "model"),
            baseline="rate-0-0",
        ),
        LeaderboardConfig(name="end", experiment="search", metric="loss", stat="last"),
    )  # fmt: skip
    own = SiteConfig(title="Leading", pages=folder / "pages")
    paper = PaperConfig(name="rates", rows="optim", metrics=("acc",))
    out = folder / "site"
    config = Config(store=store.path, out=out, site=own, leaderboards=boards, papers=(paper,))
    return build(config).out


def words(site: Path, path: str) -> Words:
    return Words((site / path).read_text("utf-8"))


def test_names_of_groups_are_short_and_never_two_alike() -> None:
    def number(*texts: str) -> list[list[tuple[str, bool]]]:
        return [[(text, True)] for text in texts]

    names = group_labels(["lr"], number(str(THIRD), "1e-05", "0.00012345678901", "0.1", "64"))
    assert names == ["lr=0.3", "lr=1e-5", "lr=0.00012346", "lr=0.1", "lr=64"]
    alike = group_labels(["lr"], number(str(THIRD), "0.3", "0.12345678", "0.12345679", "1e-05"))
    assert alike == [f"lr={THIRD}", "lr=0.3", "lr=0.12345678", "lr=0.12345679", "lr=1e-5"]
    # A text that looks like a number is none, and a whole number keeps its digits.
    assert number_names([64.0, 1e-05, 0.12345678, 0.12345679]) == {
        64.0: "64", 1e-05: "1e-5", 0.12345678: "0.12345678", 0.12345679: "0.12345679",
    }  # fmt: skip
    assert group_labels(["v"], [[("1.1000000000", False)], [("20261122", True)]]) == [
        "v=1.1000000000",
        "v=20261122",
    ]


def test_of_a_long_name_what_tells_groups_apart_stays() -> None:
    rows = [[(LONG, False), (str(rate), True), (f"{LONG}/{at}", False)] for at, rate in
            enumerate((0.1, THIRD))]  # fmt: skip
    assert group_labels(["model", "optim.lr", "data.path"], rows) == [
        "lr=0.1, path=a-very-lo…y-reads/0",
        "lr=0.3, path=a-very-lo…y-reads/1",
    ]
    assert group_labels(["a.lr", "b.lr"], [[(LONG, False), ("1", True)]] * 2)[0].startswith(
        "a.lr=a-very-lo…"
    )


def test_a_group_is_called_the_same_everywhere_and_exactly_for_programs(site: Path) -> None:
    exact = f"optim={THIRD}, model={LONG}"
    board = words(site, "leaderboards/rates.html")
    assert board.text.count("optim=0.3") >= 1 and str(THIRD) not in board.text.split("SELECT")[0]
    assert exact in board.titles
    front = words(site, "index.html").text
    assert "optim=0.3 leads rates with acc 0.915" in front and str(THIRD) not in front
    badge = json.loads((site / "badges/leaderboards/rates.json").read_text("utf-8"))
    assert badge["message"] == "acc 0.915 (optim=0.3)"
    paper = (site / "paper.html").read_text("utf-8")
    assert "0.3 &amp; " in paper and "1e-5 &amp; " in paper and str(THIRD) not in paper
    assert str(THIRD) not in (site / "feed.json").read_text("utf-8")
    record = json.loads((site / "leaderboards/rates.json").read_text("utf-8"))
    assert record["rows"][0]["name"] == exact
    data = next((site / "data/boards").glob("rates-*.js")).read_text("utf-8")
    assert '"by":["p:optim","p:model"]' in data and exact in data


def test_who_ties_is_said_wherever_a_leader_is_named(site: Path) -> None:
    front = words(site, "index.html").text
    assert "rate-0-1 and 2 others tie on runs with acc 0.93" in front
    assert "Best acc 0.93 rate-0-1 and 2 others tie" in front
    assert "rate-0-1 and 2 others tie Higher is better." in front
    badge = json.loads((site / "badges/leaderboards/runs.json").read_text("utf-8"))
    assert badge["message"] == "acc 0.93 (rate-0-1 and 2 others)"
    metric = words(site, "metrics/acc.html").text
    assert "Best 0.93 rate-0-1 and 2 others tie Worst 0.70 trial-0 and 4 others tie" in metric
    assert metric.count(" =1 ") == 3 and " 4 rate-0-0 0.90 " in metric


def test_one_value_of_a_metric_counts_on_all_pages_and_is_told(site: Path) -> None:
    # By the last value trial-4 leads; by the best over all steps it would be trial-0.
    for path in ("experiments/search.html", "sweeps/search.html"):
        page = words(site, path)
        assert "Best loss (last) 0.5000 trial-4" in page.text, path
        assert "Metrics by each run's last value." in page.text, path
        html = (site / path).read_text("utf-8")
        assert html.count('<td class="num best">') == 1, path
        assert '</span><span class="value">0.5000</span>' in html, path
    assert (
        "each run's last value, as on the leaderboard end" in words(site, "metrics/loss.html").text
    )
    assert "acc last value" not in words(site, "experiments/search.html").text
    rates = words(site, "experiments/rates.html").text
    assert "Metrics by each run's best value over all steps." in rates


def test_a_sweep_tells_how_sure_its_means_are_and_what_was_not_tried(site: Path) -> None:
    page = words(site, "sweeps/search.html").text
    assert "lr Mean 95% interval Best Best run Runs 0.3 " in page
    # Student's t for the last losses 0.9, 0.7 and 0.5 of the first rate: 0.7 ± 4.303 · 0.2 / √3
    assert "0.3 0.7000 0.2032 to 1.1968 0.5000 trial-4 3" in page
    assert "one run" in page
    assert "Combinations without a value" in page and "1 of 6" in page and "2 × 1" in page
