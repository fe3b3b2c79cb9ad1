"""Pictures for previews (Open Graph, 1200 x 630): the front page, leaderboards, and runs if asked.

They are drawn as SVG of our own and turned into PNG by the package that draws charts. The font is
one that comes with that package, so a picture does not depend on the machine's fonts; only letters
that it lacks are taken from there.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
from collections.abc import Iterator, Sequence
from functools import cache, partial

from markupsafe import Markup

from runfolio.config import Config
from runfolio.query.rows import Run
from runfolio.site.gather.badges_text import fitted, one_line, text_width, wrapped
from runfolio.site.gather.context import Context, LateFile, address_of, counted, health
from runfolio.site.gather.leading import best_shown, leader_of
from runfolio.site.gather.overview_records import shown_value
from runfolio.site.labels import short_param
from runfolio.site.material import Board
from runfolio.site.numbers import format_duration
from runfolio.site.sparkline import finite, points_text, steps, thin
from runfolio.site.words import _

WIDTH, HEIGHT = 1200, 630
EDGE = 72
FONT = "Liberation Sans"
#: The curve's box: left, top, width, height.
CURVE = (620, 330, WIDTH - 620 - EDGE, 180)
CURVE_POINTS = 120
INK, MUTED, ACCENT, PAGE, LINE = "#171a21", "#565e6c", "#2b4aba", "#ffffff", "#e2e5ea"


def card_folders(config: Config) -> tuple[str, ...]:
    """The folders whose pages have a picture of their own; none where the site has no address."""
    if config.site.cards == "none" or not address_of(config):
        return ()
    return ("leaderboards", "runs") if config.site.cards == "all" else ("leaderboards",)


def card_files(context: Context) -> Iterator[LateFile]:
    """The pictures of the front page and of the leaderboards."""
    if context.site.cards:
        yield late_png("cards/index.png", site_card(context))
        for board in context.material.boards:
            path = f"cards/{board.path.removesuffix('.html')}.png"
            yield late_png(path, board_card(context, board))


def site_card(context: Context) -> str:
    """The picture of the front page: the first leaderboards and how many runs there are."""
    material = context.material
    led = [board for board in material.boards if board.best]
    rows = [
        (board.title, material.title_of(board.metric), _best(context, board)) for board in led[:3]
    ]
    shapes = [_title(context.site.title, 64), *_rows(rows)]
    words = counted(len(material.runs), "run")
    return _svg(shapes, "", f"{words} · {health(material.runs.values()) or _('all finished')}")


def board_card(context: Context, board: Board) -> str:
    """The picture of a leaderboard: its best value, the run that has it, and how it got there."""
    material, best = context.material, board.best
    word = _("higher is better") if board.direction > 0 else _("lower is better")
    shapes = [_title(board.title), _line(f"{material.title_of(board.metric)} · {word}", 222)]
    if best is not None:
        shapes += _result(_best(context, board), leader_of(material, board))
        shapes.append(_records(board))
    return _svg(shapes, context.site.title, counted(len(board.run_ids), "run"))


def run_card(context: Context, run: Run, values: Sequence[float | None]) -> str:
    """The picture of a run: its result and the curve of the metric that ranks it."""
    material = context.material
    board = material.board_of.get(run.run_id)
    value = material.value_of(board, run.run_id) if board else None
    shapes = [_title(run.name), _line(f"{run.experiment} · {run.status}", 222)]
    if board is not None and value is not None:
        shapes += _result(shown_value(material, board, value), material.title_of(board.metric))
        shapes.append(_curve(range(len(values)), values))
    params = [
        f"{each.key} {short_param(each)}"
        for each in list(material.params.get(run.run_id, {}).values())[:4]
    ]
    shown = " · ".join([*params, format_duration(run.seconds)]).strip(" ·")
    return _svg(shapes, context.site.title, shown)


def late_png(path: str, svg: str) -> LateFile:
    """The picture at ``path``, which is made anew only where its drawing changed."""
    text = f"{_made_with()}\n{svg}".encode("utf-8", "replace")
    return LateFile(path, hashlib.sha256(text).hexdigest()[:32], partial(png, svg))


def png(svg: str) -> bytes:
    """The drawing as PNG."""
    import vl_convert

    data: bytes = vl_convert.svg_to_png(svg.encode("utf-8", "replace").decode())
    return data


@cache
def _made_with() -> str:
    return importlib.metadata.version("vl-convert-python")


def _best(context: Context, board: Board) -> str:
    return best_shown(context.material, board) if board.best else ""


def _svg(shapes: Sequence[str], site: str, foot: str) -> str:
    """The whole picture: a white card with the mark, what is in it, and a line at the foot."""
    mark = (
        f'<rect x="{EDGE}" y="548" width="34" height="34" rx="9" fill="{ACCENT}"/>'
        f'<path d="M{EDGE + 8} 570c5 0 5.500-10.500 10.500-10.500 3 0 3 5 8.500 5" fill="none" '
        'stroke="#fff" stroke-width="3" stroke-linecap="round"/>'
    )
    named = fitted(site or "runfolio", 26, 420, bold=True)
    left = EDGE + 50 + text_width(named, 26, bold=True) + 28
    room = WIDTH - EDGE - left
    texts = [
        _text(named, EDGE + 50, 574, 26, INK, bold=True),
        _text(fitted(foot, 26, room), WIDTH - EDGE, 574, 26, MUTED, anchor="end"),
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{HEIGHT}" '
        f'viewBox="0 0 {WIDTH} {HEIGHT}" font-family="{FONT}">'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAGE}"/>'
        f'<rect width="{WIDTH}" height="12" fill="{ACCENT}"/>'
        f'<path d="M{EDGE} 524H{WIDTH - EDGE}" stroke="{LINE}" stroke-width="2"/>'
        f"{mark}{''.join(shapes)}{''.join(texts)}</svg>"
    )


def _title(text: str, size: int = 60) -> str:
    """The title in one line, or in two smaller ones."""
    room = WIDTH - 2 * EDGE
    if text_width(text, size, bold=True) <= room:
        return _text(text, EDGE, 154, size, INK, bold=True)
    lines = wrapped(text, 46, room, 2, bold=True)
    return "".join(
        _text(line, EDGE, 116 + 56 * at, 46, INK, bold=True) for at, line in enumerate(lines)
    )


def _line(text: str, y: int) -> str:
    return _text(fitted(text, 32, WIDTH - 2 * EDGE), EDGE, y, 32, MUTED)


def _result(value: str, name: str) -> list[str]:
    room = CURVE[0] - EDGE - 40
    size = 112 if text_width(value, 112, bold=True) <= room else 64
    return [
        _text(fitted(value, size, room, bold=True), EDGE, 410, size, ACCENT, bold=True),
        _text(fitted(name, 34, room), EDGE, 476, 34, INK),
    ]


def _rows(rows: Sequence[tuple[str, str, str]]) -> list[str]:
    """The first leaderboards, one line each: title, metric, best value at the right."""
    found = []
    for at, (title, metric, value) in enumerate(rows):
        y = 268 + 84 * at
        shown = fitted(value, 46, 360, bold=True)
        room = WIDTH - 2 * EDGE - text_width(shown, 46, bold=True) - 40
        name = fitted(title, 38, room * 0.6)
        used = text_width(name, 38) + 22
        found += [
            _text(name, EDGE, y, 38, INK),
            _text(fitted(metric, 28, max(80.0, room - used)), EDGE + used, y, 28, MUTED),
            _text(shown, WIDTH - EDGE, y, 46, ACCENT, bold=True, anchor="end"),
        ]
    return found


def _records(board: Board) -> str:
    """How the best moved: a step for each record."""
    points = [(float(at), each.value) for at, each in enumerate(board.records)]
    if not points:
        return ""
    corners = steps([*points, (float(len(points)), points[-1][1])])
    return _curve([x for x, _y in corners], [y for _x, y in corners])


def _curve(xs: Sequence[float], ys: Sequence[float | None]) -> str:
    """The curve in its box, with a dot at its end; nothing for fewer than two values."""
    points = thin(finite(xs, ys), CURVE_POINTS)
    if len(points) < 2:
        return ""
    left, top, width, height = CURVE
    text = points_text(points, width, height, margin=8)
    x, y = text.rsplit(" ", 1)[-1].split(",")
    return (
        f'<g transform="translate({left} {top})"><polyline points="{text}" fill="none" '
        f'stroke="{ACCENT}" stroke-width="5" stroke-linejoin="round" stroke-linecap="round"/>'
        f'<circle cx="{x}" cy="{y}" r="9" fill="{ACCENT}"/></g>'
    )


def _text(
    text: str,
    x: float,
    y: float,
    size: int,
    color: str,
    *,
    bold: bool = False,
    anchor: str = "start",
) -> str:
    weight = "700" if bold else "400"
    shape = (
        '<text x="{}" y="{}" font-size="{}" font-weight="{}" fill="{}" text-anchor="{}">{}</text>'
    )
    given = (round(x), round(y), size, weight, color, anchor, one_line(text))
    return str(Markup(shape).format(*given))
