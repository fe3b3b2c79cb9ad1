"""`runfolio sql` answers questions, and writes the answers down."""

from __future__ import annotations

import csv
import json
import os
import signal
import threading
from pathlib import Path

import duckdb
import pytest

from runfolio.cli.asking import answer
from runfolio.cli.sizes import size
from runfolio.query.store import Store
from runfolio.store.folder import Folder
from runfolio.store.writer import Writer

from .conftest import HOSTILE, Cli

QUERY = "SELECT name, seed FROM runs WHERE experiment = 'digits' ORDER BY name"


def test_a_table_with_its_count(cli: Cli, store: Path) -> None:
    lines = cli("sql", QUERY).stdout.splitlines()
    assert lines[0].split() == ["name", "seed"]
    assert lines[1:] == ["svm-0", "svm-1", "svm-2", "(3 rows)"]
    assert cli("sql", QUERY + " LIMIT 1").stdout.splitlines()[-1] == "(1 row)"


def test_query_from_file_and_from_standard_input(cli: Cli, store: Path, tmp_path: Path) -> None:
    (tmp_path / "q.sql").write_bytes(b"\xef\xbb\xbf" + QUERY.encode() + b";\r\n")
    assert "svm-2" in cli("sql", "-f", "q.sql").stdout
    assert "svm-2" in cli("sql", "-f", "-", input=QUERY).stdout
    assert "svm-2" in cli("sql", input=QUERY).stdout


@pytest.mark.parametrize(
    ("words", "given", "message"),
    [
        ((QUERY, "-f", "x.sql"), None, "There are two queries"),
        ((), "", "Standard input holds no query."),
        (("-f", "empty.sql"), None, "empty.sql holds no query."),
        (("-f", "latin.sql"), None, "latin.sql is not UTF-8 (byte 8)."),
        (
            ("-f", "missing.sql"),
            None,
            "error: missing.sql cannot be read: No such file or directory.",
        ),
        (("SELECT nme FROM runs",), None, 'Did you mean "name"'),
        (("FROM rnus",), None, 'Did you mean "runs"'),
        (("SELEC 1",), None, "syntax error"),
        (("SELECT 1; SELECT 2",), None, "Only one SELECT is allowed"),
        (("DROP TABLE runs",), None, "Only one SELECT is allowed"),
        (("SELECT 1 / name FROM runs",), None, "error: "),
        (("FROM read_csv('/etc/passwd')",), None, "no access to files"),
        ((QUERY, "--json", "--format", "csv"), None, "--json and --format csv contradict"),
        ((QUERY, "--format", "xml"), None, "'xml' is not one of"),
        ((QUERY, "-o", "no/such/x.csv"), None, "There is no folder no/such."),
        ((QUERY, "-o", "runs"), None, "runs is a folder."),
        ((QUERY, "-o", "x.xlsx"), None, "no format has the ending .xlsx.\nhint: There are .csv,"),
        ((QUERY, "--memory", "lots"), None, "'lots' is no size; write 500MB or 2GB."),
        ((QUERY, "--timeout", "0"), None, "0.0 is not in the range x>0"),
        (("--schema", "rnus"), None, 'There is no view "rnus".\nhint: Did you mean "runs"?'),
    ],
)
def test_mistakes_are_explained(
    cli: Cli, store: Path, tmp_path: Path, words: tuple[str, ...], given: str | None, message: str
) -> None:
    (tmp_path / "empty.sql").write_text(" \n")
    (tmp_path / "latin.sql").write_bytes(b"SELECT '\xe9'")
    result = cli("sql", *words, input=given)
    assert result.exit_code in (1, 2)
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_a_mistake_has_its_place(cli: Cli, store: Path) -> None:
    assert "^" in cli("sql", "SELECT 1 + FROM WHERE").stderr


def test_every_format_to_standard_output(cli: Cli, store: Path, tmp_path: Path) -> None:
    assert cli("sql", QUERY, "--format", "csv").stdout == "name,seed\nsvm-0,\nsvm-1,\nsvm-2,\n"
    assert json.loads(cli("sql", QUERY, "--json").stdout)[0] == {"name": "svm-0", "seed": None}
    assert cli("sql", QUERY, "--format", "markdown").stdout.startswith("| name | seed |\n")
    assert "\\toprule" in cli("sql", QUERY, "--format", "latex").stdout
    (tmp_path / "x.parquet").write_bytes(cli("sql", QUERY, "--format", "parquet").stdout_bytes)
    assert duckdb.sql("SELECT count(*) FROM 'x.parquet'").fetchall() == [(3,)]


@pytest.mark.parametrize("ending", ["csv", "json", "md", "tex", "parquet", "txt"])
def test_the_ending_of_the_file_chooses_the_format(
    cli: Cli, store: Path, tmp_path: Path, ending: str
) -> None:
    result = cli("sql", QUERY, "-o", f"answer.{ending}")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"wrote answer.{ending}\n"
    content = (tmp_path / f"answer.{ending}").read_bytes()
    marks = {"csv": b"name,seed", "json": b"[", "md": b"|", "tex": b"%", "parquet": b"PAR1"}
    assert content.startswith(marks.get(ending, b"name"))
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"answer.{ending}", "runs"]


def test_a_failing_query_leaves_the_file_as_it_was(cli: Cli, store: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("before")
    result = cli("sql", "SELECT CAST(name AS INT) FROM runs", "-o", "a.csv")
    assert result.exit_code == 1
    assert "Could not convert string" in result.stderr
    assert (tmp_path / "a.csv").read_text() == "before"


def test_csv_of_strangers_is_exact_in_a_pipe_and_harmless_on_a_screen(
    cli: Cli, store: Path, terminal: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = "SELECT name FROM runs WHERE experiment = 'strange'"
    assert "\x1b" not in cli("sql", query, "--format", "csv").stdout
    monkeypatch.undo()
    rows = list(
        csv.reader(cli("sql", query, "--format", "csv", "--store", store).stdout.split("\n"))
    )
    assert rows[1] == [HOSTILE.replace("\x1b", " ")], "names are cleaned when they are logged"


@pytest.mark.skipif(os.name != "posix", reason="signals")
def test_ctrl_c_stops_a_query(store: Path) -> None:
    # what starts in the background of a shell ignores Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with Store.open(store) as opened:
            timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
            timer.start()
            with pytest.raises(KeyboardInterrupt):
                answer(opened, "SELECT sum(a.range) FROM range(1e12::BIGINT) a", "table", None)
            timer.join()
    finally:
        signal.signal(signal.SIGINT, before)


def test_parquet_is_not_for_a_screen(cli: Cli, store: Path, terminal: None) -> None:
    result = cli("sql", QUERY, "--format", "parquet")
    assert (result.exit_code, "--output answer.parquet" in result.stderr) == (2, True)


def test_long_and_wide_answers_are_cut_on_a_screen_only(cli: Cli, store: Path) -> None:
    columns = ", ".join(f"{n} AS c{n}" for n in range(60))
    text = cli("sql", f"SELECT {columns} FROM range(1500)").stdout
    assert len(text.splitlines()) == 1002
    assert (
        "(1,500 rows, the first 1,000 shown; --format csv writes all; columns that do not" in text
    )
    assert "c50, c51, c52, c53, c54, c55 and 4 more" in text
    csv_text = cli("sql", f"SELECT {columns} FROM range(1500)", "--format", "csv").stdout
    assert len(csv_text.splitlines()) == 1501
    assert csv_text.splitlines()[0].endswith("c59")


def test_schema_explains_every_view(cli: Cli) -> None:
    text = cli("sql", "--schema").stdout
    assert "git_commit" in text and "leaderboard" in text
    (view,) = json.loads(cli("sql", "--schema", "tags", "--json").stdout)
    assert [column["name"] for column in view["columns"]] == ["run_id", "tag", "value", "time"]


def test_schema_fits_forty_columns(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    assert all(len(line) <= 60 for line in cli("sql", "--schema").stdout.splitlines())


def test_portable_views_work_in_a_bare_duckdb(cli: Cli, store: Path) -> None:
    script = cli("sql", "--views").stdout
    database = duckdb.connect()
    database.execute(script)
    found = database.execute("SELECT count(*) FROM runs").fetchall()
    assert found == [(4,)]


def test_views_for_another_engine_come_as_text_or_as_a_list(cli: Cli, store: Path) -> None:
    text = cli("sql", "--views", "--engine", "spark").stdout
    listed = json.loads(cli("sql", "--views", "--engine", "spark", "--json").stdout)
    assert text.startswith("-- The views of runfolio") and "-- For spark" in text
    assert all(f"{sql};" in text for sql in listed)
    assert listed[-1].startswith("CREATE OR REPLACE TEMPORARY VIEW leaderboard AS")


def test_files_name_every_fact_once(cli: Cli, store: Path) -> None:
    lines = cli("sql", "--files").stdout.splitlines()
    found = json.loads(cli("sql", "--files", "--json").stdout)
    assert [each["path"] for each in found["files"]] == [
        str(Path(line).resolve()) for line in lines
    ]
    assert all(each["where"] == "" and each["ranges"] is None for each in found["files"])
    (total,) = json.loads(cli("sql", "SELECT count(*) AS n FROM facts", "--json").stdout)
    assert sum(each["facts"] for each in found["files"]) == total["n"]
    assert found["unsealed"] == {}


def test_what_only_journals_hold_is_told_and_written_to_a_file(cli: Cli, store: Path) -> None:
    writer = Writer(Folder.open(store), "2026-1")
    writer.fact("tag", "late", text="")
    try:
        told = cli("sql", "--files")
        whole = cli("sql", "--files", "--rest", "rest.parquet")
    finally:
        writer.close()
    assert "1 fact of 1 run is only in journals" in told.stderr
    assert whole.stderr == "" and whole.stdout.splitlines()[-1] == "rest.parquet"
    found = duckdb.sql("SELECT run_id, key FROM 'rest.parquet'").fetchall()
    assert found == [("2026-1", "late")]


@pytest.mark.parametrize("rest", ["no/such.parquet", "rest.csv"])
def test_rest_goes_to_a_parquet_file_in_a_folder_that_exists(
    rest: str, cli: Cli, store: Path
) -> None:
    result = cli("sql", "--files", "--rest", rest)
    assert result.exit_code == 2 and rest.split("/")[0] in result.stderr


def test_a_statement_within_limits_is_answered_as_ever(cli: Cli, store: Path) -> None:
    result = cli("sql", QUERY, "--timeout", "60", "--memory", "1GB", "--format", "csv")
    assert result.stdout == cli("sql", QUERY, "--format", "csv").stdout
    assert 'Did you mean "name"' in cli("sql", "SELECT nme FROM runs", "--timeout", "60").stderr


def test_a_statement_that_takes_too_long_is_stopped(cli: Cli, store: Path) -> None:
    endless = "SELECT count(*) FROM range(1e9::BIGINT) a, range(1e9::BIGINT) b WHERE a = b + 1"
    result = cli("sql", endless, "--timeout", "0.3")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("error: The statement took longer than 0.3 s and was stopped.")


def test_sizes() -> None:
    found = {text: size(text) for text in ("1000", "1.5GB", "2 gb", "1GiB", "64k", "10 MB")}
    assert list(found.values()) == [1000, 1_500_000_000, 2 * 10**9, 1 << 30, 64_000, 10_000_000]
    for text in ("", "GB", "-1GB", "1 XB", "1e9"):
        with pytest.raises(ValueError):
            size(text)
