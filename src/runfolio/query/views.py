"""The public views: their names, columns and meaning. The promise that users of SQL build on.

``VIEWS`` is the one registry: ``runfolio sql --schema``, the site's data page and the docs are made
from it, and a test compares it with what DuckDB says. Their SQL is in ``views.sql``.
Runs in the trash appear only in ``trashed`` and ``facts``.

Version history of ``VIEWS_VERSION`` (columns are only ever added within a version)
    1   2026-11  first version
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

VIEWS_VERSION = 1


@dataclass(frozen=True)
class ViewColumn:
    """One column of a view: its name, DuckDB type, and what it holds."""

    name: str
    type: str
    help: str


@dataclass(frozen=True)
class View:
    """One public view: a row of it is ``help``; its rows are ordered by ``order``."""

    name: str
    help: str
    columns: tuple[ViewColumn, ...]
    order: str = ""


def _view(name: str, help: str, order: str, columns: str) -> View:
    """A view from lines of ``name | type | help``."""
    parsed = [[cell.strip() for cell in line.split("|", 2)] for line in columns.split("\n")]
    rows = [row for row in parsed if len(row) == 3]
    return View(name, help, tuple(ViewColumn(*row) for row in rows), order)


VIEWS: tuple[View, ...] = (
    _view(
        "runs",
        "One row per run: who, when, where, how it went.",
        "started, run_id",
        """
        run_id | VARCHAR | Identity of the run; sorts by time of birth.
        name | VARCHAR | What people call it; the id where nobody named it. The last rename counts.
        experiment | VARCHAR | What it was an attempt at; 'default' where nothing was said.
        group | VARCHAR | Runs that belong together, such as the seeds of one setting; or null.
        parent | VARCHAR | The run that started this one; or null.
        status | VARCHAR | running, finished, failed, killed (its process is gone) or stalled.
        started | TIMESTAMP | When it began (UTC).
        ended | TIMESTAMP | When it ended (UTC); for a killed run its last word; null while it runs.
        seconds | DOUBLE | How long it ran, by its own clock; until its last word without an end.
        user | VARCHAR | Who ran it.
        host | VARCHAR | On which machine.
        command | VARCHAR | The command line, quoted for a shell.
        script | VARCHAR | The script or notebook.
        python | VARCHAR | Version of Python.
        git_commit | VARCHAR | Commit that was checked out.
        git_branch | VARCHAR | Branch that was checked out.
        git_dirty | BOOLEAN | Whether files differed from the commit.
        git_remote | VARCHAR | Address of the repository, without credentials.
        seed | BIGINT | The random seed, where one is known.
        tags | VARCHAR[] | Its tags as 'name' or 'name=value', sorted.
        points | BIGINT | Metric points logged, after corrections.
        exit_code | INTEGER | Exit code of the process; null where unknown.
        error | VARCHAR | Why it failed, in one line: the exception's type and message.
        note | VARCHAR | Its main note (Markdown).
        pending | BIGINT | Facts that were not yet safe on disk when it ended.
        dropped | BIGINT | Points lost, for instance to a full disk.
        origin | VARCHAR | The [[source]] that it comes from; '' for runs of this store.
        """,
    ),
    _view(
        "params",
        "One row per run and param: what the run was told.",
        "run_id, key",
        """
        run_id | VARCHAR | The run.
        key | VARCHAR | Name of the param; nested ones are joined with dots.
        text | VARCHAR | The value as text: a string plain, everything else as JSON.
        number | DOUBLE | The value where it is a number, else null.
        type | VARCHAR | int, float, bool, text, list, object or null.
        """,
    ),
    _view(
        "metrics",
        "One row per point: what was measured, after renames and dropped points.",
        "run_id, key, step, time, writer, seq",
        """
        run_id | VARCHAR | The run.
        key | VARCHAR | Name of the metric; the last rename counts.
        step | BIGINT | The step; null where none was given.
        value | DOUBLE | The value; NaN and infinities are kept.
        time | TIMESTAMP | When it was logged (UTC).
        seconds | DOUBLE | Seconds since the run began.
        writer | VARCHAR | Which process logged it; see sessions.
        seq | BIGINT | Number of the fact within its writer.
        """,
    ),
    _view(
        "summary",
        "One row per run and metric; last, first, min, max and mean are over finite values.",
        "run_id, key",
        """
        run_id | VARCHAR | The run.
        key | VARCHAR | Name of the metric.
        points | BIGINT | Points logged.
        last | DOUBLE | Value at the highest step; the latest one where a step was logged twice.
        last_step | BIGINT | Its step.
        first | DOUBLE | Value at the lowest step.
        min | DOUBLE | Smallest value.
        min_step | BIGINT | The first step that reached it.
        max | DOUBLE | Largest value.
        max_step | BIGINT | The first step that reached it.
        mean | DOUBLE | Mean of the values.
        bad | BIGINT | Points that are NaN or infinite.
        first_time | TIMESTAMP | When the first point was logged (UTC).
        last_time | TIMESTAMP | When the last point was logged (UTC).
        """,
    ),
    _view(
        "tags",
        "One row per run and tag that it has now.",
        "run_id, tag",
        """
        run_id | VARCHAR | The run.
        tag | VARCHAR | Name of the tag.
        value | VARCHAR | Its value; '' for a plain tag.
        time | TIMESTAMP | When it was last set (UTC).
        """,
    ),
    _view(
        "notes",
        "One row per run and note.",
        "run_id, key",
        """
        run_id | VARCHAR | The run.
        key | VARCHAR | Name of the note; '' is the main one.
        text | VARCHAR | Markdown.
        time | TIMESTAMP | When it was last written (UTC).
        """,
    ),
    _view(
        "artifacts",
        "One row per run, path and step: files and references that the run kept.",
        "run_id, path, step",
        """
        run_id | VARCHAR | The run.
        path | VARCHAR | Path inside the run, with /.
        type | VARCHAR | file, image, figure, table, text, source, model, audio or html.
        digest | VARCHAR | SHA-256 of the contents; null for a reference.
        size | BIGINT | Bytes.
        media_type | VARCHAR | For instance image/png.
        step | BIGINT | The step it belongs to; or null.
        caption | VARCHAR | A caption.
        uri | VARCHAR | Where it lies, for a reference.
        info | JSON | All that was said about it.
        time | TIMESTAMP | When it was logged (UTC).
        """,
    ),
    _view(
        "datasets",
        "One row per run, dataset and role: what the run read.",
        "run_id, name, role",
        """
        run_id | VARCHAR | The run.
        name | VARCHAR | Name of the dataset.
        role | VARCHAR | What it was used for, such as train or test.
        digest | VARCHAR | Digest of its contents.
        rows | BIGINT | Number of rows.
        columns | BIGINT | Number of columns.
        size | BIGINT | Bytes.
        source | VARCHAR | Where it came from.
        blob | VARCHAR | Digest of the stored contents; null when it was only described.
        schema | JSON | Its columns.
        time | TIMESTAMP | When it was logged (UTC).
        """,
    ),
    _view(
        "models",
        "One row per registered model version.",
        "name, version",
        """
        run_id | VARCHAR | The run that made it.
        name | VARCHAR | Name under which it is registered.
        version | BIGINT | 1, 2, 3 … in the order of registration, over all runs.
        alias | VARCHAR | Aliases it holds now, such as production; the last holder has an alias.
        artifact | VARCHAR | Path of the artifact in the run.
        digest | VARCHAR | SHA-256 of the contents.
        time | TIMESTAMP | When it was registered (UTC).
        note | VARCHAR | The note on this version (Markdown).
        description | VARCHAR | The note on the model, the same for all its versions.
        uses | BIGINT | Runs that started from this version.
        """,
    ),
    _view(
        "system",
        "One row per sample of the machine: processor, memory, graphics cards …",
        "run_id, key, time",
        """
        run_id | VARCHAR | The run.
        key | VARCHAR | What was measured, such as cpu.percent.
        value | DOUBLE | The value.
        seconds | DOUBLE | Seconds since the run began.
        time | TIMESTAMP | When (UTC).
        """,
    ),
    _view(
        "output",
        "One row per line that the run printed.",
        "run_id, time",
        """
        run_id | VARCHAR | The run.
        line | BIGINT | Number of the line in its stream.
        stream | VARCHAR | stdout or stderr.
        text | VARCHAR | The line.
        time | TIMESTAMP | When (UTC).
        """,
    ),
    _view(
        "environment",
        "One row per run and section of its environment: host, command, python, packages, git, …",
        "run_id, section",
        """
        run_id | VARCHAR | The run.
        section | VARCHAR | run, host, command, python, packages, git, source or seed.
        data | JSON | What is known; the keys are listed in the format's documentation.
        """,
    ),
    _view(
        "histograms",
        "One row per run, histogram and step.",
        "run_id, key, step",
        """
        run_id | VARCHAR | The run.
        key | VARCHAR | Name of the histogram.
        step | BIGINT | The step; or null.
        edges | DOUBLE[] | The edges of the bins: one more than there are counts.
        counts | DOUBLE[] | How many values fell into each bin.
        """,
    ),
    _view(
        "matrices",
        "One row per run, matrix and step; a confusion matrix has the true labels as rows.",
        "run_id, key, step",
        """
        run_id | VARCHAR | The run.
        key | VARCHAR | Name of the matrix.
        step | BIGINT | The step; or null.
        labels | VARCHAR[] | Names of the rows and columns.
        rows | JSON | The numbers: a list of rows.
        """,
    ),
    _view(
        "changes",
        "One row per thing that people corrected or added after the fact: who, when, what.",
        "run_id, time, writer",
        """
        run_id | VARCHAR | The run.
        time | TIMESTAMP | When (UTC).
        writer | VARCHAR | Which writer said it.
        author | VARCHAR | Who; null where nobody signed.
        action | VARCHAR | rename, drop, undo, trash, restore, purge, untag, tag, note, metric, …
        key | VARCHAR | What it is about.
        text | VARCHAR | The new name, value or text; JSON for drop, trash, restore and purge.
        seq | BIGINT | Number of the fact within its writer; of metric points, of the first one.
        undone | BOOLEAN | Whether a later undo took it back.
        """,
    ),
    _view(
        "experiments",
        "One row per experiment.",
        "experiment",
        """
        experiment | VARCHAR | Its name.
        runs | BIGINT | Runs in all.
        finished | BIGINT | Runs that finished.
        running | BIGINT | Runs that are running.
        failed | BIGINT | Runs that failed or were killed.
        first_started | TIMESTAMP | When its first run began (UTC).
        last_started | TIMESTAMP | When its newest run began (UTC).
        """,
    ),
    _view(
        "trashed",
        "One row per run in the trash or purged; it is left out of all other views but facts.",
        "time, run_id",
        """
        run_id | VARCHAR | The run.
        name | VARCHAR | Its name.
        time | TIMESTAMP | When it was put there (UTC).
        author | VARCHAR | By whom.
        reason | VARCHAR | Why.
        state | VARCHAR | trashed (it can be restored) or purged (only this row is left).
        """,
    ),
    _view(
        "sessions",
        "One row per process that wrote to a run: start, resume, rank, a person's correction.",
        "run_id, last_seen, writer",
        """
        run_id | VARCHAR | The run.
        writer | VARCHAR | Who wrote: 12 hex digits, new for every process.
        state | VARCHAR | closed, alive, dead (its process is gone) or stalled (silent).
        last_seen | TIMESTAMP | Last sign of life (UTC).
        """,
    ),
    _view(
        "facts",
        "One row per fact: everything in the store as it was said, before any correction.",
        "run_id, time, writer, seq",
        """
        run_id | VARCHAR | The run that the fact belongs to.
        writer | VARCHAR | Who wrote it.
        seq | BIGINT | Its number within the writer; (writer, seq) names a fact for ever.
        time | TIMESTAMP | When it was said (UTC).
        kind | VARCHAR | What kind of fact it is: start, param, metric, tag …
        key | VARCHAR | What it is about.
        step | BIGINT | The step of a point; or null.
        value | DOUBLE | The number; null where it is none.
        text | VARCHAR | The text or JSON; or null.
        """,
    ),
    _view(
        "model_history",
        "One row per thing that was said about a registered model: who, when, what.",
        "name, time, writer, seq, action DESC",
        """
        name | VARCHAR | The model.
        time | TIMESTAMP | When (UTC).
        action | VARCHAR | register, alias (given or moved), unalias (taken away) or note.
        version | BIGINT | The version; null for a note on the whole model.
        alias | VARCHAR | The alias that was given or taken away.
        was | BIGINT | The version that had the alias until then.
        until | TIMESTAMP | When the alias went on to another version or was taken away; or null.
        text | VARCHAR | The note.
        author | VARCHAR | Who; null where nobody signed.
        run_id | VARCHAR | The run that holds the fact: the one that made the version.
        writer | VARCHAR | Which writer said it.
        seq | BIGINT | Number of the fact within its writer.
        """,
    ),
    _view(
        "dataset_versions",
        "One row per dataset name and digest: which runs used which contents.",
        "name, version",
        """
        name | VARCHAR | Name of the dataset.
        version | BIGINT | 1, 2, 3 … in the order in which its contents were first used.
        digest | VARCHAR | Digest of the contents.
        rows | BIGINT | Number of rows.
        columns | BIGINT | Number of columns.
        size | BIGINT | Bytes.
        roles | VARCHAR[] | What it was used for, sorted.
        source | VARCHAR | Where it came from, as the first run said.
        blob | VARCHAR | Digest of the stored contents; null when they were only described.
        runs | BIGINT | How many runs used it.
        run_ids | VARCHAR[] | Which ones.
        first_time | TIMESTAMP | When it was first used (UTC).
        last_time | TIMESTAMP | When it was last used (UTC).
        """,
    ),
    _view(
        "lineage",
        "One row per thing that went into a run or came out of it: data, models, artifacts.",
        "run_id, direction, kind, name, time, digest, role",
        """
        run_id | VARCHAR | The run.
        direction | VARCHAR | input (the run used it) or output (the run made it).
        kind | VARCHAR | dataset, model or artifact.
        name | VARCHAR | Name of the dataset or registered model; path of the artifact.
        version | BIGINT | Version of the model; null for the others.
        role | VARCHAR | What a dataset was used for; made by the run: output, produced, generated.
        path | VARCHAR | Path of the artifact, in the run that made it.
        digest | VARCHAR | Digest of its contents.
        size | BIGINT | Bytes.
        origin | VARCHAR | Of an input, the run that made it: as the run said, or the first run \
that put out the same contents before; null where no run is known.
        time | TIMESTAMP | When it was used or made (UTC).
        """,
    ),
    _view(
        "duplicates",
        "One row per run that repeats another one: the same experiment, code, data and params, "
        "where seeds do not count. Runs whose code is unknown are left out.",
        "group_id, seed, run_id",
        """
        group_id | VARCHAR | The same for runs that repeat each other.
        run_id | VARCHAR | The run.
        seed | BIGINT | Its seed; or null.
        runs | BIGINT | How many runs repeat each other.
        exact | BOOLEAN | Whether one of them has the same seed as well; null without a seed.
        """,
    ),
)

#: Made when a statement names them; their shape depends on the store or on the configuration.
ON_DEMAND: tuple[View, ...] = (
    _view(
        "leaderboard",
        "A function: SELECT * FROM leaderboard('name') gives the ranked runs of that leaderboard, "
        "one row a run (or a group of runs).",
        "rank",
        """
        board | VARCHAR | Name of the leaderboard.
        rank | BIGINT | 1 is best; null for a run without a value.
        run_id | VARCHAR | The run; of a group, its best one.
        name | VARCHAR | Name of the run, or what the group has in common.
        experiment | VARCHAR | Its experiment.
        status | VARCHAR | Its status.
        metric | VARCHAR | The metric that is ranked.
        value | DOUBLE | Its value; of a group the mean.
        std | DOUBLE | Standard deviation in a group of at least two; else null.
        runs | BIGINT | Number of runs behind the row.
        step | BIGINT | The step of the value; null for means.
        delta | DOUBLE | Difference to the baseline; null where there is none.
        started | TIMESTAMP | When the run began (UTC).
        seconds | DOUBLE | How long it ran.
        """,
    ),
    _view(
        "wide",
        "One row per run with a column for each param and metric: the columns of runs, then "
        '"params.NAME", then "metrics.NAME" (the last finite value), then the params again under '
        "their plain names where no other column is called so.",
        "started, run_id",
        """
        params.NAME | any | A param; a number, a boolean or text, whichever fits all runs.
        metrics.NAME | DOUBLE | The last finite value of a metric.
        NAME | any | The same as params.NAME, where the plain name is free.
        """,
    ),
)


@dataclass(frozen=True)
class Section:
    """One section of an SQL file: a relation's name, the comment above it, and its SELECT."""

    name: str
    comment: str
    sql: str


@cache
def sections() -> tuple[Section, ...]:
    """The sections of ``steps.sql`` and ``views.sql``; each needs only those before it."""
    texts = [
        Path(__file__).with_name(name).read_text(encoding="utf-8")
        for name in ("steps.sql", "views.sql")
    ]
    return tuple(_section(part) for text in texts for part in text.split("\n-- view: ")[1:])


def _section(part: str) -> Section:
    name, _, body = part.partition("\n")
    lines = body.strip().split("\n")
    comment = [line[3:] for line in lines if line.startswith("-- ")]
    sql = "\n".join(line for line in lines if not line.startswith("-- "))
    return Section(name.strip(), " ".join(comment), sql.rstrip(";"))


def view(name: str) -> View | None:
    """The public view called ``name``, or None."""
    return next((view for view in (*VIEWS, *ON_DEMAND) if view.name == name), None)
