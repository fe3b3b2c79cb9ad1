"""What every command is given: the flags so far, the configuration, and the store when asked.

``--store`` and ``--config`` stand before or behind the command's name; the later one counts.
Help texts and variables of these flags come from the options' one declaration in ``config``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from runfolio.cli.failures import warn
from runfolio.cli.terminal import safe
from runfolio.config.values import is_address
from runfolio.errors import StoreError

if TYPE_CHECKING:
    from runfolio.config import Config
    from runfolio.query.origins import Origin
    from runfolio.query.store import Store
    from runfolio.store.folder import Folder

F = TypeVar("F", bound=Callable[..., Any])


class Call:
    """One call of the command line."""

    def __init__(self) -> None:
        self.overrides: dict[str, object] = {}
        self.config_path: Path | None = None
        self.as_of: datetime | None = None

    @cached_property
    def asked(self) -> Config:
        """Defaults, file, environment and flags in one; the store may be an address."""
        from runfolio.cli.filtering import check_filter
        from runfolio.config import load

        return load(self.config_path, self.overrides, checks={"filter": check_filter})

    @cached_property
    def config(self) -> Config:
        """The same with the store on this machine: of an address, its mirror, up to date."""
        if not is_address(self.asked.store):
            return self.asked
        from runfolio.store.places import reach

        return replace(self.asked, store=reach(self.asked.store).path)

    def forget(self) -> None:
        """Read the configuration anew when it is next asked for."""
        self.__dict__.pop("asked", None)
        for name in ("config", "origins"):
            self.__dict__.pop(name, None)

    def keep(self, config: Config) -> None:
        """Go on with this configuration."""
        self.__dict__["config"] = config

    @cached_property
    def folder(self) -> Folder:
        """The store's folder, for commands that add facts to it."""
        from runfolio.store.folder import Folder

        folder = Folder.open(self.config.store)
        if folder.origin:
            deliver_later(folder)
        return folder

    @cached_property
    def nearby(self) -> Folder:
        """The store as it lies on this machine: of an address its mirror, without asking there."""
        from runfolio.store.folder import Folder

        if not is_address(self.asked.store):
            return Folder.open(self.asked.store)
        from runfolio.store.mirror import mirror
        from runfolio.store.mirrors import address_of

        return mirror(address_of(self.asked.store))

    @cached_property
    def store(self) -> Store:
        """The store, open for questions until the command ends; as it was, with ``--as-of``.

        Beside its own runs it shows those of the sources that the configuration names.
        """
        return self.at(self.as_of)

    @cached_property
    def own(self) -> Store:
        """The same without what is from elsewhere, for commands that change runs."""
        return self.open_store(self.config.store)

    def at(self, moment: datetime | None) -> Store:
        """The store with its sources as it was at a moment, or is now."""
        view = {} if moment is None else {"as_of": moment}
        return self.open_store(self.config.store, origins=self.origins, **view)

    @cached_property
    def origins(self) -> tuple[Origin, ...]:
        """The runs from elsewhere that the configuration names, from copies not very old."""
        return self.brought(news=False)

    def brought(self, *, news: bool = True) -> tuple[Origin, ...]:
        """The same; with ``news``, every source is asked what is new. Tells of those that fail."""
        if not self.config.sources:
            return ()
        from runfolio.federation.copies import bring
        from runfolio.store.folder import Folder

        found = bring(self.config.sources, Folder.open(self.config.store), news=news)
        for told in found.warnings:
            warn(safe(told))
        return found.origins

    def open_store(self, path: Path | str, **view: Any) -> Store:
        """Another store, or this one in another ``view`` (as_of), until the command ends."""
        from runfolio.query.store import Store

        store = click.get_current_context().with_resource(
            Store.open(path, config=self.config, **view)
        )
        _tell_damage(store)
        return store


def deliver_later(folder: Folder) -> None:
    """At the end of the command, send what it wrote into the mirror of a store elsewhere."""
    import time

    since = time.time() - 1.0
    click.get_current_context().call_on_close(lambda: _deliver(folder, since))


def _deliver(folder: Folder, since: float) -> None:
    from runfolio.store.places import deliver

    sent = deliver(folder, since)
    if sent is not None and sent.waiting:
        raise StoreError(
            f"What was changed is not at {folder.origin} yet: {safe(sent.error)}",
            hint=f"It is kept here. Send it: runfolio push --store {folder.origin}",
        )


def _tell_damage(store: Store) -> None:
    """A line if files cannot be read or were set aside; the answer may lack what they held."""
    count = len(store.problems)
    if count:
        files = "One file is" if count == 1 else f"{count:,} files are"
        first = store.problems[0]
        warn(
            f"{files} damaged: {safe(first.path)}{' …' if count > 1 else ''}; the rest is shown.",
            "runfolio verify tells what is lost",
        )
    if store.aside:
        number = len(store.aside)
        files = "One broken file was" if number == 1 else f"{number:,} broken files were"
        more = " …" if number > 1 else ""
        warn(
            f"{files} set aside and no good copy is back: {safe(store.aside[0])}{more}.",
            "runfolio verify tells what is lost, if anything",
        )


pass_call = click.make_pass_decorator(Call, ensure=True)


def store_option(function: F) -> F:
    """``--store DIR``, remembered in the call."""
    return _config_flag("store")(function)


def out_option(function: F) -> F:
    """``--out DIR``, remembered in the call."""
    return _config_flag("out")(function)


def config_option(function: F) -> F:
    """``--config FILE``, remembered in the call."""
    return click.option(
        "--config",
        metavar="FILE",
        expose_value=False,
        callback=_remember_config,
        help="The configuration file, in place of the runfolio.toml found here or above.",
    )(function)


def json_option(function: F) -> F:
    """``--json``: the same answer for programs."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")(
        function
    )


def as_of_option(function: F) -> F:
    """``--as-of TIME``, remembered in the call: what was said later counts as not yet said."""
    from runfolio.cli.times import TIME

    return click.option(
        "--as-of",
        type=TIME,
        metavar="TIME",
        expose_value=False,
        callback=_remember_moment,
        help="The store as it was known then: 2026-11-01, 2026-11-01T12:00 (UTC), 2h, 3d.",
    )(function)


def _remember_moment(
    context: click.Context, parameter: click.Parameter, value: datetime | None
) -> None:
    if value is not None:
        context.ensure_object(Call).as_of = value


def run_argument(function: F) -> F:
    """``RUN``: an id, the beginning of one, or a name."""
    return click.argument("run", metavar="RUN", shell_complete=complete_run)(function)


def _config_flag(key: str) -> Callable[[F], F]:
    from runfolio.config.options import options_of

    option = options_of("")[key]

    def remember(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
        if value is not None:
            context.ensure_object(Call).overrides[key] = value

    return click.option(
        f"--{key}",
        metavar="DIR",
        expose_value=False,
        callback=remember,
        help=f"{option.help.rstrip('.')} [default: {option.default}; {option.env}].",
    )


def _remember_config(context: click.Context, parameter: click.Parameter, value: str | None) -> None:
    if value is not None:
        context.ensure_object(Call).config_path = Path(value)


def complete_run(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[str]:
    """Ids of runs that begin with what was typed; for the shell, so it never fails."""
    try:
        folder = context.ensure_object(Call).folder
        ids = sorted({*folder.run_ids(), *_packed_ids(folder)}, reverse=True)
    except Exception:  # a completion must not print a trace into the prompt
        return []
    return [safe(each) for each in ids if each.startswith(incomplete)][:200]


def _packed_ids(folder: Folder) -> Iterator[str]:
    """Ids of the runs that are in packs; what reads them is heavy, and not loaded without any."""
    for path in folder.packs.glob("c-*.parquet") if folder.packs.is_dir() else ():
        from runfolio.store.parts import peek_footer

        yield from peek_footer(path).runs.values()


def complete_model(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[str]:
    """Names of registered models that begin with what was typed; it never fails."""
    try:
        names = dict.fromkeys(each.name for each in context.ensure_object(Call).store.models())
    except Exception:  # a completion must not print a trace into the prompt
        return []
    return [safe(each) for each in names if each.startswith(incomplete)][:200]
