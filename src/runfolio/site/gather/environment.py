"""Where and with what a run was made: details, commit, packages, code, data, models."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from runfolio.query.rows import Dataset, Model, Run
from runfolio.site.material import shown_time
from runfolio.site.numbers import format_bytes, format_duration, format_number
from runfolio.site.pages import Fact

TEXT_BYTES = 200_000
#: Hosts whose pages of commits we know how to name.
_COMMIT_PAGES = {
    "github.com": "commit",
    "gitlab.com": "-/commit",
    "codeberg.org": "commit",
    "bitbucket.org": "commits",
    "huggingface.co": "commit",
}
Environment = Mapping[str, Mapping[str, Any]]


def detail_facts(run: Run, environment: Environment, experiment: str) -> tuple[Fact, ...]:
    """Who, when, where and on what, as far as it is known; ``experiment`` links to its page."""
    host = environment.get("host", {})
    facts = [
        Fact("Experiment", run.experiment, href=experiment),
        Fact("Group", run.group or ""),
        Fact("Started", shown_time(run.started), title="UTC"),
        Fact("Ended", shown_time(run.ended), title="UTC"),
        Fact("Duration", format_duration(run.seconds)),
        Fact("Points", format_number(run.points, 0)),
        Fact("User", run.user or ""),
        Fact("Host", run.host or "", mono=True),
        Fact("Hardware", hardware(environment)),
        Fact("Memory", format_bytes(_number(host.get("memory_bytes")))),
        Fact("System", _text(host.get("os"))),
        Fact("Python", run.python or ""),
        Fact("Seed", "" if run.seed is None else str(run.seed), mono=True),
        Fact("Script", run.script or "", mono=True),
        Fact("Command", run.command or "", mono=True),
        Fact("Exit code", "" if run.exit_code in (None, 0) else str(run.exit_code)),
        Fact("Run id", run.run_id, mono=True),
    ]
    return tuple(fact for fact in facts if fact.value)


def hardware(environment: Environment) -> str:
    """'2× A100' or '16 CPUs'; '' where nothing is known."""
    host = environment.get("host", {})
    found = host.get("gpus")
    gpus = [_text(gpu) for gpu in found] if isinstance(found, list) else []
    if gpus:
        return ", ".join(
            f"{gpus.count(name)}× {name}" if gpus.count(name) > 1 else name
            for name in dict.fromkeys(gpus)
        )
    count, name = _number(host.get("cpu_count")), _text(host.get("cpu"))
    cpus = f"{count:.0f} CPU{'s' if count != 1 else ''}" if count else ""
    return f"{cpus} ({name})" if cpus and name else cpus or name


def git_facts(run: Run, environment: Environment) -> tuple[Fact, ...]:
    """The commit, where it can be seen, and what differed from it."""
    if not run.git_commit:
        return ()
    git = environment.get("git", {})
    remote = web_address(run.git_remote or "")
    state = {True: "changed files", False: "clean", None: ""}[run.git_dirty]
    untracked = git.get("untracked")
    names = [_text(name) for name in untracked] if isinstance(untracked, list) else []
    facts = [
        Fact(
            "Commit",
            run.git_commit[:12],
            mono=True,
            href=commit_address(remote, run.git_commit),
            title=run.git_commit,
        ),
        Fact("Branch", run.git_branch or "", mono=True),
        Fact("State", state),
        Fact("Untracked", ", ".join(names[:20]), mono=True),
        Fact("Repository", run.git_remote or "", mono=True, href=remote),
    ]
    return tuple(fact for fact in facts if fact.value)


def web_address(remote: str) -> str:
    """The web page of a git remote on a known host; '' for all others."""
    ssh = re.fullmatch(r"(?:ssh://)?git@([\w.-]+)[:/]([\w./~-]+)", remote)
    if ssh:
        host, path = ssh.groups()
    else:
        try:
            parts = urlsplit(remote)
        except ValueError:
            return ""
        host, path = (parts.hostname or "", parts.path) if parts.scheme == "https" else ("", "")
    path = path.strip("/").removesuffix(".git")
    if host not in _COMMIT_PAGES or not re.fullmatch(r"[\w.~-]+(/[\w.~-]+)+", path):
        return ""
    return f"https://{host}/{quote(path)}"


def commit_address(page: str, commit: str) -> str:
    """The page of a commit in a repository's page; '' if either is not known."""
    if not page or not re.fullmatch(r"[0-9a-f]{7,64}", commit):
        return ""
    return f"{page}/{_COMMIT_PAGES[urlsplit(page).netloc]}/{commit}"


def package_list(environment: Environment) -> tuple[tuple[str, str], ...]:
    """Names and versions of the installed packages."""
    found = environment.get("packages", {})
    return tuple(sorted((str(name), _text(version)) for name, version in found.items()))


def stored_text(digest: Any, blob_path: Callable[[str], Path]) -> str:
    """The text of a stored file, its beginning where it is long; '' when there is none."""
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        return ""
    path = blob_path(digest)
    try:
        with path.open("rb") as file:
            data = file.read(TEXT_BYTES + 1)
    except OSError:
        return ""
    text = data[:TEXT_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")
    return text if len(data) <= TEXT_BYTES else f"{text}\n… (cut at {format_bytes(TEXT_BYTES)})"


def dataset_facts(datasets: Sequence[Dataset]) -> tuple[tuple[Fact, ...], ...]:
    """What the run read, one group of facts a dataset."""
    groups = []
    for data in datasets:
        shape = (format_number(data.rows, 0), format_number(data.columns, 0))
        facts = (
            Fact("Dataset", data.name),
            Fact("Role", data.role or ""),
            Fact("Rows × columns", " × ".join(each or "?" for each in shape) if any(shape) else ""),
            Fact("Size", format_bytes(data.size)),
            Fact("Source", data.source or "", mono=True),
            Fact("Digest", (data.digest or "")[:16], mono=True, title=data.digest or ""),
        )
        groups.append(tuple(fact for fact in facts if fact.value))
    return tuple(groups)


def model_facts(models: Sequence[Model]) -> tuple[tuple[Fact, ...], ...]:
    """Model versions that the run registered, one group of facts each."""
    groups = []
    for model in models:
        facts = (
            Fact("Model", model.name),
            Fact("Version", str(model.version)),
            Fact("Alias", model.alias or ""),
            Fact("Artifact", model.artifact or "", mono=True),
            Fact("Digest", (model.digest or "")[:16], mono=True, title=model.digest or ""),
        )
        groups.append(tuple(fact for fact in facts if fact.value))
    return tuple(groups)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known else None
