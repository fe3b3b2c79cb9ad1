"""What else a leaderboard tells: who moved the best, and the trade-off of two metrics."""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.query.front import front
from runfolio.query.progression import MOST_RECORDS, Record
from runfolio.site.gather.tables import interest
from runfolio.site.labels import short_texts
from runfolio.site.material import Board, Material, shown_time
from runfolio.site.numbers import format_number, short_number
from runfolio.site.pages import Changed, Chart, FrontRow, RecordRow
from runfolio.site.sparkline import steps, still_dots
from runfolio.site.words import _

#: Params that one row of the records names.
MOST_CHANGES = 6
#: Runs whose places the page itself holds, and front members that it lists.
MOST_DOTS = 300
MOST_FRONT = 40


def record_rows(material: Material, board: Board) -> tuple[RecordRow, ...]:
    """The runs that moved the best, the newest first."""
    told = board.records[-MOST_RECORDS:]
    return tuple(_record(material, board, each) for each in reversed(told))


def _record(material: Material, board: Board, record: Record) -> RecordRow:
    ends = [
        Changed(
            item.key,
            *short_texts(["–" if text is None else text for text in (item.before, item.after)]),
        )
        for item in record.params
    ]
    code = " → ".join(record.commits) if record.commits else ""
    lines = f"+{record.lines[0]:,} −{record.lines[1]:,}" if record.lines else ""
    return RecordRow(
        run=material.refs[record.run_id],
        date=shown_time(record.started),
        value=material.shown(board.metric, short_number(record.value, 6)),
        gain=_gain(material, board, record),
        changes=tuple(ends[:MOST_CHANGES]),
        more=max(0, len(ends) - MOST_CHANGES),
        code=code,
        lines=lines,
        pair=f"{record.before},{record.run_id}" if record.before else "",
    )


def _gain(material: Material, board: Board, record: Record) -> str:
    """'+0.0608 (+8.1%)'; the percentage is left out beside a value near 0."""
    if record.gain is None:
        return ""
    sign = "+" if record.gain > 0 else ""
    text = sign + format_number(short_number(record.gain, 4), material.digits_of(board.metric))
    if record.percent is None or abs(record.percent) > 1000:
        return text
    return f"{text} ({record.percent:+.1f}%)"


def second_metric(material: Material, board: Board) -> str:
    """The metric to weigh against the first: the configured one, else one that suits; or ''.

    It has a direction, and most of the ranked runs have it.
    """
    counts: dict[str, int] = {}
    for run_id in board.run_ids:
        for key, each in material.summary.get(run_id, {}).items():
            counts[key] = counts.get(key, 0) + (each.last is not None)
    if board.secondary:
        return board.secondary if counts.get(board.secondary) else ""
    fits = [
        key
        for key, count in counts.items()
        if key != board.metric and material.directions.get(key) and count * 2 >= len(board.run_ids)
    ]
    # Another sort of quality tells more than the same one measured on other data.
    word = board.metric.rpartition("/")[2]
    fits.sort(key=lambda key: (key.rpartition("/")[2] == word, *interest(material, key, ""), key))
    return fits[0] if fits else ""


def pareto(material: Material, board: Board) -> tuple[Chart | None, tuple[FrontRow, ...]]:
    """The picture of two metrics with its front, and the runs on the front."""
    second = second_metric(material, board)
    known = [
        (run_id, x, y)
        for run_id in board.run_ids
        if (y := material.value_of(board, run_id)) is not None
        and (x := _last(material, run_id, second)) is not None
    ]
    if not second or len(known) < 3:
        return None, ()
    direction = material.directions.get(second) or 1
    best = front([(x, y) for _id, x, y in known], (direction, board.direction))
    rows = tuple(
        FrontRow(
            material.refs[run_id],
            (
                material.shown(board.metric, short_number(y, 6)),
                material.shown(second, short_number(x, 6)),
            ),
        )
        for run_id, x, y in (known[at] for at in best[:MOST_FRONT])
    )
    return _picture(material, board, second, direction, known, best), rows


def _last(material: Material, run_id: str, metric: str) -> float | None:
    found = material.summary.get(run_id, {}).get(metric)
    return found.last if found else None


def _picture(
    material: Material,
    board: Board,
    second: str,
    direction: int,
    known: Sequence[tuple[str, float, float]],
    best: Sequence[int],
) -> Chart:
    names = (material.title_of(board.metric), material.title_of(second))
    must = set(best[:MOST_DOTS])
    every = max(1, -(-len(known) // MOST_DOTS))
    kept = [at for at in range(len(known)) if at in must or at % every == 0]
    xs, ys = [known[at][1] for at in kept], [known[at][2] for at in kept]
    corners = steps(sorted((known[at][1], known[at][2]) for at in best))
    note = _("{n} of {all} runs are on the front", n=f"{len(best):,}", all=f"{len(known):,}")
    return Chart(
        "pareto",
        "pareto",
        _("{metric} and {second}", metric=names[0], second=names[1]),
        note=note,
        svg_html=still_dots(xs, ys, corners),
        summary=_(
            "{metric} against {second}: {note}.", metric=names[0], second=names[1], note=note
        ),
        data={
            "metric": names[0],
            "dir": board.direction,
            "xmetric": names[1],
            "xdir": direction,
            "x": [short_number(x, 6) for x in xs],
            "y": [short_number(y, 6) for y in ys],
            "xkey": f"m:{second}",
            "ykey": f"m:{board.metric}",
            "runs": [
                [ref.id, ref.name, ref.path] for ref in (material.refs[known[at][0]] for at in kept)
            ],
        },
    )
