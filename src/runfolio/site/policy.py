"""Of which runs a published site holds everything, as ``[publish]`` says it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from runfolio.config import Config
from runfolio.config.publishing import PublishConfig
from runfolio.errors import QueryError, UsageError
from runfolio.query.store import Store
from runfolio.site.kept import Chosen, Kept, rule_of
from runfolio.store.plan import Snapshot

_NEWEST = re.compile(r"newest\s+(\d+)")
#: What ``pinned`` means: the tag that people give to runs that must not fade.
_PINNED = "tag:pinned"


def kept_of(wish: PublishConfig, store: Store, run_ids: Sequence[str]) -> Kept:
    """The policies for the runs ``run_ids`` that go out, the newest first.

    UsageError for words that are neither a number of runs nor a filter.
    """
    return Kept(
        curves=_chosen(wish.curves, "curves", store, run_ids),
        artifacts=_chosen(wish.artifacts, "artifacts", store, run_ids),
        output=_chosen(wish.output, "output", store, run_ids),
        artifact_bytes=wish.artifact_bytes,
        downloads=wish.downloads,
    )


def kept_frozen(wish: PublishConfig | None, found: Snapshot, config: Config) -> Kept:
    """The policies for a snapshot, whose newest runs are the newest when it was taken.

    Its tables always go out: they are what people cite and check.
    """
    if wish is None:
        return Kept()
    if all("all" in words for words in (wish.curves, wish.artifacts, wish.output)):
        return Kept(artifact_bytes=wish.artifact_bytes)
    with Store(found, config) as store:
        return replace(kept_of(wish, store, store.run_ids()), downloads=True)


def _chosen(words: Sequence[str], name: str, store: Store, run_ids: Sequence[str]) -> Chosen:
    """The runs that any of the words means."""
    if "all" in words:
        return Chosen()
    ids = {run_id for word in words for run_id in _meant(word.strip(), name, store, run_ids)}
    return Chosen(frozenset(ids & set(run_ids)), rule_of(words))


def _meant(word: str, name: str, store: Store, run_ids: Sequence[str]) -> Iterator[str]:
    newest = _NEWEST.fullmatch(word)
    if newest:
        yield from run_ids[: int(newest[1])]
    elif word not in ("", "none"):
        try:
            yield from store.run_ids(_PINNED if word == "pinned" else word)
        except QueryError as error:
            raise UsageError(
                f"[publish] {name} = {word!r}: {error.message}",
                hint='Any of: "newest 100", "pinned", a filter such as "tag:paper"; "all"; [].',
            ) from error
