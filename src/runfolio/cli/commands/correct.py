"""``runfolio rename``, ``drop``, ``undo``, ``metric`` and ``purge``: correct what was logged."""

from __future__ import annotations

import click

from runfolio.cli.call import (
    Call,
    complete_run,
    config_option,
    pass_call,
    run_argument,
    store_option,
)

yes_option = click.option("--yes", is_flag=True, help="Do not ask.")
dry_run_option = click.option("--dry-run", is_flag=True, help="Only say what would go.")


@click.command()
@run_argument
@click.argument("new", metavar="NEW_NAME")
@click.option("--metric", metavar="OLD", help="Rename this metric of the run, not the run.")
@click.option("--experiment", "move", is_flag=True, help="NEW_NAME is the run's new experiment.")
@yes_option
@store_option
@config_option
@pass_call
def rename(call: Call, run: str, new: str, metric: str | None, move: bool, yes: bool) -> None:
    """Rename a run or a metric, or move runs to an experiment.

    \b
    runfolio rename umber-otter-54 "baseline, 3 layers"
    runfolio rename umber-otter-54 val/accuracy --metric acc
    runfolio rename experiment:digits mnist --experiment       (RUN may be a filter)

    runfolio undo RUN takes it back.
    """
    from runfolio.cli import correcting

    correcting.rename(call, run, new, metric, move=move, yes=yes)


@click.command()
@run_argument
@click.argument("metric")
@click.option("--steps", metavar="A..B", help="The points from step A to B; A.., ..B and A too.")
@click.option("--where", default="", metavar="SQL", help="The points that match, as 'value > 10'.")
@click.option("--all", "every", is_flag=True, help="All points of the metric.")
@dry_run_option
@yes_option
@store_option
@config_option
@pass_call
def drop(
    call: Call,
    run: str,
    metric: str,
    steps: str | None,
    where: str,
    every: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Take points of a metric away; the history keeps them.

    \b
    runfolio drop umber-otter-54 loss --steps 100..200
    runfolio drop umber-otter-54 loss --where "value > 10"

    Points that are logged later stay. runfolio undo RUN brings dropped points back.
    """
    from runfolio.cli.correcting import drop_points

    drop_points(call, run, metric, steps=steps, where=where, every=every, dry_run=dry_run, yes=yes)


@click.command()
@run_argument
@click.argument("change", required=False)
@store_option
@config_option
@pass_call
def undo(call: Call, run: str, change: str | None) -> None:
    """Take back a rename or a drop: the newest, or CHANGE.

    \b
    runfolio undo umber-otter-54
    runfolio undo umber-otter-54 6ef9f8

    runfolio log RUN shows what each CHANGE is called.
    """
    from runfolio.cli.correcting import undo_change

    undo_change(call, run, change)


@click.command()
@run_argument
@click.argument("pairs", nargs=-1, required=True, metavar="NAME=VALUE...")
@click.option("--step", type=int, metavar="N", help="The step that the values belong to.")
@store_option
@config_option
@pass_call
def metric(call: Call, run: str, pairs: tuple[str, ...], step: int | None) -> None:
    """Add metrics to a run, also after its end.

    \b
    runfolio metric umber-otter-54 test/accuracy=0.931 test/loss=0.21

    The run stays as it ended; the history says who added them.
    """
    from runfolio.cli.correcting import add_metrics

    add_metrics(call, run, pairs, step)


@click.command()
@click.argument("runs", nargs=-1, metavar="[RUN]...", shell_complete=complete_run)
@click.option("--all", "every", is_flag=True, help="All runs in the trash.")
@click.option("--reason", default="", metavar="TEXT", help="Why; it is kept with the run's name.")
@dry_run_option
@yes_option
@store_option
@config_option
@pass_call
def purge(
    call: Call, runs: tuple[str, ...], every: bool, reason: str, dry_run: bool, yes: bool
) -> None:
    """Remove runs of the trash for good.

    The only command that removes what was logged: the facts of the run, and contents that no
    other run has. Who did it, when and why stays, and hides copies of the run that come back.
    A run goes into the trash first, so that a mistyped name removes nothing.

    \b
    runfolio purge umber-otter-54 --reason "private data" --dry-run
    runfolio purge --all --yes
    """
    from runfolio.cli.correcting import purge_runs

    purge_runs(call, runs, every=every, reason=reason, dry_run=dry_run, yes=yes)
