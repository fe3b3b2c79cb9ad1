"""Publish the site, and tell what leaves: ``runfolio publish``."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.cli.building import summary, tell_left_out, tell_problems
from runfolio.cli.bundling import lock_of, locked, passphrase_of, target_of, to_file
from runfolio.cli.consent import require_consent
from runfolio.cli.failures import warn
from runfolio.cli.leaks import note_allowed, stop_leaks, tell_unmatched
from runfolio.cli.outgoing import Wanted
from runfolio.cli.preparing import Ready, made_ready
from runfolio.cli.terminal import is_terminal, safe, say, say_json
from runfolio.errors import PublishError, UsageError

if TYPE_CHECKING:
    from datetime import datetime

    from runfolio.cli.call import Call
    from runfolio.config import Config
    from runfolio.config.publishing import PublishConfig
    from runfolio.publish.branch import Published
    from runfolio.publish.elsewhere import Sent


def publish_and_tell(call: Call, wanted: Wanted) -> None:
    """Build for others, look through every file, measure, and let it out."""
    target, passphrase = target_of(wanted), passphrase_of(wanted)
    config = _with_wishes(call.config, wanted)
    _require_address(config, wanted)
    ready = _made_ready(call, config, wanted, target)
    tell_unmatched(ready, wanted)
    stop_leaks(ready)
    lock = lock_of(config, passphrase)
    done: Published | Sent | None
    if target:
        _tell_build(ready, wanted)
        done = to_file(ready, wanted, target, lock)
    else:
        host = config.publish.host or _host_of_remote(config)
        ready = locked(ready, wanted, lock, host) if lock else ready
        done = _elsewhere(ready, wanted) if wanted.to else _to_branch(ready, wanted)
    note_allowed(ready, wanted)
    if wanted.as_json:
        _tell_json(ready, done)


def _with_wishes(config: Config, wanted: Wanted) -> Config:
    """The configuration with the flags, and the address at which the site will be."""
    from runfolio.publish.hosts import domain
    from runfolio.publish.space import space_of
    from runfolio.publish.tree import clean_dest

    allow = (*config.publish.allow, *wanted.allow)
    wish = dataclasses.replace(config.publish, **wanted.options, allow=allow)
    wish = dataclasses.replace(wish, dest=clean_dest(wish.dest), cname=domain(wish.cname))
    if wanted.to.startswith("hf://"):
        space_of(wanted.to)  # a mistake is told before anything is built
        wish = dataclasses.replace(wish, host="huggingface")
    site = config.site
    if not site.title:
        from runfolio.site.keys import title_of

        title = "Runs" if wish.anonymous else title_of(config)  # a folder's name may tell whose
        site = dataclasses.replace(site, title=title)
    elsewhere = wanted.to or wanted.single_file
    if wanted.no_cname:
        wish = dataclasses.replace(wish, cname="")
    if not site.url and not elsewhere and not wish.anonymous:
        site = dataclasses.replace(site, url=_address(config, wish, wanted))
    return dataclasses.replace(config, publish=wish, site=site)


def _address(config: Config, wish: PublishConfig, wanted: Wanted) -> str:
    """Where the branch will be read; '' where that cannot be told.

    A domain that the branch has already stays, unless it is to be taken off.
    """
    from runfolio.publish.git import find_remote
    from runfolio.publish.hosts import address
    from runfolio.publish.live import domain_of_branch

    here = _repository(config)
    remote = find_remote(here, wish.remote)
    kept = wish.cname or wanted.no_cname
    cname = wish.cname if kept else domain_of_branch(here, wish.remote, wish.branch)
    return address(remote.url, wish.dest, cname)


def _shown_at(config: Config, wanted: Wanted) -> str:
    """The address for the author, also of a site that does not hold it."""
    wish = config.publish
    return config.site.url or (_address(config, wish, wanted) if wish.anonymous else "")


def _require_address(config: Config, wanted: Wanted) -> None:
    """UsageError, before anything is built, where ``--wait`` would have nobody to ask."""
    if wanted.wait and not _shown_at(config, wanted).startswith(("https://", "http://")):
        raise UsageError(
            "--wait needs the address of the site, and this remote does not tell it.",
            hint='Say it in runfolio.toml: url = "https://…" in [site]; or leave out --wait.',
        )


def _repository(config: Config) -> Path:
    return config.source.parent if config.source else Path.cwd()


def _made_ready(call: Call, config: Config, wanted: Wanted, target: Path | None) -> Ready:
    """The site for others; one that is locked has no address in it, and is measured locked."""
    host = config.publish.host or _host_of_remote(config)
    built = config
    if wanted.password_env:
        site = dataclasses.replace(config.site, url="")
        built = dataclasses.replace(config, site=site)
    ready = made_ready(
        built,
        call.brought(),
        host="" if target or wanted.password_env else host,
        shown=is_terminal() and not wanted.as_json,
        since=lambda copy: _since_last(config, wanted, copy, target),
    )
    return dataclasses.replace(ready, config=config)


def _since_last(config: Config, wanted: Wanted, public: Path, target: Path | None) -> str:
    """The moment of the site that is out there, from which the front page tells what moved.

    Nobody can ask a locked site for it, and one file has none before it.
    """
    from runfolio.publish.live import manifest_of_last, since_of
    from runfolio.query.store import Store
    from runfolio.site.gather.context import address_of

    if config.site.since or not config.publish.moved:
        return config.site.since
    if wanted.password_env or target:
        return ""

    def newest() -> datetime | None:
        with Store.open(public, config=config) as store:
            return store.newest_time()

    address = "" if config.publish.anonymous else address_of(config)
    manifest = manifest_of_last(config, wanted.to, _repository(config), address)
    return since_of(manifest, newest)


def _host_of_remote(config: Config) -> str:
    from runfolio.publish.git import find_remote
    from runfolio.publish.hosts import host_of

    try:
        return host_of(find_remote(_repository(config), config.publish.remote).url)
    except PublishError:
        return ""


# --- letting it out ------------------------------------------------------------------------------


def _to_branch(ready: Ready, wanted: Wanted) -> Published | None:
    from runfolio.publish.branch import Plan, publish

    wish, quiet = ready.config.publish, wanted.as_json
    plan = Plan(
        site=ready.report.out,
        repository=_repository(ready.config),
        remote=wish.remote,
        branch=wish.branch,
        dest=wish.dest,
        history=wish.history,
        cname=None if wanted.no_cname else wish.cname,
        adopt=wanted.adopt,
        anonymous=wish.anonymous,
        dry_run=True,
    )
    if wish.anonymous and wish.history == 0:
        warn("the commits that the branch keeps (history = 0) name those who made them")
    ahead = publish(plan)
    _tell_build(ready, wanted)
    if not quiet:
        _tell_change(ahead, dry_run=True)
        _tell_actions(ready.config, wish.branch)
    if wanted.dry_run:
        return ahead
    address = _shown_at(ready.config, wanted)
    if not _differs(ahead):
        _wait(address, ready.files, wanted)
        return ahead
    where = address or f"the branch {wish.branch} of {ahead.remote}"
    reads = _reads(wanted)
    require_consent(f"Publish to {where}? Everybody will be able to {reads}.", yes=wanted.yes)
    done = publish(dataclasses.replace(plan, dry_run=False))
    if not quiet:
        say(f"published to the branch {safe(done.branch)} of {safe(done.remote)}")
        if address:
            seen = "locked" if wanted.password_env else "public"
            say(f"{address}  ({seen}; it takes a minute or two to appear)")
    _wait(address, ready.files, wanted)
    return done


def _differs(ahead: Published) -> bool:
    change = ahead.change
    return bool(change.added or change.changed or change.removed or not ahead.old)


def _tell_change(done: Published, *, dry_run: bool) -> None:
    from runfolio.site.numbers import format_bytes

    change = done.change
    if not _differs(done):
        say(f"{safe(done.branch)} of {safe(done.remote)} shows this already")
        return
    word = "would change" if dry_run else "changed"
    say(
        f"{word} on {safe(done.branch)} of {safe(done.remote)}: {len(change.added):,} files added, "
        f"{len(change.changed):,} changed, {len(change.removed):,} removed, "
        f"{format_bytes(change.bytes)}"
    )


def _tell_actions(config: Config, branch: str) -> None:
    """Say so where a workflow of the repository publishes Pages, so that no branch is shown."""
    from runfolio.publish.git import answer
    from runfolio.publish.hosts import workflow_publishes

    here = _repository(config)  # the project may lie below the repository's root
    folder = Path(answer(here, "rev-parse", "--show-toplevel") or here) / ".github" / "workflows"
    texts = [path.read_text("utf-8", "replace") for path in sorted(folder.glob("*.y*ml"))]
    if workflow_publishes(texts):
        warn(
            "a workflow here deploys Pages by Actions: then GitHub does not show the branch "
            f"{branch}. In the repository's settings, Pages, choose one of the two."
        )


def _wait(address: str, files: Mapping[str, Path], wanted: Wanted) -> None:
    """With ``--wait``: ask the address until it shows this very site."""
    from runfolio.publish.tree import MANIFEST
    from runfolio.publish.waiting import wait_for

    if not wanted.wait:
        return
    last, quiet = "", wanted.as_json
    try:
        for answer in wait_for(address, files[MANIFEST].read_bytes()):
            if answer != last and not quiet:
                say(f"waiting: {answer}")
            last = answer
    except TimeoutError as error:
        raise PublishError(
            f"After ten minutes {address} still shows something else: {error}",
            hint="In the repository's settings, Pages, see whether the branch is served.",
        ) from error
    if not quiet:
        say(f"{address} shows it")


def _reads(wanted: Wanted) -> str:
    """What everybody can do with the site."""
    return "download it, and read it with the passphrase" if wanted.password_env else "read it"


def _tell_build(ready: Ready, wanted: Wanted) -> None:
    if not wanted.as_json:
        tell_problems(ready.report.problems)
        say(summary(ready.report))
        tell_left_out(ready.report.left_out)


def _elsewhere(ready: Ready, wanted: Wanted) -> Sent | None:
    from runfolio.publish.elsewhere import to_bucket, to_folder, to_zip
    from runfolio.publish.space import is_space, shown_at, to_space
    from runfolio.site.numbers import format_bytes

    is_bucket = ":/" in wanted.to and not is_space(wanted.to)
    _tell_build(ready, wanted)
    if wanted.dry_run:
        if not wanted.as_json:
            say(f"would go to {safe(wanted.to)}: {len(ready.files):,} files")
        return None
    reads = _reads(wanted)
    if is_space(wanted.to):
        where = shown_at(wanted.to)
        require_consent(f"Publish to {where}? Everybody will be able to {reads}.", yes=wanted.yes)
        sent = to_space(ready.files, wanted.to)
    elif is_bucket:
        require_consent(f"Send the site to {wanted.to}?", yes=wanted.yes)
        sent = to_bucket(ready.files, wanted.to)
    elif wanted.to.lower().endswith(".zip"):
        sent = to_zip(ready.files, Path(wanted.to))
    else:
        sent = to_folder(ready.files, Path(wanted.to))
    if not wanted.as_json:
        say(
            f"{safe(sent.place)}: {sent.written:,} files written, {sent.removed:,} removed, "
            f"{format_bytes(sent.bytes)}"
        )
    return sent


def _tell_json(ready: Ready, done: Published | Sent | None) -> None:
    scan = ready.scan
    say_json(
        {
            "address": ready.config.site.url,
            "runs": ready.report.runs,
            "pages": ready.report.pages,
            "files": len(ready.files),
            "bytes": scan.bytes,
            "scanner": scan.scanner,
            "left_out": ready.report.left_out,
            "allowed": [finding.id for finding in scan.allowed],
            "done": None if done is None else _plain(done),
        }
    )


def _plain(value: Any) -> Any:
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {key: _plain(each) for key, each in vars(value).items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_plain(each) for each in value]
    return value
