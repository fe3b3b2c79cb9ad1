"""What ``runfolio lineage`` prints: a tree of what a run came from, and of what came of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import click

from runfolio.cli.tables import cut
from runfolio.cli.terminal import can_write, safe, say, say_json, width
from runfolio.site.numbers import format_bytes

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.query.lineage import Ancestor, Descendant, Edge, Lineage, Product, Source

#: So many runs are listed under one thing; a leaderboard can have hundreds on one data set.
SHOWN = 12


@dataclass(frozen=True)
class Branch:
    """A line of the tree, and those below it."""

    text: str
    below: Sequence[Branch] = field(default=())


def show_lineage(call: Call, run: str, depth: int, *, as_json: bool) -> None:
    """Print the tree of a run, or its JSON."""
    found = call.store.lineage(run, depth)
    if as_json:
        return say_json(dataclasses.asdict(found))
    say(text(found, width()))


def text(found: Lineage, width: int | None) -> str:
    """The tree both ways."""
    lines = [click.style(safe(_run(found.run_id, found.name)), bold=True)]
    for title, none, branches in (
        ("made from", "nothing that it told", [_source(each) for each in found.sources]),
        ("led to", "nothing yet", [_product(each) for each in found.products]),
    ):
        lines += ["", f"{title}:" if branches else f"{title}: {none}"]
        lines += _tree(branches, "", width)
    return "\n".join(lines)


def _tree(branches: Sequence[Branch], indent: str, width: int | None) -> list[str]:
    fork, last, bar = ("├─ ", "└─ ", "│  ") if can_write("├└│─") else ("|- ", "`- ", "|  ")
    lines = []
    for index, each in enumerate(branches):
        ends = index == len(branches) - 1
        line = indent + (last if ends else fork) + each.text
        lines.append(line if width is None else cut(line, width))
        lines += _tree(each.below, indent + ("   " if ends else bar), width)
    return lines


def _source(source: Source) -> Branch:
    text = _thing(source.edge)
    if source.made_by is None:
        others = source.shared
        if others:
            text += f"; {others:,} other {'run' if others == 1 else 'runs'} used it"
        return Branch(text)
    return Branch(text, [_ancestor(source.made_by)])


def _ancestor(run: Ancestor) -> Branch:
    text = f"by {_run(run.run_id, run.name)}"
    if run.again:
        return Branch(f"{text}, see above")
    return Branch(text, [_source(each) for each in run.sources])


def _product(product: Product) -> Branch:
    users = [_descendant(each) for each in product.used_by[:SHOWN]]
    if len(product.used_by) > SHOWN:
        users.append(Branch(f"and {len(product.used_by) - SHOWN:,} runs more"))
    return Branch(_thing(product.edge), users)


def _descendant(run: Descendant) -> Branch:
    text = f"used by {_run(run.run_id, run.name)}"
    if run.again:
        return Branch(f"{text}, see above")
    return Branch(text, [_product(each) for each in run.products])


def _thing(edge: Edge) -> str:
    """``model digits 3``, ``data digits (train, 1.2 MB, 1a2b3c4d5e6f)``, ``file plots/a.png``."""
    told = [
        edge.role or "",
        format_bytes(edge.size) if edge.size is not None else "",
        (edge.digest or "")[:12],
    ]
    kind = {"dataset": "data", "artifact": "file"}.get(edge.kind, edge.kind)
    version = "" if edge.version is None else f" {edge.version}"
    details = ", ".join(each for each in told if each)
    return safe(f"{kind} {edge.name}{version}" + (f" ({details})" if details else ""))


def _run(run_id: str, name: str) -> str:
    return safe(name if name == run_id else f"{name} ({run_id})")
