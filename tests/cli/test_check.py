"""`runfolio check` says which expectations the runs miss, to people and to CI."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import runfolio
from tests.cli.conftest import HOSTILE, Cli


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("lab") / "runs"
    for name, tag, value in (("old", "main", 0.90), ("new", "try", 0.898), ("odd", "try", 0.5)):
        with runfolio.init(store=path, name=name, tags=[tag]) as run:
            run.log({"val/accuracy": value, "loss": 1 - value}, step=0)
    return path


@pytest.fixture
def expect(tmp_path: Path, lab: Path) -> Path:
    (tmp_path / "runfolio.toml").write_text(f'store = "{lab.as_posix()}"\n')
    return tmp_path / "runfolio.toml"


def add(config: Path, name: str, text: str, **more: str) -> None:
    lines = [f'{key} = "{value}"' for key, value in {"name": name, "expect": text, **more}.items()]
    with config.open("a") as file:
        file.write("[[check]]\n" + "\n".join(lines) + "\n")


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("best val/accuracy >= baseline - 0.3 pt", True),
        ("best val/accuracy >= baseline - 0.1 pt", False),
        ("best val/accuracy ≥ baseline − 1%", True),
        ("best loss <= baseline + 0.003", True),
        ("worst val/accuracy > 0.6", False),
        ("mean val/accuracy > 0.69", True),
        ("runs == 2", True),
        ("runs<baseline", False),
    ],
)
def test_comparisons_hold_or_not(cli: Cli, expect: Path, text: str, holds: bool) -> None:
    add(expect, "it holds", text, filter="tag:try", baseline="tag:main")
    result = cli("check", "--json")
    assert result.exit_code == (0 if holds else 1), result.stdout
    (verdict,) = json.loads(result.stdout)
    assert verdict["passed"] is holds and not verdict["broken"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("val/accuracy is good", "is no comparison"),
        ("best nothing > 1", "No run has a value"),
        ("best loss < baseline", "names a baseline"),
    ],
)
def test_what_cannot_be_judged_is_no_pass(cli: Cli, expect: Path, text: str, told: str) -> None:
    add(expect, "it holds", text)
    result = cli("check", "--json")
    (verdict,) = json.loads(result.stdout)
    assert result.exit_code == 1 and verdict["broken"] and told in verdict["told"]


def test_statements_name_violations_in_every_form(cli: Cli, expect: Path, tmp_path: Path) -> None:
    folder = tmp_path / "checks"
    folder.mkdir()
    (folder / "a.sql").write_text("-- all runs are good\nSELECT name, 1 AS x FROM runs;\n")
    (folder / "b-c.sql").write_text(f"SELECT '{HOSTILE.replace(chr(39), '')}' AS odd")
    (folder / "d.sql").write_text("SELECT * FROM runs WHERE name = 'nobody'")
    (folder / "e.sql").write_text("SELECT nothing FROM nowhere")
    told = cli("check", "--junit", "report.xml")
    assert told.exit_code == 1 and "FAIL  all runs are good: 3 rows" in told.stdout
    assert "name=new  x=1" in told.stdout and "1 of 4 checks pass" in told.stdout
    assert "\x1b" not in told.stdout
    suite = ET.parse(tmp_path / "report.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("4", "2", "1")
    markdown = cli("check", "--format", "md").stdout
    assert "| ❌ | all runs are good |" in markdown and "<script" not in markdown


def test_nothing_to_check_is_said(cli: Cli, expect: Path) -> None:
    result = cli("check")
    assert result.exit_code == 2 and "nothing to check" in result.stderr
    assert cli("check", "--checks", "nowhere").exit_code == 2
