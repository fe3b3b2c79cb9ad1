"""Pages of things: each at its address, with what is true of it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from runfolio.config import Config, SiteConfig
from runfolio.query.rows import Param
from runfolio.site.build import build
from runfolio.site.gather.things_runs import coverage
from tests.conftest import StoreMaker


def dataset(name: str, digest: str, role: str) -> tuple[str, str, None, float, str]:
    schema = [{"name": "pixel", "type": "float"}]
    text = {"role": role, "digest": digest, "rows": 1500, "source": "uci", "schema": schema}
    return "dataset", name, None, 2048.0, json.dumps(text)


@pytest.fixture(scope="module")
def things(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A site with a group of seeds, a sweep below a parent, data of one name twice, a model."""
    folder = tmp_path_factory.mktemp("things")
    store = StoreMaker(folder / "runs")
    weights = store.artifact("model.pt", b"weights", "model")
    digest = json.loads(weights[4] or "")["digest"]
    made = {"artifact": "model.pt", "digest": digest}
    store.run("parent", name="grid", facts=[weights, dataset("Digits", "sha256:aaaa", "train")])
    for at, (lr, depth) in enumerate([(0.1, 2), (0.1, 4), (0.01, 2)]):
        store.run(
            f"child-{at}",
            params={"lr": lr, "depth": depth},
            metrics={"val/accuracy": [0.5, 0.7 + at / 10]},
            identity={"parent": "parent"},
            facts=[dataset("digits", "sha256:bbbb", "test")],
        )
    for seed, loss in enumerate([0.2, 0.3, 0.4]):
        store.run(
            f"seed-{seed}",
            experiment="seeds",
            params={"seed": seed},
            metrics={"val/loss": [1.0, loss]},
            identity={"group": "same"},
            tags={"sweep": "by-tag"},
        )
    said = (
        {"action": "register", **made},
        {"action": "alias", "alias": "best", **made},
        {"action": "note", "text": "Reads **digits**."},
    )
    registers = [("model", "Classifier", None, None, json.dumps(each)) for each in said]
    store.run("maker", facts=[store.artifact("model.pt", b"weights", "model"), *registers])
    site = SiteConfig(title="Things", pages=folder / "pages")
    yield build(Config(store=store.path, out=folder / "site", site=site)).out


def text_of(path: Path) -> str:
    """What a page says, without its tags."""
    text = re.sub(r"<(script|style).*?</\1>", " ", path.read_text("utf-8"), flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def test_every_link_of_every_page_leads_somewhere(
    things: Path, site_faults: Callable[[Path], list[str]]
) -> None:
    assert site_faults(things) == []


def test_a_group_tells_mean_spread_and_interval(things: Path) -> None:
    text = text_of(things / "groups" / "seeds-same.html")
    assert "0.30 ± 0.10" in text
    assert "0.05 to 0.55" in text  # t(2) = 4.303: 0.3 ± 4.303 · 0.1 / √3
    assert "seed-0" in text


def test_a_sweep_tells_its_params_coverage_and_effects(things: Path) -> None:
    text = text_of(things / "sweeps" / "parent.html")
    assert "3 of 4 combinations of lr (2) × depth (2)" in text or "3 of 4 combinations" in text
    assert "val/accuracy by lr" in text and "Started by grid" in text
    assert "child-2" in text
    assert (things / "sweeps" / "sweep-by-tag.html").exists()


def test_a_metric_tells_what_is_better_and_why(things: Path) -> None:
    text = text_of(things / "metrics" / "val-loss.html")
    assert 'smaller is better, told from "loss"' in text.replace("&#34;", '"')
    assert "Best 0.2" in text and "Worst 0.4" in text
    assert '<svg class="bars"' in (things / "metrics" / "val-loss.html").read_text()


def test_data_of_one_name_with_other_contents_has_its_own_page(things: Path) -> None:
    names = sorted(path.name for path in (things / "datasets").glob("*.html"))
    assert len({name.lower() for name in names}) == len(names) == 3
    index = text_of(things / "datasets" / "index.html")
    assert "aaaa" in index and "bbbb" in index
    page = next(p for p in (things / "datasets").glob("*.html") if "sha256:bbbb" in p.read_text())
    text = text_of(page)
    assert "test: 3 runs" in text and "1,500" in text and "pixel" in text


def test_a_model_tells_its_versions_and_who_made_them(things: Path) -> None:
    text = text_of(things / "models" / "classifier.html")
    assert "best" in text and "maker" in text and "Reads digits ." in text


def test_the_page_of_all_kinds_counts_them(things: Path) -> None:
    text = text_of(things / "browse.html")
    for word in ("Sweeps 2", "Groups 1", "Datasets 2", "Models 1", "Metrics 2", "Runs 8"):
        assert word in text, word


def test_values_drawn_at_random_make_no_grid() -> None:
    params = {f"r{at}": {"lr": Param("lr", str(at / 7), at / 7, "float")} for at in range(6)}
    assert coverage(params, ["lr"], list(params)) == ""
    for at, run in enumerate(params.values()):
        run["opt"] = Param("opt", "ab"[at % 2], None, "str")
        run["depth"] = Param("depth", str(at % 3), at % 3, "int")
    told = coverage(params, ["depth", "lr", "opt"], list(params))
    assert told == "6 of 6 combinations of depth (3) × opt (2); in most runs a value of its own: lr"
    told = coverage(params, ["depth", "lr", "opt"], list(params)[:5])
    assert told.startswith("5 of 6 combinations of depth (3) × opt (2);")
