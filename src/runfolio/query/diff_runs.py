"""How two runs differ; they may live in two stores, or be one run at two moments."""

from __future__ import annotations

import math
import shlex
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runfolio.config import Config
from runfolio.query import diff_code, diff_words
from runfolio.query.boards import direction_of
from runfolio.query.diff import Compared, Item, MetricItem, RunDiff, Verdict
from runfolio.query.direction import known
from runfolio.query.rows import Param, Run, RunView, Summary

#: Values of a curve that a diff carries.
CURVE_POINTS = 60


def diff_runs(before: Compared, a: str, after: Compared, b: str, stat: str = "") -> RunDiff:
    """What differs from run ``a`` of the store ``before`` to run ``b`` of the store ``after``.

    ``stat`` is the value of a metric that is compared (best, last, min, max, mean); without it
    the best one where the direction is known, else the last. RunNotFoundError and
    AmbiguousRunError as in ``Store.resolve``.
    """
    views = (before.run(a), after.run(b))
    one, other = views
    labels = labels_of(one.run, other.run)
    metrics = metric_items(one.summary, other.summary, after.config, stat)
    metrics = _with_curves(
        _main_first(metrics, _main_metric(after, other.run)), before, after, views
    )
    sections = {
        "params": param_items(one.params, other.params),
        "run": items(_told(one.run), _told(other.run)),
        "tags": items(*({tag.tag: tag.value for tag in view.tags} for view in views)),
        "notes": items(one.notes, other.notes),
        "data": items(_data(one), _data(other)),
        "files": items(_files(one), _files(other)),
        "code": items(_code(one.run), _code(other.run)),
        "packages": items(_packages(one), _packages(other)),
        "environment": items(_environment(one), _environment(other)),
    }
    environments = (one.environment, other.environment)
    found = diff_code.patches((before.folder, after.folder), environments, labels)
    headline = diff_words.of_runs(metrics, sections, bool(found))
    return RunDiff(one.run, other.run, labels, headline, metrics, **sections, patches=found)


def labels_of(one: Run, other: Run) -> tuple[str, str]:
    """What the two runs are called beside each other: by name, by id, or before and after."""
    if one.name != other.name:
        return one.name, other.name
    if one.run_id != other.run_id:
        return one.run_id, other.run_id
    return "before", "after"


def items(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Item, ...]:
    """The things of both sides by name, those that differ first."""
    found = [
        Item(key, before.get(key), after.get(key), before.get(key) == after.get(key))
        for key in sorted({*before, *after})
    ]
    return tuple(sorted(found, key=lambda item: item.same))


def param_items(before: Mapping[str, Param], after: Mapping[str, Param]) -> tuple[Item, ...]:
    """Like ``items``; numbers are compared as numbers, so 1 and 1.0 are equal."""
    found = []
    for key in sorted({*before, *after}):
        one, other = before.get(key), after.get(key)
        same = one is not None and other is not None and _is_same(one, other)
        texts = (one.text if one else None, other.text if other else None)
        found.append(Item(key, *texts, same))
    return tuple(sorted(found, key=lambda item: item.same))


def _is_same(one: Param, other: Param) -> bool:
    if one.number is not None and one.number == other.number:
        return True
    return (one.text, one.type) == (other.text, other.type)


def metric_items(
    before: Mapping[str, Summary], after: Mapping[str, Summary], config: Config, stat: str = ""
) -> tuple[MetricItem, ...]:
    """The metrics of both sides by name, those that differ first."""
    found = [
        _metric(key, before.get(key), after.get(key), config, stat)
        for key in sorted({*before, *after})
    ]
    return tuple(sorted(found, key=lambda item: item.change == "same"))


def _metric(
    key: str, one: Summary | None, other: Summary | None, config: Config, stat: str
) -> MetricItem:
    direction, _ = direction_of(config, key)
    is_known = known(key) or bool(config.metrics.get(key) and config.metrics[key].direction)
    chosen = stat or ("best" if is_known else "last")
    old = one.stat(chosen, direction)[0] if one else None
    new = other.stat(chosen, direction)[0] if other else None
    delta, percent = change_of(old, new)
    return MetricItem(
        key=key,
        stat=direction if chosen == "best" else chosen,
        direction=direction if is_known else "",
        before=old,
        after=new,
        delta=delta,
        percent=percent,
        verdict=verdict_of(old, new, direction if is_known else ""),
        points=(one.points if one else 0, other.points if other else 0),
    )


def change_of(before: float | None, after: float | None) -> tuple[float | None, float | None]:
    """The difference and its share of ``before`` in percent, as far as there is one."""
    if before is None or after is None:
        return None, None
    delta = after - before
    if not math.isfinite(delta):
        return None, None
    percent = delta / abs(before) * 100 if before else None
    return delta, percent if percent is not None and math.isfinite(percent) else None


def verdict_of(before: float | None, after: float | None, direction: str) -> Verdict:
    """Whether ``after`` is better; '' where a value or the direction is not known."""
    if before is None or after is None:
        return ""
    if before == after:
        return "same"
    if direction not in ("max", "min"):
        return ""
    return "better" if (after > before) == (direction == "max") else "worse"


def _main_metric(store: Compared, run: Run) -> str:
    """The metric that ranks the run's experiment, or ''."""
    for board in store.boards():
        if board.experiment in (None, run.experiment):
            return board.metric
    return ""


def _main_first(metrics: Sequence[MetricItem], main: str) -> tuple[MetricItem, ...]:
    """What differs first, and of that the metric that ranks; then those with a known direction."""
    order = sorted(
        metrics, key=lambda each: (each.change == "same", each.key != main, not each.direction)
    )
    return tuple(order)


def _with_curves(
    metrics: Iterable[MetricItem], before: Compared, after: Compared, views: tuple[RunView, RunView]
) -> tuple[MetricItem, ...]:
    from dataclasses import replace

    drawn = [
        {curve.key: tuple(curve.values) for curve in store.curves([view.id], CURVE_POINTS)}
        for store, view in zip((before, after), views, strict=True)
    ]
    return tuple(
        replace(each, curves=(drawn[0].get(each.key, ()), drawn[1].get(each.key, ())))
        for each in metrics
    )


# --- what the runs say about themselves -------------------------------------------------------


def _given(found: Mapping[str, Any]) -> dict[str, str]:
    """The known values as texts."""
    return {key: str(value) for key, value in found.items() if value not in (None, "", [], ())}


def _told(run: Run) -> dict[str, str]:
    seconds = None if run.seconds is None else f"{run.seconds:.3f}"
    return _given(
        {
            "status": run.status,
            "experiment": run.experiment,
            "group": run.group,
            "parent": run.parent,
            "seconds": seconds,
            "points": run.points,
            "seed": run.seed,
            "exit code": run.exit_code,
            "error": run.error,
        }
    )


def _data(view: RunView) -> dict[str, str]:
    """Each dataset by name and role; what it is is told by its digest."""
    found = {}
    for each in view.datasets:
        rows = f"{each.rows:,} rows" if each.rows is not None else ""
        digest = each.digest or "no digest"
        name = f"{each.name} ({each.role})" if each.role else each.name
        found[name] = ", ".join(filter(None, [digest[:12], rows]))
    return found


def _files(view: RunView) -> dict[str, str]:
    found = {}
    for each in view.artifacts:
        name = each.path if each.step is None else f"{each.path} (step {each.step})"
        size = "" if each.size is None else f"{each.size:,} bytes"
        what = (each.digest or "")[:12] or each.uri or "reference"
        found[name] = ", ".join(filter(None, [what, size]))
    return found


def _code(run: Run) -> dict[str, str]:
    dirty = {True: "uncommitted changes", False: "clean", None: None}[run.git_dirty]
    return _given(
        {
            "commit": run.git_commit and run.git_commit[:12],
            "branch": run.git_branch,
            "work tree": dirty,
            "remote": run.git_remote,
            "script": run.script,
        }
    )


def _packages(view: RunView) -> dict[str, str]:
    return {name: str(version) for name, version in view.environment.get("packages", {}).items()}


def _environment(view: RunView) -> dict[str, str]:
    host, python = view.environment.get("host", {}), view.environment.get("python", {})
    argv = view.environment.get("command", {}).get("argv")
    gpus = host.get("gpus")
    return _given(
        {
            "command": shlex.join(map(str, argv)) if isinstance(argv, list) else None,
            "python": " ".join(
                str(python[key]) for key in ("implementation", "version") if python.get(key)
            ),
            "host": host.get("host"),
            "user": host.get("user"),
            "system": host.get("os"),
            "machine": host.get("machine"),
            "cpu": host.get("cpu"),
            "cpu count": host.get("cpu_count"),
            "memory": host.get("memory_bytes"),
            "gpus": ", ".join(map(str, gpus)) if isinstance(gpus, list) else None,
            "folder": host.get("cwd"),
        }
    )
