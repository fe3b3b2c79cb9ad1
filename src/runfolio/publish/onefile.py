"""Ways out of a bundle: one HTML file on the disk, and a site that is locked as a whole."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from runfolio.errors import PublishError, UnsafeError, UsageError
from runfolio.publish.bundle import Bundle, is_page, make_bundle
from runfolio.publish.carrier import Carried, Frame, carried
from runfolio.publish.elsewhere import Sent
from runfolio.publish.lock import Lock
from runfolio.publish.tree import MANIFEST
from runfolio.store.files import temp_path

#: Above this a bundle comes with its data in files beside it: what mail takes.
BUDGET = 20_000_000
_MARK = b'<script type="application/json" id="bundle">'
_RUN_PAGE = re.compile(r"runs/(?!index\.html)([^/]+)\.html")
_PIECE = re.compile(r"\d{4,}-[0-9a-f]{10}\.js")


@dataclass(frozen=True)
class OneFile:
    """A bundle that is ready to be written.

    ``folder`` holds what lies beside the file, '' for nothing; ``single`` is how large one file
    alone would be.
    """

    carried: Carried
    folder: str
    single: int
    pages: int
    largest: tuple[tuple[str, int], ...]

    @property
    def is_large(self) -> bool:
        """Whether one file would pass the budget."""
        return self.single > BUDGET


def opening(files: Mapping[str, Path], wish: str, most: int) -> tuple[str, str]:
    """(where a bundle opens, its page for readers without scripts) for what the user wrote.

    ``wish``: a page's path, ``compare`` for all runs side by side (at ``most``), a run's id; ''
    for the page of the only run, or the front page. UsageError where they are too many.
    """
    run_ids = [found[1] for path in sorted(files) if (found := _RUN_PAGE.fullmatch(path))]
    if not wish:
        return (f"runs/{run_ids[0]}.html" if len(run_ids) == 1 else "index.html"), ""
    if wish in ("compare", "compare.html"):
        if len(run_ids) > most:
            raise UsageError(
                f"{len(run_ids):,} runs are too many to compare; {most} at once are the most.",
                hint="Choose fewer with --filter, or allow more with compare_runs in [site].",
            )
        state = ",".join(quote(each, safe="/:-._~") for each in run_ids)
        return f"compare.html#runs={state}", "index.html"
    path, mark, state = wish.partition("#")
    for known in (path, f"{path}.html", f"{path}/index.html", f"runs/{path}.html"):
        if known in files and is_page(known):
            return known + mark + state, ""
    return wish, ""  # which make_bundle refuses, and says what there is


def one_file(
    frame: Frame,
    bundle: Bundle,
    target: Path,
    *,
    beside: bool | None = None,
    lock: Lock | None = None,
) -> OneFile:
    """The bundle as it would lie at ``target``.

    ``beside``: its data in a folder beside it; None leaves that to the size.
    """
    alone = carried(frame, bundle, lock=lock)
    large = len(alone.html) > BUDGET
    folder = f"{target.stem}_files" if beside or (beside is None and large) else ""
    whole = carried(frame, bundle, beside=folder, lock=lock) if folder else alone
    largest = sorted(bundle.sizes.items(), key=lambda one: (-one[1], one[0]))[:5]
    return OneFile(whole, folder, len(alone.html), bundle.pages, tuple(largest))


def write_one(made: OneFile, target: Path) -> Sent:
    """Write it: the files beside it first, then the HTML file, whole or not at all.

    UnsafeError where a file lies there that is no bundle; equal files are not written again.
    """
    _refuse_foreign(target)
    wanted = {target.parent / name: data for name, data in made.carried.beside.items()}
    written = size = removed = 0
    try:
        for path, data in [*wanted.items(), (target, made.carried.html)]:
            if path.is_file() and path.read_bytes() == data:
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            temp = temp_path(path.parent, path.name, "publish")
            temp.write_bytes(data)
            temp.replace(path)
            written, size = written + 1, size + len(data)
        folder = target.parent / f"{target.stem}_files"
        for old in sorted(folder.glob("*.js")) if folder.is_dir() else ():
            if old not in wanted and _PIECE.fullmatch(old.name):
                old.unlink()
                removed += 1
        if removed and not any(folder.iterdir()):
            folder.rmdir()
    except OSError as error:
        raise PublishError(
            f"{target} cannot be written: {error.strerror or error}.",
            hint="Choose another place.",
        ) from error
    return Sent(str(target), written, removed, size)


def locked_site(frame: Frame, files: Mapping[str, Path], opens: str, lock: Lock, out: Path) -> None:
    """The site as a folder ``out`` that tells nothing of it.

    It holds a page that asks for the passphrase, locked pieces, and the manifest of these.
    """
    whole = carried(frame, make_bundle(files, opens), beside="pieces", lock=lock)
    made = {"index.html": whole.html, **whole.beside}
    listed = {
        name: [len(data), hashlib.sha256(data).hexdigest()] for name, data in sorted(made.items())
    }
    manifest = {"format": 1, "files": listed, "kept": [], "keys": {}}
    made[MANIFEST] = (json.dumps(manifest, indent=1, sort_keys=True) + "\n").encode()
    shutil.rmtree(out, ignore_errors=True)
    for name, data in made.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _refuse_foreign(target: Path) -> None:
    if target.is_dir():
        raise UsageError(f"{target} is a folder.", hint="Name a file, such as results.html")
    if target.exists() and _MARK not in target.read_bytes():
        raise UnsafeError(
            f"{target} is there already, and runfolio did not write it.",
            hint="Choose another name, or remove it first.",
        )
