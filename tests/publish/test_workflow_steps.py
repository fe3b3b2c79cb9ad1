"""The shell steps of a generated workflow, run as a runner would, in a repository of their own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

import runfolio
from runfolio.config import load
from runfolio.publish import ci
from runfolio.site.render import templates_folder

from .conftest import Git

CONFIG = """
store = "runs"
[publish]
scanner = "off"
[[check]]
name = "the loss is low"
expect = "best loss <= 1"
[metrics.loss]
direction = "min"
"""


BASE_URL = "${{ steps.pages.outputs.base_url }}"
#: Nobody answers there.
ADDRESS = "http://localhost:9/people/project"


@pytest.mark.skipif(not os.environ.get("RUNFOLIO_LONG"), reason="long mode only")
@pytest.mark.parametrize("folder", ["", "lab/deep/"], ids=["top", "below"])
def test_every_shell_step_does_what_it_says(
    repository: Path, git: Git, tmp_path: Path, folder: str
) -> None:
    here = repository / folder
    here.mkdir(parents=True, exist_ok=True)
    (here / "runfolio.toml").write_text(CONFIG)
    (repository / ".gitignore").write_text("*.log\n.runfolio/\n")

    def log(name: str, loss: float) -> None:
        with runfolio.init("digits", name=name, store=here / "runs", capture=False) as run:
            run.log({"loss": loss}, step=0)

    def committed(message: str) -> str:
        git(repository, "add", "-A")
        git(repository, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "-m", message)
        return git(repository, "rev-parse", "HEAD")

    log("first", 0.5)
    base = committed("First")
    log("second", 0.25)
    committed("Second")
    project = ci.project_of(load(here / "runfolio.toml"))
    for host in ci.FILES:
        for path, text in ci.files_for(host, project, templates_folder() / "ci").items():
            if host != "gitlab" and "comment" not in path:
                run_steps(text, repository, base, tmp_path)
        if host == "github":
            lost = (here / "_site" / "404.html").read_text("utf-8")
            assert 'href="/people/project/index.html"' in lost, "it knows where it is shown"
    told = (here / "verdict" / "comment.md").read_text("utf-8")
    assert "second" in told and "the loss is low" in told
    for name in ("_site", "preview", "space"):
        assert (here / name / "index.html").is_file(), name
    text = ci.files_for("gitlab", project, templates_folder() / "ci")[".gitlab/runfolio.yml"]
    jobs = yaml.safe_load(text)
    for name in ("pages", "runfolio preview"):
        words = [*jobs[".runfolio"]["before_script"], *jobs[name]["script"]]
        script = "\n".join(word for word in words if "apt-get" not in word)
        shell(script, repository, base, tmp_path)
    assert (repository / "public" / "index.html").is_file()
    assert (here / "check.xml").is_file()


def run_steps(text: str, repository: Path, base: str, home: Path) -> None:
    """The steps of the first job, each in its folder, with the expressions filled in."""
    job = yaml.safe_load(text)["jobs"]["build"]
    folder = job.get("defaults", {}).get("run", {}).get("working-directory", ".")
    for step in job["steps"]:
        if "run" in step:
            said = step.get("env", {})
            said = {name: text.replace(BASE_URL, ADDRESS) for name, text in said.items()}
            shell(step["run"], repository / folder, base, home, said)


def shell(
    script: str, folder: Path, base: str, home: Path, said: Mapping[str, str] | None = None
) -> None:
    """A script as GitHub runs it; ``pip`` is known to work and only noted."""
    tools = home / "tools"
    tools.mkdir(exist_ok=True)
    code = 'if [ "$2" = pip ]; then exit 0; fi'
    (tools / "python").write_text(f'#!/bin/sh\n{code}\nexec {sys.executable} "$@"\n')
    (tools / "runfolio").write_text(f'#!/bin/sh\nexec {sys.executable} -m runfolio "$@"\n')
    for tool in tools.iterdir():
        tool.chmod(0o755)
    known = {
        **(said or {}),
        "PATH": f"{tools}:{os.environ['PATH']}",
        "BASE": base,
        "NUMBER": "7",
        "CI_MERGE_REQUEST_DIFF_BASE_SHA": base,
        "CI_PROJECT_DIR": str(home / "work"),
        "GITHUB_STEP_SUMMARY": str(home / "summary.md"),
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        cwd=folder, env={**os.environ, **known}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{script}\n{done.stdout}\n{done.stderr}"
