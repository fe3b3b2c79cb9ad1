"""Where values come from: default < file < environment < flag."""

from __future__ import annotations

import dataclasses
import pickle
from pathlib import Path

import pytest

from runfolio.config import Config, LeaderboardConfig, MetricConfig, as_dict, load, require_apart
from runfolio.config.source import find
from runfolio.errors import UnsafeError


def test_defaults_without_any_file(tmp_path: Path) -> None:
    config = load(start=tmp_path, env={})
    assert (config.store, config.out) == (tmp_path / "runs", tmp_path / "_site")
    assert config.source is None
    assert config.capture.git is True
    assert set(config.origin.values()) == {"default"}


def test_defaults_stay_short_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runfolio.toml").write_text('out = "public"\n')
    config = load(env={})
    assert (str(config.store), str(config.out)) == ("runs", "public")


def test_flag_beats_environment_beats_file_beats_default(tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text('store = "a"\n[site]\ntitle = "from file"\n')
    file = load(start=tmp_path, env={})
    assert (file.store, file.origin["store"]) == (tmp_path / "a", "file runfolio.toml:1")
    assert file.origin["site.title"] == "file runfolio.toml:3"
    assert file.origin["out"] == "default"
    env = load(start=tmp_path, env={"RUNFOLIO_STORE": "b", "RUNFOLIO_OUT": ""})
    assert (env.store, env.origin["store"]) == (tmp_path / "b", "env RUNFOLIO_STORE")
    assert env.origin["out"] == "default", "an empty variable is not set"
    flag = load(start=tmp_path, env={"RUNFOLIO_STORE": "b"}, overrides={"store": "c", "out": None})
    assert (flag.store, flag.origin["store"]) == (tmp_path / "c", "flag")


def test_variables_of_every_type(tmp_path: Path) -> None:
    env = {
        "RUNFOLIO_CAPTURE_GIT": "0",
        "RUNFOLIO_CAPTURE_DIFF": "Off",
        "RUNFOLIO_CAPTURE_SYSTEM_SECONDS": "2.5",
        "RUNFOLIO_SITE_NAV": "method, data,",
        "RUNFOLIO_SITE_TITLE": "Digits",
        "PATH": "/bin",
        "RUNFOLIO_SOMETHING_OF_ANOTHER_ROOM": "1",
    }
    config = load(start=tmp_path, env=env)
    assert (config.capture.git, config.capture.diff, config.capture.packages) == (
        False,
        False,
        True,
    )
    assert config.capture.system_seconds == 2.5
    assert config.site.nav == ("method", "data")
    assert config.site.title == "Digits"


def test_paths_in_the_file_are_relative_to_the_file(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    inner = tmp_path / "src" / "deep"
    inner.mkdir(parents=True)
    (tmp_path / "runfolio.toml").write_text('store = "data/runs"\n[site]\nlogo = "logo.svg"\n')
    config = load(start=inner, env={}, overrides={"out": "here"})
    assert config.store == tmp_path / "data" / "runs"
    assert config.site.pages == tmp_path / "pages", "a default beside a file is relative to it too"
    assert config.site.logo == str(tmp_path / "logo.svg")
    assert config.out == inner / "here", "a flag is relative to where the user stands"


def test_home_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert load(start=tmp_path, env={"RUNFOLIO_STORE": "~/x"}).store == tmp_path / "x"


def test_whole_file(tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text(
        '[[leaderboard]]\nname = "Best digits"\nmetric = "val/accuracy"\ncolumns = ["lr"]\n'
        'baseline = ""\n[metrics."val/accuracy"]\nunit = "%"\ndirection = "max"\ndigits = 2\n'
    )
    config = load(start=tmp_path, env={})
    assert config.leaderboards == (
        LeaderboardConfig(
            name="Best digits",
            title="Best digits",
            slug="best-digits",
            metric="val/accuracy",
            columns=("lr",),
        ),
    )
    assert config.metrics == {"val/accuracy": MetricConfig(unit="%", direction="max", digits=2)}
    assert config.origin["leaderboard[0].metric"] == "file runfolio.toml:3"
    assert config.origin['metrics."val/accuracy".unit'] == "file runfolio.toml:7"


def test_a_name_without_ascii_still_gets_a_slug() -> None:
    one, two = (LeaderboardConfig(name=name, metric="m").slug for name in ("数字", "文字"))
    assert one != two
    assert one.isascii() and one.startswith("board-")


def test_search_stops_at_the_root_of_the_repository(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    (repository / ".git").mkdir(parents=True)
    (repository / "src").mkdir()
    (tmp_path / "runfolio.toml").write_text("")
    assert find(repository / "src") is None
    (repository / "runfolio.toml").write_text("")
    assert find(repository / "src") == repository / "runfolio.toml"


def test_outside_a_repository_only_the_folder_itself_counts(tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_text("")
    (tmp_path / "sub").mkdir()
    assert find(tmp_path / "sub") is None
    assert find(tmp_path) == tmp_path / "runfolio.toml"


def test_pyproject_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[project]\nname = "x"\n[tool.runfolio]\nstore = "s"\n[tool.runfolio.site]\ntitle = "T"\n'
    )
    config = load(start=tmp_path, env={})
    assert (config.store, config.site.title) == (tmp_path / "s", "T")
    assert config.origin["store"] == "file pyproject.toml:4"
    (tmp_path / "runfolio.toml").write_text('store = "first"\n')
    assert load(start=tmp_path, env={}).store == tmp_path / "first"


def test_pyproject_of_others_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\n[broken\n')
    assert load(start=tmp_path, env={}).source is None


def test_bom_crlf_and_tabs_are_accepted(tmp_path: Path) -> None:
    (tmp_path / "runfolio.toml").write_bytes(
        b'\xef\xbb\xbf\r\n[site]\r\n\ttitle\t=\t"T"\r\n[capture]\r\ngit = false\r\n'
    )
    config = load(start=tmp_path, env={})
    assert (config.site.title, config.capture.git) == ("T", False)
    assert config.origin["capture.git"] == "file runfolio.toml:5"


def test_config_can_be_sent_to_another_process(tmp_path: Path) -> None:
    config = load(start=tmp_path, env={})
    assert pickle.loads(pickle.dumps(config)) == config
    assert "origin" not in as_dict(config)
    assert as_dict(config)["capture"]["git"] is True


def test_output_apart_from_store(tmp_path: Path) -> None:
    config = load(start=tmp_path, env={}, overrides={"store": "."})
    with pytest.raises(UnsafeError, match="lie within each other") as caught:
        require_apart(config)
    assert "--out" in caught.value.hint
    require_apart(dataclasses.replace(config, out=tmp_path.parent / "elsewhere"))
    require_apart(Config())
