"""A work in the forms that people and programs cite it in: CFF, BibTeX, APA, CSL-JSON.

CFF         Citation File Format 1.2.0, https://citation-file-format.github.io
BibTeX      @misc, which every style knows; UTF-8, as biber and modern BibTeX read it
APA         7th edition, a data set
CSL-JSON    https://citeproc-js.readthedocs.io, for Zotero, pandoc and others
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from copy import deepcopy
from typing import Any

from runfolio.config.people import Author
from runfolio.site.citing.work import Work

CFF_VERSION = "1.2.0"
#: Licences that data and code have most often, by the names that SPDX gives them.
SPDX = """
    CC0-1.0 CC-BY-4.0 CC-BY-SA-4.0 CC-BY-NC-4.0 CC-BY-NC-SA-4.0 CC-BY-ND-4.0 CC-BY-NC-ND-4.0
    CC-BY-3.0 CC-BY-SA-3.0 ODbL-1.0 ODC-By-1.0 PDDL-1.0 MIT MIT-0 Apache-2.0 BSD-2-Clause
    BSD-3-Clause ISC MPL-2.0 GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later
    LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later AGPL-3.0-only
    AGPL-3.0-or-later EUPL-1.2 Unlicense CDLA-Permissive-2.0 CDLA-Sharing-1.0
"""
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_TEX = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "&": r"\&", "%": r"\%", "$": r"\$",
    "#": r"\#", "_": r"\_", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
}  # fmt: skip


def spdx(license: str) -> str:
    """The name that SPDX gives a licence, if it is a common one: ``CC BY 4.0`` too; '' else."""
    word = re.sub(r"[\s_]+", "-", license.strip())
    known = {each.casefold(): each for each in SPDX.split()}
    return known.get(word.casefold(), "")


def license_url(license: str) -> str:
    """Where the text of a licence stands; '' where that is not known."""
    name = spdx(license)
    if license.startswith(("https://", "http://")):
        return license
    if name == "CC0-1.0":
        return "https://creativecommons.org/publicdomain/zero/1.0/"
    if found := re.fullmatch(r"CC-(BY[A-Z-]*)-([34]\.0)", name):
        return f"https://creativecommons.org/licenses/{found[1].lower()}/{found[2]}/"
    return f"https://spdx.org/licenses/{name}.html" if name else ""


def cff(work: Work) -> str:
    """CITATION.cff; '' where nobody said who the authors are, which the format needs."""
    import yaml

    if not work.authors:
        return ""
    people = [_cff_author(each) for each in work.authors]
    found: dict[str, Any] = {
        "cff-version": CFF_VERSION,
        "message": "If you use these results, please cite them as below.",
        "type": "dataset",
        "title": plain(work.title) or "Results",
        "authors": people,
    }
    texts = {
        "abstract": work.abstract,
        "doi": work.doi,
        "url": work.url,
        "repository-code": work.repository,
        "version": work.version,
        "date-released": work.date,
        "license": spdx(work.license),
    }
    found |= {key: plain(text) for key, text in texts.items() if text}
    if work.license and not spdx(work.license) and license_url(work.license):
        found["license-url"] = work.license
    if work.keywords:
        found["keywords"] = list(dict.fromkeys(map(plain, work.keywords)))
    if work.digest:
        told = f"SHA-256 over the facts of all runs of the snapshot {work.version}"
        found["identifiers"] = [
            {"type": "other", "value": f"sha256:{work.digest}", "description": told}
        ]
    found |= dict(work.more)
    name, doi, url = work.software
    if name:
        code: dict[str, Any] = {"type": "software", "title": name, "authors": deepcopy(people)}
        code |= {key: text for key, text in (("doi", doi), ("url", url)) if text}
        found["references"] = [code]
    text = yaml.safe_dump(found, sort_keys=False, allow_unicode=True, width=96)
    return str(text)


def _cff_author(author: Author) -> dict[str, str]:
    if author.group:
        parts = {"name": author.family}
    else:
        parts = {"family-names": author.family, "given-names": author.given}
    parts |= {"affiliation": author.affiliation}
    parts |= {"orcid": f"https://orcid.org/{author.orcid}" if author.orcid else ""}
    return {key: plain(text) for key, text in parts.items() if text}


def bibtex(work: Work) -> str:
    """A BibTeX entry."""
    year, month, _day = _date(work)
    people = [
        f"{{{_tex(each.family)}}}"
        if each.group
        else ", ".join(filter(None, (_tex(each.family), _tex(each.given))))
        for each in work.authors
    ]
    note = f"SHA-256 {work.digest}" if work.digest else ""
    fields = {
        "author": " and ".join(people),
        "title": f"{{{_tex(work.title)}}}",
        "year": year,
        "version": _tex(work.version),
        "doi": work.doi,
        "url": "" if work.doi else work.url.replace("%", r"\%"),
        "note": ", ".join(filter(None, ("Data set", note))),
    }
    lines = [f"  {key} = {{{value}}}," for key, value in fields.items() if value.strip("{}")]
    if month:
        lines.append(f"  month = {_MONTHS[int(month) - 1]},")
    return "\n".join([f"@misc{{{key_of(work)},", *lines, "}", ""])


def key_of(work: Work) -> str:
    """A citation key: family name, year, first long word of the title, version."""
    first = work.authors[0].family if work.authors else ""
    words = [word for word in _ascii(work.title).split() if len(word) > 3]
    parts = [_ascii(first).replace(" ", ""), _date(work)[0], *words[:1]]
    if work.version:
        parts.append(_ascii(work.version).replace(" ", ""))
    return "-".join(filter(None, parts)) or "results"


def apa(work: Work) -> str:
    """A line in the style of the APA, 7th edition."""
    people = [
        each.family if each.group or not each.given else f"{each.family}, {_initials(each.given)}"
        for each in map(_plain_author, work.authors)
    ]
    if len(people) > 20:
        people = [*people[:19], f"… {people[-1]}"]
    elif len(people) > 1:
        people[-1] = f"& {people[-1]}"
    who = ", ".join(people)
    year = _date(work)[0] or "n.d."
    version = f" (Version {plain(work.version)})" if work.version else ""
    title = f"{plain(work.title)}{version} [Data set]."
    where = f"https://doi.org/{work.doi}" if work.doi else work.url
    if not who:
        return " ".join(filter(None, (title, f"({year}).", where)))
    end = "" if who.endswith(".") else "."
    return " ".join(filter(None, (f"{who}{end}", f"({year}).", title, where)))


def csl(work: Work) -> list[dict[str, Any]]:
    """The work as CSL-JSON: a list with one entry."""
    numbers = [int(part) for part in _date(work) if part]
    found: dict[str, Any] = {
        "id": key_of(work),
        "type": "dataset",
        "title": work.title,
        "author": [
            {"literal": each.family}
            if each.group or not each.given
            else {"family": each.family, "given": each.given}
            for each in work.authors
        ],
        "issued": {"date-parts": [numbers]} if numbers else {},
        "version": work.version,
        "DOI": work.doi,
        "URL": work.url,
        "abstract": work.abstract,
        "keyword": ", ".join(work.keywords),
        "note": f"sha256:{work.digest}" if work.digest else "",
    }
    return [{key: value for key, value in found.items() if value}]


def csl_text(work: Work) -> str:
    """CSL-JSON as a text."""
    return json.dumps(csl(work), indent=2, ensure_ascii=False) + "\n"


#: The forms by the name that ``runfolio cite --format`` has for them.
FORMS: Mapping[str, Callable[[Work], str]] = {
    "bibtex": bibtex,
    "apa": lambda work: apa(work) + "\n",
    "cff": cff,
    "csl-json": csl_text,
}


def plain(text: str) -> str:
    """A text on one line, without control characters."""
    kept = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(kept.encode("utf-8", "replace").decode("utf-8").split())


def _plain_author(author: Author) -> Author:
    return Author(plain(author.family), plain(author.given), author.orcid, author.group)


def _tex(text: str) -> str:
    return "".join(_TEX.get(each, each) for each in plain(text))


def _initials(given: str) -> str:
    words = re.split(r"\s+", given.strip())
    return " ".join("-".join(f"{part[:1]}." for part in word.split("-") if part) for word in words)


def _ascii(text: str) -> str:
    plain_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9.]+", " ", plain_text).strip()


def _date(work: Work) -> tuple[str, str, str]:
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", work.date)
    return (found[1], found[2], found[3]) if found else ("", "", "")
