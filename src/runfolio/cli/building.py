"""Build the site and tell what was done: ``runfolio build``."""

from __future__ import annotations

import dataclasses
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runfolio.cli.failures import warn
from runfolio.cli.tables import cut
from runfolio.cli.terminal import is_terminal, safe, say, say_json, width
from runfolio.config import require_apart
from runfolio.site.numbers import format_bytes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from runfolio.config import Config
    from runfolio.query.origins import Origin
    from runfolio.site.build import BuildReport

#: What the stages of a build are called on the screen.
STAGES = {"read": "reading the runs", "gather": "gathering", "write": "writing pages"}
BAR = 20
PROBLEMS_SHOWN = 8


def build_and_tell(
    config: Config,
    *,
    strict: bool = False,
    explain: bool = False,
    force: bool = False,
    as_of: datetime | None = None,
    as_json: bool = False,
    to_open: bool = True,
    origins: Sequence[Origin] = (),
) -> BuildReport:
    """Build the site of ``config`` and print what was done, for a person or as JSON.

    ``as_of``: of the store as it was then. ``to_open``: also print which file to open. ``origins``:
    runs from elsewhere that are shown too.
    """
    from runfolio.site.build import build

    require_apart(config)
    progress = Progress(shown=is_terminal() and not as_json)
    try:
        report = build(
            config,
            strict=strict,
            force=force,
            progress=progress.step,
            as_of=as_of,
            origins=origins,
        )
    finally:
        progress.clear()
    if as_json:
        say_json(dataclasses.asdict(report))
        return report
    if explain:
        for path, why in report.explain:
            say(f"  {safe(path)}: {safe(why)}")
    tell_problems(report.problems)
    say(summary(report))
    tell_left_out(report.left_out)
    if to_open:
        say(f"open {safe(shown_path(report.out / 'index.html'))}")
    return report


def summary(report: BuildReport) -> str:
    """One line: what there is now, and what was done for it."""
    counts = [f"{report.written:,} written", f"{report.unchanged:,} unchanged"]
    if report.removed:
        counts.append(f"{report.removed:,} removed")
    pages = f"{report.pages:,} page{'' if report.pages == 1 else 's'}"
    runs = f"{report.runs:,} run{'' if report.runs == 1 else 's'}"
    return (
        f"{pages} of {runs}, {report.files:,} files, {format_bytes(report.bytes)} "
        f"({', '.join(counts)}) in {report.seconds:.1f} s"
    )


def tell_problems(problems: tuple[str, ...]) -> None:
    """Say on standard error what could not be shown, and how many more there are."""
    for problem in problems[:PROBLEMS_SHOWN]:
        warn(safe(problem))
    if len(problems) > PROBLEMS_SHOWN:
        warn(f"{len(problems) - PROBLEMS_SHOWN} more; all of them: runfolio build --json")


def tell_left_out(sentences: tuple[str, ...]) -> None:
    """Say what the store has and the site has not."""
    for sentence in sentences:
        say(safe(sentence))


def shown_path(path: Path) -> Path:
    """The path as a person here would type it: relative where it is below this folder."""
    try:
        return path.absolute().relative_to(Path.cwd())
    except ValueError:
        return path


class Progress:
    """One line on a terminal that tells how far the build is; it leaves nothing behind."""

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown
        self.last = 0.0

    def step(self, stage: str, done: int, total: int) -> None:
        """Draw the line anew, at most ten times a second."""
        now = time.monotonic()
        if not self.shown or (now - self.last < 0.1 and 0 < done < total):
            return
        self.last = now
        text = STAGES.get(stage, stage)
        if total > 1:
            filled = BAR * done // total
            text += f" [{'#' * filled}{'.' * (BAR - filled)}] {done:,}/{total:,}"
        click.echo(f"\r{cut(text, (width() or 80) - 1)}\x1b[K", nl=False, color=True)

    def clear(self) -> None:
        """Take the line away."""
        if self.shown and self.last:
            click.echo("\r\x1b[K", nl=False, color=True)
