"""Push to a bucket, pull from it: only adds, twice changes nothing, whatever the network does."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from runfolio.errors import (
    MissingPackageError,
    StoreError,
    StoreNotFoundError,
    StoreVersionError,
    UsageError,
)
from runfolio.query.store import Store
from runfolio.store import remote as remotes
from runfolio.store.blobs import open_blob, put_bytes
from runfolio.store.folder import Folder
from runfolio.store.mirrors import address_of, mirror_path
from runfolio.store.places import pull, push, reach
from runfolio.store.remote import remote_of
from runfolio.store.verify import verify

from .conftest import facts, log
from .servers import Proxy

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


def there(address: str) -> dict[str, int]:
    """Names and sizes of the files of a store in a bucket."""
    return {text: entry.size for text, entry in remote_of(address).entries().items()}


def test_what_was_pushed_is_read_elsewhere(
    bucket: str, local: Folder, away: Callable[[str], None]
) -> None:
    blob = put_bytes(local, b"contents")
    pushed = push(local, bucket)
    assert pushed.runs == ("r0", "r1", "r2") and pushed.waiting == ()
    assert "runs/r0" in " ".join(there(bucket)) and not any(".rfj" in n for n in there(bucket))
    away("reader")
    folder = reach(bucket)
    assert facts(folder) == facts(local)
    assert not folder.blob_path(blob.digest).exists()  # contents come when they are asked for
    with open_blob(folder, blob.digest) as file:
        assert file.read() == b"contents"
    with Store.open(bucket) as store:
        assert len(store.run_ids()) == 3


def test_twice_changes_nothing_and_costs_few_requests(
    bucket: str, local: Folder, proxy: Proxy
) -> None:
    push(local, bucket)
    before = there(bucket)
    done = len(proxy.requests)
    again = push(local, bucket)
    assert (again.files, again.runs) == (0, ()) and there(bucket) == before
    assert not [head for head in proxy.requests[done:] if head.startswith("PUT")]
    reach(bucket)
    done = len(proxy.requests)
    reach(bucket)
    fetched = [head for head in proxy.requests[done:] if ".parquet" in head or ".rfj" in head]
    assert fetched == []


def test_two_machines_push_to_one_place_and_both_see_all(
    bucket: str, local: Folder, tmp_path: Path, away: Callable[[str], None]
) -> None:
    other = Folder.create(tmp_path / "other")
    log(other, "r0", points=5)  # the same run, by a writer of its own
    log(other, "r9")
    both = [threading.Thread(target=push, args=(folder, bucket)) for folder in (local, other)]
    for each in both:
        each.start()
    for each in both:
        each.join(120)
    pull(local, bucket)
    pull(other, bucket)
    assert facts(local) == facts(other)
    assert {row["run_id"] for row in facts(local)} == {"r0", "r1", "r2", "r9"}
    marker = remote_of(bucket).marker()
    assert marker is not None and marker["store"]


def test_a_living_run_is_sent_again_as_it_grows(
    bucket: str, local: Folder, away: Callable[[str], None]
) -> None:
    from runfolio.store.writer import Writer

    with Writer(local, "live") as writer:
        for step in range(3):
            writer.points(step, ("loss",), [1.0])
            push(local, bucket)
            away(f"reader{step}")
            assert [row["step"] for row in facts(reach(bucket)) if row["run_id"] == "live"] == [
                *range(step + 1)
            ]
    push(local, bucket)
    assert facts(reach(bucket)) == facts(local)  # the part took over from the journal


def test_a_small_number_of_runs_alone(bucket: str, local: Folder, tmp_path: Path) -> None:
    assert push(local, bucket, runs=["r1"]).runs == ("r1",)
    target = Folder.create(tmp_path / "target")
    push(local, bucket)
    assert pull(target, bucket, runs=["r2"]).runs == ("r2",)


def test_other_contents_under_one_name_are_kept_beside(
    bucket: str, tmp_path: Path, away: Callable[[str], None]
) -> None:
    from runfolio.store.writer import Writer

    stores = []
    for number in (1, 2):
        folder = Folder.create(tmp_path / f"s{number}")
        with Writer(folder, "run", writer_id="00000000000a") as writer:
            writer.points(0, ("loss",), [float(number)])
            writer.fact("note", "", text="x" * number)
        stores.append(folder)
    push(stores[0], bucket)
    assert push(stores[0], bucket).conflicts == ()
    clash = push(stores[1], bucket)
    assert len(clash.conflicts) == 1
    assert push(stores[1], bucket).conflicts == clash.conflicts
    came = pull(stores[1], bucket)
    assert len(came.conflicts) == 1
    assert [p.code for p in verify(stores[1]).problems] == ["conflict"]
    away("reader")
    assert facts(reach(bucket)) == facts(stores[0])


@pytest.mark.parametrize("fault", ["500", "drop", "cut", "late"])
def test_a_bad_network_loses_nothing_and_doubles_nothing(
    bucket: str, local: Folder, proxy: Proxy, away: Callable[[str], None], fault: str
) -> None:
    """Every fourth request fails, each once; "late" is a timeout after the server has done it."""
    put_bytes(local, b"x" * 300_000)
    seen: set[str] = set()

    def plan(number: int, head: str) -> str:
        first = head not in seen
        seen.add(head)
        wanted = "PUT" in head if fault == "late" else number % 4 == 1
        few = len(proxy.broken) < (2 if fault == "late" else 20)
        return fault if first and wanted and few else ""

    proxy.plan = plan
    assert push(local, bucket).waiting == ()
    away("reader")
    folder = reach(bucket, blobs=True)
    assert proxy.broken
    assert facts(folder) == facts(local)
    assert verify(folder).ok
    proxy.plan = lambda number, head: ""
    before = there(bucket)
    again = push(local, bucket)
    assert again.files == 0 and again.conflicts == () and there(bucket) == before


def test_a_place_that_does_not_answer_is_told_in_one_line(
    bucket: str, local: Folder, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remotes, "patiently", lambda call: call())
    proxy.plan = lambda number, head: "drop"
    for ask in (lambda: push(local, bucket), lambda: reach(bucket)):
        with pytest.raises(StoreError) as caught:
            ask()
        assert "\n" not in caught.value.message and bucket in caught.value.message
        assert "example-secret-value" not in caught.value.message + caught.value.hint


def test_no_store_no_bucket_and_a_newer_store(bucket: str, local: Folder, tmp_path: Path) -> None:
    with pytest.raises(StoreNotFoundError, match="no store at s3://"):
        reach(bucket)
    with pytest.raises(StoreError, match="bucket"):
        push(local, "s3://no-such-bucket-anywhere/x")
    newer = tmp_path / "marker"
    newer.write_text('{"format": 2, "store": "x"}')
    remote_of(bucket).send("runfolio.json", newer)
    before = there(bucket)
    for ask in (lambda: reach(bucket), lambda: push(local, bucket), lambda: pull(local, bucket)):
        with pytest.raises(StoreVersionError, match="format 2"):
            ask()
    assert there(bucket) == before


def test_another_store_at_the_same_address_is_not_mixed_with_the_first(
    bucket: str, local: Folder, tmp_path: Path
) -> None:
    push(local, bucket)
    reach(bucket)
    other = tmp_path / "marker"
    other.write_text('{"format": 1, "store": "another"}')
    remote_of(bucket).send("runfolio.json", other, new=False)
    with pytest.raises(StoreError, match="another store now"):
        reach(bucket)


def test_hostile_names_in_a_bucket_are_not_taken(
    bucket: str, local: Folder, tmp_path: Path, away: Callable[[str], None]
) -> None:
    push(local, bucket)
    evil = tmp_path / "evil"
    evil.write_text("evil")
    remote = remote_of(bucket)
    for name in ("runs/../../../x.parquet", "runs/r0/../../p", "/etc/x", "runs/r0/a\\b", "bin/sh"):
        remote.send(name, evil)
    away("reader")
    assert facts(reach(bucket)) == facts(local)
    found = {p.name for p in tmp_path.rglob("*") if p.is_file() and p.read_bytes() == b"evil"}
    assert found == {"evil"}


def test_a_damaged_file_there_is_not_taken(
    bucket: str, local: Folder, tmp_path: Path, away: Callable[[str], None]
) -> None:
    push(local, bucket)
    (name,) = [name for name in there(bucket) if name.startswith("runs/r1/")]
    data = bytearray((local.path / name).read_bytes())
    data[len(data) // 2] ^= 4
    bad = tmp_path / "bad"
    bad.write_bytes(data)
    remote_of(bucket).send(name, bad, new=False)
    target = Folder.create(tmp_path / "target")
    found = pull(target, bucket)
    assert [(p.code, p.path) for p in found.problems] == [("part-damaged", name)]
    assert {row["run_id"] for row in facts(target)} == {"r0", "r2"}


@pytest.mark.parametrize(
    "address",
    [
        "s3://key:secret@bucket/x",
        "https://user:secret@example.org/x",
        "https://example.org/x?token=secret",
        "http://example.org/x",
        "ftp://example.org/x",
        "s3://bucket/../x",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    with pytest.raises(UsageError) as caught:
        address_of(address)
    assert "secret" not in caught.value.message + caught.value.hint


def test_a_path_that_was_made_of_an_address_is_understood() -> None:
    assert address_of(Path("s3://bucket/runs")) == address_of("s3://bucket/runs/")
    assert address_of("runs") == address_of("./a:b") == address_of("C:/runs") == ""


def test_a_foreign_marker_cannot_name_an_address(tmp_path: Path) -> None:
    folder = Folder.create(tmp_path / "theirs")
    marker = folder.path / "runfolio.json"
    marker.write_text('{"format": 1, "store": "x", "origin": "https://example.org/x"}')
    assert Folder.open(folder.path).origin == ""
    assert mirror_path("https://example.org/x") != folder.path


def test_without_the_library_one_line_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    import importlib.util

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(MissingPackageError, match="needs the package fsspec") as caught:
        remote_of("s3://bucket/runs")
    assert caught.value.hint == "pip install 'runfolio[remote]'"
