"""The page of one run: everything that is known about it, beside its reference run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runfolio.query.rows import Run, Summary
from runfolio.site.gather.artifacts import Copy, artifact_views
from runfolio.site.gather.context import Context, DataFile, listed
from runfolio.site.gather.curves import (
    chart_groups,
    histogram_charts,
    histogram_data,
    matrix_views,
    metric_rows,
    param_rows,
    summary_data,
    system_charts,
)
from runfolio.site.gather.environment import (
    dataset_facts,
    detail_facts,
    git_facts,
    hardware,
    model_facts,
    package_list,
    stored_text,
)
from runfolio.site.gather.lists import quoted
from runfolio.site.gather.notes import note_views
from runfolio.site.gather.tables import interest
from runfolio.site.material import Board, Material, RunDetails, better, seconds_of, shown_time
from runfolio.site.numbers import format_bytes, format_duration, format_number, short_number
from runfolio.site.output import hashed_name
from runfolio.site.pages import Link, RunPage, RunRef, Tile
from runfolio.site.payloads import RunData, run_script
from runfolio.site.render import relative_url

MOST_RELATED = 30
HEADLINES = 3
#: Pages say the rank of a run up to here and never of how many: else each new run would change
#: the pages of all the others.
LAST_RANK = 50


@dataclass(frozen=True)
class RunBundle:
    """All that is published of one run."""

    page: RunPage
    data: tuple[DataFile, ...]
    copies: tuple[Copy, ...]


def run_bundle(
    context: Context,
    run: Run,
    details: RunDetails,
    blob_path: Callable[[str], Path],
    downloads: list[tuple[str, bytes, str]],
) -> RunBundle:
    """The page of a run with its data file, downloads and artifacts."""
    material = context.material
    summary = material.summary.get(run.run_id, {})
    board = material.board_of.get(run.run_id)
    reference, word = _reference(context, run, board)
    curves_file = _data_file(context, run, details, board)
    views, copies = artifact_views(run.run_id, details.artifacts, blob_path)
    published = {view.name: view.path for view in views if view.path}
    environment = details.environment
    previous, following = _neighbours(context, run, board)
    page = RunPage(
        path=material.refs[run.run_id].path,
        title=run.name,
        site=replace(
            context.site,
            as_of=_as_of(context, run),
            digest=material.states.get(run.run_id, "")[:10],
        ),
        description=_description(context, run, board),
        run=material.refs[run.run_id],
        status=run.status,
        status_note=_status_note(context, run),
        banner=_banner(context, run),
        traceback=details.traceback,
        crumbs=_crumbs(context, run, board),
        rank=_rank(run, board),
        previous=previous,
        next=following,
        reference=reference,
        reference_word=word,
        tags=context.tags(run),
        tiles=_tiles(context, run, board, reference, word, hardware(environment)),
        chart_groups=chart_groups(material, details.curves, summary),
        system=system_charts(details.system),
        histograms=histogram_charts(details.histograms),
        matrices=matrix_views(details.matrices),
        data_path=curves_file.path,
        notes=note_views(context.markdown, run.run_id, details.notes, published),
        params=param_rows(
            material.params.get(run.run_id, {}),
            material.params.get(reference.id, {}) if reference else None,
        ),
        metrics=metric_rows(material, summary),
        details=detail_facts(
            run,
            environment,
            relative_url(context.experiment_paths[run.experiment], material.refs[run.run_id].path),
        ),
        git=git_facts(run, environment),
        diff=stored_text(environment.get("git", {}).get("diff_digest"), blob_path),
        source_name=str(environment.get("source", {}).get("path") or ""),
        source=stored_text(environment.get("source", {}).get("digest"), blob_path),
        packages=package_list(environment),
        datasets=dataset_facts(details.datasets),
        models=model_facts(details.models),
        artifacts=views,
        output=tuple((line.stream, line.text) for line in details.output.lines),
        output_total=details.output.total,
        checks=details.checks,
        commands=details.commands,
        children=_related(context, material.children.get(run.run_id, ())),
        parent=material.refs.get(run.parent or ""),
        siblings=_siblings(context, run),
        files=tuple((Link(path, text), format_bytes(len(data))) for path, data, text in downloads),
        sql=f"SELECT key, step, value FROM metrics WHERE run_id = {quoted(run.run_id)} "
        "ORDER BY key, step",
    )
    files = (curves_file, *(DataFile(path, data) for path, data, _ in downloads))
    return RunBundle(page, files, copies)


def run_site_data(context: Context, run: Run, board: Board | None) -> dict[str, Any]:
    """The first fields of a run's data file."""
    return {
        "id": run.run_id,
        "name": run.name,
        "experiment": run.experiment,
        "status": run.status,
        "color": context.material.refs[run.run_id].color,
        "started": int(seconds_of(run.started)),
        "seconds": None if run.seconds is None else short_number(run.seconds, 8),
        "primary": board.metric if board else None,
    }


def _data_file(context: Context, run: Run, details: RunDetails, board: Board | None) -> DataFile:
    material = context.material
    summary = material.summary.get(run.run_id, {})
    data = run_script(
        run.run_id,
        RunData(
            run_site_data(context, run, board),
            details.curves,
            details.system,
            histogram_data(details.histograms),
            {key: param.text for key, param in material.params.get(run.run_id, {}).items()},
            summary_data(material, summary),
            {key: material.directions.get(key, 0) for key in summary},
        ),
    )
    return DataFile(hashed_name(f"data/runs/{run.run_id}.js", data), data)


def _reference(context: Context, run: Run, board: Board | None) -> tuple[RunRef | None, str]:
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


def _neighbours(context: Context, run: Run, board: Board | None) -> tuple[Link | None, Link | None]:
    """The runs before and after by rank, or by start where there is no rank."""
    place, ids = context.material.order[run.run_id]

    def link(at: int) -> Link | None:
        if not 0 <= at < len(ids):
            return None
        ref = context.material.refs[ids[at]]
        rank = board.ranks.get(ids[at], LAST_RANK + 1) if board else LAST_RANK + 1
        return Link(ref.path, f"#{rank}" if rank <= LAST_RANK else ref.name, ref.name)

    return link(place - 1), link(place + 1)


def _tiles(
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
        tiles.append(Tile(material.title_of(key), shown or "not finite", note))
    delta = _delta(context, board, run, reference)
    if board and reference and delta:
        digits = material.digits_of(board.metric)
        tone = "good" if delta * board.direction > 0 else "bad"
        text = ("+" if delta > 0 else "") + format_number(short_number(delta, 4), digits)
        tiles.append(Tile(f"vs {word}", text, reference.name, reference.path, tone))
    tiles.append(Tile("Duration", format_duration(run.seconds), machine))
    return tuple(tiles)


def _best_note(material: Material, key: str, summary: Summary) -> str:
    direction = material.directions.get(key, 0)
    best, step = better(summary, direction)
    if best is None or step is None:
        return ""
    shown = f"best {material.shown(key, short_number(best, 6))} " if direction else ""
    return f"{shown}at step {format_number(step, 0)}"


def _delta(
    context: Context, board: Board | None, run: Run, reference: RunRef | None
) -> float | None:
    if board is None or reference is None:
        return None
    mine = context.material.value_of(board, run.run_id)
    other = context.material.value_of(board, reference.id)
    return None if mine is None or other is None else mine - other


def _banner(context: Context, run: Run) -> str:
    lost = context.material.diverged.get(run.run_id, ())
    told = {
        "failed": f"Failed: {run.error}" if run.error else "Failed.",
        "killed": "Killed: the process was gone before the run could end.",
        "stalled": "Stalled: it has given no sign of life for a while, and no end was logged.",
    }.get(run.status, "")
    if lost:
        told = f"{told} Diverged: {listed(lost[:3])} ended in NaN or infinity.".strip()
    if run.dropped:
        told = f"{told} {run.dropped:,} points were lost, for instance to a full disk.".strip()
    return told


def _status_note(context: Context, run: Run) -> str:
    if run.status == "running":
        return f"as of {_as_of(context, run)}"
    return f"exit code {run.exit_code}" if run.exit_code else ""


def _as_of(context: Context, run: Run) -> str:
    """The time of the newest thing that the page shows of the run."""
    found = context.material.summary.get(run.run_id, {}).values()
    times = [run.started, *(each.last_time for each in found), *([run.ended] if run.ended else [])]
    return f"{shown_time(max(times))} UTC"


def _crumbs(context: Context, run: Run, board: Board | None) -> tuple[Link, ...]:
    if board:
        return (Link(board.path, board.title),)
    return (Link(context.experiment_paths[run.experiment], run.experiment),)


def _rank(run: Run, board: Board | None) -> str:
    if board is None:
        return ""
    rank = board.ranks.get(run.run_id)
    if rank is None:
        return "not ranked"
    return f"#{rank}" if rank <= LAST_RANK else ""


def _description(context: Context, run: Run, board: Board | None) -> str:
    value = context.material.value_of(board, run.run_id) if board else None
    if board is None or value is None:
        return f"A {run.status} run of {run.experiment}."
    shown = context.material.shown(board.metric, short_number(value, 6))
    return f"A {run.status} run of {run.experiment}: {board.metric} {shown}."


def _siblings(context: Context, run: Run) -> tuple[RunRef, ...]:
    if not run.group:
        return ()
    ids = context.material.groups.get((run.experiment, run.group), ())
    return _related(context, tuple(run_id for run_id in ids if run_id != run.run_id))


def _related(context: Context, ids: tuple[str, ...]) -> tuple[RunRef, ...]:
    return tuple(context.material.refs[run_id] for run_id in ids[:MOST_RELATED])


def run_key(context: Context, run: Run, common: str) -> tuple[Any, ...]:
    """Everything that a run's files depend on, for a build that wants to leave them as they are."""
    board = context.material.board_of.get(run.run_id)
    reference, word = _reference(context, run, board)
    other = context.material.params.get(reference.id) if reference else None
    related = (*context.material.children.get(run.run_id, ()), run.parent)
    group = context.material.groups.get((run.experiment, run.group or ""), ())
    return (
        common,
        context.material.states.get(run.run_id),
        run,
        context.tags(run),
        context.material.diverged.get(run.run_id),
        board and (board.slug, board.title, board.metric, board.direction, board.metrics),
        _rank(run, board),
        _neighbours(context, run, board),
        (reference, word, other, _delta(context, board, run, reference)),
        [context.material.refs.get(each or "") for each in (*related, *group)],
        context.experiment_paths[run.experiment],
    )
