"""The interface's words: every text that the site says goes through ``_``.

English stands in the code, the templates (``{{ _("Runs") }}``) and the scripts (``rf.t("Runs")``);
a catalogue of another language maps it, and what it lacks stays English. Values go in by name:
``_("{n} runs", n=3)``; where one thing is spoken of in the singular that is a text of its own. What
people wrote (names, params, notes) never passes through here.

``templates/words/en.json`` lists all texts with the places that say them; ``site/catalogue.py``
makes it, and ``runfolio theme words`` makes a catalogue to fill in from it.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from runfolio.errors import BuildError
from runfolio.query.sentence import Sentence
from runfolio.site.theme import templates_folder

if TYPE_CHECKING:
    from runfolio.config import Config

P = ParamSpec("P")
R = TypeVar("R")

#: Languages that are written from right to left.
_LEFTWARD = frozenset({"ar", "ckb", "dv", "fa", "he", "iw", "ks", "ps", "sd", "ug", "ur", "yi"})
_VALUE = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Catalogue:
    """A language of the interface: English text -> its words; ``problems`` are its mistakes."""

    language: str = "en"
    words: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @property
    def direction(self) -> str:
        """rtl or ltr: where a line of text begins."""
        script = self.language.lower()
        return "rtl" if script.split("-")[0] in _LEFTWARD and "latn" not in script else "ltr"

    @property
    def state(self) -> str:
        """A digest of all that it changes."""
        text = json.dumps([self.language, self.words], sort_keys=True)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32]


_SPOKEN: ContextVar[Catalogue] = ContextVar("spoken")
_ENGLISH = Catalogue()


def _(text: str, /, **values: object) -> str:
    """``text`` in the site's language, with ``values`` in place of ``{names}``."""
    found = catalogue().words.get(text) or text
    return filled(found, values) if values else found


def told(text: object) -> str:
    """A sentence of the query layer in the site's language; any other text as it is."""
    if isinstance(text, Sentence):
        return _(text.pattern, **{name: told(value) for name, value in text.values.items()})
    return str(text)


def pieces(text: object, name: str = "") -> Iterator[tuple[str, str]]:
    """What ``told`` gives, cut at its values: each piece, and which value it is (else '')."""
    if not isinstance(text, Sentence):
        yield str(text), name
        return
    pattern, at = _(text.pattern), 0
    for place in _VALUE.finditer(pattern):
        yield pattern[at : place.start()], ""
        yield from pieces(text.values.get(place[1], place[0]), place[1])
        at = place.end()
    yield pattern[at:], ""


def filled(text: str, values: Mapping[str, object]) -> str:
    """``text`` with values in place of ``{names}``; an unknown name stays, as in the scripts."""
    return _VALUE.sub(lambda name: str(values.get(name[1], name[0])), text)


def catalogue() -> Catalogue:
    """The language that is spoken here."""
    return _SPOKEN.get(_ENGLISH)


@contextmanager
def spoken(words: Catalogue) -> Iterator[None]:
    """Within this context the site speaks another language."""
    token = _SPOKEN.set(words)
    try:
        yield
    finally:
        _SPOKEN.reset(token)


def in_its_language(
    build: Callable[Concatenate[Config, P], R],
) -> Callable[Concatenate[Config, P], R]:
    """``build`` in the language that its configuration names."""

    @functools.wraps(build)
    def speak(config: Config, /, *args: P.args, **kwargs: P.kwargs) -> R:
        known = english() if config.site.words else None
        with spoken(read_catalogue(config.site.language, config.site.words, known)):
            return build(config, *args, **kwargs)

    return speak


def english() -> Mapping[str, list[str]]:
    """All texts of the interface, and where each is said."""
    listed = templates_folder() / "words" / "en.json"
    texts: Mapping[str, list[str]] = json.loads(listed.read_text("utf-8"))
    return texts


def refreshed(path: Path) -> tuple[str, int, int]:
    """The catalogue at ``path`` (which need not exist) with every text of the interface.

    What was translated stays, what is new is empty, what the interface no longer says goes. Also
    how many texts there are, and how many have no words yet.
    """
    known = english()
    had = read_catalogue("", str(path)).words if path.exists() else {}
    words = {text: had.get(text, "") for text in known}
    text = json.dumps(words, ensure_ascii=False, indent=1) + "\n"
    return text, len(words), sum(not each for each in words.values())


def read_catalogue(
    language: str, path: str, known: Mapping[str, object] | None = None
) -> Catalogue:
    """The catalogue of the file at ``path``; none for ''. BuildError where it cannot be read.

    ``known`` holds all texts of the interface: a text that is not among them is told, and so is a
    translation that lacks one of its text's values.
    """
    if not path:
        return Catalogue(language)
    name = Path(path).name
    try:
        given = json.loads(Path(path).read_text("utf-8-sig"))
    except OSError as error:
        raise BuildError(
            f"The catalogue {name} cannot be read: {error.strerror}.",
            hint="Correct [site] words, or make one: runfolio theme words",
        ) from None
    except ValueError as error:
        line = getattr(error, "lineno", 1)
        raise BuildError(f"{name}:{line}: this is no JSON: {error}") from None
    if not isinstance(given, dict) or not all(isinstance(each, str) for each in given.values()):
        raise BuildError(f'{name}: expected {{"English text": "its words", …}}, all of them texts.')
    found = {text: words for text, words in given.items() if words}
    return Catalogue(language, found, tuple(_mistakes(name, found, known)))


def _mistakes(
    name: str, found: Mapping[str, str], known: Mapping[str, object] | None
) -> Iterator[str]:
    for text, words in found.items():
        if known is not None and text not in known:
            yield f"{name}: no text of the interface is {text!r}; runfolio theme words drops it"
        lost = set(_VALUE.findall(words)) ^ set(_VALUE.findall(text))
        if lost:
            values = ", ".join(f"{{{each}}}" for each in sorted(lost))
            yield f"{name}: {text!r} and its words differ in {values}"
