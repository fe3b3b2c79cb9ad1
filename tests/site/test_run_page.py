"""The page of a run that has everything, and what makes it change."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config
from runfolio.site.build import build

from .conftest import faults_of
from .rich import RUN, rich_site


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built site of the rich store."""
    return rich_site(tmp_path_factory)


@pytest.fixture(scope="module")
def page(rich: Path) -> str:
    return (rich / f"runs/{RUN}.html").read_text("utf-8")


def section(page: str, name: str) -> str:
    """A section of the page from its anchor to the next section, as text without tags."""
    start = page.index(f'id="{name}"')
    end = page.find("</section>", start)
    return unescape(re.sub(r"<[^>]+>", " ", page[start:end]))


def test_all_links_lead_somewhere_and_nothing_is_inline(rich: Path) -> None:
    assert faults_of(rich) == []


def test_the_contents_name_every_section(page: str) -> None:
    nav = page[page.index('class="run-contents') :]
    found = re.findall(r'href="#([\w-]+)"', nav[: nav.index("</nav>")])
    assert found == [
        "charts", "system", "notes", "metrics", "params", "artifacts", "output", "lineage",
        "related", "git", "source", "environment", "reproduce", "files",
    ]  # fmt: skip
    assert all(page.count(f'id="{name}"') == 1 for name in found)


def test_no_credential_is_on_the_page_or_in_its_files(rich: Path) -> None:
    for path in rich.rglob("*"):
        if path.is_file() and RUN in path.as_posix() and path.suffix != ".parquet":
            text = path.read_bytes()
            assert b"ghp_0123" not in text and b"ada:secret" not in text, path.name


def test_the_traceback_is_on_top_and_coloured(page: str) -> None:
    assert page.index("Failed: ValueError") < page.index("codehilite") < page.index("chart-zone")
    assert "no more &lt;b&gt;digits&lt;/b&gt;" in page and "<b>digits" not in page


def test_params_are_nested_and_told_apart(page: str) -> None:
    text = section(page, "params")
    assert re.search(r"lr\s+0\.2\s+0\.01 to 0\.2", text)
    assert "2 of 12 differ" in text
    assert len(re.findall(r'class="param-group"', page)) == 4


def test_artifacts_are_shown_as_what_they_are(page: str) -> None:
    assert page.count('data-step="') == 5 and 'data-rf="images"' in page
    assert '<audio controls preload="none"' in page and '<video controls preload="none"' in page
    assert 'src="../artifacts/' in page and "safe.svg" in page
    assert 'href="../artifacts/20261115-150000-everyt/tables/scores.csv"' in page
    assert "<h1" in page and "license: mit" not in page and "<script>alert" not in page
    text = section(page, "artifacts")
    assert "the first 100 of 120 rows" in text
    assert "report.html" in text and "published as text" in text
    assert "not played" in text and "s3://bucket/w.pt" in text


def test_the_output_keeps_its_colours_numbers_and_levels(rich: Path, page: str) -> None:
    assert '<li id="L697"><span class="a-green a-bold">epoch 7 done</span> in 3.1s</li>' in page
    assert '<li id="L699" class="err error">' in page and 'id="L400"' not in page
    text = (rich / f"data/runs/{RUN}.output.txt").read_text("utf-8").splitlines()
    assert len(text) == 700 and text[0] == "step 1 loss 1.0000"
    [data] = (rich / "data/runs").glob(f"{RUN}.output-*.js")
    call = json.loads(f"[{data.read_text().removeprefix('rf(').removesuffix(');' + chr(10))}]")
    assert len(call[2]["lines"]) == 400 and call[2]["looks"]["49"] == "err warn"


def test_lineage_leads_both_ways(rich: Path, page: str) -> None:
    text = section(page, "lineage")
    assert re.search(
        r"digits.*made by\s+prepare.*digits-net.*champion.*used by\s+notebook", text, re.S
    )
    assert 'href="../datasets/digits.html"' in page and 'href="../models/digits-net.html"' in page
    taker = (rich / "runs/notebook.html").read_text("utf-8")
    assert re.search(r"digits-net.*made by\s+everything", section(taker, "lineage"), re.S)


def test_siblings_show_the_best_and_the_nearest(page: str) -> None:
    text = section(page, "related")
    assert re.findall(r"trial-\d+", text) == [
        f"trial-{at:02d}" for at in (11, 9, 8, 7, 6, 5, 4, 3, 2)
    ]
    assert "optimizer.lr" in text and "batch" not in text and "groups/" in page


def test_git_source_and_notebook_are_readable(rich: Path, page: str) -> None:
    assert f"https://github.com/lab/digits/commit/abc3912{'0' * 33}" in page
    assert re.search(r"3 files\s+\+4\s+−3", section(page, "git"))
    assert '<span id="S5">' in page
    notebook = (rich / "runs/notebook.html").read_text("utf-8")
    assert "A look" in section(notebook, "source") and "<script>alert" not in notebook
    assert (rich / "data/runs/notebook.ipynb").is_file()


def test_a_page_stays_light(page: str) -> None:
    import zlib

    assert len(zlib.compress(page.encode())) < 25_000


def test_a_new_run_changes_the_pages_that_show_it_and_few_others(
    store: Any, tmp_path: Path, tree: Callable[[Path], dict[str, bytes]]
) -> None:
    def trial(name: str, score: float, lr: float) -> None:
        store.run(
            name,
            params={"lr": lr, "opt.kind": "adam", "opt.warm": 1},
            metrics={"val/accuracy": [0.1, score]},
            identity={"group": "sweep"},
        )

    for at in range(16):
        trial(f"t-{at:02d}", 0.5 + at / 100, 0.1 + at / 100)
    config = Config(store=store.path, out=tmp_path / "site")
    build(config)
    trial("t-new", 0.505, 0.155)  # near the end of the table, in the midst of the params
    changed = {path for path, _ in build(config).explain if re.fullmatch(r"runs/t-.*html", path)}
    assert "runs/t-new.html" in changed and "runs/t-01.html" in changed
    assert len(changed) <= 10, sorted(changed)
    clean = build(Config(store=store.path, out=tmp_path / "clean")).out
    first, second = tree(tmp_path / "site"), tree(clean)
    pages = [path for path in second if path.startswith("runs/")]
    assert [path for path in pages if first[path] != second[path]] == []
