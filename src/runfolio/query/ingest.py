"""From the plan of a store to the tables of its runs: which runs, from which facts, in what order.

``build_segment`` is the heavy step as one pure function over whole runs: everything it needs stands
in its task, a text, so that it can run in any process that sees the store's files.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

from runfolio.query.segment import Bucket, write_segment
from runfolio.store.coverage import count
from runfolio.store.folder import Folder
from runfolio.store.footers import PartError
from runfolio.store.listing import Spot
from runfolio.store.plan import Plan
from runfolio.store.reading import ChangedError, PieceReader, Share
from runfolio.store.sessions import Session
from runfolio.store.table import Piece, gather

#: Facts and runs that are computed at once; more would take more memory, not less time.
BUCKET_ROWS = 500_000
BUCKET_RUNS = 1_000


@dataclass(frozen=True)
class RunPlan:
    """Where the facts of one run are read from, and who wrote to it.

    ``key``: equal for equal facts and states, as far as the tables of the run depend on them.
    ``rows``: how many facts it has.
    """

    run_id: str
    shares: tuple[Share, ...]
    sessions: tuple[Session, ...]
    key: str = ""
    rows: int = 0

    @property
    def alive(self) -> bool:
        """Whether more may be said at any moment."""
        return any(session.state == "alive" for session in self.sessions)


def _key(shares: Iterable[Share], sessions: Iterable[Session]) -> str:
    state = blake2b(digest_size=12)
    for share in shares:
        # by the parts that the facts were in, so that a run is the same one after a compaction
        for lo, hi, digest in share.origins:
            state.update(f"{share.writer} {lo} {hi} {digest}\n".encode())
        if not share.origins:
            state.update(f"{share.writer} {share.own} {share.seal}\n".encode())
    for session in sessions:
        state.update(f"{session.writer} {session.state} {session.last_seen}\n".encode())
    return state.hexdigest()


@dataclass(frozen=True)
class Damage:
    """A file that turned out to be damaged when a share of it was read."""

    share: Share
    error: PartError | OSError


def run_plans(plan: Plan) -> dict[str, RunPlan]:
    """The runs of a plan that have facts, by id; those of settled groups are not among them."""
    shares: dict[str, list[Share]] = {}
    for share in plan.shares:
        shares.setdefault(share.run_id, []).append(share)
    sessions: dict[str, list[Session]] = {}
    for session in plan.planned:
        sessions.setdefault(session.run_id, []).append(session)
    found = {}
    for run_id, of_run in shares.items():
        by = tuple(sessions.get(run_id, ()))
        rows = sum(count(share.own) for share in of_run)
        found[run_id] = RunPlan(run_id, tuple(of_run), by, _key(of_run, by), rows)
    return dict(sorted(found.items()))


def cut(runs: Iterable[RunPlan], rows: int = BUCKET_ROWS) -> Iterator[list[RunPlan]]:
    """The runs in buckets of up to so many facts, or one larger run."""
    bucket: list[RunPlan] = []
    total = 0
    for run in runs:
        if bucket and (total + run.rows > rows or len(bucket) >= BUCKET_RUNS):
            yield bucket
            bucket, total = [], 0
        bucket.append(run)
        total += run.rows
    if bucket:
        yield bucket


def buckets(
    runs: Iterable[RunPlan], reader: PieceReader, damaged: list[Damage], done: list[RunPlan]
) -> Iterator[Bucket]:
    """The facts of the runs, some runs at a time, and in ``done`` which those were.

    A run that turns out to be damaged is left out; ``damaged`` takes what is wrong with it.
    """
    for chosen in cut(runs):
        pieces: list[Piece] = []
        sessions: list[Session] = []
        for run in chosen:
            found = _pieces(run, reader, damaged)
            if found is not None:
                pieces += found
                sessions += run.sessions
                done.append(run)
        if pieces:
            yield Bucket(gather(pieces), sessions)


def _pieces(run: RunPlan, reader: PieceReader, damaged: list[Damage]) -> list[Piece] | None:
    found = []
    whole = True
    for share in run.shares:
        try:
            found.append(reader.piece(share))
        except FileNotFoundError:
            raise ChangedError(share.spot.text) from None
        except (PartError, OSError) as error:
            damaged.append(Damage(share, error))
            whole = False
    return found if whole else None


# The same elsewhere


def task_of(folder: Folder, runs: Sequence[RunPlan]) -> str:
    """A task for ``build_segment``."""
    return json.dumps({"store": str(folder.path), "runs": [_run_out(run) for run in runs]})


def build_segment(task: str, out: str) -> str:
    """Compute the tables of some whole runs and write them as a segment to the new file ``out``.

    A pure function of its task and of the files that the task names: it reads nothing else and
    writes nothing but ``out``, and equal tasks give equal tables. The answer is JSON: ``out``,
    ``runs``, ``rows``, ``bytes``, ``seconds``, ``done``: the runs, and ``damaged``: [run, writer,
    directory, file, code, message]
    of what could not be read; runs that are damaged are left out. A file that is gone or not as it
    was raises ChangedError: then make new tasks.
    """
    content = json.loads(task)
    runs = [_run_in(values) for values in content["runs"]]
    damaged: list[Damage] = []
    done: list[RunPlan] = []
    with PieceReader(Folder.planned(content["store"])) as reader:
        found = buckets(runs, reader, damaged, done)
        written = write_segment(Path(out), found, sum(run.rows for run in runs))
    return json.dumps(
        {
            **asdict(written),
            "done": [run.run_id for run in done],
            "damaged": [_damage_out(each) for each in damaged],
        }
    )


def _damage_out(damage: Damage) -> list[str]:
    share, error = damage.share, damage.error
    code = error.code if isinstance(error, PartError) else "file-unreadable"
    return [share.run_id, share.writer, *share.spot, code, str(error)]


def _run_out(run: RunPlan) -> dict[str, Any]:
    return {
        "run_id": run.run_id,
        "shares": [[*share] for share in map(_values, run.shares)],
        "sessions": [
            [each.writer, each.state, each.last_seen.isoformat()] for each in run.sessions
        ],
    }


def _values(share: Share) -> tuple[Any, ...]:
    return (share.writer, share.own, list(share.spot), share.seal, share.whole)


def _run_in(values: Mapping[str, Any]) -> RunPlan:
    run_id = values["run_id"]
    shares = tuple(
        Share(run_id, writer, tuple(map(tuple, own)), Spot(*spot), seal, whole)
        for writer, own, spot, seal, whole in values["shares"]
    )
    sessions = tuple(
        Session(run_id, writer, state, datetime.fromisoformat(seen))
        for writer, state, seen in values["sessions"]
    )
    return RunPlan(run_id, shares, sessions, rows=sum(count(share.own) for share in shares))
