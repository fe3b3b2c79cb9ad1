"""A bundle holds what pages may show, in the same bytes each time; a lock leaves no word of it."""

from __future__ import annotations

import base64
import json
import random
import re
import zlib
from pathlib import Path

import pytest

from runfolio.cli.bundling import frame_of
from runfolio.config import Config
from runfolio.errors import PublishError, UnsafeError, UsageError
from runfolio.publish.bundle import make_bundle, read_stream
from runfolio.publish.carrier import carried, read_carried
from runfolio.publish.elsewhere import to_folder
from runfolio.publish.lock import Lock, read_passphrase, salt_of, weakness
from runfolio.publish.onefile import OneFile, locked_site, one_file, opening, write_one
from runfolio.publish.pages import address_of, resolved, rewritten
from runfolio.publish.tree import site_files

GOLDEN = Path(__file__).parents[1] / "golden"
BUNDLE = Path(__file__).parents[2] / "templates" / "bundle"
FRAME = frame_of(Config())
WORDS = "tulip marble otter canyon 63"


@pytest.fixture(scope="module")
def files() -> dict[str, Path]:
    """The site of a golden store with names that want to get out."""
    site = GOLDEN / "hostile" / "expected"
    return {
        path.relative_to(site).as_posix(): path
        for path in sorted(site.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def quick() -> Lock:
    """A lock whose passphrase is not stretched much."""
    return Lock(WORDS, salt_of("a store"), iterations=10)


def test_links_of_a_page_lead_into_the_bundle_and_everything_else_stays() -> None:
    page = rewritten(
        "runs/a b.html",
        '<head><meta http-equiv="Content-Security-Policy" content="x">'
        '<link rel="stylesheet" href="../assets/site.css"><link rel="alternate" href="../feed.xml">'
        '<script src="../assets/rf.js" defer data-x="1&amp;2"></script><!-- <a href="../x"> -->'
        '<script type="application/json">{"a":"<a href=\'../x\'>"}</script></head>'
        '<body data-root="../"><a class="q" href="../tags/o%27x%20%23.html#k=%2Cv">t</a>'
        '<a href="https://x.org/?a=1&amp;b">o</a><a href="#L1">l</a><a href="../../out.html">u</a>'
        "<a href='../'>up</a><img src=\"../artifacts/p.png\" alt='&quot;' loading=lazy><p>a<b</p>",
    )
    assert page.html == (
        '<head><link data-style="assets/site.css">'
        '<script type="text/plain" data-script="assets/rf.js" defer data-x="1&amp;2"></script>'
        '<!-- <a href="../x"> -->'
        '<script type="application/json">{"a":"<a href=\'../x\'>"}</script></head>'
        '<body data-root="?"><a class="q" href="?tags/o%27x%20%23.html#k=%2Cv">t</a>'
        '<a href="https://x.org/?a=1&amp;b">o</a><a href="#L1">l</a><a href="../../out.html">u</a>'
        '<a href="?index.html">up</a><img data-file="artifacts/p.png" alt="&quot;" loading="lazy">'
        "<p>a<b</p>"
    )
    assert page.scripts == ("assets/rf.js",) and page.styles == ("assets/site.css",)
    assert page.needs == ("tags/o'x #.html", "index.html", "artifacts/p.png")
    assert address_of("tags/o'x #.html") == "?tags/o%27x%20%23.html"
    assert resolved("runs/a.html", "//evil.example/x") == resolved("a.html", "../x") == ""


def test_a_snapshot_within_is_whole_and_a_large_file_that_both_have_lies_there_once(
    tmp_path: Path,
) -> None:
    large = random.Random(1).randbytes(5_000_000)
    front = b'<head><script src="assets/rf.js"></script></head><a href="artifacts/a/m.bin">m</a>'
    inner = front.replace(b"assets/", b"../../assets/")
    given = {
        "index.html": front
        + b'<a href="snapshots/v1/index.html">v1</a><a href="snapshots/v1.zip">',
        "assets/rf.js": b"rf = 1;",
        "artifacts/a/m.bin": large,
        "snapshots/v1.zip": b"PK",
        "snapshots/v1/index.html": inner,
        "snapshots/v1/artifacts/a/m.bin": large,
        "snapshots/v1/data/boards/d-0123456789.js": b'rf("board");',
        "snapshots/v1/snapshot.json": b"{}",
    }
    files = {path: tmp_path / path.replace("/", "_") for path in given}
    for path, data in given.items():
        files[path].write_bytes(data)
    bundle = make_bundle(files)
    held = read_stream(bundle.stream)
    assert set(given) - set(held) == {"snapshots/v1/snapshot.json"}, "which no page shows"
    assert held["snapshots/v1/artifacts/a/m.bin"] == held["artifacts/a/m.bin"] == large
    assert b'data-script="assets/rf.js"' in held["snapshots/v1/index.html"]
    made = carried(FRAME, bundle, beside="x_files")
    assert len(made.html) < 200_000 < 5_000_000 < sum(map(len, made.beside.values())) < 8_000_000


def test_a_bundle_holds_what_a_page_may_show_and_nothing_else(files: dict[str, Path]) -> None:
    bundle = make_bundle(files)
    whole = carried(FRAME, bundle)
    assert whole.html == carried(FRAME, make_bundle(dict(reversed(files.items())))).html
    held = read_carried(whole.html)
    assert set(held) < set(files)
    left = set(files) - set(held)
    assert {".nojekyll", "runfolio-site.json", "404.html"} <= left
    assert {path for path in files if path.endswith(".html")} - set(held) <= {"404.html"}
    for path, data in held.items():
        is_ours = path.endswith(".html") or path.startswith("assets/site-")
        assert is_ours or data == files[path].read_bytes(), path
    apart = carried(FRAME, bundle, beside="x_files")
    assert read_carried(apart.html, apart.beside.__getitem__) == held
    assert b"data-piece" not in apart.html.replace(b"script[data-piece]", b"")


def test_every_script_and_style_is_named_by_the_policy(files: dict[str, Path]) -> None:
    page = carried(FRAME, make_bundle(files)).html.decode()
    policy = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    assert len(policy) == 1 and "unsafe" not in policy[0] and "'self'" not in policy[0]
    assert page.index("Content-Security-Policy") < page.index("<script>")
    assert not re.search(r'(src|href)="(?!\?|#|data:|https?:|mailto:)', page)
    apart = carried(FRAME, make_bundle(files), beside="x_files").html.decode()
    assert "script-src 'self' 'sha256-" in apart


def test_a_locked_site_holds_no_word_of_the_store(
    files: dict[str, Path], quick: Lock, tmp_path: Path
) -> None:
    locked_site(FRAME, files, "index.html", quick, tmp_path / "one")
    there = site_files(tmp_path / "one")
    secrets = _secrets(files)
    plain = carried(FRAME, make_bundle(files), beside="x").beside
    open_texts = [text for data in plain.values() for text in _unfolded(data)]
    assert sum(any(word in text for text in open_texts) for word in secrets) > 100
    for name, path in there.items():
        texts = [name.encode(), *_unfolded(path.read_bytes())]
        assert not [word for word in secrets if any(word in text for text in texts)], name
    assert {len(path.read_bytes()) for name, path in there.items() if "pieces/" in name} == {
        len(next(path for name, path in there.items() if "pieces/" in name).read_bytes())
    }
    html, read = there["index.html"].read_bytes(), lambda name: there[name].read_bytes()
    assert read_carried(html, read, WORDS + "\n") == read_carried(
        carried(FRAME, make_bundle(files)).html
    )
    with pytest.raises(UsageError, match="does not open"):
        read_carried(html, read, "Tulip marble otter canyon 63")
    # The same site under the same passphrase: nothing is sent again.
    to_folder(there, tmp_path / "out")
    locked_site(FRAME, files, "index.html", quick, tmp_path / "two")
    assert to_folder(site_files(tmp_path / "two"), tmp_path / "out").written == 0


def test_pieces_of_a_lock_cannot_be_moved_dropped_or_mixed(quick: Lock) -> None:
    pieces = [b"one" * 100, b"two" * 100, b"one" * 100]
    header, sealed = quick.sealed(pieces)
    edition = header["edition"]
    assert quick.opened(edition, sealed) == pieces and sealed[0] != sealed[2]
    assert quick.sealed(pieces) == (header, sealed)
    other, again = quick.sealed([*pieces[:2], b"three" * 100])
    assert again[0] != sealed[0] and other["edition"] != edition
    changed = bytes([sealed[0][0], sealed[0][1] ^ 1]) + sealed[0][2:]
    for wrong in (
        [sealed[2], sealed[1], sealed[0]],
        sealed[:2],
        [again[0], *sealed[1:]],
        [changed, *sealed[1:]],
    ):
        with pytest.raises(UsageError):
            quick.opened(edition, wrong)


def test_weak_passphrases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    weak = ("", "hunter2", "aaaaaaaaaaaaaa", "Password12345!", "123456789012", "qwertyuiopas")
    for passphrase in weak:
        with pytest.raises(UsageError, match=r"weak|no passphrase"):
            read_passphrase({"PASS": passphrase}, "PASS")
    assert "letters alone" in read_passphrase({"PASS": "tulipmarbleotter"}, "PASS")[1]
    assert read_passphrase({"PASS": f" {WORDS}\n"}, "PASS") == (WORDS, "")
    assert weakness("z9-Qk_4vT1xRw8mB") == ("", False)


def test_above_the_budget_data_lies_beside_the_file(
    files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle, target = make_bundle(files), tmp_path / "out.html"

    def made(beside: bool | None = None) -> OneFile:
        return one_file(FRAME, bundle, target, beside=beside)

    assert made().folder == "" and made(True).folder == "out_files"
    write_one(made(True), target)
    assert (tmp_path / "out_files").is_dir() and write_one(made(True), target).written == 0
    assert write_one(made(), target).removed == 1 and not (tmp_path / "out_files").exists()
    monkeypatch.setattr("runfolio.publish.onefile.BUDGET", 10_000)
    assert made().is_large and made().folder == "out_files" and made(False).folder == ""
    assert made().largest[0][0] == "runs/hostile-1.html"
    foreign = tmp_path / "mine.html"
    foreign.write_text("<p>mine</p>")
    with pytest.raises(UnsafeError, match="did not write"):
        write_one(made(), foreign)
    assert foreign.read_text() == "<p>mine</p>"


def test_where_a_bundle_opens(files: dict[str, Path]) -> None:
    runs = [path for path in sorted(files) if re.fullmatch(r"runs/[^/]*\d\.html", path)]
    two = {path: file for path, file in files.items() if path not in runs[2:]}
    one = {path: file for path, file in files.items() if path not in runs[1:]}
    ids = [path[5:-5] for path in runs]
    assert opening(files, "", 24) == ("index.html", "") and opening(one, "", 24) == (runs[0], "")
    assert opening(two, "compare", 24) == (f"compare.html#runs={ids[0]},{ids[1]}", "index.html")
    assert opening(files, f"{ids[1]}#L3", 24)[0] == f"{runs[1]}#L3"
    assert opening(files, "runs", 24)[0] == "runs/index.html"
    with pytest.raises(UsageError, match="too many to compare"):
        opening(two, "compare", 1)
    with pytest.raises(PublishError, match=r"no page nowhere"):
        make_bundle(files, "nowhere.html")


def test_scripts_of_pages_read_and_leave_by_rf_alone() -> None:
    # A bundle has the files elsewhere, and puts its own rf.script, rf.picture and rf.go there.
    past = re.compile(
        r"""createElement\("script"\)|location(\.href)? = |location\.assign|\bfetch\(|
        \bimport\(|new (Worker|XMLHttpRequest)|\.src = (?!"data:)""",
        re.VERBOSE,
    )
    scripts = sorted((BUNDLE.parent / "static" / "js").glob("*.js"))
    found = [
        f"{path.name}: {line.strip()}"
        for path in scripts
        if path.name != "rf.js"
        for line in path.read_text("utf-8").splitlines()
        if past.search(line)
    ]
    assert len(scripts) > 40 and not found


def _secrets(files: dict[str, Path]) -> set[bytes]:
    """Names, ids, params, titles and texts of the store, as a searcher would spell them."""
    found: set[str] = set()
    for path, file in files.items():
        if re.fullmatch(r"data/runs/[^/]+\.json", path):
            given = json.loads(file.read_text("utf-8"))
            found |= {given["run_id"], given["name"], given["experiment"], *given["tags"]}
            found |= set(given["params"]) | {str(value) for value in given["params"].values()}
        found |= set(path.split("/")) if not path.startswith("assets/") else set()
    index = files["index.html"].read_text("utf-8")
    found |= set(re.findall(r"<bdi>([^<]{6,})</bdi>", index))
    # What stands in every bundle is nobody's secret.
    common = (
        "".join(path.read_text("utf-8") for path in BUNDLE.iterdir())
        + "index.html runfolio-site.json"
    )
    return {
        word.encode("utf-8", "replace") for word in found if len(word) >= 6 and word not in common
    }


def _unfolded(data: bytes, depth: int = 0) -> list[bytes]:
    """The bytes, and whatever base64, gzip and deflate in them unfold to."""
    found = [data]
    if depth == 3:
        return found
    for match in re.findall(rb"[A-Za-z0-9+/]{40,}={0,2}", data):
        whole = match[: len(match) // 4 * 4]
        found += _unfolded(base64.b64decode(whole), depth + 1)
    for start in [at.start() for at in re.finditer(rb"\x1f\x8b\x08|\x78[\x01\x9c\xda]", data)][:50]:
        try:
            opened = zlib.decompressobj(47).decompress(data[start:], 1 << 22)
        except zlib.error:
            continue
        found += _unfolded(opened, depth + 1) if opened else []
    return found
