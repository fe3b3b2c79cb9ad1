"""The page of one run: everything that is known about it, beside its reference run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runfolio.environment.secrets import without_credentials
from runfolio.query.rows import Run
from runfolio.site.gather.artifacts import Copy, artifact_views
from runfolio.site.gather.compare import compared_facts
from runfolio.site.gather.context import Context, DataFile
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
from runfolio.site.gather.later import later_words
from runfolio.site.gather.lists import quoted
from runfolio.site.gather.machine_run import run_texts
from runfolio.site.gather.notes import note_views
from runfolio.site.gather.standing import (
    banner,
    crumbs,
    delta_to,
    description_of,
    neighbours,
    newest,
    rank_of,
    reference_of,
    related,
    run_tiles,
    siblings,
    status_note,
)
from runfolio.site.material import Board, RunDetails, seconds_of
from runfolio.site.numbers import format_bytes, short_number
from runfolio.site.output import hashed_name
from runfolio.site.pages import Link, RunPage
from runfolio.site.payloads import RunData, run_script
from runfolio.site.render import relative_url


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
    board = context.material.board_of.get(run.run_id)
    curves_file = _data_file(context, run, details, board)
    views, copies = artifact_views(run.run_id, details.artifacts, blob_path)
    published = {view.name: view.path for view in views if view.path}
    page = _first_page(context, run, board, hardware(details.environment))
    page = _with_measures(context, run, details, page)
    page = _with_origin(context, run, details, page, blob_path)
    page = replace(
        page,
        data_path=curves_file.path,
        notes=note_views(context.markdown, run.run_id, details.notes, published),
        artifacts=views,
        files=tuple((Link(path, text), format_bytes(len(data))) for path, data, text in downloads),
    )
    files = (
        curves_file,
        *(DataFile(path, data) for path, data, _ in downloads),
        *(DataFile(path, data) for path, data in details.full.files),
        *run_texts(context, run, details, copies, downloads),
    )
    return RunBundle(page, files, copies)


def _first_page(context: Context, run: Run, board: Board | None, machine: str) -> RunPage:
    """The page with who the run is and where it stands among the others."""
    material = context.material
    reference, word = reference_of(context, run, board)
    previous, following = neighbours(context, run, board)
    state = material.states.get(run.run_id, "")[:10]
    return RunPage(
        path=material.refs[run.run_id].path,
        title=run.name,
        site=replace(context.site, as_of=newest(context, run), digest=state),
        description=description_of(context, run, board),
        run=material.refs[run.run_id],
        status=run.status,
        status_note=status_note(context, run),
        banner=banner(context, run),
        crumbs=crumbs(context, run, board),
        rank=rank_of(run, board),
        previous=previous,
        next=following,
        reference=reference,
        reference_word=word,
        tags=context.tags(run),
        tiles=run_tiles(context, run, board, reference, word, machine),
        children=related(context, material.children.get(run.run_id, ())),
        parent=material.refs.get(run.parent or ""),
        siblings=siblings(context, run),
        sql=f"SELECT key, step, value FROM metrics WHERE run_id = {quoted(run.run_id)} "
        "ORDER BY key, step",
    )


def _with_measures(context: Context, run: Run, details: RunDetails, page: RunPage) -> RunPage:
    """The page with what the run was told and what it measured."""
    material = context.material
    summary = material.summary.get(run.run_id, {})
    board = material.board_of.get(run.run_id)
    beside = material.params.get(page.reference.id, {}) if page.reference else None
    return replace(
        page,
        chart_groups=chart_groups(material, details.curves, summary, board.metric if board else ""),
        system=system_charts(details.system),
        histograms=histogram_charts(details.histograms),
        matrices=matrix_views(details.matrices),
        params=param_rows(material.params.get(run.run_id, {}), beside),
        metrics=metric_rows(material, summary),
        output=tuple((line.stream, line.text) for line in details.output.lines),
        output_total=details.output.total,
        traceback=details.traceback,
    )


def _with_origin(
    context: Context,
    run: Run,
    details: RunDetails,
    page: RunPage,
    blob_path: Callable[[str], Path],
) -> RunPage:
    """The page with where the run comes from, and how to repeat it."""
    environment = details.environment
    git, source = environment.get("git", {}), environment.get("source", {})
    experiment = relative_url(context.experiment_paths[run.experiment], page.path)
    return replace(
        page,
        details=detail_facts(run, environment, experiment),
        git=git_facts(run, environment),
        diff=without_credentials(stored_text(git.get("diff_digest"), blob_path)),
        source_name=str(source.get("path") or ""),
        source=without_credentials(stored_text(source.get("digest"), blob_path)),
        packages=package_list(environment),
        datasets=dataset_facts(details.datasets),
        models=model_facts(details.models),
        later=later_words(details.changes),
        checks=details.checks,
        commands=details.commands,
    )


def _head_fields(context: Context, run: Run, board: Board | None) -> dict[str, Any]:
    """The first fields of a run's data file."""
    return {
        "id": run.run_id,
        "name": run.name,
        "experiment": run.experiment,
        "group": run.group or "",
        "tags": list(run.tags),
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
            _head_fields(context, run, board),
            details.curves,
            details.system,
            histogram_data(details.histograms),
            {key: param.text for key, param in material.params.get(run.run_id, {}).items()},
            summary_data(material, summary),
            {key: material.directions.get(key, 0) for key in summary},
            details.means,
            details.full.index,
            compared_facts(run, details),
        ),
    )
    return DataFile(hashed_name(f"data/runs/{run.run_id}.js", data), data)


def run_key(context: Context, run: Run, common: str) -> tuple[Any, ...]:
    """Everything that a run's files depend on, for a build that wants to leave them as they are."""
    material = context.material
    board = material.board_of.get(run.run_id)
    reference, word = reference_of(context, run, board)
    other = material.params.get(reference.id) if reference else None
    family = (*material.children.get(run.run_id, ()), run.parent)
    group = material.groups.get((run.experiment, run.group or ""), ())
    summary = material.summary.get(run.run_id, {})
    return (
        common,
        material.states.get(run.run_id),
        run,
        context.tags(run),
        material.diverged.get(run.run_id),
        board and (board.slug, board.title, board.metric, board.metrics, board.chosen),
        [(key, material.digits_of(key), material.directions.get(key)) for key in summary],
        rank_of(run, board),
        neighbours(context, run, board),
        (reference, word, other, delta_to(context, board, run, reference)),
        [material.refs.get(each or "") for each in (*family, *group)],
        context.experiment_paths[run.experiment],
    )
