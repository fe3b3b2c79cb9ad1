"""``runfolio compact``: keep a store small."""

from __future__ import annotations

import click

from runfolio.cli.call import Call, config_option, json_option, pass_call, store_option
from runfolio.store.clean import GRACE_SECONDS


@click.command()
@click.option("--dry-run", is_flag=True, help="Only tell what would be done.")
@click.option(
    "--grace",
    type=click.FloatRange(min=0),
    show_default=False,
    metavar="SECONDS",
    default=GRACE_SECONDS,
    help="How long files stay that a pack stands for: readers may have just found them "
    f"[default: {GRACE_SECONDS:.0f}].",
)
@json_option
@store_option
@config_option
@pass_call
def compact(call: Call, dry_run: bool, grace: float, as_json: bool) -> None:
    """Gather the small files of finished runs into a few large ones.

    \b
    runfolio compact --dry-run
    runfolio compact

    Every answer stays the same. It may run at any time, also while runs are logged and read, and
    does nothing where there is nothing to gain.
    """
    from runfolio.cli.compacting import compact_store

    compact_store(call, dry_run=dry_run, grace=grace, as_json=as_json)
