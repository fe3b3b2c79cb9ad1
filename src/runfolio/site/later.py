"""What a build takes over from the site before: pages and files whose key is what it was.

A key is a digest of everything that a page depends on. The manifest holds the keys with the paths
of what was made; the next build compares, and makes anew only what has another key.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runfolio.site.gather.context import DataFile, LateFile, LateFiles, LatePages, state_digest
from runfolio.site.gather.whole import Made
from runfolio.site.keys import program_key
from runfolio.site.output import Sink
from runfolio.site.pages import Page


class Later:
    """Writes what rooms make to an output, and takes over what would come out the same.

    ``keys`` takes what the next build has to know; ``show`` gives a page as HTML.
    """

    def __init__(self, output: Sink, keys: dict[str, Any], show: Callable[[Page], bytes]) -> None:
        self.output = output
        self.keys = keys
        self.show = show

    def write(self, made: Made) -> list[str]:
        """Give it to the output, in whichever way; the paths of what there is now."""
        if isinstance(made, LateFile):
            return self._file(made)
        if isinstance(made, LateFiles):
            return self._files(made)
        if isinstance(made, LatePages):
            return self._pages(made)
        if isinstance(made, DataFile):
            self.output.add(made.path, made.data)
        else:
            self.output.add(made.path, self.show(made))
        return [made.path]

    def _known(self, kind: str) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self.output.old_keys.get(kind, {})
        return found

    def _file(self, file: LateFile) -> list[str]:
        if self._known("late").get(file.path) == file.key and self.output.has([file.path]):
            self.output.reuse([file.path])
        else:
            self.output.add(file.path, file.make())
        self.keys.setdefault("late", {})[file.path] = file.key
        return [file.path]

    def _files(self, late: LateFiles) -> list[str]:
        key = state_digest(program_key(), late.key)
        paths: list[str]
        was, told, paths = self._known("files").get(late.name, ("", None, []))
        if was == key and self.output.has(paths):
            self.output.reuse(paths)
        else:
            told, files = late.make()
            paths = [file.path for file in files]
            for file in files:
                self.output.add(file.path, file.data)
        self.keys.setdefault("files", {})[late.name] = [key, told, paths]
        late.told(told)
        return paths

    def _pages(self, late: LatePages) -> list[str]:
        paths: list[str]
        was, paths = self._known("pages").get(late.name, ("", []))
        if was == late.key and self.output.has(paths):
            self.output.reuse(paths)
        else:
            paths = [path for made in late.make() for path in self.write(made)]
        self.keys.setdefault("pages", {})[late.name] = [late.key, paths]
        return paths
