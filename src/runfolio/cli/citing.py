"""How to cite the results, for people and programs: ``runfolio cite``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe, safe_lines, say
from runfolio.errors import UsageError

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.site.citing.work import Work


def cite_and_tell(call: Call, form: str, name: str) -> None:
    """Print the citation of the results, or of the snapshot ``name``, in one form."""
    from runfolio.site.citing.forms import FORMS
    from runfolio.site.citing.work import read_cff, work_of
    from runfolio.site.keys import title_of

    config = call.config
    wrong = read_cff(config.citation.file)[1]
    if wrong:
        warn(safe(wrong))
    title = config.site.title or title_of(config)
    work = _snapshot(call, name, work_of(config, title)) if name else _newest(call, title)
    if not work.known:
        raise UsageError(
            "Nobody said yet whom to cite.",
            hint='Write [citation] into runfolio.toml, with authors = ["Ada Lovelace"], or keep a '
            "CITATION.cff beside it.",
        )
    text = FORMS[form](work)
    if not text:
        raise UsageError(
            "The Citation File Format needs authors.",
            hint='Add authors = ["Ada Lovelace"] to [citation].',
        )
    say(safe_lines(text), nl=False)


def _newest(call: Call, title: str) -> Work:
    """The results as they are now; they need not be there yet."""
    from runfolio.errors import StoreNotFoundError
    from runfolio.site.citing.work import work_of

    try:
        newest = call.store.newest_time()
    except StoreNotFoundError:
        newest = None
    return work_of(call.config, title, newest)


def _snapshot(call: Call, name: str, work: Work) -> Work:
    from runfolio.store.record import record_of

    record = record_of(call.folder, name)
    root = call.config.site.url
    url = f"{root.rstrip('/')}/snapshots/{name}/" if root.startswith("http") else ""
    day = f"{record.as_of or record.time:%Y-%m-%d}"
    return work.snapshot(name, day, record.doi, url, record.digest)
