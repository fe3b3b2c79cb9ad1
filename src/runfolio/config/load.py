"""Put one ``Config`` together: defaults, then the file, then the environment, then flags."""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from runfolio.config import source as files
from runfolio.config.citing import CitationConfig
from runfolio.config.lines import Place
from runfolio.config.options import (
    FORMAT,
    SECTIONS,
    SINGLE,
    CaptureConfig,
    Config,
    MetricConfig,
    Option,
    SiteConfig,
    options_of,
)
from runfolio.config.publishing import PublishConfig
from runfolio.config.source import Source
from runfolio.config.values import (
    Checks,
    NotAllowedError,
    is_address,
    nearest,
    shown,
    value_of,
    value_of_text,
)
from runfolio.config.workflows import CiConfig
from runfolio.errors import ConfigError, UnsafeError

#: Sections that may stand several times, each with the keys that it needs.
TABLES: dict[str, tuple[str, ...]] = {
    "leaderboard": ("name", "metric"),
    "paper": ("name", "rows", "metrics"),
    "check": ("name", "expect"),
    "source": ("name", "where"),
}


def load(
    path: Path | None = None,
    overrides: Mapping[str, object] | None = None,
    env: Mapping[str, str] | None = None,
    start: Path | None = None,
    checks: Checks | None = None,
) -> Config:
    """The configuration that holds in ``start`` (default: the current folder).

    ``path`` names the file; without it, ``runfolio.toml`` or a ``pyproject.toml`` with
    ``[tool.runfolio]`` is searched upward. ``overrides`` are flags by dotted key; None means not
    given. Paths in the file, and defaults beside a file, are relative to the file's folder; all
    others to ``start``. ``checks`` are rules of higher rooms, such as that of a ``filter``.
    ConfigError lists all mistakes at once.
    """
    here = start if start is not None else Path()
    found = path if path is not None else files.find(here)
    source = files.read(found) if found is not None else None
    draft = _Draft(here, _base(here, source), source, checks or {})
    draft.read_defaults()
    if source is not None:
        draft.read_file(source)
    draft.read_environment(os.environ if env is None else env)
    draft.read_flags(overrides or {})
    return draft.finish()


def require_apart(config: Config) -> None:
    """UnsafeError if the site would be written into the store, or the store lies in the site."""
    problem = _mixed(config)
    if problem:
        raise UnsafeError(problem, hint="Choose another folder with --out, or in runfolio.toml.")


def _base(here: Path, source: Source | None) -> Path:
    """The folder that the file's paths start from; short where it is the current one."""
    if source is None:
        return here
    folder = source.path.parent
    return here if folder.absolute() == here.absolute() else folder


@dataclass
class _Draft:
    """Collects values, where each came from, and every mistake."""

    here: Path
    base: Path
    source: Source | None
    checks: Checks = field(default_factory=dict)
    values: dict[str, dict[str, Any]] = field(default_factory=dict)
    tables: dict[str, list[Any]] = field(default_factory=lambda: {each: [] for each in TABLES})
    metrics: dict[str, MetricConfig] = field(default_factory=dict)
    origin: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def read_defaults(self) -> None:
        for section in SINGLE:
            options = options_of(section).values()
            self.values[section] = {
                each.name: self.base / each.default if each.shape == "path" else each.default
                for each in options
            }
            self.origin.update({each.key: "default" for each in options})

    # --- the file ---------------------------------------------------------------------------

    def read_file(self, source: Source) -> None:
        newer = source.values.get("format")
        if isinstance(newer, int) and newer > FORMAT:
            where = source.where(("format",))
            raise ConfigError(
                [f"{where}: format = {newer}: this file was made for a newer version of runfolio"],
                hint="Upgrade: pip install --upgrade runfolio",
            )
        for section in SINGLE:
            self._read_single(source, section)
        for name in source.values:
            if name not in SECTIONS and name not in options_of(""):
                self._unknown(source, (), name, [*options_of(""), *SECTIONS])
        for section in TABLES:
            self._read_tables(source, section, source.values.get(section, []))
        self._read_metrics(source, source.values.get("metrics", {}))

    def _read_single(self, source: Source, section: str) -> None:
        table = source.values.get(section, {}) if section else source.values
        if not isinstance(table, dict):
            self._not_a_table(source, section, table)
            return
        place = (section,) if section else ()
        if not section:
            table = {name: table[name] for name in table if name in options_of("")}
        for name, value in self._read_table(source, section, place, table):
            self.values[section][name] = value
            key = options_of(section)[name].key
            self.origin[key] = f"file {source.where((*place, name))}"

    def _read_table(
        self, source: Source, section: str, place: Place, table: Mapping[str, Any]
    ) -> Iterator[tuple[str, Any]]:
        """The good values of one table; the others become problems."""
        options = options_of(section)
        for name, given in table.items():
            if name not in options:
                self._unknown(source, place, name, list(options))
                continue
            try:
                yield name, value_of(options[name], given, self.base, self.checks)
            except NotAllowedError as error:
                where = source.where((*place, name))
                self.problems.append(
                    f"{where}: {_dotted((*place, name))} = {shown(given)}: {error}"
                )

    def _read_tables(self, source: Source, section: str, given: Any) -> None:
        """A section that may stand several times: [[leaderboard]], [[paper]]."""
        if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
            self._not_a_table(source, section, given, form=f"[[{section}]]")
            return
        for index, table in enumerate(given):
            place: Place = (section, index)
            values = dict(self._read_table(source, section, place, table))
            for needed in TABLES[section]:
                if not table.get(needed):
                    example = options_of(section)[needed].example or '"accuracy"'
                    self.problems.append(
                        f"{source.where(place)}: {_dotted(place)} needs {_a(needed)}, "
                        f"e.g. {needed} = {example}"
                    )
            self._note_origin(source, place, values)
            self.tables[section].append(SECTIONS[section][0](**values))
        self._refuse_twins(source, section)

    def _refuse_twins(self, source: Source, section: str) -> None:
        """Two leaderboards cannot share a name (SQL) or a slug (a page), nor can two papers."""
        seen: dict[tuple[str, str], int] = {}
        word = {"paper": "table"}.get(section, section)
        for index, table in enumerate(self.tables[section]):
            for field_name in ("name", "slug"):
                value = getattr(table, field_name, "")
                first = seen.setdefault((field_name, value), index)
                if not value or first == index:
                    continue
                one, two = (source.where((section, each)) for each in (first, index))
                self.problems.append(
                    f"{two}: {section}[{index}].{field_name} = {shown(value)}: the {word} "
                    f"at {one} has it already; each needs its own {field_name}"
                )
                break

    def _read_metrics(self, source: Source, given: Any) -> None:
        if not isinstance(given, dict):
            self._not_a_table(source, "metrics", given, form='[metrics."val/accuracy"]')
            return
        for name, table in given.items():
            place: Place = ("metrics", name)
            if not isinstance(table, dict):
                self.problems.append(
                    f"{source.where(place)}: {_dotted(place)} = {shown(table)}: expected a table, "
                    f'e.g. [metrics."{name}"] with direction = "max" under it'
                )
                continue
            values = dict(self._read_table(source, "metrics", place, table))
            self._note_origin(source, place, values)
            self.metrics[name] = MetricConfig(**values)

    def _note_origin(self, source: Source, place: Place, values: Mapping[str, Any]) -> None:
        for name in values:
            spot = (*place, name)
            self.origin[_dotted(spot)] = f"file {source.where(spot)}"

    def _unknown(self, source: Source, place: Place, name: str, known: list[str]) -> None:
        full = (*place, name)
        known = [each for each in known if each]
        help = _elsewhere(place, name) or nearest(name, known) or _list_of(known)
        if place[:1] == ("metrics",) and isinstance(_at(source.values, full), dict):
            help = f'; a name with dots stands in quotes: [metrics."{place[1]}.{name}"]'
        self.problems.append(f"{source.where(full)}: unknown key {_dotted(full)}{help}")

    def _not_a_table(self, source: Source, section: str, given: Any, form: str = "") -> None:
        self.problems.append(
            f"{source.where((section,))}: {section} = {shown(given)}: expected a table, "
            f"written as {form or f'[{section}]'}"
        )

    # --- environment and flags --------------------------------------------------------------

    def read_environment(self, env: Mapping[str, str]) -> None:
        options = {each.env: each for name in SINGLE for each in options_of(name).values()}
        for name in sorted(env):
            option = options.get(name)
            if option is not None and env[name]:
                self._set(option, env[name], f"env {name}", text=True)
            elif option is None and name.startswith(("RUNFOLIO_CAPTURE_", "RUNFOLIO_SITE_")):
                help = nearest(name, options)
                self.problems.append(f"The environment variable {name} is unknown{help}")

    def read_flags(self, overrides: Mapping[str, object]) -> None:
        options = {each.key: each for name in SINGLE for each in options_of(name).values()}
        for key, given in overrides.items():
            if key not in options:
                self.problems.append(f"There is no option {key}{nearest(key, options)}")
            elif given is not None:
                self._set(options[key], given, "flag", text=False)

    def _set(self, option: Option, given: Any, origin: str, *, text: bool) -> None:
        try:
            reader = value_of_text if text else value_of
            self.values[option.section][option.name] = reader(option, given, self.here)
            self.origin[option.key] = origin
        except NotAllowedError as error:
            name = origin.removeprefix("env ") if text else f"--{option.name.replace('_', '-')}"
            self.problems.append(f"{name} = {shown(given)}: {error}")

    # --- the whole --------------------------------------------------------------------------

    def finish(self) -> Config:
        config = Config(
            **self.values[""],
            site=SiteConfig(**self.values["site"]),
            capture=CaptureConfig(**self.values["capture"]),
            publish=PublishConfig(**self.values["publish"]),
            ci=CiConfig(**self.values["ci"]),
            citation=CitationConfig(**self.values["citation"]),
            leaderboards=tuple(self.tables["leaderboard"]),
            papers=tuple(self.tables["paper"]),
            checks=tuple(self.tables["check"]),
            sources=tuple(self.tables["source"]),
            metrics=self.metrics,
            source=self.source.path if self.source else None,
            origin=self.origin,
        )
        # Where nobody named the output, the command that writes it asks require_apart itself:
        # `runfolio ls --store .` must work although ./_site would lie in the store.
        if self.origin["out"] != "default" and (problem := _mixed(config)):
            self.problems.append(problem)
        if self.problems:
            raise ConfigError(sorted(self.problems, key=_line), hint=self._where())
        return config

    def _where(self) -> str:
        """The file's path, where its name alone does not lead there from the current folder."""
        path = self.source.path if self.source else None
        away = path is not None and path.absolute().parent != self.here.absolute()
        return f"The file: {path}" if away else ""


def _line(problem: str) -> float:
    """The line of the file that a problem is about; what stands elsewhere comes last."""
    found = re.match(r"[^\s:]+:(\d+): ", problem)
    return int(found[1]) if found else float("inf")


def _mixed(config: Config) -> str:
    """What is wrong if store and output lie within each other, else ''."""
    if is_address(config.store):
        return ""
    store, out = (each.absolute().resolve() for each in (config.store, config.out))
    if store != out and store not in out.parents and out not in store.parents:
        return ""
    relation = "are the same folder"
    if store != out:
        relation = "lie within each other"
    return (
        f"store = {shown(config.store)} ({config.origin['store']}) and "
        f"out = {shown(config.out)} ({config.origin['out']}) {relation}."
    )


def _elsewhere(place: Place, name: str) -> str:
    """A hint if the key belongs into another table."""
    for section in SECTIONS:
        if name in options_of(section) and (section,) != place[:1]:
            table = f"[[{section}]]" if section in TABLES else f"[{section}]"
            return f"; it belongs into {table if section else 'the top of the file'}"
    return ""


def _a(noun: str) -> str:
    return noun if noun.endswith("s") else f"a {noun}"


def _list_of(known: list[str]) -> str:
    return f"; known here: {', '.join(known)}"


def _at(values: Any, place: Place) -> Any:
    for step in place:
        values = values[step]
    return values


def _dotted(place: Place) -> str:
    """``('leaderboard', 0, 'metric')`` as ``leaderboard[0].metric``; odd names in quotes."""
    text = ""
    for each in place:
        if isinstance(each, int):
            text += f"[{each}]"
        else:
            word = each if each.replace("_", "a").isalnum() and each.isascii() else shown(each)
            text += f".{word}" if text else word
    return text


def as_dict(config: Config) -> dict[str, Any]:
    """The whole configuration as plain values, for digests and ``--json``."""
    return {
        name: value
        for name, value in dataclasses.asdict(config).items()
        if name not in ("source", "origin", "format")
    }
