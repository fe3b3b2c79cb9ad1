"""What a leaderboard compares with: a run or a group as people name it."""

from __future__ import annotations

from pathlib import Path

import duckdb

from runfolio.errors import AmbiguousRunError, RunNotFoundError
from runfolio.query import naming
from runfolio.query.boards import Board
from runfolio.query.ranking_sql import group_sql
from runfolio.query.sentence import Sentence


def baseline_of(
    database: duckdb.DuckDBPyConnection, board: Board, store: Path
) -> tuple[str | None, str]:
    """The id of the run that a leaderboard compares with, or of one of that group's.

    With it what is odd about it: why there is none, or that several have this name.
    """
    name = board.baseline
    if not name:
        return None, ""
    try:
        return naming.resolve(database, name, store), ""
    except AmbiguousRunError as error:
        newest, count = naming.newest_of_name(database, name)
        if newest is None:
            return None, Sentence("No baseline: {why}", why=error.message)
        return newest, Sentence(
            "{n} runs are called {name}; the newest is the baseline.", n=count, name=repr(name)
        )
    except RunNotFoundError:  # its message says where the store lies: no text for a site
        if not board.group_by:
            return None, Sentence("No baseline: there is no run {name}.", name=repr(name))
    best = database.execute(group_sql(board, name)).fetchone()
    if best is not None:
        return str(best[0]), ""
    return None, Sentence("No baseline: there is no run and no group {name}.", name=repr(name))
