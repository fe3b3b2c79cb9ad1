"""What search knows of each thing: which texts it is found by, and what is shown of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from runfolio.query.rows import Run
from runfolio.site.gather.context import Context, counted
from runfolio.site.gather.search_words import pair_of, words_of
from runfolio.site.material import shown_time

#: The fields of a document by the letter that stands for them in the files.
NAME, TAG, EXPERIMENT, GROUP, PARAM, NOTE = "n", "t", "e", "g", "p", "m"
TRACE, STATUS, INFO, OUTPUT = "x", "s", "i", "o"
KIND = "k"

#: Letters and numbers of things that are shown where a text was found; all of a note is searched.
MOST_NOTE = 2000
MOST_TRACE = 2000
MOST_PARAMS = 200
MOST_VALUE = 120


@dataclass(frozen=True)
class Document:
    """One thing: its kind, its page, its title, a line below it, and its texts by field.

    ``words`` maps a field to the words by which it is found; ``shown`` holds what a result shows:
    tags, params as pairs, note, traceback, printed lines.
    """

    kind: str
    path: str
    title: str
    sub: str
    status: str
    words: Mapping[str, Sequence[str]]
    shown: Mapping[str, Any] = field(default_factory=dict)

    def record(self) -> list[Any]:
        """The document as the data file says it."""
        return [self.kind, self.path, self.title, self.sub, self.status, dict(self.shown)]


@dataclass(frozen=True)
class RunTexts:
    """What runs said at length, by run."""

    notes: Mapping[str, Sequence[tuple[str, str]]] = field(default_factory=dict)
    traces: Mapping[str, str] = field(default_factory=dict)
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)


def run_document(context: Context, run: Run, texts: RunTexts, wanted: Sequence[str]) -> Document:
    """A run; ``wanted`` names what the site lets people search."""
    words: dict[str, tuple[str, ...]] = {STATUS: (run.status,), KIND: ("run",)}
    shown: dict[str, Any] = {}
    if "names" in wanted:
        words[NAME] = words_of(f"{run.name} {run.run_id}")
        words[EXPERIMENT] = words_of(run.experiment)
        words[GROUP] = words_of(run.group or "")
        commit = (run.git_commit or "")[:LONGEST_COMMIT]
        told = (run.origin, run.user, run.host, run.script, run.git_branch, commit)
        words[INFO] = words_of(" ".join(filter(None, told)))
    if "tags" in wanted and run.tags:
        words[TAG] = _with_pairs(tag.partition("=")[::2] for tag in run.tags)
        shown[TAG] = list(run.tags)
    params = context.material.params.get(run.run_id, {}) if "params" in wanted else {}
    if params:
        pairs = [(each.key, each.text[:MOST_VALUE]) for each in params.values()][:MOST_PARAMS]
        words[PARAM] = _with_pairs(pairs)
        shown[PARAM] = [list(pair) for pair in pairs]
    if "notes" in wanted:
        note = "\n".join(text for _, text in texts.notes.get(run.run_id, ()))
        words[NOTE] = words_of(note)
        shown[NOTE] = note[:MOST_NOTE]
    if "output" in wanted:
        trace = texts.traces.get(run.run_id, "")
        if run.error and run.error not in trace:
            trace = f"{trace}\n{run.error}".strip()
        lines = texts.lines.get(run.run_id, ())
        words[TRACE] = words_of(trace)
        words[OUTPUT] = tuple(dict.fromkeys(word for line in lines for word in _spoken(line)))
        shown |= {TRACE: trace[-MOST_TRACE:], OUTPUT: list(lines)}
    path = context.material.refs[run.run_id].path
    sub = " · ".join(filter(None, [run.experiment, run.origin, shown_time(run.started)]))
    return Document("run", path, run.name, sub, run.status, words, _said(shown))


LONGEST_COMMIT = 12


def thing_documents(context: Context, pages: Sequence[tuple[str, str, str]]) -> Iterator[Document]:
    """Everything else that has a page; ``pages`` are the user's: path, title, text."""
    material = context.material
    for board in material.boards:
        ranked = f"{counted(len(board.run_ids), 'run')} by {board.metric}"
        words = f"{board.title} {board.metric} {board.description}"
        yield _thing("leaderboard", board.path, board.title, ranked, words)
    for name in material.experiments:
        sub = counted(len(material.by_experiment[name]), "run")
        yield _thing("experiment", context.experiment_paths[name], name, sub)
    for path, title, text in pages:
        yield _thing("page", path, title, "", "", text)
    for name in material.tag_names:
        ids = material.by_tag[name]
        path = next(
            context.tag_paths[tag]
            for tag in material.runs[ids[0]].tags
            if tag.partition("=")[0] == name
        )
        yield _thing("tag", path, name, counted(len(ids), "run"))
    for name, ids in material.by_metric.items():
        sub = counted(len(ids), "run")
        yield _thing("metric", context.metric_paths[name], name, sub, material.title_of(name))
    for key, ids in material.sweeps.items():
        run = material.runs.get(key)
        title = run.name if run else key.partition("=")[2]
        yield _thing("sweep", context.sweep_paths[key], title, counted(len(ids), "run"))
    for group, ids in material.groups.items():
        sub = f"{group[0]} · {counted(len(ids), 'run')}"
        yield _thing("group", context.group_paths[group], group[1], sub, group[0])
    for data, uses in material.things.data.items():
        sources = " ".join({each.source or "": None for _, each in uses})
        sub = counted(len({run_id for run_id, _ in uses}), "run")
        yield _thing("dataset", context.dataset_paths[data], data[0], sub, f"{data[1]} {sources}")
    for name in material.things.model_names:
        versions = material.things.versions(name)
        said = " ".join([versions[-1].description, *(each.note for each in versions)])
        aliases = " ".join(alias for each in versions for alias in each.aliases)
        sub = counted(len(versions), "version")
        yield _thing("model", context.model_paths[name], name, sub, aliases, said)


def _thing(kind: str, path: str, title: str, sub: str, more: str = "", text: str = "") -> Document:
    words = {KIND: (kind,), NAME: words_of(title), INFO: words_of(more), NOTE: words_of(text)}
    return Document(kind, path, title, sub, "", words, _said({NOTE: text[:MOST_NOTE].strip()}))


def _said(shown: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shown.items() if value}


def _with_pairs(pairs: Iterator[tuple[str, str]] | Sequence[tuple[str, str]]) -> tuple[str, ...]:
    """The words of names and values, and each name with its value as one word."""
    found: dict[str, None] = {}
    for key, value in pairs:
        found.update(dict.fromkeys((*words_of(key), *words_of(value))))
        if value:
            found[pair_of(key, value)] = None
    return tuple(found)


def _spoken(line: str) -> Iterator[str]:
    """The words of a printed line without its numbers, which no two runs share."""
    return (word for word in words_of(line) if not word[0].isdigit())
