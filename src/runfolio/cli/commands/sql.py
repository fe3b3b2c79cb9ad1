"""``runfolio sql``: questions in SQL."""

from __future__ import annotations

from pathlib import Path

import click

from runfolio.cli.call import (
    Call,
    as_of_option,
    config_option,
    json_option,
    pass_call,
    store_option,
)
from runfolio.cli.formats import FORMATS
from runfolio.cli.sizes import SIZE

ENGINES = ("duckdb", "datafusion", "polars", "spark")


@click.command()
@click.argument("query", metavar="[QUERY]", required=False)
@click.option(
    "-f", "--file", metavar="FILE", help="Read the query from FILE (- for standard input)."
)
@click.option(
    "--format",
    type=click.Choice(FORMATS),
    help="How to write the answer [default: by the ending of --output, else table].",
)
@click.option("-o", "--output", metavar="FILE", help="Write the answer to FILE.")
@click.option(
    "--schema", is_flag=True, help="Explain the views and their columns (QUERY: one view)."
)
@click.option(
    "--views", is_flag=True, help="Print the views as SQL for --engine, without runfolio."
)
@click.option(
    "--engine",
    type=click.Choice(ENGINES),
    default="duckdb",
    show_default=True,
    help="Which program the --views are for.",
)
@click.option(
    "--files", is_flag=True, help="List the Parquet files that hold each fact exactly once."
)
@click.option(
    "--rest",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="With --files or --views: write what only journals hold to FILE, and use it too.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    metavar="SECONDS",
    help="Stop a statement that takes longer.",
)
@click.option(
    "--memory",
    type=SIZE,
    metavar="SIZE",
    help="Stop a statement that takes more memory, such as 2GB (on Linux).",
)
@as_of_option
@json_option
@store_option
@config_option
@pass_call
def sql(
    call: Call,
    query: str | None,
    file: str | None,
    format: str | None,
    output: str | None,
    schema: bool,
    views: bool,
    engine: str,
    files: bool,
    rest: Path | None,
    timeout: float | None,
    memory: int | None,
    as_json: bool,
) -> None:
    """Ask the store in SQL (DuckDB's dialect), read-only.

    \b
    runfolio sql "SELECT name, max FROM summary JOIN runs USING (run_id) WHERE key = 'val/accuracy'"
    runfolio sql "FROM leaderboard('digits')" --format markdown
    runfolio sql -f table.sql -o table.tex --timeout 10 --memory 2GB

    Without a query it reads standard input; on a terminal it opens a prompt with completion.
    """
    from runfolio.cli import asking, porting

    if schema:
        return asking.print_schema(query or "", as_json=as_json)
    if views:
        return porting.print_views(call, engine, rest, as_json=as_json)
    if files:
        return porting.print_files(call, rest, as_json=as_json)
    chosen = asking.chosen_format(format, output, as_json=as_json)
    text = asking.query_text(query, file)
    limits = asking.limits(timeout, memory)
    if text is None:
        return asking.open_prompt(call, limits)
    asking.answer(call.store, text, chosen, Path(output) if output else None, limits)
