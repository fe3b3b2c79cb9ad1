"""Opening a run: what is asked, what is configured, what is there already."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

from runfolio.config import CaptureConfig
from runfolio.config import load as load_config
from runfolio.environment import host
from runfolio.errors import (
    ConfigError,
    RunNotFoundError,
    StoreError,
    StoreNotFoundError,
    UsageError,
)
from runfolio.run import active, names, past
from runfolio.run.background import Background
from runfolio.run.identity import Identity, shared_run_id
from runfolio.run.recorder import Recorder
from runfolio.run.run import Run
from runfolio.run.trouble import warn
from runfolio.store.folder import Folder, default_path, safe_run_id
from runfolio.store.opening import to_log_into
from runfolio.store.writer import Durability

Capture = bool | Mapping[str, object] | None
Tags = Mapping[str, object] | Iterable[str] | str
_RESUME = (False, True, "allow")


def init(
    experiment: str | None = None,
    *,
    name: str | None = None,
    params: object = None,
    tags: Tags | None = None,
    notes: str = "",
    group: str | None = None,
    parent: Run | str | None = None,
    nested: bool = False,
    store: str | Path | None = None,
    id: str | None = None,
    resume: bool | str = False,
    capture: Capture = None,
    durability: Durability = "process",
) -> Run:
    """Open a run and make it the active one: ``with runfolio.init("digits", params={…}) as run:``.

    experiment   what is compared with each other; if left out, with ``nested`` the active run's,
                 else RUNFOLIO_EXPERIMENT or ``default``
    name         for people; a friendly one such as umber-otter-54 if left out
    params       a dictionary or config object, see ``Run.log_params``
    tags, notes  see ``Run.set_tags`` and ``Run.note``
    group        puts runs together, such as the seeds of one setting
    parent       the run (or its id) that this one is a part of; ``nested=True``: the active run
    store        the folder, or an address such as s3://bucket/runs; the parent's or the configured
                 one if left out (``runs``)
    id, resume   go on with a run: True must find it, "allow" may; with False it must be new
    capture      False: nothing is noted unasked; or {"git": False, "system_seconds": 30, …}
    durability   process: kept when the process dies, and a power cut costs a second; fsync: kept
                 in a power cut as well, slow; os: the system decides

    Raises ``UsageError`` for mistakes in the call, ``RunNotFoundError`` if there is nothing to
    resume, ``StoreVersionError`` for a store of a newer runfolio. A disk that refuses the store
    only warns: facts wait in memory.
    """
    before = active.active()
    outer = before if nested and isinstance(before, Run) else None
    folder, settings = _settings(outer.store if outer and store is None else store, capture)
    above = parent.id if isinstance(parent, Run) else parent or (outer.id if outer else None)
    asked = id or (None if above else shared_run_id())
    shared = id is None and asked is not None
    if shared and host.rank() is not None:  # ranks of one training
        run_id, earlier = safe_run_id(str(asked)), past.Past()
    else:
        run_id, earlier = _earlier(folder, asked, "allow" if shared else resume)
    identity = Identity(
        id=run_id,
        name=_name(name, earlier, asked, run_id, shared=shared),
        experiment=_experiment(experiment, earlier, outer),
        group=names.clean_name(group) if group is not None else earlier.group,
        parent=above or earlier.parent,
        resumed=earlier.found,
        first_step=earlier.next_step,
    )
    run = _opened(identity, Recorder(folder, run_id, durability), settings, before)
    _say(run, params, tags, notes)
    return _begun(run, folder)


def _begun(run: Run, folder: Folder) -> Run:
    """The run, which notes its surroundings from now on, and is sent on if its store is remote."""
    run.begin()
    if folder.origin:
        _upload(run, folder)
    return run


def _experiment(given: str | None, earlier: past.Past, outer: Run | None) -> str:
    """The experiment asked for, else that of the run resumed, of the outer run, or the usual."""
    usual = outer.experiment if outer else past.usual_experiment()
    if given:
        return earlier.now("experiment", names.clean_name(given))
    return names.clean_name(earlier.experiment or usual)


def _say(run: Run, params: object, tags: Tags | None, notes: str) -> None:
    """Record the seed that was set before, and what the call of ``init`` says."""
    seeded = active.seed()
    if seeded is not None:
        run.record_seed(seeded[0], "seed_everything", seeded[1])
    if params is not None:
        run.log_params(params)
    if tags:
        run.set_tags(tags)
    if notes:
        run.note(notes)


def _opened(
    identity: Identity, recorder: Recorder, settings: CaptureConfig, before: active.OpenRun | None
) -> Run:
    """The run, with its first fact written."""
    facts = identity.facts(dataclasses.asdict(settings))
    with recorder.guard("The start of the run", identity.id):
        recorder.section("run", facts)
    first = not facts["rank"]
    background = Background(recorder, settings, first=first)
    return Run(
        identity,
        recorder,
        background=None if background.idle else background,
        output=settings.output,
        source=settings.source and first,
        before=before,
    )


def _name(
    name: str | None, earlier: past.Past, asked: str | None, run_id: str, *, shared: bool
) -> str:
    if name:
        return earlier.now("name", names.clean_name(name))
    if earlier.name:
        return earlier.name
    if asked is not None and asked != run_id and not shared:
        return names.clean_name(asked)  # an id that is no id in the store is a good name still
    return names.friendly_name(run_id)


def _earlier(folder: Folder, asked: str | None, resume: bool | str) -> tuple[str, past.Past]:
    """The run's id, and what an earlier process said under it."""
    if resume not in _RESUME:
        raise UsageError(
            f"init(resume={resume!r}) is not understood.",
            hint='True: the run must be there. "allow": it may be. False: it must be new.',
        )
    if asked is None:
        if resume is True:
            raise UsageError(
                "init(resume=True) does not say which run.", hint='Name it: init(id="…").'
            )
        return names.new_run_id(), past.Past()
    run_id = safe_run_id(asked)
    if folder.origin:
        _ask_elsewhere(folder)
    if _is_purged(folder, run_id):
        raise UsageError(
            f"The run {run_id!r} was purged from the store {folder.path}.",
            hint="An id is never used again after that; choose another one.",
        )
    earlier = past.read(folder, run_id)
    if earlier.found and resume is False:
        raise UsageError(
            f"The run {run_id!r} is in the store {folder.path} already.",
            hint='To go on with it, call init(id=…, resume="allow"); or choose another id.',
        )
    if not earlier.found and resume is True:
        raise RunNotFoundError(
            f"There is no run {run_id!r} to resume in the store {folder.path}.",
            hint='init(id=…, resume="allow") begins it if it is not there.',
        )
    return run_id, earlier


def _is_purged(folder: Folder, run_id: str) -> bool:
    if not folder.tombs.is_dir():
        return False
    from runfolio.store.tombs import purged_ids

    return run_id in purged_ids(folder)


def _settings(store: str | Path | None, capture: Capture) -> tuple[Folder, CaptureConfig]:
    """The store's folder and what is captured: the call wins over the configuration."""
    try:
        config = load_config()
        path, settings = config.store, config.capture
    except ConfigError as error:
        first = error.problems[0] if error.problems else str(error)
        warn(f"The configuration is not used, since it has mistakes: {first}")
        path, settings = default_path(), CaptureConfig()
    except OSError as error:  # the current folder is gone, or may not be read
        warn(f"The configuration is not used, since it cannot be read: {error}")
        path, settings = default_path(), CaptureConfig()
    return _folder(store if store is not None else path), _captured(settings, capture)


def _folder(path: str | Path) -> Folder:
    try:
        return to_log_into(path)
    except StoreError as error:
        if not isinstance(error.__cause__, OSError):
            raise  # another version, or a marker that is none: no waiting will help
        warn(f"{error.message} Facts are kept in memory until it can be. {error.hint}")
        return Folder.planned(Path(path).expanduser())


def _ask_elsewhere(folder: Folder) -> None:
    """Bring the mirror of a store elsewhere up to date; without an answer, it counts as it is."""
    from runfolio.store.opening import opened

    try:
        opened(folder.origin)
    except StoreNotFoundError:
        return  # nobody has logged there yet
    except StoreError as error:
        warn(f"{error.message} Only what this machine knows of it counts.")


def _upload(run: Run, folder: Folder) -> None:
    """Send what the run says to the store elsewhere, while it goes on."""
    from runfolio.store.spool import Uploader

    run.upload_with(Uploader(folder, run.id, warn))


def _captured(settings: CaptureConfig, capture: Capture) -> CaptureConfig:
    switches = [field.name for field in dataclasses.fields(CaptureConfig)]
    if capture is None:
        return settings
    if isinstance(capture, bool):
        every = {name: capture for name in switches if name != "system_seconds"}
        return dataclasses.replace(settings, **every)
    changes: dict[str, bool | float] = {}
    for key, value in capture.items():
        if key not in switches:
            near = difflib.get_close_matches(key, switches, 1) or switches
            raise UsageError(
                f"init(capture=…) does not know {key!r}.", hint=f"Did you mean {near[0]!r}?"
            )
        changes[key] = _switch(key, value)
    return dataclasses.replace(settings, **changes)  # type: ignore[arg-type]  # checked by _switch


def _switch(key: str, value: object) -> bool | float:
    if key != "system_seconds":
        if value not in (True, False):
            raise UsageError(
                f"init(capture={{{key!r}: {value!r}}}) is no switch.", hint="Give True or False."
            )
        return bool(value)
    if isinstance(value, int | float) and 0.1 <= value <= 86400:
        return float(value)
    raise UsageError(
        f"init(capture={{'system_seconds': {value!r}}}) is no time between two samples.",
        hint="Give seconds, from 0.1 to 86400.",
    )
