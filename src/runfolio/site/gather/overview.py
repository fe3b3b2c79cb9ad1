"""The front page: a verdict in words, value boxes, leaderboards, recent runs, what needs care."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import replace
from itertools import accumulate

from runfolio.query.diff import StoreDiff
from runfolio.query.rows import Run
from runfolio.query.sentence import Sentence
from runfolio.site.gather.boards import baseline_note, best_tile
from runfolio.site.gather.citing import cite_view
from runfolio.site.gather.context import (
    Context,
    compute_tile,
    counted,
    listed,
    runs_tile,
)
from runfolio.site.gather.leading import best_shown, leads, others_of
from runfolio.site.gather.lists import quoted
from runfolio.site.gather.overview_moved import moved_since
from runfolio.site.gather.overview_records import newest_records, record_card, shown_value
from runfolio.site.material import Board, Material, seconds_of, shown_time
from runfolio.site.pages import (
    BoardCard,
    ExperimentCard,
    Link,
    OverviewPage,
    RunRef,
    Tile,
)
from runfolio.site.sparkline import spark
from runfolio.site.table import Column, RunTable
from runfolio.site.words import _, pieces

RECENT = 10
MOST_ATTENTION = 8
MOST_RECORDS = 5
SPOKEN_BOARDS = 3
SPOKEN_QUERIES = 5
BAD = ("failed", "killed", "stalled")


def overview_page(
    context: Context,
    intro_html: str,
    reproducible: tuple[tuple[str, int, int], ...],
    diff: StoreDiff | None = None,
    snapshots: Sequence[Link] = (),
) -> OverviewPage:
    """The front page.

    ``intro_html`` is the description and what pages/index.md says; ``reproducible`` counts, for
    each item that a repetition needs, the runs that have it; ``diff`` is what differs since the
    moment that the configuration names; ``snapshots`` lead to the newest ones.
    """
    material = context.material
    runs = sorted(material.runs.values(), key=lambda run: (run.started, run.run_id), reverse=True)
    recent = _recent(context, runs[:RECENT])
    return OverviewPage(
        path="index.html",
        title=context.site.title,
        site=context.site,
        description=context.site.description,
        verdict=tuple(each for each in pieces(verdict(context)) if each[0]),
        moved=moved_since(context, diff),
        intro_html=intro_html,
        tiles=_tiles(context, runs),
        boards=tuple(_card(context, board) for board in material.boards),
        records=tuple(
            record_card(context, each) for each in newest_records(material, MOST_RECORDS)
        ),
        experiments=_experiments(context),
        recent_heads=recent.heads(),
        recent=recent.rows(RECENT),
        attention=_attention(context, runs),
        reproducible=reproducible,
        queries=_queries(material) if runs else (),
        problems=material.problems,
        cite=cite_view(context),
        snapshots=tuple(snapshots),
    )


def verdict(context: Context) -> str:
    """What a reader should know first, in one or two sentences."""
    material = context.material
    if not material.runs:
        return ""
    leaders = [leads(material, board) for board in material.boards if board.best]
    ends = _ends(material)
    if leaders and ends:
        return Sentence("{leaders}. {ends}", leaders=_leaders(leaders), ends=ends)
    if leaders:
        return Sentence("{leaders}.", leaders=_leaders(leaders))
    if len(material.runs) == 1:
        return _("1 run so far, and no metric to rank it by. {ends}", ends=ends).strip()
    n = f"{len(material.runs):,}"
    return _("{n} runs so far, and no metric to rank them by. {ends}", n=n, ends=ends).strip()


def _leaders(leaders: Sequence[Sentence]) -> Sentence:
    """The first of them one by one, the others by their number."""
    *some, last = leaders[:SPOKEN_BOARDS]
    told = last
    if some:
        before = functools.reduce(lambda one, two: Sentence("{one}, {two}", one=one, two=two), some)
        told = Sentence("{some} and {last}", some=before, last=last)
    more = len(leaders) - SPOKEN_BOARDS
    if more == 1:
        return Sentence("{leaders}; 1 more leaderboard is below", leaders=told)
    if more > 1:
        return Sentence("{leaders}; {n} more leaderboards are below", leaders=told, n=more)
    return told


def _ends(material: Material) -> str:
    bad = sum(run.status in BAD for run in material.runs.values())
    if not bad:
        return ""
    return _("{bad} of {n} runs did not finish.", bad=f"{bad:,}", n=f"{len(material.runs):,}")


def _tiles(context: Context, runs: Sequence[Run]) -> tuple[Tile, ...]:
    if not runs:
        return ()
    material = context.material
    tiles = [runs_tile(list(runs), "runs/index.html")]
    for board in material.boards[:1]:
        if board.best:
            tiles.append(best_tile(material, board))
    states = [run.status for run in runs]
    bad = sum(state in BAD for state in states)
    running = states.count("running")
    tiles.append(
        Tile(
            _("Did not finish"),
            f"{bad:,}",
            _("{n} running", n=f"{running:,}"),
            tone="bad" if bad else "",
        )
    )
    tiles.append(compute_tile(runs))
    newest = runs[0]
    path = material.refs[newest.run_id].path
    tiles.append(Tile(_("Last run"), shown_time(newest.started), newest.name, path))
    return tuple(tiles)


def _card(context: Context, board: Board) -> BoardCard:
    material = context.material
    gain, base = baseline_note(material, board)
    note = board.experiment if board.experiment and board.experiment != board.title else ""
    best = board.best
    return BoardCard(
        link=Link(board.path, board.title, note or ""),
        metric=material.title_of(board.metric),
        direction="max" if board.direction > 0 else "min",
        best=best_shown(material, board) if best else "",
        best_run=replace(material.refs[best.run_id], name=best.name) if best else None,
        tied=others_of([place.name for place in board.tied]),
        runs=len(board.run_ids),
        sentence=_best_of(board)
        if best
        else _("No run has logged {metric} yet.", metric=board.metric),
        baseline_note=_("{gain} against {run}", gain=gain, run=base) if gain else "",
        spark=spark(_best_so_far(material, board)),
    )


def _best_of(board: Board) -> str:
    """What is better, and of how many where these are not simply all runs."""
    up = board.direction > 0
    if not board.grouped and len(board.ranked) == len(board.run_ids):
        return _("Higher is better.") if up else _("Lower is better.")
    ranked = counted(len(board.ranked), "group" if board.grouped else "ranked run")
    if up:
        return _("Best of {what}, higher is better.", what=ranked)
    return _("Best of {what}, lower is better.", what=ranked)


def _best_so_far(material: Material, board: Board) -> list[float]:
    """The best value of a leaderboard after each of its rows, by when they began."""
    rows = sorted(
        (material.runs[place.run_id].started, place.run_id, place.value or 0.0)
        for place in board.ranked
    )
    values = [value for *_ignored, value in rows]
    return list(accumulate(values, max if board.direction > 0 else min))


def _experiments(context: Context) -> tuple[ExperimentCard, ...]:
    """Experiments, the one with the newest run first."""
    cards = []
    for name in context.material.experiments:
        runs = context.runs(context.material.by_experiment[name])
        states = [run.status for run in runs]
        last = max(run.started for run in runs)
        card = ExperimentCard(
            Link(context.experiment_paths[name], name),
            len(runs),
            states.count("finished"),
            states.count("failed") + states.count("killed"),
            states.count("running"),
            shown_time(last),
        )
        cards.append((last, name, card))
    return tuple(card for _, _, card in sorted(cards, key=lambda c: (c[0], c[1]), reverse=True))


def _recent(context: Context, runs: Sequence[Run]) -> RunTable:
    """The newest runs with the value that their leaderboard ranks."""
    material = context.material
    results: list[str | None] = []
    for run in runs:
        board = material.board_of.get(run.run_id)
        value = material.value_of(board, run.run_id) if board else None
        if board is None or value is None:
            results.append(None)
            continue
        results.append(f"{material.title_of(board.metric)} {shown_value(material, board, value)}")
    columns = [
        Column("run", _("Run"), "run", [run.name for run in runs]),
        Column("result", _("Result"), "str", results),
        Column("experiment", _("Experiment"), "cat", [run.experiment for run in runs]),
        Column("status", _("Status"), "status", [run.status for run in runs]),
        Column("seconds", _("Duration"), "dur", [run.seconds for run in runs]),
        Column("started", _("Started"), "time", [int(seconds_of(run.started)) for run in runs]),
    ]
    refs = tuple(material.refs[run.run_id] for run in runs)
    return RunTable("recent", refs, tuple(columns))


def _attention(context: Context, runs: Sequence[Run]) -> tuple[tuple[RunRef, str], ...]:
    """Runs that failed, were killed, fell silent, lost points or diverged; the newest first."""
    found = []
    for run in runs:
        why = attention(context, run)
        if why:
            found.append((context.material.refs[run.run_id], why))
    return tuple(found[:MOST_ATTENTION])


def attention(context: Context, run: Run) -> str:
    """Why somebody should look at a run, in one line; '' where all is well."""
    reasons = []
    if run.status == "failed":
        reasons.append(run.error or _("it failed, and told no error"))
    elif run.status == "killed":
        reasons.append(_("killed before it ended"))
    elif run.status == "stalled":
        reasons.append(_("no sign of life, and no end was logged"))
    lost = context.material.diverged.get(run.run_id, ())
    if lost:
        reasons.append(_("diverged: {metrics} ended in NaN or infinity", metrics=listed(lost[:3])))
    if run.dropped:
        points = counted(run.dropped, "point")
        reasons.append(_("{points} lost, for instance to a full disk", points=points))
    return "; ".join(reasons)


def _queries(material: Material) -> tuple[tuple[str, str], ...]:
    """What the front page shows, and the SQL that gives the same."""
    found = [
        (_("Recent runs"), "SELECT name, experiment, status, seconds, started\nFROM runs\n"
         f"ORDER BY started DESC, run_id DESC\nLIMIT {RECENT}"),
        (_("Experiments"), "SELECT *\nFROM experiments\n"
         "ORDER BY last_started DESC, experiment DESC"),
        (_("Needs attention"), "SELECT name, status, error, dropped\nFROM runs\n"
         "WHERE status IN ('failed', 'killed', 'stalled') OR dropped > 0\n"
         "ORDER BY started DESC, run_id DESC"),
    ]  # fmt: skip
    ranked = [board for board in material.boards if board.best]
    for board in ranked[:SPOKEN_QUERIES]:
        name = quoted(board.name)
        sql = f"SELECT rank, name, value\nFROM leaderboard({name})\nORDER BY rank NULLS LAST, name"
        found.append((_("Leaderboard {board}", board=board.title), sql))
        if not board.grouped:
            found.append((_("Records of {board}", board=board.title), _records_sql(board)))
    return tuple(found)


def _records_sql(board: Board) -> str:
    """The results of a leaderboard that were better than all of runs that began before."""
    best, sign = ("max", ">") if board.direction > 0 else ("min", "<")
    return (
        "SELECT name, value, before, started\nFROM (\n"
        "  SELECT r.name, r.run_id, r.started, l.value,\n"
        f"    {best}(l.value) OVER (\n      ORDER BY r.started, r.run_id "
        "ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING\n    ) AS before\n"
        f"  FROM leaderboard({quoted(board.name)}) l JOIN runs r USING (run_id)\n"
        f"  WHERE l.value IS NOT NULL\n)\nWHERE before IS NULL OR value {sign} before\n"
        "ORDER BY started DESC, run_id DESC"
    )
