"""What was fetched once and not kept, so that it is not fetched again: a cache of this machine."""

from __future__ import annotations

import contextlib
import json
from hashlib import blake2b

from runfolio.store import files
from runfolio.store.folder import Folder
from runfolio.store.seal import temp_for
from runfolio.store.source import Entry


class Looked:
    """Files of one place whose facts this store has in larger files, with their sizes then."""

    def __init__(self, folder: Folder, label: str) -> None:
        digest = blake2b(label.encode("utf-8", "replace"), digest_size=8).hexdigest()
        self._folder = folder
        self._path = folder.cache / f"looked-{digest}.json"
        self._sizes: dict[str, int] = {}
        self._changed = False
        with contextlib.suppress(OSError, ValueError):
            found = json.loads(self._path.read_bytes())
            if isinstance(found, dict):
                self._sizes = found

    def __contains__(self, entry: Entry) -> bool:
        return self._sizes.get(entry.name.text) == entry.size

    def add(self, entry: Entry) -> None:
        """This file need not come again as long as it does not grow."""
        self._sizes[entry.name.text] = entry.size
        self._changed = True

    def save(self) -> None:
        """Keep it for the next time; a cache that cannot be written is no trouble."""
        if not self._changed:
            return
        with contextlib.suppress(OSError):
            files.make_dirs(self._path.parent)
            temp = temp_for(self._folder, "looked")
            files.make_dirs(temp.parent)
            temp.write_text(json.dumps(self._sizes, sort_keys=True), encoding="utf-8")
            temp.replace(self._path)
