"""The prompt of ``runfolio sql``: history, completion, several lines, a few commands."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from runfolio.cli.failures import exit_code_of
from runfolio.cli.schema import schema_text, tables_text
from runfolio.cli.terminal import safe, say, width
from runfolio.errors import RunfolioError
from runfolio.query.views import ON_DEMAND, VIEWS

_KEYWORDS = (
    "SELECT FROM WHERE GROUP BY ORDER LIMIT JOIN LEFT USING ON AS AND OR NOT IN IS NULL LIKE ILIKE "
    "HAVING DISTINCT CASE WHEN THEN ELSE END WITH DESC ASC BETWEEN COUNT AVG MIN MAX SUM MEDIAN "
    "ROUND DESCRIBE SUMMARIZE PIVOT UNNEST COALESCE QUALIFY OVER PARTITION"
)
_WORD = re.compile(r"[\w./]+")
KEYWORDS = tuple(_KEYWORDS.split())
HELP = """\
Write a statement, end it with ; and press Enter. It may take several lines.
  .tables          the views
  .schema [VIEW]   their columns and what they mean
  .help            this text
  .quit            or Ctrl-D"""
BEGINNING = "SELECT name, status, seconds FROM runs ORDER BY started DESC LIMIT 5;"


def history_file(env: dict[str, str] | os._Environ[str] = os.environ) -> Path | None:
    """Where statements are remembered; None where there is no home folder to keep them in."""
    try:
        base = Path(env.get("XDG_STATE_HOME") or env.get("LOCALAPPDATA") or "~/.local/state")
        path = base.expanduser() / "runfolio" / "sql-history"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
    except (OSError, RuntimeError):
        return None
    return path


def words(columns: Iterable[str] = ()) -> list[str]:
    """What can be completed: keywords, views, their columns, and names of this store."""
    found = {column.name for view in VIEWS for column in view.columns}
    found |= {view.name for view in (*VIEWS, *ON_DEMAND)} | set(columns)
    return [*KEYWORDS, *sorted(found), ".tables", ".schema", ".help", ".quit"]


def is_complete(text: str) -> bool:
    """Whether Enter ends the statement: it ends with a semicolon, or is a command, or is empty."""
    stripped = text.strip()
    return not stripped or stripped.endswith(";") or stripped.startswith((".", "\\"))


def run_command(text: str) -> bool:
    """Answer a command such as ``.tables``; False when it asks to leave."""
    name, _, rest = text.strip().rstrip(";").partition(" ")
    if name in (".quit", ".exit", ".q", "\\q"):
        return False
    if name in (".tables", "\\d", "\\dt"):
        say(tables_text(width()))
    elif name == ".schema":
        say(schema_text(rest.strip(), width()))
    else:
        say(HELP)
    return True


def converse(read: Callable[[], str], answer: Callable[[str], None]) -> None:
    """Read statements until the end; a mistake is told and the conversation goes on."""
    while True:
        try:
            text = read().strip()
        except KeyboardInterrupt:
            continue  # Ctrl-C drops the line, as in other prompts
        except EOFError:
            return
        try:
            if text.startswith((".", "\\")):
                if not run_command(text):
                    return
            elif text.strip("; \n"):
                answer(text)
        except RunfolioError as error:
            exit_code_of(error)
        except KeyboardInterrupt:
            say("stopped", err=True)


def reader(store_name: str, columns: Iterable[str]) -> Callable[[], str]:
    """A function that reads one statement from the terminal."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.completion import WordCompleter
    from prompt_toolkit.filters import Condition
    from prompt_toolkit.history import FileHistory, InMemoryHistory
    from prompt_toolkit.key_binding import KeyBindings
    from prompt_toolkit.lexers import PygmentsLexer
    from pygments.lexers.sql import SqlLexer

    path = history_file()
    bindings = KeyBindings()
    session: Any = PromptSession(
        history=FileHistory(str(path)) if path else InMemoryHistory(),
        completer=WordCompleter(words(columns), ignore_case=True, pattern=_WORD),
        complete_while_typing=False,
        lexer=PygmentsLexer(SqlLexer),
        key_bindings=bindings,
        multiline=True,
        prompt_continuation=lambda width, *rest: " " * (width - 2) + "| ",
        enable_open_in_editor=True,
    )

    @bindings.add("enter", filter=Condition(lambda: is_complete(session.default_buffer.text)))
    def accept(event: Any) -> None:
        event.current_buffer.validate_and_handle()

    say(f"SQL over the runs in {safe(store_name)}, for example:\n  {BEGINNING}")
    say("Type .help for more; Ctrl-D ends.")
    return lambda: str(session.prompt("sql> "))


def is_interactive() -> bool:
    """Whether a person sits at both ends."""
    return sys.stdin.isatty() and sys.stdout.isatty()
