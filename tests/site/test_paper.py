"""Tables of a paper: what a cell is, which are marked, and that their SQL gives the same."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import pytest

from runfolio.config import MetricConfig, PaperConfig
from runfolio.query.pivot import pivot
from runfolio.query.store import Store

from ..conftest import StoreMaker

VALUES = {
    ("ours", "a"): [0.9, 0.8],
    ("ours", "b"): [0.5],
    ("base", "a"): [0.85, 0.85],
    ("base", "b"): [0.7, 0.9, 0.8],
    ("r10", "a"): [0.1],
    ("r9", "a"): [0.2],
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> StoreMaker:
    """Runs of four methods on two datasets; the dataset is a tag's value, too."""
    store = StoreMaker(tmp_path_factory.mktemp("paper") / "runs")
    for (method, data), values in VALUES.items():
        for at, value in enumerate(values):
            dataset = ("dataset", data, None, None, '{"role": "train"}')
            store.run(
                f"{method}-{data}-{at}",
                params={"method": method, "lr": 1},
                tags={"data": data},
                metrics={"acc": [0.01, value], "loss": [9.0, 1 - value]},
                facts=[dataset],
            )
    store.run("other", experiment="other", params={"method": "ours"}, metrics={"acc": [1.0]})
    return store


PAPER = PaperConfig(name="p", rows="method", columns="tag:data", metrics=("acc", "loss"))


def test_a_cell_is_the_mean_of_its_runs_and_the_sql_gives_the_same(runs: StoreMaker) -> None:
    with Store.open(runs.path) as store:
        found = pivot(store, PAPER)
        again = {tuple(row[:3]): row[3:] for row in store.sql(found.sql).fetchall()}

    assert (found.columns, found.metrics) == (("a", "b"), ("acc", "loss"))
    assert found.directions == {"acc": "max", "loss": "min"}
    for (method, data), values in VALUES.items():
        cell = found.cells[method, data, "acc"]
        spread = stdev(values) if len(values) > 1 else None
        assert cell.mean == pytest.approx(mean(values)) and cell.std == pytest.approx(spread)
        assert again[method, data, "acc"] == (cell.mean, cell.std, len(values))
        assert found.cells[method, data, "loss"].mean == pytest.approx(1 - mean(values))
    assert ("ours", "", "acc") not in found.cells  # a run without the tag is in no column


@pytest.mark.parametrize(
    ("more", "rows", "columns"),
    [
        ({"columns": ""}, 4, ("",)),
        ({"columns": "dataset"}, 4, ("a", "b")),
        ({"columns": "experiment"}, 4, ("digits", "other")),
        ({"rows": "param:method", "filter": "lr=1 method=base"}, 1, ("a", "b")),
        ({"experiment": "other"}, 0, ()),
        ({"rows": "name"}, 10, ("a", "b")),
        ({"rows": 'it\'s "odd" [x]; --'}, 0, ()),
    ],
)
def test_rows_and_columns_may_be_many_things(
    runs: StoreMaker, more: dict[str, Any], rows: int, columns: tuple[str, ...]
) -> None:
    given = {"name": "p", "rows": "method", "columns": "tag:data", "metrics": ("acc",), **more}
    with Store.open(runs.path) as store:
        found = pivot(store, PaperConfig(**given))
    assert (len(found.rows), found.columns) == (rows, columns)


def test_the_page_marks_the_best_and_puts_the_baseline_first(
    runs: StoreMaker, build_site: Callable[..., Path], site_faults: Callable[[Path], list[str]]
) -> None:
    paper = PaperConfig(
        name="main", title="Main <b>", rows="method", columns="tag:data", metrics=("acc", "loss"),
        baseline="base", digits=1, factor=100, description="With *care*.",
    )  # fmt: skip
    site = build_site(runs, papers=(paper,), metrics={"loss": MetricConfig(direction="max")})
    page = (site / "paper.html").read_text("utf-8")
    rows = page[page.index("<tbody>") : page.index("</tbody>")].split("<tr")[1:]

    assert site_faults(site) == []
    assert [row.split("<bdi>")[1].split("<")[0] for row in rows] == ["base", "ours", "r9", "r10"]
    assert rows[0].startswith(' class="paper-baseline"')
    # 85.0 and 85.0 look alike: both are the best; the next one is second.
    marks = [row.split("<td")[1].partition(">")[0] for row in rows]
    assert ["paper-best" in mark for mark in marks] == [True, True, False, False]
    assert "paper-second" in marks[2]
    assert "± 7.1" in rows[1] and "(2)" in rows[1] and "Main &lt;b&gt;" in page
    assert "compare.html#runs=base-a-0,base-a-1" in rows[0] and "<em>care</em>" in page
    assert r"\cmidrule(lr){2-3} \cmidrule(lr){4-5}" in page


def test_without_methods_and_datasets_there_is_no_page(
    store: Any, build_site: Callable[..., Path]
) -> None:
    for at in range(4):
        store.run(f"run-{at}", params={"model": f"m{at}", "lr": at}, metrics={"acc": [0.5]})
    site = build_site(store)

    assert not (site / "paper.html").exists()
    assert "paper.html" not in (site / "index.html").read_text("utf-8")
