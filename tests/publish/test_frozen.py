"""Snapshots for others stay what they were, and no publish takes one away that nobody removed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from runfolio.config import Config
from runfolio.config.publishing import PublishConfig
from runfolio.errors import PublishError, UnsafeError
from runfolio.publish.elsewhere import to_folder
from runfolio.publish.frozen import public_snapshots, refuse_lost
from runfolio.publish.gate import named
from runfolio.publish.tree import site_files
from runfolio.query.frozen import FrozenSource
from runfolio.query.snapshots import take
from runfolio.query.store import Store
from runfolio.store.writer import Writer
from tests.conftest import START_NS, Clock, StoreMaker

NOW = datetime(2026, 11, 21)


def test_a_snapshot_for_others_has_what_was_for_them_then(store: StoreMaker) -> None:
    host = {"host": {"user": "grace", "host": "deep-thought"}}
    store.run("a", metrics={"loss": [1.0], "secret": [3.0]}, tags=["paper"], sections=host)
    store.run("b", metrics={"loss": [2.0]})
    wish = PublishConfig(filter="tag:paper", hide=("metric:secret",))
    config = Config(store=store.path, publish=wish)
    take(store.folder, config, "v1", NOW, note="by grace, on deep-thought", doi="10.1234/x")

    def source(wish: PublishConfig) -> FrozenSource:
        wanted = Config(store=store.path, publish=wish)
        with Store.open(store.path) as opened:
            people = named(opened)
        return public_snapshots(store.folder, wanted, people).sources[0]

    first = source(wish)
    seen, digest = first.open()
    assert {each.run_id for each in seen.sessions} == {"a"}
    assert "secret" not in seen.facts()["key"].to_pylist()
    assert first.note == "by user, on host" and first.doi == "10.1234/x" and not first.digest
    writer = Writer(store.folder, "a", clock=Clock(START_NS + 10**15), writer_id="e" * 12)
    writer.fact("untag", "paper")
    writer.close()
    again = source(wish)
    assert again.key == first.key and again.open()[1] == digest
    blind = source(PublishConfig(anonymous=True))
    assert blind.doi == "" and blind.open()[1] != digest and "grace" not in blind.note


@pytest.fixture
def publishes(make_site: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    """Publish a site that shows these snapshots into a folder; ``removed`` are those let go."""

    def publish(*names: str, removed: tuple[str, ...] = ()) -> Path:
        site = make_site({f"snapshots/{name}/index.html": name for name in names} or {"x": "x"})
        manifest = site / "runfolio-site.json"
        said = json.loads(manifest.read_text())
        shown = {name: ["key", {"state": ""}, []] for name in names}
        said["keys"] = {"snapshots": shown, "snapshots-removed": list(removed)}
        manifest.write_text(json.dumps(said))
        to_folder(site_files(site), tmp_path / "out")
        return tmp_path / "out/snapshots"

    return publish


def test_what_is_published_stays_until_it_is_removed(publishes: Callable[..., Path]) -> None:
    there = publishes("v1", "v2")
    with pytest.raises(UnsafeError, match=r"does not know: v1\. Nothing was published"):
        publishes("v2")
    assert (there / "v1/index.html").exists()
    publishes("v2", removed=("v1",))
    assert not (there / "v1/index.html").exists() and (there / "v2/index.html").exists()


def test_one_that_cannot_be_rebuilt_stops_a_publish_and_a_purged_one_does_not(
    tmp_path: Path,
) -> None:
    manifest = tmp_path / "runfolio-site.json"

    def made(**told: object) -> None:
        manifest.write_text(json.dumps({"keys": {"snapshots": {"v1": ["", told, []]}}}))
        refuse_lost(manifest)

    made(state="", purged=False)
    made(state="kept")
    made(state="gone", purged=True)
    with pytest.raises(PublishError, match="v1 can no longer be rebuilt"):
        made(state="gone", purged=False)
