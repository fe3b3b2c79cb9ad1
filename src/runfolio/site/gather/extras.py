"""The index of all runs, the data page, and the page for wrong addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from runfolio.query.views import VIEWS
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.numbers import format_bytes, short_number
from runfolio.site.output import hashed_name
from runfolio.site.pages import DataPage, Link, NotFoundPage
from runfolio.site.payloads import script

#: The views that are published as files, and so explained on the data page.
PUBLISHED = ("runs", "params", "summary", "metrics")


def index_file(context: Context, data_paths: Mapping[str, str], pages: Sequence[Link]) -> DataFile:
    """The index of all runs, the newest first, for search and compare."""
    material = context.material
    runs = sorted(material.runs.values(), key=lambda run: (run.started, run.run_id), reverse=True)
    rows = []
    for run in runs:
        board = material.board_of.get(run.run_id)
        value = material.value_of(board, run.run_id) if board else None
        primary = None if value is None else short_number(value, 6)
        path = data_paths[run.run_id]
        rows.append([run.run_id, run.name, run.experiment, run.status, primary, path])
    payload = {
        "v": 1,
        "metric": material.boards[0].metric if material.boards else None,
        "runs": rows,
        "boards": [[board.title, board.path] for board in material.boards],
        "pages": [[link.text, link.path] for link in pages],
    }
    data = script("index", "site", payload)
    return DataFile(hashed_name("data/index.js", data), data)


def not_found_page(context: Context) -> NotFoundPage:
    """What a static host shows for a wrong address."""
    url = context.config.site.url
    root = quote(urlsplit(url).path.rstrip("/") + "/", safe="/%~") if url else ""
    return NotFoundPage(path="404.html", title="Page not found", site=context.site, root=root)


def data_page(context: Context, files: Sequence[tuple[str, int, str]]) -> DataPage:
    """The site as a dataset; ``files`` are (path, bytes, what it is)."""
    listed = tuple(
        (Link(path, path.removeprefix("data/")), format_bytes(size), words)
        for path, size, words in files
    )
    tables = tuple(
        (view.name, view.help, tuple((c.name, c.type, c.help) for c in view.columns))
        for view in VIEWS
        if view.name in PUBLISHED
    )
    return DataPage(
        path="data.html",
        title="Data",
        site=context.site,
        description="Everything on this site as Parquet and CSV, with the meaning of each column.",
        files=listed,
        tables=tables,
        snippets=_snippets(context, any(path == "data/metrics.parquet" for path, _, _ in files)),
    )


def _snippets(context: Context, points: bool) -> tuple[tuple[str, str], ...]:
    """Ways to read the files that work as they stand, from the site's folder or its address.

    ``points`` says whether every point is there, or the summaries alone.
    """
    url = context.config.site.url.rstrip("/")
    base = f"{url}/data" if url else "data"
    metric = context.material.boards[0].metric if context.material.boards else "loss"
    key = metric.replace("'", "''")
    table, value = ("metrics", "value") if points else ("summary", "max")
    query = (
        f"SELECT name, max({value}) AS best FROM '{base}/{table}.parquet' "
        f"JOIN '{base}/runs.parquet' USING (run_id) WHERE key = '{key}' GROUP BY name ORDER BY best"
    )
    shell = query.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    return (
        ("DuckDB in a shell", f'duckdb -c "{shell}"'),
        ("Python with DuckDB", f"import duckdb\n\nprint(duckdb.sql({query!r}))"),
        (
            "pandas",
            "import pandas as pd\n\n"
            f'runs = pd.read_parquet("{base}/runs.parquet")\n'
            f'{table} = pd.read_parquet("{base}/{table}.parquet")\n'
            f'print({table}.merge(runs, on="run_id").groupby(["name", "key"])["{value}"].max())',
        ),
        (
            "Polars",
            "import polars as pl\n\n"
            f'runs = pl.read_parquet("{base}/runs.parquet")\n'
            f'summary = pl.read_parquet("{base}/summary.parquet")\n'
            'print(summary.join(runs, on="run_id").select("name", "key", "last"))',
        ),
    )
