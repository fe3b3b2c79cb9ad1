"""What ``runfolio tag``, ``note``, ``trash`` and ``restore`` do: they add facts, and undo nothing.

A correction is a newer fact with its author; the history of a run shows who changed what and when.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from runfolio.cli.consent import require_consent
from runfolio.cli.correcting import counted, list_runs
from runfolio.cli.terminal import is_terminal, safe, say, say_json
from runfolio.errors import UsageError
from runfolio.run.author import annotate, author
from runfolio.run.editing.editor import Editor
from runfolio.run.editing.selection import chosen
from runfolio.run.names import clean_name, clean_text
from runfolio.schema import Kind

if TYPE_CHECKING:
    from runfolio.cli.call import Call

Fact = tuple[str, str, int | None, float | None, str | None]

#: Longest note in bytes; the site shows no longer one.
NOTE_LIMIT = 256 << 10


# --- tags ---------------------------------------------------------------------------------------


def change_tags(call: Call, run: str, changes: Sequence[str], *, as_json: bool) -> None:
    """Add and take away tags, then print those that the run has."""
    view = call.own.run(run)
    has = {tag.tag: tag.value for tag in view.tags}
    facts = [tag_fact(change, has) for change in changes]
    if facts:
        annotate(call.folder, view.id, facts, author(call.config))
        has = _after(has, facts)
    if as_json:
        return say_json(has)
    texts = [f"{name}={value}" if value else name for name, value in sorted(has.items())]
    say(f"{safe(view.name)}: {' '.join(map(safe, texts)) or 'no tags'}")


def tag_fact(change: str, has: dict[str, str]) -> Fact:
    """The fact for ``+name``, ``name``, ``name=value`` or ``-name``."""
    removes = change.startswith("-")
    name, _, value = change.removeprefix("-" if removes else "+").partition("=")
    if not name.strip():
        raise UsageError(f'"{change}" names no tag.', hint="For instance: +paper, -draft, best=yes")
    name = clean_name(name.strip())
    if not removes:
        return (Kind.TAG, name, None, None, clean_text(value))
    if value:
        raise UsageError(
            f'"{change}" both takes a tag away and gives it a value.', hint=f"Write -{name}"
        )
    if name not in has:
        known = ", ".join(sorted(has)) or "none"
        raise UsageError(f'The run has no tag "{name}".', hint=f"Its tags: {known}")
    return (Kind.UNTAG, name, None, None, None)


def _after(has: dict[str, str], facts: Sequence[Fact]) -> dict[str, str]:
    now = dict(has)
    for kind, name, _, _, text in facts:
        if kind == Kind.TAG:
            now[name] = text or ""
        else:
            now.pop(name, None)
    return now


# --- notes --------------------------------------------------------------------------------------


def change_note(call: Call, run: str, text: str | None, key: str, *, as_json: bool) -> None:
    """Write a note (from the argument, standard input or an editor), or print it in a pipe."""
    view = call.own.run(run)
    before = view.notes.get(key, "")
    if text is None and (as_json or not _is_watched()):
        return _print_note(before, as_json=as_json)
    after = _new_note(text, before)
    if after == before:
        return say("The note was not changed.")
    if len(after.encode("utf-8", "replace")) > NOTE_LIMIT:
        raise UsageError(
            f"The note has more than {NOTE_LIMIT >> 10} KiB.",
            hint="Log long texts as an artifact of the run.",
        )
    fact: Fact = (Kind.NOTE, key, None, None, after)
    annotate(call.folder, view.id, [fact], author(call.config))
    say(f"{safe(view.name)}: the note was {'written' if after else 'emptied'}")


def _is_watched() -> bool:
    """Whether a person sits at both ends, so that an editor makes sense."""
    return sys.stdin.isatty() and is_terminal()


def _print_note(note: str, *, as_json: bool) -> None:
    from runfolio.cli.terminal import safe_lines

    if as_json:
        say_json({"note": note})
    else:
        say(safe_lines(note) if is_terminal() else note)


def _new_note(text: str | None, before: str) -> str:
    if text == "-":
        return clean_text(sys.stdin.buffer.read().decode("utf-8", "replace")).strip()
    if text is not None:
        return clean_text(text).strip()
    edited = click.edit(before, extension=".md")
    return before if edited is None else clean_text(edited).strip()


# --- trash --------------------------------------------------------------------------------------


def put_in_trash(call: Call, runs: Sequence[str], reason: str, *, yes: bool) -> None:
    """Hide runs everywhere until they are restored; all are found before one is touched.

    Where a filter chose them, a person agrees first.
    """
    found, filtered = chosen(call.own, runs)
    if filtered:
        list_runs(found)
        require_consent(f"Put {counted(len(found), 'run')} into the trash?", yes=yes)
    for each in Editor.of(call.own, call.folder).trash(
        *(each.run_id for each in found), reason=reason
    ):
        say(f"{safe(each.name)} is in the trash; bring it back: runfolio restore {each.run_id}")


def take_from_trash(call: Call, runs: Sequence[str]) -> None:
    """Bring runs back from the trash."""
    for each in Editor.of(call.own, call.folder).restore(*runs):
        say(f"{safe(each.name)} is back")
