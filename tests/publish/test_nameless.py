"""A site for a double-blind review: nobody is named in any byte that leaves."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import runfolio
from runfolio.cli.app import app
from runfolio.config.publishing import PublishConfig
from runfolio.publish.contents import texts
from runfolio.publish.gate import last_look
from runfolio.query.identity import Named

from .conftest import Git

#: Where a name can stand, and how it is written there.
PLANTED = {
    "name": "try of Jane Doe",
    "experiment": "jane-doe/sparkformer",
    "group": "sparkformer sweep",
    "tag": "by-jdoe",
    "tag with a value": "jane.doe@uni-nowhere.edu",
    "param": "https://github.com/jane-doe/sparkformer.git",
    "key of a param": "sparkformer.depth",
    "nested param": {"owner": ["Doe, Jane", {"at": "git@github.com:jane-doe/sparkformer.git"}]},
    "metric": "jane_doe/accuracy",
    "note": "First line\nDoe, J. ran this for the Engine Lab; see jane-doe.github.io/sparkformer.",
    "second note": "Like {commit} and {short}, but by J. Doe (jane@uni-nowhere.edu).",
    "dataset": "s3://uni-nowhere.edu/jane-doe/d.csv",
    "name of an artifact": "janedoe-notes.txt",
    "traceback": "Jane Q. Doe broke git.uni-nowhere.edu",
    "histogram": "sparkformer/weights",
    "title": "Sparkformer by Jane Doe",
    "description": "Code: [here](https://github.com/jane-doe/sparkformer), by the Engine Lab.",
    "footer": "© JANE DOE, uni-nowhere.edu",
    "leaderboard": "Runs of J. Doe",
    "report": "# A report by Jane Doe\n\nOf the project jane-doe/sparkformer. {{ run_count }}",
    "name of a page": "jane-doe.md",
    "snapshot": "As Jane Doe submitted it",
    "citation": "Jane Doe",
}
CONFIG = f"""
store = "runs"
[site]
title = {json.dumps(PLANTED["title"])}
description = {json.dumps(PLANTED["description"])}
footer = {json.dumps(PLANTED["footer"])}
[publish]
scanner = "off"
names = ["Engine Lab"]
[citation]
authors = ["Grace Hopper-Murray", "Jane Doe"]
[[leaderboard]]
name = {json.dumps(PLANTED["leaderboard"])}
metric = "jane_doe/accuracy"
"""
#: What would tell who it was, in any case and joined in any way.
TELLING = (
    "jane", "doe(?!s)", "sparkformer", "uni-nowhere", "engine lab", "hopper", "jdoe",
)  # fmt: skip


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, git: Git) -> Path:
    """A repository of Jane's, with a run that names her wherever it can."""
    here = tmp_path / "sparkformer"
    here.mkdir()
    git(here, "init", "--quiet")
    git(here, "config", "user.name", "Jane Doe")
    git(here, "config", "user.email", "jane.doe@uni-nowhere.edu")
    git(here, "remote", "add", "origin", "git@github.com:jane-doe/sparkformer.git")
    (here / "runfolio.toml").write_text(CONFIG)
    (here / "pages").mkdir()
    (here / "pages" / str(PLANTED["name of a page"])).write_text(str(PLANTED["report"]))
    git(here, "add", ".")
    git(here, "commit", "--quiet", "-m", "Begin")
    monkeypatch.chdir(here)
    _run(here, git(here, "rev-parse", "HEAD"))
    return here


def _run(here: Path, commit: str) -> None:
    said = PLANTED
    run = runfolio.init(
        str(said["experiment"]),
        name=str(said["name"]),
        group=str(said["group"]),
        tags=[str(said["tag"]), f"contact={said['tag with a value']}"],
        params={
            "code": said["param"],
            str(said["key of a param"]): 3,
            "team": said["nested param"],
        },
        store=here / "runs",
    )
    run.log({str(said["metric"]): 0.5}, step=0)
    run.note(str(said["note"]))
    run.note(str(said["second note"]).format(commit=commit, short=commit[:9]), "second")
    run.log_dataset("/none/digits", "digits", source=str(said["dataset"]))
    run.log_histogram([1.0, 2.0, 3.0], str(said["histogram"]), step=0)
    path = here.parent / str(said["name of an artifact"])
    path.write_text("Nothing is said here.")
    run.log_artifact(path)
    run.finish("failed", exception=ValueError(str(said["traceback"])))


def publish(*words: str) -> Result:
    return CliRunner().invoke(app, ["publish", "--anonymous", "--to", "out", *words])


def leaving(folder: Path) -> str:
    """All that can be read in files that are not runfolio's own, packed ones too."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and path.parent.name != "assets":
            data, name = path.read_bytes(), path.relative_to(folder).as_posix()
            found += [name, data.decode("latin-1"), *(each.text for each in texts(name, data))]
    return "\n".join(found).lower()


def test_nobody_is_named_wherever_a_name_can_stand(lab: Path, git: Git) -> None:
    assert len(PLANTED) >= 20
    run = CliRunner().invoke(app, ["snapshot", "v1", "--note", str(PLANTED["snapshot"])])
    assert run.exit_code == 0, run.stderr
    done = publish()
    assert done.exit_code == 0, done.stderr
    there, commit = leaving(lab / "out"), git(lab, "rev-parse", "HEAD")
    told = [match for word in (*TELLING, commit[:7]) for match in re.findall(word, there)]
    assert not told
    for shown in ("project-", "person-", "remote-", "commit-", "accuracy", "nothing is said here"):
        assert shown in there, shown


def test_what_no_pseudonym_reaches_is_found_in_any_spelling(tmp_path: Path) -> None:
    letter = tmp_path / "letter"
    letter.write_bytes(gzip.compress(b"Dear editor,\nyours, J. Doe\n(of SPARK_FORMER, jane)"))
    people = Named(
        people=frozenset({"Jane Doe"}), remotes=frozenset({"git@github.com:x-y-z/spark-former"})
    )
    for anonymous, found in ((True, {"J. Doe", "Doe", "SPARK_FORMER"}), (False, set())):
        wish = PublishConfig(anonymous=anonymous, scanner="off")
        look = last_look({"artifacts/a/letter.gz": letter}, people, wish)
        assert {one.value for one in look.findings} == found
