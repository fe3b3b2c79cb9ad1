"""`runfolio model`: versions, aliases, notes and files of registered models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from runfolio.run.start import init

from .conftest import HOSTILE, Cli


@pytest.fixture(scope="module")
def _made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("made")
    store = folder / "runs"
    (folder / "one.bin").write_bytes(b"one")
    (folder / "net").mkdir()
    (folder / "net" / "w").write_bytes(b"two")
    with init("e", name="first", store=store, capture=False) as run:
        run.log_model(folder / "one.bin", "net")
        run.register_model("digits", alias="champion")
        run.register_model(HOSTILE)
    with init("e", name="second", store=store, capture=False) as run:
        run.use_model("digits")
        run.log_model(folder / "net", "net")
        run.register_model("digits")
    return store


@pytest.fixture
def models(_made: Path, tmp_path: Path) -> Path:
    """A store with two versions of ``digits`` (the second a folder), and a hostile name."""
    return Path(shutil.copytree(_made, tmp_path / "runs"))


def test_ls_lists_models_with_their_aliases(cli: Cli, models: Path) -> None:
    lines = cli("model", "ls").stdout.splitlines()
    assert lines[1].split()[:5] == ["digits", "2", "champion", "→", "1"]
    assert "\x1b" not in "".join(lines)
    rows = json.loads(cli("model", "ls", "--json").stdout)
    assert [(row["name"], row["version"], row["aliases"], row["uses"]) for row in rows[:2]] == [
        ("digits", 1, ["champion"], 1), ("digits", 2, [], 0),
    ]  # fmt: skip


def test_an_alias_moves_and_goes(cli: Cli, models: Path) -> None:
    said = cli("model", "alias", "digits", "champion", "2").stdout
    assert said == "digits 2 is champion, made by second\n"
    assert cli("model", "alias", "digits", "champion", "2").exit_code == 0
    assert cli("model", "alias", "digits", "staging", "champion").exit_code == 0
    assert cli("model", "alias", "digits", "champion", "--remove").stdout == (
        "digits 2 is no longer champion\n"
    )
    told = json.loads(cli("model", "show", "digits", "--json").stdout)
    assert [each["aliases"] for each in told["versions"]] == [[], ["staging"]]
    assert [(each["action"], each["alias"], each["version"]) for each in told["history"]] == [
        ("register", None, 1), ("alias", "champion", 1), ("register", None, 2),
        ("alias", "champion", 2), ("alias", "staging", 2), ("unalias", "champion", 2),
    ]  # fmt: skip
    shown = cli("model", "show", "digits").stdout
    assert "champion: 1 → 2, by " in shown
    assert "champion: 2 → none, by " in shown


def test_a_note_is_about_the_model_or_a_version(cli: Cli, models: Path) -> None:
    assert cli("model", "note", "digits", "Reads *digits*.").stdout == (
        "digits: the note was written\n"
    )
    assert cli("model", "note", "digits", "-", "--version", "1", input="old\n").exit_code == 0
    assert cli("model", "note", "digits").stdout == "Reads *digits*.\n"
    assert cli("model", "note", "digits", "--version", "champion").stdout == "old\n"
    assert cli("model", "note", "digits", "-").stdout.startswith("digits: the note was emptied")
    assert "note on version 1: old" in cli("model", "show", "digits").stdout


def test_get_saves_a_file_or_a_folder(cli: Cli, models: Path, tmp_path: Path) -> None:
    assert cli("model", "get", "digits", "champion").stdout == "saved net.bin (3 B)\n"
    assert (tmp_path / "net.bin").read_bytes() == b"one"
    assert cli("model", "get", "digits", "-o", "out").stdout == "saved 1 file (3 B) in out\n"
    assert (tmp_path / "out" / "w").read_bytes() == b"two"
    assert cli("model", "get", "digits", "1", "-o", "-").stdout == "one"
    (tmp_path / "net.bin").write_bytes(b"mine")
    assert cli("model", "get", "digits", "1").exit_code == 4
    assert cli("model", "get", "digits", "1", "--force").exit_code == 0
    strange = json.loads(cli("model", "ls", "--json").stdout)[2]["name"]
    assert cli("model", "get", strange, "-o", "x").exit_code == 0


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (("show", "digit"), 1, "There are: digits"),
        (("get", "digits", "9"), 1, "Its versions: 1-2; aliases: champion"),
        (("alias", "digits", "3", "1"), 2, "cannot be an alias"),
        (("alias", "digits", "none", "--remove"), 1, "no version or alias 'none'"),
        (("note", "nothing", "x"), 1, "There is no model 'nothing'"),
    ],
)
def test_mistakes_are_named(
    cli: Cli, models: Path, words: tuple[str, ...], code: int, says: str
) -> None:
    failed = cli("model", *words)
    assert (failed.exit_code, failed.stdout) == (code, "")
    assert says in failed.stderr


def test_an_empty_store_says_how_to_begin(cli: Cli, empty_store: Path) -> None:
    assert "run.register_model" in cli("model", "ls").stdout
    assert cli("model", "show", "x").exit_code == 1
