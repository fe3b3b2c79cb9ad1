"""Putting a finished folder in the place of an old one, so that a reader never finds neither.

On Linux the two names are exchanged in one step (``renameat2``). Elsewhere the old folder is
renamed aside first; a build that dies between the two renames is put right by the next one. A
folder that cannot be renamed, such as a mounted volume, is filled file by file.
"""

from __future__ import annotations

import contextlib
import ctypes
import errno
import os
import shutil
from pathlib import Path

AT_FDCWD = -100
RENAME_EXCHANGE = 2


def swap(new: Path, out: Path) -> None:
    """Make ``new`` the folder ``out``; the old contents of ``out`` are gone afterwards."""
    if not out.exists():
        new.rename(out)
        return
    if _exchange(new, out):
        shutil.rmtree(new, ignore_errors=True)
        return
    aside = sibling(out, "old")
    shutil.rmtree(aside, ignore_errors=True)
    try:
        out.rename(aside)
    except OSError:
        _fill(new, out)
        return
    new.rename(out)
    shutil.rmtree(aside, ignore_errors=True)


def _fill(new: Path, out: Path) -> None:
    """Make ``out`` hold what ``new`` holds, each file whole at any time, pages before removals."""
    kept = set()
    for folder, _, names in os.walk(new):
        for name in names:
            source = Path(folder, name)
            kept.add(source.relative_to(new))
            target = out / source.relative_to(new)
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f".{name}.part")
            shutil.copy2(source, part, follow_symlinks=False)
            part.replace(target)
    for folder, _, names in os.walk(out, topdown=False):
        for name in names:
            if Path(folder, name).relative_to(out) not in kept:
                Path(folder, name).unlink()
        with contextlib.suppress(OSError):  # it holds something, or is the mounted folder itself
            Path(folder).rmdir()


def sibling(out: Path, word: str) -> Path:
    """The temporary folder beside ``out`` of this process: ``.<name>.<word>-<pid>``."""
    return out.with_name(f".{out.name}.{word}-{os.getpid()}")


def clear_stale(out: Path) -> None:
    """Remove what killed builds left beside ``out``, and put back a site that one had set aside."""
    for word in ("old", "new"):
        for folder in sorted(out.parent.glob(f".{_escaped(out.name)}.{word}-*")):
            pid = folder.name.rpartition("-")[2]
            if not pid.isdigit() or (int(pid) != os.getpid() and _alive(int(pid))):
                continue
            if word == "old" and not out.exists():
                folder.rename(out)
            else:
                shutil.rmtree(folder, ignore_errors=True)


def _escaped(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError as error:  # it exists and belongs to somebody else
        return error.errno == errno.EPERM
    return True


def _exchange(a: Path, b: Path) -> bool:
    """Exchange two names; False where the system or the file system cannot."""
    with contextlib.suppress(OSError, AttributeError):
        renameat2 = ctypes.CDLL(None, use_errno=True).renameat2
        done: int = renameat2(
            AT_FDCWD, os.fsencode(a), AT_FDCWD, os.fsencode(b), ctypes.c_uint(RENAME_EXCHANGE)
        )
        return done == 0
    return False
