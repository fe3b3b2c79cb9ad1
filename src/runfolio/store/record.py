"""The file of a snapshot, ``snapshots/NAME.json``: which facts it has, when it was taken, and why.

A snapshot that was removed leaves a mark in its place, so that neither a merge nor a publish
brings it back, or takes it away, unasked.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from runfolio import schema
from runfolio.errors import DamagedStoreError, StoreError, UsageError
from runfolio.store import files
from runfolio.store.coverage import Ranges, union
from runfolio.store.folder import Folder, is_run_id
from runfolio.store.seal import temp_for

FORMAT = 1
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
#: Endings that files of the site have beside the folder of a snapshot.
_TAKEN = (".html", ".zip", ".json", ".conflict", ".broken")
_HEX = re.compile(r"[0-9a-f]+")
_WRITER = re.compile(r"[0-9a-f]{12}")
_STATES = ("closed", "alive", "dead", "stalled")
_MOST_BYTES = 64 * 1024 * 1024


@dataclass(frozen=True)
class FrozenRun:
    """A run of a snapshot: a digest of its facts, and for each writer the numbers that it has.

    ``sessions``: (writer, state, last seen) as they were.
    """

    run_id: str
    digest: str
    writers: Mapping[str, Ranges]
    sessions: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True)
class Record:
    """A snapshot: its facts by run, and what people said of it.

    ``time``: when it was taken, UTC; ``as_of``: the moment that it shows, where that is an earlier
    one. ``digest``: SHA-256 over the runs' digests. ``config``: the options that made its
    leaderboards. ``changed``: when the file was last written. ``gone``: only a mark is left.
    """

    name: str
    time: datetime
    digest: str = ""
    runs: tuple[FrozenRun, ...] = ()
    as_of: datetime | None = None
    filter: str = ""
    note: str = ""
    doi: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    changed: datetime = datetime(1970, 1, 1)
    gone: bool = False


def check_name(name: str) -> str:
    """The name, if it is fit for a folder of a site on every system; UsageError else."""
    bad = (
        not schema.SNAPSHOT_NAME.fullmatch(name)
        or name.endswith(".")
        or ".." in name
        or _DEVICE.fullmatch(name)
        or any(ending in name.lower() for ending in _TAKEN)
    )
    if bad:
        raise UsageError(
            f"{files.printable(name)!r} cannot be the name of a snapshot.",
            hint="Up to 64 of A-Z, a-z, 0-9, '.', '_' and '-', for example v1.0 or neurips-2026.",
        )
    return name


def path_of(folder: Folder, name: str) -> Path:
    """Where the record of a snapshot lies."""
    return folder.path / schema.SNAPSHOTS / f"{check_name(name)}.json"


def all_records(folder: Folder) -> tuple[tuple[Record, ...], tuple[str, ...]]:
    """(snapshots and marks by time, sentences about files that cannot be read)."""
    found, problems = [], []
    for path in _paths(folder):
        try:
            found.append(read_record(path))
        except DamagedStoreError as error:
            problems.append(f"{schema.SNAPSHOTS}/{files.printable(path.name)}: {error}")
    return tuple(sorted(found, key=lambda each: (each.time, each.name))), tuple(problems)


def records(folder: Folder) -> tuple[Record, ...]:
    """The snapshots of a store, the oldest first."""
    return tuple(each for each in all_records(folder)[0] if not each.gone)


def record_of(folder: Folder, name: str) -> Record:
    """The snapshot of this name; UsageError, with the nearest, where there is none."""
    known = {each.name: each for each in records(folder)}
    if name in known:
        return known[name]
    import difflib

    near = difflib.get_close_matches(name, known, n=3, cutoff=0.3) or list(known)[-5:]
    raise UsageError(
        f"There is no snapshot {files.printable(name)!r}.",
        hint=f"There are: {', '.join(near)}" if near else "Take one: runfolio snapshot v1.0",
    )


def keep(folder: Folder, record: Record, *, new: bool = True) -> Path:
    """Write the record; UsageError if ``new`` and the name is taken, also in other letters."""
    path = path_of(folder, record.name)
    if new:
        for each in all_records(folder)[0]:
            if each.name.casefold() == record.name.casefold() and not each.gone:
                raise UsageError(
                    f"There is a snapshot {each.name} already, of {each.time:%Y-%m-%d}.",
                    hint="A name that was cited means one thing for ever: choose another.",
                )
    temp = temp_for(folder, path.name)
    try:
        files.make_dirs(path.parent)
        files.make_dirs(temp.parent)
        temp.write_bytes(encode(record))
        fd = os.open(temp, os.O_RDWR)
        try:
            files.sync_file(fd)
        finally:
            os.close(fd)
        files.replace(temp, path)
        files.sync_dir(path.parent)
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror or error}.") from error
    finally:
        temp.unlink(missing_ok=True)
    return path


def remove(folder: Folder, name: str, now: datetime) -> Path:
    """Leave a mark in place of a snapshot; also of one that is not here, so that it may go."""
    known = {each.name: each for each in all_records(folder)[0]}
    begun = known[name].time if name in known else now
    return keep(folder, Record(name, begun, changed=now, gone=True), new=False)


def encode(record: Record) -> bytes:
    """The bytes of the file: the same record gives the same ones."""
    said: dict[str, Any] = {
        "format": FORMAT,
        "name": record.name,
        "time": _iso(record.time),
        "changed": _iso(record.changed),
    }
    if record.gone:
        return _json({**said, "removed": True})
    said |= {key: getattr(record, key) for key in ("filter", "note", "doi") if getattr(record, key)}
    if record.as_of:
        said["as_of"] = _iso(record.as_of)
    runs = {
        run.run_id: {
            "digest": run.digest,
            "writers": {name: [list(each) for each in span] for name, span in run.writers.items()},
            "sessions": [list(each) for each in run.sessions],
        }
        for run in record.runs
    }
    return _json({**said, "digest": record.digest, "config": record.config, "runs": runs})


def read_record(path: Path, file: str = "") -> Record:
    """The record of a file, which is called ``file`` in its store.

    DamagedStoreError where it is none, or a newer runfolio wrote it.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise ValueError("it is too large")
        given = json.loads(path.read_bytes())
        if given["format"] > FORMAT:
            raise ValueError("a newer runfolio wrote it")
        return _parsed(given, (file or path.name).removesuffix(".json"))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UsageError) as error:
        raise DamagedStoreError(f"It is no record of a snapshot ({error}).") from error


def _parsed(given: Mapping[str, Any], name: str) -> Record:
    if given["name"] != check_name(name):
        raise ValueError("its name is another")
    record = Record(
        name,
        _moment(given["time"]),
        changed=_moment(given["changed"]),
        gone=given.get("removed") is True,
    )
    if record.gone:
        return record
    as_of = given.get("as_of")
    return replace(
        record,
        digest=_hex(given["digest"]),
        runs=tuple(_run(run_id, said) for run_id, said in sorted(given["runs"].items())),
        as_of=_moment(as_of) if as_of else None,
        filter=str(given.get("filter", "")),
        note=str(given.get("note", "")),
        doi=str(given.get("doi", "")),
        config=dict(given["config"]),
    )


def _run(run_id: str, said: Mapping[str, Any]) -> FrozenRun:
    if not is_run_id(run_id):
        raise ValueError("it names what is no run")
    writers = {
        name: union((int(lo), int(hi)) for lo, hi in spans)
        for name, spans in sorted(said["writers"].items())
        if _WRITER.fullmatch(name)
    }
    if any(state not in _STATES for _, state, _ in said["sessions"]):
        raise ValueError("a session is in no known state")
    sessions = tuple(
        (str(writer), str(state), datetime.fromisoformat(seen).isoformat())
        for writer, state, seen in said["sessions"]
    )
    return FrozenRun(run_id, _hex(said["digest"]), writers, sessions)


def _paths(folder: Folder) -> Iterator[Path]:
    try:
        entries = sorted(entry.name for entry in os.scandir(folder.path / schema.SNAPSHOTS))
    except (FileNotFoundError, NotADirectoryError):
        return
    for name in entries:
        path = folder.path / schema.SNAPSHOTS / name
        if is_record(name) and path.is_file() and not path.is_symlink():
            yield path


def is_record(file: str) -> bool:
    """Whether a file's name is that of a record."""
    stem, dot, suffix = file.rpartition(".")
    try:
        return f"{dot}{suffix}" == ".json" and bool(check_name(stem))
    except UsageError:
        return False


def _hex(text: str) -> str:
    if not _HEX.fullmatch(text):
        raise ValueError("a digest is none")
    return text


def _iso(moment: datetime) -> str:
    return moment.isoformat() + "Z"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text.removesuffix("Z")).replace(tzinfo=None)


def _json(value: Any) -> bytes:
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=True) + "\n").encode()
