"""Files that runs kept: to be opened, read and saved, their contents checked on the way."""

from __future__ import annotations

import difflib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from runfolio.errors import ArtifactNotFoundError, StoreError
from runfolio.store import checkout
from runfolio.store.blobs import open_checked, pieces_of
from runfolio.store.folder import Folder


@dataclass(frozen=True)
class StoredFile:
    """One file that a run kept, or a reference to one that lies at ``uri``.

    ``path``: inside the run, with /. ``digest``: SHA-256, None where a reference was not read.
    ``size``: bytes. Reading checks the contents: DamagedStoreError if they are not what the digest
    says, StoreError if the store does not have them.
    """

    folder: Folder
    run_id: str
    path: str
    type: str | None
    digest: str | None
    size: int | None
    step: int | None
    uri: str | None
    caption: str | None
    time: datetime

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rpartition("/")[2]

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The contents, for reading in a ``with`` block; all of them are checked first."""
        with open_checked(self.folder, self._kept()) as file:
            yield file

    def read(self) -> bytes:
        """All contents; for large files see ``open`` and ``save``."""
        return b"".join(self.pieces())

    def text(self, encoding: str = "utf-8") -> str:
        """All contents as text, with ``\\n`` at the end of each line."""
        return io.TextIOWrapper(io.BytesIO(self.read()), encoding).read()

    def pieces(self) -> Iterator[bytes]:
        """The contents in pieces of a megabyte; the check comes with the last one."""
        yield from pieces_of(self.folder, self._kept())

    def save(self, target: str | Path, *, force: bool = False) -> Path:
        """Save it as ``target``, or into it if it is a folder; whole or not at all.

        UnsafeError if another file lies there, unless ``force``.
        """
        path = Path(target)
        if path.is_dir():
            path = path / checkout.inside(self.path)[-1]
        checkout.save_file(self.folder, self._kept(), path, force=force)
        return path

    def fetch(self, target: str | Path, *, force: bool = False) -> Path:
        """Save what a reference leads to, in the same way; only this goes to another place."""
        if not self.uri:
            return self.save(target, force=force)
        from runfolio.store.fetch import pieces

        path = Path(target)
        if path.is_dir():
            path = path / checkout.inside(self.path)[-1]
        checkout.save_fetched(pieces(self.uri), path, digest=self.digest, force=force)
        return path

    def _kept(self) -> str:
        if self.uri:
            raise StoreError(
                f"{self.path!r} is a reference: its contents lie at {self.uri}.",
                hint="runfolio artifact get --fetch, or fetch() in Python, goes there.",
            )
        if not self.digest:
            raise StoreError(f"Nobody knows the digest of {self.path!r}, so it cannot be found.")
        return self.digest


def history(database: Any, folder: Folder, run_id: str) -> tuple[StoredFile, ...]:
    """All files that a run kept, those too that a later one of the same path and step replaced."""
    rows = database.execute(_HISTORY, [run_id]).fetchall()
    return tuple(StoredFile(folder, run_id, *row) for row in rows)


_HISTORY = """
SELECT key, data ->> '$.type', data ->> '$.digest', TRY_CAST(value AS BIGINT), step,
    data ->> '$.uri', data ->> '$.caption', time
FROM (
    SELECT key, value, step, time, writer, seq, TRY_CAST(text AS JSON) AS data
    FROM facts WHERE kind = 'artifact' AND run_id = ?
)
ORDER BY key, step NULLS FIRST, time, writer, seq
"""


def with_digest(files: Sequence[StoredFile], digest: str, run: str) -> StoredFile:
    """The file whose digest begins so; ArtifactNotFoundError for none or several contents."""
    found = {
        each.digest: each for each in files if digest and (each.digest or "").startswith(digest)
    }
    if len(found) == 1:
        return next(iter(found.values()))
    count = "no" if not found else f"{len(found)}"
    raise ArtifactNotFoundError(
        f"{count} contents of the run {run} have a digest that begins with {digest!r}.",
        hint="runfolio artifact ls RUN --all lists them.",
    )


def one(files: Sequence[StoredFile], path: str, step: int | None, run: str) -> StoredFile:
    """The file at ``path``; of several steps the one that was logged last.

    ArtifactNotFoundError names the nearest paths.
    """
    found = [each for each in files if each.path == path]
    if step is not None:
        found = [each for each in found if each.step == step]
    if found:
        return max(found, key=lambda each: (each.time, each.step is not None, each.step or 0))
    raise _missing(files, path, step, run)


def below(
    files: Sequence[StoredFile], path: str, step: int | None, run: str
) -> tuple[StoredFile, ...]:
    """The file at ``path``, or all files below it; all of the run for ''. Each path once."""
    prefix = path.rstrip("/")
    fits = [
        each
        for each in files
        if not prefix or each.path == prefix or each.path.startswith(f"{prefix}/")
    ]
    paths = dict.fromkeys(each.path for each in fits if step is None or each.step == step)
    if not paths:
        raise _missing(files, path, step, run)
    return tuple(one(fits, each, step, run) for each in paths)


def save(
    files: Sequence[StoredFile], root: str | Path, *, prefix: str = "", force: bool = False
) -> checkout.Saved:
    """Save files below ``root``, without the ``prefix`` of their paths; references are left out.

    Never writes outside of ``root``, and over another file only with ``force``. DamagedStoreError
    names contents that are not whole, when all others are written.
    """
    wanted = [
        checkout.Wanted(each.digest, after(each.path, prefix))
        for each in files
        if each.digest and not each.uri
    ]
    return (
        checkout.save_tree(files[0].folder, wanted, Path(root), force=force)
        if wanted
        else (checkout.Saved(()))
    )


def after(path: str, prefix: str) -> str:
    """``path`` below ``prefix``; the last part of the path of a file that is asked for itself."""
    start = f"{prefix.rstrip('/')}/" if prefix.rstrip("/") else ""
    return path.removeprefix(start) if path.startswith(start) else path.rpartition("/")[2]


def target_below(root: Path, path: str) -> Path:
    """The place for ``path`` below ``root``; UnsafeError if it could be another one."""
    return checkout.below(root, checkout.inside(path))


def _missing(
    files: Sequence[StoredFile], path: str, step: int | None, run: str
) -> ArtifactNotFoundError:
    paths = sorted({each.path for each in files})
    if not paths:
        return ArtifactNotFoundError(
            f"The run {run} kept no artifacts.",
            hint="run.log_artifact(path) keeps one; runfolio sql finds runs that did: "
            "SELECT run_id, path FROM artifacts",
        )
    steps = sorted({each.step for each in files if each.path == path and each.step is not None})
    if step is not None and path in paths:
        shown = ", ".join(map(str, steps[:10])) or "none"
        return ArtifactNotFoundError(
            f"{path!r} of the run {run} has no step {step}.", hint=f"Its steps: {shown}"
        )
    near = difflib.get_close_matches(path, paths, n=3, cutoff=0.3) or paths[:3]
    return ArtifactNotFoundError(
        f"The run {run} has no artifact {path!r}.", hint=f"Nearest: {', '.join(near)}"
    )
