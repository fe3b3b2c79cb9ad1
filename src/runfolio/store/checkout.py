"""Contents on their way out of the store: checked while they are copied, and never too far out.

The paths come from facts that anyone may have written, so each is judged before it names a file.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from runfolio.errors import DamagedStoreError, StoreError, UnsafeError
from runfolio.store import files
from runfolio.store.blobs import check_digest, digest_file, pieces_of
from runfolio.store.folder import Folder

_ODD = re.compile(r'[\x00-\x1f\x7f\\:*?"<>|]' if os.name == "nt" else r"[\x00-\x1f\x7f\\:]")
_GIT = re.compile(r"\.git|git~\d+", re.I)
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.I)


@dataclass(frozen=True)
class Wanted:
    """Contents by digest, and the relative path (with /) under which they are to be saved."""

    digest: str
    path: str


@dataclass(frozen=True)
class Saved:
    """What was written, and what lay there already with the same contents."""

    written: tuple[Path, ...]
    same: tuple[Path, ...] = ()

    @property
    def paths(self) -> tuple[Path, ...]:
        """All files, sorted."""
        return tuple(sorted((*self.written, *self.same)))


def copies(folder: Folder) -> Path:
    """Where contents are copied to for programs that want a path; may be deleted at any time."""
    return folder.cache / "files"


def is_git(part: str) -> bool:
    """Whether git would take this part of a path for its own folder, on any system.

    Who writes there can have a program run by git: no name of a stranger leads into it.
    """
    seen = "".join(
        c for c in unicodedata.normalize("NFKC", part) if unicodedata.category(c) != "Cf"
    )
    return _GIT.fullmatch(seen.rstrip(". ")) is not None


def inside(path: str) -> tuple[str, ...]:
    """The parts of a path that stays where it is put; UnsafeError for any other.

    Refused: nothing, absolute paths, ``..``, drives, backslashes, colons, control characters,
    names of devices, a hidden first part (``.bashrc``), and ``.git`` anywhere.
    """
    parts = tuple(path.split("/"))
    odd = any(part in ("", ".", "..") or _DEVICE.fullmatch(part) or is_git(part) for part in parts)
    if odd or _ODD.search(path) or parts[0].startswith("."):
        raise UnsafeError(
            f"The artifact {path!r} has a path that could lead elsewhere; nothing was written.",
            hint="Save it alone, under a name of your own: -o FILE.",
        )
    return parts


def save_file(folder: Folder, digest: str, target: Path, *, force: bool = False) -> Saved:
    """Save contents as ``target``; its folder is made if it is not there.

    UnsafeError if another file lies there, unless ``force``; a link in its place is replaced, not
    followed. DamagedStoreError or StoreError, and nothing written, if the contents are not whole.
    """
    if not _is_free(target, digest, force=force):
        return Saved((), (target,))
    target.parent.mkdir(parents=True, exist_ok=True)
    save_pieces(pieces_of(folder, digest), target, digest=digest, force=force)
    return Saved((target,))


def save_fetched(
    pieces: Iterable[bytes], target: Path, *, digest: str | None, force: bool = False
) -> None:
    """Save what comes from elsewhere as ``target``; StoreError, and nothing written, if it is not
    what the digest says.
    """
    if os.path.lexists(target) and not force:
        raise _taken(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        save_pieces(pieces, target, digest=digest, force=force)
    except DamagedStoreError:
        raise StoreError(
            f"What was fetched for {target.name} is not what the run used: its digest differs.",
            hint="It was changed there since; nothing was written.",
        ) from None


def save_tree(
    folder: Folder, wanted: Sequence[Wanted], root: Path, *, force: bool = False
) -> Saved:
    """Save several contents below ``root``; every target is looked at before one is written.

    A link inside ``root`` is never followed (UnsafeError). Contents that are damaged or missing
    are passed over; DamagedStoreError names them when all others are written.
    """
    targets = {below(root, inside(each.path)): each for each in wanted}
    free = {path: _is_free(path, each.digest, force=force) for path, each in targets.items()}
    broken: list[tuple[str, StoreError | DamagedStoreError]] = []
    written = []
    for target in (path for path in targets if free[path]):
        each = targets[target]
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            save_pieces(pieces_of(folder, each.digest), target, digest=each.digest, force=force)
            written.append(target)
        except (StoreError, DamagedStoreError) as error:
            broken.append((each.path, error))
    if broken:
        names = ", ".join(path for path, _ in broken[:3]) + (" …" if len(broken) > 3 else "")
        raise DamagedStoreError(
            f"{len(broken)} of {len(wanted)} files could not be saved: {names}. "
            f"{broken[0][1].message}",
            hint="The others were saved. runfolio verify tells what the store lacks.",
        )
    return Saved(tuple(written), tuple(path for path in targets if not free[path]))


def save_pieces(
    pieces: Iterable[bytes], target: Path, *, digest: str | None = None, force: bool = False
) -> None:
    """Write a file that appears whole or not at all; DamagedStoreError if ``digest`` differs."""
    from hashlib import sha256

    temp = files.temp_path(target.parent, "get", str(os.getpid()))
    state = sha256()
    fd = files.create(temp)
    try:
        try:
            for piece in pieces:
                state.update(piece)
                files.write_all(fd, piece)
        finally:
            os.close(fd)
        if digest is not None:
            check_digest(digest, state.hexdigest())
        _appear(temp, target, force=force)
    finally:
        temp.unlink(missing_ok=True)


def _appear(temp: Path, target: Path, *, force: bool) -> None:
    """Give ``temp`` its name; without ``force`` only if nobody else took it meanwhile."""
    if not force:
        try:
            os.link(temp, target)
            return
        except FileExistsError:
            raise _taken(target) from None
        except OSError:  # no hard links here
            if os.path.lexists(target):
                raise _taken(target) from None
    temp.replace(target)


def below(root: Path, parts: Sequence[str]) -> Path:
    """The path below ``root``; UnsafeError if a link lies on the way."""
    path = root
    for part in parts[:-1]:
        path = path / part
        with contextlib.suppress(OSError):
            if stat.S_ISLNK(path.lstat().st_mode):
                raise UnsafeError(
                    f"{path} is a link, so files below it could land anywhere.",
                    hint="Save into an empty folder: -o DIR.",
                )
    return path / parts[-1]


def _is_free(target: Path, digest: str, *, force: bool) -> bool:
    """Whether ``target`` is to be written: False if it holds the same contents already."""
    try:
        found = target.lstat()
    except OSError:
        return True
    if stat.S_ISREG(found.st_mode) and digest_file(target).digest == digest:
        return False
    if not force:
        raise _taken(target)
    return True


def _taken(target: Path) -> UnsafeError:
    return UnsafeError(f"{target} is there already.", hint="--force replaces it.")
