"""Where and with what a run was made: details, machine, packages, and the texts that it kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from runfolio.environment.secrets import without_credentials
from runfolio.query.rows import Dataset, Run
from runfolio.site.material import shown_time
from runfolio.site.numbers import format_bytes, format_duration, format_number
from runfolio.site.pages import Fact
from runfolio.site.words import _

TEXT_BYTES = 4_000_000
Environment = Mapping[str, Mapping[str, Any]]


def detail_facts(
    run: Run, environment: Environment, experiment: str = "", group: str = ""
) -> tuple[Fact, ...]:
    """Who, when, where: what one wants to know first; the addresses lead to the pages of both."""
    facts = [
        Fact(_("Experiment"), run.experiment, href=experiment),
        Fact(_("Group"), run.group or "", href=group),
        Fact(_("Started"), shown_time(run.started), title="UTC"),
        Fact(_("Ended"), shown_time(run.ended), title="UTC"),
        Fact(_("Duration"), format_duration(run.seconds)),
        Fact(_("Points"), format_number(run.points, 0)),
        Fact(_("User"), run.user or ""),
        Fact(_("Hardware"), hardware(environment)),
        Fact(_("Seed"), "" if run.seed is None else str(run.seed), mono=True),
        Fact(_("Run id"), run.run_id, mono=True),
        Fact(_("Origin"), run.origin),
    ]
    return tuple(fact for fact in facts if fact.value)


def environment_facts(run: Run, environment: Environment) -> tuple[Fact, ...]:
    """The machine, the interpreter and the command, as far as they are known."""
    host, python = environment.get("host", {}), environment.get("python", {})
    found = host.get("gpus")
    gpus = [_text(gpu) for gpu in found] if isinstance(found, list) else []
    count = _number(host.get("cpu_count"))
    facts = [
        Fact(_("Host"), run.host or "", mono=True),
        Fact(_("System"), _text(host.get("os"))),
        Fact(_("CPU"), " · ".join(filter(None, [_text(host.get("cpu")), _cores(count)]))),
        Fact(_("GPU"), ", ".join(_grouped(gpus))),
        Fact(_("Memory"), format_bytes(_number(host.get("memory_bytes")))),
        Fact(
            _("Python"),
            " ".join(filter(None, [_text(python.get("implementation")), run.python or ""])),
        ),
        Fact(_("Script"), run.script or "", mono=True),
        Fact(_("Command"), run.command or "", mono=True),
        Fact(_("Exit code"), "" if run.exit_code is None else str(run.exit_code)),
    ]
    return tuple(fact for fact in facts if fact.value)


def hardware(environment: Environment) -> str:
    """'2× A100' or '16 CPUs'; '' where nothing is known."""
    host = environment.get("host", {})
    found = host.get("gpus")
    gpus = [_text(gpu) for gpu in found] if isinstance(found, list) else []
    if gpus:
        return ", ".join(_grouped(gpus))
    cpus, name = _cores(_number(host.get("cpu_count"))), _text(host.get("cpu"))
    return f"{cpus} ({name})" if cpus and name else cpus or name


def _grouped(names: Sequence[str]) -> list[str]:
    """'2× A100' for a name that stands there twice."""
    return [
        f"{names.count(name)}× {name}" if names.count(name) > 1 else name
        for name in dict.fromkeys(names)
    ]


def _cores(count: float | None) -> str:
    if not count:
        return ""
    return _("1 CPU") if count == 1 else _("{n} CPUs", n=f"{count:.0f}")


def package_list(environment: Environment) -> tuple[tuple[str, str], ...]:
    """Names and versions of the installed packages."""
    found = environment.get("packages", {})
    return tuple(sorted((str(name), _text(version)) for name, version in found.items()))


def dataset_facts(datasets: Sequence[Dataset]) -> tuple[tuple[Fact, ...], ...]:
    """What the run read, one group of facts a dataset."""
    return tuple(
        tuple(fact for fact in (Fact(_("Dataset"), data.name), *data_facts(data)) if fact.value)
        for data in datasets
    )


def data_facts(data: Dataset) -> tuple[Fact, ...]:
    """What is known of a dataset; some facts may be empty."""
    shape = (format_number(data.rows, 0), format_number(data.columns, 0))
    return (
        Fact(_("Role"), data.role or ""),
        Fact(_("Rows × columns"), " × ".join(each or "?" for each in shape) if any(shape) else ""),
        Fact(_("Size"), format_bytes(data.size)),
        Fact(_("Source"), without_credentials(data.source or ""), mono=True),
        Fact(_("Digest"), (data.digest or "")[:16], mono=True, title=data.digest or ""),
    )


def stored_text(digest: Any, blob_path: Callable[[str], Path]) -> str:
    """The text of a stored file; its beginning where it is long; '' when there is none."""
    if not isinstance(digest, str) or not re.fullmatch(r"[0-9a-f]{64}", digest):
        return ""
    path = blob_path(digest)
    try:
        with path.open("rb") as file:
            data = file.read(TEXT_BYTES + 1)
    except OSError:
        return ""
    text = data[:TEXT_BYTES].decode("utf-8", "replace").replace("\0", "\ufffd")
    if len(data) <= TEXT_BYTES:
        return text
    return f"{text}\n… " + _("(cut at {size})", size=format_bytes(TEXT_BYTES))


@lru_cache(maxsize=32)
def without_secrets(text: str) -> str:
    """A program or its changes without credentials; most runs of a store share theirs."""
    return without_credentials(text)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _number(value: Any) -> float | None:
    known = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if known else None
