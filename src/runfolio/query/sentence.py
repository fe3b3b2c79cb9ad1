"""Sentences that say how they are made, so that a site can say them in its reader's language."""

from __future__ import annotations

from collections.abc import Mapping


class Sentence(str):
    """English text made of a pattern and values; a value may be a sentence, too."""

    pattern: str
    values: Mapping[str, object]

    def __new__(cls, pattern: str, /, **values: object) -> Sentence:
        """``pattern`` with ``values`` in place of its ``{names}``."""
        made = super().__new__(cls, pattern.format(**values))
        made.pattern = pattern
        made.values = values
        return made

    def __getnewargs_ex__(self) -> tuple[tuple[str], dict[str, object]]:
        """What makes it again in another process."""
        return (self.pattern,), dict(self.values)
