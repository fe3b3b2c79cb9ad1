"""Lists of runs: all of them, those of an experiment, those with a tag; and the indexes of both."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from runfolio.query.rows import Run
from runfolio.site.gather.context import (
    FIRST_ROWS,
    Context,
    DataFile,
    compute_tile,
    counted,
    runs_tile,
    table_file,
)
from runfolio.site.gather.tables import list_table
from runfolio.site.material import shown_time, tag_name
from runfolio.site.pages import IndexPage, Link, Page, RunListPage, Tile

SQL_ALL = "SELECT * FROM wide ORDER BY started DESC"


def list_pages(context: Context) -> Iterator[tuple[Page, DataFile | None]]:
    """All pages that list runs, each with the data file of its table."""
    everything = list(context.material.runs)
    yield _list_page(context, "runs/index.html", "runs", "All runs", "runs", everything, SQL_ALL)
    for name in context.material.experiments:
        yield _experiment_page(context, name)
    for name in context.material.tag_names:
        yield _tag_page(context, name)
    yield _experiment_index(context), None
    yield _tag_index(context), None


def quoted(text: str) -> str:
    """``text`` as a string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _experiment_page(context: Context, name: str) -> tuple[RunListPage, DataFile]:
    ids = context.material.by_experiment[name]
    path = context.experiment_paths[name]
    return _list_page(
        context,
        path,
        f"experiment-{PurePosixPath(path).stem}",
        name,
        "experiment",
        ids,
        f"SELECT * FROM wide WHERE experiment = {quoted(name)} ORDER BY started DESC",
        crumbs=(Link("experiments/index.html", "Experiments"),),
        links=_board_links(context, ids),
    )


def _tag_page(context: Context, name: str) -> tuple[RunListPage, DataFile]:
    runs = context.runs(context.material.by_tag[name])
    path = next(context.tag_paths[tag] for tag in runs[0].tags if tag_name(tag) == name)
    return _list_page(
        context,
        path,
        f"tag-{PurePosixPath(path).stem}",
        name,
        "tag",
        [run.run_id for run in runs],
        "SELECT runs.*, value FROM tags JOIN runs USING (run_id) "
        f"WHERE tag = {quoted(name)} ORDER BY started DESC",
        crumbs=(Link("tags/index.html", "Tags"),),
    )


def _list_page(
    context: Context,
    path: str,
    slug: str,
    title: str,
    word: str,
    ids: Sequence[str],
    sql: str,
    *,
    crumbs: tuple[Link, ...] = (),
    links: tuple[Link, ...] = (),
) -> tuple[RunListPage, DataFile]:
    table = list_table(context, slug, ids)
    data = table_file(table)
    page = RunListPage(
        path=path,
        title=title,
        site=context.site,
        description=counted(len(ids), "run"),
        crumbs=crumbs,
        word=word,
        tiles=_tiles(context.runs(ids)),
        links=links,
        facets=table.facets(),
        heads=table.heads(),
        rows=table.rows(FIRST_ROWS),
        total=len(ids),
        slug=slug,
        data_path=data.path,
        sql=sql,
    )
    return page, data


def _tiles(runs: list[Run]) -> tuple[Tile, ...]:
    if not runs:
        return ()
    last = max(run.started for run in runs)
    first = min(run.started for run in runs)
    return (
        runs_tile(runs),
        compute_tile(runs),
        Tile("First run", shown_time(first)),
        Tile("Last run", shown_time(last)),
    )


def _board_links(context: Context, ids: Sequence[str]) -> tuple[Link, ...]:
    """The leaderboards that rank runs of the list."""
    wanted = set(ids)
    return tuple(
        Link(board.path, board.title, f"by {board.metric}")
        for board in context.material.boards
        if wanted & board.values.keys()
    )


def _experiment_index(context: Context) -> IndexPage:
    rows = []
    for name in context.material.experiments:
        runs = context.runs(context.material.by_experiment[name])
        states = [run.status for run in runs]
        counts = (states.count("finished"), states.count("failed") + states.count("killed"))
        texts = (
            f"{len(runs):,}",
            *(f"{count:,}" for count in counts),
            f"{states.count('running'):,}",
            shown_time(max(run.started for run in runs)),
        )
        rows.append((Link(context.experiment_paths[name], name), texts))
    return IndexPage(
        path="experiments/index.html",
        title="Experiments",
        site=context.site,
        word="experiment",
        heads=("Experiment", "Runs", "Finished", "Failed", "Running", "Last run"),
        rows=tuple(rows),
    )


def _tag_index(context: Context) -> IndexPage:
    rows = []
    for name in context.material.tag_names:
        found = [
            (run, tag)
            for run in context.runs(context.material.by_tag[name])
            for tag in run.tags
            if tag_name(tag) == name
        ]
        values = {tag for _, tag in found}
        path = context.tag_paths[found[0][1]]
        texts = (
            f"{len({run.run_id for run, _ in found}):,}",
            f"{len(values):,}" if values != {name} else "",
            shown_time(max(run.started for run, _ in found)),
        )
        rows.append((Link(path, name), texts))
    return IndexPage(
        path="tags/index.html",
        title="Tags",
        site=context.site,
        word="tag",
        heads=("Tag", "Runs", "Values", "Last run"),
        rows=tuple(rows),
    )
