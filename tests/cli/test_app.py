"""The command as a whole: help, unknown words, exit codes, closed pipes."""

from __future__ import annotations

import errno
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from runfolio.cli.app import COMMANDS, app
from runfolio.cli.failures import EXIT_CODES, exit_code_of
from runfolio.errors import ConfigError, RunfolioError, StoreError, UnsafeError

from .conftest import SRC, Cli


def run(*args: str, **env: str) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "runfolio", *args],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SRC), **env},
        timeout=60,
    )


def commands() -> list[click.Command]:
    context = click.Context(app)
    found = [app.get_command(context, name) for name in COMMANDS]
    return [each for each in found if each is not None]


def test_help_lists_every_command_and_every_exit_code(cli: Cli) -> None:
    text = cli("--help").stdout
    for name in COMMANDS:
        assert f"\n  {name} " in text
    lines = [line for line in text.split("\n") if line.startswith("  ") and line[2:3].isalpha()]
    assert not any(line.endswith("...") for line in lines), "a short line explains each command"
    for code, meaning in EXIT_CODES.items():
        assert f"{code:>3}  {meaning}" in text


def test_every_command_is_where_the_table_says() -> None:
    assert [each.name for each in commands()] == list(COMMANDS)


@pytest.mark.parametrize("command", commands(), ids=str)
def test_every_command_and_option_has_help(command: click.Command) -> None:
    assert command.help and command.help.strip().split("\n")[0].endswith((".", ":")), command.name
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert parameter.help and parameter.help.rstrip().endswith((".", "]")), parameter.name


def with_subcommands() -> list[tuple[str, click.Command]]:
    found = []
    for command in commands():
        found.append((str(command.name), command))
        below = getattr(command, "commands", {})
        found += [(f"{command.name} {name}", each) for name, each in below.items()]
    return found


@pytest.mark.parametrize(("name", "command"), with_subcommands(), ids=lambda each: str(each))
def test_every_help_has_an_example(name: str, command: click.Command) -> None:
    example = re.compile(rf"^ *(.*\| )?runfolio {name}\b.", re.MULTILINE)
    text = (command.help or "").partition("\b")[2]
    assert example.search(text) or name == "completion", f"show how to call runfolio {name}"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_eighty_columns(cli: Cli, name: str) -> None:
    result = cli(name, "--help")
    assert result.exit_code == 0
    assert all(len(line) <= 100 for line in result.stdout.split("\n"))
    assert cli(name, "-h").stdout == result.stdout


def test_every_exit_code_of_the_errors_is_documented() -> None:
    kinds = [RunfolioError]
    while kinds:
        kind = kinds.pop()
        assert kind.exit_code in EXIT_CODES
        kinds += kind.__subclasses__()


def test_unknown_command_names_the_nearest(cli: Cli) -> None:
    result = cli("bild")
    assert result.exit_code == 2
    assert result.stderr == (
        'error: There is no command "bild"; did you mean "runfolio build"?\nhint: runfolio --help\n'
    )
    assert 'There is no command "xyzzy".' in cli("xyzzy").stderr


def test_unknown_option_names_the_nearest(cli: Cli) -> None:
    result = cli("ls", "--colums", "a")
    assert result.exit_code == 2
    assert "error: No such option" in result.stderr and "--columns" in result.stderr
    assert result.stderr.endswith("hint: runfolio ls --help\n")


def test_missing_argument_is_said_in_a_sentence(cli: Cli) -> None:
    result = cli("show")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: Missing argument 'RUN'.\nhint: runfolio show --help\n",
    )


def test_no_command_shows_the_help(cli: Cli) -> None:
    result = cli()
    assert result.stderr.startswith("Usage: runfolio") and "hint:" not in result.stderr


def test_version(cli: Cli) -> None:
    assert cli("--version").stdout.startswith("runfolio ")
    assert "duckdb" in cli("version").stdout
    assert '"python": "3.' in cli("version", "--json").stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(cli: Cli, shell: str) -> None:
    text = cli("completion", shell).stdout
    assert "_RUNFOLIO_COMPLETE" in text


def test_unknown_shell(cli: Cli) -> None:
    result = cli("completion", "csh")
    assert (result.exit_code, "'csh' is not one of" in result.stderr) == (2, True)


# --- how it ends --------------------------------------------------------------------------------


def said(error: BaseException, capsys: pytest.CaptureFixture[str]) -> tuple[int, str]:
    code = exit_code_of(error)
    return code, capsys.readouterr().err


def test_errors_are_one_line_and_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    error = UnsafeError("The folder x\x1b[2J is not empty.", hint="Choose another.")
    assert said(error, capsys) == (
        4,
        "error: The folder x\\x1b[2J is not empty.\nhint: Choose another.\n",
    )
    assert said(StoreError("No."), capsys) == (1, "error: No.\n")


def test_every_mistake_of_the_configuration_has_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert said(ConfigError(["a:1: x", "a:2: y"], hint="z"), capsys) == (
        2,
        "error: a:1: x\nerror: a:2: y\nhint: z\n",
    )


@pytest.mark.parametrize(
    ("number", "hint"),
    [
        (errno.ENOSPC, "Free some space"),
        (errno.EACCES, "Look at the permissions"),
        (errno.EROFS, "Look at the permissions"),
        (errno.EMFILE, "ulimit"),
    ],
)
def test_trouble_of_the_machine_is_no_bug(
    number: int, hint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, text = said(OSError(number, os.strerror(number), "a\nb"), capsys)
    assert code == 1
    assert text.startswith(f"error: a\\nb: {os.strerror(number)}.\nhint: ")
    assert hint in text


def test_a_bug_shows_its_trace_and_asks_for_a_report(capsys: pytest.CaptureFixture[str]) -> None:
    try:
        raise KeyError("boom\x1b")
    except KeyError as error:
        code, text = said(error, capsys)
    assert code == 70
    assert text.startswith("Traceback (most recent call last)")
    assert "KeyError" in text and "\x1b" not in text
    assert "error: This is a bug in runfolio, not a mistake of yours (runfolio " in text
    assert "hint: Please report it" in text


def test_packages_that_are_too_old_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    needs = ["click>=8.1.7", "duckdb>=99.1", "nobody-has-this>=1", 'psutil>=5; extra == "demo"']
    monkeypatch.setattr("runfolio.cli.about._requirements", lambda: needs)
    code, text = said(AttributeError("no fetchmany"), capsys)
    assert code == 1
    assert "duckdb>=99.1 (here: " in text and "nobody-has-this>=1 (not installed)" in text
    assert "click" not in text and "Traceback" not in text
    assert said(ZeroDivisionError(), capsys)[0] == 70, "other bugs stay bugs"


def test_ctrl_c_is_quiet(capsys: pytest.CaptureFixture[str]) -> None:
    assert said(KeyboardInterrupt(), capsys) == (130, "")
    abort = click.Abort()
    abort.__cause__ = KeyboardInterrupt()
    assert said(abort, capsys) == (130, "")


def test_an_unanswered_question_does_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    abort = click.Abort()
    abort.__cause__ = EOFError()
    assert said(abort, capsys)[0] == 1


def test_bug_in_a_command_exits_with_70(monkeypatch: pytest.MonkeyPatch) -> None:
    def boom() -> dict[str, str]:
        raise ZeroDivisionError

    monkeypatch.setattr("runfolio.cli.about.describe", boom)
    result = CliRunner().invoke(app, ["version"])
    assert result.exit_code == 70
    assert "ZeroDivisionError" in result.stderr


# --- a process of its own -----------------------------------------------------------------------


def test_module_and_optimised_python() -> None:
    assert "Usage: runfolio" in run("--help", PYTHONOPTIMIZE="2", PYTHONWARNINGS="error").stdout


@pytest.mark.parametrize("name", ["", *COMMANDS])
def test_ascii_locale_and_narrow_terminal(name: str) -> None:
    words = [name, "--help"] if name else ["--help"]
    env = {"PYTHONIOENCODING": "ascii", "COLUMNS": "20", "LC_ALL": "C", "NO_COLOR": "1"}
    result = CliRunner(env=env).invoke(app, words, prog_name="runfolio")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.isascii(), "fixed texts need no other letters"


def test_closed_pipe_is_quiet() -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "runfolio", "sql", "--schema"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SRC)},
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(30) == 0
    process.stderr.close()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs a named pipe")
def test_ctrl_c_in_a_process_is_130_without_a_trace(tmp_path: Path) -> None:
    pipe = tmp_path / "query.sql"
    os.mkfifo(pipe)
    process = subprocess.Popen(
        [sys.executable, "-m", "runfolio", "sql", "-f", str(pipe)],
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(SRC)},
        cwd=tmp_path,
    )
    with pipe.open("wb"):  # opens as soon as the other side reads, and not before
        time.sleep(0.2)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert b"Traceback" not in err


def test_ctrl_c_behind_another_error_is_ctrl_c(capsys: pytest.CaptureFixture[str]) -> None:
    error = ImportError("half loaded")
    error.__cause__ = ValueError()
    error.__cause__.__context__ = KeyboardInterrupt()
    assert said(error, capsys) == (130, "")
    assert said(RuntimeError("Query interrupted"), capsys) == (130, "")
    assert said(RuntimeError("other"), capsys)[0] == 70


def test_help_starts_fast() -> None:
    """In processor time, since others may keep the machine busy; 0.06 s were measured."""

    def seconds(*command: str) -> float:
        start = os.times()
        subprocess.run(
            command, capture_output=True, check=True, env={**os.environ, "PYTHONPATH": str(SRC)}
        )
        end = os.times()
        return end.children_user + end.children_system - start.children_user - start.children_system

    bare = min(seconds(sys.executable, "-c", "pass") for _ in range(3))
    full = min(seconds(sys.executable, "-m", "runfolio", "--help") for _ in range(3))
    assert full - bare < 0.5


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys; from runfolio.cli.app import app\n"
        "try: app.main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = {'duckdb', 'pyarrow', 'rich', 'altair', 'jinja2', 'prompt_toolkit', 'numpy'}\n"
        "print(sorted(heavy & set(sys.modules)), file=sys.stderr)"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(SRC)},
    )
    assert result.stderr == "[]\n"
