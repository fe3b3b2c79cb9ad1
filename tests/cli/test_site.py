"""`runfolio build`, `serve`, `init` and `demo`."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from runfolio.cli.building import Progress, shown_path, tell_problems
from runfolio.cli.call import Call
from runfolio.cli.demo import examples_folder, find_examples, run_demo, train
from runfolio.cli.serving import open_server, serve_site, watched
from runfolio.cli.webserver import RELOAD_TAG
from runfolio.config import load
from runfolio.errors import RunfolioError, UnsafeError, UsageError
from runfolio.store.folder import Folder

from .conftest import Cli

# --- build --------------------------------------------------------------------------------------


def test_build_says_what_was_done_and_what_to_open(cli: Cli, store: Path, tmp_path: Path) -> None:
    result = cli("build")
    assert result.exit_code == 0, result.stderr
    first, last = result.stdout.splitlines()
    assert " pages of 4 runs, " in first and " written, 0 unchanged" in first
    assert last == "open _site/index.html"
    assert (tmp_path / "_site" / "index.html").is_file()
    again = cli("build")
    assert "(0 written, " in again.stdout
    assert "\r" not in result.stdout, "a pipe gets no progress"


def test_build_explains(cli: Cli, store: Path) -> None:
    assert "  index.html: " in cli("build", "--explain").stdout


def test_build_json(cli: Cli, store: Path) -> None:
    report = json.loads(cli("build", "--json", "--out", "public").stdout)
    assert report["runs"] == 4
    assert report["out"].endswith("public")


def test_build_of_an_empty_store(cli: Cli, empty_store: Path) -> None:
    result = cli("build")
    assert result.exit_code == 0
    assert " of 0 runs" in result.stdout


def test_build_refuses_a_folder_that_is_not_its_own(cli: Cli, store: Path, tmp_path: Path) -> None:
    (tmp_path / "_site").mkdir()
    (tmp_path / "_site" / "mine.txt").write_text("mine")
    result = cli("build")
    assert result.exit_code == 4
    assert result.stderr.startswith("error: ") and "hint: " in result.stderr
    assert (tmp_path / "_site" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("out", ["runs", "runs/site", "."])
def test_build_refuses_to_mix_store_and_site(cli: Cli, store: Path, out: str) -> None:
    result = cli("build", "--out", out)
    assert result.exit_code in (2, 4)
    assert "runs" in result.stderr


def test_build_without_a_store_makes_nothing(cli: Cli, tmp_path: Path) -> None:
    result = cli("build")
    assert (result.exit_code, list(tmp_path.iterdir())) == (1, [])
    assert "There is no store at " in result.stderr


def damage(store: Path) -> None:
    part = next((store / "runs" / "2026-1").glob("p-*.parquet"))
    part.write_bytes(part.read_bytes()[:-20])


def test_damaged_files_are_skipped_and_told(cli: Cli, store: Path) -> None:
    damage(store)
    result = cli("build")
    assert result.exit_code == 0
    assert "warning: runs/2026-1/p-" in result.stderr
    strict = cli("build", "--strict")
    assert strict.exit_code == 3
    assert "error: " in strict.stderr


def test_many_problems_are_counted(capsys: pytest.CaptureFixture[str]) -> None:
    tell_problems(tuple(f"p{number}\x1b" for number in range(10)))
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 9
    assert lines[0] == "warning: p0\\x1b"
    assert lines[-1] == "warning: 2 more; all of them: runfolio build --json"


def test_progress_leaves_nothing_behind(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(shown=True)
    progress.step("write", 0, 10)
    progress.step("write", 10, 10)
    progress.clear()
    text = capsys.readouterr().out
    assert "writing pages [....................] 0/10" in text
    assert "10/10" in text
    assert text.endswith("\r\x1b[K")
    quiet = Progress(shown=False)
    quiet.step("write", 1, 2)
    quiet.clear()
    assert capsys.readouterr().out == ""


def test_paths_are_shown_as_people_type_them(tmp_path: Path) -> None:
    assert shown_path(tmp_path / "a" / "b") == Path("a/b")
    assert shown_path(tmp_path.parent) == tmp_path.parent


# --- serve --------------------------------------------------------------------------------------


def test_serve_builds_again_on_a_change_and_tells_the_browser(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    call = Call()
    turns: list[str] = []
    config = tmp_path / "runfolio.toml"

    def visit(path: str) -> bytes:
        url = capsys_url[0] + path
        with urllib.request.urlopen(url, timeout=10) as answer:
            return bytes(answer.read())

    capsys_url: list[str] = []

    def wait(paths: Callable[[], Iterable[Path]], seen: int) -> int:
        text = capsys.readouterr()
        turns.append(text.out + text.err)
        if len(turns) == 1:
            capsys_url.append(text.out.split(" at ")[1].split()[0])
            assert RELOAD_TAG in visit("index.html")
            assert b'"error": ""' in visit("__runfolio/state?page=/")
            config.write_text('[site]\ntitle = "A new title"\n')
        elif len(turns) == 2:
            assert b"A new title" in visit("index.html")
            config.write_text("[site\n")
        elif len(turns) == 3:
            assert b"runfolio.toml:1:6: " in visit("__runfolio/state?page=/")
            assert b"A new title" in visit("index.html"), "a failed build leaves the site"
            config.unlink()
        else:
            assert b'"error": ""' in visit("__runfolio/state?page=/")
            raise KeyboardInterrupt
        return seen + 1

    with pytest.raises(KeyboardInterrupt):
        serve_site(call, port=0, show=False, wait=wait)
    assert "only to this machine; Ctrl-C ends" in turns[0]
    assert "changed; building" in turns[1]
    assert "error: runfolio.toml:1:6: " in turns[2]


def test_a_port_that_is_taken(tmp_path: Path) -> None:
    server = open_server(tmp_path, 0)
    try:
        with pytest.raises(UsageError, match="cannot be used") as caught:
            open_server(tmp_path, server.server_address[1])
        assert "--port" in caught.value.hint
        with pytest.raises(UsageError, match="99999 is no port"):
            open_server(tmp_path, 99999)
    finally:
        server.server_close()


def test_what_the_site_is_made_of_is_watched(tmp_path: Path) -> None:
    assert watched(load(env={})) == tuple(
        map(Path, ("runs", "pages", "theme", "runfolio.toml", "pyproject.toml"))
    )
    (tmp_path / "helper.py").write_text("")
    (tmp_path / "runfolio.toml").write_text(
        '[site]\nlogo = "logo.svg"\nhooks = "hooks.py"\nwords = "de.json"\n'
    )
    named = {Path("logo.svg"), Path("hooks.py"), Path("de.json"), Path("helper.py")}
    assert named <= set(watched(load(env={})))


# --- init ---------------------------------------------------------------------------------------


def test_init_writes_a_file_that_is_valid(cli: Cli, tmp_path: Path) -> None:
    result = cli("init", "--title", "My runs", "--store", "data/runs")
    assert result.exit_code == 0
    assert result.stdout.startswith("wrote runfolio.toml: ")
    config = load(env={})
    assert (config.site.title, config.store) == ("My runs", Path("data/runs"))


def test_init_never_overwrites(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text("# mine")
    result = cli("init")
    assert result.exit_code == 4
    assert "runfolio.toml is there already" in result.stderr and "hint: " in result.stderr
    assert (tmp_path / "runfolio.toml").read_text() == "# mine"


def test_init_into_a_folder(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    assert cli("init", "sub").exit_code == 0
    assert (tmp_path / "sub" / "runfolio.toml").is_file()
    result = cli("init", "none")
    assert (result.exit_code, "There is no folder none" in result.stderr) == (1, True)


# --- demo ---------------------------------------------------------------------------------------

SCRIPT = """\
import argparse, sys
from runfolio.run.start import init
parser = argparse.ArgumentParser()
parser.add_argument("--store")
parser.add_argument("--fast", action="store_true")
options = parser.parse_args()
name = "fast" if options.fast else "full"
with init("stub", name=name, store=options.store, capture=False) as run:
    run.log({"val/accuracy": 0.5})
"""


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    folder = tmp_path / "examples"
    folder.mkdir()
    (folder / "stub.py").write_text(SCRIPT)
    (folder / "lacking.py").write_text("import not_installed_anywhere.at_all\n")
    (folder / "_private.py").write_text("1/0")
    return folder


def test_demo_runs_examples_builds_and_says_what_to_open(
    examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "demo"
    run_demo(out, fast=True, examples=find_examples(examples))
    said = capsys.readouterr()
    assert "open demo/_site/index.html" in said.out
    assert (out / "_site" / "index.html").is_file()
    assert "warning: lacking is left out: it needs not_installed_anywhere." in said.err
    assert "hint: pip install scikit-learn matplotlib" in said.err
    assert 'title = "runfolio demo"' in (out / "runfolio.toml").read_text()


def test_demo_reuses_its_runs_until_the_script_changes(
    examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], cli: Cli
) -> None:
    out = tmp_path / "demo"

    def names() -> list[str]:
        train(out, fast=fast, examples=find_examples(examples))
        rows = json.loads(cli("ls", "--json", "--store", out / "runs").stdout)
        return sorted(row["name"] for row in rows)

    fast = True
    assert names() == ["fast"]
    assert names() == ["fast"]
    assert "its runs are there already" in capsys.readouterr().out
    fast = False
    assert names() == ["fast", "full"]
    fast = True
    assert names() == ["fast", "full"], "the full runs do for a fast call"
    (examples / "stub.py").write_text(SCRIPT + "# changed\n")
    assert names() == ["fast", "fast", "full"]


def test_a_failing_example_is_told_and_the_others_run(
    examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (examples / "bad.py").write_text("print('before\\x1b'); raise SystemExit('it broke')\n")
    with pytest.raises(RunfolioError, match="1 of 3 examples failed: bad") as caught:
        run_demo(tmp_path / "demo", fast=True, examples=find_examples(examples))
    assert str(tmp_path / "demo" / "logs") in caught.value.hint
    said = capsys.readouterr()
    assert "failed with exit code 1" in said.out
    assert "it broke" in said.err and "\x1b" not in said.err
    assert "open demo/_site/index.html" in said.out, "the site of the others is built all the same"


def test_demo_leaves_the_runs_of_others_alone(cli: Cli, store: Path, tmp_path: Path) -> None:
    result = cli("demo", "--out", ".")
    assert result.exit_code == 4
    assert "holds runs that the demo did not make" in result.stderr
    assert "hint: Choose another folder: runfolio demo --out DIR" in result.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["runs"]


def test_the_examples_are_found() -> None:
    assert {"digits_sweep", "ngram"} <= {each.name for each in find_examples(examples_folder())}
    needs = {each.name: each for each in find_examples(examples_folder())}
    assert needs["ngram"].missing == (), "it needs nothing but the standard library"


def test_demo_does_not_train_inside_a_store(tmp_path: Path) -> None:
    Folder.create(tmp_path / "runs")
    with pytest.raises(UnsafeError, match="is a store"):
        run_demo(tmp_path / "runs", fast=True, examples=[])
