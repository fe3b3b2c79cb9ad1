"""What the blocks of a page may ask, and what a block became."""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field

from runfolio.errors import RunfolioError
from runfolio.query.store import Store
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.material import Board, Material
from runfolio.site.names import slug_of
from runfolio.site.pages import ReportPart
from runfolio.site.reports.answers import Answers
from runfolio.site.reports.settings import SettingsError, nearest


@dataclass(frozen=True)
class Desk:
    """The store of one page: ``page`` is its path, ``data_paths`` each run's data file."""

    context: Context
    store: Store
    answers: Answers
    data_paths: Mapping[str, str]
    page: str

    @property
    def material(self) -> Material:
        """The whole store in short."""
        return self.context.material

    @property
    def slug(self) -> str:
        """The page's path as one word, for the names of its data files."""
        stem = posixpath.splitext(self.page)[0]
        return slug_of(stem.replace("/", "-")) or "page"

    def run(self, word: str, line: int) -> str:
        """The id of the run with this id, prefix or name."""
        try:
            return self.store.resolve(word)
        except RunfolioError as error:
            # Where the store lies on this machine is nobody's business on a page.
            words = told(error).replace(f" in {self.store.path}", "")
            raise SettingsError((line, words)) from None

    def run_ids(self, filter: str, line: int) -> list[str]:
        """The runs that match a filter, the newest first."""
        try:
            return self.store.run_ids(filter)
        except RunfolioError as error:
            raise SettingsError((line, told(error))) from None

    def board(self, word: str, line: int) -> Board:
        """The leaderboard of this name or slug; the first one for ''."""
        boards = self.material.boards
        for board in boards:
            if word in (board.name, board.slug, ""):
                return board
        names = [board.name for board in boards]
        hint = nearest(word, names) or f"; there are: {', '.join(names[:8]) or 'none'}"
        raise SettingsError((line, f"there is no leaderboard {word}{hint}"))


@dataclass(frozen=True)
class Made:
    """What a block became: its part, and the data files that the part names."""

    part: ReportPart
    files: tuple[DataFile, ...] = field(default=())


def told(error: RunfolioError) -> str:
    """An error in one line, with what to do about it."""
    hint = f" ({error.hint})" if error.hint else ""
    return f"{' '.join(error.message.split())}{hint}"
