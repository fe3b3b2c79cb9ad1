"""The functions of ``runfolio`` itself: each asks the active run of this context to do it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from runfolio.environment import seeds
from runfolio.errors import UsageError
from runfolio.run import active
from runfolio.run.run import Run
from runfolio.run.start import init
from runfolio.run.track import track
from runfolio.run.trouble import RunfolioWarning

__all__ = [
    "Run",
    "RunfolioWarning",
    "active_run",
    "finish",
    "init",
    "log",
    "log_artifact",
    "log_artifacts",
    "log_confusion_matrix",
    "log_dataset",
    "log_figure",
    "log_histogram",
    "log_image",
    "log_metric",
    "log_metrics",
    "log_model",
    "log_param",
    "log_params",
    "log_table",
    "log_text",
    "note",
    "register_model",
    "remove_tag",
    "seed_everything",
    "set_tag",
    "set_tags",
    "track",
    "use_artifact",
    "use_model",
]


def active_run() -> Run | None:
    """The run that was opened last in this context and is not finished, or None."""
    run = active.active()
    return run if isinstance(run, Run) else None


def _current() -> Run:
    run = active_run()
    if run is None:
        raise UsageError(
            "No run is open here.", hint="Open one first: with runfolio.init(experiment=…): …"
        )
    return run


def seed_everything(value: int) -> int:
    """Seed ``random`` and, where they are imported, NumPy, PyTorch and TensorFlow; note the seed.

    The seed is recorded in the active run, or in the next one that this context opens. Import the
    libraries before. Returns ``value``; raises ``UsageError`` if it is no whole number >= 0.
    """
    if isinstance(value, bool) or not hasattr(value, "__index__") or value.__index__() < 0:
        raise UsageError(
            f"seed_everything({value!r}): a seed is a whole number from 0 up.",
            hint="For example runfolio.seed_everything(7).",
        )
    number = value.__index__()
    libraries = seeds.seed_libraries(number)
    active.seeded(number, libraries)
    run = active_run()
    if run is not None:
        run.record_seed(number, "seed_everything", libraries)
    return number


def log(
    metrics: Mapping[str, object], step: int | None = None, *, time_ns: int | None = None
) -> None:
    """Record numbers in the active run; see ``Run.log``."""
    _current().log(metrics, step, time_ns=time_ns)


def log_metric(
    name: str, value: object, step: int | None = None, *, time_ns: int | None = None
) -> None:
    """Record one number in the active run; see ``Run.log``."""
    _current().log({name: value}, step, time_ns=time_ns)


def log_metrics(
    metrics: Mapping[str, object], step: int | None = None, *, time_ns: int | None = None
) -> None:
    """Record numbers in the active run; see ``Run.log``."""
    _current().log(metrics, step, time_ns=time_ns)


def log_param(name: str, value: object) -> None:
    """Record one parameter of the active run; see ``Run.log_param``."""
    _current().log_param(name, value)


def log_params(params: object) -> None:
    """Record parameters of the active run; see ``Run.log_params``."""
    _current().log_params(params)


def set_tag(name: str, value: object = "") -> None:
    """Put a tag on the active run; see ``Run.set_tag``."""
    _current().set_tag(name, value)


def set_tags(tags: Mapping[str, object] | Iterable[str] | str) -> None:
    """Put several tags on the active run; see ``Run.set_tags``."""
    _current().set_tags(tags)


def remove_tag(name: str) -> None:
    """Take a tag off the active run."""
    _current().remove_tag(name)


def note(markdown: str, name: str = "") -> None:
    """Write a note of the active run; see ``Run.note``."""
    _current().note(markdown, name)


def log_artifact(
    path: str | Path | None = None,
    name: str | None = None,
    type: str | None = None,
    *,
    uri: str | None = None,
    store: bool | None = None,
    digest: str | None = None,
    size: int | None = None,
    step: int | None = None,
    caption: str = "",
) -> None:
    """Keep a file in the active run; see ``Run.log_artifact``."""
    _current().log_artifact(
        path,
        name,
        type,
        uri=uri,
        store=store,
        digest=digest,
        size=size,
        step=step,
        caption=caption,
    )


def log_artifacts(folder: str | Path, name: str = "", *, store: bool | None = None) -> None:
    """Keep all files below a folder in the active run; see ``Run.log_artifacts``."""
    _current().log_artifacts(folder, name, store=store)


def log_text(text: str, name: str, *, step: int | None = None, caption: str = "") -> None:
    """Keep a text in the active run; see ``Run.log_text``."""
    _current().log_text(text, name, step=step, caption=caption)


def log_figure(figure: Any, name: str, *, step: int | None = None, caption: str = "") -> None:
    """Keep a figure in the active run; see ``Run.log_figure``."""
    _current().log_figure(figure, name, step=step, caption=caption)


def log_image(image: Any, name: str, *, step: int | None = None, caption: str = "") -> None:
    """Keep an image in the active run; see ``Run.log_image``."""
    _current().log_image(image, name, step=step, caption=caption)


def log_table(table: Any, name: str, *, step: int | None = None, caption: str = "") -> None:
    """Keep a table in the active run; see ``Run.log_table``."""
    _current().log_table(table, name, step=step, caption=caption)


def log_histogram(
    values: Any = None,
    name: str = "histogram",
    *,
    step: int | None = None,
    bins: int = 64,
    counts: Any = None,
    edges: Any = None,
) -> None:
    """Record a histogram in the active run; see ``Run.log_histogram``."""
    _current().log_histogram(values, name, step=step, bins=bins, counts=counts, edges=edges)


def log_confusion_matrix(
    y_true: Any,
    y_pred: Any,
    labels: Sequence[object] | None = None,
    *,
    name: str = "confusion",
    step: int | None = None,
) -> None:
    """Record a confusion matrix in the active run; see ``Run.log_confusion_matrix``."""
    _current().log_confusion_matrix(y_true, y_pred, labels, name=name, step=step)


def log_dataset(
    data: Any,
    name: str | None = None,
    *,
    role: str = "train",
    source: str = "",
    store: bool = False,
) -> None:
    """Record which data the active run uses; see ``Run.log_dataset``."""
    _current().log_dataset(data, name, role=role, source=source, store=store)


def log_model(model: Any, name: str = "model", *, caption: str = "") -> None:
    """Keep a model in the active run; see ``Run.log_model``."""
    _current().log_model(model, name, caption=caption)


def register_model(name: str, *, alias: str = "", artifact: str | None = None) -> None:
    """Give a model of the active run a name that people ask for; see ``Run.register_model``."""
    _current().register_model(name, alias=alias, artifact=artifact)


def use_model(
    name: str,
    version: int | str | None = None,
    *,
    into: str | Path | None = None,
    store: str | Path | None = None,
) -> Path:
    """Start the active run from a registered model; see ``Run.use_model``."""
    return _current().use_model(name, version, into=into, store=store)


def use_artifact(
    run: Any,
    path: str,
    *,
    step: int | None = None,
    into: str | Path | None = None,
    store: str | Path | None = None,
) -> Path:
    """Start the active run from a file of another run; see ``Run.use_artifact``."""
    return _current().use_artifact(run, path, step=step, into=into, store=store)


def finish(status: str = "finished", *, exit_code: int | None = None) -> None:
    """End the active run; see ``Run.finish``."""
    _current().finish(status, exit_code=exit_code)
