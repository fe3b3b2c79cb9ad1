"""Fetching the next files of a place elsewhere while the one before is checked."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from runfolio.store.folder import Folder
from runfolio.store.seal import temp_for
from runfolio.store.source import Entry, Source

_THREADS = 8
_WINDOW = 24


class Ahead:
    """A source whose next ``wanted`` files are on their way already. Use it in a ``with`` block."""

    local = False

    def __init__(self, source: Source, folder: Folder, wanted: Iterable[Entry]) -> None:
        self.label = source.label
        self._source = source
        self._folder = folder
        self._wanted = iter(wanted)
        self._coming: dict[str, tuple[Path, Future[None]]] = {}
        self._pool = ThreadPoolExecutor(_THREADS)

    def entries(self) -> dict[str, Entry]:
        """As the source lists them."""
        return self._source.entries()

    def path(self, entry: Entry) -> None:
        """Nothing of it lies here."""
        return None

    def fetch(self, entry: Entry, target: Path) -> None:
        """The file, as soon as it is there."""
        self._go_on()
        coming = self._coming.pop(entry.name.text, None)
        if coming is None:
            return self._source.fetch(entry, target)
        temp, future = coming
        try:
            future.result()
            temp.replace(target)
        finally:
            temp.unlink(missing_ok=True)

    def _go_on(self) -> None:
        for entry in itertools.islice(self._wanted, max(0, _WINDOW - len(self._coming))):
            temp = temp_for(self._folder, entry.name.file)
            future = self._pool.submit(self._source.fetch, entry, temp)
            self._coming[entry.name.text] = (temp, future)

    def __enter__(self) -> Ahead:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown(cancel_futures=True)
        for temp, _future in self._coming.values():
            temp.unlink(missing_ok=True)
