"""The options that make leaderboards, written down for a snapshot and read again from it."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runfolio.config.options import SECTIONS, Config, MetricConfig, options_of
from runfolio.config.values import Checks, NotAllowedError, value_of

_TABLES = {"leaderboard": "leaderboards", "paper": "papers"}
_NEEDED = {"leaderboard": {"name", "metric"}, "paper": {"name", "rows", "metrics"}}


def recorded(config: Config) -> dict[str, Any]:
    """Leaderboards, paper tables and metrics as plain values; what is a default is left out."""
    found: dict[str, Any] = {
        section: [_plain(section, each) for each in getattr(config, name)]
        for section, name in _TABLES.items()
    }
    found["metrics"] = {key: _plain("metrics", each) for key, each in config.metrics.items()}
    return {key: value for key, value in found.items() if value}


def restored(config: Config, said: Mapping[str, Any], checks: Checks | None = None) -> Config:
    """``config`` with what was written down; what is no option, or cannot be one, is left out."""
    tables: dict[str, Any] = {
        name: tuple(
            SECTIONS[section][0](**values)
            for each in _list(said.get(section))
            if _NEEDED[section] <= (values := _values(section, each, checks)).keys()
        )
        for section, name in _TABLES.items()
    }
    given = said.get("metrics")
    metrics = {
        str(key): MetricConfig(**_values("metrics", each, checks))
        for key, each in (given.items() if isinstance(given, Mapping) else ())
        if isinstance(each, Mapping)
    }
    return dataclasses.replace(config, **tables, metrics=metrics)


def _plain(section: str, table: Any) -> dict[str, Any]:
    options = options_of(section)
    said = {name: getattr(table, name) for name in options}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in said.items()
        if value != options[name].default
    }


def _values(section: str, given: Mapping[str, Any], checks: Checks | None) -> dict[str, Any]:
    found = {}
    for name, option in options_of(section).items():
        if name in given:
            try:
                found[name] = value_of(option, given[name], Path(), checks)
            except NotAllowedError:
                continue
    return found


def _list(given: Any) -> list[Mapping[str, Any]]:
    tables = given if isinstance(given, list) else []
    return [each for each in tables if isinstance(each, Mapping)]
