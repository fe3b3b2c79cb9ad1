"""Every mistake in the configuration is told with file, line, key, value and what is allowed."""

from __future__ import annotations

from pathlib import Path

import pytest

from runfolio.config import load
from runfolio.errors import ConfigError


def problems(folder: Path, text: str | bytes, **options: object) -> list[str]:
    data = text.encode() if isinstance(text, str) else text
    (folder / "runfolio.toml").write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        load(start=folder, env={}, overrides=options)
    return caught.value.problems


def problem(folder: Path, text: str | bytes, **options: object) -> str:
    (only,) = problems(folder, text, **options)
    return only


BOARD = '[[leaderboard]]\nname = "a"\nmetric = "m"\n'


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "\nleaderbord = 1",
            'runfolio.toml:2: unknown key leaderbord; did you mean "leaderboard"?',
        ),
        ("title = 'x'", "runfolio.toml:1: unknown key title; it belongs into [site]"),
        ("[site]\nstore = 'x'", "runfolio.toml:2: unknown key site.store; it belongs into the top"),
        ("[site]\ntitel = 'x'", 'runfolio.toml:2: unknown key site.titel; did you mean "title"?'),
        (
            "zzz = 1",
            "runfolio.toml:1: unknown key zzz; known here: format, store, out, index, site,",
        ),
        ("store = 3", 'runfolio.toml:1: store = 3: expected a path in quotes, e.g. store = "runs"'),
        ("store = ''", 'runfolio.toml:1: store = "": expected a path'),
        ("out = 's3://x'", "expected a folder of this machine, not an address"),
        ("site = 3", "runfolio.toml:1: site = 3: expected a table, written as [site]"),
        ("leaderboard = {}", "expected a table, written as [[leaderboard]]"),
        ("metrics = 3", 'expected a table, written as [metrics."val/accuracy"]'),
        ("[capture]\ngit = 'no'", 'runfolio.toml:2: capture.git = "no": expected true or false'),
        ("[capture]\nsystem_seconds = 0", "capture.system_seconds = 0: must be at least 0.1"),
        ("[capture]\nsystem_seconds = inf", "expected a number"),
        ("[capture]\nsystem_seconds = 1e9", "must be at most 86400"),
        (BOARD + 'columns = "loss"', 'leaderboard[0].columns = "loss": expected a list of texts, '),
        (BOARD + 'columns = "loss"', 'e.g. columns = ["loss"]'),
        (BOARD + "columns = [1]", 'expected a list of texts, e.g. columns = ["lr", "val/loss"]'),
        (
            '[site]\nsearch = ["names", "tag"]',
            '"notes" and "output"; did you mean "tags"?',
        ),
        (
            BOARD + 'direction = "maximize"',
            'runfolio.toml:4: leaderboard[0].direction = "maximize": '
            'allowed are "max" and "min"; did you mean "max"?',
        ),
        (BOARD + 'stat = "avg"', 'allowed are "best", "last", "min", "max" and "mean"'),
        (BOARD + 'slug = "../x"', "leaderboard[0].slug"),
        (BOARD + 'goal = "max"', "unknown key leaderboard[0].goal; known here: name, title"),
        (
            '[[leaderboard]]\nname = "a"',
            "runfolio.toml:1: leaderboard[0] needs a metric, e.g. metric",
        ),
        ('[[paper]]\nname = "a"\nmetrics = ["m"]', 'paper[0] needs rows, e.g. rows = "model"'),
        ('[[leaderboard]]\nmetric = "a"', "leaderboard[0] needs a name, e.g. name"),
        ('[metrics."a"]\ndigits = 1.5', "metrics.a.digits = 1.5: expected a whole number"),
        ('[metrics."a/b"]\ndigits = -1', 'metrics."a/b".digits = -1: must be at least 0'),
        ('[metrics]\nloss = "min"', 'metrics.loss = "min": expected a table'),
        ("[metrics.val.loss]\nunit = ''", 'in quotes: [metrics."val.loss"]'),
        ("[site]\nurl = 'javascript:alert(1)'", "allowed are addresses with https://"),
        ("[site]\nurl = 'java\\tscript:alert(1)'", "runfolio.toml:2: site.url"),
        ('[site]\nurl = "java\\tscript:alert(1)"', "no spaces, backslashes or control characters"),
        ("[site]\nurl = 'https:evil'", "allowed are addresses with https://"),
        ("[site]\nurl = 'https://me:pw@x.org'", "must not hold a user name or password"),
        ("[site]\nurl = 'https://[x'", "this is not an address"),
        ('[site]\ntitle = ["\\u0007"]', 'site.title = ["\\u0007"]: expected a text in quotes'),
        ("[site]\ntitle = 1979-05-27", "site.title = 1979-05-27: expected a text"),
        ("[site]\ntitle = {a = 1}", "site.title = a table: expected a text"),
        ("format = 99", "format = 99: this file was made for a newer version of runfolio"),
        ("format = true", "format = true: expected a whole number"),
    ],
)
def test_mistake_in_the_file(tmp_path: Path, text: str, words: str) -> None:
    assert words in problem(tmp_path, text)


def test_all_mistakes_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        'stor = "x"\n[site]\ntitle = 3\n[capture]\ngti = true\n' + BOARD + 'stat = "x"\n',
        out=3,
    )
    assert len(found) == 5
    assert [each.split(":")[1] for each in found[:4]] == ["1", "3", "5", "9"]
    assert found[4].startswith("--out = 3: expected a path")


def test_two_leaderboards_of_one_slug(tmp_path: Path) -> None:
    text = BOARD + '[[leaderboard]]\nname = "A"\nmetric = "m"\n'
    only = problem(tmp_path, text)
    assert only.startswith('runfolio.toml:4: leaderboard[1].slug = "a": ')
    assert "at runfolio.toml:1 has it already" in only
    assert "leaderboard[1].name" in problem(tmp_path, BOARD + BOARD)


@pytest.mark.parametrize(
    ("store", "out", "words"),
    [
        ("data", "data/site", "lie within each other"),
        ("site/data", "site", "lie within each other"),
        ("x", "y/../x", "are the same folder"),
    ],
)
def test_output_within_the_store(tmp_path: Path, store: str, out: str, words: str) -> None:
    only = problem(tmp_path, f'store = "{store}"\nout = "{out}"\n')
    assert words in only
    assert "(file runfolio.toml:1)" in only and "(file runfolio.toml:2)" in only


def test_syntax_error_shows_the_line(tmp_path: Path) -> None:
    only = problem(tmp_path, '[site]\ntitle = "x"\n\turl = nope\n')
    assert only.startswith("runfolio.toml:3:")
    assert only.endswith("\n    \turl = nope\n    \t      ^")


def test_syntax_error_at_the_end(tmp_path: Path) -> None:
    assert problem(tmp_path, "a =").startswith("runfolio.toml:1:4: ")
    assert "Unterminated" in problem(tmp_path, 'a = """\nb')


def test_unquoted_metric_name(tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text("[metrics.val/accuracy]\n")
    with pytest.raises(ConfigError) as caught:
        load(start=tmp_path, env={})
    assert '[metrics."val/accuracy"]' in caught.value.hint


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ("a = 1\n".encode("utf-16"), "the file is in UTF-16;"),
        ("a = 1\n".encode("utf-16-be"), "the file is in UTF-16 (or it is not a text)"),
        ("a = 1\n".encode("utf-32"), "the file is in UTF-32"),
        ("# one\n# café\n".encode("latin-1"), "Latin-1 or a relative of it (byte 0xe9 in line 2)"),
    ],
)
def test_other_encodings_are_named(tmp_path: Path, data: bytes, words: str) -> None:
    assert words in problem(tmp_path, data)


def test_missing_file_and_folder(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There is no configuration file at") as caught:
        load(tmp_path / "no.toml", env={})
    assert "runfolio init" in caught.value.hint
    with pytest.raises(ConfigError, match="is a folder, not a configuration file"):
        load(tmp_path, env={})


def test_file_in_place_of_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be read"):
        load(tmp_path / "file" / "runfolio.toml", env={})


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("RUNFOLIO_CAPTURE_GIT", "maybe", 'RUNFOLIO_CAPTURE_GIT = "maybe": allowed are 1, true'),
        (
            "RUNFOLIO_CAPTURE_SYSTEM_SECONDS",
            "x",
            'RUNFOLIO_CAPTURE_SYSTEM_SECONDS = "x": expected a',
        ),
        ("RUNFOLIO_CAPTURE_GITT", "1", 'unknown; did you mean "RUNFOLIO_CAPTURE_GIT"?'),
        ("RUNFOLIO_OUT", "runs/site", "out = "),
    ],
)
def test_mistake_in_the_environment(tmp_path: Path, name: str, value: str, words: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(start=tmp_path, env={name: value})
    assert words in str(caught.value)


def test_unknown_flag(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match='There is no option stroe; did you mean "store"'):
        load(start=tmp_path, env={}, overrides={"stroe": "x"})


def test_pyproject_table_that_is_no_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[[tool.runfolio]]\n")
    with pytest.raises(ConfigError, match="must be a table"):
        load(start=tmp_path, env={})
