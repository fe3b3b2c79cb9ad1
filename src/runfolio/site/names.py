"""Names in the site: page paths, slugs of free texts, safe file names, a run's colour."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePosixPath

COLORS = 8
#: Names that Windows keeps for devices; a file so named cannot be unpacked there.
RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(\..*)?", re.IGNORECASE)


def color_of(run_id: str) -> int:
    """The run's colour, 0..7: the same on every page, in every site, for ever.

    FNV-1a, which ``rf.colorOf`` in ``rf.js`` computes too.
    """
    value = 0x811C9DC5
    for character in run_id:
        value = (value ^ ord(character)) * 0x01000193 & 0xFFFFFFFF
    return value % COLORS


def run_path(run_id: str) -> str:
    """The page of a run."""
    return f"runs/{run_id}.html"


def slugs(names: Iterable[str]) -> dict[str, str]:
    """A page slug for each name: readable, safe on every disk, and no two alike.

    A name that is its own slug keeps it; every other one whose slug is taken, empty or reserved
    gets eight hex digits of its hash, so a slug depends on the set of names, never on their order.
    """
    ordered = sorted(set(names))
    plain = {name: slug_of(name) for name in ordered}
    wanted: dict[str, list[str]] = {}
    for name, slug in plain.items():
        wanted.setdefault(slug, []).append(name)
    result = {}
    for name, slug in plain.items():
        alone = len(wanted[slug]) == 1 or name == slug
        usable = slug and not RESERVED.fullmatch(slug) and slug != "index"
        result[name] = slug if alone and usable else f"{slug or 'x'}-{short_hash(name)}"
    return result


def slug_of(name: str) -> str:
    """ASCII letters, digits and dashes of a name, at most 48 of them; may be ''."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:48].rstrip("-")


def short_hash(text: str) -> str:
    """Eight hex digits that name ``text``."""
    return _hash(text)[:4].hex()


def safe_file(path: str) -> str:
    """A path for a published file: each part harmless on every system, the suffix kept.

    A path that had to change gets a hash of what it was, so that two never become one.
    """
    parts = [_safe_part(part) for part in path.replace("\\", "/").split("/") if part]
    joined = "/".join(parts) or "file"
    if joined == path:
        return joined
    pure = PurePosixPath(joined)
    return str(pure.with_name(f"{pure.stem}-{short_hash(path)}{pure.suffix}"))


def _safe_part(part: str) -> str:
    text = re.sub(r"[^A-Za-z0-9._+=@,-]+", "-", unicodedata.normalize("NFKD", part))
    text = text.strip(". ")[:100].rstrip(". ")
    return f"_{text}" if not text or RESERVED.fullmatch(text) else text


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
