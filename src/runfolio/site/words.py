"""The interface's words: every text that the site says goes through ``_``.

English stands in the code, the templates (``{{ _("Runs") }}``) and the scripts (``rf.t("Runs")``);
a catalogue of another language maps it. Values go in by name: ``_("{n} runs", n=3)``. What people
wrote (names, params, notes) never passes through here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

_CATALOGUE: ContextVar[Mapping[str, str] | None] = ContextVar("catalogue", default=None)


def _(text: str, /, **values: object) -> str:
    """``text`` in the site's language, with ``values`` in place of ``{names}``."""
    found = (_CATALOGUE.get() or {}).get(text, text)
    return found.format_map(values) if values else found


@contextmanager
def spoken(catalogue: Mapping[str, str]) -> Iterator[None]:
    """Within this context the site speaks the language of ``catalogue`` (English -> its words)."""
    token = _CATALOGUE.set(catalogue)
    try:
        yield
    finally:
        _CATALOGUE.reset(token)
