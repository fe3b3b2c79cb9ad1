"""Run the checks and tell the verdicts: ``runfolio check``."""

from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from runfolio.cli.diff_markdown import plain
from runfolio.cli.terminal import safe, say, say_json
from runfolio.errors import RunfolioError, UsageError

if TYPE_CHECKING:
    from runfolio.cli.call import Call
    from runfolio.query.checks import Verdict

_WORDS = {True: "pass", False: "FAIL"}


def judge_and_tell(
    call: Call, folder: Path | None, format: str, junit: Path | None, seconds: float
) -> None:
    """Judge, print, write the report; exit code 1 if a check failed or could not be judged."""
    from runfolio.query.checks import judge, statements
    from runfolio.query.sandbox import MEMORY, Sandbox

    config = call.config
    place = folder or (config.source.parent if config.source else Path.cwd()) / "checks"
    if folder is not None and not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.", hint="It holds SQL files, one a check.")
    files = statements(place)
    if not files and not config.checks:
        raise UsageError(
            "There is nothing to check.",
            hint="Write a [[check]] into runfolio.toml, or SELECTs into checks/*.sql.",
        )
    with Sandbox(call.store, seconds, MEMORY) as sandbox:
        verdicts = list(judge(call.store, sandbox, files, config.checks))
    if junit is not None:
        _write(junit, report(verdicts))
    _TELL[format](verdicts)
    if not all(verdict.passed for verdict in verdicts):
        raise click.exceptions.Exit(1)


def _tell_text(verdicts: Sequence[Verdict]) -> None:
    for verdict in verdicts:
        say(f"{_WORDS[verdict.passed]}  {safe(verdict.name)}: {safe(verdict.told)}")
        for row in verdict.rows:
            pairs = zip(verdict.columns, row, strict=True)
            say("      " + "  ".join(f"{safe(name)}={safe(str(each))}" for name, each in pairs))
    failed = sum(not verdict.passed for verdict in verdicts)
    say(f"{len(verdicts) - failed} of {len(verdicts)} checks pass")


def _tell_markdown(verdicts: Sequence[Verdict]) -> None:
    say("| | Check | What was found |\n|---|---|---|")
    for verdict in verdicts:
        mark = "✅" if verdict.passed else "❌"
        say(f"| {mark} | {plain(verdict.name)} | {plain(verdict.told)} |")
    for verdict in verdicts:
        if verdict.rows:
            say(f"\n**{plain(verdict.name)}**\n")
            say("| " + " | ".join(map(plain, verdict.columns)) + " |")
            say("|" + "---|" * len(verdict.columns))
            for row in verdict.rows:
                say("| " + " | ".join(plain(str(each)) for each in row) + " |")


def _tell_json(verdicts: Sequence[Verdict]) -> None:
    say_json([dataclasses.asdict(verdict) for verdict in verdicts])


_TELL = {"text": _tell_text, "md": _tell_markdown, "json": _tell_json}


def report(verdicts: Sequence[Verdict]) -> bytes:
    """The verdicts as JUnit writes test results, which CI systems show."""
    broken = sum(verdict.broken for verdict in verdicts)
    failed = sum(not verdict.passed for verdict in verdicts) - broken
    suite = ET.Element(
        "testsuite",
        name="runfolio check",
        tests=str(len(verdicts)),
        failures=str(failed),
        errors=str(broken),
    )
    for verdict in verdicts:
        case = ET.SubElement(
            suite, "testcase", classname=_xml(verdict.source), name=_xml(verdict.name)
        )
        if not verdict.passed:
            kind = "error" if verdict.broken else "failure"
            element = ET.SubElement(case, kind, message=_xml(verdict.told))
            lines = [", ".join(map(str, row)) for row in verdict.rows]
            element.text = _xml("\n".join([verdict.told, *lines]))
    suites = ET.Element("testsuites")
    suites.append(suite)
    data: bytes = ET.tostring(suites, encoding="utf-8", xml_declaration=True)
    return data


def _xml(text: str) -> str:
    """A text without the characters that XML 1.0 has no way to write."""
    return "".join(
        letter
        for letter in text
        if letter in "\t\n\r"
        or " " <= letter <= "\ud7ff"
        or "\ue000" <= letter <= "\ufffd"
        or letter >= "\U00010000"
    )


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise RunfolioError(f"{path} cannot be written: {error.strerror or error}.") from error
