"""What must not leave: the shapes of credentials, and what tells who and where somebody is.

Each rule is a name, what it finds in words, a pattern whose group ``value`` (else the whole match)
is the secret, and words of which one must be in a text for the pattern to be tried, which keeps a
large site quick. A rule that cries wolf is switched off by people, so each is narrow: digests,
commits, run ids and code that only talks about passwords are no findings.
"""

from __future__ import annotations

import re
import string
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise


@dataclass(frozen=True)
class Rule:
    """One thing to look for; ``private``: not a credential, but somebody's own business.

    ``exact``: so long or so special that random bytes never look like it. ``amid``: whether a match
    is one where it stands amid bytes that are no text.
    """

    name: str
    what: str
    pattern: re.Pattern[str]
    words: tuple[str, ...]
    private: bool = False
    holds: Callable[[str], bool] = lambda value: True
    exact: bool = False
    amid: Callable[[re.Match[str]], bool] = lambda match: True


def _varied(value: str) -> bool:
    """Whether it looks drawn by chance, and is no word, placeholder or repetition."""
    if re.search(
        r"example|placeholder|changeme|your[-_]|dummy|xxxx|\.\.\.|…|^<|^\$|\*\*\*", value, re.I
    ):
        return False
    return len(set(value)) >= min(6, len(value))


def _secretive(value: str) -> bool:
    """Whether it may be a password and is no name in a program: it has a digit or an odd sign."""
    return _varied(value) and not re.fullmatch(r"[A-Za-z_.\-]+|[A-Za-z_][\w.]*\.[A-Za-z]\w*", value)


def written(match: re.Match[str]) -> bool:
    """Whether what stands around looks written: chance mixes all kinds of signs."""
    near = match.string[max(0, match.start() - _AROUND) : match.end() + _AROUND]
    near = max(near.split("\n"), key=lambda line: match.group() in line)
    kinds = near.translate(_KINDS)
    alike = sum(one == other in "aA" for one, other in pairwise(kinds))
    return alike >= _ALIKE * (len(kinds) - 1)


_SMALL = string.ascii_lowercase + string.digits
_KINDS = {**{ord(each): "a" for each in _SMALL}, **{ord(each): "A" for each in _SMALL.upper()[:26]}}
#: Characters on each side that are looked at, and the share of neighbours of one kind. Writing has
#: more than half; bytes of pictures and weights that happen to be readable have a quarter.
_AROUND, _ALIKE = 12, 0.45


def _addressed(match: re.Match[str]) -> bool:
    """Whether an e-mail address looks as people write one."""
    account, _, domain = match.group().rpartition("@")
    *_, name, top = domain.split(".")
    words = re.split(r"[^A-Za-z]+", account)
    usual = all(word in (word.lower(), word.upper(), word.capitalize()) for word in words)
    plain = domain in (domain.lower(), domain.upper()) and len(account) > 1 and len(name) > 1
    top = top[:-1] if len(top) > 2 and top[-1] in "qr" else top  # what a pickle writes behind
    known = len(top) == 2 or top.lower() in _TOPS
    return usual and plain and known and written(match)


_TOP_NAMES = """
    academy ai app art biz cloud com coop dev digital edu email engineering foundation global gov
    group info institute int international lab mil museum name net network online org page pro
    school science site solutions space studio systems tech technology top university work world xyz
"""
_TOPS = frozenset(_TOP_NAMES.split())


def _rule(
    name: str,
    what: str,
    pattern: str,
    *words: str,
    flags: int = 0,
    private: bool = False,
    holds: Callable[[str], bool] = _varied,
    exact: bool = False,
    amid: Callable[[re.Match[str]], bool] = lambda match: True,
) -> Rule:
    return Rule(name, what, re.compile(pattern, flags), words, private, holds, exact, amid)


_TOKENS = (
    _rule("github", "a GitHub token", r"\bgh[pousr]_[A-Za-z0-9]{30,255}\b", "gh"),
    _rule("github", "a GitHub token", r"\bgithub_pat_\w{30,255}", "github_pat_"),
    _rule("gitlab", "a GitLab token", r"\bgl(?:pat|ptt|rt|dt|soat|cbt)-[\w-]{20,}", "gl"),
    _rule(
        "huggingface",
        "a Hugging Face token",
        r"\b(?:hf|api_org)_[A-Za-z0-9]{30,}\b",
        "hf_",
        "api_org_",
    ),
    _rule("openai", "an OpenAI key", r"\bsk-(?:proj-|svcacct-|admin-)?[A-Za-z0-9_-]{32,}", "sk-"),
    _rule("anthropic", "an Anthropic key", r"\bsk-ant-[\w-]{24,}", "sk-ant-"),
    _rule(
        "aws",
        "an AWS key",
        r"\b(?:AKIA|ASIA|AROA|AIDA)[0-9A-Z]{16}\b",
        "AKIA",
        "ASIA",
        "AROA",
        "AIDA",
    ),
    _rule("google", "a Google key", r"\bAIza[\w-]{35}", "AIza"),
    _rule("google", "a Google OAuth token", r"\bya29\.[\w-]{30,}", "ya29."),
    _rule("slack", "a Slack token", r"\bxox[abeoprs]-[\w-]{20,}", "xox"),
    _rule("npm", "an npm token", r"\bnpm_[A-Za-z0-9]{36}\b", "npm_"),
    _rule("pypi", "a PyPI token", r"\bpypi-[\w-]{50,}", "pypi-"),
    _rule(
        "stripe", "a Stripe key", r"\b[rs]k_(?:live|test)_[A-Za-z0-9]{20,}", "k_live_", "k_test_"
    ),
    _rule("sendgrid", "a SendGrid key", r"\bSG\.[\w-]{16,}\.[\w-]{30,}", "SG."),
    _rule("telegram", "a Telegram bot token", r"\b\d{8,10}:AA[\w-]{33}\b", ":AA"),
    _rule("replicate", "a Replicate token", r"\br8_[A-Za-z0-9]{37}\b", "r8_"),
    _rule("databricks", "a Databricks token", r"\bdapi[0-9a-f]{32}\b", "dapi"),
    _rule("docker", "a Docker Hub token", r"\bdckr_pat_[\w-]{20,}", "dckr_pat_"),
    _rule("jwt", "a signed token (JWT)", r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}", "eyJ"),
    _rule(
        "private-key",
        "a private key",
        r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----",
        "PRIVATE KEY",
    ),
    _rule("age-key", "an age secret key", r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}", "AGE-SECRET-KEY"),
)

_ADDRESSES = (
    _rule(
        "url-password",
        "a password in an address",
        r"\b[a-z][a-z0-9+.-]{1,20}://[^\s/@:\"'<>]{0,200}:(?P<value>[^\s/@\"'<>]{3,200})@",
        "://",
    ),
    _rule(
        "url-token",
        "a token as the user of an address",
        r"\bhttps?://(?P<value>[^\s/@:\"'<>]{16,200})@",
        "://",
    ),
    _rule(
        "webhook",
        "a webhook's address, which lets anyone post",
        r"https://(?:hooks\.slack\.com/(?:services|workflows)|(?:ptb\.|canary\.)?discord(?:app)?"
        r"\.com/api/webhooks|[\w.-]+\.webhook\.office\.com/webhookb2)/(?P<value>[\w/@.-]{20,})",
        "hooks.slack.com",
        "/api/webhooks/",
        "webhook.office.com",
    ),
    _rule(
        "signed-url",
        "a signed address, which opens what it names",
        r"[?&](?:X-Amz-Signature|X-Goog-Signature|Signature|sig|X-Amz-Security-Token)="
        r"(?P<value>[A-Za-z0-9%+/=_-]{20,})",
        "ignature=",
        "sig=",
        "Security-Token=",
    ),
)

_NAMED = (
    _rule(
        "assignment",
        "a value whose name says that it is secret",
        r"(?<![a-z])(?:passw(?:or)?d|passphrase|secret|token|pwd"
        r"|(?:api|access|private|auth|account|encryption|signing|shared|master|service)_?key"
        r"|[a-z0-9]{1,20}_(?:token|secret|api_key|access_key|password))\w{0,12}"
        r"[\"']{0,2}\s{0,2}(?:=>|:=|[:=])\s{0,2}[\"']{0,2}"
        r"(?P<value>[^\s\"'`<>,;(){}\[\]&|]{8,200})",
        "passw",
        "passphrase",
        "secret",
        "key",
        "token",
        "pwd",
        flags=re.IGNORECASE,
        holds=_secretive,
        amid=written,
    ),
    _rule(
        "header",
        "an Authorization header",
        r"\b(?:bearer|basic)\s{1,3}(?P<value>[A-Za-z0-9._~+/-]{20,}={0,2})",
        "bearer ",
        "basic ",
        flags=re.IGNORECASE,
        amid=written,
    ),
    _rule(
        "flag",
        "a secret on a command line",
        r"(?:^|\s)--?(?:password|passwd|pass|token|api[-_]?key|secret|auth[-_]?token|access[-_]?key)"
        r"(?:=|\s{1,3})(?P<value>[^\s\"'<>&|-][^\s\"'<>&|]{7,200})",
        "--",
        "-p",
        flags=re.IGNORECASE,
        amid=written,
    ),
    _rule(
        "connection",
        "a connection string",
        r"\b(?:AccountKey|SharedAccessKey|SharedAccessSignature|Pwd|Password)=(?P<value>[^;\s\"'<>]{8,})",
        "AccountKey=",
        "SharedAccess",
        "Pwd=",
        "Password=",
        amid=written,
    ),
)

_PRIVATE = (
    _rule(
        "email",
        "an e-mail address",
        r"(?<![\w.+%/-])[A-Za-z0-9][\w.+%-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}\b(?![\w/:])",
        "@",
        private=True,
        amid=_addressed,
    ),
    _rule(
        "home",
        "a path in somebody's home",
        r"(?<![\w.:/])(?:/home/|/Users/|/root/|/export/home/|/afs/|/storage/home/)(?P<value>[^\s\"'<>:;,|()\x00-\x1f\ufffd]{1,200})"
        r"|[A-Za-z]:[\\/]{1,2}Users[\\/]{1,2}(?P<value2>[^\s\"'<>:;,|()\x00-\x1f\ufffd]{1,200})",
        "/home/",
        "/Users/",
        "/root/",
        "/afs/",
        "Users",
        private=True,
        exact=True,
    ),
    _rule(
        "path",
        "an absolute path of a machine",
        r"(?<![\w.:/<@-])/(?:mnt|scratch|data|datasets|nfs|gpfs|lustre|work|workspace|opt|srv|var|tmp|media|"
        r"private|cluster|projects?|shared|gscratch|p?storage)/[^\s\"'<>:;,|()]{1,200}",
        "/",
        private=True,
        amid=written,
    ),
    _rule(
        "address",
        "an address inside a private network",
        r"(?<![\d.])(?:10\.\d{1,3}|192\.168|172\.(?:1[6-9]|2\d|3[01]))\.\d{1,3}\.\d{1,3}(?![\d.])"
        r"|\b[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){0,4}\.(?:internal|intranet|corp|lan|local)\b(?!\()",
        "10.",
        "192.168",
        "172.",
        ".internal",
        ".intranet",
        ".corp",
        ".lan",
        ".local",
        private=True,
        amid=written,
    ),
)

RULES: tuple[Rule, ...] = (*_TOKENS, *_ADDRESSES, *_NAMED, *_PRIVATE)


def known(names: Iterable[str], what: str, rule: str) -> list[Rule]:
    """Rules for words of this store that are private: user and host names, e-mails, folders.

    Words shorter than three letters, and those that everybody uses, would be found everywhere.
    """
    common = {"root", "user", "admin", "localhost", "ubuntu", "runner", "jovyan", "default", "main"}
    return [
        Rule(
            rule,
            what,
            re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])", re.IGNORECASE),
            (name,),
            private=True,
            exact=len(name) >= 6,
            amid=written,
        )
        for name in sorted(set(names))
        if len(name) >= 3 and name.casefold() not in common
    ]
