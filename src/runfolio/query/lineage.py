"""Where a run comes from and what came of it: data, models and artifacts, run by run."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

DEPTH = 8


@dataclass(frozen=True)
class Edge:
    """One row of ``lineage``: what went into a run or came out of it."""

    run_id: str
    direction: str
    kind: str
    name: str
    version: int | None
    role: str | None
    path: str | None
    digest: str | None
    size: int | None
    origin: str | None
    time: datetime


@dataclass(frozen=True)
class Source:
    """Something that a run used, and the run that made it with its own sources; None if unknown.

    ``shared``: how many other runs used the same contents.
    """

    edge: Edge
    shared: int
    made_by: Ancestor | None


@dataclass(frozen=True)
class Ancestor:
    """A run that something came from. ``again``: its sources stand elsewhere in the tree."""

    run_id: str
    name: str
    sources: tuple[Source, ...]
    again: bool = False


@dataclass(frozen=True)
class Product:
    """Something that a run made, and the runs that used it."""

    edge: Edge
    used_by: tuple[Descendant, ...]


@dataclass(frozen=True)
class Descendant:
    """A run that used something. ``again``: its products stand elsewhere in the tree."""

    run_id: str
    name: str
    products: tuple[Product, ...]
    again: bool = False


@dataclass(frozen=True)
class Lineage:
    """A run with everything that it came from and that came of it."""

    run_id: str
    name: str
    sources: tuple[Source, ...]
    products: tuple[Product, ...]


def lineage(database: duckdb.DuckDBPyConnection, run_id: str, depth: int = DEPTH) -> Lineage:
    """The tree around a run, at most ``depth`` runs deep each way.

    Each run is spelled out once. Products are models, data that the run made, and those artifacts
    that another run used.
    """
    graph = _Graph(database)
    return Lineage(
        run_id,
        graph.names.get(run_id, run_id),
        graph.sources(run_id, depth, {run_id}),
        graph.products(run_id, depth, {run_id}),
    )


def edges(database: duckdb.DuckDBPyConnection) -> list[Edge]:
    """What all runs took and made, but for artifacts that only lie there, by run and time."""
    return [Edge(*row) for row in database.execute(_EDGES).fetchall()]


class _Graph:
    """All edges of a store, by the run that they belong to and by the run that they come from."""

    def __init__(self, database: duckdb.DuckDBPyConnection) -> None:
        self.names: dict[str, str] = dict(
            database.execute("SELECT run_id, name FROM runs ORDER BY run_id").fetchall()
        )
        self.inputs: defaultdict[str, list[Edge]] = defaultdict(list)
        self.outputs: defaultdict[str, list[Edge]] = defaultdict(list)
        self.taken: defaultdict[str, list[Edge]] = defaultdict(list)
        self.users: defaultdict[str, set[str]] = defaultdict(set)
        for edge in edges(database):
            if edge.direction == "output":
                self.outputs[edge.run_id].append(edge)
                continue
            self.inputs[edge.run_id].append(edge)
            if edge.digest:
                self.users[edge.digest].add(edge.run_id)
            if edge.origin:
                self.taken[edge.origin].append(edge)

    def sources(self, run_id: str, depth: int, seen: set[str]) -> tuple[Source, ...]:
        return tuple(
            Source(
                edge,
                len(self.users[edge.digest] - {run_id}) if edge.digest else 0,
                self._ancestor(edge.origin, depth, seen) if edge.origin else None,
            )
            for edge in self.inputs[run_id]
        )

    def _ancestor(self, run_id: str, depth: int, seen: set[str]) -> Ancestor:
        name = self.names.get(run_id, run_id)
        if run_id in seen or depth <= 1:
            return Ancestor(run_id, name, (), again=run_id in seen and bool(self.inputs[run_id]))
        seen.add(run_id)
        return Ancestor(run_id, name, self.sources(run_id, depth - 1, seen))

    def products(self, run_id: str, depth: int, seen: set[str]) -> tuple[Product, ...]:
        taken = self.taken[run_id]
        made = list(self.outputs[run_id])
        named = {_key(edge) for edge in made}
        for edge in taken:  # artifacts are told where somebody used them
            if _key(edge) not in named and not _fits_any(edge, made):
                named.add(_key(edge))
                made.append(edge)
        return tuple(
            Product(
                edge,
                tuple(
                    self._descendant(user, depth, seen)
                    for user in dict.fromkeys(each.run_id for each in taken if _fits(each, edge))
                    if user != run_id
                ),
            )
            for edge in made
        )

    def _descendant(self, run_id: str, depth: int, seen: set[str]) -> Descendant:
        name = self.names.get(run_id, run_id)
        if run_id in seen or depth <= 1:
            more = bool(self.outputs[run_id] or self.taken[run_id])
            return Descendant(run_id, name, (), again=run_id in seen and more)
        seen.add(run_id)
        return Descendant(run_id, name, self.products(run_id, depth - 1, seen))


def _key(edge: Edge) -> tuple[str, str, str | None]:
    return edge.kind, edge.name, edge.digest


def _fits(used: Edge, made: Edge) -> bool:
    """Whether what one run used is what another one made."""
    if used.kind == "dataset":
        return bool(used.digest) and used.digest == made.digest
    return _key(used) == _key(made)


def _fits_any(used: Edge, made: Sequence[Edge]) -> bool:
    return any(_fits(used, each) for each in made)


_EDGES = """
SELECT run_id, direction, kind, name, version, role, path, digest, size, origin, time
FROM lineage
WHERE NOT (direction = 'output' AND kind = 'artifact')
ORDER BY run_id, direction, time, kind, name, digest, role
"""
