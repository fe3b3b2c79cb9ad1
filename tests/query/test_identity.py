"""Names in the ways that people write them are found, and words that only look alike are left."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from runfolio.query.identity import Named
from runfolio.query.privacy import Profile, cleaner

NAMED = Named(
    users=frozenset({"jdoe7", "al", "root"}),
    hosts=frozenset({"grace-pc"}),
    people=frozenset(
        {"Jane Doe", "Søren Åström", "Adam Long", "Li An", "octoada", "Mia Krakenfels"}
    ),
    remotes=frozenset(
        {
            "git@github.com:jane-doe/sparkformer.git",
            "https://git.uni-nowhere.edu/vision/group-x/spark_former2",
            "https://github.com/data/data",
            "git@github.com:ada-grp/WaveMapper.git",
            "https://github.com/python/DeepLearning",
            "../results.git",
        }
    ),
    mails=frozenset({"jane@lab-of-jane.org", "1234+janed@users.noreply.github.com", "x@gmail.com"}),
    commits=frozenset({"0123456789abcdef" + "a" * 24}),
    words=frozenset({"Engine Lab", "Ømega"}),
)
CLEAN = cleaner(NAMED, Profile(salt=b"x" * 32))
SPELLED = (
    """
Jane Doe|Doe, Jane|jane.doe|jane_doe|JaneDoe|Jane Q. Doe|JANE DOE|J. Doe|J Doe|J. Q. Doe|Doe, J.
Doe J|jdoe|Doe|DOE|Jane%20Doe|doe-jane|Jane  Doe|jane-doe|Søren Åström|Soren Astrom|Åström
Soeren Aastroem|jane@lab-of-jane.org|lab-of-jane.org|janed|jdoe7|grace-pc|GRACE-PC|octoada|Ømega
Engine Lab|engine-lab|https://github.com/jane-doe/sparkformer.git|jane-doe.github.io|JaneDoe/x
git@github.com:jane-doe/sparkformer.git|ssh://git@github.com/jane-doe/sparkformer|sparkformer
github.com/jane-doe/sparkformer|jane-doe/sparkformer|jane-doe%2Fsparkformer|Sparkformer|An, Li
https://jane-doe.github.io/sparkformer/|git.uni-nowhere.edu|vision/group-x/spark_former2|group-x
spark-former2|SparkFormer2|https://github.com/data/data|data/data|0123456789abcdef|0123456
WaveMapper|wave-mapper|wave_mapper|Wave Mapper|Adam Long|A. Long|Li An|some.body@uni-nowhere.edu
krakenfels|Krakenfels|M. Krakenfels|mkrakenfels
""".strip()
    .replace("\n", "|")
    .split("|")
)
TOLD = """
jane doe strom ström grace-pc sparkformer spark-former group-x uni-nowhere octoada engine ømega
github.com data/data wave mapper 0123456 long li an jdoe7 krakenfels
"""


@pytest.mark.parametrize("around", ["{}", "by {}, 2026", '{{"note": "x\\n{}"}}', "_{}_", "({})"])
def test_every_spelling_has_a_pseudonym(around: str) -> None:
    for each in SPELLED:
        shown = CLEAN(around.format(each)).lower()
        rest = shown.replace(around.format("").lower(), "")
        left = [word for word in TOLD.split() if f" {word} " in f" {' '.join(_words(rest))} "]
        assert not left and each.lower() not in shown, (each, shown)


def _words(text: str) -> list[str]:
    return re.sub(r"[^\w/.-]|_", " ", text).split()


@pytest.mark.parametrize(
    "text",
    [
        "al dente, Al 2O3, al/loss", "the data and the data", "results/data", "a vision model",
        "adam, Adam, long, Long runs, along, a long run", "lian, liang, An apple", "doe-eyed doe",
        "root cause", "grace-pcs", "mygrace-pc2", "janeway", "gmail.com", "20261121-143658",
        "0123457", "sparkformers", "deadbeef", "sha256:" + "0" * 64, "jdoe77",
        "https://github.com/numpy/numpy", "deep learning, Deep-Learning",
    ],
)  # fmt: skip
def test_words_that_only_look_alike_are_left(text: str) -> None:
    assert CLEAN(text) == text


def test_one_person_and_one_repository_have_one_pseudonym_each() -> None:
    people = {CLEAN(each) for each in ("Jane Doe", "Doe, Jane", "jane.doe", "J. Doe", "jdoe")}
    places = {
        CLEAN(each).removeprefix("https://").removesuffix(".invalid")
        for each in SPELLED
        if "doe/sparkformer" in each.lower() and "ssh:" not in each
    }
    assert len(people) == len(places) == 1, (people, places)
    assert CLEAN("0123456") == CLEAN("0123456789abcdef" + "a" * 24)
    assert CLEAN("see https://github.com/jane-doe/sparkformer/issues").endswith(".invalid/issues")


def test_a_site_with_names_knows_accounts_and_machines_alone() -> None:
    named = cleaner(NAMED, Profile())
    assert named("jdoe7 on grace-pc") == "user on host"
    for text in ("Jane Doe", "jane-doe/sparkformer", "0123456", "Engine Lab"):
        assert named(text) == text


def test_a_kind_that_is_allowed_stays() -> None:
    allowed = replace(NAMED, allowed=frozenset({"project"}))
    assert cleaner(allowed, Profile(salt=b"x"))("a sparkformer") == "a sparkformer"
