"""Publish a site as one file, or locked with a passphrase: parts of ``runfolio publish``."""

from __future__ import annotations

import dataclasses
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe, say
from runfolio.errors import PublishError, UsageError

if TYPE_CHECKING:
    from runfolio.cli.outgoing import Wanted
    from runfolio.cli.preparing import Ready
    from runfolio.config import Config
    from runfolio.publish.carrier import Frame
    from runfolio.publish.elsewhere import Sent
    from runfolio.publish.lock import Lock
    from runfolio.publish.onefile import OneFile

_HTML = (".html", ".htm")


def target_of(wanted: Wanted) -> Path | None:
    """The HTML file that is asked for; None for another way out. UsageError for both at once."""
    if wanted.single_file and wanted.to:
        raise UsageError("--single-file and --to name two places.", hint="Give one of them.")
    asked = wanted.single_file or wanted.to
    is_file = bool(wanted.single_file) or (asked.lower().endswith(_HTML) and ":/" not in asked)
    if not is_file and wanted.side_files is not None:
        raise UsageError(
            "--side-files belongs to a single file.", hint="Add --single-file results.html"
        )
    if not is_file and wanted.opens and not wanted.password_env:
        raise UsageError(
            "--open says where a single file or a locked site opens.",
            hint="Add --single-file results.html",
        )
    if is_file and not asked.lower().endswith(_HTML):
        raise UsageError(f"{asked} is no name of an HTML file.", hint=f"For example {asked}.html")
    return Path(asked) if is_file else None


def passphrase_of(wanted: Wanted) -> str:
    """The passphrase that the site is locked with; '' for none. UsageError where it is weak."""
    from runfolio.publish.lock import read_passphrase

    if not wanted.password_env:
        return ""
    passphrase, doubt = read_passphrase(os.environ, wanted.password_env)
    if doubt:
        warn(doubt)
    return passphrase


def lock_of(config: Config, passphrase: str) -> Lock | None:
    """The lock of this store's bundles under the passphrase; None without one."""
    from runfolio.publish.lock import Lock, salt_of
    from runfolio.store.folder import Folder

    return Lock(passphrase, salt_of(Folder.open(config.store).store_id)) if passphrase else None


def frame_of(config: Config) -> Frame:
    """What bundles are dressed with, in the language of the site."""
    from runfolio.publish.carrier import Frame
    from runfolio.site.render import Renderer, templates_folder
    from runfolio.site.words import in_its_language

    renderer = Renderer()

    @in_its_language
    def fill(config: Config, template: str, /, **given: object) -> str:
        return renderer.fill(template, **given)

    return Frame(templates_folder(), partial(fill, config))


def locked(ready: Ready, wanted: Wanted, lock: Lock, host: str) -> Ready:
    """The site as it leaves under the lock: nothing of it can be read, not even the names.

    PublishError where ``host`` does not take it.
    """
    from runfolio.publish.hosts import HOSTS, space_card, too_large
    from runfolio.publish.onefile import locked_site
    from runfolio.publish.tree import site_files
    from runfolio.site.sizes import measure

    out = ready.report.out.with_suffix(".locked")
    opens, _ = _opening(ready, wanted)
    locked_site(frame_of(ready.config), ready.files, opens, lock, out)
    files = site_files(out)
    if ready.config.publish.host == "huggingface":
        card = out.with_suffix(".card")
        card.write_text(space_card("Locked pages"), encoding="utf-8", newline="\n")
        files["README.md"] = card
    problems = too_large(measure(files), HOSTS[host]) if host else []
    if problems:
        raise PublishError(
            "\n".join(problems),
            hint='Nothing was published. Fewer runs: --filter "tag:paper"; see runfolio size.',
        )
    report = dataclasses.replace(ready.report, out=out)
    return dataclasses.replace(ready, files=files, report=report)


def to_file(ready: Ready, wanted: Wanted, target: Path, lock: Lock | None) -> Sent | None:
    """Bring the site into one HTML file, and tell; None where only that was asked."""
    from runfolio.publish.bundle import make_bundle
    from runfolio.publish.onefile import one_file, write_one

    frame = frame_of(ready.config)
    opens, front = _opening(ready, wanted)
    bundle = make_bundle(ready.files, opens, front=front)
    made = one_file(frame, bundle, target, beside=wanted.side_files, lock=lock)
    _tell_size(made)
    quiet = wanted.as_json
    if wanted.dry_run:
        if not quiet:
            say(f"would write {_described(made, target, lock)}")
        return None
    sent = write_one(made, target)
    if not quiet:
        same = "" if sent.written else " (as it was)"
        say(_described(made, target, lock) + same)
    return sent


def _opening(ready: Ready, wanted: Wanted) -> tuple[str, str]:
    from runfolio.publish.onefile import opening

    most = ready.config.site.compare_runs
    return opening(ready.files, wanted.opens, most)


def _described(made: OneFile, target: Path, lock: Lock | None) -> str:
    from runfolio.site.numbers import format_bytes

    pages = f"{made.pages:,} pages" if made.pages != 1 else "one page"
    how = ", locked" if lock else ""
    text = f"{safe(str(target))}: {pages}{how}, {format_bytes(made.carried.bytes)}"
    if not made.folder:
        return text
    return f"{text} with the folder {safe(made.folder)} beside it; it needs that folder"


def _tell_size(made: OneFile) -> None:
    """What is largest, where one file is too large to be sent round."""
    from runfolio.publish.onefile import BUDGET
    from runfolio.site.numbers import format_bytes

    if not made.is_large:
        return
    whole, budget = format_bytes(made.single), format_bytes(BUDGET)
    warn(f"one file has {whole}; above {budget} mail refuses it and browsers open it slowly.")
    for path, size in made.largest:
        say(f"  {format_bytes(size)}  {safe(path)}", err=True)
    say(
        '  Fewer runs: --filter "tag:paper". Without large artifacts: hide = ["artifact:*.ckpt"] '
        "in [publish]." + ("" if made.folder else " Data beside the file: --side-files."),
        err=True,
    )
