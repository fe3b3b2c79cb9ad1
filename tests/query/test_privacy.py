"""What others may see: no names, no paths, no output, unless a profile shows them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runfolio.query.privacy import Profile, public_facts
from runfolio.store.plan import snapshot

SECTIONS = {
    "host": {"user": "lovelace", "host": "engine-7", "cwd": "/home/lovelace/x", "cpu": "Z80"},
    "command": {
        "argv": ["/home/lovelace/train.py", "--data", "/data/digits.csv", "--lr", "0.1"],
        "executable": "/usr/bin/python3",
        "script": "/home/lovelace/train.py",
    },
    "git": {
        "commit": "a" * 40,
        "branch": "lovelace/try",
        "remote": "/tmp/engine.git",
        "root": "/home/lovelace",
        "untracked": ["secret-plan.txt"],
        "diff_digest": "d" * 64,
    },
    "source": {"path": "/home/lovelace/train.py", "digest": "e" * 64, "kind": "script"},
    "packages": {"numpy": "2.1"},
}
FACTS = [
    ("output", "stdout", 1, None, "hello from engine-7"),
    ("note", "", None, None, "Lovelace ran this, see ada@engines.org and /home/lovelace/notes.md"),
    ("artifact", "train.py", None, 3.0, json.dumps({"type": "source", "digest": "f" * 64})),
    ("artifact", "model.ckpt", None, 3.0, json.dumps({"type": "file", "digest": "0" * 64})),
    ("dataset", "digits", None, None, json.dumps({"source": "/home/lovelace/d.csv"})),
]


@pytest.fixture
def facts(store: Any) -> Any:
    store.run(
        "r1",
        name="try of lovelace",
        params={"data_dir": "/home/lovelace/data", "lr": 0.1, "win": "C:\\Users\\lovelace\\x.pt"},
        metrics={"loss": [1.0, float("nan")], "debug/norm": [2.0]},
        tags={"internal/owner": "lovelace", "paper": ""},
        sections=SECTIONS,
        facts=FACTS,
        error={"type": "E", "message": "at engine-7", "traceback": 'File "/home/lovelace/t.py"'},
    )
    store.run("r2", params={"lr": 0.2})
    return snapshot(store.folder).facts()


def rows(facts: Any, kind: str) -> dict[str, str]:
    return {row["key"]: row["text"] for row in facts.to_pylist() if row["kind"] == kind}


def everything(facts: Any) -> str:
    return "\n".join(f"{row['key']} {row['text']}" for row in facts.to_pylist())


def test_nobody_is_named_by_default(facts: Any) -> None:
    public = public_facts(facts, Profile(), ["r1"])
    assert public.schema == facts.schema
    told = everything(public)
    for word in ("lovelace", "engine-7", "/home", "secret-plan", "e" * 64, "f" * 64, "d" * 64):
        assert word not in told.lower().replace("lovelace/try", ""), word
    assert not rows(public, "output")
    start = {key: json.loads(text) for key, text in rows(public, "start").items()}
    assert start["host"] == {"cpu": "Z80"} and start["packages"] == {"numpy": "2.1"}
    assert start["command"]["argv"] == ["train.py", "--data", "digits.csv", "--lr", "0.1"]
    assert start["git"]["commit"] == "a" * 40 and "remote" not in start["git"]
    assert "source" not in start
    assert json.loads(rows(public, "param")["data_dir"]) == "data"
    assert json.loads(rows(public, "param")["win"]) == "x.pt"
    assert "notes.md" in rows(public, "note")[""]


def test_points_and_their_order_stay(facts: Any) -> None:
    public = public_facts(facts, Profile(), ["r1"])
    kept = [(row["writer"], row["seq"]) for row in public.to_pylist()]
    whole = [(row["writer"], row["seq"]) for row in facts.to_pylist() if row["run_id"] == "r1"]
    assert kept == [row for row in whole if row in set(kept)]
    values = [repr(row["value"]) for row in public.to_pylist() if row["kind"] == "metric"]
    assert values == ["1.0", "2.0", "nan"]


def test_a_profile_shows_what_it_names(facts: Any) -> None:
    shown = frozenset({"user", "host", "paths", "output", "source", "diff"})
    public = public_facts(facts, Profile(show=shown), ["r1", "r2"])
    assert public.equals(facts) or everything(public) == everything(facts)


def test_patterns_hide_params_metrics_tags_and_artifacts(facts: Any) -> None:
    hide = ("param:data*", "metric:debug/*", "tag:internal/*", "artifact:*.ckpt", "note:*")
    public = public_facts(facts, Profile(hide=hide), ["r1", "r2"])
    keys = {(row["kind"], row["key"]) for row in public.to_pylist()}
    assert ("param", "lr") in keys and ("metric", "loss") in keys and ("tag", "paper") in keys
    for gone in (
        ("param", "data_dir"),
        ("metric", "debug/norm"),
        ("tag", "internal/owner"),
        ("artifact", "model.ckpt"),
        ("note", ""),
    ):
        assert gone not in keys


def test_only_the_named_runs_leave(facts: Any) -> None:
    assert set(public_facts(facts, Profile(), ["r2"])["run_id"].to_pylist()) == {"r2"}
    assert public_facts(facts, Profile(), []).num_rows == 0


def test_pseudonyms_are_stable_and_tell_nothing(facts: Any) -> None:
    first = public_facts(facts, Profile(salt=b"one"), ["r1", "r2"])
    again = public_facts(facts, Profile(salt=b"one"), ["r1", "r2"])
    other = public_facts(facts, Profile(salt=b"two"), ["r1", "r2"])
    assert everything(first) == everything(again) != everything(other)
    told = everything(first)
    for word in ("lovelace", "engine-7", "engines.org", "a" * 40, "/tmp/"):
        assert word not in told.lower(), word
    assert "user-" in told and "mail-" in told and "commit-" in told
