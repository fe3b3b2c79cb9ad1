"""Snapshots on the command line: take, list, describe, check, remove: ``runfolio snapshot``."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.cli.consent import require_consent
from runfolio.cli.failures import warn
from runfolio.cli.tables import Column, layout
from runfolio.cli.terminal import safe, say, say_json, width
from runfolio.errors import DamagedStoreError, UsageError

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.query.snapshots import Verdict
    from runfolio.store.record import Record


@dataclasses.dataclass(frozen=True)
class Asked:
    """What the command line says; None is what it does not say."""

    name: str
    filter: str | None
    note: str | None
    doi: str | None
    verify: bool
    copy: Path | None
    remove: bool
    yes: bool
    as_json: bool


def snapshot_and_tell(call: Call, asked: Asked) -> None:
    """Do what was asked: list without a name, else take, describe, check or remove."""
    if not asked.name:
        if asked.remove or asked.verify or asked.filter or asked.note or asked.doi:
            raise UsageError("A snapshot needs a name.", hint="For example: runfolio snapshot v1.0")
        return _list(call, as_json=asked.as_json)
    if asked.remove:
        return _remove(call, asked)
    if asked.verify or asked.copy:
        return _verify(call, asked)
    if (asked.note is not None or asked.doi is not None) and _is_there(call, asked.name):
        return _describe(call, asked)
    _take(call, asked)


def _is_there(call: Call, name: str) -> bool:
    from runfolio.store.record import records

    return name in {each.name for each in records(call.folder)}


def _take(call: Call, asked: Asked) -> None:
    from runfolio.query.snapshots import take

    now = datetime.now(UTC).replace(tzinfo=None)
    record, states = take(
        call.folder,
        call.config,
        asked.name,
        now.replace(microsecond=0),
        as_of=call.as_of,
        filter=asked.filter or "",
        note=asked.note or "",
        doi=_doi(asked.doi or ""),
    )
    if asked.as_json:
        return say_json(_plain(record))
    runs = f"{len(record.runs):,} run{'' if len(record.runs) == 1 else 's'}"
    say(f"snapshot {safe(record.name)} of {runs}")
    say(f"  sha256:{record.digest}")
    alive = sum(state == "running" for state in states)
    if alive:
        warn(f"{alive:,} of them still running: the snapshot holds what they have said so far")
    say(f"It goes onto the site with the next runfolio build: snapshots/{safe(record.name)}/")


def _list(call: Call, *, as_json: bool) -> None:
    from runfolio.store.record import all_records

    found, problems = all_records(call.folder)
    shown = [each for each in found if not each.gone]
    for problem in problems:
        warn(safe(problem))
    if as_json:
        return say_json([_plain(each) for each in shown])
    if not shown:
        return say("There is no snapshot yet. Take one: runfolio snapshot v1.0")
    columns = [
        Column("name", whole=True),
        Column("taken (UTC)", whole=True),
        Column("runs", right=True),
        Column("doi"),
        Column("note"),
    ]
    rows = [
        (
            each.name,
            f"{each.time:%Y-%m-%d %H:%M}",
            f"{len(each.runs):,}",
            each.doi,
            each.note,
        )
        for each in reversed(shown)
    ]
    say(layout(columns, rows, width()).text)


def _describe(call: Call, asked: Asked) -> None:
    """Write another note or DOI on a snapshot; what it holds stays."""
    from runfolio.store.record import keep, record_of

    if asked.filter is not None or call.as_of is not None:
        raise UsageError(
            f"The snapshot {asked.name} is taken already; it does not change.",
            hint="Take another one, under another name.",
        )
    old = record_of(call.folder, asked.name)
    record = dataclasses.replace(
        old,
        note=old.note if asked.note is None else asked.note,
        doi=old.doi if asked.doi is None else _doi(asked.doi),
        changed=datetime.now(UTC).replace(tzinfo=None),
    )
    keep(call.folder, record, new=False)
    if asked.as_json:
        return say_json(_plain(record))
    say(f"snapshot {safe(record.name)}: {safe(record.doi)} {safe(record.note)}".rstrip(": "))


def _remove(call: Call, asked: Asked) -> None:
    from runfolio.store.record import check_name, remove

    check_name(asked.name)
    known = "" if _is_there(call, asked.name) else " (which this store does not know)"
    require_consent(
        f"Remove the snapshot {safe(asked.name)}{known}? Its pages go with the next publish, and "
        "who cited it finds nothing there.",
        yes=asked.yes,
    )
    remove(call.folder, asked.name, datetime.now(UTC).replace(tzinfo=None))
    say(f"removed the snapshot {safe(asked.name)}; the runs are as they were")


# --- checking ------------------------------------------------------------------------------------


def _verify(call: Call, asked: Asked) -> None:
    from runfolio.cli.copies import compare_copy
    from runfolio.query.snapshots import verify
    from runfolio.store.record import record_of

    record = record_of(call.folder, asked.name)
    verdict = verify(call.folder, record)
    copy = None
    if asked.copy and not verdict.lost:
        copy = compare_copy(call.folder, call.config, record, asked.copy)
    if asked.as_json:
        said: dict[str, Any] = {"name": record.name, "digest": record.digest, **_json(verdict)}
        say_json({**said, **({"copy": copy.as_dict()} if copy else {})})
    else:
        _tell(record, verdict)
        if copy:
            copy.tell()
    if verdict.lost:
        raise DamagedStoreError(
            f"The snapshot {record.name} can no longer be rebuilt from this store.",
            hint="A copy of the store may have what is lacking: runfolio merge, runfolio pull."
            if set(verdict.lost.values()) != {"purged"}
            else "What was purged does not come back.",
        )
    if copy and not copy.ok:
        raise DamagedStoreError(f"{asked.copy} is not the snapshot {record.name}.")


def _json(verdict: Verdict) -> dict[str, Any]:
    return {"ok": not verdict.lost, "runs": verdict.runs, "lost": dict(verdict.lost)}


def _tell(record: Record, verdict: Verdict) -> None:
    whole = verdict.runs - len(verdict.lost)
    say(f"store: {whole:,} of {verdict.runs:,} runs of {safe(record.name)} are as they were")
    for run_id, why in list(verdict.lost.items())[:8]:
        say(f"  {safe(run_id)}: {safe(why)}")
    if not verdict.lost:
        say(f"  sha256:{record.digest}")


def _doi(text: str) -> str:
    from runfolio.config.people import doi_of

    try:
        return doi_of(text) if text else ""
    except ValueError as error:
        raise UsageError(f"{safe(text)!r}: {error}") from None


def _plain(record: Record) -> dict[str, Any]:
    return {
        "name": record.name,
        "time": record.time,
        "as_of": record.as_of,
        "filter": record.filter,
        "note": record.note,
        "doi": record.doi,
        "digest": record.digest,
        "runs": [each.run_id for each in record.runs],
    }
