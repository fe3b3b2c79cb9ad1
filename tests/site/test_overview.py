"""The front page: the verdict, what moved since a moment, records, and the SQL behind it all."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from runfolio.query.store import Store

from .outward import CITATION, URL, Built

pytestmark = pytest.mark.xdist_group("outward")


def words(text: str) -> str:
    """What a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text)).split())


def test_the_front_page_tells_what_moved_since_a_moment(outward: Built) -> None:
    page = outward.text("index.html")
    (moved,) = re.findall(r'<section class="card moved".*?</section>', page, re.DOTALL)
    told = words(moved)
    assert told.startswith("Since 2026-11-15 14:05 UTC")
    assert "took the lead of digits with 0.9, from 0.8" in told
    assert "3 runs are new" in told and "(+0.1)" in told
    assert "new → to #1" in told  # the hostile run came in at the top
    assert "#1 → to #2 first 0.8" in told


def test_records_name_the_run_before_and_the_params_that_changed(outward: Built) -> None:
    page = outward.text("index.html")
    (records,) = re.findall(r'<ul class="card rows record-rows">.*?</ul>', page, re.DOTALL)
    told = words(records)
    assert "before: 0.8 first" in told and "lr 0.1 → 0.2" in told and "+0.1" in told
    assert told.index("14:30") < told.index("14:10") < told.index("14:00")  # the newest first


def test_every_query_of_the_front_page_runs(outward: Built) -> None:
    page = outward.text("index.html")
    found = re.findall(r"<code>((?:SELECT|WITH).*?)</code>", page, re.DOTALL)
    assert len(found) == 7
    with Store.open(outward.store.path, outward.config) as store:
        answers = [store.sql(html.unescape(query)).fetchall() for query in found]
    assert len(answers[0]) == 4
    assert [row[1] for row in answers[4]] == [0.9, 0.8]  # records of the first leaderboard


def test_nothing_moved_where_no_moment_was_chosen(outward: Built, tmp_path: Path) -> None:
    copy = outward.copied(tmp_path)
    done = copy.again(since="")
    assert 'class="card moved"' not in copy.text("index.html")
    assert {path for path, _why in done.explain} == {"index.html", "runfolio-site.json"}
    copy.again(since="2026-12-01")
    assert "Nothing has moved." in copy.text("index.html")


def test_one_run_has_a_front_page_that_reads_well(
    store: Any, build_site: Callable[..., Path]
) -> None:
    store.run("a", name="only", metrics={"loss": [2.0, 1.0]})
    said = words((build_site(store) / "index.html").read_text())
    assert "only leads digits with loss 1" in said and "1 run " in said and "first" in said


def test_the_data_page_has_forms_sums_terms_and_badges(outward: Built) -> None:
    page = outward.text("data.html")
    told = html.unescape(page)
    assert "CC BY 4.0 <x>" in told and CITATION in told
    forms = re.findall(
        r'href="(data/(?:runs|params|summary)\.(?:csv|json|parquet))" download', page
    )
    assert len(forms) == 9
    assert f"{URL}data/{{SHA256SUMS,runs.parquet" in told
    assert page.count('class="badge-box"') == 4


def test_a_moment_that_is_none_is_a_mistake_of_the_configuration(tmp_path: Path) -> None:
    from runfolio.config import load
    from runfolio.errors import ConfigError

    file = tmp_path / "runfolio.toml"
    file.write_text('[site]\nsince = "soon"\ncards = "some"\n')
    with pytest.raises(ConfigError, match="since") as caught:
        load(file)
    assert "cards" in str(caught.value)
    file.write_text('[site]\nsince = "2026-11-01T12:00:00+02:00"\n')
    assert load(file).site.since == "2026-11-01 10:00:00"
