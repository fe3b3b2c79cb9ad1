"""Addresses, limits, and waiting until a site is there."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from runfolio.errors import UsageError
from runfolio.publish.hosts import HOSTS, address, domain, host_of, space_card, too_large
from runfolio.publish.tree import MANIFEST
from runfolio.publish.waiting import wait_for
from runfolio.site.sizes import measure


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("https://github.com/Ada/engine.git", "https://ada.github.io/engine/"),
        ("https://token:x@github.com/ada/engine", "https://ada.github.io/engine/"),
        ("git@github.com:ada/engine.git", "https://ada.github.io/engine/"),
        ("ssh://git@github.com:22/ada/engine.git", "https://ada.github.io/engine/"),
        ("https://github.com/Ada/ada.github.io.git", "https://ada.github.io/"),
        ("https://gitlab.com/ada/engine.git", "https://ada.gitlab.io/engine/"),
        ("https://git.example.org/ada/engine.git", ""),
        ("/tmp/engine.git", ""),
        ("C:\\git\\engine.git", ""),
    ],
)
def test_the_address_follows_from_the_remote(url: str, found: str) -> None:
    assert address(url) == found
    assert host_of(url) == ("github" if "github" in found else "gitlab" if found else "")


def test_a_folder_and_an_own_domain_are_part_of_the_address() -> None:
    assert address("https://github.com/a/b", "previews/1") == "https://a.github.io/b/previews/1/"
    assert address("/x.git", "", "runs.example.org") == "https://runs.example.org/"


@pytest.mark.parametrize("wrong", ["https://a.org", "a b.org", "a.org/x", "a", "-a.org", "a..org"])
def test_an_own_domain_is_a_domain(wrong: str) -> None:
    assert domain("Runs.example.org") == "Runs.example.org" and domain("") == ""
    with pytest.raises(UsageError, match="is no domain"):
        domain(wrong)


def test_what_a_host_would_refuse_is_told(tmp_path: Path) -> None:
    files = {}
    for name, size in {"artifacts/a.bin": 101_000_000, "index.html": 10, "runs/a.html": 5}.items():
        path = tmp_path / name.replace("/", "-")
        with path.open("wb") as file:
            file.truncate(size)
        files[name] = path
    size = measure(files)
    assert (size.files, size.bytes) == (3, 101_000_015)
    assert [part.name for part in size.parts] == ["artifacts", "other pages", "run pages"]
    assert size.largest[0] == ("artifacts/a.bin", 101_000_000)
    assert too_large(size, HOSTS["github"]) == [
        "artifacts/a.bin has 101 MB; GitHub Pages takes 100 a file."
    ]
    assert too_large(size, HOSTS["huggingface"]) == []


@pytest.fixture
def live(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """A web server over a folder: its address and the folder."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: object) -> None:
            super().__init__(*given, directory=str(tmp_path))  # type: ignore[arg-type]

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/", tmp_path
    server.shutdown()
    server.server_close()


def test_waiting_ends_when_the_new_site_is_there(live: tuple[str, Path]) -> None:
    url, folder = live
    said = []
    for answer in wait_for(url, b"new", sleep=lambda _: None):
        said.append(answer)
        (folder / MANIFEST).write_bytes(b"old" if len(said) == 1 else b"new")
    assert said == ["404", "an older site"]


def test_waiting_has_an_end(live: tuple[str, Path]) -> None:
    url, _ = live
    moments = iter(range(0, 10_000, 7))
    with pytest.raises(TimeoutError, match="404"):
        list(wait_for(url, b"new", 60, sleep=lambda _: None, clock=lambda: float(next(moments))))


def test_the_card_of_a_space_is_yaml_whatever_the_title() -> None:
    for title in ('Digits: "all" # of them', "---\nsdk: docker", "é \u202e"):
        _, head, rest = space_card(title).split("---\n", 2)
        card = yaml.safe_load(head)
        assert (card["title"], card["sdk"], rest) == (title, "static", "")
