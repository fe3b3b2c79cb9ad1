"""Lists of runs: all of them, and those with a tag."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from runfolio.query.rows import Run
from runfolio.site.gather.context import (
    FIRST_ROWS,
    Context,
    DataFile,
    LatePages,
    compute_tile,
    counted,
    runs_tile,
    table_file,
)
from runfolio.site.gather.shown import shown_key
from runfolio.site.gather.tables import counted_by, list_table
from runfolio.site.material import shown_time, tag_name
from runfolio.site.pages import Link, Page, RunListPage, Tile
from runfolio.site.words import _

SQL_ALL = "SELECT * FROM wide ORDER BY started DESC"


def list_pages(context: Context) -> Iterator[LatePages]:
    """All pages that list runs, each with the data file of its table."""
    everything = list(context.material.runs)
    title, sql = _("All runs"), SQL_ALL
    yield _list_page(context, "runs/index.html", "runs", title, "runs", everything, sql)
    for name in context.material.tag_names:
        yield _tag_page(context, name)


def quoted(text: str) -> str:
    """``text`` as a string of SQL."""
    return "'" + text.replace("'", "''") + "'"


def _tag_page(context: Context, name: str) -> LatePages:
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
        crumbs=(Link("tags/index.html", _("Tags")),),
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
) -> LatePages:
    def make() -> tuple[DataFile, Page]:
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
            links=(),
            facets=table.facets(),
            heads=table.heads(),
            rows=table.rows(FIRST_ROWS),
            total=len(ids),
            slug=slug,
            data_path=data.path,
            counted_by=counted_by(context.material, table),
            sql=sql,
        )
        return data, page

    return LatePages(path, shown_key(context, ids, path, slug, title), make)


def _tiles(runs: list[Run]) -> tuple[Tile, ...]:
    if not runs:
        return ()
    last = max(run.started for run in runs)
    first = min(run.started for run in runs)
    return (
        runs_tile(runs),
        compute_tile(runs),
        Tile(_("First run"), shown_time(first)),
        Tile(_("Last run"), shown_time(last)),
    )


def tag_row(context: Context, name: str) -> tuple[Link, tuple[str, ...]]:
    """A tag in the list of all."""
    found = [
        (run, tag)
        for run in context.runs(context.material.by_tag[name])
        for tag in run.tags
        if tag_name(tag) == name
    ]
    values = {tag for _, tag in found}
    texts = (
        f"{len({run.run_id for run, _ in found}):,}",
        f"{len(values):,}" if values != {name} else "",
        shown_time(max(run.started for run, _ in found)),
    )
    return Link(context.tag_paths[found[0][1]], name), texts
