"""Badges for READMEs: the best of each leaderboard, the number of runs, and how they are.

Each is a small SVG of our own and a JSON file for shields.io's endpoint, at an address that stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from markupsafe import Markup, escape

from runfolio.site.gather.badges_text import fitted, one_line, text_width
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.leading import best_shown, leader_of
from runfolio.site.material import Board
from runfolio.site.pages import BadgeView
from runfolio.site.words import _

HEIGHT, SIZE, PAD = 20, 11, 7
MOST_LABEL, MOST_MESSAGE = 150, 260
#: White text has a contrast of 4.5 and more on each of them, and they stand out on white and black.
COLORS = {"": "#4a5263", "best": "#2b4aba", "good": "#0f6b46", "bad": "#b3261e", "warn": "#8a5300"}


@dataclass(frozen=True)
class Badge:
    """A badge: ``path`` without its suffix, what it is of, what it says, and its colour's name."""

    path: str
    label: str
    message: str
    tone: str
    target: str


def badge_files(context: Context) -> Iterator[DataFile]:
    """All badges as SVG and as JSON."""
    for badge in badges(context):
        yield DataFile(f"{badge.path}.svg", badge_svg(badge).encode())
        yield DataFile(f"{badge.path}.json", badge_json(badge))


def badges(context: Context) -> list[Badge]:
    """The badges of the site: runs, their status, and each leaderboard."""
    runs = context.material.runs.values()
    bad = sum(run.status in ("failed", "killed", "stalled") for run in runs)
    running = sum(run.status == "running" for run in runs)
    if bad:
        state, tone = _("{bad} of {n} did not finish", bad=f"{bad:,}", n=f"{len(runs):,}"), "warn"
    elif running:
        state, tone = _("{n} running", n=f"{running:,}"), "best"
    else:
        state, tone = (_("all finished"), "good") if runs else (_("no runs yet"), "")
    home = "runs/index.html" if runs else "index.html"
    return [
        Badge("badges/runs", _("runs"), f"{len(runs):,}", "best" if runs else "", home),
        Badge("badges/status", _("runs"), state, tone, "index.html"),
        *(board_badge(context, board) for board in context.material.boards),
    ]


def board_badge(context: Context, board: Board) -> Badge:
    """The badge of a leaderboard: its best value, the metric, and the run that has it."""
    material = context.material
    metric, best = material.title_of(board.metric), board.best
    message, tone = _("no result yet"), ""
    if best is not None and best.value is not None:
        shown = best_shown(material, board)
        message, tone = f"{metric} {shown} ({leader_of(material, board)})", "best"
    path = f"badges/{board.path.removesuffix('.html')}"
    return Badge(path, board.title, message, tone, board.path)


def badge_view(context: Context, badge: Badge) -> BadgeView:
    """A badge as a page shows it, with the Markdown to paste."""
    root = context.site.url
    alt = one_line(f"{badge.label}: {badge.message}")
    picture = f"{root}{badge.path}.svg"
    label = re.sub(r"([\\\[\]])", r"\\\1", badge.label)
    return BadgeView(
        path=f"{badge.path}.svg",
        alt=alt,
        markdown=f"[![{one_line(label)}]({picture})]({root}{badge.target})",
        json_path=f"{badge.path}.json",
    )


def badge_json(badge: Badge) -> bytes:
    """What shields.io's endpoint badge reads."""
    data = {
        "schemaVersion": 1,
        "label": one_line(badge.label),
        "message": one_line(badge.message),
        "color": COLORS[badge.tone].removeprefix("#"),
    }
    return (json.dumps(data, ensure_ascii=True) + "\n").encode("ascii")


def badge_svg(badge: Badge) -> str:
    """The badge as a picture: two fields, white text, and a title for those who listen."""
    label = fitted(one_line(badge.label), SIZE, MOST_LABEL)
    message = fitted(one_line(badge.message), SIZE, MOST_MESSAGE)
    widths = [round(text_width(text, SIZE)) for text in (label, message)]
    left, right = (width + 2 * PAD for width in widths)
    title = escape(one_line(f"{badge.label}: {badge.message}"))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="{HEIGHT}" '
        f'viewBox="0 0 {left + right} {HEIGHT}" role="img" aria-label="{title}">\n'
        f"<title>{title}</title>\n"
        f'<path fill="#3a4150" d="M4 0h{left - 4}v{HEIGHT}H4a4 4 0 0 1-4-4V4a4 4 0 0 1 4-4z"/>\n'
        f'<path fill="{COLORS[badge.tone]}" d="M{left} 0h{right - 4}a4 4 0 0 1 4 4v12a4 4 0 0 1-4 '
        f'4H{left}z"/>\n'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,Arial,Liberation Sans,sans-serif" '
        f'font-size="{SIZE}">\n'
        f"{_text(label, PAD, widths[0])}\n{_text(message, left + PAD, widths[1])}\n</g>\n</svg>\n"
    )


def _text(text: str, x: int, width: int) -> Markup:
    shape = '<text x="{}" y="14" textLength="{}" lengthAdjust="spacingAndGlyphs">{}</text>'
    return Markup(shape).format(x, width, text)
