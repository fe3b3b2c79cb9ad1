"""What makes a site smaller, and by how much: settings that exist, with figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runfolio.config import Config
from runfolio.site.kept import Kept
from runfolio.site.numbers import format_bytes
from runfolio.site.predict import Prediction

#: Savings below this share of the site are not worth a line.
_WORTH = 0.01


@dataclass(frozen=True)
class Cure:
    """A setting (of ``table``, in TOML) and the bytes that it saves; 0 where that is a choice."""

    table: str
    key: str
    value: Any
    text: str
    saves: int
    note: str = ""


def cures(
    found: Prediction, config: Config, kept: Kept, need: int = 0, most: int | None = None
) -> list[Cure]:
    """What can be turned off of a site like this, what saves most first.

    ``need``: bytes that have to go; settings that keep the newest runs keep as many as that allows.
    ``most``: what a file may have.
    """
    tried = [
        *_large_files(found, kept, most),
        *_curves(found, need),
        *_artifacts(found, need),
        *_rest(found, config),
    ]
    worth = [cure for cure in tried if cure.saves > _WORTH * found.size.bytes]
    worth.sort(key=lambda cure: -cure.saves)
    return [*worth, *_fewer(found)]


def _large_files(found: Prediction, kept: Kept, most: int | None) -> Iterator[Cure]:
    """Artifacts that the host takes none of that size of."""
    if most is None or most >= kept.artifact_bytes:
        return
    copies = (size for site in found.heavy for sizes in site.artifacts for size in sizes)
    gone = sum(size for size in copies if size > most)
    if gone:
        yield _set("artifact_bytes", most, str(most), max(gone, found.size.bytes // 50))


def _curves(found: Prediction, need: int) -> Iterator[Cure]:
    sites = [site.curves for site in found.heavy]
    if any(map(any, sites)):
        yield _newest("curves", sites, need)


def _artifacts(found: Prediction, need: int) -> Iterator[Cure]:
    sites = [[float(sum(sizes)) for sizes in site.artifacts] for site in found.heavy]
    if any(map(any, sites)):
        yield _newest("artifacts", sites, need)


def _newest(key: str, sites: Sequence[Sequence[float]], need: int) -> Cure:
    """To keep something of the newest runs: as many as may stay, or half where nothing must go.

    ``sites``: bytes of each run, the newest first, of the site and of each snapshot.
    """
    total = sum(map(sum, sites))
    room = total - (need or total / 2)
    number, left = 0, 0.0
    for at in range(max(map(len, sites))):
        each = sum(site[at] for site in sites if at < len(site))
        if left + each > room:
            break
        left += each
        number += 1
    if not left:
        return _set(key, [], "[]", round(total))
    return _set(key, [f"newest {number}"], f'["newest {number}"]', round(total - left))


def _rest(found: Prediction, config: Config) -> Iterator[Cure]:
    size, wish = found.size, config.publish
    yield _set("output", [], "[]", found.of("whole output"))
    tables = size.of("tables of the site") + size.of("tables of runs")
    yield _set("downloads", False, "false", tables)
    if "source" in wish.show:
        left = [word for word in wish.show if word != "source"]
        text = "[" + ", ".join(f'"{word}"' for word in left) + "]"
        yield _set("show", left, text, found.of("scripts, notebooks and changes"))
    cards = size.of("pictures for previews")
    yield Cure("site", "cards", "none", 'cards = "none"', cards)


def _fewer(found: Prediction) -> Iterator[Cure]:
    """Fewer runs: which ones is a choice, so the figure is that of one run."""
    if found.runs > 1:
        pages = found.size.of("run pages") + found.size.of("curves of runs")
        note = f"fewer runs: {format_bytes(pages // found.runs)} each"
        yield Cure("publish", "filter", "tag:paper", 'filter = "tag:paper"', 0, note)


def _set(key: str, value: Any, text: str, saves: int) -> Cure:
    return Cure("publish", key, value, f"{key} = {text}", saves)


def as_settings(chosen: Cure) -> Mapping[str, Any]:
    """The setting by its name."""
    value = tuple(chosen.value) if isinstance(chosen.value, list) else chosen.value
    return {chosen.key: value}
