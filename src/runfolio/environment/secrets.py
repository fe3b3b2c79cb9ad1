"""What must never reach a store: passwords, tokens and credentials in keys, URLs and commands."""

from __future__ import annotations

import re
from collections.abc import Sequence

MASK = "***"

_SUSPECT = re.compile(
    r"pass|secret|token|cred|auth|dsn|bearer|(^|_)pwd|connection_?string"
    r"|(^|_)(api|private|access|signing|encryption|license|ssh)_?key"
    r"|(wandb|openai|anthropic|comet|neptune|mistral|azure|aws|gcp|hf|huggingface)_?key",
    re.IGNORECASE,
)
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
# while host:8080/ is a port and no user. Every repetition is bounded: a long text is read once.
_URL_USER = re.compile(
    r"(?P<scheme>[A-Za-z0-9+.-]{1,20})://"
    r"(?P<user>[^/\s?#\"'<>]{0,1000}|[^\s/@:\"'<>]{1,500}:(?!\d+[/?#])[^\s@\"'<>]{0,500})@"
)
_HINT = re.compile(r"passw|passphrase|secret|_?key|token|pwd|bearer|authorization", re.IGNORECASE)
_NAME = (
    r"(?:passw(?:or)?d|passphrase|secret|(?:api|private|access)_?key"
    r"|(?:access|auth|session|refresh|bearer|hf)_?token)(?:_(?:access_)?key)?"
)
_VALUE = r"(?P<value>\"[^\"]*\"|'[^']*'|[^\s;&\"']+|[\"'][^\s\"']+)"
# As people write them: password=x, Namespace(password='x'), {"password": "x"}, password: x
_ASSIGNED = re.compile(
    rf"(?P<key>(?:{_NAME}|\bpwd|\btoken)=|{_NAME}(?:[\"']?:\s?|\s?=\s?(?=[\"'])))"
    rf"(?!\*\*\*){_VALUE}",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?P<key>\bauthorization[\"']?\s?[:=]\s?[\"']?(?:(?:basic|bearer|token)\s)?"
    r"|\bbearer\s(?=[\w.~+/-]{16}))(?P<value>[^\s\"']+)",
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


def _masked(match: re.Match[str]) -> str:
    value = match["value"]
    before = value[0] if value[0] in "\"'" else ""
    after = before if before and value.endswith(before) else ""
    return f"{match['key']}{before}{MASK}{after}"


def without_credentials(text: str) -> str:
    """``text`` without the user part of URLs and without values such as ``password=…``.

    Understands also ``{"password": "…"}``, ``password: …`` and ``Authorization: Bearer …``.
    """
    if "://" in text:
        text = _URL_USER.sub(_without_user, text)
    if _HINT.search(text):
        text = _HEADER.sub(_masked, text)
        text = _ASSIGNED.sub(_masked, text)
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


#: Where absolute paths begin on the machines that people train on; a lone word such as /runs in
#: an address of the web is none.
_PATH = re.compile(
    r"(?<![\w.:/<@-])(?:file://)?(?:/(?:home|Users|root|mnt|scratch|data|datasets|nfs|gpfs|lustre|afs|work"
    r"|workspace|opt|srv|var|tmp|media|private|cluster|projects?|shared|gscratch|p?storage|export"
    r"|usr|etc|content|kaggle|dbfs|Volumes)(?=/)|[A-Za-z]:[\\/]{1,2}(?=[\w.]))"
    r"(?P<rest>[^\s\"'<>:;,|()\[\]{}*?]{1,400})"
)


def without_paths(text: str) -> str:
    """``text`` with absolute paths cut to their last part: ``/home/ada/a.py`` to ``a.py``."""
    if "/" not in text and "\\" not in text:
        return text
    return _PATH.sub(_last_part, text)


def _last_part(match: re.Match[str]) -> str:
    parts = [part for part in re.split(r"[\\/]+", match["rest"]) if part]
    return parts[-1] if len(parts) > 1 else "…"
