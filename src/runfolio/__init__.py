"""Experiment tracking without a server.

    with runfolio.init(experiment="digits", params={"lr": 0.1}) as run:
        for step in range(100):
            run.log({"loss": 1 / (step + 1)})

Write: ``init``, ``log``, ``log_params``, ``set_tag``, ``note``, ``log_artifact``, ``log_figure``,
``log_table``, … for the active run, or the same methods of the ``Run`` that ``init`` returns.
Read: ``open("runs")`` gives a ``Store`` with SQL over all runs.
Correct: ``edit("runs")`` gives an ``Editor``, which renames, drops points, trashes, undoes.

Importing this loads the standard library alone; every name is fetched when it is first used.
"""

from __future__ import annotations

from runfolio.environment.version import VERSION as __version__

TYPE_CHECKING = False  # typing's own constant would cost its import
if TYPE_CHECKING:
    from typing import Any

    from runfolio.errors import (
        AmbiguousRunError,
        ArtifactNotFoundError,
        BuildError,
        ConfigError,
        DamagedStoreError,
        MissingPackageError,
        ModelNotFoundError,
        PublishError,
        QueryError,
        RunfolioError,
        RunNotFoundError,
        StoreError,
        StoreNotFoundError,
        StoreVersionError,
        UnsafeError,
        UsageError,
    )
    from runfolio.query.store import Store
    from runfolio.run.api import (
        active_run,
        finish,
        init,
        log,
        log_artifact,
        log_artifacts,
        log_confusion_matrix,
        log_dataset,
        log_figure,
        log_histogram,
        log_image,
        log_metric,
        log_metrics,
        log_model,
        log_param,
        log_params,
        log_table,
        log_text,
        note,
        register_model,
        remove_tag,
        seed_everything,
        set_tag,
        set_tags,
        track,
        use_artifact,
        use_model,
    )
    from runfolio.run.editing.editor import Editor
    from runfolio.run.registry import note_model, remove_model_alias, set_model_alias
    from runfolio.run.run import Run
    from runfolio.run.trouble import RunfolioWarning

    open = Store.open
    edit = Editor.open

__all__ = [
    "AmbiguousRunError",
    "ArtifactNotFoundError",
    "BuildError",
    "ConfigError",
    "DamagedStoreError",
    "Editor",
    "MissingPackageError",
    "ModelNotFoundError",
    "PublishError",
    "QueryError",
    "Run",
    "RunNotFoundError",
    "RunfolioError",
    "RunfolioWarning",
    "Store",
    "StoreError",
    "StoreNotFoundError",
    "StoreVersionError",
    "UnsafeError",
    "UsageError",
    "__version__",
    "active_run",
    "edit",
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
    "note_model",
    "open",
    "register_model",
    "remove_model_alias",
    "remove_tag",
    "seed_everything",
    "set_model_alias",
    "set_tag",
    "set_tags",
    "track",
    "use_artifact",
    "use_model",
]


def __getattr__(name: str) -> Any:
    """Fetch a public name from its room when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module 'runfolio' has no attribute {name!r}")
    value = _fetched(name)
    globals()[name] = value
    return value


def _fetched(name: str) -> Any:
    if name.endswith("Error"):
        from runfolio import errors

        return getattr(errors, name)
    if name in ("Store", "open"):
        from runfolio.query.store import Store

        return Store if name == "Store" else Store.open
    if name in ("Editor", "edit"):
        from runfolio.run.editing.editor import Editor

        return Editor if name == "Editor" else Editor.open
    if name in ("note_model", "remove_model_alias", "set_model_alias"):
        from runfolio.run import registry

        return getattr(registry, name)
    from runfolio.run import api

    return getattr(api, name)


def __dir__() -> list[str]:
    """The public names, for completion."""
    return __all__
