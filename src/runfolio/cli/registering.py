"""What ``runfolio model`` does: registered models as text, and what people say about them."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from runfolio.cli.listing import age
from runfolio.cli.tables import Column, layout
from runfolio.cli.terminal import is_terminal, safe, safe_lines, say, say_json, width
from runfolio.run import registry

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.query.models import ModelEvent, ModelVersion


def list_models(call: Call, *, as_json: bool) -> None:
    """Print each model with its newest version and where its aliases point."""
    versions = call.store.models()
    if as_json:
        return say_json([_record(each) for each in versions])
    if not versions:
        return say('No models yet. A run registers one: run.register_model("digits")')
    by_name: dict[str, list[ModelVersion]] = {}
    for each in versions:
        by_name.setdefault(each.name, []).append(each)
    rows = [
        [
            name,
            str(known[-1].version),
            ", ".join(f"{alias} → {each.version}" for each in known for alias in each.aliases),
            _age(known[-1].time),
            str(sum(each.uses for each in known) or ""),
            known[-1].description.partition("\n")[0],
        ]
        for name, known in by_name.items()
    ]
    columns = [
        Column("model"),
        Column("newest", right=True),
        Column("aliases", longest=80),
        Column("registered"),
        Column("used by", right=True),
        Column("about"),
    ]
    say(layout(columns, rows, width()).text)


def show_model(call: Call, name: str, *, as_json: bool) -> None:
    """Print a model's versions and its history."""
    store = call.store
    newest = store.model(name)
    versions, events = store.models(name), store.model_history(name)
    if as_json:
        return say_json(
            {
                "name": name,
                "description": newest.description,
                "versions": [_record(each) for each in versions],
                "history": [dataclasses.asdict(each) for each in events],
            }
        )
    parts = [click.style(safe(name), bold=True)]
    if newest.description:
        parts.append(safe_lines(newest.description))
    parts.append(_versions(versions))
    parts.append(click.style("History", bold=True) + "\n" + "\n".join(map(_told, events)))
    say("\n\n".join(parts))


def _versions(versions: Sequence[ModelVersion]) -> str:
    rows = [
        [
            str(each.version),
            ", ".join(each.aliases),
            each.run_name,
            each.artifact or "",
            (each.digest or "")[:12],
            _age(each.time),
            str(each.uses or ""),
            each.note.partition("\n")[0],
        ]
        for each in reversed(versions)
    ]
    columns = [
        Column("version", right=True),
        Column("aliases"),
        Column("made by"),
        Column("file"),
        Column("digest", whole=True),
        Column("registered"),
        Column("used by", right=True),
        Column("note"),
    ]
    return layout(columns, rows, width()).text


def _told(event: ModelEvent) -> str:
    """One thing that was said, as a line: ``2026-11-21 09:00  champion: 2 → 3, by ada``."""
    what = {
        "register": f"version {event.version} registered",
        "alias": f"{event.alias}: {f'{event.was} → ' if event.was else ''}{event.version}",
        "unalias": f"{event.alias}: {f'{event.was} → ' if event.was else ''}none",
        "note": f"note on {f'version {event.version}' if event.version else 'the model'}: "
        f"{(event.text or '(taken away)').partition(chr(10))[0]}",
    }.get(event.action, event.action)
    author = f", by {event.author}" if event.author else ""
    return f"  {event.time:%Y-%m-%d %H:%M}  {safe(what)}{safe(author)}"


def _record(version: ModelVersion) -> dict[str, Any]:
    record = dataclasses.asdict(dataclasses.replace(version, files=()))
    record.pop("files")
    return record


def change_alias(call: Call, name: str, alias: str, version: str | None, *, remove: bool) -> None:
    """Give a version an alias, or take it away."""
    if remove:
        model = registry.remove_model_alias(name, alias, store=call.config.store)
        return say(f"{safe(name)} {model.version} is no longer {safe(alias)}")
    model = registry.set_model_alias(name, alias, version, store=call.config.store)
    say(f"{safe(name)} {model.version} is {safe(alias)}, made by {safe(model.run_name)}")


def change_model_note(call: Call, name: str, text: str | None, version: str | None) -> None:
    """Write a note (from the argument, standard input or an editor), or print it in a pipe."""
    model = call.store.model(name, version)
    before = model.description if version is None else model.note
    if text is None and not (sys.stdin.isatty() and is_terminal()):
        return say(safe_lines(before) if is_terminal() else before)
    after = _new_note(text, before)
    if after == before:
        return say("The note was not changed.")
    registry.note_model(name, after, version, store=call.config.store)
    about = f"{name} {model.version}" if version is not None else name
    say(f"{safe(about)}: the note was {'written' if after else 'emptied'}")


def _new_note(text: str | None, before: str) -> str:
    if text == "-":
        return sys.stdin.buffer.read().decode("utf-8", "replace").strip()
    if text is not None:
        return text.strip()
    edited = click.edit(before, extension=".md")
    return before if edited is None else edited.strip()


def save_model(
    call: Call, name: str, version: str | None, output: str | None, *, force: bool, as_json: bool
) -> None:
    """Save the files of a version."""
    from runfolio.cli.keeping import Ask, save

    model = call.store.model(name, version)
    path = model.needed_artifact()
    save(model.files, path, Ask(output, force=force, as_json=as_json), whole=path)


def _age(time: datetime) -> str:
    return age(time, datetime.now(UTC).replace(tzinfo=None))
