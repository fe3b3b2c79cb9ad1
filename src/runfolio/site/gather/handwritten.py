"""The user's own pages: a folder of Markdown files and what they show.

``guide/start.md`` becomes ``guide/start.html``; pictures and files beside the texts are published
at the same path. ``index.md`` stands on the front page. Names that begin with '.' or '_' are left
alone, and texts whose front matter says that they are drafts.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from runfolio.site.gather.notes import link_rule
from runfolio.site.markdown import LinkRule
from runfolio.site.output import digest
from runfolio.site.pages import Link
from runfolio.site.reports.front import Document, read_document

INDEX = "index.md"
#: What is published beside the texts; nothing that a browser would run.
_SUFFIXES = ".png .jpg .jpeg .gif .webp .svg .pdf .csv .tsv .json .txt .parquet .ipynb .bib"
FILES = frozenset(_SUFFIXES.split())


@dataclass(frozen=True)
class Handwritten:
    """The files of the folder by their path in it: texts of Markdown, and other files."""

    texts: dict[str, str]
    files: dict[str, Path]
    problems: tuple[str, ...] = ()
    folder: str = "pages"

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The texts with their front matter read, by name."""
        return {name: read_document(self.file_of(name), text) for name, text in self.texts.items()}

    def file_of(self, name: str) -> str:
        """How mistakes name a text: ``pages/guide/start.md``."""
        return f"{self.folder}/{name}"

    @property
    def state(self) -> str:
        """A digest of all that was read."""
        parts = [f"{path}\0{text}" for path, text in sorted(self.texts.items())]
        parts += [f"{path}\0{digest(file.read_bytes())}" for path, file in self.files.items()]
        return digest("\0".join(parts).encode("utf-8", "surrogatepass"))

    def joined(self, texts: Mapping[str, str]) -> Handwritten:
        """The same folder with more texts, which hooks made."""
        return replace(self, texts={**self.texts, **texts}) if texts else self

    def paths(self) -> set[str]:
        """The site paths that the folder fills."""
        return {page_path(path) for path in self.texts} | set(self.files)


def read_folder(folder: Path) -> Handwritten:
    """All texts and files below ``folder``; empty where there is no such folder."""
    texts: dict[str, str] = {}
    files: dict[str, Path] = {}
    problems = []
    root = folder.resolve()
    for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
        relative = path.relative_to(folder)
        hidden = any(part.startswith((".", "_")) for part in relative.parts)
        if hidden or not path.is_file() or not path.resolve().is_relative_to(root):
            continue
        name, suffix = relative.as_posix(), path.suffix.lower()
        if suffix == ".md":
            try:
                text = path.read_bytes().decode("utf-8-sig")
                if not read_document(name, text).front.draft:
                    texts[name] = text
            except UnicodeDecodeError as error:
                problems.append(f"{name} is not UTF-8 (byte {error.start}); its page is left out")
        elif suffix in FILES:
            files[name] = path
    return Handwritten(texts, files, tuple(problems), folder.name)


def page_path(name: str) -> str:
    """The page of a Markdown file: ``guide/start.md`` -> ``guide/start.html``."""
    return name[: -len(".md")] + ".html"


def nav_links(found: Handwritten, wanted: Sequence[str]) -> tuple[Link, ...]:
    """Links to the pages in the order of the configuration, else those of the top folder.

    Without a configured order the front matter's ``order`` decides, then the name.
    """
    names = {name.removesuffix(".md"): name for name in found.texts if name != INDEX}
    chosen = [word for name in wanted if (word := name.removesuffix(".md")) in names]
    if not wanted:
        fronts = {name: found.documents[names[name]].front for name in names}
        shown = [name for name in names if "/" not in name and fronts[name].nav]
        orders = {name: fronts[name].order for name in shown}
        chosen = sorted(
            shown, key=lambda name: (orders[name] is None, orders[name] or 0.0, names[name])
        )
    return tuple(Link(f"{name}.html", _title(found, names[name])) for name in chosen)


def _title(found: Handwritten, name: str) -> str:
    document = found.documents[name]
    return document.front.title or short_title(name.removesuffix(".md"), document.text)


def text_links(found: Handwritten, name: str, exists: Callable[[str], bool]) -> LinkRule:
    """Where the links of a text lead, seen from its own place."""

    def find(path: str) -> str | None:
        if path in found.texts:
            return page_path(path)
        if path in found.files or exists(path):
            return path
        return f"{path}/index.html" if exists(f"{path}/index.html") else None

    return link_rule(page_path(name), find, posixpath.dirname(name))


def short_title(name: str, text: str) -> str:
    """The first heading, else the file's name in words."""
    for line in text.splitlines()[:20]:
        if line.startswith("# "):
            return line[2:].strip().strip("#").strip()
    return posixpath.basename(name).replace("-", " ").replace("_", " ").capitalize()
