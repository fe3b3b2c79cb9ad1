"""Templates as Python bytecode, kept for the next build: to compile them takes longer than to use.

They lie in the user's own cache folder and nowhere else, since whoever can write there can run
programs as this user anyway; a store or a site may be a stranger's.
"""

from __future__ import annotations

import os
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path

import jinja2
from jinja2.bccache import Bucket

from runfolio.environment.version import VERSION
from runfolio.store.mirrors import cache_dir


class CompiledTemplates(jinja2.FileSystemBytecodeCache):
    """The packaged templates' bytecode; where it cannot be read or written, they are compiled."""

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket, if there is something for exactly this template."""
        with suppress(OSError):
            super().load_bytecode(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what the bucket holds."""
        with suppress(OSError):
            super().dump_bytecode(bucket)


def compiled_templates() -> CompiledTemplates | None:
    """Where they are kept; None if there is no safe place."""
    # what ``render`` tells Jinja counts as well: its text stands for that
    told = Path(__file__).with_name("render.py").read_bytes()
    state = blake2b(f"{VERSION} {jinja2.__version__} ".encode() + told, digest_size=8)
    try:
        folder = cache_dir() / "templates" / state.hexdigest()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return CompiledTemplates(str(folder), "%s.bin") if _is_ours(folder) else None
    except (OSError, RuntimeError):  # a user without a home
        return None


def _is_ours(folder: Path) -> bool:
    """Whether nobody else can put a file there."""
    if not hasattr(os, "getuid"):
        return True
    found = folder.stat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o022
