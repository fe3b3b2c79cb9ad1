"""The index of all runs, the data page, and the page for wrong addresses."""

from __future__ import annotations

import base64
import hashlib
import shlex
from collections.abc import Mapping, Sequence
from urllib.parse import quote, urlsplit

from runfolio.query.views import VIEWS
from runfolio.site.citing.croissant import PATH as CROISSANT
from runfolio.site.downloads import PUBLISHED, SUMS
from runfolio.site.gather.badges import badge_view, badges
from runfolio.site.gather.citing import cite_view
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.origins import source_rows
from runfolio.site.numbers import format_bytes, short_number
from runfolio.site.output import hashed_name
from runfolio.site.pages import DataPage, Link, NotFoundPage
from runfolio.site.payloads import script
from runfolio.site.render import CONTENT_POLICY
from runfolio.site.words import _

MOST_BADGES = 12
_FORMS = {"parquet": "Parquet", "csv": "CSV", "json": "JSON"}


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
    hashed = base64.b64encode(hashlib.sha256(_LOST_STYLE.encode()).digest()).decode()
    policy = CONTENT_POLICY.replace("style-src 'self'", f"style-src 'sha256-{hashed}'")
    return NotFoundPage(
        path="404.html",
        title=_("Page not found"),
        site=context.site,
        root=root,
        style=_LOST_STYLE,
        policy=policy,
    )


#: For the page that a host shows at any depth, and that opens from disk: it loads nothing.
_LOST_STYLE = (
    ":root{color-scheme:light dark}"
    "body{margin:0;background:light-dark(#f6f7f9,#0e1116);color:light-dark(#171a21,#e8ebf0);"
    "font:1rem/1.5 Inter,system-ui,-apple-system,'Segoe UI',Roboto,sans-serif}"
    "main{max-width:34rem;margin:0 auto;padding:18vh 1rem 3rem;text-align:center}"
    "h1{font-size:1.625rem;line-height:1.25;margin:0 0 .75rem}"
    "p{margin:.5rem 0;color:light-dark(#565e6c,#a3acba)}"
    "a{color:light-dark(#2b4aba,#93a9f2)}"
    "a:focus-visible{outline:2px solid;outline-offset:3px}"
)


def data_page(
    context: Context,
    files: Sequence[tuple[str, int, str]],
    sums: bytes,
    left_out: Sequence[str] = (),
    linked: str = "",
) -> DataPage:
    """The site as a dataset; ``files`` are (path, bytes, what it is), ``sums`` their checksums.

    ``left_out``: what the store has and the site has not; ``linked`` is the JSON-LD that
    describes it.
    """
    paths = {path for path, _size, _words in files}
    tables = tuple(
        (view.name, _(view.help), tuple((c.name, c.type, _(c.help)) for c in view.columns))
        for view in VIEWS
        if view.name in PUBLISHED[:4]
        or (view.name in PUBLISHED and f"data/{view.name}.parquet" in paths)
    )
    points = "data/metrics.parquet" in paths
    return DataPage(
        path="data.html",
        title=_("Data"),
        site=context.site,
        description=_(
            "Everything on this site as Parquet, CSV and JSON, with the meaning of each column."
        )
        if files
        else _("What programs can read of this site."),
        files=_forms(files),
        left_out=tuple(left_out),
        sums=SUMS,
        digest=hashlib.sha256(sums).hexdigest(),
        verify=_verify(context),
        sources=source_rows(context),
        license=context.work.license,
        citation=context.config.site.citation,
        cite=cite_view(context),
        linked_html=linked,
        croissant=CROISSANT if files and not context.site.empty else "",
        badges=tuple(badge_view(context, badge) for badge in badges(context)[:MOST_BADGES]),
        tables=tables if files else (),
        snippets=_snippets(context, points) if files else (),
    )


def _forms(files: Sequence[tuple[str, int, str]]) -> tuple[tuple[str, str, tuple[Link, ...]], ...]:
    """The files by what they are: one of a name and words may come in several forms."""
    found: dict[tuple[str, str], list[Link]] = {}
    for path, size, words in files:
        name, _dot, suffix = path.removeprefix("data/").rpartition(".")
        name = "wide" if path == "data/runs.csv" else name  # as SQL calls it
        link = Link(path, _FORMS.get(suffix, suffix), format_bytes(size))
        found.setdefault((name, words), []).append(link)
    return tuple((name, words, tuple(links)) for (name, words), links in found.items())


def _verify(context: Context) -> str:
    """A command that says whether the files are whole."""
    if not context.site.url:
        return "cd data && sha256sum --check SHA256SUMS"
    names = "{SHA256SUMS,runs.parquet,params.parquet,summary.parquet}"
    root = shlex.quote(f"{context.site.url}data/")
    return f"curl --remote-name-all {root}{names}\nsha256sum --check --ignore-missing SHA256SUMS"


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
        f"SELECT name, max({value}) AS best",
        f"FROM '{base}/{table}.parquet'",
        f"JOIN '{base}/runs.parquet' USING (run_id)",
        f"WHERE key = '{key}'",
        "GROUP BY name ORDER BY best",
    )
    shell = "\n  ".join(query)
    shell = shell.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$").replace("`", "\\`")
    lines = "\n".join(f"    {line + ' '!r}" for line in query[:-1])
    return (
        (_("DuckDB in a shell"), f'duckdb -c "\n  {shell}"'),
        (
            _("Python with DuckDB"),
            f"import duckdb\n\nprint(duckdb.sql(\n{lines}\n    {query[-1]!r}\n))",
        ),
        (
            "pandas",
            "import pandas as pd\n\n"
            f'runs = pd.read_parquet("{base}/runs.parquet")\n'
            f'{table} = pd.read_parquet("{base}/{table}.parquet")\n'
            f'both = {table}.merge(runs, on="run_id")\n'
            f'print(both.groupby(["name", "key"])["{value}"].max())',
        ),
        (
            "Polars",
            "import polars as pl\n\n"
            f'runs = pl.read_parquet("{base}/runs.parquet")\n'
            f'summary = pl.read_parquet("{base}/summary.parquet")\n'
            'both = summary.join(runs, on="run_id")\nprint(both.select("name", "key", "last"))',
        ),
    )
