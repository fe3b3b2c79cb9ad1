"""A site for a double-blind review: whom it must not name, and its own texts without them.

What runs say is made nameless where the copy for others is made (``query.privacy``). Here are the
names that no run says (of git, of citations, of ``[publish] names``), and the texts that belong to
no run: titles and descriptions of the configuration, and the pages that somebody wrote.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from runfolio.config import Config
from runfolio.config.people import Author
from runfolio.publish.gate import KINDS, here
from runfolio.publish.git import answer
from runfolio.query.frozen import FrozenSources
from runfolio.query.identity import Named
from runfolio.query.privacy import Profile, cleaner

#: Fields of ``[site]`` that are no texts for readers, or addresses that the author sets.
_KEPT = frozenset({"url", "since", "logo", "hooks", "language", "words"})
_COMMITS, _AUTHORS = 1000, 50


def whom(
    config: Config, named: Named, authors: Iterable[Author] = (), repositories: Iterable[str] = ()
) -> Named:
    """Everybody whom an anonymous site of this project must not name.

    Beside those that the runs name: git's user and remotes here, the authors of the last thousand
    commits (where they are at most fifty), ``authors`` who are to be cited, and
    ``[publish] names``.
    """
    folder = config.source.parent if config.source else Path.cwd()
    people, mails = _of_git(folder)
    cited = list(authors)
    people |= {f"{each.family}, {each.given}" for each in cited if not each.group}
    words = {*config.publish.names, *(each.name for each in cited if each.group)}
    remotes = {answer(folder, "remote", "get-url", each) for each in _lines(folder, "remote")}
    more = Named(
        people=frozenset(people),
        mails=frozenset(mails),
        remotes=frozenset({*remotes, *repositories} - {""}),
        words=frozenset(words),
        allowed=frozenset(config.publish.allow) & KINDS.keys(),
    )
    return named | here() | more


def _of_git(folder: Path) -> tuple[set[str], set[str]]:
    """Names and e-mail addresses of git's user and of those who committed."""
    names = {answer(folder, "config", "user.name"), _full_name()}
    mails = {answer(folder, "config", "user.email")}
    log = _lines(folder, "log", f"--max-count={_COMMITS}", "--format=%an%x09%ae")
    authors = {tuple(line.split("\t", 1)) for line in log if "\t" in line and "[bot]" not in line}
    if len(authors) <= _AUTHORS:
        names |= {name for name, _ in authors}
        mails |= {mail for _, mail in authors}
    return names - {""}, {mail for mail in mails if "@" in mail}


def _lines(folder: Path, *words: str) -> list[str]:
    return [line for line in answer(folder, *words).split("\n") if line]


def _full_name() -> str:
    """The full name that the account has on this machine, or ''."""
    try:
        import pwd

        found = pwd.getpwuid(os.getuid()).pw_gecos.partition(",")[0].strip()
    except (ImportError, KeyError, AttributeError):
        return ""
    return found if " " in found else ""


def without_names(config: Config, people: Named, profile: Profile, place: Path) -> Config:
    """The configuration with pseudonyms in its texts, and its pages copied to ``place`` so."""
    clean = cleaner(people, profile)
    site = _cleaned(config.site, clean)
    kept = {name: getattr(config.site, name) for name in _KEPT}
    site = dataclasses.replace(site, **kept, pages=_pages(Path(config.site.pages), clean, place))
    return dataclasses.replace(
        config,
        site=site,
        leaderboards=_cleaned(config.leaderboards, clean),
        papers=_cleaned(config.papers, clean),
        metrics={clean(key): _cleaned(each, clean) for key, each in config.metrics.items()},
    )


def nameless_snapshots(found: FrozenSources, people: Named, profile: Profile) -> FrozenSources:
    """Snapshots whose leaderboards and metrics, as they were then, name nobody."""
    clean = cleaner(people, profile)
    sources = [
        dataclasses.replace(each, config=_cleaned(each.config, clean)) for each in found.sources
    ]
    return dataclasses.replace(found, sources=tuple(sources))


def _cleaned(value: Any, clean: Callable[[str], str]) -> Any:
    """Texts in a value of any shape, cleaned."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        return {clean(str(key)): _cleaned(each, clean) for key, each in value.items()}
    if isinstance(value, tuple | list):
        return type(value)(_cleaned(each, clean) for each in value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        said = {one.name: getattr(value, one.name) for one in dataclasses.fields(value)}
        return dataclasses.replace(value, **_cleaned(said, clean))
    return value


def _pages(folder: Path, clean: Callable[[str], str], place: Path) -> Path:
    """A copy of a folder of pages, with pseudonyms in its Markdown and in the names of its files.

    Other files are copied as they are; the last look tells whom they name.
    """
    shutil.rmtree(place, ignore_errors=True)
    if not folder.is_dir():
        return folder
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or not path.resolve().is_relative_to(folder.resolve()):
            continue
        target = place / clean(path.relative_to(folder).as_posix())
        target.parent.mkdir(parents=True, exist_ok=True)
        data = path.read_bytes()
        if path.suffix.lower() == ".md":
            data = clean(data.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
        target.write_bytes(data)
    return place
