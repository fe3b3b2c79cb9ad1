"""Names: ids of runs, friendly names, clean metric names and safe artifact paths."""

from __future__ import annotations

import hashlib
import os
import re
import time
import unicodedata

from runfolio.run.trouble import NotRecordedError
from runfolio.store.checkout import is_git

NAME_LIMIT = 250
PATH_LIMIT = 240

_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # no 0 o 1 i l: read aloud, typed from paper
_COLOUR_WORDS = (
    "amber azure beige black blue bronze brown coral cream crimson cyan denim ebony emerald "
    "fawn golden green grey hazel indigo ivory jade khaki lemon lilac lime maroon mauve mint "
    "navy ochre olive opal orange pearl pink plum purple red rose ruby russet rust sable sand "
    "scarlet sepia silver slate tan teal umber velvet violet white yellow"
)
_ANIMAL_WORDS = (
    "ant badger bat bear beaver bee bison boar camel cat cobra crab crane crow deer dingo dove "
    "duck eagle eel elk falcon ferret finch fox frog gecko goat goose grouse gull hare hawk "
    "heron horse ibex jackal jay kite koala lark lemur lion llama lynx magpie marten mole moose "
    "moth mouse newt ocelot osprey otter owl panda perch pike pony puffin quail rabbit raven "
    "robin salmon seal shrew skunk sloth snail stoat stork swan swift tapir tern tiger toad "
    "trout turtle viper vole wasp weasel whale wolf wombat wren yak zebra"
)
_COLOURS = _COLOUR_WORDS.split()
_ANIMALS = _ANIMAL_WORDS.split()

_SURROGATE = re.compile("[\ud800-\udfff]")
_CONTROL = re.compile("[\x00-\x08\x0a-\x1f\x7f-\x9f]")  # the tab is harmless and kept
_DRIVE = re.compile(r"^[A-Za-z]:")
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(\..*)?", re.I)


def new_run_id(now: float | None = None) -> str:
    """A fresh id such as ``20261121-081500-x7k2mq``: sorts by time of birth, safe everywhere."""
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(now))
    return f"{stamp}-" + "".join(_LETTERS[byte % len(_LETTERS)] for byte in os.urandom(6))


def friendly_name(run_id: str) -> str:
    """A name that people remember, such as ``umber-otter-54``; the same one for the same id."""
    number = int.from_bytes(hashlib.blake2b(run_id.encode(), digest_size=8).digest(), "big")
    number, two_digits = divmod(number, 90)
    number, colour = divmod(number, len(_COLOURS))
    return f"{_COLOURS[colour]}-{_ANIMALS[number % len(_ANIMALS)]}-{two_digits + 10}"


def clean_text(text: str) -> str:
    """``text`` with lone surrogates, which no file format can hold, as U+FFFD."""
    return _SURROGATE.sub("\ufffd", text)


def clean_name(name: object) -> str:
    """``name`` as a name of a metric, tag or param that every reader can hold.

    Control characters become spaces, lone surrogates U+FFFD, an empty name ``unnamed``; names
    above 250 characters are cut and end in a hash that keeps them apart.
    """
    text = _CONTROL.sub(" ", clean_text(name if isinstance(name, str) else str(name)))
    if len(text) > NAME_LIMIT:
        text = _cut(text, NAME_LIMIT)
    return text or "unnamed"


def _cut(text: str, limit: int) -> str:
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    return f"{text[: limit - 9]}~{digest}"


class UnfitAliasError(NotRecordedError):
    """A model cannot have this alias; the message says why."""


def clean_alias(text: object) -> str:
    """``text`` as an alias of a model version; raises ``UnfitAliasError`` for one that misleads."""
    alias = clean_name(str(text).strip())
    if not str(text).strip():
        raise UnfitAliasError("it is empty")
    if "," in alias:
        raise UnfitAliasError("it has a comma")
    if alias.removeprefix("v").isdecimal():
        raise UnfitAliasError("it looks like the number of a version")
    return alias


class UnsafePathError(NotRecordedError):
    """The name of an artifact would lead out of its run; the message says why."""


def _safe_part(part: str) -> str:
    part = part.rstrip(". ")
    if _RESERVED.fullmatch(part):
        stem, dot, suffix = part.partition(".")
        part = f"{stem}_{dot}{suffix}"
    return _cut(part, 100) if len(part) > 100 else part


def safe_path(name: str) -> str:
    """``name`` as the path of an artifact inside its run, with ``/`` between the parts.

    Mended: reserved names of Windows (``CON`` is ``CON_``), dots and spaces at the end, control
    characters, endless names. Raises ``UnsafePathError`` for names that lead elsewhere or that no
    site serves: ``..``, absolute paths, drives and colons, hidden folders, nothing at all.
    """
    text = _CONTROL.sub("_", clean_text(name)).replace("\t", "_").replace("\\", "/")
    text = unicodedata.normalize("NFC", text)
    seen = unicodedata.normalize("NFKC", text)  # full-width dots and slashes are traps as well
    if not seen.strip("/. "):
        raise UnsafePathError("it is empty")
    if seen.startswith("/") or _DRIVE.match(seen):
        raise UnsafePathError("it is an absolute path")
    if ".." in seen.split("/"):
        raise UnsafePathError("it leads out of the run with '..'")
    if ":" in seen:
        raise UnsafePathError("it has a colon")
    parts = [_safe_part(part) for part in text.split("/") if part not in ("", ".")]
    parts = [part for part in parts if part]
    if not parts or parts[0].startswith("."):
        raise UnsafePathError("it is hidden (begins with a dot)")
    if any(map(is_git, parts)):
        raise UnsafePathError("it leads into a .git folder")
    path = "/".join(parts)
    return path if len(path) <= PATH_LIMIT else _cut_path(path)


def _cut_path(path: str) -> str:
    stem, dot, suffix = path.rpartition(".")
    if dot and len(suffix) <= 10:
        return f"{_cut(stem, PATH_LIMIT - 1 - len(suffix))}.{suffix}"
    return _cut(path, PATH_LIMIT)
