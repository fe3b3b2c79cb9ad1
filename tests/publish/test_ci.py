"""Workflow files pass the hosts' own schemas and an auditor, and ask for no more than they need."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from runfolio.config import load
from runfolio.errors import UnsafeError, UsageError
from runfolio.publish import ci
from runfolio.site.render import templates_folder

ROOT = Path(__file__).resolve().parents[2]
SCHEMAS = {"gitlab": "vendor.gitlab-ci"}


@pytest.fixture(params=["plain", "below"])
def project(request: pytest.FixtureRequest, tmp_path: Path) -> ci.Project:
    """A repository; in one the project lies in a folder and has checks, and a strange branch."""
    below = request.param == "below"
    branch = "odd]#y" if below else "main"
    git = ["git", "init", "--quiet"]
    subprocess.run([*git, str(tmp_path)], check=True, capture_output=True)
    (tmp_path / ".git" / "HEAD").write_text(f"ref: refs/heads/{branch}\n")
    here = tmp_path / "lab" if below else tmp_path
    (here / "checks").mkdir(parents=True)
    (here / "runfolio.toml").write_text('store = "runs"\n')
    if below:
        (here / "checks" / "a.sql").write_text("SELECT 1 WHERE false\n")
    return ci.project_of(load(here / "runfolio.toml"))


def files(host: str, project: ci.Project) -> dict[str, str]:
    return ci.files_for(host, project, templates_folder() / "ci")


def test_every_file_is_what_its_host_reads(project: ci.Project) -> None:
    made: dict[str, list[str]] = {}
    for host in ci.FILES:
        schema = SCHEMAS.get(host, "vendor.github-workflows")
        written = ci.write(project.root, files(host, project))
        assert written and not ci.write(project.root, files(host, project))
        made.setdefault(schema, []).extend(map(str, written))
    ours = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    made["vendor.github-workflows"] += map(str, ours)
    for schema, paths in made.items():
        done = subprocess.run(
            [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema, *paths],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_a_push_to_the_default_branch_starts_the_build(project: ci.Project) -> None:
    assert project.branch == ("odd]#y" if project.folder else "main")
    for host in ("github", "cloudflare", "huggingface"):
        (path, *_) = ci.FILES[host]
        started = yaml.load(files(host, project)[path], yaml.BaseLoader)["on"]
        assert started["push"]["branches"] == [project.branch]


def test_an_auditor_finds_nothing_in_the_workflows(project: ci.Project) -> None:
    for host in ("github", "cloudflare", "huggingface"):
        ci.write(project.root, files(host, project))
    done = subprocess.run(
        [str(Path(sys.executable).parent / "zizmor"), "--offline", "--no-progress", "--persona",
         "pedantic", str(project.root / ".github"), str(ROOT / ".github")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_and_rights_stand_at_the_jobs(project: ci.Project) -> None:
    for host in ("github", "cloudflare", "huggingface"):
        for text in files(host, project).values():
            assert all(
                re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v[\d.]+", used)
                for used in re.findall(r"uses: (.*)", text)
            )
            workflow = yaml.safe_load(text)
            assert workflow["permissions"] == {}
            for name, job in workflow["jobs"].items():
                writes = [right for right, how in job["permissions"].items() if how == "write"]
                assert not writes or name in ("deploy", "comment"), name
                if writes:  # what holds rights runs no code of the repository
                    used = [str(step.get("uses")) for step in job["steps"]]
                    assert not any("checkout" in each for each in used)


def test_clients_are_pinned_and_secrets_meet_no_code_of_the_repository(
    project: ci.Project,
) -> None:
    for host in ("github", "cloudflare", "huggingface"):
        for path, text in files(host, project).items():
            clients = re.findall(r"wrangler@[\w.]+|huggingface_hub[^\s\"]*", text)
            assert set(clients) <= set(ci.CLIENTS.values()) and ">=" not in text
            for name, job in yaml.safe_load(text)["jobs"].items():
                if "secrets." in str(job):
                    assert job["environment"] and name == "deploy", path
                    assert "checkout" not in str(job) and "runfolio publish" not in str(job)
        if host != "github":  # strangers' code is built in one workflow, and shown by another
            (preview,) = (text for path, text in files(host, project).items() if "preview" in path)
            (comment,) = (text for path, text in files(host, project).items() if "comment" in path)
            assert "secrets." not in preview and "pull_request:" in preview
            name = yaml.safe_load(preview)["name"]
            assert yaml.safe_load(comment)[True]["workflow_run"]["workflows"] == [name]
            deploy = yaml.safe_load(comment)["jobs"]["deploy"]
            assert "head_repository.full_name == github.repository" in deploy["if"]
            assert host != "cloudflare" or "rm -rf preview/_worker.js" in comment


def test_a_merge_request_links_the_preview_and_what_moved(project: ci.Project) -> None:
    (text,) = files("gitlab", project).values()
    jobs = yaml.safe_load(text)
    shown = {
        job["artifacts"]["expose_as"]: job["artifacts"]["paths"]
        for job in jobs.values()
        if "expose_as" in job.get("artifacts", {})
    }
    # GitLab links folders that end in a slash, and none whose path holds a variable.
    assert shown == {"site preview": ["preview/", "moved.txt"], "what moved": ["moved.txt"]}
    assert "TOKEN" not in text


def test_a_site_learns_its_address_from_the_host_unless_it_is_said_or_hidden(
    project: ci.Project,
) -> None:
    config = project.root / project.folder / "runfolio.toml"
    asked = {"github": "RUNFOLIO_SITE_URL", "gitlab": "$CI_PAGES_URL"}
    for more, learns in (
        ("", True),
        ('[site]\nurl = "https://example.org/"\n', False),
        ("[publish]\nanonymous = true\n", False),
    ):
        config.write_text(f'store = "runs"\n{more}')
        now = ci.project_of(load(config))
        for host, word in asked.items():
            assert any(word in text for text in files(host, now).values()) is learns, (host, more)


def test_a_store_that_git_leaves_out_is_told(project: ci.Project) -> None:
    config = load(project.root / project.folder / "runfolio.toml")
    assert not ci.project_of(config).ignored
    (project.root / ".gitignore").write_text("runs/\n")
    assert ci.project_of(config).ignored


def test_a_changed_file_is_not_overwritten(project: ci.Project) -> None:
    made = files("gitlab", project)
    (path,) = ci.write(project.root, made)
    path.write_text("mine\n")
    with pytest.raises(UnsafeError, match="says something else"):
        ci.write(project.root, made)
    assert path.read_text() == "mine\n"
    ci.write(project.root, made, force=True)
    assert path.read_text() != "mine\n"


def test_what_a_workflow_could_not_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text("")
    with pytest.raises(UsageError, match="is in no git repository"):
        ci.project_of(load(tmp_path / "runfolio.toml"))
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True, capture_output=True)
    (tmp_path / "runfolio.toml").write_text('store = "../elsewhere"\n')
    with pytest.raises(UsageError, match="is not in the repository"):
        ci.project_of(load(tmp_path / "runfolio.toml"))
