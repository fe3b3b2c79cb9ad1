"""What ``runfolio sql`` does: where the statement comes from and where its answer goes."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from runfolio.cli.failures import is_interrupted
from runfolio.cli.formats import (
    ENDINGS,
    TEXT_WRITERS,
    answer_of,
    cell_text,
    write_parquet,
    write_text_to,
    write_whole,
)
from runfolio.cli.tables import Column, layout
from runfolio.cli.terminal import is_terminal, safe, safe_lines, say, say_json, width
from runfolio.errors import QueryError, RunfolioError, UsageError

if TYPE_CHECKING:
    import duckdb

    from runfolio.cli.call import Call
    from runfolio.query.store import Store

#: A table on a screen shows at most this much; all other formats write everything.
MOST_ROWS = 1000
MOST_COLUMNS = 50


def query_text(query: str | None, file: str | None) -> str | None:
    """The statement from the argument, a file or standard input; None when a person should type."""
    if query is not None and file is not None:
        raise UsageError("There are two queries: one in the command line, one in --file.")
    if query is not None:
        return query
    if file is None and sys.stdin.isatty():
        return None
    text = _read(file)
    if not text.strip():
        where = file if file not in (None, "-") else "Standard input"
        raise QueryError(f"{where} holds no query.", hint='For example: runfolio sql "FROM runs"')
    return text


def _read(file: str | None) -> str:
    try:
        data = sys.stdin.buffer.read() if file in (None, "-") else Path(str(file)).read_bytes()
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror or error}.") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise QueryError(
            f"{file or 'Standard input'} is not UTF-8 (byte {error.start}).",
            hint="Save the query as UTF-8.",
        ) from None


def chosen_format(format: str | None, output: str | None, *, as_json: bool) -> str:
    """The format that was asked for: by name, by --json, or by the ending of the file."""
    if as_json and format not in (None, "json"):
        raise UsageError(f"--json and --format {format} contradict each other.")
    if as_json:
        return "json"
    if format is not None:
        return format
    ending = Path(output).suffix.lower() if output else ""
    if ending and ending not in ENDINGS:
        raise UsageError(
            f"{output}: no format has the ending {ending}.",
            hint=f"There are {', '.join(ENDINGS)}; or name one with --format.",
        )
    return ENDINGS.get(ending, "table")


@dataclass(frozen=True)
class Limits:
    """What a statement may take: seconds, and bytes of memory beyond the store's."""

    seconds: float | None = None
    memory: int | None = None


def limits(seconds: float | None, memory: int | None) -> Limits | None:
    """The limits that were asked for; None without any."""
    return None if seconds is None and memory is None else Limits(seconds, memory)


def answer(
    store: Store, text: str, format: str, output: Path | None, limits: Limits | None = None
) -> None:
    """Print the answer to one statement, or write it to a file and say so.

    With ``limits`` another process answers, which is stopped when it takes more.
    """
    import duckdb

    if limits is not None:
        from runfolio.query import sandbox

        table = sandbox.answer(store, text, limits.seconds, limits.memory)
        with duckdb.connect() as database:
            return _deliver(database.from_arrow(table), format, output)
    relation = store.sql(text)
    try:
        _deliver(relation, format, output)
    except (duckdb.Error, RuntimeError) as error:
        if is_interrupted(error):
            raise KeyboardInterrupt from None
        if isinstance(error, duckdb.Error):
            raise store.explain(error, text) from None
        raise


def _deliver(relation: duckdb.DuckDBPyRelation, format: str, output: Path | None) -> None:
    if output is None:
        return _print(relation, format)
    _require_folder(output)
    _write_file(relation, format, output)
    say(f"wrote {safe(output)}", err=True)


def _print(relation: duckdb.DuckDBPyRelation, format: str) -> None:
    if format == "parquet":
        _parquet_to_pipe(relation)
    elif format == "table":
        say(table_text(relation, width()))
    else:
        TEXT_WRITERS[format](answer_of(relation), _Screen())


def _write_file(relation: duckdb.DuckDBPyRelation, format: str, output: Path) -> None:
    try:
        write_whole(output, lambda file: _write(relation, format, file))
    except FileNotFoundError as error:  # a folder that is there and takes no files, as in /proc
        raise RunfolioError(
            f"{output} cannot be written: {error.strerror}.",
            hint="Choose another folder with --output.",
        ) from None


def _write(relation: duckdb.DuckDBPyRelation, format: str, file: IO[bytes]) -> None:
    if format == "parquet":
        write_parquet(relation, file)
    elif format == "table":
        file.write(click.unstyle(table_text(relation, None)).encode("utf-8", "backslashreplace"))
        file.write(b"\n")
    else:
        write_text_to(file, lambda text: TEXT_WRITERS[format](answer_of(relation), text))


def table_text(relation: duckdb.DuckDBPyRelation, columns_of_screen: int | None) -> str:
    """The answer as a table, at most 1,000 rows and 50 columns of it; what is missing is said."""
    found = answer_of(relation)
    rows = []
    total = 0
    for row in found.rows:
        total += 1
        if total <= MOST_ROWS:
            rows.append([cell_text(value) for value in row[:MOST_COLUMNS]])
    columns = [
        Column(name, right=numeric)
        for name, numeric in zip(found.columns[:MOST_COLUMNS], found.numeric, strict=False)
    ]
    table = layout(columns, rows, columns_of_screen)
    hidden = [*table.hidden, *map(safe, found.columns[MOST_COLUMNS:])]
    lines = [table.text, _count(total, hidden)]
    return "\n".join(line for line in lines if line)


def _count(total: int, hidden: list[str]) -> str:
    text = f"({total:,} row{'' if total == 1 else 's'}"
    if total > MOST_ROWS:
        text += f", the first {MOST_ROWS:,} shown; --format csv writes all"
    if hidden:
        names = ", ".join(hidden[:6]) + (f" and {len(hidden) - 6} more" if len(hidden) > 6 else "")
        text += f"; columns that do not fit: {names}"
    return click.style(text + ")", dim=True)


def print_schema(name: str, *, as_json: bool) -> None:
    """Print what the views hold; ``name`` limits it to one of them."""
    from runfolio.cli.schema import schema_json, schema_text

    if as_json:
        say_json(schema_json(name))
    else:
        say(schema_text(name, width()))


def open_prompt(call: Call, limits: Limits | None = None) -> None:
    """Answer statements from the terminal until the user leaves."""
    from runfolio.cli import prompt

    store = call.store
    prompt.converse(
        prompt.reader(str(store.path), ()),
        lambda text: answer(store, text, "table", None, limits),
    )


def _require_folder(output: Path) -> None:
    if not output.parent.is_dir():
        raise UsageError(f"There is no folder {output.parent}.", hint=f"mkdir {output.parent}")
    if output.is_dir():
        raise UsageError(f"{output} is a folder.", hint=f"Name a file: {output / 'answer.csv'}")


def _parquet_to_pipe(relation: duckdb.DuckDBPyRelation) -> None:
    if is_terminal():
        raise UsageError(
            "Parquet is not for reading on a screen.", hint="Name a file: --output answer.parquet"
        )
    write_parquet(relation, sys.stdout.buffer)


class _Screen:
    """Standard output; on a terminal, control characters in data are made visible."""

    def write(self, text: str, /) -> None:
        """Write ``text``; exactly as it is unless a terminal reads it."""
        say(safe_lines(text) if is_terminal() else text, nl=False)
