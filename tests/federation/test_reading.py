"""What is read of other stores and of published sites, and what is refused."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from runfolio.config import Config
from runfolio.federation.limits import Budget, RefusedError
from runfolio.federation.places import UnreachableError, Web
from runfolio.federation.reading import Answer, Task, read_source, site_roots
from runfolio.query.store import Store
from runfolio.site.build import build

from .conftest import LONG, MakeStore

TOLD = 'run_id, name, experiment, "group", status, started, ended, seconds, tags, points, seed'
ASKED = (
    f"SELECT {TOLD}, exit_code, error, note, origin FROM runs ORDER BY run_id",
    "SELECT run_id, key, text, number, type FROM params ORDER BY ALL",
    "SELECT run_id, key, step, value, time, seconds FROM metrics ORDER BY ALL",
    "SELECT * FROM summary ORDER BY ALL",
    "SELECT run_id, name, role, digest, rows, size FROM datasets ORDER BY ALL",
)


def read(where: str | Path, out: Path, **more: Any) -> Answer:
    return read_source(Task("lab-b", str(where), str(out), **more))


def told(path: Path) -> list[str]:
    with Store.open(path, index=False) as store:
        assert store.problems == ()
        return [str(store.sql(sql).fetchall()) for sql in ASKED]


def test_a_published_site_tells_the_runs_as_its_store_does(
    lab: Path, serve: Callable[..., str], tmp_path: Path
) -> None:
    root = serve(lab)
    answer = read(f"{root}results/data/", tmp_path / "out", private=True)
    assert (answer.kind, answer.runs, answer.left) == ("site", 2, ())
    assert answer.site == f"{root}results/"
    assert not answer.public, "who says private says that not everybody can read it"
    sums = (lab / "results" / "data" / "SHA256SUMS").read_bytes()
    assert answer.digest == hashlib.sha256(sums).hexdigest(), "as its data page tells it"
    assert told(tmp_path / "out") == told(lab / "runs")
    with Store.open(tmp_path / "out", index=False) as store:
        environment = store.run("wide-net").environment
        assert environment["packages"] == {"torch": "3.1"}
        assert "cwd" not in environment["host"], "a folder of their machine is not published"
        assert store.run("deep-net").run.parent == "wide-net"
    again = read(f"{root}results/", tmp_path / "again", private=True, known=answer.state)
    assert again.kind == "same" and not (tmp_path / "again").exists()


def test_what_was_training_when_it_was_read_is_running_as_of_then(
    make_store: MakeStore, tmp_path: Path
) -> None:
    theirs = make_store(tmp_path / "runs")
    theirs.run("live", metrics={"loss": [0.5, 0.4]}, end=None, stay=True)
    theirs.run("lost", end=None)
    build(Config(store=theirs.path, out=tmp_path / "site"))
    for name, living in (("runs", 1), ("site", 0)):
        answer = read(tmp_path / name, tmp_path / f"{name}-copy")
        assert answer.living == living
        with Store.open(tmp_path / f"{name}-copy") as store:
            rows = store.sql("SELECT run_id, status FROM runs ORDER BY run_id").fetchall()
            assert rows[0] == ("live", "running") and rows[1][1] != "running"
            (seen,) = store.sql(
                "SELECT max(last_seen) FROM sessions WHERE run_id = 'live'"
            ).fetchall()
            assert seen >= store.sql("SELECT max(time) FROM metrics").fetchall()[0]
    theirs.close()


def test_another_store_is_read_with_what_its_filter_says(
    make_store: MakeStore, tmp_path: Path
) -> None:
    theirs = make_store(tmp_path / "theirs")
    use = '{"type": "model", "run": "ours", "path": "m.pt", "digest": "0"}'
    odd = '{"digest": "../../etc/passwd", "type": "file"}'
    theirs.run(
        "a",
        tags=["good"],
        identity={"parent": "ours"},
        facts=[
            ("model", "digits", None, None, '{"artifact": "m.pt", "digest": "0"}'),
            ("use", "digits", None, 1.0, use),
            ("artifact", "x", None, 1.0, odd),
            ("note", "deep", None, None, "[" * 5000),
            ("dataset", "deep", None, None, '{"schema": ' + "[" * 5000),
        ],
    )
    theirs.run("b")
    answer = read(theirs.path, tmp_path / "out", filter="tag:good")
    assert (answer.kind, answer.runs, answer.contents) == ("store", 1, str(theirs.path))
    with Store.open(tmp_path / "out", index=False) as store:
        view = store.run("a")
        assert view.run.parent is None, "that run is none of theirs"
        assert [model.name for model in view.models] == ["lab-b/digits"]
        assert [(use.name, use.origin) for use in view.uses] == [("lab-b/digits", None)]
        assert view.artifacts[0].digest is None
    assert read(theirs.path, tmp_path / "no", known=answer.state).kind == "same"


def damaged(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-200])


def flipped(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for at in range(40, len(data) // 2, 97):
        data[at] ^= 0xFF
    path.write_bytes(data)


def with_column(name: str, values: pa.Array) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        table = pq.read_table(path)
        at = table.schema.get_field_index(name)
        pq.write_table(table.set_column(at, name, values), path)

    return change


def without(name: str) -> Callable[[Path], None]:
    return lambda path: pq.write_table(pq.read_table(path).drop_columns([name]), path)


def nested(path: Path) -> None:
    pq.write_table(pa.table({"run_id": pa.array([[["a"]]] * 2)}), path)


def brotli(path: Path) -> None:
    pq.write_table(pq.read_table(path), path, compression="brotli")


DAY = 86_400_000_000
LATER = pa.array([int(time.time() * 1e6) + 9 * DAY] * 2, pa.timestamp("us"))
EARLY = pa.array([-DAY] * 2, pa.timestamp("us"))
HARM: dict[str, tuple[str, Callable[[Path], None], str]] = {
    "cut": ("runs", damaged, "no whole Parquet file|cannot be understood"),
    "flipped": ("metrics", flipped, "no whole Parquet file|cannot be understood"),
    "no id": ("runs", with_column("run_id", pa.array(["../../x", "a"])), "'../../x' is no run id"),
    "twice": ("runs", with_column("run_id", pa.array(["a", "a"])), "the run a is there twice"),
    "null id": ("runs", with_column("run_id", pa.array([None, "a"])), "'None' is no run id"),
    "number as name": (
        "runs",
        with_column("name", pa.array([1, 2])),
        "'name' is of the type int64",
    ),
    "lists": ("runs", with_column("name", pa.array([["a"], ["b"]])), "'name' is of the type list"),
    "no status": ("runs", with_column("status", pa.array(["ok", "ok"])), "'ok' is no status"),
    "future": ("runs", with_column("started", LATER), "still to come"),
    "past": ("runs", with_column("started", EARLY), "before 1970"),
    "lacks": ("params", without("key"), "'key' is missing"),
    "other table": ("params", nested, "'key' is missing|'number' is missing|is missing"),
    "long text": (
        "runs",
        with_column("note", pa.array(["x" * 5_000_000, ""])),
        "a text in the column 'note' is too long",
    ),
    "codec": ("runs", brotli, "the codec brotli is not allowed"),
}


@pytest.mark.parametrize("harm", HARM)
def test_a_file_that_is_not_as_it_should_be_is_refused_by_name(
    harm: str, copied: Path, tmp_path: Path
) -> None:
    table, change, reason = HARM[harm]
    file = copied / "data" / f"{table}.parquet"
    old = hashlib.sha256(file.read_bytes()).hexdigest()
    change(file)
    with pytest.raises(RefusedError, match="not the one that the list") as refused:
        read(copied, tmp_path / "out")
    sums = copied / "data" / "SHA256SUMS"
    sums.write_text(sums.read_text().replace(old, hashlib.sha256(file.read_bytes()).hexdigest()))
    with pytest.raises(RefusedError, match=reason) as refused:
        read(copied, tmp_path / "out")
    assert refused.value.message.startswith(f"data/{table}.parquet: ")
    assert not (tmp_path / "out").exists(), "nothing half is left"


def test_a_list_that_names_other_files_leads_nowhere(copied: Path, tmp_path: Path) -> None:
    sums = copied / "data" / "SHA256SUMS"
    sums.write_text(f"{'0' * 64}  ../../secret\n" + "x" * 100 + "\n")
    with pytest.raises(RefusedError, match=r"does not name runs\.parquet"):
        read(copied, tmp_path / "out")
    sums.write_text("x" * 2_000_000)
    with pytest.raises(RefusedError, match="more than 1,000,000 bytes"):
        read(copied, tmp_path / "out")
    (copied / "data" / "SHA256SUMS").unlink()
    (copied / "data" / "SHA256SUMS").symlink_to(copied / "data" / "runs.csv")
    with pytest.raises(RefusedError):
        read(copied, tmp_path / "out")


@LONG
def test_points_come_run_by_run_where_no_file_has_all(
    lab: Path, copied: Path, tmp_path: Path
) -> None:
    sums = copied / "data" / "SHA256SUMS"
    kept = [line for line in sums.read_text().splitlines() if "metrics.parquet" not in line]
    sums.write_text("\n".join(kept))
    (copied / "data" / "runs").mkdir()
    one = lab / "results" / "data" / "runs" / "wide-net.parquet"
    (copied / "data" / "runs" / one.name).write_bytes(one.read_bytes())
    answer = read(copied, tmp_path / "out")
    assert answer.left == ("the points of 1 runs, which are not published",)
    with Store.open(tmp_path / "out", index=False) as store:
        assert {run.run_id: run.points for run in store.runs_table()} == {
            "wide-net": 8,
            "deep-net": 0,
        }


class _Hostile(SimpleHTTPRequestHandler):
    """Redirects inside, drips, never ends, compresses."""

    def log_message(self, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        kind = self.path.rpartition("/")[2]
        if kind in ("file", "ftp", "meta"):
            inside = {"file": "file:///etc/passwd", "ftp": "ftp://127.0.0.1/x"}
            self.send_response(302)
            self.send_header("Location", inside.get(kind, "http://169.254.169.254/latest"))
            self.end_headers()
            return
        if kind == "loop":
            self.send_response(302)
            self.send_header("Location", self.path)
            self.end_headers()
            return
        self.send_response(200)
        if kind == "zip":
            self.send_header("Content-Encoding", "gzip")
        if kind == "short":
            self.send_header("Content-Length", "100")
        self.end_headers()
        piece, pause = (b"x", 0.05) if kind == "drip" else (b"x" * 65536, 0.0)
        try:
            for _ in range(1 if kind == "short" else 200):
                self.wfile.write(piece if kind != "short" else b"few")
                self.wfile.flush()
                time.sleep(pause)
        except OSError:
            return


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("file", "302"),
        ("ftp", "no https address"),
        ("drip", "too long to come"),
        ("endless", "more than may be fetched"),
        ("zip", "compressed"),
        ("short", "97 bytes did not come"),
        ("loop", "302"),
    ],
)
def test_answers_of_a_hostile_server_are_refused(
    serve: Callable[..., str], kind: str, error: str
) -> None:
    web = Web(serve(handler=_Hostile), Budget.of(1, 0.4), private=True)
    with pytest.raises((RefusedError, UnreachableError), match=error):
        web.read(kind, 10_000_000)


def test_nobody_is_led_to_this_machine_or_a_private_network(serve: Callable[..., str]) -> None:
    root = serve(handler=_Hostile)
    with pytest.raises(RefusedError, match="no https address"):
        Web(root, Budget.of(1))
    for host in (
        "127.0.0.1",
        "[::1]",
        "localhost",
        "10.0.0.8",
        "[::ffff:10.0.0.8]",
        "169.254.169.254",
    ):
        with pytest.raises(RefusedError, match="in a private network"):
            Web(f"https://{host}:1/", Budget.of(1)).read("x", 10)
    with pytest.raises(RefusedError, match="a user or a password"):
        Web("https://ada:secret@example.org/", Budget.of(1))


def test_the_root_of_a_site_is_found_from_its_pages_and_data() -> None:
    assert site_roots("https://x.org/a/index.html") == ["https://x.org/a/"]
    assert site_roots("https://x.org") == ["https://x.org/"]
    assert site_roots("https://x.org/a/data/") == ["https://x.org/a/", "https://x.org/a/data/"]
