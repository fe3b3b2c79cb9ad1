"""Registered models: which versions there are, what they are called, and their files."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import duckdb

from runfolio.errors import ArtifactNotFoundError, ModelNotFoundError
from runfolio.query import artifacts
from runfolio.query.artifacts import StoredFile
from runfolio.store.folder import Folder

Database = duckdb.DuckDBPyConnection


@dataclass(frozen=True)
class ModelVersion:
    """One version of a registered model.

    ``artifact``: its path in the run that made it; ``digest``: of its contents. ``note`` is about
    this version, ``description`` about the model. ``uses``: how many runs started from it.
    """

    name: str
    version: int
    aliases: tuple[str, ...]
    run_id: str
    run_name: str
    artifact: str | None
    digest: str | None
    time: datetime
    note: str
    description: str
    uses: int
    files: tuple[StoredFile, ...] = ()

    @property
    def label(self) -> str:
        """Name and version, and the aliases if it has any: ``digits 3 (champion)``."""
        held = f" ({', '.join(self.aliases)})" if self.aliases else ""
        return f"{self.name} {self.version}{held}"

    def save(self, folder: str | Path, *, force: bool = False) -> Path:
        """Save its file, or its folder of files, into ``folder``, and return where it is.

        The contents are checked: DamagedStoreError if they are not whole. UnsafeError if other
        files lie there, unless ``force``.
        """
        parent, _, name = self.needed_artifact().rpartition("/")
        artifacts.save(self.files, folder, prefix=parent, force=force)
        return Path(folder) / name

    def needed_artifact(self) -> str:
        """The path of its artifact; ArtifactNotFoundError if it has none, or no files there."""
        if self.artifact is None or not self.files:
            raise ArtifactNotFoundError(
                f"The model {self.label} has no files in the store.",
                hint=f"Which ones the run kept: runfolio artifact ls {self.run_id}",
            )
        return self.artifact


@dataclass(frozen=True)
class ModelEvent:
    """One row of ``model_history``."""

    name: str
    time: datetime
    action: str
    version: int | None
    alias: str | None
    was: int | None
    until: datetime | None
    text: str | None
    author: str | None
    run_id: str


def versions(database: Database, name: str | None = None) -> list[ModelVersion]:
    """The versions of one model, or of all, by name and version; without their files."""
    rows = database.execute(_VERSIONS, [name, name]).fetchall()
    return [ModelVersion(row[0], row[1], _aliases(row[2]), *row[3:]) for row in rows]


_VERSIONS = """
SELECT m.name, m.version, m.alias, m.run_id, r.name, m.artifact, m.digest, m.time,
    coalesce(m.note, ''), coalesce(m.description, ''), m.uses
FROM models m JOIN runs r ON r.run_id = m.run_id
WHERE ?::VARCHAR IS NULL OR m.name = ?::VARCHAR
ORDER BY m.name, m.version
"""


def _aliases(text: str | None) -> tuple[str, ...]:
    return tuple(text.split(", ")) if text else ()


def find(
    database: Database, folder: Folder, name: str, version: int | str | None = None
) -> ModelVersion:
    """The version with this number or alias, with its files; the newest for None.

    ModelNotFoundError names the nearest models, versions or aliases.
    """
    known = versions(database, name)
    if not known:
        raise _no_model(database, name)
    found = chosen(known, version)
    if found is None:
        held = sorted({alias for each in known for alias in each.aliases})
        aliases = f"; aliases: {', '.join(held)}" if held else "; it has no aliases"
        raise ModelNotFoundError(
            f"The model {name!r} has no version or alias {version!r}.",
            hint=f"Its versions: {_ranges([each.version for each in known])}{aliases}",
        )
    return _with_files(database, folder, found)


def chosen(known: Sequence[ModelVersion], version: int | str | None) -> ModelVersion | None:
    """The one of some versions with this number or alias; the newest for None."""
    if version is None:
        return known[-1]
    text = str(version)
    for each in known:
        if text in each.aliases:
            return each
    number = text.removeprefix("v") if text.removeprefix("v").isdecimal() else ""
    return next((each for each in known if str(each.version) == number), None)


def history(database: Database, name: str) -> list[ModelEvent]:
    """What was said about a model, in the order of time."""
    sql = (
        "SELECT name, time, action, version, alias, was, until, text, author, run_id "
        "FROM model_history WHERE name = ? ORDER BY time, writer, seq, action DESC"
    )
    return [ModelEvent(*row) for row in database.execute(sql, [name]).fetchall()]


def _with_files(database: Database, folder: Folder, found: ModelVersion) -> ModelVersion:
    """The version with the files that its run had kept when it was registered.

    A later artifact of the same path is another model; the digest tells, where clocks do not.
    """
    if found.artifact is None:
        return found
    given = [found.digest, found.run_id, found.artifact, found.artifact, found.time, found.digest]
    rows = database.execute(_FILES, given).fetchall()
    files = tuple(StoredFile(folder, found.run_id, *row) for row in rows)
    return replace(found, files=files)


_FILES = """
SELECT key, data ->> '$.type', data ->> '$.digest', TRY_CAST(value AS BIGINT), step,
    data ->> '$.uri', data ->> '$.caption', time
FROM (
    SELECT key, value, step, time, writer, seq, TRY_CAST(text AS JSON) AS data,
        (TRY_CAST(text AS JSON) ->> '$.digest') IS NOT DISTINCT FROM ? AS exact
    FROM facts
    WHERE kind = 'artifact' AND run_id = ? AND (key = ? OR starts_with(key, concat(?, '/')))
)
WHERE time <= ? OR (data ->> '$.digest') = ?
QUALIFY row_number() OVER (
    PARTITION BY key ORDER BY exact DESC, time DESC, writer DESC, seq DESC
) = 1
ORDER BY key
"""


def _no_model(database: Database, name: str) -> ModelNotFoundError:
    rows = database.execute("SELECT DISTINCT name FROM models ORDER BY name").fetchall()
    names = [row[0] for row in rows]
    if not names:
        return ModelNotFoundError(
            f"There is no model {name!r}: no run has registered one.",
            hint='run.log_model(model, "net"), then run.register_model("digits")',
        )
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.3) or names[:5]
    return ModelNotFoundError(f"There is no model {name!r}.", hint=f"There are: {', '.join(near)}")


def _ranges(numbers: Sequence[int]) -> str:
    """1-4, 7 for 1, 2, 3, 4, 7."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(f"{low}" if low == high else f"{low}-{high}" for low, high in spans)
