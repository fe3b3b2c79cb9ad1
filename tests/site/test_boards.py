"""Leaderboards of groups and of runs: what stands in the table, beside it and below it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import Config, LeaderboardConfig
from runfolio.query.front import front
from runfolio.query.store import Store
from runfolio.query.versus import against
from runfolio.site.gather.boards import board_page
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.machine_board import board_texts
from runfolio.site.load import load_material
from runfolio.site.pages import Cell, LeaderboardPage
from runfolio.store.blobs import put_bytes

from . import samples

#: Validation error by method and seed; the second run of "net" never got to a value.
RUNS = {
    "base": [0.50, 0.52, 0.51, 0.53],
    "net": [0.40, None, 0.41, 0.43],
    "tree": [0.51, 0.53, 0.52],
    "alone": [0.45],
}
ROOT = Path(__file__).parents[2]
COMMIT = {"base": "a" * 40, "net": "b" * 40, "tree": "b" * 40, "alone": "b" * 40}

Made = tuple[LeaderboardPage, dict[str, Any]]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, make_store: Any) -> Iterator[Any]:
    """Four methods over seeds, with a cost that goes up where the error goes down."""
    maker = make_store(tmp_path_factory.mktemp("boards") / "runs")
    for method, values in RUNS.items():
        for seed, value in enumerate(values):
            diff = put_bytes(maker.folder, _diff(method).encode()).digest
            git = {"commit": COMMIT[method], "dirty": True, "diff_digest": diff}
            found = [0.9, value] if value is not None else []
            course = [seed + 1, 9 - seed * len(method), (value or 0) * 8]  # no two alike
            maker.run(
                f"{method}-{seed}",
                params={"method": method, "seed": seed, "data": "digits", "width": 8},
                metrics={
                    "val/loss": found,
                    "latency_ms": [10.0 - 8 * (value or 0.9)],
                    "course": course,
                    "errors": [seed],
                    "tries": [len(method) - 4, seed + 1],
                },
                tags=["paper"] if method == "net" else [],
                end="finished" if value is not None else "failed",
                sections={"git": git},
            )
    yield maker
    maker.close()


def _diff(method: str) -> str:
    lines = "-lr = 1\n+lr = 2\n+warm = 3\n" if method != "base" else "-lr = 1\n+lr = 1.5\n"
    return f"diff --git a/t.py b/t.py\n--- a/t.py\n+++ b/t.py\n@@ -1 +1 @@\n{lines}"


@pytest.fixture(scope="module")
def made(project: Any) -> Callable[..., Made]:
    """A function that makes the page and the table's data of a leaderboard."""

    def make(**board: Any) -> Made:
        given = LeaderboardConfig(
            **{"name": "b", "metric": "val/loss", "baseline": "base-0", **board}
        )
        config = Config(store=project.path, leaderboards=(given,))
        with Store.open(project.path, config) as store:
            material = load_material(store, config)
        context = Context(config, material, samples.site())
        page, files = board_page(context, material.boards[0])
        plain, markdown = (file.data.decode() for file in board_texts(context, material.boards[0]))
        return page, {
            "table": payload(files[0]),
            "stats": payload(files[1]),
            "json": json.loads(plain),
            "md": markdown,
        }

    return make


@pytest.fixture(scope="module")
def groups(made: Callable[..., Made]) -> Made:
    return made(group_by=("method",), secondary="latency_ms")


@pytest.fixture(scope="module")
def singles(made: Callable[..., Made]) -> Made:
    return made(secondary="latency_ms")


def payload(file: DataFile) -> dict[str, Any]:
    text = file.data.decode()
    found: dict[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return found


def column(page: LeaderboardPage, label: str) -> list[Cell]:
    at = [head.label for head in page.heads].index(label)
    return [row[at] for row in page.rows]


def texts(page: LeaderboardPage, label: str) -> list[str]:
    return [cell.text for cell in column(page, label)]


def test_a_group_shows_its_mean_spread_number_and_interval(groups: Made) -> None:
    page, _ = groups
    assert texts(page, "Group") == ["method=net", "method=alone", "method=base", "method=tree"]
    cells = column(page, "val/loss")
    assert [(cell.text, cell.spread) for cell in cells] == [
        ("0.4133", "± 0.0153"),
        ("0.4500", ""),
        ("0.5150", "± 0.0129"),
        ("0.5200", "± 0.0100"),
    ]
    assert texts(page, "Runs") == ["3", "1", "4", "3"]
    assert texts(page, "95% CI")[:2] == ["0.3754 to 0.4513", ""]
    assert "1 to 4 runs" in page.uneven


def test_the_members_of_a_group_stand_in_its_cell_with_their_values(groups: Made) -> None:
    page, data = groups
    cell = column(page, "Group")[0]
    assert [(m.run.id, m.value) for m in cell.members] == [
        ("net-0", "0.4000"),
        ("net-2", "0.4100"),
        ("net-3", "0.4300"),
        ("net-1", ""),
    ]
    assert cell.count == 4
    assert data["table"]["members"]["ids"][0] == ["net-0", "net-2", "net-3", "net-1"]
    assert data["table"]["members"]["v"][0] == [0.4, 0.41, 0.43, None]


def test_runs_of_a_group_that_have_no_value_are_not_drawn_as_zero(groups: Made) -> None:
    page, _ = groups
    assert page.progress and page.scatter and page.parallel
    assert "11 runs by start; the best went from 0.50 to 0.40" in page.progress.summary
    drawn = [chart.data["y"] for chart in (page.progress, page.scatter, page.parallel)]
    assert [(len(values), min(values)) for values in drawn] == [(11, 0.4)] * 3


def test_means_of_whole_numbers_keep_their_parts(groups: Made) -> None:
    page, _ = groups
    assert texts(page, "errors") == ["1.5", "0", "1.5", "1"]


def test_whole_numbers_ranked_by_their_mean_keep_the_parts(made: Callable[..., Made]) -> None:
    page, _ = made(metric="tries", stat="mean", direction="min")
    assert texts(page, "tries")[:3] == ["0.0", "0.5", "0.5"]
    assert [sign for sign in texts(page, "Δ") if "1.5" in sign] == ["+1.5"]


def test_groups_show_what_their_runs_have_in_common(groups: Made) -> None:
    page, data = groups
    keys = [col["k"] for col in data["table"]["cols"]]
    assert "p:seed" not in keys  # differs in every group but one
    assert texts(page, "Status")[0] == "3 finished, 1 failed"
    tags = next(head for head in page.heads if head.key == "tags")
    assert [tag.text for tag in column(page, tags.label)[0].tags] == ["paper"]
    assert dict(page.constants) == {"data": "digits", "width": "8"}


def test_differences_to_the_baseline_have_a_sign_a_share_and_a_colour(groups: Made) -> None:
    page, _ = groups
    assert texts(page, "Δ") == ["-0.1017", "-0.0650", "", "+0.0050"]
    assert texts(page, "Δ %") == ["-19.7", "-12.6", "", "+1.0"]
    assert [cell.tone for cell in column(page, "Δ")] == ["good", "good", "", "bad"]
    assert [cell.flag for cell in column(page, "Group")] == [False, False, True, False]


def test_groups_are_tested_and_the_page_says_how(groups: Made) -> None:
    page, _ = groups
    p = texts(page, "p (Holm)")
    assert float(p[0]) < 0.01 < float(p[3]) and p[1] == p[2] == ""
    assert page.versus == "1 of 2 groups differ from method=base at p < 0.05 (method=net)."
    assert "Holm" in page.versus_how and "Welch" in page.versus_how
    assert "1 of the groups have one run and no test" in page.versus_how


def test_for_programs_a_group_is_what_is_true_of_all_of_it(groups: Made) -> None:
    _, data = groups
    board, net, alone = data["json"], *data["json"]["rows"][:2]
    assert board["test"] == {
        "name": "Welch's t-test, two-sided", "correction": "Holm", "tests": 2,
    }  # fmt: skip
    assert (net["n"], net["value"], net["std"]) == (
        3,
        pytest.approx(1.24 / 3),
        pytest.approx(0.0153, 1e-2),
    )
    assert net["ci"] == pytest.approx([0.3754, 0.4513], abs=1e-4)
    assert net["params"] == {"method": "net"} and net["status"] == {"failed": 1, "finished": 3}
    assert net["p_corrected"] == pytest.approx(2 * net["p"]) and net["delta_ci"][1] < 0
    assert [run["value"] for run in net["runs"]] == [0.4, 0.41, 0.43, None]
    assert (alone["n"], alone["std"], alone["ci"], alone["p"]) == (1, None, None, None)
    assert alone["delta"] == pytest.approx(-0.065)
    assert not {"run", "url"} & net.keys()  # nothing of its best run passes for the group's
    documented = (ROOT / "site/pages/share-results.md").read_text("utf-8")
    fields = documented.split("## A leaderboard as JSON")[1].split("## Feeds")[0]
    assert all(f"`{name}`" in fields for name in [*net, *alone, *board["test"]])
    assert (
        "| 1 | method=net | 0.4133 ± 0.0153 | 3 | 0.3754 to 0.4513 | -0.1017 | -19.7 |"
        in data["md"]
    )
    assert (
        "| val/loss (mean ± std of best) | n | 95% CI of the mean | Δ vs method=base |"
        in data["md"]
    )
    assert "seed" not in data["md"].split("| 2 |")[0]


def test_a_baseline_without_a_value_is_told(made: Callable[..., Made]) -> None:
    page, data = made(baseline="net-1")
    assert page.versus == "Nothing is compared with the baseline net-1: it has no val/loss."
    assert "Δ" not in [head.label for head in page.heads] and "delta" not in data["json"]["rows"][0]


def test_a_baseline_that_is_not_there_is_told_with_every_value(made: Callable[..., Made]) -> None:
    told = "No baseline: there is no run and no group 'nobody'."
    page, data = made(baseline="nobody", group_by=("method",))
    assert page.versus == told and told in data["md"]
    others = data["stats"]["by"].values()
    assert others and all(other["said"] == [told, ""] for other in others)


def test_means_of_the_same_numbers_do_not_differ_by_their_last_bit() -> None:
    twins = [[0.1, 0.2, 0.3], [0.2, 0.2, 0.2]]
    assert [each and each.delta for each in against((0.3, 0.1, 0.2), twins, None)] == [0.0, 0.0]


def test_single_runs_have_differences_but_no_test(singles: Made) -> None:
    page, _ = singles
    assert "Δ" in [head.label for head in page.heads]
    assert "p (Holm)" not in [head.label for head in page.heads]
    assert "One run each says nothing about chance" in page.versus
    assert page.uneven == ""


def test_ties_share_a_rank_and_say_so(singles: Made) -> None:
    page, _ = singles
    # 0.51, 0.52 and 0.53 were each reached twice.
    assert page.ranks == ("1", "2", "3", "4", "5", "=6", "=6", "=8", "=8", "=10", "=10", "–")


def test_other_values_of_a_metric_lie_in_a_file_of_their_own(singles: Made) -> None:
    _, data = singles
    found = data["stats"]["cols"]["m:val/loss"]
    assert set(found) == {"max"}  # the last value is the best one here
    assert found["max"][:2] == [0.9, 0.9] and found["max"][-1] is None
    assert "m:latency_ms" not in data["stats"]["cols"]


@pytest.mark.parametrize(("group_by", "direction"), [((), "min"), (("method",), "max")])
def test_what_follows_from_other_values_is_what_a_leaderboard_of_them_has(
    made: Callable[..., Made], group_by: tuple[str, ...], direction: str
) -> None:
    board = {"metric": "course", "group_by": group_by, "direction": direction}
    _, shown = made(**board, stat="mean")
    table, stats = shown["table"], shown["stats"]
    assert set(stats["by"]) == {"last", "min", "max"}
    for stat in ("last", "min", "max", "best"):
        page, own = made(**board, stat=stat)
        other = stats["by"][direction if stat == "best" else stat]
        columns = {col["k"]: col for col in own["table"]["cols"]}
        rows = [columns["run"]["v"].index(one) for one in table["cols"][0]["v"]]
        assert set(other["cols"]) == {"m:course", "delta", "percent"} | (
            {"runs", "spread", "ci", "p", "praw", "boot", "welch"} if group_by else set()
        )
        for key, found in other["cols"].items():
            assert found["dec"] == columns[key]["dec"], (stat, key)
            for name in {"v", "pm"} & found.keys():
                assert found[name] == [columns[key][name][row] for row in rows], (stat, key)
        assert other["said"] == [page.versus, page.versus_how]
        if group_by:
            own_values = own["table"]["members"]
            values = {
                run: value
                for runs, found in zip(own_values["ids"], own_values["v"], strict=True)
                for run, value in zip(runs, found, strict=True)
            }
            ids = table["members"]["ids"]
            assert other["members"] == [[values[one] for one in group] for group in ids]


def test_records_say_when_the_best_moved_by_whom_and_what_changed(singles: Made) -> None:
    page, _ = singles
    assert [record.run.id for record in page.records] == ["net-0", "base-0"]
    newest, first = page.records
    assert (newest.value, newest.gain) == ("0.40", "-0.10 (-20.0%)")
    assert [(each.key, each.before, each.after) for each in newest.changes] == [
        ("method", "base", "net")
    ]
    assert newest.code == "aaaaaaaa → bbbbbbbb"
    assert newest.lines.startswith("+")
    assert newest.pair == "base-0,net-0"
    assert (first.gain, first.pair, first.date) == ("", "", "2026-11-15 14:00")


def test_the_front_of_two_metrics_is_listed_and_marked(singles: Made) -> None:
    page, _ = singles
    assert page.front_heads == ("val/loss", "latency_ms")
    ids = [row.run.id for row in page.front]
    assert ids[0] == "base-3" and ids[-1] == "net-0"
    assert page.pareto is not None and "on the front" in page.pareto.note
    assert page.pareto.data["xdir"] == -1


@pytest.mark.parametrize(
    ("directions", "expected"),
    [((1, 1), [1, 3, 4]), ((-1, -1), [0, 2]), ((-1, 1), [0, 2, 3, 4])],
)
def test_a_front_keeps_what_nothing_beats_in_both(
    directions: tuple[int, int], expected: list[int]
) -> None:
    points = [(1.0, 2.0), (5.0, 2.5), (2.0, 1.0), (3.0, 4.0), (3.0, 4.0), (2.5, 1.5)]
    found = front(points, directions)
    brute = [
        at
        for at, (x, y) in enumerate(points)
        if not any(
            (u - x) * directions[0] >= 0 and (v - y) * directions[1] >= 0 and (u, v) != (x, y)
            for u, v in points
        )
    ]
    assert sorted(found) == brute
    assert set(found) >= set(expected[:1])


def test_a_board_without_a_baseline_says_nothing_about_one(made: Callable[..., Made]) -> None:
    page, _ = made(baseline=None, group_by=("method",), name="b", metric="latency_ms")
    assert (page.versus, page.versus_how) == ("", "")
    assert "Δ" not in [head.label for head in page.heads]
    assert Path(page.data_path).name.startswith("b-")
