"""What is cited: from ``[citation]``, a CITATION.cff beside the configuration, and the site.

A CITATION.cff is nearly always about the code. What it says of people and terms holds for the
results too; its title, DOI, version and date do so only where it says that it is a data set.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from runfolio.config import Config
from runfolio.config.citing import CitationConfig
from runfolio.config.people import Author, author_of, doi_of, orcid_of
from runfolio.config.values import moment

_MOST_BYTES = 1_000_000


@dataclass(frozen=True)
class Work:
    """Something that can be cited.

    ``date`` is ISO 8601; ``digest`` names the data (of a snapshot); ``software`` is the code that
    made it, as a CITATION.cff describes it (name, doi, url); ``more`` are keys of that file which
    are handed on as they stand.
    """

    title: str
    authors: tuple[Author, ...] = ()
    doi: str = ""
    url: str = ""
    repository: str = ""
    license: str = ""
    date: str = ""
    version: str = ""
    abstract: str = ""
    keywords: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    digest: str = ""
    software: tuple[str, str, str] = ("", "", "")
    more: tuple[tuple[str, Any], ...] = ()

    @property
    def known(self) -> bool:
        """Whether somebody said whom to cite."""
        return bool(self.authors or self.doi)

    def snapshot(self, name: str, day: str, doi: str, url: str, digest: str) -> Work:
        """A snapshot of it, which has its own version, date and DOI."""
        return replace(self, version=name, date=day, doi=doi, url=url or self.url, digest=digest)


def work_of(config: Config, title: str, newest: datetime | None = None) -> Work:
    """The results as a work; ``newest`` is when the last of them came."""
    said = config.citation
    file = _of_cff(read_cff(said.file)[0])
    day = f"{moment(said.date):%Y-%m-%d}" if said.date else ""
    url = config.site.url if config.site.url.startswith(("https://", "http://")) else ""
    return Work(
        title=said.title or file.title or title,
        authors=tuple(map(author_of, said.authors)) or file.authors,
        doi=said.doi or file.doi,
        url=said.url or url or file.url,
        repository=said.repository or file.repository,
        license=said.license or config.site.license or file.license,
        date=day or file.date or (f"{newest:%Y-%m-%d}" if newest else ""),
        version=said.version or file.version,
        abstract=said.abstract or file.abstract,
        keywords=said.keywords or file.keywords,
        references=said.references,
        software=file.software,
        more=file.more,
    )


def without_people(config: Config) -> Config:
    """The configuration for readers who must not learn who did it."""
    site = replace(config.site, citation="")
    return replace(config, site=site, citation=CitationConfig(file=Path()))


def cff_state(config: Config) -> str:
    """What the CITATION.cff says now, for keys of pages."""
    return repr(read_cff(config.citation.file)[0])


def read_cff(path: Path) -> tuple[Mapping[str, Any], str]:
    """(the keys of a CITATION.cff, '') or ({}, what is wrong with it); ({}, '') for none."""
    import yaml

    if not path.is_file():
        return {}, ""
    try:
        if path.stat().st_size > _MOST_BYTES:
            return {}, f"{path.name} is too large to be read."
        given = yaml.safe_load(path.read_text("utf-8-sig"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError, RecursionError, ValueError) as error:
        where = getattr(error, "problem_mark", None)
        line = f", line {where.line + 1}" if where else ""
        return {}, f"{path.name}{line} is no YAML, so that nothing is taken from it."
    if not isinstance(given, dict) or "cff-version" not in given:
        return {}, f"{path.name} has no cff-version, so that nothing is taken from it."
    return given, ""


def _of_cff(given: Mapping[str, Any]) -> Work:
    """What a CITATION.cff says of the results; what cannot be understood is passed over."""
    if not given:
        return Work("")
    keywords = given.get("keywords")
    words = keywords if isinstance(keywords, list) else []
    shared = Work(
        "",
        authors=tuple(_people(given.get("authors"))),
        repository=_address(given.get("repository-code")),
        license=_text(given.get("license")),
        keywords=tuple(filter(None, map(_text, words))),
        more=tuple((key, given[key]) for key in ("preferred-citation",) if key in given),
    )
    title, doi = _text(given.get("title")), _doi(given)
    if given.get("type") != "dataset":
        url = shared.repository or _address(given.get("url"))
        return replace(shared, software=(title, doi, url))
    return replace(
        shared,
        title=title,
        doi=doi,
        url=_address(given.get("url")),
        date=_day(given.get("date-released")),
        version=_text(given.get("version")),
        abstract=_text(given.get("abstract")),
    )


def _people(given: Any) -> Iterator[Author]:
    for each in given if isinstance(given, list) else ():
        if not isinstance(each, dict):
            continue
        try:
            orcid = orcid_of(_text(each.get("orcid"))) if each.get("orcid") else ""
        except ValueError:
            orcid = ""
        parts = (_text(each.get("name-particle")), _text(each.get("family-names")))
        family, given_names = " ".join(filter(None, parts)), _text(each.get("given-names"))
        if each.get("name"):
            yield Author(_text(each["name"]), orcid=orcid, group=True)
        elif family or given_names:
            work = _text(each.get("affiliation"))
            yield Author(
                family or given_names, given_names if family else "", orcid, affiliation=work
            )


def _doi(given: Mapping[str, Any]) -> str:
    found = [given.get("doi")]
    named = given.get("identifiers")
    for each in named if isinstance(named, list) else ():
        if isinstance(each, dict) and each.get("type") == "doi":
            found.append(each.get("value"))
    for each in found:
        try:
            return doi_of(_text(each))
        except ValueError:
            continue
    return ""


def _text(given: Any) -> str:
    return " ".join(str(given).split()) if isinstance(given, str | int | float) else ""


def _address(given: Any) -> str:
    text = _text(given)
    return text if text.startswith(("https://", "http://")) else ""


def _day(given: Any) -> str:
    if isinstance(given, datetime | date):
        return f"{given:%Y-%m-%d}"
    try:
        return f"{moment(_text(given)):%Y-%m-%d}"
    except ValueError:
        return ""
