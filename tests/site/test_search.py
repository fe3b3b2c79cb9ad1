"""The search index: the words of the browser, little to load, nothing that is not wanted."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import SiteConfig
from runfolio.site.gather.search_docs import Document
from runfolio.site.gather.search_index import SHARD, cut, files_of, part_of, places_text
from runfolio.site.gather.search_words import pair_of, place_of, words_of

CASES = json.loads((Path(__file__).parents[1] / "data" / "search_cases.json").read_text("utf-8"))


def payload(path: Path) -> Any:
    """What a data file says: the last value of its call."""
    text = path.read_text("ascii")
    return json.loads("[" + text[text.index("(") + 1 : -3] + "]")[2]


def words_in(site: Path) -> set[str]:
    """All words by which anything is found (files of the build before stay for one more)."""
    parts = payload(site / "data" / "search" / "index.js")["parts"]
    paths = [site / path for part in parts for path in files_of(part) if "/w-" in path]
    return {word for path in paths for word in payload(path)[::2]}


@pytest.mark.parametrize("case", CASES["cases"], ids=range(len(CASES["cases"])))
def test_a_text_has_the_words_of_the_shared_table(case: Any) -> None:
    assert list(words_of(case["text"])) == case["words"]
    assert list(words_of(case["text"], asked=True)) == case.get("asked", case["words"])


def test_a_param_and_its_value_are_one_word_too() -> None:
    for case in CASES["pairs"]:
        assert pair_of(case["key"], case["value"]) == case["pair"]


def test_places_are_told_as_gaps_and_stretches() -> None:
    assert places_text([0, 1, 2, 5]) == "0-2,2"
    assert places_text([7]) == "7"
    assert places_text([3, 40, 41]) == "3,10-1"
    assert places_text(range(100)) == "0-2r"


def test_new_runs_change_the_last_part_and_no_other() -> None:
    ids = [f"run-{index}" for index in range(30_000)]
    before, after = list(cut(ids)), list(cut([*ids, "new-1", "new-2"]))
    assert after[: len(before) - 1] == before[:-1]
    assert [run_id for part in after for run_id in part] == [*ids, "new-1", "new-2"]
    gone = set(cut(ids[1:]))
    assert len(gone & set(before)) >= len(before) - 2, "a run that goes changes the parts around it"


def test_words_are_cut_into_files_in_the_order_of_scripts() -> None:
    names = [f"w{number * 7919 % 99991:05d}" for number in range(4000)] + ["\U0001d7d8z", "\uff5ez"]
    documents = [
        Document("run", "runs/a.html", "a", "", "finished", {"n": names[at : at + 500]})
        for at in range(0, len(names), 500)
    ]
    part = part_of("p", documents)
    firsts = [first for first, _ in part.entry["w"]]
    assert len(firsts) > 1 and firsts == sorted(firsts, key=place_of)
    assert max(len(file.data) for file in part.files) < 2 * SHARD
    assert [file.path for file in part.files] == files_of(part.entry)
    assert part_of("p", documents) == part


def test_runs_are_found_by_what_the_site_lets_people_search(
    store: Any, build_site: Callable[..., Path], tmp_path: Path
) -> None:
    store.run(
        "run-1",
        name="Ångström",
        params={"optimizer": "AdamW"},
        tags={"paper": "", "seed": "3"},
        note="Warmup helps, 学習率 too.",
        end="failed",
        error={"type": "RuntimeError", "message": "CUDA out of memory", "traceback": "in train"},
        facts=[
            ("output", "stdout", line, None, f"epoch {line} of 300: plateau reached")
            for line in range(300)
        ],
    )
    site = build_site(store)
    words = words_in(site)
    assert {"angstrom", "optimizer=adamw", "adamw", "seed=3", "warmup", "学習"} <= words
    assert {"runtimeerror", "cuda", "plateau", "failed"} <= words
    assert "299" not in words, "a number in the output tells nothing"
    (chunk,) = [p for p in (site / "data/search").glob("t-*.js") if payload(p)[0][0] == "run"]
    shown = payload(chunk)[0][5]
    assert shown["o"] == ["epoch 299 of 300: plateau reached"], "one line stands for its kind"
    narrow = SiteConfig(title="Test site", pages=tmp_path / "pages", search=("names", "tags"))
    words = words_in(build_site(store, site=narrow))
    assert "angstrom" in words and "paper" in words and "failed" in words
    assert not {"adamw", "warmup", "plateau", "cuda"} & words
