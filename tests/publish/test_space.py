"""A site in a Hugging Face Space, through the Hub's own client, to a small hub on loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.errors import PublishError, UnsafeError
from runfolio.publish.hosts import space_card
from runfolio.publish.live import manifest_in
from runfolio.publish.space import to_space
from runfolio.publish.tree import MANIFEST, site_files

from . import hub as hubs

# The Hub's client speaks to its own library for http as that one will not have it for long.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

PLACE = "hf://spaces/lab/digits"
PAGES = {"index.html": "<p>1", "data/runs.parquet": "PAR1…", "assets/a b.css": "x", "_x/.y": ""}

Site = Callable[..., dict[str, Path]]


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[hubs.Hub]:
    from huggingface_hub import constants

    started = hubs.serve()
    monkeypatch.setenv("HF_ENDPOINT", started.address)
    monkeypatch.setenv("HF_TOKEN", hubs.TOKEN)
    # The stand-in has large files the older way; Xet's own protocol is not one of a page.
    monkeypatch.setattr(constants, "HF_HUB_DISABLE_XET", True)
    yield started
    started.shutdown()
    started.server_close()


@pytest.fixture
def site(make_site: Callable[..., Path], tmp_path: Path) -> Site:
    """The files of a site and its card, as publish has them."""

    def make(pages: dict[str, str]) -> dict[str, Path]:
        card = tmp_path / "card"
        card.write_text(space_card("Digits: a “study”"), "utf-8")
        return {**site_files(make_site(pages)), "README.md": card}

    return make


def there(hub: hubs.Hub) -> dict[str, str]:
    return {name: data.decode() for name, data in (hub.files or {}).items()}


def test_a_missing_space_is_made_and_gets_the_site_in_one_commit(hub: hubs.Hub, site: Site) -> None:
    files = site(PAGES)
    sent = to_space(files, PLACE)
    assert hub.made["sdk"] == "static" and hub.made["type"] == "space"
    found = there(hub)
    assert {name: found[name] for name in PAGES} == PAGES
    assert found["README.md"].startswith('---\ntitle: "Digits: a “study”"\nsdk: static\n')
    assert set(found) == {*PAGES, MANIFEST, "README.md", ".gitattributes"}
    assert len(hub.commits) == 2 and len(hub.large) == 1
    assert (sent.place, sent.written) == ("https://huggingface.co/spaces/lab/digits", 6)
    assert manifest_in(PLACE) == files[MANIFEST].read_bytes()


def test_the_same_site_is_no_commit_and_an_older_one_is_taken_away(
    hub: hubs.Hub, site: Site
) -> None:
    to_space(site(PAGES), PLACE)
    assert hub.files is not None
    card = "---\ntitle: Mine\r\nsdk: static\ncolorFrom: red\n---\nMy words.\n"
    hub.commit({**hub.files, "README.md": card.encode(), "mine.txt": b"mine"})
    number = len(hub.commits)
    sent = to_space(site(PAGES), PLACE)
    assert (sent.written, sent.removed, len(hub.commits)) == (0, 0, number)
    sent = to_space(site({"index.html": "<p>2", "new.html": "n"}), PLACE)
    assert len(hub.commits) == number + 1 and sent.removed == 3
    found = there(hub)
    assert found["index.html"] == "<p>2" and found["README.md"] == card
    assert set(found) == {
        "index.html", "new.html", MANIFEST, "README.md", "mine.txt", ".gitattributes",
    }  # fmt: skip
    hub.commit({**hub.files, "index.html": b"changed by hand"})
    to_space(site({"index.html": "<p>2", "new.html": "n"}), PLACE)
    assert there(hub)["index.html"] == "<p>2"


def test_somebody_who_is_quicker_is_not_undone(hub: hubs.Hub, site: Site) -> None:
    to_space(site(PAGES), PLACE)
    rivals = [b"theirs"]

    def rival() -> None:
        if rivals:
            hub.commit({**(hub.files or {}), "theirs.txt": rivals.pop()})

    hub.before_commit = rival
    to_space(site({"index.html": "<p>3"}), PLACE)
    assert there(hub)["theirs.txt"] == "theirs" and there(hub)["index.html"] == "<p>3"


def test_files_of_others_are_not_replaced_but_those_of_a_new_space_are(
    hub: hubs.Hub, site: Site
) -> None:
    hub.commit({"app.py": b"import gradio", "README.md": b"---\nsdk: gradio\n---\n"})
    with pytest.raises(UnsafeError, match=r"app\.py"):
        to_space(site(PAGES), PLACE)
    assert len(hub.commits) == 1
    hub.commit(
        {"index.html": b"starter", "style.css": b"", "README.md": b"---\nsdk: static\n---\n"}
    )
    to_space(site(PAGES), PLACE)
    assert there(hub)["index.html"] == "<p>1"


@pytest.mark.parametrize(
    ("token", "full", "told"),
    [
        ("", False, "hf auth login"),
        (hubs.STRANGER, False, "right to write"),
        ("hf_" + "x" * 34, False, "not valid"),
        (hubs.TOKEN, True, "storage is full"),
    ],
    ids=["nobody", "no rights", "unknown token", "full"],
)
def test_what_the_hub_refuses_is_told(
    hub: hubs.Hub, site: Site, monkeypatch: Any, token: str, full: bool, told: str
) -> None:
    hub.commit({".gitattributes": b""})
    hub.full = full
    monkeypatch.setenv("HF_TOKEN", token)
    with pytest.raises(PublishError) as caught:
        to_space(site(PAGES), PLACE)
    assert told in caught.value.hint, (caught.value.message, caught.value.hint)
    assert not token or token not in str(caught.value.message)
    assert set(hub.files or {}) == {".gitattributes"}


@pytest.mark.parametrize("place", ["hf://spaces/lab", "hf://datasets/lab/x", "hf://spaces/a/b/c"])
def test_a_place_that_is_no_space_is_refused(site: Site, place: str) -> None:
    with pytest.raises(PublishError, match="is no Space"):
        to_space(site(PAGES), place)
