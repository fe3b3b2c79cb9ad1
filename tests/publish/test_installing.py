"""What a workflow installs: the runfolio that wrote it, from where it came."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.environment.version import VERSION
from runfolio.errors import UsageError
from runfolio.publish import installing
from runfolio.publish.installing import install_of

from .conftest import Git

SHA = "0123456789abcdef0123456789abcdef01234567"
From = Callable[..., installing.Install]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> From:
    """What is installed where pip noted this origin; the workflow is of another repository."""

    def call(origin: Any, root: Path | None = None, folder: str = "") -> installing.Install:
        monkeypatch.setattr(installing, "_origin", lambda: json.loads(json.dumps(origin)))
        return install_of("", root or tmp_path / "lab", folder)

    return call


@pytest.mark.parametrize(
    ("origin", "words", "doubt"),
    [
        ({}, f"'runfolio[secrets]=={VERSION}'", ""),
        (
            {"url": "https://ada:pw@git.example.org/lab/runfolio.git",
             "vcs_info": {"vcs": "git", "commit_id": SHA}},
            f"'runfolio[secrets] @ git+https://git.example.org/lab/runfolio.git@{SHA}'",
            "",
        ),
        (
            {"url": "file:///srv/x.git", "subdirectory": "py",
             "vcs_info": {"vcs": "git", "commit_id": SHA}},
            f"'runfolio[secrets] @ git+file:///srv/x.git@{SHA}#subdirectory=py'",
            "a workflow cannot read",
        ),
        (
            {"url": "https://example.org/runfolio-1-py3-none-any.whl", "archive_info": {}},
            "'runfolio[secrets] @ https://example.org/runfolio-1-py3-none-any.whl'",
            "",
        ),
        (
            {"url": "file:///made/up/runfolio-1-py3-none-any.whl", "archive_info": {}},
            f"'runfolio[secrets]=={VERSION}'",
            "may not be on PyPI",
        ),
        (
            {"url": "file:///made/up", "dir_info": {"editable": True}},
            f"'runfolio[secrets]=={VERSION}'",
            "a folder that has no remote",
        ),
    ],
    ids=["index", "git", "git on disk", "address", "wheel on disk", "bare folder"],
)  # fmt: skip
def test_what_pip_noted_is_installed_again(
    installed: From, origin: Any, words: str, doubt: str
) -> None:
    found = installed(origin)
    assert found.words == words
    assert doubt in found.doubt and bool(doubt) == bool(found.doubt)


def test_a_checkout_is_installed_at_its_commit_or_as_itself(
    installed: From, repository: Path, git: Git
) -> None:
    origin = {"url": repository.as_uri(), "dir_info": {"editable": True}}
    assert installed(origin, repository).words == "'.[secrets]'"
    assert installed(origin, repository, "lab/x/").words == "'../..[secrets]'"
    git(repository, "remote", "set-url", "origin", "git@git.example.org:lab/runfolio.git")
    commit = git(repository, "rev-parse", "HEAD")
    found = installed(origin)
    assert found.words.endswith(f"git+https://git.example.org/lab/runfolio.git@{commit}'")
    assert found.doubt == ""
    git(repository, "commit", "--quiet", "--allow-empty", "--no-verify", "-m", "Not pushed")
    assert "has not been pushed" in installed(origin).doubt


def test_what_the_configuration_names_counts_and_stays_words(tmp_path: Path) -> None:
    wish = "'runfolio[secrets]>=0.2' --pre ; rm -rf $HOME"
    assert install_of(wish, tmp_path, "").words == (
        "'runfolio[secrets]>=0.2' --pre ';' rm -rf '$HOME'"
    )
    with pytest.raises(UsageError, match="No closing quotation"):
        install_of("'x", tmp_path, "")
