"""Where a run stands among the others: rank, reference, neighbours, and how it went."""

from __future__ import annotations

from runfolio.query.rows import Run, Summary
from runfolio.site.gather.context import Context, listed
from runfolio.site.gather.tables import interest
from runfolio.site.material import Board, Material, better, shown_time
from runfolio.site.numbers import format_duration, format_number, short_number
from runfolio.site.pages import Link, RunRef, Tile
from runfolio.site.words import _

MOST_RELATED = 30
HEADLINES = 3
#: Pages say the rank of a run up to here and never of how many: else each new run would change
#: the pages of all the others.
LAST_RANK = 50


def reference_of(context: Context, run: Run, board: Board | None) -> tuple[RunRef | None, str]:
    """The run to compare with: the best one; for the best one the baseline, or the second."""
    if board is None:
        return None, "best"
    refs = context.material.refs
    ranked = [place.run_id for place in board.ranked[:2]]
    if ranked and ranked[0] != run.run_id:
        return refs[ranked[0]], "best"
    if board.baseline and board.baseline != run.run_id:
        return refs.get(board.baseline), "baseline"
    return (refs[ranked[1]], "second best") if len(ranked) > 1 else (None, "best")


def neighbours(context: Context, run: Run, board: Board | None) -> tuple[Link | None, Link | None]:
    """The runs before and after by rank, or by start where there is no rank."""
    place, ids = context.material.order[run.run_id]
    own = board.ranks.get(run.run_id) if board else None

    def link(at: int) -> Link | None:
        if not 0 <= at < len(ids):
            return None
        ref = context.material.refs[ids[at]]
        rank = board.ranks.get(ids[at], LAST_RANK + 1) if board else LAST_RANK + 1
        return Link(
            ref.path, f"#{rank}" if rank <= LAST_RANK and rank != own else ref.name, ref.name
        )

    return link(place - 1), link(place + 1)


def run_tiles(
    context: Context,
    run: Run,
    board: Board | None,
    reference: RunRef | None,
    word: str,
    machine: str,
) -> tuple[Tile, ...]:
    material = context.material
    summary = material.summary.get(run.run_id, {})
    primary = board.metric if board else ""
    first = (primary, *board.metrics) if board and board.chosen else (primary,)
    others = sorted(summary, key=lambda key: (*interest(material, key, primary), key))
    keys = [key for key in dict.fromkeys([*first, *others]) if key in summary][:HEADLINES]
    tiles = []
    for key in keys:
        note = _best_note(material, key, summary[key])
        last = summary[key].last
        shown = material.shown(key, None if last is None else short_number(last, 6))
        tiles.append(Tile(material.title_of(key), shown or _("not finite"), note))
    delta = delta_to(context, board, run, reference)
    if board and reference and delta:
        digits = material.digits_of(board.metric)
        tone = "good" if delta * board.direction > 0 else "bad"
        text = ("+" if delta > 0 else "") + format_number(short_number(delta, 4), digits)
        tiles.append(Tile(_("vs {run}", run=_(word)), text, reference.name, reference.path, tone))
    tiles.append(Tile(_("Duration"), format_duration(run.seconds), machine))
    return tuple(tiles)


def _best_note(material: Material, key: str, summary: Summary) -> str:
    direction = material.directions.get(key, 0)
    best, step = better(summary, direction)
    if best is None or step is None or summary.points == 1:
        return ""
    at = format_number(step, 0)
    if not direction:
        return _("at step {n}", n=at)
    return _("best {value} at step {n}", value=material.shown(key, short_number(best, 6)), n=at)


def delta_to(
    context: Context, board: Board | None, run: Run, reference: RunRef | None
) -> float | None:
    if board is None or reference is None:
        return None
    mine = context.material.value_of(board, run.run_id)
    other = context.material.value_of(board, reference.id)
    return None if mine is None or other is None else mine - other


def banner(context: Context, run: Run) -> tuple[str, str]:
    """What one must know before reading on, a line each, and its tone: bad, warn or info."""
    lost = context.material.diverged.get(run.run_id, ())
    error = _("Failed: {error}", error=run.error) if run.error else _("Failed.")
    told = {
        "running": _("It was running when this page was made: what stands here is how far it was."),
        "failed": error,
        "killed": _("Killed: the process was gone before the run could end."),
        "stalled": _("Stalled: it has given no sign of life for a while, and no end was logged."),
    }.get(run.status, "")
    if run.origin and run.status == "running":
        told = _("It was running when this copy was made: what stands here is how far it was.")
    elif run.origin and run.status == "stalled":
        told = _("It had not ended when this copy of it was made.")
    tone = {"running": "info", "killed": "warn", "stalled": "warn"}.get(run.status, "bad")
    if lost:
        names = listed(lost[:3])
        words = _("Diverged: {metrics} ended in NaN or infinity.", metrics=names)
        told = f"{told}\n{words}".strip()
        tone = "bad"
    if run.dropped:
        words = _("{n} points were lost, for instance to a full disk.", n=f"{run.dropped:,}")
        told, tone = f"{told}\n{words}".strip(), "bad"
    return told, tone


def status_note(context: Context, run: Run) -> str:
    if run.status == "running":
        return _("as of {time}", time=newest(context, run))
    return _("exit code {code}", code=run.exit_code) if run.exit_code else ""


def newest(context: Context, run: Run) -> str:
    """The time of the newest thing that the page shows of the run."""
    found = context.material.summary.get(run.run_id, {}).values()
    times = [run.started, *(each.last_time for each in found), *([run.ended] if run.ended else [])]
    return f"{shown_time(max(times))} UTC"


def crumbs(context: Context, run: Run, board: Board | None) -> tuple[Link, ...]:
    if board:
        return (Link(board.path, board.title),)
    return (Link(context.experiment_paths[run.experiment], run.experiment),)


def rank_of(run: Run, board: Board | None) -> str:
    if board is None:
        return ""
    rank = board.ranks.get(run.run_id)
    if rank is None:
        return _("not ranked")
    return f"#{rank}" if rank <= LAST_RANK else ""


def description_of(context: Context, run: Run, board: Board | None) -> str:
    value = context.material.value_of(board, run.run_id) if board else None
    if board is None or value is None:
        return _("A {status} run of {experiment}.", status=_(run.status), experiment=run.experiment)
    shown = context.material.shown(board.metric, short_number(value, 6))
    return _(
        "A {status} run of {experiment}: {metric} {value}.",
        status=_(run.status),
        experiment=run.experiment,
        metric=board.metric,
        value=shown,
    )


def related(context: Context, ids: tuple[str, ...]) -> tuple[RunRef, ...]:
    return tuple(context.material.refs[run_id] for run_id in ids[:MOST_RELATED])
