"""Tell how large a site is or will be, what a host takes, and what makes it smaller."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe, say, say_json
from runfolio.errors import PublishError
from runfolio.site.numbers import format_bytes

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.cli.copying import Public
    from runfolio.publish.hosts import Host
    from runfolio.query.frozen import FrozenSources
    from runfolio.site.cures import Cure
    from runfolio.site.predict import Prediction
    from runfolio.site.sizes import Size

#: How far a prediction may be off: a site that may just fit is built, and judged then.
SLACK = 0.05


def size_and_tell(call: Call, *, host: str, local: bool, as_json: bool) -> None:
    """Predict the site for others (or the ``local`` one) and judge it by what ``host`` takes."""
    from runfolio.cli.copying import public_copy, tell_home
    from runfolio.publish.frozen import public_snapshots
    from runfolio.publish.hosts import HOSTS, too_large
    from runfolio.site.cures import cures
    from runfolio.site.kept import Kept
    from runfolio.site.predict import predict

    config = call.config
    if local:
        kept, found = Kept(), predict(config, origins=call.origins)
    else:
        public = public_copy(config, call.origins)
        tell_home(public.home, anonymous=config.publish.anonymous)
        frozen = public_snapshots(public.folder, config, public.named)
        kept, found = public.kept, _predicted(public, frozen)
    name = host or config.publish.host
    known = HOSTS[name] if name else None
    most = known.file_bytes if known else None
    problems = too_large(found.size, known) if known else []
    could = cures(found, config, kept, _need(found.size, known), most)
    if as_json:
        _tell_json(found, problems, could)
        return
    say(
        f"The site will have {format_bytes(found.size.bytes)} in {found.size.files:,} files "
        f"({found.made:,} of {found.runs:,} runs made to know it, {found.seconds:.1f} s)."
    )
    for line in [*_parts(found.size), *_largest(found.size)]:
        say(line)
    if known:
        for line in problems or [f"{known.title} takes it."]:
            say(line)
    for line in _cures(could):
        say(line)


def _predicted(public: Public, frozen: FrozenSources) -> Prediction:
    """How large the site for others will be."""
    from runfolio.site.predict import predict

    return predict(
        public.config,
        out=public.site,
        contents=public.folder,
        kept=public.kept,
        snapshots=frozen,
        origins=public.origins,
    )


def check_ahead(public: Public, frozen: FrozenSources, host: str) -> None:
    """PublishError where the site would be too large for the host, before it is built.

    A store that is far too small for that is not looked at, nor one whose site of the last time
    has at most half of what the host takes.
    """
    from runfolio.publish.hosts import HOSTS, too_large

    if not host or _roomy(public, frozen, HOSTS[host]):
        return
    found = _predicted(public, frozen)
    problems = too_large(found.size, HOSTS[host], SLACK)
    if problems:
        raise _refused(problems, found, found.size, public, HOSTS[host])


def check_size(files: Mapping[str, Path], public: Public, frozen: FrozenSources, host: str) -> None:
    """PublishError where the host would refuse the files; a warning where it will soon."""
    from runfolio.publish.hosts import HOSTS, too_large
    from runfolio.site.sizes import measure

    if not host:
        return
    known, size = HOSTS[host], measure(files)
    problems = too_large(size, known)
    if problems:
        found = _predicted(public, frozen)
        raise _refused(problems, found, size, public, known)
    if known.warn_bytes is not None and size.bytes > known.warn_bytes:
        warn(f"{format_bytes(size.bytes)} is near the limit of {known.title}:")
        for line in _parts(size):
            say(line, err=True)


def _roomy(public: Public, frozen: FrozenSources, host: Host) -> bool:
    """Whether there is no doubt that the host takes the site."""
    from runfolio.query.store import Store
    from runfolio.site.output import read_manifest

    config, before = public.config, read_manifest(public.site)
    files, keys = before.get("files", {}), before.get("keys", {})
    names = {each.name for each in frozen.sources}
    fewer = names <= set(keys.get("snapshots", ()))
    with Store.open(config.store, config, origins=public.origins) as store:
        ((runs, points),) = store.sql("SELECT count(*), sum(points) FROM runs").fetchall()
        ((kept, stored, most),) = store.sql(
            "SELECT count(*), sum(size), max(size) FROM artifacts"
        ).fetchall()
    points, stored, most = int(points or 0), int(stored or 0), int(most or 0)
    if files and fewer and runs <= 1.1 * len(keys.get("runs", ())):
        total, number = sum(size for size, _ in files.values()), len(files)
        most = max((size for size, _ in files.values()), default=0)
    else:  # what no store that was seen has come near to
        total, number = 300_000 * runs + 80 * points + stored + 20_000_000, 20 * runs + kept + 1_000
        total, number = (1 + len(names)) * total, (1 + len(names)) * number
        most = max(most, 80 * points)
    limits = ((host.bytes, total), (host.files, number), (host.file_bytes, most))
    return all(limit is None or found <= limit / 2 for limit, found in limits)


def _need(size: Size, host: Host | None) -> int:
    """Bytes that have to go."""
    return max(0, size.bytes - host.bytes) if host and host.bytes is not None else 0


def _refused(
    problems: list[str],
    found: Prediction,
    size: Size,
    public: Public,
    host: Host,
) -> PublishError:
    from runfolio.site.cures import cures

    could = cures(found, public.config, public.kept, _need(size, host), host.file_bytes)
    lines = [*problems, *_parts(size), *_largest(size), *_cures(could)]
    return PublishError("\n".join(lines), hint="Nothing was published.")


def _parts(size: Size) -> list[str]:
    wide = max((len(part.name) for part in size.parts), default=0)
    return [
        f"  {part.name:{wide}}  {format_bytes(part.bytes):>8} in {part.files:,} files"
        for part in size.parts
    ]


def _largest(size: Size) -> list[str]:
    shown = ", ".join(f"{safe(name)} ({format_bytes(count)})" for name, count in size.largest[:3])
    return [f"The largest files: {shown}"] if shown else []


def _cures(could: list[Cure]) -> list[str]:
    if not could:
        return []
    wide = max(len(cure.text) + len(cure.table) for cure in could)
    lines = []
    for cure in could:
        room = " " * (wide - len(cure.text) - len(cure.table))
        told = f"saves {format_bytes(cure.saves)}" if cure.saves else cure.note
        lines.append(f"  {cure.text} in [{cure.table}]{room}  {told}")
    return ["What makes it smaller:", *lines]


def _tell_json(found: Prediction, problems: list[str], could: list[Cure]) -> None:
    told = dataclasses.asdict(found)
    del told["heavy"], told["inside"]
    say_json({**told, "problems": problems, "cures": [dataclasses.asdict(each) for each in could]})
