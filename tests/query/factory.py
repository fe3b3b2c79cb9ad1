"""Small runs for tests of the query room: facts made by hand, and real ones by a Writer."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa

from runfolio.schema import COLUMNS
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

BASE = datetime(2026, 11, 1, 12, 0, 0)


def encoded(value: Any) -> tuple[float | None, str]:
    """A param's value and text as facts hold them."""
    if not isinstance(value, int | float):
        return None, json.dumps(value)
    text = json.dumps(value)
    return float(value), text if math.isfinite(value) else json.dumps(str(value))


def writer_of(run_id: str) -> str:
    """The writer that a run's facts come from where no other is given."""
    return blake2b(run_id.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()


@dataclass(frozen=True)
class Session:
    run_id: str
    writer: str
    state: str
    last_seen: datetime


@dataclass
class Facts:
    """Rows in the columns of the schema; every ``say`` is one fact, one second after the last."""

    rows: list[tuple[Any, ...]] = field(default_factory=list)
    sessions: list[Session] = field(default_factory=list)
    second: int = 0
    seqs: dict[str, int] = field(default_factory=dict)

    def say(
        self,
        run_id: str,
        kind: str,
        key: str = "",
        *,
        step: int | None = None,
        value: float | None = None,
        text: Any = None,
        writer: str | None = None,
        at: float | None = None,
    ) -> int:
        """Add a fact; ``text`` that is no string becomes JSON; ``at`` is seconds after BASE.

        Returns its number within its writer.
        """
        name = writer or writer_of(run_id)
        seq = self.seqs.get(name, 0)
        self.seqs[name] = seq + 1
        self.second += 1
        time = BASE + timedelta(seconds=self.second if at is None else at)
        text = text if text is None or isinstance(text, str) else json.dumps(text)
        self.rows.append((run_id, name, seq, time, kind, key, step, value, text))
        return seq

    def run(
        self,
        run_id: str,
        *,
        name: str = "",
        experiment: str = "digits",
        params: dict[str, Any] | None = None,
        metrics: dict[str, list[float]] | None = None,
        tags: dict[str, str] | None = None,
        end: str | None = "finished",
        state: str = "closed",
        writer: str | None = None,
        **identity: Any,
    ) -> None:
        """A whole run: start, params, metrics with steps 0, 1, 2 …, tags and end."""
        who = writer or writer_of(run_id)
        start = {"name": name or run_id, "experiment": experiment, **identity}
        self.say(run_id, "start", "run", text=start, writer=who)
        for key, value in (params or {}).items():
            number, text = encoded(value)
            self.say(run_id, "param", key, value=number, text=text, writer=who)
        for key, values in (metrics or {}).items():
            for step, point in enumerate(values):
                self.say(run_id, "metric", key, step=step, value=point, writer=who)
        for key, tag in (tags or {}).items():
            self.say(run_id, "tag", key, text=tag, writer=who)
        if end:
            self.say(run_id, "end", end, value=60.0, text={"exit_code": 0}, writer=who)
        self.session(run_id, state, writer=who)

    def session(self, run_id: str, state: str, *, writer: str | None = None) -> None:
        """Say how the store sees a writer: closed, alive, dead or stalled."""
        seen = (BASE + timedelta(seconds=self.second)).replace(tzinfo=UTC)
        self.sessions.append(Session(run_id, writer or writer_of(run_id), state, seen))

    def table(self) -> pa.Table:
        """The facts as Arrow, sorted as a snapshot gives them."""
        types = {"string": pa.string(), "int64": pa.int64(), "double": pa.float64()}
        types["timestamp[us]"] = pa.timestamp("us")
        rows = sorted(self.rows, key=lambda row: (row[0], row[3], row[1], row[2]))
        columns = [
            pa.array([row[index] for row in rows], types[column.type])
            for index, column in enumerate(COLUMNS)
        ]
        return pa.table(columns, names=[column.name for column in COLUMNS])


def snapshot(facts: Facts) -> Any:
    """The facts in the shape of a snapshot of a store."""
    return SimpleNamespace(
        folder=SimpleNamespace(path=Path("runs")),
        aside=(),
        digest="0" * 32,
        problems=(),
        sessions=tuple(facts.sessions),
        facts=facts.table,
    )


def log_run(
    folder: Folder,
    run_id: str,
    *,
    name: str = "",
    experiment: str = "digits",
    params: dict[str, Any] | None = None,
    metrics: dict[str, list[float]] | None = None,
    tags: dict[str, str] | None = None,
    sections: dict[str, dict[str, Any]] | None = None,
    end: str | None = "finished",
    hour: int = 0,
    close: bool = True,
    **identity: Any,
) -> Writer:
    """A whole run written by a real Writer; its clock starts ``hour`` hours after BASE."""
    seconds = itertools.count(int(BASE.replace(tzinfo=UTC).timestamp()) + 3600 * hour)
    writer = Writer(folder, run_id, clock=lambda: next(seconds) * 1_000_000_000)
    start = {"name": name or run_id, "experiment": experiment, **identity}
    for section, found in {"run": start, **(sections or {})}.items():
        writer.fact("start", section, text=json.dumps(found))
    for key, value in (params or {}).items():
        number, text = encoded(value)
        writer.fact("param", key, value=number, text=text)
    for key, points in (metrics or {}).items():
        for step, point in enumerate(points):
            writer.points(step, (key,), (point,))
    for key, value in (tags or {}).items():
        writer.fact("tag", key, text=value)
    if end:
        writer.fact("end", end, value=60.0, text=json.dumps({"exit_code": 0}))
    if close:
        writer.close()
    return writer


def correct(
    folder: Folder, run_id: str, kind: str, key: str = "", text: Any = None, *, hour: int = 100
) -> None:
    """A correction by a person, under a writer of its own."""
    seconds = itertools.count(int(BASE.replace(tzinfo=UTC).timestamp()) + 3600 * hour)
    with Writer(folder, run_id, clock=lambda: next(seconds) * 1_000_000_000) as writer:
        writer.fact("start", "author", text=json.dumps({"user": "ada", "host": "desk"}))
        said = text if text is None or isinstance(text, str) else json.dumps(text)
        writer.fact(kind, key, text=said)
