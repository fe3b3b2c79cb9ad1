"""A passphrase over a bundle: who has it reads everything, who has not sees a number of bytes.

The passphrase is stretched by PBKDF2-HMAC-SHA256; HKDF makes two keys of that. Each piece is sealed
by AES-256-GCM, bound to its number, to how many there are and to the edition of the whole, so that
none can be moved, dropped or taken from another publish. Browsers open it by WebCrypto
(``templates/bundle/bundle.js``); what seals it here is the library ``cryptography``.

The same site under the same passphrase gives the same bytes, so that an equal site is not published
again: the salt comes from the store's id, which no other store has; the edition and each piece's
nonce are HMACs under the second key, of the whole and of the piece with what it is bound to, so
that two different pieces never share a nonce. What this tells an onlooker is whether two publishes
are equal, and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from runfolio.errors import MissingPackageError, UsageError

#: OWASP's advice for PBKDF2-HMAC-SHA256 was 600,000 in 2026.
ITERATIONS = 1_000_000
_NONCE = 12
_SHORTEST, _FEWEST, _LONG = 12, 6, 20
_COMMON = re.compile(
    r"p[a@][s5$]{2}(w[o0]r[dt]|phrase)?|qwert[yz]\w*|letmein|welcome|iloveyou|admin\w*|secret|geheim"
    r"|runfolio|changeme|trustno1|monkey|dragon"
)
_HINT = (
    "Five random words, or what this prints: "
    "python -c 'import secrets; print(secrets.token_urlsafe(18))'"
)


class Lock:
    """Seals pieces with a passphrase, and opens them."""

    def __init__(self, passphrase: str, salt: bytes, iterations: int = ITERATIONS) -> None:
        hashes, self._seal, kdf, hkdf = _library()
        stretched = kdf(hashes.SHA256(), 32, salt, iterations).derive(_bytes(passphrase))

        def key(use: bytes) -> bytes:
            found = hkdf(hashes.SHA256(), 32, None, b"runfolio bundle 1: " + use)
            return bytes(found.derive(stretched))

        self._content, self._nonces = key(b"content"), key(b"nonces")
        self._salt, self._iterations = salt, iterations

    def sealed(self, pieces: Sequence[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        """What stands in the clear beside them, and each piece as nonce, encrypted bytes, tag."""
        cipher = self._seal(self._content)
        digests = b"".join(hashlib.sha256(piece).digest() for piece in pieces)
        edition = hmac.digest(self._nonces, digests, "sha256")[:16].hex()
        found = []
        for number, piece in enumerate(pieces):
            bound = _bound(number, len(pieces), edition)
            nonce = hmac.digest(self._nonces, bound + b"\0" + piece, "sha256")[:_NONCE]
            found.append(nonce + cipher.encrypt(nonce, piece, bound))
        salt = base64.b64encode(self._salt).decode()
        return {"salt": salt, "iterations": self._iterations, "edition": edition}, found

    def opened(self, edition: str, pieces: Sequence[bytes]) -> list[bytes]:
        """The pieces as they were; UsageError where this is not their passphrase."""
        from cryptography.exceptions import InvalidTag

        cipher = self._seal(self._content)
        try:
            return [
                cipher.decrypt(piece[:_NONCE], piece[_NONCE:], _bound(number, len(pieces), edition))
                for number, piece in enumerate(pieces)
            ]
        except InvalidTag:
            raise UsageError("This passphrase does not open it, or it is damaged.") from None


def salt_of(store_id: str) -> bytes:
    """The salt of a store's bundles: its own, and no secret."""
    return hashlib.blake2b(store_id.encode(), digest_size=16, person=b"runfolio lock").digest()


def weakness(passphrase: str) -> tuple[str, bool]:
    """What is wrong with a passphrase, and whether that is enough to refuse it; '' if nothing.

    Whoever has the file can try passphrases for ever, as fast as their machines are.
    """
    text = unicodedata.normalize("NFKC", passphrase).strip()
    if len(text) < _SHORTEST:
        return f"it has {len(text)} characters; {_SHORTEST} are the least", True
    if len(set(text.casefold())) < _FEWEST:
        return "it repeats a few characters", True
    if text.isdigit() and len(text) < _LONG:
        return "it is a short number", True
    rest = _COMMON.sub("", text.casefold())
    if rest != text.casefold() and sum(map(str.isalpha, rest)) < _SHORTEST // 2:
        return "it is a word that everybody tries first", True
    if _runs(text.casefold()):
        return "it follows the keyboard or the alphabet", True
    words = text.split()
    if len(text) < _LONG and len(words) < 4 and text.isalpha():
        return "it is short for one made of letters alone", False
    return "", False


def read_passphrase(environment: Mapping[str, str], name: str) -> tuple[str, str]:
    """The passphrase of the variable ``name``, and a warning or ''; UsageError where it is weak."""
    passphrase = environment.get(name, "").strip()
    if not passphrase:
        raise UsageError(
            f"The variable {name} holds no passphrase.",
            hint=f"Set it for this command alone: read -rs {name} && export {name}. {_HINT}",
        )
    why, refused = weakness(passphrase)
    if refused:
        raise UsageError(f"The passphrase in {name} is too weak: {why}.", hint=_HINT)
    return passphrase, f"the passphrase in {name} may be guessed: {why}" if why else ""


def _runs(text: str) -> bool:
    """Whether nearly all of it lies in an alphabet's or a keyboard's order."""
    rows = ("abcdefghijklmnopqrstuvwxyz", "01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm")
    pairs = {row[at : at + 2] for row in (*rows, *(row[::-1] for row in rows)) for at in range(30)}
    steps = sum(text[at : at + 2] in pairs for at in range(len(text) - 1))
    return steps >= 0.7 * (len(text) - 1)


def _bytes(passphrase: str) -> bytes:
    """As the page does it: keyboards differ in how they compose a letter."""
    return unicodedata.normalize("NFKC", passphrase).strip().encode()


def _bound(number: int, count: int, edition: str) -> bytes:
    return f"runfolio bundle 1: piece {number} of {count} of {edition}".encode()


def _library() -> tuple[Any, Any, Any, Any]:
    try:
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM
        from cryptography.hazmat.primitives.kdf.hkdf import HKDF
        from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
    except ImportError as error:
        raise MissingPackageError(
            f"To lock a site, a library is missing: {error.name}.",
            hint="pip install 'runfolio[lock]'",
        ) from error
    return hashes, AESGCM, PBKDF2HMAC, HKDF
