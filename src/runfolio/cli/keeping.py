"""What ``runfolio artifact`` does: list and save the files that runs kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from runfolio.cli.failures import warn
from runfolio.cli.tables import Column, layout
from runfolio.cli.terminal import is_terminal, safe, say, say_json, width
from runfolio.errors import UnsafeError, UsageError
from runfolio.query import artifacts
from runfolio.site.numbers import format_bytes

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.query.artifacts import StoredFile


@dataclass(frozen=True)
class Ask:
    """How files are to be saved: where to, and what is allowed."""

    output: str | None = None
    force: bool = False
    fetch: bool = False
    as_json: bool = False


def list_artifacts(call: Call, run: str, path: str, *, every: bool, as_json: bool) -> None:
    """Print the files that a run kept, every step of them, or those below ``path``."""
    view = call.store.run(run)
    files: Sequence[StoredFile] = call.store.artifact_history(view.id) if every else view.files
    if path:
        paths = {each.path for each in artifacts.below(files, path, None, view.name)}
        files = [each for each in files if each.path in paths]
    if as_json:
        return say_json([_record(each) for each in files])
    if not files:
        return say(f"{safe(view.name)} kept no files.")
    columns = [
        Column("path", longest=80),
        Column("step", right=True),
        Column("size", right=True),
        Column("type"),
        Column("digest", whole=True),
        Column("where it lies", longest=80),
        Column("caption"),
    ]
    rows = [
        [
            each.path,
            "" if each.step is None else str(each.step),
            format_bytes(each.size),
            each.type or "",
            (each.digest or "")[:12],
            each.uri or "",
            each.caption or "",
        ]
        for each in files
    ]
    filled = [any(row[index] for row in rows) for index in range(len(columns))]
    shown = [column for column, has in zip(columns, filled, strict=True) if has]
    cells = [[cell for cell, has in zip(row, filled, strict=True) if has] for row in rows]
    say(layout(shown, cells, width()).text)


def _record(file: StoredFile) -> dict[str, Any]:
    keys = ("path", "step", "size", "type", "digest", "uri", "caption", "time")
    return {key: getattr(file, key) for key in keys}


def save_artifacts(
    call: Call, run: str, path: str, step: int | None, digest: str | None, ask: Ask
) -> None:
    """Save a file, a folder or everything that a run kept."""
    view = call.store.run(run)
    path = path.rstrip("/")
    if digest:
        every = call.store.artifact_history(view.id)
        known = [each for each in every if path in ("", each.path)]
        found = artifacts.with_digest(known, digest.lower(), view.name)
        return save([found], found.path, ask, whole=view.id)
    files = artifacts.below(view.files, path, step, view.name)
    save(files, path, ask, whole=view.id)


def save(files: Sequence[StoredFile], path: str, ask: Ask, *, whole: str) -> None:
    """Save one file at ``path``, or several below it; ``whole`` names the folder for all of a run.

    A file is printed for ``-``. References are left out unless they are to be fetched.
    """
    single = len(files) == 1 and files[0].path == path
    if ask.output == "-":
        if not single:
            raise UsageError(
                "Only one file can be printed.", hint="Name it, or choose a folder: -o DIR"
            )
        return _print(files[0], ask)
    root = Path(ask.output or path.rpartition("/")[2] or whole)
    saved = [_save_one(files[0], ask)] if single else _save_many(files, path, root, ask)
    if ask.as_json:
        return say_json([{"file": str(target), **_record(each)} for each, target in saved])
    size = format_bytes(sum(each.size or 0 for each, _ in saved))
    if single:
        return say(f"saved {safe(saved[0][1])} ({size})")
    count = f"{len(saved):,} {'file' if len(saved) == 1 else 'files'}"
    say(f"saved {count} ({size}) in {safe(root)}")


def _print(file: StoredFile, ask: Ask) -> None:
    """The contents on standard output, all checked before the first byte is written."""
    if is_terminal() and not (file.type in ("text", "table") or ask.force):
        raise UnsafeError(
            f"{safe(file.path)} is no text, so it is not printed on a terminal.",
            hint="Save it with -o FILE, or print it all the same with --force.",
        )
    with file.open() as contents:
        if is_terminal() and not ask.force:
            from runfolio.cli.terminal import safe_lines

            return say(safe_lines(contents.read().decode("utf-8", "replace")), nl=False)
        while piece := contents.read(1 << 20):
            click.echo(piece, nl=False)


def _save_one(file: StoredFile, ask: Ask) -> tuple[StoredFile, Path]:
    from runfolio.store.checkout import inside

    target = Path(ask.output) if ask.output else Path(inside(file.path)[-1])
    if ask.output and ask.output.endswith(("/", "\\")):
        target.mkdir(parents=True, exist_ok=True)
    if ask.fetch:
        return file, file.fetch(target, force=ask.force)
    return file, file.save(target, force=ask.force)


def _save_many(
    files: Sequence[StoredFile], path: str, root: Path, ask: Ask
) -> list[tuple[StoredFile, Path]]:
    kept = [each for each in files if not each.uri]
    away = [each for each in files if each.uri]
    artifacts.save(kept, root, prefix=path, force=ask.force)
    saved = [(each, root / artifacts.after(each.path, path)) for each in kept]
    if ask.fetch:
        for each in away:
            target = artifacts.target_below(root, artifacts.after(each.path, path))
            saved.append((each, each.fetch(target, force=ask.force)))
    elif away:
        count = "One file lies" if len(away) == 1 else f"{len(away):,} files lie"
        warn(
            f"{count} elsewhere: {safe(away[0].uri)}{' …' if len(away) > 1 else ''}",
            "--fetch gets what is only referred to",
        )
    return saved
