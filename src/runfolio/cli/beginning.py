"""The first files of a project: ``runfolio.toml``, and workflows for a host."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe, say
from runfolio.config.source import FILE
from runfolio.config.template import commented_file
from runfolio.errors import StoreError, UnsafeError, UsageError

if TYPE_CHECKING:
    from runfolio.cli.call import Call


def write_config(folder: Path, *, title: str = "", store: str = "") -> Path:
    """Write the commented file into ``folder``; UnsafeError if there is one already."""
    path = folder / FILE
    if not folder.is_dir():
        raise StoreError(f"There is no folder {folder}.", hint=f"Make it first: mkdir {folder}")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(commented_file(title=title, store=store))
    except FileExistsError:
        raise UnsafeError(
            f"{path} is there already; it was not changed.",
            hint="Edit it, or move it away and run init again.",
        ) from None
    return path


def write_ci(call: Call, hosts: Sequence[str], *, force: bool) -> None:
    """Write the workflows for a host into the repository, and say what is left to do."""
    from runfolio.publish import ci
    from runfolio.site.render import templates_folder

    if len(hosts) != 1 or hosts[0] not in ci.FILES:
        given = f"{hosts[0]!r} is not known" if hosts else "It needs a host"
        raise UsageError(f"{given}.", hint=f"runfolio init ci {'|'.join(ci.FILES)}")
    project = ci.project_of(call.asked)
    files = ci.files_for(hosts[0], project, templates_folder() / "ci")
    written = ci.write(project.root, files, force=force)
    for path in files:
        say(f"{'wrote' if project.root / path in written else 'has'} {safe(path)}")
    if project.ignored:
        warn(
            f"git ignores the store {safe(project.store)}, so that a workflow finds no run.",
            "take it out of .gitignore; the store has one of its own for what is of this machine",
        )
    if project.install.doubt:
        warn(
            f"the workflows install {safe(project.install.words)}, but "
            f"{safe(project.install.doubt)}. [ci] install names something else."
        )
    say(f"next: {ci.NEXT[hosts[0]]}; commit the runs and these files, and push")
