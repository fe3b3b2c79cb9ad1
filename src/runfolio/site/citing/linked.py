"""A site as linked data: schema.org ``Dataset``, which search engines of data sets read.

It stands in the page as a data block (``application/ld+json``), which no browser runs.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from runfolio.config.people import Author
from runfolio.site.citing.forms import license_url, plain
from runfolio.site.citing.work import Work
from runfolio.site.gather.context import Context
from runfolio.site.gather.git import web_address

#: The search engine asks for 50 to 5,000 characters.
MOST_WORDS = 5000
MOST_METRICS = 200
MEDIA = {
    "parquet": "application/vnd.apache.parquet",
    "csv": "text/csv",
    "json": "application/json",
}
_UNSAFE = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True)
class DataAt:
    """A file of the data: its path, what it is, its bytes, its SHA-256."""

    path: str
    words: str
    size: int
    sha256: str


def dataset(context: Context, work: Work, files: Sequence[DataAt]) -> dict[str, Any]:
    """The results as a schema.org Dataset."""
    found: dict[str, Any] = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        **about(context, work),
        "identifier": _identifiers(work),
        "isAccessibleForFree": True,
        "temporalCoverage": _time(context),
        "measurementTechnique": "Runs of a program, logged by runfolio",
        "variableMeasured": _variables(context),
        "isBasedOn": _based_on(context, work),
        "citation": [_reference(each) for each in work.references],
        "includedInDataCatalog": _catalogue(context),
        "distribution": [
            {
                "@type": "DataDownload",
                "name": each.path.rpartition("/")[2],
                "description": plain(each.words),
                "contentUrl": at(context, each.path),
                "encodingFormat": MEDIA[each.path.rpartition(".")[2]],
                "contentSize": f"{each.size} B",
                "sha256": each.sha256,
            }
            for each in files
        ],
    }
    return {key: value for key, value in found.items() if value not in ("", [], {}, None)}


def about(context: Context, work: Work) -> dict[str, Any]:
    """What schema.org and Croissant both say of a data set."""
    people = [_person(each) for each in work.authors]
    found = {
        "name": plain(work.title) or "Results",
        "description": description(context, work),
        "url": work.url or context.site.url,
        "license": license_url(work.license) or plain(work.license),
        "creator": people,
        "datePublished": work.date,
        "version": plain(work.version),
        "keywords": [plain(each) for each in work.keywords],
    }
    return {key: value for key, value in found.items() if value}


def description(context: Context, work: Work) -> str:
    """What the data set is, in words: those of its authors, and what it holds."""
    material = context.material
    metrics = len(material.metric_names)
    counts = (
        f"{len(material.runs):,} machine-learning runs of {len(material.experiments):,} "
        f"experiments: parameters, environment and every logged value of {metrics:,} metrics."
    )
    own = plain(work.abstract or context.site.description)
    return plain(f"{own} {counts}")[:MOST_WORDS]


def as_script(value: Mapping[str, Any]) -> str:
    """JSON that can stand in a script element of a page: nothing in it ends the element."""
    text = as_json(value)
    return "".join(_UNSAFE.get(each, each) for each in text)


def as_json(value: Mapping[str, Any]) -> str:
    """JSON on several lines; lone surrogates become question marks."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "replace").decode("utf-8") + "\n"


def at(context: Context, path: str) -> str:
    """The address of a file: whole where the site knows its own, else as seen from its root."""
    return context.site.url + quote(path, safe="/-._~")


def _person(author: Author) -> dict[str, str]:
    if author.group:
        return {"@type": "Organization", "name": plain(author.family)}
    found = {
        "@type": "Person",
        "@id": f"https://orcid.org/{author.orcid}" if author.orcid else "",
        "name": plain(author.name),
        "givenName": plain(author.given),
        "familyName": plain(author.family),
        "affiliation": plain(author.affiliation),
    }
    return {key: value for key, value in found.items() if value}


def _identifiers(work: Work) -> list[str]:
    doi = f"https://doi.org/{work.doi}" if work.doi else ""
    return [each for each in (doi, f"sha256:{work.digest}" if work.digest else "") if each]


def _time(context: Context) -> str:
    runs = context.material.runs.values()
    if not runs:
        return ""
    first = min(run.started for run in runs)
    last = max(run.ended or run.started for run in runs)
    return f"{first:%Y-%m-%d}/{last:%Y-%m-%d}"


def _variables(context: Context) -> list[dict[str, Any]]:
    material = context.material
    words = {1: "larger is better", -1: "smaller is better"}
    found = []
    for name in list(material.metric_names)[:MOST_METRICS]:
        unit = material.metrics[name].unit if name in material.metrics else ""
        said = {
            "@type": "PropertyValue",
            "name": plain(name),
            "description": words.get(material.directions.get(name, 0), ""),
            "unitText": plain(unit),
        }
        found.append({key: value for key, value in said.items() if value})
    return found


def _based_on(context: Context, work: Work) -> list[dict[str, Any]]:
    """The code that the runs ran, as far as it lies on the web."""
    remotes = {web_address(run.git_remote or "") for run in context.material.runs.values()}
    name, doi, url = work.software
    found = []
    for address in sorted({*remotes, work.repository, url} - {""}):
        said = {"@type": "SoftwareSourceCode", "codeRepository": address}
        if name and address == (url or work.repository):
            said |= {"name": plain(name), "identifier": f"https://doi.org/{doi}" if doi else ""}
        found.append({key: value for key, value in said.items() if value})
    return found


def _catalogue(context: Context) -> dict[str, str]:
    name, url = plain(context.site.title), context.site.url
    return {"@type": "DataCatalog", "name": name, "url": url} if url and name else {}


def _reference(text: str) -> str:
    return f"https://doi.org/{text}" if text.startswith("10.") else plain(text)
