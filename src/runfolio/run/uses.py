"""What a run starts from: models and artifacts of earlier runs, brought here and recorded."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runfolio.run.files import local_path
from runfolio.run.recorder import Recorder, to_json
from runfolio.schema import Kind
from runfolio.store.blobs import digest_file
from runfolio.store.checkout import copies

if TYPE_CHECKING:
    from runfolio.query.artifacts import StoredFile
    from runfolio.query.store import Store


class Uses:
    """The methods of a run that take something from another run.

    Unlike those that record, they raise where the thing is not there or not whole: a training
    cannot go on without the model that it starts from.
    """

    _recorder: Recorder

    def use_model(
        self,
        name: str,
        version: int | str | None = None,
        *,
        into: str | Path | None = None,
        store: str | Path | None = None,
    ) -> Path:
        """Start from a registered model: the path of its file (or folder), and a fact about it.

        ``version``: a number or an alias (``champion``); the newest if left out. ``into``: a
        folder to save it in; the store's cache if left out. ``store``: another store than the
        run's. The contents are checked. Raises ``ModelNotFoundError``, ``DamagedStoreError``.
        """
        with self._reading(store) as found:
            model = found.model(name, version)
            path = self._brought(model.files, model.needed_artifact(), into)
        self._used(
            name,
            model.files,
            type="model",
            run=model.run_id,
            path=model.artifact,
            digest=model.digest,
            version=model.version,
            alias=None if version is None or str(version).isdecimal() else str(version),
        )
        return path

    def use_artifact(
        self,
        run: Any,
        path: str,
        *,
        step: int | None = None,
        into: str | Path | None = None,
        store: str | Path | None = None,
    ) -> Path:
        """Start from a file (or folder) that another run kept: its path here, and a fact about it.

        ``run``: its id, name, or the run itself. ``into``: a folder to save it in; the store's
        cache if left out. ``store``: another store than the run's. The contents are checked; a
        reference is read where it lies, or fetched. Raises ``RunNotFoundError``,
        ``ArtifactNotFoundError``, ``DamagedStoreError``.
        """
        from runfolio.query import artifacts

        with self._reading(store) as found:
            view = found.run(str(getattr(run, "id", run)))
            files = artifacts.below(view.files, path, step, view.name)
            local = self._brought(files, path.rstrip("/"), into)
        if view.id != self._recorder.run_id:
            clean = path.rstrip("/")
            self._used(
                clean, files, type="artifact", run=view.id, path=clean, digest=_digest(files, clean)
            )
        return local

    def _reading(self, store: str | Path | None) -> Store:
        from runfolio.query.store import Store

        return Store.open(self._recorder.folder.path if store is None else store)

    def _used(self, name: str, files: Sequence[StoredFile], **more: object) -> None:
        with self._recorder.guard("What the run uses", name):
            size = float(sum(each.size or 0 for each in files))
            info = {**more, "files": len(files)}
            key = self._recorder.named(name, "thing that is used")
            self._recorder.fact(Kind.USE, key, value=size, text=to_json(info))

    def _brought(self, files: Sequence[StoredFile], path: str, into: str | Path | None) -> Path:
        """Save the files into ``into`` or the cache; where the file or folder is then.

        A single reference to a file of this machine stays where it is, if it still is the same.
        """
        if into is None and len(files) == 1 and files[0].uri:
            local = local_path(files[0].uri)
            if (
                local is not None
                and local.is_file()
                and digest_file(local).digest == files[0].digest
            ):
                return local
        if into is not None:
            return _saved(files, path, Path(into), force=False)
        cache = copies(self._recorder.folder) / _digest(files, path)[:32]
        try:
            return _saved(files, path, cache, force=True)
        except OSError:  # a store that is only read
            return _saved(files, path, Path(tempfile.mkdtemp(prefix="runfolio-")), force=True)


def _saved(files: Sequence[StoredFile], path: str, root: Path, *, force: bool) -> Path:
    from runfolio.query import artifacts

    parent = path.rpartition("/")[0]
    artifacts.save(files, root, prefix=parent, force=force)
    for each in files:
        if each.uri:
            target = artifacts.target_below(root, artifacts.after(each.path, parent))
            each.fetch(target, force=force)
    return root / path.rpartition("/")[2]


def _digest(files: Sequence[StoredFile], path: str) -> str:
    """The digest of one file, or of the sorted names and digests of several."""
    if len(files) == 1 and files[0].path == path and files[0].digest:
        return files[0].digest
    lines = sorted(f"{each.path.removeprefix(path)} {each.digest}" for each in files)
    return hashlib.sha256("\n".join(lines).encode("utf-8", "replace")).hexdigest()
