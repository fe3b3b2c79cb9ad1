"""`runfolio serve` answers like a static host, to this machine only."""

from __future__ import annotations

import gzip
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from runfolio.cli.serving import clean_prefix
from runfolio.cli.watching import fingerprint, wait_for_change
from runfolio.cli.webserver import RELOAD_TAG, SiteServer, with_reload
from runfolio.errors import UsageError

PAGE = b"<!doctype html><html><body><p>hi</p></body></html>"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[SiteServer]:
    root = tmp_path / "site"
    (root / "runs").mkdir(parents=True)
    (root / "index.html").write_bytes(PAGE)
    (root / "404.html").write_bytes(b"<body>not here</body>")
    (root / "runs" / "index.html").write_bytes(b"<body>runs</body>")
    (root / "runs" / "a b.html").write_bytes(b"<body>a b</body>")
    (root / "x.js").write_bytes(b"rf();")
    (root / "runs.parquet").write_bytes(bytes(range(100)))
    (tmp_path / "secret.txt").write_text("secret")
    (root / "link.txt").symlink_to(tmp_path / "secret.txt")
    (root / "inner.txt").symlink_to(root / "x.js")
    site = SiteServer(root, 0)
    site.start()
    yield site
    site.shutdown()
    site.server_close()


def ask(
    server: SiteServer, path: str, method: str = "GET", **headers: str
) -> tuple[http.client.HTTPResponse, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=10)
    host = headers.pop("Host", f"localhost:{server.server_address[1]}")
    connection.request(method, path, headers={"Host": host, **headers})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer, body


def test_pages_get_the_reloading_script_and_files_do_not(server: SiteServer) -> None:
    answer, body = ask(server, "/")
    assert answer.status == 200
    assert body == PAGE.replace(b"</body>", RELOAD_TAG + b"</body>")
    assert int(answer.headers["Content-Length"]) == len(body)
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    answer, body = ask(server, "/x.js")
    assert body == b"rf();"
    assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert (server.root / "index.html").read_bytes() == PAGE, "the built file stays as it is"


@pytest.mark.parametrize("host", ["evil.example", "localhost", "127.0.0.1:1", ""])
def test_other_hosts_are_refused(server: SiteServer, host: str) -> None:
    answer, body = ask(server, "/", Host=host)
    assert answer.status == 403
    assert b"<p>" not in body


def test_own_address_is_loopback(server: SiteServer) -> None:
    assert server.server_address[0] == "127.0.0.1"
    answer, _ = ask(server, "/", Host=f"127.0.0.1:{server.server_address[1]}")
    assert answer.status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt",
        "/%2e%2e/secret.txt",
        "/..%2fsecret.txt",
        "/runs/..%5c..%5csecret.txt",
        "/link.txt",
        "//etc/passwd",
        "/C:/x",
        "/%00",
        "/%ff",
        "/" + "x" * 5000,
        "/nothing",
        "/index.html/",
        "/runs/index/",
    ],
)
def test_nothing_else_is_served(server: SiteServer, path: str) -> None:
    answer, body = ask(server, path)
    assert answer.status == 404
    assert body == b"<body>not here" + RELOAD_TAG + b"</body>"


def test_without_a_404_page_there_is_a_sentence(server: SiteServer) -> None:
    (server.root / "404.html").unlink()
    answer, body = ask(server, "/nothing")
    assert (answer.status, body) == (404, b"There is no such page.\n")


def test_folders_and_short_names(server: SiteServer) -> None:
    answer, _ = ask(server, "/runs")
    assert (answer.status, answer.headers["Location"]) == (301, "/runs/")
    assert ask(server, "/runs/")[1].startswith(b"<body>runs")
    assert ask(server, "/runs/a%20b")[1].startswith(b"<body>a b")
    assert ask(server, "/runs/a%20b.html?x=1")[1].startswith(b"<body>a b")
    assert ask(server, "/inner.txt")[1] == b"rf();"


def test_parts_of_a_file(server: SiteServer) -> None:
    answer, body = ask(server, "/runs.parquet", Range="bytes=10-19")
    assert (answer.status, body) == (206, bytes(range(10, 20)))
    assert answer.headers["Content-Range"] == "bytes 10-19/100"
    assert ask(server, "/runs.parquet", Range="bytes=-4")[1] == bytes(range(96, 100))
    assert ask(server, "/runs.parquet", Range="bytes=98-")[1] == bytes(range(98, 100))
    assert ask(server, "/runs.parquet", Range="bytes=200-")[0].status == 416
    assert len(ask(server, "/runs.parquet", Range="lines=1")[1]) == 100


def test_head_has_no_body(server: SiteServer) -> None:
    answer, body = ask(server, "/", "HEAD")
    assert (answer.status, body) == (200, b"")
    assert int(answer.headers["Content-Length"]) > 0


def test_other_methods_are_refused(server: SiteServer) -> None:
    assert ask(server, "/", "POST")[0].status == 501


def state_of(server: SiteServer, page: str) -> dict[str, str]:
    answer, body = ask(server, f"/__runfolio/state?page={quote(page, safe='')}")
    assert answer.headers["Cache-Control"] == "no-cache"
    found: dict[str, str] = json.loads(body)
    return found


def test_a_page_has_changed_when_its_own_file_has(server: SiteServer) -> None:
    first = state_of(server, "/runs/a%20b")
    front = state_of(server, "/")
    assert first["page"] != ""
    assert first["error"] == ""
    (server.root / "runs" / "a b.html").write_bytes(b"<body>new</body>")
    server.trouble = "no"
    assert state_of(server, "/runs/a%20b")["page"] != first["page"]
    assert state_of(server, "/") == {"page": front["page"], "error": "no"}
    assert state_of(server, "/../secret.txt")["page"] == state_of(server, "/404.html")["page"]
    assert b"location.reload" in ask(server, "/__runfolio/live.js")[1]
    assert ask(server, "/__runfolio/other")[0].status == 404


def test_texts_are_compressed_for_those_who_take_it(server: SiteServer) -> None:
    text = b"rf();" * 1000
    (server.root / "x.js").write_bytes(text)
    answer, body = ask(server, "/x.js", **{"Accept-Encoding": "br, gzip"})
    assert (answer.headers["Content-Encoding"], gzip.decompress(body)) == ("gzip", text)
    assert answer.headers["Vary"] == "Accept-Encoding"
    answer, body = ask(server, "/x.js")
    assert (answer.headers["Content-Encoding"], body) == (None, text)
    gzipped = {"Accept-Encoding": "gzip"}
    assert ask(server, "/", **gzipped)[0].headers["Content-Encoding"] is None, "too small"
    assert ask(server, "/runs.parquet", **gzipped)[0].headers["Content-Encoding"] is None
    answer, body = ask(server, "/x.js", Range="bytes=0-3", **gzipped)
    assert (answer.status, body) == (206, b"rf()"), "a part is one of the file as it is"


def test_what_the_browser_has_is_not_sent_again(server: SiteServer) -> None:
    first, _ = ask(server, "/x.js")
    mark = {"If-None-Match": first.headers["ETag"]}
    answer, body = ask(server, "/x.js", **mark)
    assert (answer.status, body) == (304, b"")
    (server.root / "x.js").write_bytes(b"rf(1);")
    assert ask(server, "/x.js", **mark)[1] == b"rf(1);"
    stale = {"If-Range": first.headers["ETag"], "Range": "bytes=0-1"}
    assert ask(server, "/x.js", **stale)[1] == b"rf(1);", "a part of what it no longer is"


def test_script_goes_before_the_last_end_of_the_body() -> None:
    page = b"<pre>&lt;/body&gt;</pre></BODY></html>"
    assert with_reload(page) == page.replace(b"</BODY>", RELOAD_TAG + b"</BODY>")
    assert with_reload(b"x") == b"x" + RELOAD_TAG


def test_changes_are_noticed(tmp_path: Path) -> None:
    store = tmp_path / "runs"
    (store / "runs" / "a").mkdir(parents=True)
    (store / ".runfolio").mkdir()
    paths = [store, tmp_path / "runfolio.toml"]
    first = fingerprint(paths)
    (store / ".runfolio" / "cache").write_text("x")
    assert fingerprint(paths) == first, "caches are not facts"
    (store / "runs" / "a" / "part").write_text("x")
    second = fingerprint(paths)
    assert second != first
    (tmp_path / "runfolio.toml").write_text("")
    assert fingerprint(paths) != second


def test_a_change_is_reported_when_it_has_settled(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("a")
    looks = []

    def sleep(seconds: float) -> None:
        looks.append(seconds)
        if len(looks) <= 2:
            file.write_text("b" * len(looks) * 9)

    before = fingerprint([file])
    after = wait_for_change(lambda: [file], before, sleep=sleep)
    assert after == fingerprint([file]) != before
    assert len(looks) == 3


def test_a_store_that_grows_without_end_is_reported_too(tmp_path: Path) -> None:
    file = tmp_path / "f"
    file.write_text("")

    def sleep(seconds: float) -> None:
        with file.open("a") as out:
            out.write("x")

    assert wait_for_change(lambda: [file], 0, sleep=sleep) != 0


# --- below a path, as hosts of project pages serve ------------------------------------------------


@pytest.fixture
def below(server: SiteServer) -> SiteServer:
    server.prefix = "/repo/"
    return server


@pytest.mark.parametrize(
    ("path", "status", "location"),
    [
        ("/repo/", 200, None),
        ("/repo/x.js", 200, None),
        ("/repo/runs", 301, "/repo/runs/"),
        ("/repo/runs/a%20b", 200, None),
        ("/repo/missing", 404, None),
        ("/repo/../secret.txt", 404, None),
        ("/repo/..%2fsecret.txt", 404, None),
        ("/", 302, "/repo/"),
        ("/repo", 302, "/repo/"),
        ("/x.js", 404, None),
        ("/runs/", 404, None),
        ("/repository/x.js", 404, None),
        ("/__runfolio/live.js", 200, None),
    ],
)
def test_a_site_below_a_path_is_nowhere_else(
    below: SiteServer, path: str, status: int, location: str | None
) -> None:
    answer, body = ask(below, path)
    assert (answer.status, answer.headers["Location"]) == (status, location)
    assert b"secret" not in body


@pytest.mark.parametrize(
    ("text", "prefix"), [("/", "/"), ("repo", "/repo/"), ("/a/b", "/a/b/"), ("a//b/", "/a/b/")]
)
def test_prefixes_get_their_slashes(text: str, prefix: str) -> None:
    assert clean_prefix(text) == prefix


@pytest.mark.parametrize("text", ["../x", "a b", "a?b", "a%2e", "a\n"])
def test_what_is_no_path_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no path of a site"):
        clean_prefix(text)
