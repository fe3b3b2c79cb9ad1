"""How a command ends: exit codes, and what is said when it goes wrong."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import traceback

import click

from runfolio.cli.terminal import safe, safe_lines, say
from runfolio.environment.version import VERSION
from runfolio.errors import ConfigError, RunfolioError

#: Every exit code with its meaning, as ``runfolio --help`` shows them.
EXIT_CODES: dict[int, str] = {
    0: "done",
    1: "the request failed",
    2: "the command line or the configuration has a mistake",
    3: "files are damaged (with --strict, and in verify)",
    4: "refused, since it could lose or leak data",
    70: "a bug in runfolio; the trace is printed",
    130: "stopped by Ctrl-C",
}

_INSTALL = "Install it anew: pip install --upgrade runfolio"

#: What the machine, not runfolio, is to blame for.
_MACHINE = {
    errno.EACCES,
    errno.EPERM,
    errno.ENOSPC,
    errno.EROFS,
    errno.EMFILE,
    errno.ENFILE,
    errno.ENAMETOOLONG,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.EEXIST,
    errno.EIO,
    getattr(errno, "EDQUOT", errno.ENOSPC),
}


def exit_code_of(error: BaseException) -> int:
    """Say what went wrong on standard error, and return the exit code."""
    if isinstance(error, BrokenPipeError):
        return _closed_pipe()
    if isinstance(error, click.Abort) or is_interrupted(error):
        return _stopped(error)
    if isinstance(error, RunfolioError):
        _tell_runfolio_error(error)
        return error.exit_code
    if isinstance(error, click.ClickException):
        _tell_usage(error)
        return error.exit_code
    if isinstance(error, OSError) and error.errno in _MACHINE:
        where = f" {safe(error.filename)}:" if error.filename else ""
        _tell(f"{where} {error.strerror}.".strip(), _machine_hint(error))
        return 1
    return _bug(error)


def is_interrupted(error: BaseException | None) -> bool:
    """Whether Ctrl-C is behind an error.

    While a library loads it comes out as an ImportError; out of DuckDB as its own error or, from
    version 2 on, as a RuntimeError.
    """
    seen = 0
    while error is not None and seen < 20:
        if isinstance(error, KeyboardInterrupt) or type(error).__name__ == "InterruptException":
            return True
        if isinstance(error, RuntimeError) and str(error) == "Query interrupted":
            return True
        error, seen = error.__cause__ or error.__context__, seen + 1
    return False


def warn(message: str, hint: str = "") -> None:
    """One line on standard error about something that did not stop the command."""
    _tell(message, hint, word="warning", color="yellow")


def _tell(message: str, hint: str = "", *, word: str = "error", color: str = "red") -> None:
    say(f"{click.style(f'{word}:', fg=color, bold=True)} {message}", err=True)
    if hint:
        say(f"{click.style('hint:', fg='cyan')} {hint}", err=True)


def _tell_runfolio_error(error: RunfolioError) -> None:
    if isinstance(error, ConfigError):
        for each in error.problems:
            _tell(safe_lines(each))
        _tell_hint(error.hint)
        return
    _tell(safe_lines(error.message), safe_lines(error.hint))


def _tell_hint(hint: str) -> None:
    if hint:
        say(f"{click.style('hint:', fg='cyan')} {safe_lines(hint)}", err=True)


def _tell_usage(error: click.ClickException) -> None:
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        say(error.format_message(), err=True)  # the help itself: nothing went wrong
        return
    message = " ".join(error.format_message().split())
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "runfolio"
    _tell(safe_lines(message), f"{command} --help")


def _machine_hint(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return "Free some space, or choose another disk (TMPDIR for temporary files)."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return "Look at the permissions of the file and of its folder."
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return "Allow more open files: ulimit -n 1024"
    return ""


def _closed_pipe() -> int:
    """The reader went away (``| head``): quiet, and nothing more may be written at the exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _stopped(error: BaseException) -> int:
    if isinstance(error, click.Abort) and isinstance(error.__cause__, EOFError):
        _tell("The question was not answered, so nothing was done.")
        return 1
    return 130


def _bug(error: BaseException) -> int:
    import platform

    from runfolio.cli.about import unfit

    lacking = unfit()
    if lacking and isinstance(error, ImportError | AttributeError | TypeError):
        _tell(f"This installation lacks what runfolio needs: {', '.join(lacking)}.", _INSTALL)
        return 1
    lines = traceback.format_exception(error)
    say(safe_lines("".join(lines)), err=True, nl=False)
    system = f"runfolio {VERSION}, Python {platform.python_version()}, {platform.platform()}"
    _tell(
        f"This is a bug in runfolio, not a mistake of yours ({system}).",
        "Please report it with the lines above; take out what is private.",
    )
    return 70
