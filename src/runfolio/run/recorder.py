"""The facts of one run on their way to the store, and the guard that keeps trouble out."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from runfolio.run.files import Found
from runfolio.run.names import clean_name
from runfolio.run.trouble import NotRecordedError, Trouble, raised_by_signal, spoken
from runfolio.schema import Kind
from runfolio.store import blobs
from runfolio.store.blobs import Blob
from runfolio.store.folder import Folder
from runfolio.store.writer import Durability, Writer

Fact = tuple[str, str, int | None, float | None, str | None]

TEXT_LIMIT = 256 << 10


class RunIsFinishedError(NotRecordedError):
    """The run was finished before; what comes later is not recorded."""


def to_json(value: object) -> str:
    """``value`` as JSON text; what JSON does not know is written as its text."""
    return json.dumps(value, ensure_ascii=False, default=str)


class Recorder:
    """Writes facts and blobs of one run; every part of the run's room goes through here.

    Methods raise ``NotRecordedError``; ``guard`` turns it, and any other error, into one warning.
    ``kept``: the digests of the artifacts that were recorded here, by their paths.
    """

    def __init__(self, folder: Folder, run_id: str, durability: Durability = "process") -> None:
        self.folder = folder
        self.run_id = run_id
        self.trouble = Trouble()
        self.closed = False
        self.kept: dict[str, str | None] = {}
        self.writer = Writer(folder, run_id, durability=durability, on_trouble=self._disk)

    def _disk(self, message: str) -> None:
        # The writer tells of a lasting trouble about once a minute; each time is worth a line.
        self.trouble.always(f"{message} (run {self.run_id})")

    def fact(
        self,
        kind: Kind,
        key: str,
        *,
        step: int | None = None,
        value: float | None = None,
        text: str | None = None,
    ) -> None:
        """Write one fact of the run."""
        if self.closed:
            raise RunIsFinishedError(f"the run {self.run_id} is finished")
        self.writer.fact(kind, key, step=step, value=value, text=text)

    def artifact(
        self, path: str, info: Mapping[str, object], size: float | None, step: int | None
    ) -> None:
        """Write the fact of an artifact, and remember its digest."""
        self.fact(Kind.ARTIFACT, path, step=step, value=size, text=to_json(info))
        digest = info.get("digest")
        self.kept[path] = digest if isinstance(digest, str) else None

    def facts(self, facts: Sequence[Fact]) -> None:
        """Write several facts of the run, all or none."""
        if self.closed:
            raise RunIsFinishedError(f"the run {self.run_id} is finished")
        if facts:
            self.writer.facts(list(facts))

    def section(self, name: str, facts: Mapping[str, object]) -> None:
        """Write a section of what is known about the start of the run."""
        self.fact(Kind.START, name, text=to_json(facts))

    def keep(
        self, contents: bytes | Path | Found | Iterator[bytes], digest: str | None = None
    ) -> Blob:
        """Store contents once and return their digest and size.

        Pieces must have the ``digest`` if one is given; else nothing is kept (StoreError).
        """
        if self.closed:
            raise RunIsFinishedError(f"the run {self.run_id} is finished")
        if isinstance(contents, bytes):
            return blobs.put_bytes(self.folder, contents)
        if isinstance(contents, Path):
            return blobs.put_file(self.folder, contents)
        if isinstance(contents, Found):
            return blobs.put_file(self.folder, contents.path, opener=contents.open)
        return blobs.put_pieces(self.folder, contents, digest)

    def named(self, name: object, what: str) -> str:
        """``name`` fit for the store; warns once if it had to be changed."""
        try:
            cleaned = clean_name(name)
        except Exception:  # a name whose text cannot be made
            cleaned = "unnamed"
        if cleaned == "unnamed" or (type(name) is str and cleaned != name):
            self.trouble.once(
                f"name:{what}:{cleaned}",
                f"The name of a {what} was changed to {cleaned!r}: names are not empty, have at "
                "most 250 characters and no control characters.",
            )
        return cleaned

    @contextlib.contextmanager
    def guard(self, what: str, name: object = "") -> Iterator[None]:
        """Let no error out: warn once that ``what`` (with ``name``) is not recorded, and why."""
        try:
            yield
        except RunIsFinishedError as error:
            self.trouble.once("finished", f"{what} is not recorded: {error}.")
        except NotRecordedError as error:
            self._not_recorded(what, name, str(error))
        except Exception as error:  # the training boundary: nothing may stop the training
            if raised_by_signal(error):
                raise
            self._not_recorded(what, name, f"{type(error).__name__}: {spoken(error, str)}")

    def _not_recorded(self, what: str, name: object, reason: str) -> None:
        full = what if type(name) is str and not name else f"{what} {spoken(name, repr)}"
        self.trouble.once(full, f"{full} is not recorded: {reason}.")
