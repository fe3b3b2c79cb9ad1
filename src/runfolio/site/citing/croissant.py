"""The data files and their columns as Croissant 1.0, which machine-learning tools load.

The vocabulary: https://docs.mlcommons.org/croissant/docs/croissant-spec.html.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from runfolio.query.views import VIEWS, View, ViewColumn
from runfolio.site.citing.forms import bibtex
from runfolio.site.citing.linked import MEDIA, DataAt, about, at
from runfolio.site.citing.work import Work
from runfolio.site.gather.context import Context

PATH = "croissant.json"
CONFORMS_TO = "http://mlcommons.org/croissant/1.0"
_OWN = """
    citeAs column conformsTo examples extract field fileProperty fileObject fileSet format includes
    isLiveDataset jsonPath key md5 parentField path recordSet references regex repeated replace
    samplingRate separator source subField transform
"""
_TYPES = {
    "VARCHAR": "sc:Text",
    "VARCHAR[]": "sc:Text",
    "BIGINT": "sc:Integer",
    "INTEGER": "sc:Integer",
    "DOUBLE": "sc:Float",
    "BOOLEAN": "sc:Boolean",
    "TIMESTAMP": "sc:DateTime",
}
_KEYS = {"runs": ("run_id",), "params": ("run_id", "key"), "summary": ("run_id", "key")}


def croissant(context: Context, work: Work, files: Sequence[DataAt]) -> dict[str, Any]:
    """The data set with its files, and a record set for each table of Parquet."""
    there = {each.path for each in files}
    found: dict[str, Any] = {
        "@context": _context(),
        "@type": "sc:Dataset",
        **about(context, work),
        "conformsTo": CONFORMS_TO,
        "citeAs": bibtex(work) if work.known else "",
        "sameAs": f"https://doi.org/{work.doi}" if work.doi else "",
        "isLiveDataset": not work.digest,
        "distribution": [_file(context, each) for each in files],
        "recordSet": [_records(view) for view in VIEWS if f"data/{view.name}.parquet" in there],
    }
    return {key: value for key, value in found.items() if value != ""}


def _context() -> dict[str, Any]:
    words: dict[str, Any] = {word: f"cr:{word}" for word in _OWN.split()}
    return {
        "@language": "en",
        "@vocab": "https://schema.org/",
        "cr": "http://mlcommons.org/croissant/",
        "rai": "http://mlcommons.org/croissant/RAI/",
        "dct": "http://purl.org/dc/terms/",
        "sc": "https://schema.org/",
        **words,
        "conformsTo": "dct:conformsTo",
        "data": {"@id": "cr:data", "@type": "@json"},
        "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
        "examples": {"@id": "cr:examples", "@type": "@json"},
        "equivalentProperty": "cr:equivalentProperty",
    }


def _file(context: Context, file: DataAt) -> dict[str, Any]:
    suffix = file.path.rpartition(".")[2]
    return {
        "@type": "cr:FileObject",
        "@id": file.path,
        "name": file.path.rpartition("/")[2],
        "description": file.words,
        "contentUrl": at(context, file.path),
        "contentSize": f"{file.size} B",
        # The name that the format's own tools know Parquet by.
        "encodingFormat": "application/x-parquet" if suffix == "parquet" else MEDIA[suffix],
        "sha256": file.sha256,
    }


def _records(view: View) -> dict[str, Any]:
    keys = [{"@id": f"{view.name}/{name}"} for name in _KEYS.get(view.name, ())]
    return {
        "@type": "cr:RecordSet",
        "@id": view.name,
        "name": view.name,
        "description": view.help,
        **({"key": keys[0] if len(keys) == 1 else keys} if keys else {}),
        "field": list(_fields(view)),
    }


def _fields(view: View) -> Iterator[dict[str, Any]]:
    for column in view.columns:
        if column.type in _TYPES:
            yield _field(view, column)


def _field(view: View, column: ViewColumn) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{view.name}/{column.name}",
        "name": column.name,
        "description": column.help,
        "dataType": _TYPES[column.type],
        "source": {
            "fileObject": {"@id": f"data/{view.name}.parquet"},
            "extract": {"column": column.name},
        },
    }
    if column.type.endswith("[]"):
        found["repeated"] = True
    if column.name == "run_id" and view.name != "runs":
        found["references"] = {"field": {"@id": "runs/run_id"}}
    return found
