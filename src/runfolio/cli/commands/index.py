"""``runfolio index``: what was computed of the runs, made ready for the next command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from runfolio.cli.call import Call, config_option, json_option, pass_call, store_option

RUNNERS = ("process", "ray", "spark", "dask")


@click.command()
@click.option("--rebuild", is_flag=True, help="Throw the index away and make it anew.")
@click.option("--check", is_flag=True, help="Compare every view with a reader without index.")
@click.option(
    "--runner", type=click.Choice(RUNNERS), help="Let other processes or a cluster compute it."
)
@click.option("--workers", type=click.IntRange(1), help="How many at once [default: the cores].")
@click.option("--shard", metavar="I/N", help="Compute one of N shares of the runs, such as 3/8.")
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path), help="Copy the index to DIR as well."
)
@click.option(
    "--merge",
    metavar="DIR",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Take in what --out wrote to DIR; may be repeated.",
)
@json_option
@store_option
@config_option
@pass_call
def index(call: Call, /, rebuild: bool, check: bool, as_json: bool, **spread: Any) -> None:
    """Bring the index up to date, for the next command.

    \b
    runfolio index
    runfolio index --check
    runfolio index --runner ray

    Every command does this by itself; it lies in the store's .runfolio/ and may be removed at any
    time. RUNFOLIO_INDEX=0 does without.
    """
    from runfolio.cli.indexing import check_store, index_store

    if check:
        check_store(call, as_json=as_json)
    elif any(spread.values()):
        from runfolio.cli.spreading import Spread, spread_index

        spread_index(call, Spread(**spread), rebuild=rebuild, as_json=as_json)
    else:
        index_store(call, rebuild=rebuild, as_json=as_json)
