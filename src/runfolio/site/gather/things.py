"""Indexes of everything that has a page, in one list of kinds, and the pages behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from math import ceil
from typing import Any

from runfolio.site.gather.context import Context, DataFile, LatePages, counted
from runfolio.site.gather.lists import tag_row
from runfolio.site.gather.shown import shown_key
from runfolio.site.gather.tables import varying
from runfolio.site.gather.things_data import dataset_page, dataset_row, model_page, model_row
from runfolio.site.gather.things_metrics import metric_page, metric_row
from runfolio.site.gather.things_parts import board_for, mean_text, ranked, shown_short
from runfolio.site.gather.things_runs import (
    experiment_page,
    group_page,
    sweep_page,
    sweep_title,
)
from runfolio.site.material import shown_time
from runfolio.site.pages import BrowsePage, IndexPage, Link, Page
from runfolio.site.words import _

#: Rows of one page of an index; a longer list goes on on further pages.
MOST = 500

Row = tuple[Link, tuple[str, ...]]

#: How many there are of a kind is said with these.
# said:
NOUNS = (
    ("experiment", "experiments"), ("sweep", "sweeps"), ("group", "groups"), ("tag", "tags"),
    ("metric", "metrics"), ("dataset", "datasets"), ("model", "models"),
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """One kind of things: its index, its things in order, and how each becomes a row and pages.

    ``runs`` are those of each thing, if its pages depend on them alone.
    """

    folder: str
    title: str
    word: str
    words: str
    how: str
    heads: tuple[str, ...]
    kinds: tuple[str, ...]
    things: Sequence[Any]
    row: Callable[[Context, Any], Row]
    pages: Callable[[Context, Any], Iterable[Page | DataFile]]
    runs: Mapping[Any, Sequence[str]] = field(default_factory=dict)


def thing_pages(context: Context, pages: Sequence[Link]) -> Iterator[Page | DataFile | LatePages]:
    """All pages of things, the indexes of each kind, and the page of all kinds.

    ``pages`` are the user's own.
    """
    found = kinds_of(context)
    for kind in found:
        for thing in kind.things:
            yield from _of_thing(context, kind, thing)
        yield from index_pages(context, kind)
    material = context.material
    yield BrowsePage(
        path="browse.html",
        title=_("Everything"),
        site=context.site,
        description=_("Everything on this site that has a page of its own."),
        kinds=(
            (Link("runs/index.html", _("Runs")), len(material.runs), _("All runs, newest first")),
            *(
                (Link(f"{kind.folder}/index.html", kind.title), len(kind.things), kind.words)
                for kind in found
            ),
        ),
        pages=(
            *pages,
            *(Link(board.path, board.title, _("leaderboard")) for board in material.boards[:20]),
            Link("compare.html", _("Compare")),
            Link("data.html", _("Data")),
            Link("search.html", _("Search")),
        ),
    )


def _of_thing(context: Context, kind: Kind, thing: Any) -> Iterator[Page | DataFile | LatePages]:
    """The pages of a thing; where it is some runs, only if what they show has changed."""
    if thing not in kind.runs:
        yield from kind.pages(context, thing)
        return
    boards = [
        context.board_states[board.slug]
        for board in context.material.boards
        if board.metric == thing
    ]
    key = shown_key(context, kind.runs[thing], kind.folder, thing, boards)
    yield LatePages(f"{kind.folder} {thing}", key, partial(kind.pages, context, thing))


def index_pages(context: Context, kind: Kind) -> Iterator[IndexPage]:
    """The index of a kind, on as many pages as it needs."""
    count = max(1, ceil(len(kind.things) / MOST))
    paths = [f"{kind.folder}/index{f'-{at + 1}' if at else ''}.html" for at in range(count)]
    parts = [kind.things[at * MOST : (at + 1) * MOST] for at in range(count)]
    others = tuple(
        Link(path, f"{at + 1}", _first(kind.row(context, part[0])) if part else "")
        for at, (path, part) in enumerate(zip(paths, parts, strict=True))
    )
    for path, part in zip(paths, parts, strict=True):
        yield IndexPage(
            path=path,
            title=kind.title,
            site=context.site,
            word=kind.word,
            lead=f"{counted(len(kind.things), kind.word)}. {kind.words}.",
            how=kind.how,
            heads=kind.heads,
            kinds=kind.kinds,
            rows=tuple(kind.row(context, thing) for thing in part),
            others=others if count > 1 else (),
        )


def _first(row: Row) -> str:
    return _("from {name}", name=row[0].text)


def kinds_of(context: Context) -> tuple[Kind, ...]:
    """All kinds with their things, in the order in which people look for them."""
    return (*_of_runs(context), *_of_things(context))


def _of_runs(context: Context) -> tuple[Kind, ...]:
    """Kinds that are some runs each."""
    material = context.material
    return (
        Kind(
            "experiments",
            _("Experiments"),
            "experiment",
            _("Runs that belong together"),
            _("Name one: runfolio.init(experiment=…)."),
            (_("Experiment"), _("Runs"), _("Finished"), _("Failed"), _("Running"), _("Last run")),
            ("num",) * 5,
            material.experiments,
            _experiment_row,
            experiment_page,
            material.by_experiment,
        ),
        Kind(
            "sweeps",
            _("Sweeps"),
            "sweep",
            _("Runs that share a parent, or a tag such as sweep=lr"),
            _("Start runs with parent=…, or tag them: run.set_tag('sweep', 'lr')."),
            (_("Sweep"), _("Varied"), _("Best"), _("Runs"), _("Last run")),
            ("", "num", "num", "num"),
            tuple(material.sweeps),
            _sweep_row,
            sweep_page,
            material.sweeps,
        ),
        Kind(
            "groups",
            _("Groups"),
            "group",
            _("Repetitions of one run, such as seeds: mean and spread"),
            _("Give runs of one setting the same group: runfolio.init(group=…)."),
            (_("Group"), _("Experiment"), _("Result"), _("Runs"), _("Last run")),
            ("", "num", "num", "num"),
            tuple(sorted(material.groups)),
            _group_row,
            group_page,
            material.groups,
        ),
        Kind(
            "tags",
            _("Tags"),
            "tag",
            _("Labels that people put on runs"),
            _("Tag a run: run.set_tag('baseline'), or runfolio tag RUN baseline."),
            (_("Tag"), _("Runs"), _("Values"), _("Last run")),
            ("num",) * 3,
            material.tag_names,
            tag_row,
            lambda context, thing: (),  # lists.py makes them
        ),
    )


def _of_things(context: Context) -> tuple[Kind, ...]:
    """Kinds that runs measured, used or made."""
    material = context.material
    return (
        Kind(
            "metrics",
            _("Metrics"),
            "metric",
            _("What runs measured"),
            _("Log one: run.log({'loss': 0.1})."),
            (_("Metric"), _("Better"), _("Runs"), _("Best"), _("Run")),
            ("", "num", "num", ""),
            material.metric_names,
            metric_row,
            lambda context, thing: (metric_page(context, thing),),
            material.by_metric,
        ),
        Kind(
            "datasets",
            _("Datasets"),
            "dataset",
            _("What runs used, told apart by content"),
            _("Tell what a run uses: run.log_dataset(…)."),
            (
                _("Dataset"),
                _("Digest"),
                _("Roles"),
                _("Runs"),
                _("Rows"),
                _("Size"),
                _("Last used"),
            ),
            ("mono", "", "num", "num", "num", "num"),
            tuple(material.things.data),
            dataset_row,
            lambda context, thing: (dataset_page(context, thing),),
        ),
        Kind(
            "models",
            _("Models"),
            "model",
            _("Registered models and their versions"),
            _("Register one: run.register_model('name')."),
            (_("Model"), _("Aliases"), _("Versions"), _("Uses"), _("Newest")),
            ("", "num", "num", "num"),
            material.things.model_names,
            model_row,
            lambda context, thing: (model_page(context, thing),),
        ),
    )


def _experiment_row(context: Context, name: str) -> Row:
    runs = context.runs(context.material.by_experiment[name])
    states = [run.status for run in runs]
    counts = (states.count("finished"), states.count("failed") + states.count("killed"))
    texts = (
        f"{len(runs):,}",
        *(f"{count:,}" for count in counts),
        f"{states.count('running'):,}",
        shown_time(max(run.started for run in runs)),
    )
    return Link(context.experiment_paths[name], name), texts


def _sweep_row(context: Context, key: str) -> Row:
    material = context.material
    ids = material.sweeps[key]
    board = board_for(material, ids)
    found = ranked(material, board.metric, ids) if board else []
    best = shown_short(material, board.metric, found[0][0]) if board and found else ""
    keys = varying(material, ids)
    texts = (
        ", ".join(keys[:4]) + (" …" if len(keys) > 4 else ""),
        best,
        f"{len(ids):,}",
        shown_time(max(run.started for run in context.runs(ids))),
    )
    return Link(context.sweep_paths[key], sweep_title(material, key)), texts


def _group_row(context: Context, group: tuple[str, str]) -> Row:
    material = context.material
    ids = material.groups[group]
    board = board_for(material, ids)
    values = [value for value, _run in ranked(material, board.metric, ids)] if board else []
    told = mean_text(material, board.metric, values) if board else ""
    result = f"{material.title_of(board.metric)} {told}" if board and told else ""
    texts = (
        group[0],
        result,
        f"{len(ids):,}",
        shown_time(max(run.started for run in context.runs(ids))),
    )
    return Link(context.group_paths[group], group[1]), texts
