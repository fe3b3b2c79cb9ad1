"""Hooks: a Python file of the user's own that adds columns, pages and charts to the site.

The configuration names the file (``[site] hooks = "hooks.py"``); it is run once for each build::

    from runfolio.site import hooks

    @hooks.column("Images a second", board="digits", better="max")
    def speed(store):
        rows = store.sql("SELECT run_id, 1 / min(seconds) FROM …").fetchall()
        return dict(rows)

    @hooks.page("methods", title="Methods")
    def methods(store):
        return "Markdown, as in the folder of pages"

    @hooks.chart
    def error_by_size(store, **options):
        return altair.Chart(…)

Each function gets the ``Store``, which only reads. What it returns is data: texts are escaped and
Markdown is cleaned like everything else. A mistake ends the build before anything is written and
names the hook, the file and the line.
"""

from __future__ import annotations

import contextlib
import importlib
import math
import re
import sys
import traceback
import types
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, overload

from runfolio.errors import BuildError
from runfolio.query.store import Store
from runfolio.site.output import digest

Function = TypeVar("Function", bound=Callable[..., Any])
Value = float | int | str | None

#: Where a page may lie: a name, or folders and a name.
_PAGE_NAME = re.compile(r"[a-z0-9_][a-z0-9_.-]*(/[a-z0-9_][a-z0-9_.-]*)*", re.IGNORECASE)
_MODULE = "runfolio_hooks"


@dataclass(frozen=True)
class Hook:
    """One function of the file: what it adds (column, page or chart), its name and where it is."""

    kind: str
    name: str
    function: Callable[..., Any]
    file: str
    line: int
    options: Mapping[str, Any] = field(default_factory=dict)

    def call(self, store: Store, **given: Any) -> Any:
        """What the function returns; BuildError with the place where it failed.

        What it prints goes to standard error, so that ``--json`` stays JSON.
        """
        try:
            with contextlib.redirect_stdout(sys.stderr):
                return self.function(store, **given)
        except (Exception, SystemExit) as error:
            line = _line_of(error, self.file) or self.line
            raise self.error(f"failed: {_told(error)}", line) from error

    def error(self, what: str, line: int = 0) -> BuildError:
        """The error that says ``what`` is wrong with this hook."""
        place = f"{Path(self.file).name}:{line or self.line}"
        return BuildError(
            f"{place}: the {self.kind} hook {self.name} {what}",
            hint="The site is as it was before. Correct the function, then build again.",
        )


@dataclass(frozen=True)
class Hooks:
    """All hooks of a file, in its order; ``state`` names the code that they were read from."""

    columns: tuple[Hook, ...] = ()
    pages: tuple[Hook, ...] = ()
    charts: Mapping[str, Hook] = field(default_factory=dict)
    state: str = ""


# --- what the user's file calls -------------------------------------------------------------------

_FOUND: ContextVar[list[Hook] | None] = ContextVar("hooks", default=None)


def column(
    label: str,
    *,
    board: str = "",
    unit: str = "",
    better: Literal["max", "min", ""] = "",
    digits: int | None = None,
    show: bool = True,
    help: str = "",
) -> Callable[[Function], Function]:
    """A column of run tables: the function gives ``{run_id: number or text}`` for all runs.

    ``board`` names one leaderboard (its name or slug); without it, every table of runs gets the
    column. ``better`` says which number is best, ``digits`` fixes the decimals, ``show=False``
    leaves the column to be chosen by the reader, ``help`` stands at its head.
    """
    if better not in ("max", "min", ""):
        raise ValueError(f"better={better!r}: allowed are 'max' and 'min'")
    options = {"label": label, "board": board, "unit": unit, "better": better}
    return _adds("column", {**options, "digits": digits, "show": show, "help": help})


def page(path: str, *, title: str = "") -> Callable[[Function], Function]:
    """A page: the function gives its Markdown, or ``{name: Markdown}`` for a folder of pages.

    ``path`` is where it lies ("methods", "ablations/all"); the text may hold what a text of the
    folder ``pages`` may hold. Without ``title`` the text's first heading is the title.
    """
    name = path.removesuffix(".html").removesuffix(".md")
    if not _PAGE_NAME.fullmatch(name):
        raise ValueError(f"{path!r} is no path of a page; for instance 'methods'")
    return _adds("page", {"path": name, "title": title})


@overload
def chart(function: Function) -> Function: ...
@overload
def chart(function: str) -> Callable[[Function], Function]: ...
def chart(function: Function | str) -> Function | Callable[[Function], Function]:
    """A chart that texts can show by name: the function gives an Altair chart or Vega-Lite.

    Options that the text gives beside the name are its keyword arguments.
    """
    if isinstance(function, str):
        return _adds("chart", {"name": function})
    return _adds("chart", {})(function)


def _adds(kind: str, options: Mapping[str, Any]) -> Callable[[Function], Function]:
    """A decorator that notes the function; elsewhere than in a build it changes nothing."""

    def decorate(function: Function) -> Function:
        found = _FOUND.get()
        if found is not None:
            code = function.__code__ if isinstance(function, types.FunctionType) else None
            name = options.get("name") or getattr(function, "__name__", kind)
            file, line = (code.co_filename, code.co_firstlineno) if code else ("hooks", 0)
            found.append(Hook(kind, str(name), function, file, line, options))
        return function

    return decorate


# --- reading the file -----------------------------------------------------------------------------


def load_hooks(path: str) -> Hooks:
    """The hooks of the file at ``path``; none for ''. BuildError where it cannot be run."""
    if not path:
        return Hooks()
    file = Path(path)
    try:
        source = file.read_bytes()
    except OSError as error:
        raise BuildError(
            f"The hooks file {file.name} cannot be read: {error.strerror}.",
            hint="Correct [site] hooks in the configuration.",
        ) from None
    found: list[Hook] = []
    token = _FOUND.set(found)
    try:
        with _beside(file.resolve().parent) as helpers, contextlib.redirect_stdout(sys.stderr):
            _run(file, source)
            state = digest(source + b"".join(helper.read_bytes() for helper in helpers()))
    finally:
        _FOUND.reset(token)
    charts = {hook.name: hook for hook in found if hook.kind == "chart"}
    columns = tuple(hook for hook in found if hook.kind == "column")
    _refuse_twins(found)
    return Hooks(columns, tuple(hook for hook in found if hook.kind == "page"), charts, state)


def _run(file: Path, source: bytes) -> None:
    """Run the file as a module of its own."""
    module = types.ModuleType(_MODULE)
    module.__file__ = str(file)
    sys.modules[_MODULE] = module  # dataclasses look their module up there
    try:
        exec(compile(source, str(file), "exec"), vars(module))
    except (Exception, SystemExit) as error:
        line = _line_of(error, str(file)) or 1
        raise BuildError(
            f"{file.name}:{line}: the hooks file failed: {_told(error)}",
            hint="The site is as it was before. Correct the file, then build again.",
        ) from error


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Callable[[], list[Path]]]:
    """Let the file import what lies beside it; gives a function that lists those files.

    They are forgotten after, so that a later build of the same process reads them anew.
    """
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()

    def helpers() -> dict[str, Path]:
        # A virtual environment in the project's folder is a place of its own.
        others = [Path(each) for each in sys.path if each and Path(each).parent != Path(each)]
        inner = [each for each in others if each != folder and each.is_relative_to(folder)]
        found = {}
        for name in set(sys.modules) - before - {_MODULE}:
            file = Path(getattr(sys.modules[name], "__file__", None) or "")
            below = file.suffix == ".py" and file.is_relative_to(folder)
            if below and not any(file.is_relative_to(each) for each in inner):
                found[name] = file
        return found

    try:
        yield lambda: sorted(helpers().values())
    finally:
        for name in helpers():
            sys.modules.pop(name, None)
        with contextlib.suppress(ValueError):
            sys.path.remove(str(folder))


def _refuse_twins(found: Sequence[Hook]) -> None:
    """Two hooks that would fill the same place."""
    seen: dict[tuple[str, str], Hook] = {}
    for hook in found:
        place = (hook.kind, hook.options.get("path") or hook.name)
        first = seen.setdefault(place, hook)
        if first is not hook:
            raise hook.error(f"has the same name as the one in line {first.line}")


def _line_of(error: BaseException, file: str) -> int:
    """The last line of ``file`` that led to the error; 0 if none did."""
    if isinstance(error, SyntaxError) and error.filename == file:
        return error.lineno or 0
    frames = traceback.extract_tb(error.__traceback__)
    return next((each.lineno or 0 for each in reversed(frames) if each.filename == file), 0)


def _told(error: BaseException) -> str:
    text = str(error)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__


# --- what they give -------------------------------------------------------------------------------


def column_values(hook: Hook, store: Store, run_ids: Collection[str]) -> dict[str, Value]:
    """The values of a column by run; BuildError where they are not numbers or texts of runs."""
    given = hook.call(store)
    if not isinstance(given, Mapping):
        raise hook.error(f"gave {type(given).__name__}; expected a dict of run_id to value")
    values: dict[str, Value] = {}
    for run_id, value in given.items():
        if run_id not in run_ids:
            raise hook.error(f"gave a value for {run_id!r}, which is the id of no run")
        values[run_id] = _plain(hook, run_id, value)
    return values


def _plain(hook: Hook, run_id: str, value: Any) -> Value:
    """One value as a number or text; numbers of NumPy and the like come as Python's."""
    if not isinstance(value, str | int | float | None) and hasattr(value, "item"):
        value = value.item()
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None or isinstance(value, str | int):
        return value
    try:
        number = float(value)
    except (TypeError, ValueError):
        kind = type(value).__name__
        raise hook.error(f"gave {kind} for {run_id}; expected a number or a text") from None
    return number if math.isfinite(number) else None


def page_texts(hooks: Hooks, store: Store, taken: Mapping[str, str]) -> dict[str, str]:
    """The Markdown of all pages of hooks by file name (``methods.md``).

    BuildError where a hook gives no text, or its page lies where a file of the folder does.
    """
    texts: dict[str, str] = {}
    for hook in hooks.pages:
        for name, text in _texts_of(hook, hook.call(store)).items():
            if name in taken or name in texts:
                raise hook.error(f"makes the page {name}, which is there already")
            texts[name] = text
    return texts


def _texts_of(hook: Hook, given: Any) -> dict[str, str]:
    path, title = hook.options["path"], hook.options["title"]
    several = given if isinstance(given, Mapping) else {"": given}
    texts = {}
    for name, text in several.items():
        if not isinstance(text, str):
            raise hook.error(f"gave {type(text).__name__}; expected a text of Markdown")
        if name and not _PAGE_NAME.fullmatch(str(name)):
            raise hook.error(f"names a page {name!r}; names have letters, digits, - and _")
        heading = f"# {title}\n\n" if title and not name else ""
        texts[f"{path}/{name}.md" if name else f"{path}.md"] = heading + text
    return texts
