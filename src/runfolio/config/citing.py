"""The options of ``[citation]``: how others cite the results."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from runfolio.config.about import about


@dataclass(frozen=True, kw_only=True)
class CitationConfig:
    """How others cite the results: on the site, in CITATION.cff, and for programs."""

    title: str = field(
        default="", metadata=about("What is cited; without it, the name of the site.")
    )
    authors: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "Who is cited: names, each with an ORCID iD in brackets if there is one; family name "
            "first before a comma, a group in braces.",
            example='["Ada Lovelace (0000-0002-1825-0097)", "{The Digits Team}"]',
            check="author",
        ),
    )
    doi: str = field(
        default="",
        metadata=about("DOI of the results as a whole.", example='"10.1234/abcd"', check="doi"),
    )
    url: str = field(
        default="",
        metadata=about(
            "Address to cite; without it, that of the site.",
            example='"https://example.org/digits"',
            check="url",
        ),
    )
    repository: str = field(
        default="",
        metadata=about(
            "Address of the code.", example='"https://github.com/ada/digits"', check="url"
        ),
    )
    license: str = field(
        default="",
        metadata=about(
            "Licence of the data, best as SPDX names it; without it, that of the site.",
            example='"CC-BY-4.0"',
        ),
    )
    date: str = field(
        default="",
        metadata=about(
            "Date of release; without it, that of the newest result.",
            example='"2026-11-21"',
            check="time",
        ),
    )
    version: str = field(default="", metadata=about("Version of the results.", example='"1.0"'))
    abstract: str = field(default="", metadata=about("What the results are, in a paragraph."))
    keywords: tuple[str, ...] = field(
        default=(), metadata=about("Words to find it by.", example='["digits", "benchmark"]')
    )
    references: tuple[str, ...] = field(
        default=(),
        metadata=about(
            "Works that the results build on: DOIs or addresses.",
            example='["10.1109/5.726791"]',
        ),
    )
    file: Path = field(
        default=Path("CITATION.cff"),
        metadata=about("File in the Citation File Format that says what is not said here."),
    )
