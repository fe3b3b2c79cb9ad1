"""Every point of long series: whole, shared between series, the same bytes, and within bounds."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest

import runfolio
from runfolio.query.store import Store
from runfolio.site import full
from runfolio.site.full import Full, full_series

POINTS = 2_500


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """One run: two long series that were logged together, a third one uneven, a short one."""
    folder = tmp_path_factory.mktemp("full") / "runs"
    with runfolio.init("long", name="long", store=folder, capture=False) as run:
        for step in range(POINTS):
            run.log({"loss": 1 / (step + 1), "lr": math.cos(step)}, step=step)
            run.log({"odd": math.nan if step == 7 else step / 3}, step=step * step)
        run.log({"short": 1.0}, step=0)
    with Store.open(folder) as opened:
        yield opened


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stretches of 1,000 points, so that few make a long series."""
    monkeypatch.setattr(full, "STRETCH", 1000)
    monkeypatch.setattr(full, "AT_ONCE", 2)
    monkeypatch.setattr(full, "MIDDLE", 1200)


def made(store: Store, most: int = 10_000, primary: str = "") -> Full:
    return full_series(store, store.curves(None, 1000), most, primary)


def read(found: Full) -> dict[str, Any]:
    """The payload of each file by its name, read as the browser does."""
    payloads = {}
    for path, data in found.files:
        said = re.fullmatch(r'rf\("full","([^"]+)",(.*)\);\n', data.decode("ascii"), re.DOTALL)
        assert said
        run_id, name = said[1].split("/")
        assert re.fullmatch(rf"data/full/{run_id}/{name}-[0-9a-f]{{10}}\.js", path)
        payloads[name] = json.loads(said[2], parse_constant=lambda name: 1 / 0)
    return payloads


def added(numbers: list[int]) -> list[int]:
    return [sum(numbers[: at + 1]) for at in range(len(numbers))]


def test_every_point_can_be_read_back(store: Store) -> None:
    found = made(store)
    files = read(found)
    odd = found.index["m"]["odd"]
    spans = found.index["axes"][odd["a"]]
    assert [span[4] for span in spans] == [1000, 1000, 500]
    steps, values = [], []
    for at, span in enumerate(spans):
        axis, part = files[f"{odd['a']}-{at}"], files[f"m{odd['i']}-{at}"]
        assert [span[5], odd["h"][at]] == [
            path.rpartition("-")[2][:10]
            for name in (f"{odd['a']}-{at}", f"m{odd['i']}-{at}")
            for path, _ in found.files
            if f"/{name}-" in path
        ]
        assert (axis["t"][0] >= 0, len(axis["t"])) == (True, span[4])
        steps += added(axis["step"])
        values += part["v"]
    assert steps == [step * step for step in range(POINTS)]
    assert values[7] is None and files[f"m{odd['i']}-0"]["bad"] == {"7": "nan"}
    assert values[2] == 0.666667 and values[-1] == 833


def test_series_that_were_logged_together_share_their_axis(store: Store) -> None:
    index = made(store).index
    assert index["m"]["loss"]["a"] == index["m"]["lr"]["a"] != index["m"]["odd"]["a"]
    assert "short" not in index["m"]


def test_a_middle_picture_has_the_extremes_and_the_means(store: Store) -> None:
    found = made(store)
    loss = found.index["m"]["loss"]
    middle = read(found)[f"m{loss['i']}"]
    assert 1000 < len(middle["v"]) <= 1200 and middle["v"][0] == 1
    assert len(middle["avg"]["v"]) == len(middle["avg"]["step"]) == 599
    assert loss["mid"] in {path.rpartition("-")[2][:10] for path, _ in found.files}


def test_no_more_points_than_asked_and_the_main_metric_first(store: Store) -> None:
    assert made(store, 0) == Full()
    assert set(made(store, POINTS, "odd").index["m"]) == {"odd"}
    assert set(made(store, 2 * POINTS).index["m"]) == {"loss", "lr"}


def test_the_same_store_gives_the_same_files(store: Store) -> None:
    assert made(store) == made(store)
