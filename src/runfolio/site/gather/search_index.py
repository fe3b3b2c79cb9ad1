"""The search index as data files: which words lead where, cut so that a question loads little.

    data/search/index.js    rf("search", "site", {v, chunk, parts: [part …]}), the only file whose
                            name stays; the others are named by their contents
      part                  {id, n: documents, t: [hash …], w: [[first word, hash] …]}: some
                            documents that stay together, the oldest part first
    data/search/w-<hash>.js rf("search", "<part> <first word>", [word, places, word, places …])
                            sorted words, each with the documents that hold it by field
    data/search/t-<hash>.js rf("search", "<part> #<at>", [document …]), ``chunk`` documents
      document              [kind, path, title, line below, status, {field: what is shown}]
      places                "p0-2,3;o7": the field's letter, then gaps in base 36 from the place
                            after the last one; -2 says that two more follow without a gap

Runs are cut into parts by their ids alone, so that new runs change the last part and no other.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runfolio.site.gather.context import DataFile
from runfolio.site.gather.search_docs import Document
from runfolio.site.gather.search_words import place_of
from runfolio.site.output import hashed_name
from runfolio.site.payloads import dump, script

INDEX = "data/search/index.js"
#: Documents of a part: about this many, and never more than twice as many.
PART = 4096
CHUNK = 8
#: Letters of a file of words.
SHARD = 24_000
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Part:
    """Documents with their files: what the index says of them, and what lies where."""

    entry: Mapping[str, Any]
    files: tuple[DataFile, ...]


def cut(run_ids: Sequence[str]) -> Iterator[tuple[str, ...]]:
    """Runs in parts: a part ends at a run whose id says so, wherever that run stands."""
    part: list[str] = []
    for run_id in run_ids:
        part.append(run_id)
        if zlib.crc32(run_id.encode()) % PART == 0 or len(part) == 2 * PART:
            yield tuple(part)
            part = []
    if part:
        yield tuple(part)


def part_of(name: str, documents: Sequence[Document]) -> Part:
    """The files of some documents; ``name`` tells the part from all others."""
    files, words, texts = [], [], []
    for first, entries in _shards(_postings(documents)):
        data = script("search", f"{name} {first}", entries)
        files.append(DataFile(hashed_name("data/search/w.js", data), data))
        words.append([first, _hash(files[-1])])
    for at in range(0, len(documents), CHUNK):
        records = [each.record() for each in documents[at : at + CHUNK]]
        data = script("search", f"{name} #{at // CHUNK}", records)
        files.append(DataFile(hashed_name("data/search/t.js", data), data))
        texts.append(_hash(files[-1]))
    entry = {"id": name, "n": len(documents), "t": texts, "w": words}  # as the manifest sorts it
    return Part(entry, tuple(files))


def index_of(entries: Iterable[Mapping[str, Any]]) -> DataFile:
    """The file that names all others."""
    payload = {"v": 1, "chunk": CHUNK, "parts": list(entries)}
    return DataFile(INDEX, script("search", "site", payload))


def files_of(entry: Mapping[str, Any]) -> list[str]:
    """The paths of a part's files, from what the index says of it."""
    return [
        *(f"data/search/w-{name}.js" for _, name in entry["w"]),
        *(f"data/search/t-{name}.js" for name in entry["t"]),
    ]


def places_text(places: Sequence[int]) -> str:
    """Ascending places as text: see ``places`` above."""
    found = []
    after = at = 0
    while at < len(places):
        end = at
        while end + 1 < len(places) and places[end + 1] == places[end] + 1:
            end += 1
        more = end - at
        found.append(_base36(places[at] - after) + (f"-{_base36(more)}" if more else ""))
        after = places[end] + 1
        at = end + 1
    return ",".join(found)


def _postings(documents: Sequence[Document]) -> list[tuple[str, str]]:
    """(word, places) in the order of scripts."""
    found: dict[str, dict[str, list[int]]] = {}
    for place, document in enumerate(documents):
        for letter, words in document.words.items():
            for word in words:
                found.setdefault(word, {}).setdefault(letter, []).append(place)
    return [
        (word, ";".join(letter + places_text(places) for letter, places in found[word].items()))
        for word in sorted(found, key=place_of)
    ]


def _shards(postings: Iterable[tuple[str, str]]) -> Iterator[tuple[str, list[str]]]:
    """(first word, its file's entries), each file about as large."""
    entries: list[str] = []
    size = 0
    for word, places in postings:
        if entries and size > SHARD:
            yield entries[0], entries
            entries, size = [], 0
        entries += [word, places]
        size += len(dump(word)) + len(places) + 4
    if entries:
        yield entries[0], entries


def _base36(number: int) -> str:
    text = ""
    while number >= 36:
        number, rest = divmod(number, 36)
        text = _DIGITS[rest] + text
    return _DIGITS[number] + text


def _hash(file: DataFile) -> str:
    return file.path[-13:-3]
