"""What must not leave: told with its place and a way out, and nothing leaves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe, say
from runfolio.errors import ConfigError, UnsafeError
from runfolio.publish.scan import CLOSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runfolio.cli.outgoing import Wanted
    from runfolio.cli.preparing import Ready
    from runfolio.publish.scan import Finding

_SHOWN = 12
_FILES_SHOWN = 3


def stop_leaks(ready: Ready) -> None:
    """UnsafeError with everything that must not leave."""
    from runfolio.publish.gate import places_of
    from runfolio.query.store import Store

    _tell_scanner(ready)
    findings = ready.scan.findings
    if not findings:
        return
    with Store.open(ready.config.store, ready.config) as store:
        places = places_of(findings[:_SHOWN], store)
        names = {run.run_id: run.name for run in store.runs_table()}
    lines = []
    for finding in findings[:_SHOWN]:
        lines.append(f"  {finding.id}  {finding.what}: {safe(finding.masked)}")
        for place in places[finding.id]:
            run = names.get(place.run_id, place.run_id)
            lines.append(f"      run {safe(run)}: {safe(place.kind)} {safe(place.key)}".rstrip())
        lines.append(f"      in {_listed(finding)}")
    if len(findings) > _SHOWN:
        lines.append(f"  and {len(findings) - _SHOWN} more")
    things = "one thing" if len(findings) == 1 else f"{len(findings)} things"
    raise UnsafeError(
        f"The site holds {things} that should not leave; nothing was published.\n"
        + "\n".join(lines),
        hint=f"Keep a fact home with hide = [{_hidden(findings)}] in [publish], or let a finding "
        f"out: --allow {findings[0].id}{_open(findings)}",
    )


def _open(findings: Sequence[Finding]) -> str:
    """What to do with a file that nothing here opens."""
    if all(finding.rule != CLOSED for finding in findings):
        return ""
    return ". Packed as .zip, .tar.gz, .xz or .zst without a password, a file is looked into."


def tell_unmatched(ready: Ready, wanted: Wanted) -> None:
    """Tell of ids of ``--allow`` that name nothing."""
    matched = _matched(ready)
    for word in wanted.allow:
        if word not in matched:
            warn(f"--allow {safe(word)} names nothing that was found")


def note_allowed(ready: Ready, wanted: Wanted) -> None:
    """Write what ``--allow`` let out into ``[publish] allow``: nobody has to say it again."""
    from runfolio.config.writing import add_words, file_of

    matched = _matched(ready)
    good = [word for word in wanted.allow if word in matched]
    if not good or wanted.dry_run:
        return
    path = file_of(ready.config.source)
    try:
        noted = add_words(path, "publish", "allow", good)
    except (ConfigError, OSError) as error:
        return warn(f"{safe(path)} could not be changed: {safe(str(error))}", f"allow = {good}")
    if noted and not wanted.as_json:
        say(f"allowed from now on, in [publish] of {safe(path.name)}: {safe(', '.join(noted))}")


def _matched(ready: Ready) -> set[str]:
    """Ids and kinds of what was found and may leave."""
    from runfolio.publish.gate import KINDS

    matched = {word for one in ready.scan.allowed for word in (one.id, one.rule)}
    return matched | (KINDS.keys() if ready.config.publish.anonymous else set())


def _hidden(findings: Sequence[Finding]) -> str:
    """A pattern that keeps the first artifact of the findings home; else one for notes."""
    for finding in findings:
        for place in finding.places:
            folder, _, rest = place.partition("/")
            if folder == "artifacts" and "/" in rest:
                name = rest.partition("/")[2].partition(" › ")[0]
                return safe(f'"artifact:{name}"')
    return '"note:*"'


def _tell_scanner(ready: Ready) -> None:
    """Say so where only our own rules looked, though nobody chose that."""
    from runfolio.publish.scanner import INSTALL

    if not ready.scan.scanner and ready.config.publish.scanner == "auto":
        warn(
            "only runfolio's own rules looked for credentials. Kingfisher knows those of hundreds "
            f'of services: {INSTALL} (scanner = "off" in [publish] ends this warning)'
        )


def _listed(finding: Finding) -> str:
    shown = ", ".join(safe(place) for place in finding.places[:_FILES_SHOWN])
    more = len(finding.places) - _FILES_SHOWN
    return shown + (f" and {more} more files" if more > 0 else "")
