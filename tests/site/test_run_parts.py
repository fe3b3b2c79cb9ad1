"""The parts of a run's page, each by itself: colours, diffs, params, notebooks, remotes, logs."""

from __future__ import annotations

import json
from datetime import datetime
from types import SimpleNamespace
from typing import Any

import pytest

from runfolio.query.rows import OutputLine, OutputTail, Param
from runfolio.site.ansi import ansi_pieces
from runfolio.site.code import coloured
from runfolio.site.gather.contents import seen_as
from runfolio.site.gather.diffs import diff_files
from runfolio.site.gather.git import commit_address, shown_remote, web_address
from runfolio.site.gather.notebook import as_script, read_notebook, shown_cells
from runfolio.site.gather.output import level_of, printed
from runfolio.site.gather.params import param_rows, param_tree, usual_params
from runfolio.site.markdown import MarkdownRenderer
from runfolio.site.pages import ParamGroup

from .rich import DIFF, SCRIPT, notebook

COMMIT = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("plain\x07 \x1b[2Ktext\x1b]8;;http://x\x07", (("plain text", ""),)),
        ("\x1b[31mred\x1b[0m!", (("red", "a-red"), ("!", ""))),
        ("\x1b[1;92mok\x1b[22m\x1b[39m.", (("ok", "a-green a-bold"), (".", ""))),
        ("\x1b[38;5;196ma\x1b[38;2;0;0;255mb\x1b[m", (("a", "a-red"), ("b", "a-blue"))),
        ("\x1b[38;5m\x1b[99999999999mx", (("x", ""),)),
        ("\x1b[31m", (("", ""),)),
    ],
)
def test_terminal_colours_become_classes(text: str, pieces: tuple[tuple[str, str], ...]) -> None:
    assert ansi_pieces(text) == pieces


@pytest.mark.parametrize(
    ("remote", "page"),
    [
        ("git@github.com:lab/digits.git", "https://github.com/lab/digits"),
        ("ssh://git@github.com:22/lab/digits", "https://github.com/lab/digits"),
        ("ssh://git@ssh.github.com:443/lab/digits.git", "https://github.com/lab/digits"),
        ("https://ada:token@gitlab.com/lab/deep/digits.git", "https://gitlab.com/lab/deep/digits"),
        ("git@gitlab.example.org:lab/digits.git", "https://gitlab.example.org/lab/digits"),
        ("git@bitbucket.org:lab/digits.git", "https://bitbucket.org/lab/digits"),
        ("git@git.sr.ht:~ada/digits", "https://git.sr.ht/~ada/digits"),
        ("https://codeberg.org/ada/digits/", "https://codeberg.org/ada/digits"),
        ("git@example.org:lab/digits.git", ""),
        ("../digits.git", ""),
        ("javascript:alert(1)//github.com/a/b", ""),
        ("https://github.com/lab/<b>", ""),
        ("https://[", ""),
    ],
)
def test_a_remote_leads_to_its_page(remote: str, page: str) -> None:
    assert web_address(remote) == page


def test_every_host_has_its_own_address_of_a_commit() -> None:
    def address(remote: str) -> str:
        return commit_address(web_address(remote), COMMIT).removesuffix(COMMIT)

    assert address("git@github.com:a/b") == "https://github.com/a/b/commit/"
    assert address("git@gitlab.com:a/b") == "https://gitlab.com/a/b/-/commit/"
    assert address("git@bitbucket.org:a/b") == "https://bitbucket.org/a/b/commits/"
    assert address("https://git.sr.ht/~a/b") == "https://git.sr.ht/~a/b/commit/"
    assert commit_address("https://github.com/a/b", "HEAD; rm -rf") == ""


@pytest.mark.parametrize(
    "remote",
    [
        "https://ada:hunter2@example.org/a/b.git",
        "https://hunter2@github.com/a/b",
        "ssh://git:hunter2@example.org/a/b",
        "https://example.org/a/b?private_token=hunter2",
    ],
)
def test_a_remote_is_shown_without_its_credentials(remote: str) -> None:
    assert "hunter2" not in shown_remote(remote)
    assert "/a/b" in shown_remote(remote)


def test_a_diff_is_cut_into_files_with_their_counts() -> None:
    files, whole = diff_files(DIFF)
    assert whole
    assert [(f.name, f.was, f.word, f.added, f.cut) for f in files] == [
        ("train.py", "", "", 3, 2),
        ("new.py", "old.py", "renamed", 1, 1),
        ("logo.png", "", "new", 0, 0),
    ]
    assert ("cut", "--- not a header, a line that went") in files[0].lines


def test_a_diff_without_git_headers_and_a_huge_one_are_read_too() -> None:
    plain = "--- a/x.py\n+++ b/x.py\n@@ -1 +1 @@\n-a\n+b\n--- y\n+++ y\n@@ -1 +1 @@\n-c\n+d\n"
    assert [file.name for file in diff_files(plain)[0]] == ["x.py", "y"]
    assert diff_files("")[0] == () and diff_files("odd text\n")[0][0].lines == ()
    lines = "".join(f"+line {at}\n" for at in range(20_000))
    files, whole = diff_files(f"--- a/x\n+++ b/x\n@@ -0,0 +1,20000 @@\n{lines}")
    assert not whole and files[0].added == 20_000 and 0 < len(files[0].lines) < 20_000


def named(group: ParamGroup | None, depth: int = 0) -> list[tuple[int, str, tuple[str, ...]]]:
    """The groups of a tree, each with its depth and the names of its rows."""
    assert group is not None
    rows = (depth, group.name, tuple(row.key for row in group.rows))
    return [rows, *(each for inner in group.groups for each in named(inner, depth + 1))]


def test_params_form_a_tree_by_dots_and_slashes() -> None:
    keys = ["lr", "data.batch", "data.path", "a/b/c", "a/b/d", "solo.one", ".x", "x.", "..."]
    rows = param_rows({key: Param(key, "1", 1.0, "int") for key in keys}, None, {})
    assert named(param_tree(rows)) == [
        (0, "", ("...", ".x", "lr", "solo.one", "x.")),
        (1, "a/b/", ("c", "d")),
        (1, "data.", ("batch", "path")),
    ]
    layers = {f"layer{at}": Param("", "1", 1.0, "int") for at in (10, 2, 1)}
    assert named(param_tree(param_rows(layers, None, {})))[0][2] == ("layer1", "layer2", "layer10")
    deep = {f"{'a.' * 500}{end}": Param("", "1", 1.0, "int") for end in "xy"}
    assert param_tree(param_rows(deep, None, {})) is not None
    assert param_tree([]) is None


def test_params_tell_what_most_others_have_in_words_that_stay() -> None:
    def usuals(*values: object) -> object:
        params = {
            str(at): {"p": Param("p", str(v), v if isinstance(v, float) else None, "x")}
            for at, v in enumerate(values)
            if v is not None
        }

        material: Any = SimpleNamespace(params=params)
        found = usual_params(material, [str(at) for at in range(len(values))])
        row = param_rows(params.get("0", {}), None, found)[0]
        return row.unusual, row.others

    assert usuals(1.0, 1.0, 1.0) == (False, "")
    assert usuals(2.0, 1.0, 1.0) == (True, "1.0")
    assert usuals(1.0, 1.0, 2.0) == (False, ""), "as most others"
    assert usuals(0.1, 0.2, 0.3) == (True, "0.1 to 0.3")
    assert usuals(0.1, 0.2, 0.25, 0.3) == usuals(0.1, 0.2, 0.3), "one more in the middle"
    assert usuals("a", "b", "c") == (True, "b, c")
    assert usuals("a", "b", "c", "d", "e") == (True, "b, c, d, e")
    assert usuals("a", "b", "c", "d", "e", "f") == (True, "b, c, d, e, …")
    assert usuals("a", None, None) == (True, "most have none")
    assert usuals(None, "a", "a") == (True, "a"), "this one has none"
    assert usuals(float("nan"), 1.0, 2.0)[0] is True


def test_a_notebook_is_cells_texts_and_pictures_and_nothing_that_runs() -> None:
    found = read_notebook(notebook().decode())
    assert found is not None
    cells, pictures, whole = shown_cells("r", found, MarkdownRenderer(), 10_000)
    assert whole and [cell.prose for cell in cells] == [True, False, False]
    assert "<script" not in cells[0].html and "<em>digits</em>" in cells[0].html
    stream, picture, other = cells[1].outputs
    assert stream.pieces == (("good", "a-green"), (" news", ""))
    assert picture.path == pictures[0].path == "data/runs/r.cell-1.png"
    assert pictures[0].data.startswith(b"\x89PNG") and "text/html" in other.note
    assert cells[2].outputs[0].bad
    assert as_script(found).splitlines()[:3] == [
        "# %% [markdown]",
        "# # A look",
        "# at <script>alert(1)</script> *digits*",
    ]
    assert shown_cells("r", found, MarkdownRenderer(), 5)[2] is False


@pytest.mark.parametrize(
    "text",
    [
        "print(1)",
        "{",
        "[]",
        "{}",
        '{"cells": 7}',
        '{"a":' * 3000,
        '{"cells": [1, {"cell_type": "code", "outputs": [3, {"data": {"image/png": "!"}}]}]}',
        '{"cells": [{"cell_type": "code", "source": [1], "outputs": {"a": 1}}]}',
        json.dumps({"cells": [{"cell_type": "code", "source": "a", "outputs": [
            {"output_type": "error", "traceback": "x"}, {"output_type": "stream"}]}]}),
    ],
)  # fmt: skip
def test_odd_notebooks_break_nothing(text: str) -> None:
    found = read_notebook(text)
    if found is not None:
        shown_cells("r", found, MarkdownRenderer(), 1000)


def tail(*lines: str, total: int = 0, stream: str = "stdout") -> OutputTail:
    when = datetime(2026, 11, 15)
    some = tuple(OutputLine(at, stream, text, when) for at, text in enumerate(lines))
    return OutputTail(total or len(some), some)


def test_a_short_output_is_on_the_page_and_a_long_one_in_files() -> None:
    short = printed("r", tail("one", "two", stream="stderr"))
    assert [(line.number, line.look) for line in short.lines] == [(1, "err"), (2, "err")]
    assert short.files == () and short.path == ""
    long = printed("r", tail(*(f"line {at}" for at in range(2000)), total=2500))
    assert (long.total, long.lines[0].number, long.lines[-1].number) == (2500, 2201, 2500)
    text, data = long.files
    assert text.path == "data/runs/r.output.txt" and text.data.startswith("… 500 earl".encode())
    assert text.data.decode().splitlines()[-1] == "line 1999"
    assert data.data.startswith(b'rf("output","r",{"v":1,"first":501,"lines":["line 0"')
    wide = printed("r", tail(*("x" * 9000 for _ in range(50))))
    assert sum(len(piece) for line in wide.lines for piece, _ in line.pieces) <= 42_000


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("2026-11-15 ERROR disk full", "error"),
        ("ValueError: bad", "error"),
        ("train error: 0.1", ""),
        ("a.py:3: UserWarning: odd", "warn"),
        ("[WARNING] careful", "warn"),
        ("DEBUG x", "debug"),
        ("an errors-and-warnings list", ""),
    ],
)
def test_lines_are_told_apart_by_the_words_of_loggers(line: str, level: str) -> None:
    assert level_of(line) == level


def test_sources_are_coloured_and_every_line_has_an_anchor() -> None:
    html = coloured(SCRIPT, "train.py", "S")
    assert html.count('<span id="S') == SCRIPT.count("\n")
    assert "&lt;b&gt;loop&lt;/b&gt;" in html and "<b>" not in html
    assert coloured("<b>" * 30_000, "x.py") == "&lt;b&gt;" * 30_000 + "\n"


@pytest.mark.parametrize(
    ("suffix", "head", "show"),
    [
        (".wav", b"RIFF....WAVE", "audio"),
        (".mp3", b"ID3", "audio"),
        (".mp4", b"\0\0\0\x18ftypmp42", "video"),
        (".webm", b"\x1a\x45\xdf\xa3", "video"),
        (".mp4", b"<html>", ""),
        (".wav", b"MZ", ""),
        (".exe", b"RIFF", ""),
    ],
)
def test_sound_and_film_are_played_where_they_are_what_they_say(
    suffix: str, head: bytes, show: str
) -> None:
    assert seen_as(suffix, head) == show
