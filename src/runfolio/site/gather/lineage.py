"""What went into a run and what came of it: data, models, artifacts, and the runs at the far ends.

Only neighbours are told of, so that a page changes when something is taken from its own run and
not when anybody uses the same data elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from runfolio.query.lineage import Edge
from runfolio.query.models import ModelVersion
from runfolio.query.rows import Dataset, Run
from runfolio.site.gather.context import Context
from runfolio.site.gather.environment import data_facts
from runfolio.site.numbers import format_bytes
from runfolio.site.pages import Fact, GraphNode, LineageGraph, LineageItem, RunRef
from runfolio.site.words import _

#: Runs that are named behind one product, and things that the graph draws on one side.
MOST_RUNS = 20
MOST_DRAWN = 8

BOX = (148, 34)
GAP = (36, 14)


@dataclass(frozen=True)
class Lineage:
    """The inputs and products of a run, and the graph of them if it would show any other run."""

    inputs: tuple[LineageItem, ...]
    products: tuple[LineageItem, ...]
    graph: LineageGraph | None


def lineage_of(context: Context, run: Run, datasets: Sequence[Dataset]) -> Lineage:
    """What the page of a run says of its lineage."""
    inputs = _inputs(context, run.run_id, datasets)
    products = _products(context, run.run_id, datasets)
    linked = any(item.runs or item.gone for item in (*inputs, *products))
    ref = context.material.refs[run.run_id]
    return Lineage(inputs, products, _graph(ref, inputs, products) if linked else None)


def lineage_key(context: Context, run_id: str) -> tuple[object, ...]:
    """What a page shows of other runs in its lineage."""
    material = context.material
    edges = (*material.inputs.get(run_id, ()), *material.taken.get(run_id, ()))
    ends = {end for edge in edges for end in (edge.run_id, edge.origin or "") if end != run_id}
    return (
        [(edge.run_id, edge.kind, edge.name, edge.version, edge.digest) for edge in edges],
        [material.refs.get(end) for end in sorted(ends)],
        [_said(version) for version in material.registered.get(run_id, ())],
        [_path(context, edge) for edge in edges],
    )


def _inputs(context: Context, run_id: str, datasets: Sequence[Dataset]) -> tuple[LineageItem, ...]:
    known = {(data.name, data.role): data for data in datasets}
    items = []
    for edge in context.material.inputs.get(run_id, ()):
        facts: list[Fact] = []
        if edge.kind == "model" and edge.version is not None:
            facts.append(Fact(_("Version"), str(edge.version)))
        data = known.get((edge.name, edge.role))
        facts += data_facts(data) if data else _size_facts(edge)
        runs, gone = _run(context, edge.origin)
        items.append(_item(context, edge, facts, runs, gone))
    return tuple(items)


def _products(
    context: Context, run_id: str, datasets: Sequence[Dataset]
) -> tuple[LineageItem, ...]:
    """Models that the run registered, data that it made, and artifacts that another run took."""
    material = context.material
    taken = material.taken.get(run_id, ())
    known = {(data.name, data.role): data for data in datasets}
    versions = {(each.name, each.version): each for each in material.registered.get(run_id, ())}
    items, told = [], set[tuple[str, str, str | None]]()
    for edge in (*material.outputs.get(run_id, ()), *taken):
        mark = (edge.kind, "" if edge.kind == "dataset" else edge.name, edge.digest)
        if mark in told or (edge.run_id != run_id and _made_as_else(edge, told)):
            continue
        told.add(mark)
        facts = []
        model = versions.get((edge.name, edge.version or 0)) if edge.kind == "model" else None
        if model:
            facts += _model_facts(model)
        data = known.get((edge.name, edge.role)) if edge.kind == "dataset" else None
        facts += data_facts(data) if data else _size_facts(edge)
        users = dict.fromkeys(each.run_id for each in taken if _fits(each, edge))
        refs = [material.refs[user] for user in users if user in material.refs and user != run_id]
        items.append(_item(context, edge, facts, tuple(refs[:MOST_RUNS]), ""))
    return tuple(items)


def _fits(used: Edge, made: Edge) -> bool:
    """Whether what one run used is what this one made."""
    if used.kind == "dataset" or made.kind == "dataset":
        return bool(used.digest) and used.digest == made.digest
    return (used.kind, used.name, used.digest) == (made.kind, made.name, made.digest)


def _made_as_else(edge: Edge, told: Iterable[tuple[str, str, str | None]]) -> bool:
    """Whether what somebody took stands there already as data that this run made."""
    return any(edge.digest and edge.digest == digest for _kind, _name, digest in told)


def _item(
    context: Context,
    edge: Edge,
    facts: Sequence[Fact],
    runs: tuple[RunRef, ...],
    gone: str,
) -> LineageItem:
    shown = tuple(fact for fact in facts if fact.value)
    path = _path(context, edge)
    return LineageItem(edge.kind, edge.name, path, shown, runs, gone)


def _path(context: Context, edge: Edge) -> str:
    """The page of a dataset or a model; '' for everything that has none."""
    if edge.kind == "dataset":
        return context.dataset_paths.get((edge.name, edge.digest or ""), "")
    return context.model_paths.get(edge.name, "") if edge.kind == "model" else ""


def _run(context: Context, run_id: str | None) -> tuple[tuple[RunRef, ...], str]:
    if not run_id:
        return (), ""
    ref = context.material.refs.get(run_id)
    return ((ref,), "") if ref else ((), run_id)


def _size_facts(edge: Edge) -> list[Fact]:
    return [
        Fact(_("Path"), edge.path or "" if edge.path != edge.name else "", mono=True),
        Fact(_("Size"), format_bytes(edge.size)),
        Fact(_("Digest"), (edge.digest or "")[:12], mono=True, title=edge.digest or ""),
    ]


def _model_facts(model: ModelVersion) -> list[Fact]:
    return [
        Fact(_("Version"), str(model.version)),
        Fact(_("Alias"), ", ".join(model.aliases)),
        Fact(_("Note"), model.note),
    ]


def _said(model: ModelVersion) -> tuple[object, ...]:
    """What a page says of a model version; others can move its aliases."""
    return model.name, model.version, model.aliases, model.note


def _graph(
    run: RunRef, inputs: Sequence[LineageItem], products: Sequence[LineageItem]
) -> LineageGraph:
    """Five columns: runs that made something, what they made, this run, its products, their users.

    Things without another run at their far end are drawn too, as long as there is room.
    """
    left, right = _first(inputs), _first(products)
    rows = max(_height(left), _height(right), 1)
    height = rows * (BOX[1] + GAP[1]) - GAP[1] + 4
    columns = (any(i.runs or i.gone for i in left), bool(left), True, bool(right))
    x, places = 2, list[int]()
    for there in columns:
        places.append(x)
        x += (BOX[0] + GAP[0]) if there else 0
    places.append(x)
    used = any(item.runs for item in right)
    width = x + (BOX[0] if used else -GAP[0]) + 2
    middle = (height - BOX[1]) // 2
    nodes = [GraphNode(places[2], middle, _label(run.name), run.name, "here")]
    edges: list[str] = []
    for item, y in _column(left, height):
        nodes.append(_thing(item, places[1], y))
        edges.append(_edge(places[1], y, places[2], middle))
        for at, (name, path) in enumerate(_ends(item)):
            top = y + at * (BOX[1] + GAP[1])
            nodes.append(GraphNode(places[0], top, _label(name), name, "run", path))
            edges.append(_edge(places[0], top, places[1], y))
    for item, y in _column(right, height):
        nodes.append(_thing(item, places[3], y))
        edges.append(_edge(places[2], middle, places[3], y))
        for at, (name, path) in enumerate(_ends(item)):
            top = y + at * (BOX[1] + GAP[1])
            nodes.append(GraphNode(places[4], top, _label(name), name, "run", path))
            edges.append(_edge(places[3], y, places[4], top))
    return LineageGraph(width, height, tuple(nodes), tuple(edges))


def _first(items: Sequence[LineageItem]) -> list[LineageItem]:
    """The things that are drawn: those with another run first."""
    return sorted(items, key=lambda item: not (item.runs or item.gone))[:MOST_DRAWN]


def _ends(item: LineageItem) -> list[tuple[str, str]]:
    """Names and pages of the runs at the far end of a thing, at most three."""
    named = [(run.name, run.path) for run in item.runs]
    return named[:3] if len(named) <= 3 else [*named[:2], (f"+ {len(named) - 2}", "")]


def _height(items: Sequence[LineageItem]) -> int:
    return sum(max(1, len(_ends(item))) for item in items)


def _column(items: Sequence[LineageItem], height: int) -> list[tuple[LineageItem, int]]:
    """The things of a side with the place of each, in the middle of the height."""
    y = (height - _height(items) * (BOX[1] + GAP[1]) + GAP[1]) // 2
    placed = []
    for item in items:
        placed.append((item, y))
        y += max(1, len(_ends(item))) * (BOX[1] + GAP[1])
    return placed


def _thing(item: LineageItem, x: int, y: int) -> GraphNode:
    version = next((fact.value for fact in item.facts if fact.label == _("Version")), "")
    name = f"{item.name} v{version}" if version else item.name
    return GraphNode(x, y, _label(name), name, item.kind, item.path)


def _label(text: str) -> str:
    """As much of a name as its box holds."""
    return text if len(text) <= 19 else text[:18] + "…"


def _edge(x: int, y: int, to_x: int, to_y: int) -> str:
    start, end = (x + BOX[0], y + BOX[1] // 2), (to_x, to_y + BOX[1] // 2)
    half = (start[0] + end[0]) // 2
    return f"M{start[0]} {start[1]}C{half} {start[1]} {half} {end[1]} {end[0]} {end[1]}"
