"""Addresses of git remotes: which machine, and which project there."""

from __future__ import annotations

import re

_URL = re.compile(r"(?:https?|ssh|git)://(?:[^/@]*@)?([^/:]+)(?::\d+)?/(.+)")
_SHORT = re.compile(r"(?:[^/@]+@)?([\w.-]{2,}\.[\w-]+):(?!/)(.+)")


def place_of(url: str) -> tuple[str, str]:
    """Host and path of a git remote in any of its spellings; ('', '') for a folder's path."""
    match = _URL.match(url) or _SHORT.match(url)
    if match is None:
        return "", ""
    return match[1].lower(), match[2].rstrip("/").removesuffix(".git")
