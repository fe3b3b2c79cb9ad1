"""Logging into a bucket: training does not wait, a helper uploads, a kill loses nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runfolio.errors import MissingPackageError, UsageError
from runfolio.query.store import Store
from runfolio.run.start import init
from runfolio.run.trouble import RunfolioWarning
from runfolio.store.mirror import mirror
from runfolio.store.mirrors import mirror_path
from runfolio.store.places import push, reach
from runfolio.store.remote import remote_of

from .conftest import LONG, facts
from .servers import Proxy

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")

TRAINING = """
import sys, time
import runfolio
run = runfolio.init("digits", id=sys.argv[2] or None, store=sys.argv[1], capture=False)
heavy = ("fsspec", "s3fs", "aiohttp", "botocore", "urllib.request", "pyarrow", "duckdb")
print("heavy", [name for name in heavy if name in sys.modules], flush=True)
for step in range(int(sys.argv[3])):
    run.log({"loss": float(step)}, step=step)
run.log_text("contents", "log.txt")
print("logged", flush=True)
if sys.argv[4] == "finish":
    run.finish()
else:
    time.sleep(100)
"""


@pytest.fixture
def train(bucket: str) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts a training that logs into the bucket; it stands still or finishes."""
    started: list[subprocess.Popen[str]] = []

    def begin(run_id: str, end: str = "stay", steps: int = 20) -> subprocess.Popen[str]:
        arguments = [sys.executable, "-c", TRAINING, bucket, run_id, str(steps), end]
        process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        started.append(process)
        return process

    yield begin
    for process in started:
        process.kill()
        process.communicate(timeout=60)
    for helper in helpers_of(bucket):
        os.kill(helper, signal.SIGKILL)


def logged(process: subprocess.Popen[str]) -> None:
    """Wait until the training has said all."""
    assert process.stdout is not None
    assert process.stdout.readline().startswith("heavy")
    assert process.stdout.readline() == "logged\n"


def eventually(check: Callable[[], bool], seconds: float = 60) -> None:
    """Wait for something that another process does."""
    until = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.2)


def helpers_of(address: str) -> list[int]:
    """Pids of the helpers that upload to this address."""
    found = []
    for each in Path("/proc").glob("[0-9]*"):
        try:
            words = (each / "cmdline").read_text("utf-8", "replace").split("\0")
        except OSError:
            continue
        if "runfolio.store.uploading" in words and str(mirror_path(address)) in words:
            found.append(int(each.name))
    return found


def losses(address: str) -> list[tuple[str, float]]:
    """Run and value of every point of a store, by run and step."""
    with Store.open(address) as store:
        assert store.problems == ()
        rows = store.sql("SELECT run_id, value FROM metrics ORDER BY run_id, step").fetchall()
        return [(row[0], row[1]) for row in rows]


def points(run_id: str, steps: int = 20) -> list[tuple[str, float]]:
    return [(run_id, float(step)) for step in range(steps)]


def test_a_finished_run_is_in_the_bucket(
    bucket: str, train: Callable[..., subprocess.Popen[str]], away: Callable[[str], None]
) -> None:
    process = train("done", "finish")
    _, errors = process.communicate(timeout=100)
    assert process.returncode == 0 and errors == ""
    names = remote_of(bucket).entries()
    assert [n for n in names if n.startswith("runs/done/p-")] and any("blobs/" in n for n in names)
    away("reader")
    assert losses(bucket) == points("done")
    with Store.open(bucket) as store:
        assert [row.status for row in store.runs_table()] == ["finished"]


def test_a_new_run_asks_no_network_and_loads_no_library_for_one(
    bucket: str, train: Callable[..., subprocess.Popen[str]], proxy: Proxy
) -> None:
    proxy.plan = lambda number, head: "drop"
    process = train("")
    assert process.stdout is not None
    assert process.stdout.readline() == "heavy []\n"


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_a_killed_run_is_uploaded_by_its_helper(
    bucket: str, train: Callable[..., subprocess.Popen[str]], away: Callable[[str], None]
) -> None:
    process = train("killed")
    logged(process)
    process.kill()
    process.wait(60)
    eventually(lambda: any("runs/killed/p-" in name for name in remote_of(bucket).entries()))
    eventually(lambda: not helpers_of(bucket))
    away("reader")
    assert losses(bucket) == points("killed")
    with Store.open(bucket) as store:
        assert [row.status for row in store.runs_table()] == ["killed"]


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for processes in /proc")
def test_run_and_helper_killed_then_pushed_all_is_there_and_nothing_twice(
    bucket: str,
    train: Callable[..., subprocess.Popen[str]],
    proxy: Proxy,
    away: Callable[[str], None],
) -> None:
    proxy.plan = lambda number, head: "drop" if "PUT" in head else ""
    process = train("killed")
    logged(process)
    eventually(lambda: bool(helpers_of(bucket)))
    (helper,) = helpers_of(bucket)
    os.kill(helper, signal.SIGKILL)
    process.kill()
    process.wait(60)
    assert not [name for name in remote_of(bucket).entries() if "killed" in name]
    proxy.plan = lambda number, head: ""
    sent = push(mirror(bucket))
    assert sent.waiting == () and sent.runs == ("killed",)
    assert push(mirror(bucket)).files == 0
    away("reader")
    assert losses(bucket) == points("killed")


@pytest.mark.skipif(not LONG, reason="the long mode: RUNFOLIO_LONG=1, make faults")
def test_what_a_dead_run_left_goes_with_the_next_run(
    bucket: str,
    train: Callable[..., subprocess.Popen[str]],
    proxy: Proxy,
    away: Callable[[str], None],
) -> None:
    process = train("first")
    logged(process)
    for helper in helpers_of(bucket):
        os.kill(helper, signal.SIGKILL)
    process.kill()
    process.wait(60)
    train("second", "finish").communicate(timeout=100)
    away("reader")
    assert losses(bucket) == [*points("first"), *points("second")]


def test_what_is_not_uploaded_in_time_is_said_with_what_to_do(
    bucket: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNFOLIO_UPLOAD_WAIT", "1")
    proxy.plan = lambda number, head: "drop"
    run = init("digits", id="slow", store=bucket, capture=False)
    run.log({"loss": 1.0}, step=0)
    with pytest.warns(RunfolioWarning, match="not uploaded yet") as caught:
        run.finish()
    said = str(caught[0].message)
    assert f"runfolio push --store {bucket}" in said and "Nothing is lost" in said
    assert "example-secret-value" not in said
    for helper in helpers_of(bucket):
        os.kill(helper, signal.SIGKILL)
    proxy.plan = lambda number, head: ""
    push(mirror(bucket))
    assert losses(bucket) == [("slow", 1.0)]


@pytest.mark.skipif(not LONG, reason="the long mode: RUNFOLIO_LONG=1, make faults")
def test_a_running_run_is_seen_elsewhere(
    bucket: str,
    train: Callable[..., subprocess.Popen[str]],
    away: Callable[[str], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("RUNFOLIO_UPLOAD_SECONDS", "0.3")
    process = train("live")
    logged(process)
    away("reader")

    def all_there() -> bool:
        try:
            return losses(bucket) == points("live")
        except Exception:  # no store there yet
            return False

    eventually(all_there)
    with Store.open(bucket) as store:
        assert [row.status for row in store.runs_table()] in (["running"], ["stalled"])


@pytest.mark.skipif(not LONG, reason="the long mode: RUNFOLIO_LONG=1, make faults")
def test_a_run_goes_on_on_another_machine(
    bucket: str, train: Callable[..., subprocess.Popen[str]], away: Callable[[str], None]
) -> None:
    train("both", "finish", steps=3).communicate(timeout=100)
    away("other")
    with init(id="both", resume=True, store=bucket, capture=False) as run:
        assert run.resumed and run.experiment == "digits"
        run.log({"loss": 3.0})
    away("reader")
    assert losses(bucket) == points("both", 4)
    assert len({row["writer"] for row in facts(reach(bucket))}) == 2


def test_addresses_that_cannot_be_logged_into(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match="can only be read"):
        init(store="https://example.org/runs", capture=False)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="fsspec"):
        init(store="s3://bucket/runs", capture=False)
