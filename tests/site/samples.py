"""One page of each kind, made by hand, small, with the texts that a test asks for."""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.site.names import color_of
from runfolio.site.pages import (
    BadgeView,
    BoardCard,
    BrowsePage,
    Changed,
    Chart,
    Entry,
    ExperimentCard,
    Fact,
    FrontRow,
    IndexPage,
    LeaderboardPage,
    Link,
    Moved,
    OverviewPage,
    Page,
    RankMove,
    RecordCard,
    RecordRow,
    RunListPage,
    RunRef,
    SearchPage,
    Sheet,
    Site,
    ThingPage,
    Tile,
)
from runfolio.site.render import templates_folder
from runfolio.site.sparkline import bars, spark, still
from runfolio.site.table import Column, RunTable

#: Single scripts and bundles: bundles have names of scripts, too.
SCRIPTS = [path.name for path in (templates_folder() / "static" / "js").glob("*.js")]
ASSETS = ["site.css", "vega.js", "charts-data.js", *SCRIPTS]
STATUSES = ("finished", "running", "failed", "killed", "stalled")


def site(text: str = "digits", *, empty: bool = False) -> Site:
    """What all sample pages share."""
    nav = (
        Link("index.html", "Overview"),
        Link("leaderboards/digits.html", "Leaderboard"),
        Link("runs/index.html", "Runs"),
    )
    more = (Link("models/index.html", text, text),)
    assets = {name: f"assets/{name}" for name in ASSETS}
    feeds = (Link("feed.xml", text, "application/atom+xml"),)
    return Site(
        text,
        text,
        "0.1.0",
        "1a2b3c4d",
        "2026-11-21 07:52 UTC",
        nav,
        assets,
        more=more,
        empty=empty,
        feeds=feeds,
    )


def table(text: str = "model-a", runs: int = 5) -> RunTable:
    """Runs in rank order, with a column of every kind; the last one has no value."""
    ids = [f"2026110{i + 1}-100000-aaaaa{i}" for i in range(runs)]
    scores = [*(0.95 - i / 100 for i in range(runs - 1)), None]
    names = [text if i == 0 else f"run-{i}" for i in range(runs)]
    columns = (
        Column("run", "Run", "run", names),
        Column("m:acc", "acc", "num", scores, "Metrics", 1, bar=True, title="best value of acc"),
        Column("trend", "Trend", "spark", [spark([0.1, 0.5, 0.7 + i / 100]) for i in range(runs)]),
        Column("status", "Status", "status", [STATUSES[i % 5] for i in range(runs)]),
        Column("tags", "Tags", "tags", [(text, "second", "third=1")[: i % 4] for i in range(runs)]),
        Column("p:model", "model", "cat", [text if i % 2 else "mlp" for i in range(runs)]),
        Column("p:why", text, "str", [f"{text} {i}" for i in range(runs)], "Parameters"),
        Column("p:lr", "lr", "num", [10.0**-i for i in range(runs)], "Parameters", show=False),
        Column("seconds", "Duration", "dur", [61.5 * (i + 1) for i in range(runs)]),
        Column("started", "Started", "time", [1763200000 + i * 7000 for i in range(runs)]),
    )
    refs = tuple(
        RunRef(run_id, name, f"runs/{run_id}.html", STATUSES[i % 5], text, color_of(run_id))
        for i, (run_id, name) in enumerate(zip(ids, names, strict=True))
    )
    paths = {text: "tags/x.html", "second": "tags/b.html", "third=1": "tags/c.html"}
    return RunTable("digits", refs, columns, "m:acc", (("m:acc", -1),), 1, paths)


def leaderboard(text: str = "digits", *, runs: int = 5) -> LeaderboardPage:
    """A leaderboard with both charts; ``runs=0`` has nothing to rank."""
    made = table(text, runs) if runs else None
    picture = still([0, 1, 2], [0.1, 0.5, 0.7])
    return LeaderboardPage(
        "leaderboards/digits.html",
        text,
        site(text),
        slug="digits",
        metric=text,
        why=text,
        description_html="<p>Described.</p>",
        tiles=(Tile(text, text, text, "runs/index.html", "good"),),
        progress=Chart("progress", "progress", text, text, text, picture, text, {"metric": text}),
        scatter=Chart("scatter", "scatter", text, svg_html=picture, data={"metric": text}),
        parallel=Chart("parallel", "parallel", text, data={"metric": text}),
        facets=made.facets() if made else (),
        heads=made.heads() if made else (),
        rows=made.rows(50) if made else (),
        ranks=made.ranks if made else (),
        total=runs,
        pareto=Chart("pareto", "pareto", text, text, svg_html=picture, data={"metric": text}),
        front_heads=(text, text),
        front=(FrontRow(made.runs[0], (text, text)),) if made else (),
        records=_records(text, made.runs) if made else (),
        older=3,
        versus=text,
        versus_how=text,
        uneven=text,
        constants=((text, text),),
        data_path="data/boards/digits.js",
        stats_path="data/boards/digits-stats.js",
        sql=text,
        badge=BadgeView("badges/runs.svg", text, text, "badges/runs.json"),
    )


def _records(text: str, runs: Sequence[RunRef]) -> tuple[RecordRow, ...]:
    changes = (Changed(text, text, text),)
    later = RecordRow(runs[1], text, text, text, changes, 2, text, text, text)
    return later, RecordRow(runs[0], text, text)


def run_list(text: str = "digits", word: str = "tag", runs: int = 5) -> RunListPage:
    """A list of runs with a tag."""
    made = table(text, runs) if runs else None
    return RunListPage(
        "tags/digits.html",
        text,
        site(text),
        crumbs=(Link("tags/index.html", text, text),),
        word=word,
        description_html="<p>Described.</p>",
        tiles=(Tile(text, text, text),),
        links=(Link("leaderboards/digits.html", text, text),),
        facets=made.facets() if made else (),
        heads=made.heads() if made else (),
        rows=made.rows(50) if made else (),
        total=runs,
        slug="tag-digits",
        data_path="data/boards/tag-digits.js",
        sql=text,
    )


def overview(text: str = "digits", *, empty: bool = False) -> OverviewPage:
    """The front page; an empty one has only its title."""
    if empty:
        return OverviewPage("index.html", text, site(text, empty=True))
    made = table(text)
    run = made.runs[0]
    card = Link("leaderboards/digits.html", text, text)
    return OverviewPage(
        "index.html",
        text,
        site(text),
        text,
        verdict=((text, "run"), (" leads ", ""), (text, "board")),
        intro_html="<p>Hello.</p>",
        tiles=(Tile(text, text, text, "runs/index.html"),),
        boards=(
            BoardCard(card, text, "max", "0.95", run, 5, text, text, spark([1, 2, 3])),
            BoardCard(card, text, "min", "", None, 0, text),
        ),
        moved=Moved(
            text,
            text,
            (RecordCard(card, text, run, "0.95", "0.9", run, "+0.05", text, text, text),),
            (
                RankMove(card, run, text, "#2", "#1", "0.95", True),
                RankMove(card, run, text, "", "", "", False),
            ),
            2,
            (run,),
            2,
        ),
        records=(
            RecordCard(card, text, run, "0.95", "0.9", run, "+0.05", text, text, text),
            RecordCard(card, text, run, "0.9"),
        ),
        queries=((text, text),),
        experiments=(ExperimentCard(card, 5, 3, 1, 1, "2026-11-15 14:00", text),),
        recent_heads=made.heads(),
        recent=made.rows(3),
        attention=((run, text),),
        reproducible=((text, 3, 5), ("nothing", 0, 0)),
        problems=(text,),
    )


def index(text: str = "digits", *, empty: bool = False) -> IndexPage:
    """A list of tags."""
    rows = () if empty else ((Link("tags/x.html", text, text), (text, "5")),)
    return IndexPage(
        "tags/index.html",
        text,
        site(text),
        word="tag",
        lead=text,
        how=text,
        heads=("Tag", text, "Runs"),
        kinds=("mono", "num"),
        rows=rows,
        others=(Link("tags/index.html", "1", text), Link("tags/index-2.html", "2", text)),
    )


def thing(text: str = "digits", *, bare: bool = False) -> ThingPage:
    """A thing's page with everything that it may show; a bare one has only its name."""
    if bare:
        return ThingPage("metrics/loss.html", text, site(text), word="Metric")
    made = table(text)
    run = made.runs[0]
    row = (
        Entry(text, "tags/x.html", note=text),
        Entry(run=run),
        Entry(text, kind="num", strong=True, share=40),
    )
    heads = (text, "Run", "Best")
    return ThingPage(
        "sweeps/digits.html",
        text,
        site(text),
        word=text,
        crumbs=(Link("sweeps/index.html", text),),
        lead=text,
        text_html="<p>Described.</p>",
        tiles=(Tile(text, text, text),),
        links=(Link("leaderboards/digits.html", text, text),),
        facts=(Fact(text, text, True, "../index.html", text), Fact(text, text)),
        pictures=(Chart("spread", "", text, text, text, bars([1, 2]), text),),
        parallel=Chart("parallel", "parallel", text, data={"metric": text}),
        sheets=(
            Sheet("best", text, heads, ("", "", "num"), (row,), text, Link("index.html", text)),
            Sheet("worst", text, heads, ("mono", "", "num"), ()),
        ),
        facets=made.facets(),
        heads=made.heads(),
        rows=made.rows(50),
        total=5,
        slug="sweep-digits",
        data_path="data/boards/sweep-digits.js",
        sql=text,
    )


def browse(text: str = "digits") -> BrowsePage:
    """The page of all kinds."""
    kinds = ((Link("runs/index.html", text), 1204, text), (Link("tags/index.html", text), 0, text))
    pages = (Link("data.html", text, text),)
    return BrowsePage("browse.html", text, site(text), text, kinds=kinds, pages=pages)


def search(text: str = "digits") -> SearchPage:
    """The search page."""
    return SearchPage("search.html", text, site(text), text, searched=("names", text))


def all_pages(text: str) -> list[Page]:
    """Every kind of page, full and empty."""
    return [
        overview(text),
        overview(text, empty=True),
        leaderboard(text),
        leaderboard(text, runs=0),
        run_list(text),
        run_list(text, runs=0),
        run_list(text, "runs", runs=0),
        index(text),
        index(text, empty=True),
        thing(text),
        thing(text, bare=True),
        browse(text),
        search(text),
    ]
