"""What went into runs and came out of them, which runs repeat each other, and models over time."""

from __future__ import annotations

from typing import Any

import pytest

from runfolio.query.lineage import Ancestor, Descendant, Lineage
from runfolio.query.store import Store

from .factory import Facts, snapshot


def ask(facts: Facts, sql: str) -> list[tuple[Any, ...]]:
    with Store(snapshot(facts)) as store:
        return store.sql(sql).fetchall()


def model(facts: Facts, run_id: str, name: str = "net", digest: str = "d", **more: Any) -> None:
    facts.say(run_id, "model", name, text={"artifact": "m", "digest": digest, **more})


def use(facts: Facts, run_id: str, origin: str, digest: str, name: str = "net") -> None:
    text = {"type": "model", "run": origin, "path": "m", "digest": digest}
    facts.say(run_id, "use", name, value=9.0, text=text)


def chain() -> Facts:
    """prep makes a file, base learns from it, tuned starts from base's model, two use tuned's."""
    facts = Facts()
    for run_id in ("prep", "base", "tuned", "eval", "serve"):
        facts.run(run_id)
    facts.say("prep", "artifact", "clean.csv", value=5.0, text={"digest": "csv"})
    facts.say("base", "dataset", "train", value=5.0, text={"role": "train", "digest": "csv"})
    facts.say("base", "dataset", "scores", value=7.0, text={"role": "output", "digest": "sc"})
    model(facts, "base", digest="d1")
    use(facts, "tuned", "base", "d1")
    model(facts, "tuned", digest="d2")
    use(facts, "eval", "tuned", "d2")
    use(facts, "eval", "tuned", "d2")
    use(facts, "serve", "tuned", "d2")
    facts.say("serve", "dataset", "in", value=7.0, text={"role": "test", "digest": "sc"})
    return facts


def test_lineage_tells_what_went_in_and_what_came_out() -> None:
    found = ask(chain(), "SELECT run_id, direction, kind, name, version, origin FROM lineage")
    assert found == [
        ("base", "input", "dataset", "train", None, "prep"),
        ("base", "output", "dataset", "scores", None, None),
        ("base", "output", "model", "net", 1, None),
        ("eval", "input", "model", "net", 2, "tuned"),
        ("prep", "output", "artifact", "clean.csv", None, None),
        ("serve", "input", "dataset", "in", None, "base"),
        ("serve", "input", "model", "net", 2, "tuned"),
        ("tuned", "input", "model", "net", 1, "base"),
        ("tuned", "output", "model", "net", 2, None),
    ]


def test_a_copy_of_an_input_is_not_where_it_came_from() -> None:
    facts = Facts()
    for run_id in ("a", "b", "c"):
        facts.run(run_id)
    for run_id in ("a", "b"):
        facts.say(run_id, "dataset", "data", text={"role": "train", "digest": "x"})
    facts.say("a", "artifact", "data.csv", text={"digest": "x"})
    facts.say("c", "dataset", "early", text={"role": "train", "digest": "y"})
    facts.say("b", "artifact", "late.csv", text={"digest": "y"})
    assert ask(facts, "SELECT DISTINCT origin FROM lineage") == [(None,)]


def names(found: Any) -> Any:
    """The tree as nested tuples of names."""
    if isinstance(found, Lineage):
        return names(found.sources), names(found.products)
    if isinstance(found, tuple):
        return [names(each) for each in found]
    if isinstance(found, Ancestor):
        return (found.name, "again") if found.again else (found.name, names(found.sources))
    if isinstance(found, Descendant):
        return (found.name, "again") if found.again else (found.name, names(found.products))
    below = getattr(found, "made_by", None) or getattr(found, "used_by", None)
    return (found.edge.name, names(below)) if below else found.edge.name


def test_the_tree_follows_runs_both_ways() -> None:
    with Store(snapshot(chain())) as store:
        assert names(store.lineage("tuned")) == (
            [("net", ("base", [("train", ("prep", []))]))],
            [("net", [("eval", []), ("serve", [])])],
        )
        assert names(store.lineage("prep")) == (
            [],
            [
                (
                    "train",
                    [
                        (
                            "base",
                            [
                                ("scores", [("serve", [])]),
                                ("net", [("tuned", [("net", [("eval", []), ("serve", [])])])]),
                            ],
                        )
                    ],
                )
            ],
        )
        assert names(store.lineage("prep", depth=1)) == ([], [("train", [("base", [])])])
        assert store.lineage("base").sources[0].shared == 0


def test_a_circle_ends() -> None:
    facts = Facts()
    for run_id, other in (("a", "b"), ("b", "a")):
        facts.run(run_id)
        model(facts, run_id, digest=run_id)
        use(facts, run_id, other, other)
    with Store(snapshot(facts)) as store:
        assert names(store.lineage("a")) == (
            [("net", ("b", [("net", ("a", "again"))]))],
            [("net", [("b", [("net", [("a", "again")])])])],
        )


def test_runs_in_the_trash_are_no_part_of_it() -> None:
    facts = chain()
    facts.say("tuned", "trash", text={})
    found = ask(facts, "SELECT DISTINCT run_id FROM lineage ORDER BY run_id")
    assert ("tuned",) not in found and ("eval",) in found
    assert ask(facts, "SELECT version, uses FROM models") == [(1, 0)]
    with Store(snapshot(facts)) as store:
        (source,) = store.lineage("eval").sources
        assert source.made_by == Ancestor("tuned", "tuned", ())


def test_dataset_versions_count_contents_of_a_name() -> None:
    facts = Facts()
    uses = [("a", "x", "train"), ("b", "y", "train"), ("c", "x", "test"), ("c", "x", "train")]
    for run_id, digest, role in uses:
        text = {"role": role, "digest": digest, "rows": 3, "source": "", "blob": None}
        facts.say(run_id, "dataset", "digits", value=8.0, text=text)
    facts.say("d", "dataset", "digits", text={"role": "train", "digest": None, "rows": 5})
    columns = "version, digest, rows, size, roles, runs, run_ids"
    assert ask(facts, f"SELECT {columns} FROM dataset_versions") == [
        (1, "x", 3, 8, ["test", "train"], 2, ["a", "c"]),
        (2, "y", 3, 8, ["train"], 1, ["b"]),
    ]


def repeat(facts: Facts, run_id: str, *, seed: int | None = None, **change: Any) -> None:
    """A run that is like all others of this function but for the ``change``."""
    lr, digest = change.get("lr", 0.1), change.get("digest", "d")
    params = {"lr": lr, **({} if seed is None else {"train.seed": seed})}
    facts.run(run_id, params=params, experiment=change.get("experiment", "e"))
    git = {"commit": "c", "dirty": "diff" in change, "diff_digest": change.get("diff")}
    facts.say(run_id, "start", "git", text={**git, **change.get("git", {})})
    facts.say(run_id, "start", "source", text={"digest": change.get("source", "s")})
    if seed is not None:
        facts.say(run_id, "start", "seed", text={"value": seed, "where": "train.seed"})
    facts.say(run_id, "dataset", "data", text={"role": "train", "digest": digest})


def test_duplicates_are_runs_of_the_same_code_data_and_params() -> None:
    facts = Facts()
    for number, seed in enumerate((1, 2, 1)):
        repeat(facts, f"same{number}", seed=seed)
    facts.run("unknown", params={"lr": 0.1})
    facts.run("unknown2", params={"lr": 0.1})
    columns = "run_id, seed, runs, exact, count(DISTINCT group_id) OVER ()"
    assert ask(facts, f"SELECT {columns} FROM duplicates") == [
        ("same0", 1, 3, True, 1),
        ("same2", 1, 3, True, 1),
        ("same1", 2, 3, False, 1),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"lr": 0.2}, {"lr": "0.1"}, {"digest": "other"}, {"experiment": "other"}, {"diff": "x"},
        {"diff": None}, {"source": "other"}, {"git": {"commit": "other"}},
    ],
)  # fmt: skip
def test_a_run_that_differs_is_no_duplicate(change: dict[str, Any]) -> None:
    facts = Facts()
    repeat(facts, "a")
    repeat(facts, "b", **change)
    assert ask(facts, "FROM duplicates") == []


def test_uncommitted_changes_that_are_not_known_are_never_the_same() -> None:
    facts = Facts()
    repeat(facts, "a", diff=None)
    repeat(facts, "b", diff=None)
    assert ask(facts, "FROM duplicates") == []
    repeat(facts, "c", diff="x")
    repeat(facts, "d", diff="x")
    assert ask(facts, "SELECT run_id, exact FROM duplicates") == [("c", None), ("d", None)]


def test_runs_that_started_from_other_models_are_no_duplicates() -> None:
    facts = Facts()
    for run_id, digest in (("a", "one"), ("b", "two")):
        repeat(facts, run_id)
        use(facts, run_id, "elsewhere", digest)
    assert ask(facts, "FROM duplicates") == []


def test_the_history_of_a_model_tells_who_held_an_alias_when() -> None:
    facts = Facts()
    model(facts, "a", digest="1", alias="champion")
    model(facts, "b", digest="2")
    facts.say("b", "start", "author", text={"user": "ada"}, writer="b" * 12)
    said = {"action": "alias", "alias": "champion", "artifact": "m", "digest": "2", "version": 2}
    facts.say("b", "model", "net", text=said, writer="b" * 12)
    facts.say("a", "model", "net", text={"action": "note", "text": "old", "version": 1})
    facts.say("b", "model", "net", text={**said, "action": "unalias"})
    columns = "action, version, alias, was, until IS NOT NULL, text, author"
    assert ask(facts, f"SELECT {columns} FROM model_history") == [
        ("register", 1, None, None, False, None, None),
        ("alias", 1, "champion", None, True, None, None),
        ("register", 2, None, None, False, None, None),
        ("alias", 2, "champion", 1, True, None, "ada"),
        ("note", 1, None, None, False, "old", None),
        ("unalias", 2, "champion", 2, False, None, None),
    ]
    assert ask(facts, "SELECT version, alias, note FROM models") == [
        (1, None, "old"),
        (2, None, None),
    ]


def test_odd_facts_break_nothing() -> None:
    facts = Facts()
    facts.run("a")
    for kind in ("use", "model", "dataset", "artifact"):
        for text in (None, "no json", "[1]", "null", {"version": "x", "digest": 5, "run": ["a"]}):
            facts.say("a", kind, "odd", text=text, value=float("nan"))
    with Store(snapshot(facts)) as store:
        for view in ("lineage", "duplicates", "dataset_versions", "models", "model_history"):
            store.sql(f"FROM {view}").fetchall()
        store.lineage("a")
