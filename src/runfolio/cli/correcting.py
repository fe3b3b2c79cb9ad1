"""What ``runfolio rename``, ``drop``, ``undo``, ``metric`` and ``purge`` do.

All but ``purge`` add facts, with their author; the history shows them, and ``undo`` leads back.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from runfolio.cli.consent import require_consent
from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe, say
from runfolio.errors import UsageError
from runfolio.query.history import drop_words, words_of
from runfolio.run.editing.editor import Editor
from runfolio.run.editing.selection import Named, chosen
from runfolio.site.numbers import format_bytes, format_number

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.run.editing.dropping import Dropped
    from runfolio.store.folder import Folder
    from runfolio.store.purge import Purged

SHOWN = 10


def counted(number: int, one: str, many: str = "") -> str:
    """``1 run``, ``1,200 runs``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def list_runs(runs: Sequence[Named]) -> None:
    """The runs that a question is about, at most ten of them."""
    for each in runs[:SHOWN]:
        say(f"  {each.run_id}  {safe(each.name)}", err=True)
    if len(runs) > SHOWN:
        say(f"  and {len(runs) - SHOWN:,} more", err=True)


# --- names --------------------------------------------------------------------------------------


def rename(call: Call, run: str, new: str, metric: str | None, *, move: bool, yes: bool) -> None:
    """Rename a run or a metric, or move runs to another experiment."""
    if metric is not None and move:
        raise UsageError("--metric and --experiment contradict each other.")
    runs, filtered = chosen(call.own, [run])
    if metric is None and not move:
        return _rename_run(call, run, runs, new)
    if metric is not None and filtered:
        runs = _with_metric(call, runs, metric)
    if filtered:
        list_runs(runs)
        what = f"Rename {safe(metric)}" if metric is not None else "Change the experiment"
        require_consent(f"{what} in {counted(len(runs), 'run')}?", yes=yes)
    editor = Editor.of(call.own, call.folder)
    for each in runs:
        if metric is not None:
            both = _has_metric(call, each, new)
            editor.rename_metric(each.run_id, metric, new)
            more = f", together with what was {safe(new)} before" if both else ""
            say(f"{safe(each.name)}: the metric {safe(metric)} is called {safe(new)} now{more}")
        else:
            editor.move(each.run_id, new)
            say(f"{safe(each.name)} is in the experiment {safe(new)} now")


def _rename_run(call: Call, text: str, runs: Sequence[Named], new: str) -> None:
    if len(runs) > 1:
        raise UsageError(
            f"{len(runs)} runs match {text!r}, and a name is for one run.",
            hint="Name the run by its id: runfolio ls",
        )
    (run,) = runs
    Editor.of(call.own, call.folder).rename(run.run_id, new)
    say(f"{safe(run.name)} is called {safe(new)} now; back: runfolio undo {run.run_id}")


def _has_metric(call: Call, run: Named, metric: str) -> bool:
    sql = "SELECT 1 FROM summary WHERE run_id = ? AND key = ?"
    return bool(call.own.rows(sql, [run.run_id, metric]))


def _with_metric(call: Call, runs: Sequence[Named], metric: str) -> list[Named]:
    rows = call.own.rows("SELECT run_id FROM summary WHERE key = ?", [metric])
    having = {row[0] for row in rows}
    found = [each for each in runs if each.run_id in having]
    if not found:
        raise UsageError(f"None of the {len(runs):,} runs has a metric {metric!r}.")
    return found


# --- points -------------------------------------------------------------------------------------


def drop_points(
    call: Call,
    run: str,
    metric: str,
    *,
    steps: str | None,
    where: str,
    every: bool,
    dry_run: bool,
    yes: bool,
) -> None:
    """Take points of a metric away, after telling how many."""
    if (steps is not None) + bool(where) + every != 1:
        raise UsageError(
            "Say which points go.",
            hint="One of --steps 100..200, --where 'value > 10' and --all.",
        )
    editor = Editor.of(call.own, call.folder)
    view = call.own.run(run)
    name = safe(view.name)
    found = editor.drop(view.id, metric, steps=steps, where=where, all=every, dry_run=True)
    what = _points(found)
    if dry_run:
        return say(f"{name}: would drop {what}")
    require_consent(f"Drop {what} of {name}?", yes=yes)
    done = editor.drop(view.id, metric, steps=steps, where=where, all=every)
    say(f"{name}: dropped {_points(done)}; back: runfolio undo {view.id}")


def _points(found: Dropped) -> str:
    """``16 of 101 points of loss (steps 0 to 90, 1 NaN or infinite)``."""
    more = []
    if found.low is not None:
        more.append(
            f"step {found.low}" if found.low == found.high else f"steps {found.low} to {found.high}"
        )
    if found.bad:
        more.append(f"{found.bad:,} NaN or infinite")
    text = f"{found.points:,} of {counted(found.total, 'point')} of {safe(found.metric)}"
    return f"{text} ({', '.join(more)})" if more else text


def add_metrics(call: Call, run: str, pairs: Sequence[str], step: int | None) -> None:
    """Add metrics to a run, also long after its end."""
    view = call.own.run(run)
    metrics = dict(map(_pair, pairs))
    kept = Editor.of(call.own, call.folder).log_metrics(view.id, metrics, step)
    at = "" if step is None else f" at step {step}"
    texts = ", ".join(f"{safe(name)} = {format_number(value)}" for name, value in kept.items())
    say(f"{safe(view.name)}: {texts}{at}")


def _pair(text: str) -> tuple[str, float]:
    name, sign, value = text.rpartition("=")
    if not sign or not name.strip():
        raise UsageError(f"{text!r} is no metric with its value.", hint="For instance: loss=0.25")
    try:
        number = float(value)
    except ValueError:
        raise UsageError(
            f"{text!r}: {value!r} is no number.",
            hint="For instance: loss=0.25, loss=1e-3, loss=nan",
        ) from None
    if math.isinf(number) and "inf" not in value.lower():
        raise UsageError(
            f"{text!r}: {value} is more than a number can hold (1.8e308).",
            hint="Write inf if infinity is meant.",
        )
    return name.strip(), number


def undo_change(call: Call, run: str, change: str | None) -> None:
    """Take back a rename or a drop."""
    view = call.own.run(run)
    found = Editor.of(call.own, call.folder).undo(view.id, change)
    words = (
        drop_words(found.key, found.text)
        if found.action == "drop"
        else words_of(found.action, found.key, None, found.text)
    )
    # By its id where the name itself was taken back: it has another one now.
    label = view.id if (found.action, found.key) == ("rename", "run") else view.name
    say(f"{safe(label)}: took back: {safe(words)}")


# --- for good -----------------------------------------------------------------------------------


def purge_runs(
    call: Call, runs: Sequence[str], *, every: bool, reason: str, dry_run: bool, yes: bool
) -> None:
    """Remove runs of the trash for good, after telling what goes."""
    if bool(runs) == every:
        raise UsageError("Say which runs: by name, or --all that are in the trash.")
    if every:
        rows = call.own.rows("SELECT run_id FROM trashed WHERE state = 'trashed' ORDER BY run_id")
        runs = [row[0] for row in rows]
        if not runs:
            return say("The trash is empty.")
    editor = Editor.of(call.own, call.folder)
    plans = editor.purge(*runs, dry_run=True)
    for plan in plans:
        say(_what_goes(plan), err=not dry_run)
    if dry_run:
        return
    question = f"Remove {counted(len(plans), 'run')} for good? Nothing brings them back."
    require_consent(question, yes=yes)
    done = editor.purge(*runs, reason=reason)
    if call.folder.origin:
        return _tell_hidden(plans, call.folder)
    _tell_purged(plans, done)


def _what_goes(plan: Purged) -> str:
    parts = [counted(plan.facts, "fact") if not plan.again else "what was left of it"]
    parts.append(f"{counted(len(plan.paths), 'file')}")
    if plan.packs:
        parts.append(f"its rows in {counted(len(plan.packs), 'pack')}")
    if plan.blobs:
        parts.append(f"{counted(len(plan.blobs), 'content')} that no other run has")
    name = "" if plan.name == plan.run_id else f" ({safe(plan.name)})"
    return f"{plan.run_id}{name}: {', '.join(parts)}; {format_bytes(plan.size)}"


def _tell_hidden(plans: Sequence[Purged], folder: Folder) -> None:
    """Of a store elsewhere, where nothing is deleted: what people have to remove there."""
    from runfolio.store.listing import relative_name

    for plan in plans:
        say(f"{safe(plan.name)} is hidden from all readers: runfolio log {plan.run_id}")
    there = [f"runs/{plan.run_id}/" for plan in plans]
    there += sorted({relative_name(folder, path) for plan in plans for path in plan.packs})
    there += [f"blobs/{each[:2]}/{each}" for plan in plans for each in plan.blobs]
    warn(
        f"Nothing is deleted in {safe(folder.origin)}: {', '.join(there[:5])}"
        f"{f' and {len(there) - 5:,} more' if len(there) > 5 else ''} may hold what it said.",
        "Remove them with the provider's tools",
    )


def _tell_purged(plans: Sequence[Purged], done: Sequence[Purged]) -> None:
    for plan in done:
        if plan.again and not (plan.paths or plan.packs or plan.blobs):
            say(f"{safe(plan.name)} was purged before; nothing of it was left")
        else:
            say(f"{safe(plan.name)} is gone; what is known of it: runfolio log {plan.run_id}")
    waiting = {each for plan in plans for each in plan.blobs}
    waiting -= {each for plan in done for each in plan.blobs}
    if waiting:
        say(
            f"{counted(len(waiting), 'content')} used minutes ago stayed, since a process writes "
            "to the store; purge the run again when it has ended.",
            err=True,
        )
