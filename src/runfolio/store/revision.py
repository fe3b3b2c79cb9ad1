"""The store as a commit of its git repository holds it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from runfolio import schema
from runfolio.errors import StoreError, UsageError
from runfolio.store.folder import Folder


@contextmanager
def at_revision(folder: Folder, revision: str) -> Iterator[Folder]:
    """The store of ``folder`` as it is in ``revision`` (a branch, tag or commit), for a while.

    A revision that does not have the store gives an empty one. UsageError outside a repository and
    for a revision that it does not know. The worktree is not touched.
    """
    _require_commit(folder.path, revision)
    with tempfile.TemporaryDirectory(prefix="runfolio-") as temp:
        place = Path(temp) / "store"
        place.mkdir()
        _unpack(folder.path, revision, place)
        if (place / schema.MARKER).is_file():
            yield Folder.open(place)
        else:
            yield Folder.create(place)


def _require_commit(path: Path, revision: str) -> None:
    wanted = f"{revision}^{{commit}}"
    done = _git(path, "rev-parse", "--verify", "--quiet", "--end-of-options", wanted)
    if done.returncode == 0:
        return
    if _git(path, "rev-parse", "--git-dir").returncode:
        raise UsageError(
            f"{path} is in no git repository.", hint="Compare with --with STORE or --from TIME."
        )
    raise UsageError(
        f"Git knows no revision {revision!r} here.",
        hint="A shallow clone has few: in CI, fetch it first (git fetch origin main).",
    )


def _unpack(path: Path, revision: str, place: Path) -> None:
    """The files of the folder in the revision, as far as there are any."""
    inside = _git(path, "rev-parse", "--show-prefix").stdout.decode().strip().rstrip("/")
    tree = f"{revision}:{inside}" if inside else revision
    if _git(path, "cat-file", "-e", tree).returncode:
        return
    top = _git(path, "rev-parse", "--show-toplevel").stdout.decode().strip()
    process = subprocess.Popen(  # from the top: below it, git would archive that folder alone
        ["git", "-C", top, "archive", "--format=tar", tree],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env=_environment(),
    )
    assert process.stdout is not None
    with process:
        with tarfile.open(fileobj=process.stdout, mode="r|") as archive:
            for member in archive:
                _write(archive, member, place)
        # Padding may follow the end of the archive; git would die of a pipe that nobody reads.
        while process.stdout.read(1 << 16):
            pass
    if process.returncode:
        raise StoreError(f"Git cannot read the store in {revision!r}.", hint="git fsck")


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, place: Path) -> None:
    """One plain file of the archive, below the place; links and devices are left out."""
    name = PurePosixPath(member.name)
    file = archive.extractfile(member) if member.isreg() else None
    if file is None or name.is_absolute() or ".." in name.parts:
        return
    target = place / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with file, target.open("wb") as out:
        shutil.copyfileobj(file, out)


def _git(path: Path, *words: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            ["git", "-C", str(path), *words], capture_output=True, env=_environment(), check=False
        )
    except FileNotFoundError:
        raise UsageError("Git is not installed, or not on the PATH.", hint="Install git.") from None


def _environment() -> dict[str, str]:
    return {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
