"""What must never reach a store: passwords, tokens and credentials in keys, URLs and commands."""

from __future__ import annotations

import re
from collections.abc import Sequence

MASK = "***"

_SUSPECT = re.compile(r"pass|secret|token|api_?key|cred|auth|dsn", re.IGNORECASE)
_CERTAIN = re.compile(
    r"passw(or)?d|passphrase|secret|api_?key|credential|private_?key|access_?key", re.IGNORECASE
)
# Words of machine learning that only look like secrets: `tokenizer`, `max_tokens`, `author`.
_INNOCENT = re.compile(
    r"tokeni[sz]\w*|tokens|(pad|eos|bos|unk|sep|cls|mask|special|start|end|stop|image|prefix)_?token"
    r"|token_?(type|ids?|count|limit|len(gth)?|budget|drop\w*|level|dim)|authors?(?![a-z])"
    r"|passes|bypass|compass|passage|passenger|passive|(low|high|band)_?pass|incred\w*|credit\w*",
    re.IGNORECASE,
)
_HOLDS_SECRETS = re.compile(
    r"(\w*_)?(auth|credentials?|secrets?|passwords?|tokens?|api_?keys?|dsn)", re.IGNORECASE
)
# The user part ends at the last @ before the path; a password may hold an unescaped slash,
# while host:8080/ is a port and no user.
_URL_USER = re.compile(
    r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]*)://"
    r"(?P<user>[^/\s?#\"'<>]*|[^\s/@:\"'<>]+:(?!\d+[/?#])[^\s@\"'<>]*)@"
)
_ASSIGNED = re.compile(
    r"(?P<key>\b(?:[\w-]*(?:password|passwd|secret|api_?key|access_?token|auth_?token)"
    r"|pwd|token)=)(?P<value>[^\s;&\"']+)",
    re.IGNORECASE,
)
_SHAPES = re.compile(
    r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{20,}|hf_[A-Za-z0-9]{30,}"
    r"|sk-[A-Za-z0-9_-]{32,}|AKIA[0-9A-Z]{16}|xox[abprs]-[\w-]{20,}|AIza[\w-]{35}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})"
)


def is_secret(key: str, value: object = "") -> bool:
    """Whether ``value`` under the name ``key`` must be masked.

    Text is masked under every suspicious name (the last part of a dotted one) and in groups such
    as ``credentials.``; numbers only under a certain one, since ``max_tokens=512`` is a setting.
    """
    if isinstance(value, bool) or value is None:
        return False
    *groups, name = re.split(r"[./]", key.replace("-", "_"))
    if isinstance(value, int | float):
        return _CERTAIN.search(name) is not None
    if _SUSPECT.search(_INNOCENT.sub("", name)):
        return True
    return any(_HOLDS_SECRETS.fullmatch(group) for group in groups)


def _without_user(match: re.Match[str]) -> str:
    scheme, user = match["scheme"], match["user"]
    if scheme.lower().endswith("ssh"):  # the user of an ssh address is part of the address
        return f"{scheme}://{user.split(':')[0]}@"
    return f"{scheme}://"


def without_credentials(text: str) -> str:
    """``text`` without the user part of URLs and without values such as ``password=…``."""
    if "://" in text:
        text = _URL_USER.sub(_without_user, text)
    if "=" in text:
        text = _ASSIGNED.sub(lambda match: match["key"] + MASK, text)
    return _SHAPES.sub(MASK, text)


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def masked_arguments(arguments: Sequence[str]) -> list[str]:
    """The command line's arguments, the secrets among them replaced by ``***``.

    Understands ``--token=x``, ``--token x`` and ``db.password=x``.
    """
    masked: list[str] = []
    hide_next = False
    for argument in arguments:
        if hide_next and not argument.startswith("--"):
            masked.append(MASK)
            hide_next = False
            continue
        key, equals, value = argument.partition("=")
        name = key.lstrip("-")
        if equals and is_secret(name, _number(value)):
            masked.append(f"{key}={MASK}")
        else:
            masked.append(without_credentials(argument))
        hide_next = not equals and argument.startswith("-") and is_secret(name)
    return masked
