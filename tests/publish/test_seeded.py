"""A store with secrets wherever a string can hide: none leaves, and each that could is named."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import random
import string
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, PngImagePlugin

from runfolio.config import load
from runfolio.publish.contents import texts
from runfolio.publish.gate import last_look, named, profile_of
from runfolio.publish.public import public_store
from runfolio.publish.tree import site_files
from runfolio.query.store import Store
from runfolio.site.build import build
from runfolio.store.folder import Folder

pytestmark = pytest.mark.xdist_group("scanner")

LETTERS = string.ascii_letters + string.digits
ROUNDS = 5


def drawn(seed: str, number: int, letters: str = LETTERS) -> str:
    return "".join(random.Random(seed).choices(letters, k=number))


def kinds(seed: str) -> dict[str, str]:
    """One of each: a token of four services, a password in an address, a mail, a path."""
    return {
        "github": "ghp_" + drawn(seed, 36),
        "aws": "AKIA" + drawn(seed, 16, string.ascii_uppercase),
        "huggingface": "hf_" + drawn(seed, 34),
        "slack": "xoxb-" + drawn(seed, 30),
        "url": f"postgres://ada:{drawn(seed, 14)}@db.example.org/x",
        "mail": f"{drawn(seed, 9, string.ascii_lowercase)}@engines.org",
        "path": f"/home/{drawn(seed, 8, string.ascii_lowercase)}/data",
    }


PLACES = (
    "name", "param", "nested", "tag", "note", "output", "traceback", "diff", "remote", "source",
    "environment", "text artifact", "picture", "notebook", "dataset", "metric",
)  # fmt: skip


@pytest.fixture(scope="module")
def planted() -> dict[str, str]:
    """Where, and what: each place holds several kinds, each kind another value."""
    found = {}
    for at, place in enumerate(PLACES):
        values = kinds(place)
        names = sorted(values)
        for turn in range(4):
            kind = names[(at + turn) % len(names)]
            found[f"{place}: {kind}"] = values[kind]
    return found


@pytest.fixture(scope="module")
def lab(planted: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    root: Path = tmp_path_factory.mktemp("lab")

    def secret(place: str) -> str:
        return " ".join(value for where, value in planted.items() if where.startswith(place + ":"))

    script = root / "train.py"
    script.write_text(f"# {secret('source')}\n")
    _commit(root, secret("remote"))
    script.write_text(f"# {secret('source')}\n# {secret('diff')}\n")
    os.environ["LAB_TOKEN"] = secret("environment")
    code = (
        "import runfolio, sys, json\n"
        f"said = json.loads({json.dumps(json.dumps({p: secret(p) for p in PLACES}))})\n"
        "run = runfolio.init(store='runs', name=said['name'], tags=[said['tag']],\n"
        "    params={'x': said['param'], 'a': {'b': [said['nested']]}})\n"
        "run.log({said['metric']: 1.0, 'loss': 0.5}, step=0)\n"
        "run.note(said['note'])\n"
        "run.log_dataset('digits', source=said['dataset'])\n"
        "run.log_artifact('notes.txt'); run.log_artifact('shot.png'); run.log_artifact('n.ipynb')\n"
        "print(said['output'])\n"
        "raise ValueError(said['traceback'])\n"
    )
    (root / "notes.txt").write_text(secret("text artifact"))
    (root / "shot.png").write_bytes(_picture(secret("picture")))
    (root / "n.ipynb").write_text(json.dumps(_notebook(secret("notebook"))))
    script.write_text(script.read_text() + code)
    done = subprocess.run(
        [sys.executable, "train.py"], cwd=root, capture_output=True, text=True, check=False
    )
    assert "ValueError" in done.stderr, done.stderr
    del os.environ["LAB_TOKEN"]
    return root


def _commit(root: Path, remote: str) -> None:
    user, password, mail, path = remote.split(" ")
    address = f"https://{user}:{password}@git.example.org/x.git?by={mail}&at={path}"
    for words in (
        ("init", "--quiet", "."),
        ("add", "train.py"),
        ("-c", "user.name=Ada", "-c", "user.email=ada@example.org", "commit", "-qm", "Begin"),
        ("remote", "add", "origin", address),
    ):
        subprocess.run(["git", *words], cwd=root, check=True, capture_output=True)


def _picture(text: str) -> bytes:
    said = PngImagePlugin.PngInfo()
    said.add_text("Comment", text)
    said.add_itxt("Software", text[::-1], zip=True)
    data = io.BytesIO()
    Image.new("RGB", (4, 4)).save(data, "png", pnginfo=said)
    return data.getvalue()


def _notebook(text: str) -> dict[str, Any]:
    output = {"output_type": "stream", "name": "stdout", "text": [text]}
    cell = {"cell_type": "code", "source": ["1"], "outputs": [output], "metadata": {}}
    return {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [cell]}


def everything(files: dict[str, Path]) -> Iterator[str]:
    """All that can be read in the files, and their names."""
    for name, path in files.items():
        yield name
        yield from (each.text for each in texts(name, path.read_bytes()))


def test_none_leaves_and_each_that_could_is_named(lab: Path, planted: dict[str, str]) -> None:
    assert len(planted) >= 60
    config = load(start=lab, overrides={"publish.scanner": "off"})
    folder = Folder.open(config.store)
    with Store.open(folder.path) as store:
        ids = store.run_ids("")
        public = public_store(store, profile_of(config.publish, folder.store_id), ids)
        people = named(store)
    report = build(
        dataclasses.replace(config, store=public.path),
        out=lab / "site",
        contents=folder,
    )
    files = site_files(report.out)
    look = last_look(files, people, config.publish)
    stopped = {finding.value for finding in look.findings}
    there = "\n".join(everything(files))
    missed = {
        where: value
        for where, value in planted.items()
        if value in there and not any(one in value or value in one for one in stopped)
    }
    assert not missed, missed
    home = [where for where, value in planted.items() if value not in there]
    print(f"{len(planted)} planted: {len(home)} stayed home, {len(planted) - len(home)} stopped it")
    for place in ("output", "diff", "source", "environment"):
        kept = [where for where in planted if where.startswith(place + ":")]
        assert set(kept) <= set(home), place
