"""Addresses of stores elsewhere, and where this machine keeps what it has of each.

    s3://bucket/path   gs://bucket/path   hf://datasets/owner/name   https://host/path (read only)

A mirror is a store folder in the user's cache folder (RUNFOLIO_CACHE moves it). It holds what was
read from the address, and what was logged and is not uploaded yet.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from hashlib import blake2b
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from runfolio.errors import MissingPackageError, UsageError

_ADDRESS = re.compile(r"(?P<scheme>[A-Za-z][A-Za-z0-9+.-]+):/{1,2}(?P<rest>[^/].*)", re.DOTALL)
#: What the library for each scheme is called, beside fsspec.
_PACKAGES = {"s3": "s3fs", "gs": "gcsfs", "hf": "huggingface_hub"}
SCHEMES = ("s3", "gs", "hf", "https")


def address_of(place: str | Path) -> str:
    """The address that ``place`` is, in one spelling; '' for a folder of this machine.

    A ``Path`` that was made of an address has lost a slash; it is understood as well. UsageError
    for an address that cannot be used, or that holds a password.
    """
    match = _ADDRESS.fullmatch(str(place))
    if match is None:
        return ""
    address = f"{match['scheme'].lower()}://{match['rest'].rstrip('/')}"
    try:
        parts = urlsplit(address)
        host, user = parts.hostname or "", "@" in parts.netloc
    except ValueError:
        raise UsageError("The store's address cannot be understood.", hint=_HINT) from None
    if user or parts.query or parts.fragment:
        shown = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        raise UsageError(
            f"The address of the store {shown} holds a user, a password or a token.",
            hint="Leave it out: the keys come from where the provider's own tools look for them.",
        )
    if parts.scheme not in SCHEMES and not (parts.scheme == "http" and is_loopback(host)):
        raise UsageError(f"The store {address!r} cannot be reached that way.", hint=_HINT)
    if not address.isprintable() or any(part in (".", "..") for part in parts.path.split("/")):
        raise UsageError("The store's address cannot be understood.", hint=_HINT)
    return address


_HINT = "Known are s3://bucket/path, gs://bucket/path, hf://datasets/owner/name and https://…"


def is_web(address: str) -> bool:
    """Whether the address is one of a web server, which is only read."""
    return address.startswith(("https://", "http://"))


def is_loopback(host: str) -> bool:
    """Whether a host is this machine itself."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def cache_dir(env: Mapping[str, str] = os.environ) -> Path:
    """The folder for what this user has of other places: RUNFOLIO_CACHE, else the system's."""
    if env.get("RUNFOLIO_CACHE"):
        home = Path(env["RUNFOLIO_CACHE"]).expanduser()
        return Path(os.path.abspath(home))  # noqa: PTH100  resolve() would follow links
    if sys.platform == "win32":
        home = Path(env.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        home = Path.home() / "Library" / "Caches"
    else:
        home = Path(env.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return home.absolute() / "runfolio"


def mirror_path(address: str) -> Path:
    """Where the mirror of an address lies: a readable name and a digest of the address."""
    slug = re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-")[:60].strip("-")
    digest = blake2b(address.encode("utf-8", "replace"), digest_size=8).hexdigest()
    return cache_dir() / "stores" / f"{slug}-{digest}"


def origin_of(path: Path, marker: Mapping[str, object]) -> str:
    """The address that the store at ``path`` mirrors; '' for all other stores.

    What a marker says is believed in the mirror's own place alone: a store that a stranger made
    must not name addresses that this machine would then talk to.
    """
    origin = marker.get("origin")
    if not isinstance(origin, str):
        return ""
    try:
        address = address_of(origin)
    except UsageError:
        return ""
    return address if address and mirror_path(address) == path else ""


def require(address: str) -> None:
    """MissingPackageError if an address needs a library that is not installed; imports nothing."""
    from importlib.util import find_spec

    scheme = address.partition(":")[0]
    wanted = () if is_web(address) else ("fsspec", _PACKAGES.get(scheme, "fsspec"))
    lacking = [name for name in wanted if find_spec(name) is None]
    if lacking:
        raise missing_package(scheme, lacking[0])


def missing_package(scheme: str, name: str = "") -> MissingPackageError:
    """What to tell of a library that is not installed."""
    name = name or _PACKAGES.get(scheme, "fsspec")
    more = "" if scheme == "s3" else f" {_PACKAGES.get(scheme, '')}"
    return MissingPackageError(
        f"A store at {scheme}:// needs the package {name}.",
        hint=f"pip install 'runfolio[remote]'{more}",
    )
