"""A run for programs and for language models: ``runs/ID.json`` and ``runs/ID.md``.

The JSON is complete and keeps its shape: fields are only ever added within a version. It tells
what the run's page tells, and no more: no path of the machine that made it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any

from runfolio.environment.secrets import without_credentials
from runfolio.query.rows import Artifact, Dataset, Param, Run, Summary
from runfolio.site.downloads import value_of
from runfolio.site.gather.artifacts import Copy
from runfolio.site.gather.cards import png, run_card
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.environment import dataset_facts, detail_facts, environment_facts
from runfolio.site.gather.git import git_facts, shown_remote
from runfolio.site.gather.machine_words import block, code, joined, link, plain, table, written
from runfolio.site.gather.siblings import nearest
from runfolio.site.gather.standing import description_of, rank_of
from runfolio.site.material import Board, Material, RunDetails, better
from runfolio.site.numbers import format_bytes, short_number
from runfolio.site.pages import Fact
from runfolio.site.render import relative_url
from runfolio.site.words import _

VERSION = 1
OUTPUT_LINES = 40
_HOST = ("os", "machine", "cpu", "cpu_count", "memory_bytes", "gpus")


@dataclass(frozen=True)
class Told:
    """A run with what its texts name: its details, the files of the site that belong to it."""

    context: Context
    run: Run
    details: RunDetails
    copies: Sequence[Copy]
    downloads: Sequence[tuple[str, bytes, str]]

    @property
    def stem(self) -> str:
        """The path of the run's page without its suffix."""
        return self.context.material.refs[self.run.run_id].path.removesuffix(".html")

    @property
    def board(self) -> Board | None:
        """The leaderboard that the run's page speaks of."""
        return self.context.material.board_of.get(self.run.run_id)

    @property
    def summary(self) -> Mapping[str, Summary]:
        """What the run measured, in short."""
        return self.context.material.summary.get(self.run.run_id, {})

    @property
    def params(self) -> Mapping[str, Param]:
        """What the run was told."""
        return self.context.material.params.get(self.run.run_id, {})

    def link_to(self, path: str) -> str:
        """A link from the run's texts."""
        return relative_url(path, self.stem)

    def file_of(self, artifact: Artifact) -> str | None:
        """The link to an artifact's contents; None where the site does not hold them."""
        same = [copy.path for copy in self.copies if copy.digest == artifact.digest]
        own = [
            path for path in same if PurePosixPath(path).name == PurePosixPath(artifact.path).name
        ]
        return self.link_to((own or same)[0]) if same else None


def run_texts(
    context: Context,
    run: Run,
    details: RunDetails,
    copies: Sequence[Copy],
    downloads: Sequence[tuple[str, bytes, str]],
) -> tuple[DataFile, ...]:
    """The texts of a run for machines, and its picture for previews where that was asked for."""
    told = Told(context, run, details, copies, downloads)
    text = json.dumps(run_record(told), indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    files = [
        DataFile(f"{told.stem}.json", text.encode("utf-8", "replace")),
        DataFile(f"{told.stem}.md", run_markdown(told).encode("utf-8", "replace")),
    ]
    if "runs" in context.site.cards:
        key = (run.run_id, told.board.metric) if told.board else ("", "")
        picture = png(run_card(context, run, context.material.trends.get(key, ())))
        files.append(DataFile(f"cards/{told.stem}.png", picture))
    return tuple(files)


def run_record(told: Told) -> dict[str, Any]:
    """Everything about a run but its points, as plain JSON."""
    material, run, details = told.context.material, told.run, told.details
    record = {
        "format": "runfolio-run",
        "version": VERSION,
        **_identity(run),
        "tags": list(run.tags),
        "notes": dict(details.notes),
        "params": {key: value_of(param) for key, param in told.params.items()},
        "metrics": _metrics(told.context, told.summary),
        "leaderboard": _standing(told),
        "git": {
            "commit": run.git_commit,
            "branch": run.git_branch,
            "dirty": run.git_dirty,
            "remote": run.git_remote and shown_remote(run.git_remote),
        },
        "environment": _environment(run, details),
        "datasets": [_dataset(each) for each in details.datasets],
        "artifacts": [_artifact(told, each) for each in details.artifacts],
        "models": [
            {"name": each.name, "version": each.version, "alias": each.alias,
             "artifact": each.artifact, "digest": each.digest}
            for each in details.models
        ],
        "related": {
            "parent": run.parent,
            "children": list(material.children.get(run.run_id, ())),
            "siblings": nearest(told.context, run, told.board),
        },
        "reproducible": {
            each.name: {"state": each.state, "detail": each.detail} for each in details.checks
        },
        "links": _links(told),
    }  # fmt: skip
    found: dict[str, Any] = _json_safe(record)
    return found


def _identity(run: Run) -> dict[str, Any]:
    """Who the run is and how it went."""
    return {
        "id": run.run_id,
        "name": run.name,
        "experiment": run.experiment,
        "group": run.group,
        "status": run.status,
        "started": run.started,
        "ended": run.ended,
        "seconds": run.seconds,
        "user": run.user,
        "command": run.command,
        "script": run.script,
        "seed": run.seed,
        "points": run.points,
        "exit_code": run.exit_code,
        "error": run.error,
        "origin": run.origin or None,
    }


def _metrics(context: Context, summary: Mapping[str, Summary]) -> dict[str, Any]:
    """The summary of each metric; ``best`` is left out where nobody knows what is better."""
    material = context.material
    found: dict[str, Any] = {}
    for key, each in sorted(summary.items()):
        direction = material.directions.get(key, 0)
        one: dict[str, Any] = {
            "direction": {1: "max", -1: "min"}.get(direction),
            "unit": material.unit_of(key) or None,
            "points": each.points,
            "not_finite": each.bad,
        }
        if direction:
            one["best"], one["best_step"] = better(each, direction)
        for name in ("last", "first", "min", "max"):
            one[name] = getattr(each, name)
        one |= {"last_step": each.last_step, "min_step": each.min_step, "max_step": each.max_step}
        found[key] = {**one, "mean": each.mean}
    return found


def _standing(told: Told) -> dict[str, Any] | None:
    """Where the run stands on the leaderboard that its page speaks of; late ranks are not told."""
    board = told.board
    if board is None:
        return None
    rank = rank_of(told.run, board).removeprefix("#")
    return {
        "name": board.name,
        "metric": board.metric,
        "direction": "max" if board.direction > 0 else "min",
        "value": told.context.material.value_of(board, told.run.run_id),
        "rank": int(rank) if rank.isdecimal() else None,
        "url": told.link_to(board.path),
    }


def _environment(run: Run, details: RunDetails) -> dict[str, Any]:
    host = details.environment.get("host", {})
    python = details.environment.get("python", {})
    return {
        "host": run.host,
        **{key: host.get(key) for key in _HOST},
        "python": run.python,
        "implementation": python.get("implementation"),
        "packages": dict(sorted(details.environment.get("packages", {}).items())),
    }


def _dataset(each: Dataset) -> dict[str, Any]:
    names = ("name", "role", "digest", "rows", "columns", "size", "source")
    found = {name: getattr(each, name) for name in names}
    return {**found, "source": without_credentials(each.source or "") or None}


def _artifact(told: Told, each: Artifact) -> dict[str, Any]:
    """A file; ``url`` is null where the site does not hold it."""
    names = ("path", "type", "media_type", "digest", "size", "step", "caption", "uri")
    found = {name: getattr(each, name) for name in names}
    uri = without_credentials(each.uri or "") or None
    return {**found, "uri": uri, "url": told.file_of(each)}


def _links(told: Told) -> dict[str, Any]:
    """Where else the run can be read; relative to this file."""
    found = {
        "html": told.link_to(f"{told.stem}.html"),
        "markdown": told.link_to(f"{told.stem}.md"),
        "files": [told.link_to(path) for path, _data, _words in told.downloads],
    }
    root = told.context.site.url
    return {**found, "canonical": f"{root}{told.stem}.html"} if root else found


def _json_safe(value: Any) -> Any:
    """``value`` without what JSON cannot say: NaN and infinities are null, times ISO 8601."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, Mapping):
        return {str(key): _json_safe(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_json_safe(each) for each in value]
    return value


# --- as Markdown ------------------------------------------------------------------------------


def run_markdown(told: Told) -> str:
    """The run as a text to read from top to bottom."""
    run, details = told.run, told.details
    files = [link(_("this page as HTML"), told.link_to(f"{told.stem}.html")),
             link(_("as JSON"), told.link_to(f"{told.stem}.json")),
             *(link(words, told.link_to(path)) for path, _, words in told.downloads)]  # fmt: skip
    status = Fact(_("Status"), run.status)
    tags = Fact(_("Tags"), ", ".join(run.tags))
    environment = details.environment
    known = (*detail_facts(run, environment), *environment_facts(run, environment))
    data = "\n\n".join(_facts(facts) for facts in dataset_facts(details.datasets))
    return joined(
        [
            f"# {plain(run.name)}",
            f"> {plain(description_of(told.context, run, told.board))}",
            _facts([fact for fact in (status, tags, *known) if fact.value]),
            _("Links: {links}", links=" · ".join(files)),
            *_section(_("Traceback"), details.traceback and block(details.traceback, "text")),
            *_section(_("Params"), _params(told)),
            *_section(_("Metrics"), _metric_table(told)),
            *_notes(details.notes),
            *_section(_("Files"), _artifacts(told)),
            *_section(_("Code"), _facts(git_facts(run, details.environment))),
            *_section(_("Data"), data),
            *_section(_("Repeat it"), details.commands and block(details.commands, "sh")),
            *_section(_("Output"), _output(details)),
        ]
    )


def _section(title: str, body: str) -> Sequence[str]:
    return (f"## {title}", body) if body else ()


def _facts(facts: Sequence[Fact]) -> str:
    return "\n".join(
        f"- **{plain(each.label)}**: {code(each.value) if each.mono else plain(each.value)}"
        for each in facts
    )


def _params(told: Told) -> str:
    rows = [(code(key), code(param.text)) for key, param in told.params.items()]
    return table((_("Param"), _("Value")), rows) if rows else ""


def _metric_table(told: Told) -> str:
    material = told.context.material
    rows = []
    for key, each in sorted(told.summary.items()):
        best, step = better(each, material.directions.get(key, 0))
        values = [_number(material, key, value) for value in (best, each.last, each.min, each.max)]
        rows.append((code(key), values[0], "" if step is None else str(step), *values[1:],
                     str(each.points)))  # fmt: skip
    heads = (_("Metric"), _("Best"), _("At step"), _("Last"), _("Min"), _("Max"), _("Points"))
    return table(heads, rows) if rows else ""


def _number(material: Material, key: str, value: float | None) -> str:
    return "" if value is None else plain(material.shown(key, short_number(value, 6)))


def _notes(notes: Sequence[tuple[str, str]]) -> Sequence[str]:
    """The notes as they were written, where they are harmless Markdown."""
    parts: list[str] = []
    for key, text in notes:
        title = _("Note: {name}", name=plain(key)) if key else _("Notes")
        parts += _section(title, written(text))
    return parts


def _artifacts(told: Told) -> str:
    lines = []
    for each in told.details.artifacts:
        path = told.file_of(each)
        name = link(each.path, path) if path else code(each.path)
        step = "" if each.step is None else _("step {n}", n=each.step)
        words = (each.type or "file", format_bytes(each.size), step, each.caption or "")
        lines.append(f"- {name}: {' · '.join(plain(word) for word in words if word)}")
    return "\n".join(lines)


def _output(details: RunDetails) -> str:
    lines = [line.text for line in details.output.lines[-OUTPUT_LINES:]]
    return block("\n".join(lines), "text") if lines else ""
