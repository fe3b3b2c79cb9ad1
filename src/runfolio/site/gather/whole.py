"""Everything beside the runs' own pages, in the order in which it is written.

Each maker takes the whole and yields pages and files. A new kind of page is one more maker here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from runfolio.query.store import Store
from runfolio.site.downloads import POINTS, SUMS, points_file, site_files, sums
from runfolio.site.gather.badges import badge_files
from runfolio.site.gather.cards import card_files
from runfolio.site.gather.citing import citing_files, linked_data
from runfolio.site.gather.compare import compare_page
from runfolio.site.gather.context import Context, DataFile, LateFile, LateFiles, LatePages
from runfolio.site.gather.extras import data_page, index_file, not_found_page
from runfolio.site.gather.feeds import feed_files
from runfolio.site.gather.machine import machine_files
from runfolio.site.gather.paper import paper_pages
from runfolio.site.gather.search import search_made
from runfolio.site.gather.things import thing_pages
from runfolio.site.pages import Link, Page
from runfolio.site.words import _

Made = Page | DataFile | LateFile | LateFiles | LatePages


@dataclass(frozen=True)
class Whole:
    """What makers work from: the context, the open store, and what is known of the other pages.

    ``data_paths`` names each run's data file for the browser; ``pages`` are the user's own,
    ``texts`` the Markdown of all of them by its file's name; ``every_point`` makes
    metrics.parquet, ``left_out`` says what the store has and the site has not.
    """

    context: Context
    store: Store
    data_paths: Mapping[str, str]
    pages: Sequence[Link]
    texts: Mapping[str, str] = field(default_factory=dict)
    every_point: Callable[[Store], bytes] = points_file
    left_out: Sequence[str] = ()


def made_of(whole: Whole) -> Iterator[Made]:
    """All pages and files that stand beside the runs' own."""
    for maker in MAKERS:
        yield from maker(whole)


def _compare(whole: Whole) -> Iterator[Made]:
    index = index_file(whole.context, whole.data_paths, whole.pages)
    yield index
    yield compare_page(whole.context, index)


def _data(whole: Whole) -> Iterator[Made]:
    """The site as a dataset: its files, and the page that explains them."""
    points = sum(run.points for run in whole.context.material.runs.values())
    made = []
    if whole.context.kept.downloads:
        made = list(site_files(whole.store, points, whole.every_point))
    for path, data, _words in made:
        yield DataFile(path, data)
    listed = sums((path, data) for path, data, _words in made)
    if made:
        yield DataFile(SUMS, listed)
    yield from citing_files(whole.context, made)
    files = [(path, len(data), words) for path, data, words in made]
    left_out = (*whole.left_out, *_too_many(made, points))
    yield data_page(whole.context, files, listed, left_out, linked_data(whole.context, made))
    yield from machine_files(whole.context, whole.pages, files)


def _too_many(made: Sequence[tuple[str, bytes, str]], points: int) -> Iterator[str]:
    """A sentence where the points are too many for a file of all of them."""
    if made and points and not any(path == POINTS for path, _data, _words in made):
        yield _("The points of all runs in one file: they would be too many for a download.")


def _things(whole: Whole) -> Iterator[Made]:
    yield from thing_pages(whole.context, whole.pages)


def _search(whole: Whole) -> Iterator[Made]:
    yield from search_made(whole.context, whole.store, whole.texts)


def _outward(whole: Whole) -> Iterator[Made]:
    """What other places show of the site: feeds, badges, pictures for previews."""
    yield from feed_files(whole.context)
    yield from badge_files(whole.context)
    yield from card_files(whole.context)


def _paper(whole: Whole) -> Iterator[Made]:
    yield from paper_pages(whole.context, whole.store, whole.texts)


def _hosts(whole: Whole) -> Iterator[Made]:
    """What static hosts look for: a page for wrong addresses, and no Jekyll, please."""
    yield not_found_page(whole.context)
    yield DataFile(".nojekyll", b"")


MAKERS: tuple[Callable[[Whole], Iterator[Made]], ...] = (
    _compare,
    _data,
    _paper,
    _things,
    _search,
    _outward,
    _hosts,
)
