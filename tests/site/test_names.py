"""Names in the site: stable, safe on every disk, never two alike."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runfolio.site.names import RESERVED, color_of, safe_file, slugs


def test_a_run_keeps_its_colour() -> None:
    # The same as rf.colorOf in rf.js says.
    assert [color_of(run_id) for run_id in ("a", "20261115-140000-abcdef", "")] == [4, 1, 5]


def test_slugs_are_readable_and_differ() -> None:
    found = slugs(["Val accuracy", "val-accuracy", "digits", "數字", "index", "con", "a/b", "a b"])
    assert found["digits"] == "digits"
    assert found["val-accuracy"] == "val-accuracy"
    assert found["Val accuracy"].startswith("val-accuracy-")
    assert found["數字"].startswith("x-")
    assert found["index"] != "index" and found["con"] != "con"
    assert len(set(found.values())) == len(found)


@given(st.lists(st.text(), unique=True), st.randoms())
def test_slugs_are_safe_and_do_not_depend_on_the_order(names: list[str], random: object) -> None:
    found = slugs(names)
    assert found == slugs(reversed(names))
    assert len({slug.casefold() for slug in found.values()}) == len(found)
    assert all(
        slug and set(slug) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")
        for slug in found.values()
    )


@given(st.text())
def test_published_files_have_harmless_names(path: str) -> None:
    name = safe_file(path)
    parts = name.split("/")
    assert name.isascii() and not name.startswith("/")
    assert all(part and part not in (".", "..") and not part.startswith(".") for part in parts)
    assert not any(RESERVED.fullmatch(part) or part.endswith((" ", ".")) for part in parts)


def test_a_plain_name_stays_as_it_is() -> None:
    assert safe_file("plots/roc curve.png") != "plots/roc curve.png"
    assert safe_file("plots/roc_curve.png") == "plots/roc_curve.png"
    assert safe_file("../../etc/passwd").count("..") == 0
    assert safe_file("a:b.png") != safe_file("a?b.png")
