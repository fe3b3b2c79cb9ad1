"""What pages say of runs from elsewhere: where they come from, and which copy of them is shown."""

from __future__ import annotations

from collections import Counter

from runfolio.query.origins import Origin
from runfolio.query.rows import Run
from runfolio.site.gather.context import Context, counted
from runfolio.site.pages import OriginView, SourceRow
from runfolio.site.words import _


def origin_of(context: Context, run: Run) -> OriginView | None:
    """Where a run comes from; None for runs of the store itself."""
    found = context.material.origins.get(run.origin)
    if found is None:
        return None
    lacks = _("Its output, files and code are only there.")
    return OriginView(
        name=found.name,
        where=_where(found),
        href=found.page(run.run_id),
        taken=found.taken,
        old=found.old,
        lacks=lacks if found.kind == "site" else "",
    )


def source_rows(context: Context) -> tuple[SourceRow, ...]:
    """The sources in the order of the configuration."""
    runs = Counter(run.origin for run in context.material.runs.values())
    return tuple(
        SourceRow(
            name=each.name,
            where=_where(each),
            href=each.site,
            runs=counted(runs[each.name], "run"),
            taken=each.taken,
            digest=each.digest,
            old=each.old,
            left=tuple(_left(each)),
        )
        for each in context.material.origins.values()
    )


def _where(origin: Origin) -> str:
    """A folder is only said to be one: its place is nobody's business."""
    if "://" in origin.where:
        return origin.where
    if origin.site:
        return origin.site
    return _("a site in a folder") if origin.kind == "site" else _("another store")


def _left(origin: Origin) -> list[str]:
    """What is not shown of a source, and what is shown under another id."""
    told = [_("Left out: {what}.", what=what) for what in origin.left]
    if origin.ours:
        told.append(
            _("{n} that are here already, with the same facts.", n=counted(origin.ours, "run"))
        )
    told += [
        _("{old} is called {new} here, since that id was taken.", old=old, new=new)
        for new, old in sorted(origin.theirs.items())
    ]
    return told
