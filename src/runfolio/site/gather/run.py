"""The page of one run: everything that is known about it, beside its reference run."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from runfolio.query.rows import Run
from runfolio.site.code import coloured
from runfolio.site.gather.artifacts import NONE, Artifacts, Copy, artifacts_of
from runfolio.site.gather.compare import compared_facts
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.curves import (
    chart_groups,
    histogram_charts,
    histogram_data,
    matrix_views,
    metric_rows,
    summary_data,
    system_charts,
)
from runfolio.site.gather.diffs import diff_files
from runfolio.site.gather.environment import (
    detail_facts,
    environment_facts,
    hardware,
    package_list,
    stored_text,
    without_secrets,
)
from runfolio.site.gather.git import git_facts
from runfolio.site.gather.later import later_words
from runfolio.site.gather.lineage import lineage_key, lineage_of
from runfolio.site.gather.lists import quoted
from runfolio.site.gather.machine_run import run_texts
from runfolio.site.gather.notes import markdown_artifact, note_views
from runfolio.site.gather.origins import origin_of
from runfolio.site.gather.output import printed
from runfolio.site.gather.params import param_rows, param_tree, params_key
from runfolio.site.gather.sections import with_contents
from runfolio.site.gather.siblings import siblings
from runfolio.site.gather.source import program
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
    status_note,
)
from runfolio.site.kept import Kept, LeftOut
from runfolio.site.material import Board, RunDetails, seconds_of
from runfolio.site.numbers import format_bytes, short_number
from runfolio.site.output import hashed_name
from runfolio.site.pages import Fact, RunFile, RunPage
from runfolio.site.payloads import RunData, run_script
from runfolio.site.render import relative_url
from runfolio.site.words import _

BlobPath = Callable[[str], Path]


@dataclass(frozen=True)
class RunBundle:
    """All that is published of one run, and how much is not."""

    page: RunPage
    data: tuple[DataFile, ...]
    copies: tuple[Copy, ...]
    left: LeftOut


def run_bundle(
    context: Context,
    run: Run,
    details: RunDetails,
    blob_path: BlobPath,
    downloads: list[tuple[str, bytes, str]],
) -> RunBundle:
    """The page of a run with its data file, downloads and artifacts."""
    board = context.material.board_of.get(run.run_id)
    curves_file = _data_file(context, run, details, board)
    prose = partial(markdown_artifact, context.markdown, run.run_id)
    most = context.kept.artifact_bytes if run.run_id in context.kept.artifacts else NONE
    shown = artifacts_of(run.run_id, details.artifacts, blob_path, prose, most)
    page = _first_page(context, run, board, hardware(details.environment))
    page = _with_measures(context, run, details, page)
    page, beside = _with_texts(context, run, details, page, blob_path)
    page = _with_origin(context, run, details, page)
    page = replace(_with_artifacts(context, run, details, page, shown), data_path=curves_file.path)
    left = _left_out(context.kept, details, page, shown)
    page = replace(page, files=_files([curves_file, *beside], downloads), left_out=left.told())
    files = (
        curves_file,
        *(DataFile(path, data) for path, data, _words in downloads),
        *beside,
        *(DataFile(path, data) for path, data in details.full.files),
        *run_texts(context, run, details, shown.copies, downloads),
    )
    return RunBundle(with_contents(page), files, shown.copies, left)


def _left_out(kept: Kept, details: RunDetails, page: RunPage, shown: Artifacts) -> LeftOut:
    """How much of the run the store has and its page has not."""
    whole = details.full.index.get("m", {})
    has_output = page.output_path or len(page.output) == page.output_total
    return LeftOut(
        curves=sum(not curve.full and curve.key not in whole for curve in details.curves),
        artifacts=shown.withheld + shown.left,
        output=0 if has_output else page.output_total - len(page.output),
        downloads=int(not kept.downloads),
    )


def _first_page(context: Context, run: Run, board: Board | None, machine: str) -> RunPage:
    """The page with who the run is and where it stands among the others."""
    material = context.material
    reference, word = reference_of(context, run, board)
    previous, following = neighbours(context, run, board)
    state = material.states.get(run.run_id, "")[:10]
    told, tone = banner(context, run)
    return RunPage(
        path=material.refs[run.run_id].path,
        title=run.name,
        site=replace(context.site, as_of=newest(context, run), digest=state),
        description=description_of(context, run, board),
        run=material.refs[run.run_id],
        status=run.status,
        status_note=status_note(context, run),
        banner=told,
        banner_tone=tone,
        origin=origin_of(context, run),
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
        siblings=siblings(context, run, board),
        sql=f"SELECT key, step, value FROM metrics WHERE run_id = {quoted(run.run_id)} "
        "ORDER BY key, step",
    )


def _with_measures(context: Context, run: Run, details: RunDetails, page: RunPage) -> RunPage:
    """The page with what the run was told and what it measured."""
    material = context.material
    summary = material.summary.get(run.run_id, {})
    board = material.board_of.get(run.run_id)
    beside = material.params.get(page.reference.id, {}) if page.reference else None
    params = material.params.get(run.run_id, {})
    return replace(
        page,
        chart_groups=chart_groups(material, details.curves, summary, board.metric if board else ""),
        system=system_charts(details.system),
        histograms=histogram_charts(details.histograms),
        matrices=matrix_views(details.matrices),
        params=param_tree(param_rows(params, beside, context.usuals[run.experiment])),
        metrics=metric_rows(material, summary, context.metric_paths),
    )


def _with_texts(
    context: Context, run: Run, details: RunDetails, page: RunPage, blob_path: BlobPath
) -> tuple[RunPage, tuple[DataFile, ...]]:
    """The page with what the run printed, its program and its changes, and the files of these."""
    git = details.environment.get("git", {})
    source = details.environment.get("source", {})
    output = printed(run.run_id, details.output, whole=run.run_id in context.kept.output)
    text = stored_text(source.get("digest"), blob_path)
    shown = program(run.run_id, source, text, context.markdown)
    diff = without_secrets(stored_text(git.get("diff_digest"), blob_path))
    changed, whole = diff_files(diff)
    patch = DataFile(f"data/runs/{run.run_id}.patch", diff.encode("utf-8", "replace"))
    page = replace(
        page,
        output=output.lines,
        output_total=output.total,
        output_path=output.path,
        output_data=output.data_path,
        traceback_html=coloured(details.traceback, "traceback.pytb") if details.traceback else "",
        source=shown.view,
        diff=changed,
        diff_path=patch.path if diff else "",
        diff_note="" if whole else _("shown in part; the file has all of it"),
    )
    return page, (*output.files, *shown.files, *([patch] if diff else ()))


def _with_origin(context: Context, run: Run, details: RunDetails, page: RunPage) -> RunPage:
    """The page with where the run comes from, what came of it, and how to repeat it."""
    environment = details.environment
    experiment = relative_url(context.experiment_paths[run.experiment], page.path)
    group = context.group_paths.get((run.experiment, run.group or ""), "")
    lineage = lineage_of(context, run, details.datasets)
    return replace(
        page,
        details=(
            *detail_facts(run, environment, experiment, group and relative_url(group, page.path)),
            *_commit(run),
        ),
        environment=environment_facts(run, environment),
        git=git_facts(run, environment),
        packages=package_list(environment),
        inputs=lineage.inputs,
        products=lineage.products,
        graph=lineage.graph,
        later=later_words(details.changes),
        checks=details.checks,
        commands=details.commands,
    )


def _commit(run: Run) -> tuple[Fact, ...]:
    """The commit in short, with a link to all that is known of it."""
    commit = run.git_commit or ""
    return (Fact(_("Commit"), commit[:12], mono=True, href="#git"),) if commit else ()


def _with_artifacts(
    context: Context, run: Run, details: RunDetails, page: RunPage, shown: Artifacts
) -> RunPage:
    """The page with its artifacts, and its notes, whose links lead to them."""
    return replace(
        page,
        notes=note_views(context.markdown, run.run_id, details.notes, shown.published),
        series=shown.series,
        artifacts=shown.views,
        artifacts_left=shown.left,
    )


def _files(
    beside: Sequence[DataFile], downloads: Sequence[tuple[str, bytes, str]]
) -> tuple[RunFile, ...]:
    """The files of a run that people may take, with their sizes and digests."""
    named = [(path, data, words) for path, data, words in downloads]
    for file in beside:
        suffix = file.path[file.path.index(".") :]
        words = {
            ".output.txt": _("Output as text"),
            ".patch": _("Changes as a patch"),
            ".ipynb": _("Notebook"),
            ".source.txt": _("Source as text"),
        }.get(suffix, "")
        if words:
            named.append((file.path, file.data, words))
    return tuple(
        RunFile(path, words, format_bytes(len(data)), hashlib.sha256(data).hexdigest())
        for path, data, words in named
    )


def _head_fields(context: Context, run: Run, board: Board | None) -> dict[str, Any]:
    """The first fields of a run's data file."""
    return {
        "id": run.run_id,
        "name": run.name,
        "experiment": run.experiment,
        "group": run.group or "",
        **({"origin": run.origin} if run.origin else {}),
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


def run_key(context: Context, run: Run) -> tuple[Any, ...]:
    """Everything that a run's files depend on, for a build that wants to leave them as they are."""
    material = context.material
    board = material.board_of.get(run.run_id)
    reference, word = reference_of(context, run, board)
    other = material.params.get(reference.id) if reference else None
    family = (*material.children.get(run.run_id, ()), run.parent)
    summary = material.summary.get(run.run_id, {})
    return (
        context.common,
        context.kept.of(run.run_id),
        context.marks[run.run_id],
        board and (board.slug, board.title, board.metric, board.metrics, board.chosen),
        [
            (key, material.digits_of(key), material.directions.get(key), context.metric_paths[key])
            for key in summary
        ],
        rank_of(run, board),
        neighbours(context, run, board),
        (reference, word, other, delta_to(context, board, run, reference)),
        [material.refs.get(each or "") for each in family],
        params_key(material.params.get(run.run_id, {}), context.usuals[run.experiment]),
        siblings(context, run, board),
        lineage_key(context, run.run_id),
        origin_of(context, run),
    )
