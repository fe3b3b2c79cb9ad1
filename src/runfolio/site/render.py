"""Pages to HTML: the Jinja2 environment, its filters, and where the templates lie."""

from __future__ import annotations

import difflib
import hashlib
import posixpath
import re
import traceback
from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, urlsplit

from jinja2 import (
    ChoiceLoader,
    Environment,
    FileSystemLoader,
    PrefixLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
    pass_context,
)
from jinja2.runtime import Context

from runfolio.errors import BuildError
from runfolio.site.compiled import compiled_templates
from runfolio.site.pages import Page
from runfolio.site.theme import PACKAGED, Theme, templates_folder
from runfolio.site.words import _, catalogue

__all__ = [
    "CONTENT_POLICY",
    "Renderer",
    "compiled_once",
    "counted",
    "relative_url",
    "status_icon",
    "templates_folder",
]

#: On every page as a meta tag: nothing inline runs, nothing is fetched from elsewhere.
CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "media-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "object-src 'none'"
)

_STATUS_ICONS = {
    "finished": "check",
    "running": "play",
    "failed": "cross",
    "killed": "stop",
    "stalled": "clock",
}


def relative_url(target: str, start: str) -> str:
    """The link from the page at ``start`` to ``target``, both site paths.

    ``target`` may carry ``#fragment``; a full address, a mail link or a bare fragment stays as it
    is. The path is percent-encoded, so any file name is safe in it.
    """
    if (
        not target
        or target.startswith("#")
        or urlsplit(target).scheme in {"http", "https", "mailto"}
    ):
        return target
    path, mark, fragment = target.partition("#")
    return _relative(path, posixpath.dirname(start) or ".") + mark + fragment


@lru_cache(maxsize=4096)
def _relative(path: str, folder: str) -> str:
    """``path`` as seen from ``folder``; pages of one folder have most of their links in common."""
    if path.startswith("../"):  # out of a site that lies within another
        depth = 0 if folder == "." else folder.count("/") + 1
        return quote("../" * depth + path, safe="/-._~")
    return quote(posixpath.relpath(path, folder), safe="/-._~")


def counted(number: int, one: str, many: str = "") -> str:
    """A number with its noun: '1 run', '1,204 runs'."""
    return f"{number:,} {_(one if number == 1 else many or one + 's')}"


def named(text: str) -> str:
    """A name as a link or a head shows it, which must say something."""
    return text if text.strip() else _("(no name)")


def status_icon(status: str) -> str:
    """The icon that goes with a run's status."""
    return _STATUS_ICONS.get(status, "info")


@pass_context
def _url(context: Context, target: str) -> str:
    """Filter ``url``: a site path as a link from the page that is being rendered."""
    return relative_url(target, context["path"])


@pass_context
def _address(context: Context, target: str) -> str:
    """Filter ``address``: a site path as a full address, for the sites that have one."""
    root: str = context["site"].url
    return root + quote(target, safe="/-._~")


@pass_context
def _preview(context: Context, path: str) -> str:
    """Filter ``preview``: the picture that goes with a page where others link to it; '' for none.

    Pages of a folder without pictures show the front page's.
    """
    cards: tuple[str, ...] = context["site"].cards
    if not cards:
        return ""
    own = posixpath.dirname(path) in cards and posixpath.basename(path) != "index.html"
    return f"cards/{path.removesuffix('.html')}.png" if own else "cards/index.png"


@pass_context
def _asset(context: Context, name: str) -> str:
    """Function ``asset``: the link to a static file by its logical name."""
    try:
        path = context["site"].assets[name]
    except KeyError:
        raise BuildError(
            f"A page asks for the asset {name!r}, which the site does not have."
        ) from None
    return relative_url(path, context["path"])


@pass_context
def _current(context: Context, path: str) -> str:
    """Filter ``current``: 'page' for the page itself, 'true' for its folder's index, else ''."""
    here: str = context["path"]
    if here == path:
        return "page"
    folder = posixpath.dirname(here)
    return "true" if folder and path == f"{folder}/index.html" else ""


def _environment(theme: Theme) -> Environment:
    packaged = FileSystemLoader(theme.packaged)
    loaders = [packaged, PrefixLoader({PACKAGED: packaged})]
    if theme.templates:
        loaders.insert(0, FileSystemLoader(theme.folder))
    environment = Environment(
        loader=ChoiceLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        bytecode_cache=None if theme.templates else compiled_templates(),
    )
    environment.filters.update(url=_url, current=_current, counted=counted, status_icon=status_icon)
    environment.filters.update(named=named)
    environment.filters.update(address=_address, preview=_preview)
    environment.globals.update(asset=_asset, content_policy=CONTENT_POLICY, _=_)
    environment.globals.update(catalogue=catalogue)
    environment.policies["json.dumps_kwargs"] = {
        "sort_keys": True,
        "ensure_ascii": False,
        "allow_nan": False,
        "separators": (",", ":"),
    }
    return environment


class Renderer:
    """Turns page models into HTML; the same page always gives the same text."""

    def __init__(self, theme: Theme | None = None) -> None:
        self.theme = theme or Theme(templates_folder())
        self.folder = self.theme.packaged
        self._environment = _environment(self.theme)

    def render(self, page: Page) -> str:
        """The HTML of ``page``; its fields are all that the template sees.

        BuildError with file and line where a template is wrong.
        """
        given = {field.name: getattr(page, field.name) for field in fields(page)}
        try:
            return self._environment.get_template(type(page).template).render(given)
        except TemplateError as error:
            raise self._told(error, given) from error
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            if not self._place(error).startswith("theme/"):
                raise  # a mistake of ours
            raise self._told(error, given) from error

    def fill(self, template: str, **given: object) -> str:
        """A template that is no page, such as those of a bundle, with what is ``given``."""
        return self._environment.get_template(template).render(given)

    def digest(self) -> str:
        """Hex digest over all templates and words: when it changes, every page is made anew."""
        total = hashlib.sha256(catalogue().state.encode())
        for path in sorted(self.folder.rglob("*.html")):
            total.update(path.relative_to(self.folder).as_posix().encode() + b"\0")
            total.update(path.read_bytes() + b"\0")
        for name, path in sorted(self.theme.templates.items()):
            total.update(f"theme/{name}\0".encode() + path.read_bytes() + b"\0")
        return total.hexdigest()

    def _told(self, error: Exception, given: Mapping[str, object]) -> BuildError:
        """A template's mistake in a sentence that names file and line."""
        word = re.match(r"'(\w+)' is undefined", str(error))
        near = difflib.get_close_matches(word[1], given, n=1) if word else ()
        meant = f"; did you mean {near[0]}?" if near else ""
        kind = "" if isinstance(error, TemplateError) else f"{type(error).__name__}: "
        return BuildError(
            f"{self._place(error)}: {kind}{error}{meant}",
            hint=f"What this page's template may use: {', '.join(sorted(given))}.",
        )

    def _place(self, error: Exception) -> str:
        """Where a template failed: ``theme/run.html:12``."""
        if isinstance(error, TemplateSyntaxError) and error.filename:
            return f"{self._shown(Path(error.filename))}:{error.lineno}"
        for frame in reversed(traceback.extract_tb(error.__traceback__)):
            if frame.filename.endswith(".html"):
                return f"{self._shown(Path(frame.filename))}:{frame.lineno}"
        return "A template"

    def _shown(self, path: Path) -> str:
        for name, folder in (("theme", self.theme.folder), (PACKAGED, self.folder)):
            if folder != Path() and path.is_relative_to(folder):
                return f"{name}/{path.relative_to(folder).as_posix()}"
        return path.name


@lru_cache(maxsize=1)
def compiled_once(theme: Theme, digest: str) -> Renderer:
    """A renderer with its templates compiled, kept for the next build of the same process."""
    return Renderer(theme)
