"""``runfolio check``: a verdict on the runs, for people and for continuous integration."""

from __future__ import annotations

from pathlib import Path

import click

from runfolio.cli.call import Call, config_option, json_option, pass_call, store_option

FORMATS = ("text", "md", "json")


@click.command()
@click.option(
    "--checks",
    "folder",
    type=click.Path(path_type=Path),
    default=None,
    metavar="DIR",
    help="Folder of SQL files [default: checks, beside the configuration].",
)
@click.option(
    "--format", type=click.Choice(FORMATS), help="How to write the answer [default: text]."
)
@click.option(
    "--junit",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Also write a report that CI systems read.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="Longest time of one statement.",
)
@json_option
@store_option
@config_option
@pass_call
def check(
    call: Call,
    folder: Path | None,
    format: str | None,
    junit: Path | None,
    timeout: float,
    as_json: bool,
) -> None:
    """Say whether the runs are as they should be.

    \b
    runfolio check
    runfolio check --format md >> "$GITHUB_STEP_SUMMARY"

    Each [[check]] of runfolio.toml compares a metric, such as
    expect = "best val/accuracy >= baseline - 0.3 pt". Each file of checks/*.sql is a SELECT
    whose rows are violations. Exit code 1 if one fails.
    """
    from runfolio.cli.judging import judge_and_tell

    judge_and_tell(call, folder, "json" if as_json else format or "text", junit, timeout)
