"""``runfolio sql``: questions in SQL."""

from __future__ import annotations

from pathlib import Path

import click

from runfolio.cli.call import Call, config_option, json_option, pass_call, store_option
from runfolio.cli.formats import FORMATS


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
@click.option("--views", is_flag=True, help="Print the views as SQL for DuckDB without runfolio.")
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
    as_json: bool,
) -> None:
    """Ask the store in SQL (DuckDB's dialect), read-only.

    \b
    runfolio sql "SELECT name, max FROM summary JOIN runs USING (run_id) WHERE key = 'val/accuracy'"
    runfolio sql "FROM leaderboard('digits')" --format markdown
    runfolio sql -f table.sql -o table.tex

    Without a query it reads standard input; on a terminal it opens a prompt with completion.
    """
    from runfolio.cli import asking

    if schema:
        return asking.print_schema(query or "", as_json=as_json)
    if views:
        return asking.print_portable_views(call)
    chosen = asking.chosen_format(format, output, as_json=as_json)
    text = asking.query_text(query, file)
    if text is None:
        return asking.open_prompt(call)
    asking.answer(call.store, text, chosen, Path(output) if output else None)
