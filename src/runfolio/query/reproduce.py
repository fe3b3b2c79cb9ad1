"""Can a run be repeated? What it says about its code, command, packages, seed and data.

Each item is answered yes, no, or "in part" (None), with what is missing and how the next run gets
it. ``commands`` repeats the run in a POSIX shell; all that came from the store is quoted.
"""

from __future__ import annotations

import posixpath
import re
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from runfolio.query.rows import Dataset, RunView
from runfolio.query.sentence import Sentence as S

Environment = Mapping[str, Mapping[str, Any]]

#: The items in their order.
# said:
ITEMS = ("Code", "Command", "Python", "Packages", "Seed", "Data")

_PACKAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.!+_-]*")
_BARE = re.compile(r"\w[\w .-]*")  # a script beside the caller, not one in another folder
_COMMIT = re.compile(r"[0-9a-fA-F]{7,64}")
_ON_ONE_LINE = 8
_MASK = "***"


@dataclass(frozen=True)
class Item:
    """One thing that a repetition needs: ``ok`` is None where it is there only in part."""

    name: str
    ok: bool | None
    detail: str
    how: str = ""


@dataclass(frozen=True)
class Reproduction:
    """The check of one run, the commands that repeat it, and the check in one sentence."""

    items: tuple[Item, ...]
    commands: str
    verdict: str


def reproduction(run: RunView, store: str = "") -> Reproduction:
    """The check of a run as ``Store.run`` gives it."""
    return check(run.id, run.environment, run.datasets, store)


def check(
    run_id: str, environment: Environment, datasets: Sequence[Dataset], store: str = ""
) -> Reproduction:
    """The check of a run from its environment and datasets; ``store`` is named in commands."""
    items = (
        _code(_section(environment, "git"), _section(environment, "source")),
        _command(_section(environment, "command"), _section(environment, "source")),
        _python(_section(environment, "python")),
        _packages(_section(environment, "packages")),
        _seed(_section(environment, "seed")),
        _data(datasets),
    )
    return Reproduction(items, commands(run_id, environment, store), _verdict(items))


def _section(environment: Environment, name: str) -> Mapping[str, Any]:
    found = environment.get(name)
    return found if isinstance(found, Mapping) else {}


def _verdict(items: Sequence[Item]) -> str:
    missing = [item.name.lower() for item in items if item.ok is False]
    partly = [item.name.lower() for item in items if item.ok is None]
    if not missing and not partly:
        return "Everything that a repetition needs is recorded."
    said = [f"missing: {', '.join(missing)}"] if missing else []
    said += [f"in part: {', '.join(partly)}"] if partly else []
    return f"{len(items) - len(missing) - len(partly)} of {len(items)} recorded; {'; '.join(said)}."


def _code(git: Mapping[str, Any], source: Mapping[str, Any]) -> Item:
    commit = _text(git.get("commit"))
    if not commit:
        how = S("Run from a git repository with at least one commit.")
        if source.get("digest"):
            path = _text(source.get("path")) or S("the script")
            return Item("Code", None, S("No commit; a copy of {path} is kept.", path=path), how)
        return Item("Code", False, S("Neither a commit nor a copy of the script is known."), how)
    short = commit[:10]
    others = _texts(git.get("untracked"))
    if git.get("dirty") and not git.get("diff_digest"):
        return Item(
            "Code",
            False,
            S("Commit {short} with changes that were not kept.", short=short),
            S("Commit before the run, or leave capture.diff on (diffs up to 2 MiB are kept)."),
        )
    if git.get("dirty") is None:
        words = S("Commit {short}; nobody knows whether files were changed.", short=short)
        return Item("Code", None, words)
    detail = (
        S("Commit {short}, with its changes kept", short=short)
        if git.get("dirty")
        else S("Commit {short}, unchanged", short=short)
    )
    scripts = [name for name in others if name.endswith((".py", ".ipynb", ".sh"))]
    if scripts:
        return Item(
            "Code",
            None,
            S("{detail}; not in git: {files}.", detail=detail, files=_some(scripts)),
            S("git add these files, or commit them, before the run."),
        )
    if not git.get("remote"):
        return Item(
            "Code",
            None,
            S("{detail}, in a repository without a remote.", detail=detail),
            S("Push the repository somewhere, so that others can fetch the commit."),
        )
    return Item("Code", True, S("{detail}.", detail=detail))


def _command(command: Mapping[str, Any], source: Mapping[str, Any]) -> Item:
    entry = _text(command.get("entry"))
    arguments = _arguments(command)
    if entry in ("notebook", "interactive"):
        kept = bool(source.get("digest"))
        where = S("a notebook") if entry == "notebook" else S("an interactive session")
        done = S("Run in {where}; what was run is kept.", where=where)
        return Item(
            "Command",
            None if kept else False,
            done if kept else S("Run in {where}.", where=where),
            S("Run it as a script, so that one command repeats it."),
        )
    if not arguments:
        unknown = S("The command line is unknown.")
        return Item("Command", False, unknown, S("Leave capture.command on."))
    line = shlex.join(arguments)
    if any(_MASK in each for each in arguments):
        masked = S("{line} (secrets are masked)", line=line)
        return Item("Command", None, masked, S("Pass secrets by environment."))
    return Item("Command", True, line)


def _python(python: Mapping[str, Any]) -> Item:
    version = _text(python.get("version"))
    if not version:
        return Item("Python", False, S("The version of Python is unknown."))
    name = _text(python.get("implementation"))
    return Item("Python", True, f"{name} {version}".strip())


def _packages(packages: Mapping[str, Any]) -> Item:
    pinned = _pinned(packages)
    if not packages:
        unknown = S("The installed packages are unknown.")
        return Item("Packages", False, unknown, S("Leave capture.packages on."))
    missing = len(packages) - len(pinned)
    if missing:
        said = S(
            "{n} with their versions, {m} without one.", n=f"{len(pinned):,}", m=f"{missing:,}"
        )
        return Item("Packages", None, said)
    return Item("Packages", True, S("{n} with their versions.", n=f"{len(pinned):,}"))


def _seed(seed: Mapping[str, Any]) -> Item:
    value = seed.get("value")
    if value is None:
        return Item(
            "Seed",
            False,
            S("No seed is known."),
            S("Call runfolio.seed_everything(7), or log a param seed."),
        )
    where = _text(seed.get("where"))
    libraries = _texts(seed.get("libraries"))
    detail = S("{value}, from {where}", value=value, where=where) if where else f"{value}"
    if libraries:
        detail = S("{detail} ({libraries})", detail=detail, libraries=", ".join(libraries))
    return Item("Seed", True, S("{detail}.", detail=detail))


def _data(datasets: Sequence[Dataset]) -> Item:
    how = S("runfolio.log_dataset(data, name=…, role=…) notes its digest.")
    if not datasets:
        return Item("Data", False, S("No dataset was logged."), how)
    known = [data.name for data in datasets if data.digest]
    if len(known) < len(datasets):
        lost = [data.name for data in datasets if not data.digest]
        return Item("Data", None, S("Without a digest: {names}.", names=_some(lost)), how)
    kept = sum(1 for data in datasets if data.blob)
    names = _some(known)
    if not kept:
        return Item("Data", True, S("{names}, named by digest.", names=names))
    words = S("{names}, named by digest; {n} of {all} kept.", names=names, n=kept, all=len(known))
    return Item("Data", True, words)


# Commands


def commands(run_id: str, environment: Environment, store: str = "") -> str:
    """Shell lines that repeat the run, as far as is known; '' where nothing is."""
    git = _section(environment, "git")
    python = _section(environment, "python")
    lines = [
        *(_checkout(run_id, git, store) or _kept_script(run_id, environment, store)),
        *_install(python, _section(environment, "packages")),
        *_run(_section(environment, "command"), git),
    ]
    return "\n".join(lines)


def _checkout(run_id: str, git: Mapping[str, Any], store: str) -> list[str]:
    commit = _text(git.get("commit"))
    if not _COMMIT.fullmatch(commit):
        return []
    remote = _text(git.get("remote"))
    lines = [f"git clone -- {_quoted(remote)} repeat && cd repeat"] if remote else []
    lines.append(f"git checkout {commit}")
    if git.get("dirty") and git.get("diff_digest"):
        lines.append(f"runfolio show {_quoted(run_id)} --diff{_place(store)} | git apply")
    if subdirectory := _text(git.get("subdirectory")):
        lines.append(f"cd -- {_quoted(subdirectory)}")
    return lines


def _kept_script(run_id: str, environment: Environment, store: str) -> list[str]:
    """Without a commit the copy of a script is all there is; it never replaces a file."""
    command = _section(environment, "command")
    script = _text(command.get("script")) or next(iter(_arguments(command)), "")
    digest = _section(environment, "source").get("digest")
    if not digest or _text(command.get("entry")) != "script" or not _BARE.fullmatch(script):
        return []
    line = f"runfolio show {_quoted(run_id)} --source{_place(store)} > {_quoted(script)}"
    return [f"[ -e {_quoted(script)} ] || {line}"]


def _place(store: str) -> str:
    return f" --store {_quoted(store)}" if store else ""


def _install(python: Mapping[str, Any], packages: Mapping[str, Any]) -> list[str]:
    pinned = _pinned(packages)
    if not pinned:
        return []
    version = re.match(r"(\d+)\.(\d+)", _text(python.get("version")))
    name = f"python{version[1]}.{version[2]}" if version else "python3"
    lines = [f"{name} -m venv .venv && . .venv/bin/activate"]
    if len(pinned) <= _ON_ONE_LINE:
        return [*lines, f"pip install {' '.join(pinned)}"]
    return [*lines, "pip install -r /dev/stdin <<'END'", *pinned, "END"]


def _run(command: Mapping[str, Any], git: Mapping[str, Any]) -> list[str]:
    arguments = _arguments(command)
    entry = _text(command.get("entry"))
    if not arguments or entry in ("notebook", "interactive"):
        return []
    script, *rest = arguments
    told = _text(command.get("script")) or script
    if entry == "module":
        module = re.sub(r"(/__main__)?\.py$", "", told).replace("/", ".")
        return [f"python -m {shlex.join([module, *rest])}"]
    root = _text(git.get("root"))
    if root and told.startswith(f"{root}/"):
        told = posixpath.relpath(told, posixpath.join(root, _text(git.get("subdirectory"))))
    line = shlex.join([told, *rest])
    return [f"python {'./' if told.startswith('-') else ''}{line}"]


def _pinned(packages: Mapping[str, Any]) -> list[str]:
    """``name==version`` by name; what is no name or version of a package is left out."""
    return [
        f"{name}=={version}"
        for name, version in sorted(packages.items())
        if isinstance(version, str) and _PACKAGE.fullmatch(name) and _VERSION.fullmatch(version)
    ]


def _arguments(command: Mapping[str, Any]) -> list[str]:
    found = command.get("argv")
    return [str(each) for each in found] if isinstance(found, list) else []


def _quoted(text: str) -> str:
    return shlex.quote(text)


def _text(value: Any) -> str:
    """The text without control characters, so that a command stays on its line."""
    if not isinstance(value, str):
        return ""
    return "".join(sign for sign in value if sign.isprintable())


def _texts(value: Any) -> list[str]:
    """The texts of a list that are not empty."""
    return [_text(each) for each in value if _text(each)] if isinstance(value, list) else []


def _some(names: Sequence[str]) -> str:
    """The first names, and how many more there are."""
    shown = ", ".join(names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
