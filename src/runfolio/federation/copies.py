"""The copies of sources: each is asked for news, and the last copy is kept for when it is silent.

A copy is a store in a folder of its own below ``.runfolio/sources`` and never changes; a note
beside it says what it is. It can be deleted at any moment.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from runfolio.config.sources import SourceConfig
from runfolio.config.values import is_address
from runfolio.environment.secrets import without_credentials
from runfolio.errors import StoreError
from runfolio.federation.limits import SECONDS
from runfolio.federation.reading import Task
from runfolio.query.origins import Origin
from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.mirrors import cache_dir

#: Copies and answers of another version are not used.
_VERSION = 2
#: A place on a network is asked again after so many seconds, unless somebody builds a site.
_FRESH_SECONDS = 300.0
#: After so many seconds a store is read again whose writers were at it: a file that stays as it is
#: may mean that nobody writes any more.
_LIVING_SECONDS = 180.0
#: Others may still read what is not needed any more.
_GRACE_SECONDS = 600.0
_PACKAGE_ROOT = Path(__file__).resolve().parents[2]
#: Allocators that set no address space aside in advance: the limit would count it as taken.
_SOBER = {"MALLOC_ARENA_MAX": "2", "ARROW_DEFAULT_MEMORY_POOL": "system"}


@dataclass(frozen=True)
class Brought:
    """The sources that can be shown, and what is to be told of all of them."""

    origins: tuple[Origin, ...] = ()
    warnings: tuple[str, ...] = ()


def bring(
    sources: Iterable[SourceConfig], store: Folder, *, news: bool = True, seconds: float = SECONDS
) -> Brought:
    """The runs of the sources as they are now, or as they were when they were last reached.

    ``news``: ask every one of them; else those on a network only if the last answer is older than
    five minutes. StoreError where a source that is ``required`` cannot be read.
    """
    home = _home(store)
    origins, warnings = [], []
    for source in sources:
        shelf = _Shelf(home, source, seconds)
        origin, why = shelf.brought(news=news)
        if why and source.required:
            raise StoreError(
                f"The source {source.name} ({_shown(source)}) cannot be read: {why}",
                hint="It is required = true in [[source]].",
            )
        if origin is not None:
            origins.append(origin)
        if why:
            state = f"the copy of {origin.taken} is shown" if origin else "its runs are missing"
            warnings.append(f"source {source.name} ({_shown(source)}): {why}; {state}")
    return Brought(tuple(origins), tuple(warnings))


def _home(store: Folder) -> Path:
    """Where copies for a store lie: in its own cache, else in the user's."""
    path = store.cache / "sources"
    try:
        path.mkdir(parents=True, exist_ok=True)
        if os.access(path, os.R_OK | os.W_OK | os.X_OK):
            return path
    except OSError:
        pass
    name = blake2b(os.fsencode(store.path), digest_size=16).hexdigest()
    path = cache_dir() / "sources" / name
    path.mkdir(parents=True, exist_ok=True)
    return path


def _shown(source: SourceConfig) -> str:
    """Where it is, as it may be told: of a folder its last part."""
    if is_address(Path(source.where)):
        return without_credentials(source.where)
    return Path(source.where).name


class _Shelf:
    """What is here of one source."""

    def __init__(self, home: Path, source: SourceConfig, seconds: float) -> None:
        self.home = home
        self.source = source
        self.seconds = seconds
        self.note = home / f"{source.name}.json"
        asked = (_VERSION, source.name, source.where, source.filter, source.private)
        self.asked = blake2b(repr(asked).encode(), digest_size=8).hexdigest()

    def brought(self, *, news: bool) -> tuple[Origin | None, str]:
        """The copy to show, and why it is none or not a fresh one."""
        known = self._known()
        if known and self._is_fresh(known, news):
            return self._origin(known), ""
        out = self.home / f"{self.source.name}-{secrets.token_hex(6)}"
        answer = _asked(self._task(out, known), self.seconds)
        if answer["kind"] in ("site", "store"):
            copy = {"folder": out.name, "taken": _now(), "at": time.time()}
            known = {**answer, **copy, "asked": self.asked}
            self._write(known)
            self._clean(out)
            return self._origin(known), ""
        shutil.rmtree(out, ignore_errors=True)
        if answer["kind"] == "same" and known:
            self._write(known)  # its time says when it was asked last
            return self._origin(known), ""
        why = without_credentials(str(answer.get("why") or "it cannot be read")).rstrip(".")
        return (self._origin(known, old=why) if known else None), why

    def _is_fresh(self, known: Mapping[str, Any], news: bool) -> bool:
        """Whether nothing has changed, as far as a short look can tell."""
        if is_address(Path(self.source.where)):
            age = time.time() - self.note.stat().st_mtime
            return not news and 0 <= age < _FRESH_SECONDS
        from runfolio.federation.reading import state_here

        same = state_here(Path(self.source.where)) == known["state"]
        return same and not self._may_have_ended(known)

    def _may_have_ended(self, known: Mapping[str, Any]) -> bool:
        """Whether runs that went on when the copy was made may have stopped without a word."""
        age = time.time() - known["at"]
        return bool(known["living"]) and not 0 <= age < _LIVING_SECONDS

    def _task(self, out: Path, known: Mapping[str, Any] | None) -> Task:
        source = self.source
        return Task(
            source.name,
            source.where,
            str(out),
            source.filter,
            source.private,
            source.megabytes,
            known["state"] if known and not self._may_have_ended(known) else "",
            self.seconds,
        )

    def _known(self) -> dict[str, Any] | None:
        """The note of the last copy, if it is of what is asked for now and still there."""
        try:
            known = json.loads(self.note.read_text(encoding="utf-8"))
            if known["asked"] != self.asked:
                return None
            Folder.open(self.home / known["folder"])
        except (OSError, ValueError, TypeError, LookupError, StoreError):
            return None
        return dict(known)

    def _write(self, known: Mapping[str, Any]) -> None:
        temp = self.note.with_name(f"{self.note.name}.{secrets.token_hex(4)}.tmp")
        temp.write_text(json.dumps(known), encoding="utf-8")
        files.replace(temp, self.note)

    def _origin(self, known: Mapping[str, Any], old: str = "") -> Origin:
        site = self.source.url or known["site"]
        return Origin(
            name=self.source.name,
            folder=self.home / known["folder"],
            where=_shown(self.source),
            kind=known["kind"],
            site=f"{site.rstrip('/')}/" if site else "",
            taken=known["taken"],
            digest=known["digest"],
            old=old,
            left=tuple(known["left"]),
            contents=Path(known["contents"]) if known["contents"] else None,
            public=bool(known["public"]),
            consent=self.source.publish,
        )

    def _clean(self, keep: Path) -> None:
        """Remove older copies, once nobody can still be reading them."""
        with contextlib.suppress(OSError):
            for path in self.home.glob(f"{self.source.name}-*"):
                rest = path.name.removeprefix(f"{self.source.name}-")
                is_copy = len(rest) == 12 and path.is_dir() and path != keep
                if is_copy and time.time() - path.stat().st_mtime > _GRACE_SECONDS:
                    shutil.rmtree(path, ignore_errors=True)


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _asked(task: Task, seconds: float) -> dict[str, Any]:
    """The answer of a process of its own, which is ended when it takes too long."""
    path = os.pathsep.join(
        part for part in (str(_PACKAGE_ROOT), os.environ.get("PYTHONPATH", "")) if part
    )
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "runfolio.federation.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **_SOBER, "PYTHONPATH": path},
    )
    try:
        said, _ = process.communicate(json.dumps(asdict(task)).encode(), timeout=seconds + 30)
        answer = json.loads(said)
        return dict(answer)
    except subprocess.TimeoutExpired:
        return {"kind": "unreachable", "why": "it takes too long"}
    except (ValueError, TypeError):
        return {"kind": "refused", "why": "the process that read it was brought down"}
    finally:
        process.kill()
        process.wait()
