"""What people say about registered models later: aliases and notes, as facts with their author.

Such a fact is written into the run that made the version, with the artifact and digest of the
version: numbers are counted when a store is read and can shift when two stores are merged.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from runfolio.errors import ModelNotFoundError, UsageError
from runfolio.query.models import ModelVersion
from runfolio.query.store import Store
from runfolio.run import active
from runfolio.run.author import annotate
from runfolio.run.names import UnfitAliasError, clean_alias, clean_text
from runfolio.run.recorder import TEXT_LIMIT, to_json
from runfolio.schema import Kind
from runfolio.store.folder import Folder


def set_model_alias(
    name: str, alias: str, version: int | str | None = None, *, store: str | Path | None = None
) -> ModelVersion:
    """Give a model version an alias such as ``champion``; it moves there from any other version.

    ``version``: a number or another alias; the newest if left out. ``store``: the active run's or
    the configured one if left out. Returns the version as it was found. Raises
    ``ModelNotFoundError``; ``UsageError`` for an alias that is a number or has a comma.
    """
    word = _alias(alias)
    with Store.open(_place(store)) as found:
        model = found.model(name, version)
        if word not in model.aliases:
            _say(found.folder, model, "alias", alias=word)
    return model


def remove_model_alias(name: str, alias: str, *, store: str | Path | None = None) -> ModelVersion:
    """Take an alias away from the version that has it, and return that version as it was.

    Raises ``ModelNotFoundError`` if none has it. The history keeps who had it from when to when.
    """
    with Store.open(_place(store)) as found:
        model = found.model(name, alias)
        if alias not in model.aliases:
            raise ModelNotFoundError(
                f"No version of the model {name!r} has the alias {alias!r}.",
                hint=f"runfolio model show {name}",
            )
        _say(found.folder, model, "unalias", alias=alias)
    return model


def note_model(
    name: str,
    text: str,
    version: int | str | None = None,
    *,
    store: str | Path | None = None,
) -> ModelVersion:
    """Write a note (Markdown) on a model version; on the model as a whole without ``version``.

    A later note replaces it, and '' takes it away. Returns the version that the note is about, or
    else the newest, as it was found. Raises ``ModelNotFoundError``.
    """
    words = clean_text(str(text)).strip()
    if len(words) > TEXT_LIMIT:
        raise UsageError(
            f"The note has more than {TEXT_LIMIT:,} characters.",
            hint="Log long texts as an artifact of the run.",
        )
    with Store.open(_place(store)) as found:
        model = found.model(name, version)
        if version is None:
            fact = {"action": "note", "text": words}
            _write(found.folder, model, fact)
        else:
            _say(found.folder, model, "note", text=words)
    return model


def _say(folder: Folder, model: ModelVersion, action: str, **more: Any) -> None:
    info = {
        "action": action,
        "version": model.version,
        "artifact": model.artifact,
        "digest": model.digest,
        **more,
    }
    _write(folder, model, info)


def _write(folder: Folder, model: ModelVersion, info: dict[str, Any]) -> None:
    """Add the fact; of the mirror of a store elsewhere, send it there as well."""
    since = time.time() - 1.0
    annotate(folder, model.run_id, [(Kind.MODEL, model.name, None, None, to_json(info))])
    if folder.origin:
        from runfolio.store.places import deliver

        deliver(folder, since)


def _alias(text: str) -> str:
    try:
        return clean_alias(text)
    except UnfitAliasError as error:
        raise UsageError(
            f"{text!r} cannot be an alias: {error}.", hint="For example champion or staging."
        ) from None


def _place(store: str | Path | None) -> str | Path:
    """The store given (a path or an address), else that of the active run, else the configured."""
    if store is not None:
        return store
    run = active.active()
    found = getattr(run, "store", None)
    if found is not None:
        return Path(found)
    from runfolio.config import load

    return load().store
