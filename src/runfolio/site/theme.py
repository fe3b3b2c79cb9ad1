"""Themes: a folder of the user's own whose templates and style sheets go before the packaged ones.

    theme/
      footer.css                 style sheets, joined behind the site's own
      partials/footer.html       takes the place of the packaged partial
      run.html                   {% extends "runfolio/run.html" %} to change one block of a page
      static/mark.svg            {{ asset('static/mark.svg') }}, or in CSS url("static/mark.svg")

What the folder does not hold comes from the package, so it upgrades with it. ``eject`` copies one
packaged template and notes where it came from; ``problems`` tells when the original has changed.
"""

from __future__ import annotations

import difflib
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from runfolio.environment.version import VERSION
from runfolio.errors import BuildError, UsageError

#: Packaged templates keep this name for themes that extend them.
PACKAGED = "runfolio"
_HEADER = re.compile(
    r"\{# (?P<name>\S+) of runfolio (?P<version>\S+), sha256:(?P<digest>[0-9a-f]{16})\."
)
_ABOUT = re.compile(r"\s*\{#-?\s*(.*?)#\}", re.DOTALL)
_REFERS = re.compile(r"""\{%-?\s*(?:include|from|import|extends)\s+["']([^"']+)["']""")
_URL = re.compile(r"""url\(\s*(["']?)(?!data:|#)([^"')]+)\1\s*\)""")
_ELSEWHERE = re.compile(r"""(?:url\(\s*["']?|@import\s+["'])(?:https?:)?//[^"')\s]+""")


@dataclass(frozen=True)
class Ejected:
    """What the first line of an ejected template says: its name, the version, and the digest."""

    name: str
    version: str
    digest: str


@dataclass(frozen=True)
class TemplateState:
    """A packaged template as ``runfolio theme list`` shows it.

    ``state`` is packaged (no file in the theme), overridden (one that was written by hand),
    ejected (a copy of what is packaged now) or out of date (the original has changed since).
    """

    name: str
    about: str
    state: str


@dataclass(frozen=True)
class Theme:
    """A theme's folder, which need not exist, over the folder of packaged templates."""

    packaged: Path
    folder: Path = field(default_factory=Path)

    @cached_property
    def templates(self) -> Mapping[str, Path]:
        """The theme's own templates by name."""
        return {name: path for name, path in self._files.items() if name.endswith(".html")}

    @cached_property
    def styles(self) -> Mapping[str, Path]:
        """The theme's style sheets by name, in the order in which they are joined."""
        return {name: path for name, path in self._files.items() if name.endswith(".css")}

    @cached_property
    def files(self) -> Mapping[str, Path]:
        """Files of ``static/``, by their name for ``asset()``."""
        return {
            name: path
            for name, path in self._files.items()
            if name.startswith("static/") and name not in self.styles
        }

    @property
    def state(self) -> str:
        """A digest of everything in the theme."""
        total = hashlib.sha256()
        for name, path in self._files.items():
            total.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
        return total.hexdigest()[:32] if self._files else ""

    def originals(self) -> tuple[str, ...]:
        """The names of all packaged templates of pages: a bundle's own are nobody's to change."""
        found = _names(self.packaged, "*.html")
        return tuple(name for name in found if not name.startswith("bundle/"))

    def overview(self) -> tuple[TemplateState, ...]:
        """All packaged templates, what each is, and whether the theme has one in its place."""
        return tuple(
            TemplateState(name, _about(self.packaged / name), self._state(name))
            for name in self.originals()
        )

    def problems(self) -> tuple[str, ...]:
        """What a person should know of the theme, in sentences that name the file."""
        stale = [
            f"theme/{name} was ejected from runfolio {found.version}, and the packaged one has "
            f"changed since; to see how: runfolio theme diff {name}"
            for name in self.templates
            if (found := self.ejected(name)) and self._state(name) == "out of date"
        ]
        asked = [
            f"theme/{name} asks for {match[0]}…; the site's policy lets nothing in from elsewhere"
            for name, path in self.styles.items()
            if (match := _ELSEWHERE.search(_text(path)))
        ]
        return (*stale, *self._unused(), *asked)

    def ejected(self, name: str) -> Ejected | None:
        """What the theme's template says of its origin; None if it says nothing."""
        if name not in self.templates:
            return None
        found = _HEADER.match(_text(self.templates[name]))
        return Ejected(found["name"], found["version"], found["digest"]) if found else None

    def eject(self, name: str, folder: Path | None = None) -> Path:
        """Copy a packaged template into the theme (or ``folder``), with a line on its origin.

        UsageError where there is no such template, or the theme has one in its place.
        """
        name = self.meant(name)
        target = (folder or self.folder) / name
        if target.exists():
            raise UsageError(
                f"{target} is there already.",
                hint=f"See how it differs: runfolio theme diff {name}. Or move it away first.",
            )
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(self._header(name) + _text(self.packaged / name), "utf-8", newline="\n")
        return target

    def diff(self, name: str) -> str:
        """How the theme's template differs from the packaged one, as a unified diff; '' if not."""
        name = self.meant(name)
        if name not in self.templates:
            raise UsageError(f"The theme has no {name}.", hint=f"runfolio theme eject {name}")
        mine = _text(self.templates[name])
        if found := _HEADER.match(mine):
            mine = mine[mine.index("\n", found.end()) + 1 :]
        texts = (_text(self.packaged / name).splitlines(), mine.splitlines())
        names = (f"{PACKAGED}/{name} ({VERSION})", f"theme/{name}")
        return "\n".join(difflib.unified_diff(*texts, *names, lineterm=""))

    def meant(self, name: str) -> str:
        """The packaged template of this name; ``footer`` is enough for ``partials/footer.html``."""
        known = self.originals()
        for each in (name, f"{name}.html", f"partials/{name}", f"partials/{name}.html"):
            if each in known:
                return each
        short = {each.rpartition("/")[2].removesuffix(".html"): each for each in known}
        near = difflib.get_close_matches(name, [*known, *short], n=1)
        meant = f"; did you mean {short.get(near[0], near[0])}?" if near else "."
        raise UsageError(
            f"There is no template {name!r}{meant}",
            hint="runfolio theme list tells them all.",
        )

    def style(self, name: str, assets: Mapping[str, str]) -> str:
        """The text of a style sheet, its ``url()`` of theme files as they lie in the site.

        ``assets`` gives the path in the site (``assets/mark-1a2b.svg``) of each static file.
        """
        folder = self.styles[name].parent

        def link(match: re.Match[str]) -> str:
            target = (folder / match[2].partition("?")[0].partition("#")[0]).resolve()
            for logical, path in self.files.items():
                if path.resolve() == target:
                    return f'url("{assets[logical].rpartition("/")[2]}")'
            return match[0]

        return _URL.sub(link, _text(self.styles[name]))

    @cached_property
    def _files(self) -> Mapping[str, Path]:
        """Everything that counts in the folder, by name; no hidden file, no link that leads out."""
        if self.folder == Path() or not self.folder.is_dir():
            return {}
        root = self.folder.resolve()
        return {
            name: self.folder / name
            for name in _names(self.folder, "*")
            if not any(part.startswith(".") for part in name.split("/"))
            and (self.folder / name).resolve().is_relative_to(root)
        }

    def _state(self, name: str) -> str:
        if name not in self.templates:
            return "packaged"
        found = self.ejected(name)
        if found is None or found.name != name:
            return "overridden"
        return "ejected" if found.digest == _digest(self.packaged / name) else "out of date"

    def _header(self, name: str) -> str:
        digest = _digest(self.packaged / name)
        return f"{{# {name} of runfolio {VERSION}, sha256:{digest}. Keep this line. #}}\n"

    def _unused(self) -> list[str]:
        """Templates that nothing refers to: a name that is spelt wrong overrides nothing."""
        known = set(self.originals())
        asked = {name for path in self.templates.values() for name in _REFERS.findall(_text(path))}
        found = []
        for name in self.templates:
            if name not in known | asked:
                near = difflib.get_close_matches(name, known, n=1, cutoff=0.6)
                meant = f"; did you mean {near[0]}?" if near else "; runfolio theme list"
                found.append(f"theme/{name} takes the place of no template{meant}")
        return found


def templates_folder() -> Path:
    """The folder of templates and static files: packaged beside the code, or the checkout's."""
    package = Path(__file__).resolve().parent.parent
    for folder in (package / "templates", package.parent.parent / "templates"):
        if (folder / "base.html").is_file():
            return folder
    raise BuildError(
        f"The page templates are missing: neither {package}/templates nor the checkout has them.",
        hint="Install runfolio again.",
    )


def theme_of(packaged: Path, folder: Path, *, asked: bool = False) -> Theme:
    """The theme in ``folder``; BuildError where it was ``asked`` for and is no folder."""
    if asked and not folder.is_dir():
        raise BuildError(
            f"The theme {folder.name} is no folder.",
            hint="Correct [site] theme in the configuration, or make one: runfolio theme eject",
        )
    return Theme(packaged, folder)


def _names(folder: Path, pattern: str) -> list[str]:
    found = (path for path in folder.rglob(pattern) if path.is_file())
    return sorted(path.relative_to(folder).as_posix() for path in found)


def _about(path: Path) -> str:
    """The first sentence of a template's comment."""
    found = _ABOUT.match(_text(path))
    text = " ".join(found[1].split()) if found else ""
    return re.split(r"(?<=[.:])\s", text)[0].rstrip(":.")


def _digest(path: Path) -> str:
    return hashlib.sha256(_text(path).encode()).hexdigest()[:16]


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BuildError(f"{path.name} is not UTF-8 (byte {error.start}).") from None
