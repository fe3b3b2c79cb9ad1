"""The scanner of others: what it adds, what it leaves alone, and what happens without it.

Its rules take seconds to compile once, so that all tests here share one engine.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

import pytest

from runfolio.errors import MissingPackageError, PublishError
from runfolio.publish import scanner as scanner_module
from runfolio.publish.scan import Memory, Scan, scan
from runfolio.publish.scanner import PACKAGE, Scanner, open_scanner

from .test_scan import PLACES, SECRETS, clean, drawn

pytestmark = pytest.mark.xdist_group("scanner")

HEX = string.hexdigits[:16]
#: Credentials of services that our own rules do not name.
THEIRS = {
    "digitalocean": "dop_v1_" + drawn(64, HEX),
    "shopify": "shpat_" + drawn(32, HEX),
    "linear": "lin_api_" + drawn(40),
    "grafana": "glsa_" + drawn(32) + "_" + drawn(8, HEX),
    "postman": f"PMAK-{drawn(24, HEX)}-{drawn(34, HEX)}",
}


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scanner]:
    """The installed scanner with rules compiled in a folder of the test's own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KF_RULE_CACHE_DIR", str(tmp_path_factory.mktemp("rules")))
        found = open_scanner("required")
        assert found is not None
        list(found.look(""))
        yield found


@pytest.fixture
def look(tmp_path: Path, scanner: Scanner) -> Callable[..., Scan]:
    """Scan files given by name and bytes, with the scanner beside our rules."""

    def call(files: dict[str, bytes], **options: Any) -> Scan:
        paths = {}
        for number, (name, data) in enumerate(files.items()):
            paths[name] = tmp_path / str(number)
            paths[name].write_bytes(data)
        return scan(paths, scanner=scanner, **options)

    return call


def test_it_finds_in_every_hiding_place_what_our_rules_do_not_know(
    look: Callable[..., Scan], scanner: Scanner
) -> None:
    for service, secret in THEIRS.items():
        for place, hide in PLACES.items():
            name, data = hide(f"key: {secret} ")
            result = look({name: data})
            assert any(secret in one.value for one in result.findings), (service, place)
    (one,) = look({"a.txt": f"key: {secret} ".encode()}).findings
    assert one.id.startswith(f"{one.rule}:") and one.places == ("a.txt",)
    assert secret not in one.masked and "Kingfisher" in one.what and not one.private
    assert look({"a.txt": f"key: {secret} ".encode()}, allow={one.id}).findings == ()
    assert result.scanner == scanner.name == f"{PACKAGE} {metadata.version(PACKAGE)}"


def test_it_leaves_clean_texts_alone(look: Callable[..., Scan]) -> None:
    files = {f"{number}.txt": text.encode() for number, text in enumerate(clean())}
    assert [(one.id, files[one.places[0]]) for one in look(files).findings] == []


def test_a_secret_that_both_know_is_told_once(look: Callable[..., Scan]) -> None:
    for name in ("github", "google", "stripe", "npm"):
        (one,) = look({"a": f"it is {SECRETS[name]} .".encode()}).findings
        assert one.rule == name


def test_what_was_clean_without_it_is_looked_at_again(tmp_path: Path, scanner: Scanner) -> None:
    path, kept = tmp_path / "a", tmp_path / "kept"
    path.write_text(f"key: {THEIRS['linear']} ")
    memory = Memory(kept)
    assert not scan({"a": path}, memory=memory).findings
    memory.keep()
    assert scan({"a": path}, memory=Memory(kept)).findings == ()
    assert scan({"a": path}, memory=Memory(kept), scanner=scanner).findings


def test_without_it_nothing_fails_unless_it_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> str:
        raise metadata.PackageNotFoundError(name)

    monkeypatch.setattr(metadata, "version", missing)
    assert open_scanner("auto") is None and open_scanner("off") is None
    with pytest.raises(MissingPackageError) as caught:
        open_scanner("required")
    assert "runfolio[secrets]" in caught.value.hint


def test_a_scanner_that_fails_stops_the_publish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scanner_module, "_engine", lambda: 1 / 0)
    (tmp_path / "a").write_text("x")
    with pytest.raises(PublishError, match="failed"):
        scan({"a": tmp_path / "a"}, scanner=Scanner("0"))
