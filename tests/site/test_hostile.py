"""What strangers write is data, never code: every hostile string in every place of a run."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from runfolio.config import LeaderboardConfig, MetricConfig, SiteConfig

ENTRIES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "data" / "hostile_strings.json").read_text("utf-8")
)["entries"]
VOID = {"script", "iframe", "object", "embed", "base", "form", "style", "meta", "marquee", "frame"}


def text_of(entry: dict[str, Any]) -> str:
    text = "".join(entry["parts"]) if entry["value"] is None else entry["value"]
    text = (text * entry.get("repeat", 1))[:20_000]
    return text.replace("\0", "").encode("utf-8", "replace").decode()  # the writer does the same


STRINGS = sorted({text_of(entry) for entry in ENTRIES} - {""})
BATCHES = [STRINGS[start : start + 22] for start in range(0, len(STRINGS), 22)]


class Elements(HTMLParser):
    """The elements of a page, and all of its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def dangerous(site: Path) -> list[str]:
    """Elements and attributes that only a string could have brought into a page."""
    found = []
    for path in sorted(site.rglob("*.html")):
        for tag, attrs in Elements(path.read_text("utf-8")).tags:
            data = attrs.get("type") in ("application/json", "application/ld+json")
            ours = tag == "script" and ("src" in attrs or data)
            ours = ours or (tag == "style" and path.name == "404.html")  # its policy names it
            ours = ours or (
                tag == "meta" and set(attrs) <= {"charset", "name", "content", "http-equiv"}
            )
            if tag in VOID and not ours:
                found.append(f"{path.name}: <{tag} {attrs}>")
            for name, value in attrs.items():
                url = name in ("href", "src", "action", "formaction", "xlink:href")
                if name.startswith("on") or name in ("style", "srcdoc"):
                    found.append(f"{path.name}: {name}={value!r}")
                if url and (value or "").strip().lower().startswith(("javascript:", "vbscript:")):
                    found.append(f"{path.name}: {name}={value!r}")
    return found


@pytest.mark.parametrize("batch", BATCHES, ids=range(len(BATCHES)))
def test_strings_are_shown_and_never_run(
    store: Any,
    build_site: Callable[..., Path],
    site_faults: Callable[[Path], list[str]],
    batch: list[str],
) -> None:
    for index, text in enumerate(batch):
        other = batch[index - 1]
        store.run(
            f"run-{index}",
            name=text,
            experiment=other,
            params={text: other, f"nested.{text}": index},
            metrics={text: [1.0, 2.0], f"{other}/x": [index]},
            tags={text: other},
            note=f"{text}\n\n[link]({other})\n\n{text}",
            identity={"group": text},
            end="failed",
            error={"type": text, "message": other, "traceback": text},
            sections={
                "host": {"user": text, "host": other, "gpus": [text]},
                "git": {"commit": text, "branch": text, "remote": text, "untracked": [text]},
                "packages": {text: other},
                "command": {"argv": [text, other], "script": text, "entry": text},
                "source": {"path": text, "digest": text},
            },
            facts=[
                ("output", "stdout", 1, None, text),
                ("artifact", text, None, 1.0, json.dumps({"uri": other, "type": text})),
                ("dataset", text, None, 1.0, json.dumps({"role": other, "source": text})),
                ("histogram", text, 1, None, '{"edges": [0, 1], "counts": [1]}'),
                ("matrix", text, 1, None, json.dumps({"labels": [text], "rows": [[1]]})),
                ("system", text, None, 1.0, None),
            ],
        )
    text = batch[0]
    site = build_site(
        store,
        site=SiteConfig(title=text, description=text, footer=text),
        leaderboards=(
            LeaderboardConfig(name=text, slug="a", metric=batch[1], description=text),
            LeaderboardConfig(name="b", slug="b", metric=text, group_by=(text,)),
        ),
        metrics={text: MetricConfig(title=batch[-1], unit=text)},
    )
    assert dangerous(site) == []
    assert site_faults(site) == []
    for path in site.rglob("data/**/*.js"):
        body = path.read_text("ascii")
        json.loads(f"[{body.removeprefix('rf(').removesuffix(');' + chr(10))}]")
