"""Build a site: read the store, gather the pages, write what changed, swap.

A page is made again only where something it shows has changed; the result equals a clean build
byte for byte. Nothing in it depends on the clock, the machine or the place of the folders.
"""

from __future__ import annotations

import dataclasses
import errno
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from runfolio.config import Config
from runfolio.config.values import moment
from runfolio.environment.version import VERSION
from runfolio.errors import BuildError
from runfolio.query.diff import StoreDiff
from runfolio.query.frozen import FrozenSources, frozen_sources
from runfolio.query.index import look
from runfolio.query.origins import Beside, Origin, joined_digest
from runfolio.query.settling import settled
from runfolio.query.store import Store
from runfolio.site.assets import assets_key, write_assets
from runfolio.site.citing.work import cff_state, read_cff, work_of
from runfolio.site.gather.boards import board_pages
from runfolio.site.gather.cards import card_folders
from runfolio.site.gather.context import (
    Context,
    address_of,
    state_digest,
)
from runfolio.site.gather.feeds import feed_links
from runfolio.site.gather.handwritten import nav_links, read_folder
from runfolio.site.gather.hooked import hooked_values
from runfolio.site.gather.lists import list_pages
from runfolio.site.gather.lists_nav import navigation
from runfolio.site.gather.machine import sitemap
from runfolio.site.gather.overview import overview_page
from runfolio.site.gather.paper import paper_links
from runfolio.site.gather.reports import write_texts
from runfolio.site.gather.run import RunBundle, run_bundle, run_key
from runfolio.site.gather.whole import Whole, made_of
from runfolio.site.hooks import load_hooks, page_texts
from runfolio.site.inside import Inner, Inside
from runfolio.site.kept import Kept, summed
from runfolio.site.keys import config_key, program_key, title_of
from runfolio.site.later import Later
from runfolio.site.load import DetailLoader, load_material
from runfolio.site.markdown import MarkdownRenderer, plain_text
from runfolio.site.material import Material, shown_time
from runfolio.site.output import Output, Sink
from runfolio.site.pages import FrozenView, Link, Page, Site
from runfolio.site.policy import kept_frozen
from runfolio.site.records import RunRecord, reproducible
from runfolio.site.refusing import Found, problem_texts, refuse_damage, refuse_mistakes
from runfolio.site.render import Renderer, compiled_once, templates_folder
from runfolio.site.snapshots import INDEX, Freezer, Made, snapshot_pages
from runfolio.site.theme import theme_of
from runfolio.site.words import _, catalogue, in_its_language
from runfolio.store.folder import Folder
from runfolio.store.opening import contents_file
from runfolio.store.plan import Snapshot

Progress = Callable[[str, int, int], None]
_DATED = ("index.html", "data.html")


@dataclass(frozen=True)
class BuildReport:
    """What a build did.

    ``explain`` says for each file that was written or removed why; ``problems`` are sentences
    about what could not be shown, ``left_out`` about what a policy keeps off the site; ``skipped``
    is the number of damaged files.
    """

    out: Path
    pages: int
    runs: int
    files: int
    bytes: int
    written: int
    unchanged: int
    removed: int
    seconds: float
    problems: tuple[str, ...] = ()
    skipped: int = 0
    explain: tuple[tuple[str, str], ...] = ()
    left_out: tuple[str, ...] = ()


@in_its_language
def build(
    config: Config,
    *,
    out: Path | None = None,
    progress: Progress | None = None,
    strict: bool = False,
    force: bool = False,
    as_of: datetime | None = None,
    contents: Folder | None = None,
    kept: Kept | None = None,
    snapshots: FrozenSources | None = None,
    origins: Sequence[Origin] = (),
) -> BuildReport:
    """Build the site of ``config.store`` into ``out`` (``config.out`` when None).

    ``strict`` raises DamagedStoreError where files of the store are damaged, and BuildError where
    the user's pages have mistakes, which they show else; ``force`` makes all pages again; ``as_of``
    shows the store as it was then; ``contents`` is the store that holds the artifacts' contents,
    ``snapshots`` are those of another; ``kept`` says of which runs everything is published;
    ``origins`` are runs from elsewhere.
    UnsafeError where the folder is not ours; the old site stays until the end.
    """
    began = time.monotonic()
    say = progress or (lambda stage, done, total: None)
    say("read", 0, 1)
    folder = Folder.open(config.store)
    found = look(folder, index=config.index, as_of=as_of)
    refuse_damage(found, strict)
    say("read", 1, 1)
    try:
        with Output(out or config.out, away_from=[folder.path], force=force) as output:
            making = Build(config, found, output, say, contents or folder, kept)
            making.beside = settled(found, origins, index=config.index, as_of=as_of)
            making.frozen = snapshots or frozen_sources(folder, found, as_of)
            report = making.run(strict=strict, as_of=as_of)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        hint = "Make room, or choose another folder with --out."
        raise BuildError("The disk is full; the site is as it was before.", hint=hint) from error
    return dataclasses.replace(report, seconds=time.monotonic() - began)


class Build:
    """One build: what it reads, and the pages in the order in which they are made."""

    def __init__(
        self,
        config: Config,
        found: Found,
        output: Sink,
        progress: Progress,
        contents: Folder,
        kept: Kept | None = None,
    ) -> None:
        self.config = config
        self.found = found
        self.beside: Sequence[Beside] = ()
        self.contents = contents
        self.output = output
        self.kept = kept or Kept()
        self.left_out: tuple[str, ...] = ()
        self.progress = progress
        chosen = config.origin.get("site.theme", "default") != "default"
        self.theme = theme_of(templates_folder(), Path(config.site.theme), asked=chosen)
        self.renderer = compiled_once(self.theme, Renderer(self.theme).digest())
        self.texts = read_folder(Path(config.site.pages))
        self.hooks = load_hooks(config.site.hooks)
        self.keys: dict[str, Any] = {}
        self.later = Later(output, self.keys, self._html)
        self.dated: Site
        self.strict = False
        self.frozen = FrozenSources()
        self.inner: tuple[FrozenView, Mapping[str, str]] | None = None  # its banner, and assets

    def run(self, *, strict: bool, as_of: datetime | None) -> BuildReport:
        """Make the site, or find that it is as it should be."""
        self.strict = strict
        self.keys["site"] = self._site_key()
        old = self.output.old_keys
        if old.get("site") == self.keys["site"] and self.output.complete():
            return self._unchanged()
        material = self.make(as_of)
        done = self.output.finish(self.keys, f"runfolio {VERSION}")
        return BuildReport(
            out=self.output.out,
            pages=len(self.output.pages()),
            runs=len(material.runs),
            files=done.files,
            bytes=done.bytes,
            written=done.written,
            unchanged=done.unchanged,
            removed=done.removed,
            seconds=0.0,
            problems=(*material.problems, *self._mistakes(self.keys["mistakes"])),
            skipped=len(self.found.problems),
            explain=done.explain,
            left_out=self.left_out,
        )

    def make(self, as_of: datetime | None) -> Material:
        """Give all pages and files to the output."""
        self.progress("gather", 0, 1)
        with Store(self.found, self.config, self.beside) as store:
            store.as_of = as_of
            material = load_material(store, self.config)
            state = material.as_of.isoformat() if material.as_of else ""
            self.keys["state"] = [state, self.config.site.since]
            self.texts = self.texts.joined(page_texts(self.hooks, store, self.texts.texts))
            context = self._hooked(self._context(material), store)
            self._lists(context)
            runs = self._runs(context, store)
            self._rest(context, store, runs)
        return material

    def _mistakes(self, in_pages: Iterable[str]) -> tuple[str, ...]:
        """What is wrong with what people wrote around the runs."""
        return (
            *self.texts.problems,
            *self.theme.problems(),
            *catalogue().problems,
            *in_pages,
            *self._troubles(),
        )

    def _troubles(self) -> Iterator[str]:
        """What is wrong with snapshots and with the CITATION.cff."""
        yield from self.keys.get("troubles", ())
        yield from filter(None, [read_cff(self.config.citation.file)[1]])

    def _unchanged(self) -> BuildReport:
        self.keys["troubles"] = self.output.old_keys.get("troubles", [])
        files, size, pages, runs = self.output.totals()
        mistakes = self.output.old_keys.get("mistakes", ())
        refuse_mistakes(mistakes, self.strict)
        return BuildReport(
            out=self.output.out,
            pages=pages,
            runs=runs,
            files=files,
            bytes=size,
            written=0,
            unchanged=files,
            removed=0,
            seconds=0.0,
            problems=(*problem_texts(self.found), *self._mistakes(mistakes)),
            skipped=len(self.found.problems),
            left_out=tuple(self.output.old_keys.get("left-out", ())),
        )

    def _site_key(self) -> str:
        """Everything that the site depends on; no path of this machine among it."""
        return state_digest(
            program_key(),
            joined_digest(self.found, self.beside),
            self.renderer.digest(),
            assets_key(self.theme, self.config.site.logo),
            config_key(self.config),
            self.config.site.since,
            self.config.papers,
            self.texts.state,
            self.hooks.state,
            self.kept.state,
            *self._cited(),
            self.frozen.state,
        )

    def _cited(self) -> tuple[object, ...]:
        """What is said of citing the results."""
        return dataclasses.replace(self.config.citation, file=Path()), cff_state(self.config)

    def _hooked(self, context: Context, store: Store) -> Context:
        """The context with what the user's hooks give."""
        values = hooked_values(self.hooks, store, context.material)
        return dataclasses.replace(context, hooks=self.hooks, hooked=values)

    def _context(self, material: Material) -> Context:
        assets = self._assets()
        markdown = MarkdownRenderer()
        papers = paper_links(self.config, material, self.texts.texts)
        pages = (*nav_links(self.texts, self.config.site.nav), *papers)
        kept = [Link(INDEX, _("Snapshots"))] if self.frozen.sources else []
        nav, more = navigation(material, pages, kept)
        description = markdown.render(self.config.site.description).html
        footer = markdown.render(self.config.site.footer).html
        site = Site(
            title=self.config.site.title or title_of(self.config),
            description=plain_text(description),
            version=VERSION,
            digest="",
            as_of="",
            nav=nav,
            more=more,
            assets=assets,
            footer=plain_text(footer),
            footer_html=footer,
            empty=not material.runs,
            url=address_of(self.config),
            cards=card_folders(self.config),
            feeds=feed_links(),
            frozen=self.inner[0] if self.inner else None,
        )
        common = state_digest(program_key(), self.renderer.digest(), config_key(self.config), site)
        work = work_of(self.config, site.title, material.as_of)
        if site.frozen:
            told = site.frozen
            work = work.snapshot(told.name, told.date[:10], told.doi, site.url, told.digest)
        state = f"{shown_time(material.as_of)} UTC" if material.as_of else ""
        self.dated = dataclasses.replace(site, digest=material.digest[:10], as_of=state)
        return Context(
            self.config, material, site, markdown, kept=self.kept, work=work, common=common
        )

    def _assets(self) -> Mapping[str, str]:
        """The static files; a site within another has those of the outer one."""
        if self.inner:
            return self.inner[1]
        assets, key = write_assets(self.output, self.theme, self.config.site.logo)
        self.keys.update({"assets": assets, "assets-key": key})
        return assets

    def _lists(self, context: Context) -> None:
        for late in (*board_pages(context), *list_pages(context)):
            self.later.write(late)

    def _runs(self, context: Context, store: Store) -> dict[str, RunRecord]:
        """The pages of all runs: those that are as they were are taken over."""
        keys = {
            run.run_id: state_digest(run_key(context, run))
            for run in context.material.runs.values()
        }
        old: Mapping[str, Any] = self.output.old_keys.get("runs", {})
        records = {}
        for run_id, key in keys.items():
            record = RunRecord.of(old.get(run_id))
            if record and record.key == key and self.output.has(record.files):
                self.output.reuse(record.files)
                records[run_id] = record
        todo = [run_id for run_id in keys if run_id not in records]
        for run_id, bundle in self._bundles(context, store, todo):
            records[run_id] = self._write_run(keys[run_id], bundle)
            self.progress("write", len(records), len(keys))
        self.keys["runs"] = {run_id: records[run_id].as_list() for run_id in sorted(records)}
        return records

    def _bundles(
        self, context: Context, store: Store, run_ids: Sequence[str]
    ) -> Iterator[tuple[str, RunBundle]]:
        loader = self._loader(context, store)
        for batch in loader.batches(run_ids):
            downloads = loader.downloads(list(batch))
            for run_id, details in batch.items():
                run = context.material.runs[run_id]
                blob_path = partial(contents_file, store.contents_of(run.origin, self.contents))
                yield run_id, run_bundle(context, run, details, blob_path, downloads[run_id])

    def _loader(self, context: Context, store: Store) -> DetailLoader:
        return DetailLoader(store, context.material, self.kept)

    def _write_run(self, key: str, bundle: RunBundle) -> RunRecord:
        self.later.write(bundle.page)
        for file in bundle.data:
            self.output.add(file.path, file.data)
        for copy in bundle.copies:
            self.output.copy(copy.path, copy.source, copy.digest)
        files = (
            bundle.page.path,
            *(file.path for file in bundle.data),
            *(copy.path for copy in bundle.copies),
        )
        checks = "".join(check.state[0] for check in bundle.page.checks)
        return RunRecord(key, files, checks, bundle.left)

    def _rest(self, context: Context, store: Store, runs: Mapping[str, RunRecord]) -> None:
        """What needs all the others: index, data, Markdown, the front page."""
        self.left_out = summed([record.left for record in runs.values()], self.kept)
        self.keys.update({"left-out": self.left_out} if self.left_out else {})
        whole = self._whole(context, store, runs)
        for made in made_of(whole):
            self.later.write(made)
        intro = self._handwritten(whole)
        counts = reproducible(record.checks for record in runs.values())
        links = self._snapshots(context).links()
        self.later.write(overview_page(context, intro, counts, self._moved(store), links))
        for file in sitemap(context, self.output.pages()):
            self.output.add(file.path, file.data)

    def _snapshots(self, context: Context) -> Made:
        """The frozen sites, their list, and what it says."""
        shared = {name: f"../../{path}" for name, path in context.site.assets.items()}

        def make(config: Config, found: Snapshot, output: Inner, view: FrozenView) -> int:
            kept = kept_frozen(self.frozen.wish, found, config)
            making = type(self)(config, found, output, self.progress, self.contents, kept)
            making.inner = (view, shared)
            return making.run(strict=False, as_of=None).runs

        config, title = self.config, context.site.title
        plain = config_key(dataclasses.replace(config, leaderboards=(), metrics={}))
        own = (program_key(), self.renderer.digest(), shared, plain, *self._cited(), title)
        common = state_digest(*own, *self.frozen.policy)
        made = Freezer(config, title, self.output, common, make, self._inside).all(self.frozen)
        for page in snapshot_pages(context.site, made):
            self.later.write(page)
        self.keys["snapshots"] = made.keys
        self.keys["snapshots-removed"] = list(self.frozen.removed)
        self.keys["troubles"] = list(made.problems)
        return made

    def _inside(self, folder: str) -> Inner:
        """A folder of the site for a site of its own."""
        assert isinstance(self.output, Output)
        return Inside(self.output, folder)

    def _whole(self, context: Context, store: Store, runs: Mapping[str, RunRecord]) -> Whole:
        return Whole(
            context=context,
            store=store,
            data_paths={run_id: record.data_path for run_id, record in runs.items()},
            pages=nav_links(self.texts, ()),
            texts=self.texts.texts,
            left_out=self.left_out,
        )

    def _moved(self, store: Store) -> StoreDiff | None:
        """What differs since the moment that the configuration names."""
        if not self.config.site.since:
            return None
        since = moment(self.config.site.since)
        if store.as_of is not None and since >= store.as_of.replace(tzinfo=None):
            return None
        path, origins = self.found.folder.path, [origin for origin, _ in self.beside]
        with Store.open(path, self.config, as_of=since, origins=origins) as before:
            return before.diff_stores(store)

    def _handwritten(self, whole: Whole) -> str:
        """Write the user's pages; returns what stands on the front page."""

        def exists(path: str) -> bool:
            return path == "index.html" or path in self.output

        for name, file in self.texts.files.items():
            self.output.add(name, file.read_bytes())
        context = whole.context
        written = write_texts(context, whole.store, whole.data_paths, self.texts, exists)
        for page in written.pages:
            self.later.write(page)
        for data in written.files:
            self.output.add(data.path, data.data)
        self.keys["mistakes"] = [str(mistake) for mistake in written.mistakes]
        refuse_mistakes(self.keys["mistakes"], self.strict)
        return context.markdown.render(self.config.site.description).html + written.intro_html

    def _html(self, page: Page) -> bytes:
        if page.path in _DATED:
            page = dataclasses.replace(page, site=self.dated)
        return self.renderer.render(page).encode("utf-8", "replace")
