"""Check a store and tell what was found: ``runfolio verify``."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe, say, say_json
from runfolio.errors import DamagedStoreError

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.store.verify import Report

UNKNOWN_SHOWN = 5
NOTES_SHOWN = 5


def verify_store(call: Call, *, repair: bool, as_json: bool) -> None:
    """Check every file and print what is wrong; DamagedStoreError if something is."""
    from runfolio.store.verify import verify

    if call.folder.origin:  # contents come on demand; here all are demanded
        from runfolio.store.places import pull

        pull(call.folder)
    report = verify(call.folder, repair=repair)
    if as_json:
        say_json(record(report))
    else:
        _tell(report)
    if not report.ok:
        count = len(report.problems)
        raise DamagedStoreError(
            f"{count} thing{' is' if count == 1 else 's are'} wrong with {report.folder.path}.",
            hint="" if repair else "Mend what can be mended: runfolio verify --repair",
        )


def record(report: Report) -> dict[str, Any]:
    """The report for programs."""
    return {
        "store": report.folder.path,
        "ok": report.ok,
        "files": report.files,
        "facts": report.facts,
        "problems": [dataclasses.asdict(each) for each in report.problems],
        "notes": [dataclasses.asdict(each) for each in report.notes],
        "unknown": list(report.unknown),
        "unnamed": list(report.unnamed),
        "sealed": list(report.sealed),
        "moved": list(report.moved),
    }


def _tell(report: Report) -> None:
    for path in report.sealed:
        say(f"made into a part: {safe(path)}")
    for path in report.moved:
        say(f"set aside as .broken: {safe(path)}")
    for each in report.problems:
        run = f" (run {safe(each.run_id)})" if each.run_id else ""
        warn(f"{safe(each.path)}{run}: {safe(each.message)} Lost: {safe(each.cost)}")
    for each in report.notes[:NOTES_SHOWN]:
        say(f"worth knowing: {safe(each.path)}: {safe(each.message)} {safe(each.cost)}")
    if len(report.notes) > NOTES_SHOWN:
        say(f"worth knowing: {len(report.notes) - NOTES_SHOWN:,} more; --json lists them all")
    for path in report.unknown[:UNKNOWN_SHOWN]:
        say(f"not ours, left alone: {safe(path)}")
    if len(report.unknown) > UNKNOWN_SHOWN:
        say(f"not ours, left alone: {len(report.unknown) - UNKNOWN_SHOWN:,} more")
    count = len(report.problems)
    word = "all is well" if report.ok else f"{count:,} problem{'s' * (count != 1)}"
    found = f"{report.files:,} file{'s' * (report.files != 1)}"
    say(f"{found} with {report.facts:,} facts checked: {word}")
