"""SQL of strangers: stopped in time, kept in its memory, and kept away from everything else."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from runfolio.config import Config, LeaderboardConfig
from runfolio.errors import QueryError, RunfolioError
from runfolio.query import sandbox
from runfolio.query.sandbox import Sandbox
from runfolio.query.store import Store
from runfolio.store.folder import Folder

from .factory import log_run

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits memory")


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    folder = Folder.create(tmp_path_factory.mktemp("sandbox") / "runs")
    for index, value in enumerate((0.5, 0.9)):
        log_run(folder, f"r{index}", params={"lr": index}, metrics={"acc": [value]})
    board = LeaderboardConfig(name="mine", metric="acc", slug="mine", title="Mine", columns=("lr",))
    with Store.open(folder.path, Config(leaderboards=(board,))) as opened:
        yield opened


@pytest.fixture(scope="module")
def box(store: Store) -> Iterator[Sandbox]:
    with Sandbox(store, seconds=60, memory=500_000_000) as opened:
        yield opened


def test_answers_are_those_of_the_store(store: Store, box: Sandbox) -> None:
    for query in (
        "SELECT run_id, key, value, time FROM metrics ORDER BY run_id",
        "SELECT * FROM leaderboard('mine')",
        'SELECT run_id, "params.lr" FROM wide ORDER BY run_id',
        "SELECT count(*) AS n, 'read_csv(' AS text FROM range(10)",
    ):
        assert box.answer(query).equals(store.sql(query).to_arrow_table()), query


@pytest.mark.parametrize(
    ("query", "message", "hint"),
    [
        ("SELECT nam FROM runs", 'Referenced column "nam" not found', 'Did you mean "name"'),
        ("SELECT 1 / name FROM runs", "", ""),
        ("SELECT CAST(name AS INT) FROM runs", "Could not convert", ""),
        ("SELECT error('boom' || chr(10) || 'x')", "boom", ""),
        ("", "Only one SELECT is allowed", ""),
    ],
)
def test_mistakes_are_explained_as_ever(box: Sandbox, query: str, message: str, hint: str) -> None:
    with pytest.raises(QueryError) as found:
        box.answer(query)
    assert message in found.value.message and hint in found.value.hint


#: What a stranger may try (the probes of DuckDB's own limits, and functions that tell too much).
PROBES = [
    "SELECT 1; SELECT 2", "INSERT INTO runs SELECT * FROM runs", "UPDATE runs SET name = 'x'",
    "DELETE FROM runs", "DROP TABLE runs", "CREATE TABLE t AS SELECT 1", "TRUNCATE runs",
    "ALTER TABLE runs ADD COLUMN x INT", "WITH x AS (INSERT INTO runs DEFAULT VALUES) SELECT 1",
    "COPY runs TO 'out.csv'", "COPY runs TO '/tmp/out.parquet'", "COPY runs FROM '/etc/passwd'",
    "EXPORT DATABASE 'out'", "IMPORT DATABASE 'out'", "ATTACH 'other.db'", "ATTACH ':memory:' AS m",
    "DETACH memory", "USE memory", "INSTALL httpfs", "LOAD httpfs", "CHECKPOINT", "VACUUM",
    "SET memory_limit = '1TB'", "SET enable_external_access = true", "RESET threads",
    "SET VARIABLE x = 1", "PRAGMA database_list", "CALL pragma_version()", "PREPARE p AS SELECT 1",
    "EXECUTE p", "BEGIN TRANSACTION", "EXPLAIN ANALYZE COPY runs TO 'out.csv'",
    "CREATE MACRO f() AS 1", "CREATE SECRET (TYPE s3)", "FROM '/etc/passwd'", "FROM 'runs.csv'",
    "FROM read_csv('/etc/passwd')", "FROM read_text('/etc/passwd')",
    "FROM read_blob('/etc/passwd')",
    "FROM read_parquet('runs/*/*.parquet')", "FROM read_json('../x.json')", "FROM glob('/*')",
    'SELECT * FROM "read_csv"(\'/etc/passwd\')', "FROM main.read_csv_auto('/etc/passwd')",
    "FROM parquet_metadata('x.parquet')", "FROM sniff_csv('/etc/passwd')",
    "FROM read_csv('https://example.org/x.csv')", "FROM 's3://bucket/x.parquet'",
    "FROM duckdb_settings()", "FROM duckdb_settings", "FROM duckdb_extensions()",
    "FROM duckdb_secrets()", "FROM duckdb_databases()", "FROM duckdb_logs", "FROM pragma_version()",
    "FROM pragma_table_info('runs')", "FROM pg_catalog.pg_class", "FROM sqlite_master",
    "FROM information_schema.tables", "SELECT current_setting('secret_directory')",
    "SELECT getenv('HOME')", "SELECT getvariable('x')", "SELECT write_log('x')",
    "FROM which_secret('a', 's3')", "FROM query('SELECT 1')", "FROM query_table('runs')",
    "FROM json_execute_serialized_sql('{}')", "FROM arrow_scan(1::POINTER, 2::POINTER, 3::POINTER)",
    "FROM python_map_function(1)", "FROM pandas_scan(1)", "FROM given", "FROM internal.log_",
    "FROM test_all_types()", "FROM storage_info('runs')", "FROM platform()",
    "FROM force_checkpoint()",
]  # fmt: skip


@pytest.mark.parametrize("query", PROBES)
def test_nothing_but_a_select_over_the_views(box: Sandbox, query: str) -> None:
    with pytest.raises(QueryError):
        box.answer(query)
    assert not list(Path().glob("out*"))


def test_functions_of_new_versions_of_duckdb_are_refused_until_someone_has_looked() -> None:
    from runfolio.query.sandbox_child import refuse

    known = frozenset({"read_csv", "brand_new_reader", "range"})
    refuse("SELECT brand_new_reader FROM range(3)", known)  # a column may be called so
    with pytest.raises(QueryError, match="brand_new_reader is not allowed"):
        refuse("SELECT * FROM Brand_New_Reader ('x')", known)


# --- time and memory ----------------------------------------------------------------------------


ENDLESS = [
    "SELECT count(*) FROM range(1e9::BIGINT) a, range(1e9::BIGINT) b WHERE a.range = -b.range",
    "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n FROM t) SELECT count(*) FROM t",
    "SELECT sum(length(lpad('x', 20000000, 'y') || range)) FROM range(100000)",
]


def test_what_never_ends_is_stopped(store: Store) -> None:
    with Sandbox(store, seconds=0.3, memory=None) as small:
        for query in ENDLESS:
            small._ready()  # opening the store does not count
            start = time.monotonic()
            with pytest.raises(QueryError, match=r"longer than 0.3 s and was stopped"):
                small.answer(query)
            assert time.monotonic() - start < 20


@linux
def test_what_takes_too_much_memory_is_stopped_and_the_next_one_is_answered(store: Store) -> None:
    with Sandbox(store, seconds=60, memory=200_000_000) as small:
        for query in (
            "SELECT repeat('x', 2000000000) AS bomb",
            "SELECT list(range) FROM range(1000000000)",
        ):
            with pytest.raises(QueryError, match="more memory than 200 MB"):
                small.answer(query)
        assert small.answer("SELECT 1 AS one").to_pylist() == [{"one": 1}]


def test_one_answer_without_a_sandbox_of_ones_own(store: Store) -> None:
    table = sandbox.answer(store, "SELECT name FROM runs ORDER BY name", seconds=60)
    assert table["name"].to_pylist() == ["r0", "r1"]


def test_a_store_that_cannot_be_opened_is_said(store: Store, tmp_path: Path) -> None:
    gone = SimpleNamespace(path=tmp_path / "gone", config=Config(), as_of=None, origins={})
    with Sandbox(gone) as box, pytest.raises(RunfolioError, match="There is no store"):
        box.answer("SELECT 1")


@pytest.mark.skipif(os.name != "posix", reason="pipes")
def test_the_process_ends_with_the_one_that_asked() -> None:
    child = subprocess.Popen(
        [sys.executable, "-P", "-m", "runfolio.query.sandbox_child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    assert child.stdin is not None
    child.stdin.close()
    assert child.wait(60) == 0
