"""What programs and language models read: JSON and Markdown of each run, llms.txt, the sitemap."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest

from runfolio.site.gather.machine_words import block, code, plain
from runfolio.site.markdown import MarkdownRenderer

from .outward import HOSTILE, URL, Built

pytestmark = pytest.mark.xdist_group("outward")
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"


def test_a_run_is_one_complete_json_document(outward: Built) -> None:
    run = json.loads(outward.text("runs/b.json"))
    assert (run["format"], run["version"], run["id"], run["name"]) == (
        "runfolio-run",
        1,
        "b",
        HOSTILE,
    )
    assert run["status"] == "finished" and run["started"] == "2026-11-15T14:10:00.000001Z"
    assert run["params"] == {"lr": 0.2, HOSTILE: HOSTILE}
    assert run["notes"] == {"": "# Why\n\nBecause."}
    metric = run["metrics"]["val/accuracy"]
    assert (metric["best"], metric["best_step"], metric["direction"]) == (0.9, 1, "max")
    assert run["metrics"]["bad"]["last"] is None and run["metrics"]["bad"]["not_finite"] == 1
    assert run["leaderboard"]["rank"] == 1 and run["leaderboard"]["value"] == 0.9
    by_path = {each["path"]: each for each in run["artifacts"]}
    assert (outward.site / "runs" / unquote(by_path["out/table 1.csv"]["url"])).is_file()
    assert by_path["far"]["url"] is None and by_path["far"]["uri"] == "s3://x/y"
    assert run["links"]["canonical"] == f"{URL}runs/b.html"
    for link in [run["links"]["html"], run["links"]["markdown"], *run["links"]["files"]]:
        assert (outward.site / "runs" / unquote(link)).is_file()


def test_every_field_of_a_run_is_documented(outward: Built) -> None:
    docs = (Path(__file__).parents[2] / "site/pages/share-results.md").read_text("utf-8")
    fields = {*re.findall(r"`(\w+)`", docs.split("## A run as JSON")[1].split("## Feeds")[0])}
    assert json.loads(outward.text("runs/b.json")).keys() <= fields


def test_a_run_reads_as_markdown_and_nothing_of_it_breaks_out(outward: Built) -> None:
    text = outward.text("runs/b.md")
    assert text.startswith("# \\<b onclick=")
    html = MarkdownRenderer().render(text).html
    assert "<b onclick" not in html and "javascript:" not in re.findall(r'href="([^"]*)"', html)
    assert html.count("<table>") == 2 and "Because." in text
    failed = outward.text("runs/c.md")
    assert "## Traceback\n\n```text\nTraceback: no\n```" in failed
    for link in re.findall(r"\]\(([^)\s]+)\)", outward.text("runs/a.md")):
        assert (outward.site / "runs" / unquote(link)).exists(), link


def test_a_page_names_its_other_forms(outward: Built) -> None:
    head = outward.text("runs/b.html").split("<body", 1)[0]
    assert '<link rel="alternate" type="application/json" href="b.json">' in head
    assert '<link rel="alternate" type="text/markdown" href="b.md">' in head


def test_a_leaderboard_is_json_and_markdown(outward: Built) -> None:
    board = json.loads(outward.text("leaderboards/digits.json"))
    assert board["format"] == "runfolio-leaderboard" and board["direction"] == "max"
    assert [(row["rank"], row["run"], row["value"]) for row in board["rows"][:2]] == [
        (1, "b", 0.9), (2, "a", 0.8),
    ]  # fmt: skip
    assert [each["run"] for each in board["records"]] == ["a", "b"]
    text = outward.text("leaderboards/digits.md")
    assert "| 2 | [first](../runs/a.md) | 0.8 | finished |" in text and "```sql" in text


def test_llms_txt_leads_to_everything(outward: Built) -> None:
    text = outward.text("llms.txt")
    lines = text.splitlines()
    assert lines[0].startswith("# Site ") and lines[2].startswith("> ")
    assert [line for line in lines if line.startswith("## ")] == [
        "## Leaderboards", "## Data", "## Newest runs", "## Optional",
    ]  # fmt: skip
    links = re.findall(r"^- \[(?:[^\]\\]|\\.)*\]\(([^)\s]+)\)", text, re.MULTILINE)
    assert len(links) == len([line for line in lines if line.startswith("- ")]) > 15
    assert all((outward.site / unquote(link)).is_file() for link in links)


def test_the_sitemap_lists_every_page_but_the_one_for_wrong_addresses(outward: Built) -> None:
    root = ElementTree.fromstring(outward.text("sitemap.xml"))
    places = [node.findtext(f"{MAP}loc", "") for node in root.iter(f"{MAP}url")]
    pages = {path.relative_to(outward.site).as_posix() for path in outward.site.rglob("*.html")}
    assert {unquote(place.removeprefix(URL)) for place in places} == pages - {"404.html"}
    dates = {
        node.findtext(f"{MAP}loc", ""): node.findtext(f"{MAP}lastmod")
        for node in root.iter(f"{MAP}url")
    }
    assert dates[f"{URL}runs/a.html"] == "2026-11-15" and dates[f"{URL}index.html"] is None


def test_texts_of_others_stay_texts() -> None:
    assert plain("# a\n* b") == "\\# a \\* b" and plain("1. x") == "1\\. x"
    assert code("a`b") == "``a`b``" and code("") == "" and code("a|b") == "`a\\|b`"
    assert block("```\nx") == "````\n```\nx\n````"
