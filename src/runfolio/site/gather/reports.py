"""The user's pages, made: texts with what their blocks ask of the store, and all their mistakes."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from runfolio.errors import RunfolioError
from runfolio.query.store import Store
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.handwritten import INDEX, Handwritten, page_path, short_title, text_links
from runfolio.site.pages import MarkdownPage, ReportPart
from runfolio.site.reports.answers import Answers
from runfolio.site.reports.blocks import Block, Taken, take_blocks
from runfolio.site.reports.desk import Desk, told
from runfolio.site.reports.front import Document
from runfolio.site.reports.kinds import make
from runfolio.site.reports.settings import Mistake, SettingsError
from runfolio.site.reports.values import inline_value

Exists = Callable[[str], bool]


@dataclass(frozen=True)
class Written:
    """All texts of a site: pages with their data files, what stands on the front page, mistakes."""

    pages: tuple[MarkdownPage, ...]
    files: tuple[DataFile, ...]
    intro_html: str
    mistakes: tuple[Mistake, ...]


def write_texts(
    context: Context,
    store: Store,
    data_paths: Mapping[str, str],
    found: Handwritten,
    exists: Exists,
) -> Written:
    """Every text as a page. What is wrong with one is told, and shown where it stands."""
    pages, files, mistakes, intro = [], [], [], ""
    with Answers(store) as answers:
        for name, document in found.documents.items():
            desk = Desk(context, store, answers, data_paths, page_path(name))
            writer = _Writer(desk, found.file_of(name), document, text_links(found, name, exists))
            if name == INDEX:
                intro = writer.intro()
            else:
                pages.append(writer.page(short_title(name.removesuffix(".md"), document.text)))
            files += writer.files
            mistakes += sorted([*document.mistakes, *writer.mistakes], key=lambda each: each.line)
    return Written(tuple(pages), tuple(files), intro, tuple(mistakes))


class _Writer:
    """Makes one page; collects its data files and mistakes."""

    def __init__(
        self, desk: Desk, file: str, document: Document, links: Callable[[str], str | None]
    ) -> None:
        self.desk = desk
        self.file = file
        self.document = document
        self.links = links
        self.files: list[DataFile] = []
        self.mistakes: list[Mistake] = []
        self._seen: dict[str, int] = {}

    def page(self, fallback: str) -> MarkdownPage:
        """The page, titled by its front matter, else its first heading, else ``fallback``."""
        document, front = self.document, self.document.front
        taken = Taken(document.text, {})
        if front.blocks:
            taken = take_blocks(document.text, document.first)
        rendered = self.desk.context.markdown.render(
            taken.text, link=self.links, title=True, values=self.value
        )
        return MarkdownPage(
            path=self.desk.page,
            title=front.title or rendered.title or fallback,
            site=self.desk.context.site,
            description=front.description,
            parts=tuple(_joined(self._parts(taken.split(rendered.html)))),
            toc=() if front.toc is False else rendered.toc,
            date=front.date,
            authors=front.authors,
            wide_toc=front.toc is True,
        )

    def intro(self) -> str:
        """The text on the front page: values are filled in, blocks stay code."""
        for block in take_blocks(self.document.text, self.document.first).blocks.values():
            if self.document.front.blocks:
                words = f"the front page shows no {block.kind} block; put it on a page of its own"
                self.mistakes.append(Mistake(self.file, block.line, words))
        markdown = self.desk.context.markdown
        return markdown.render(
            self.document.text, link=self.links, title=True, values=self.value
        ).html

    def value(self, expression: str) -> str | None:
        """What stands for {{ expression }}; a mistake is told, and shown in its place."""
        if not self.document.front.blocks:
            return None
        line = self._line_of(expression)
        try:
            return inline_value(self.desk, expression)
        except SettingsError as error:
            self._note(line, error)
            words = "; ".join(words for _, words in error.mistakes)
            shown = html.escape(f"{{{{{expression}}}}}")
            return f'<mark class="report-wrong" title="{html.escape(words)}">{shown}</mark>'

    def _line_of(self, expression: str) -> int:
        """The line on which an expression stands: of equal ones, the next that was not asked."""
        written = f"{{{{{expression}}}}}"
        at = self.document.text.find(written, self._seen.get(written, 0))
        if at < 0:
            return 0
        self._seen[written] = at + len(written)
        return self.document.first + self.document.text.count("\n", 0, at)

    def _parts(self, pieces: list[str | Block]) -> Iterator[ReportPart]:
        number = 0
        for piece in pieces:
            if isinstance(piece, str):
                yield ReportPart("text", body_html=piece)
                continue
            number += 1
            yield self._made(piece, number)

    def _made(self, block: Block, number: int) -> ReportPart:
        try:
            made = make(self.desk, block, number)
        except SettingsError as error:
            return self._failed(block, number, error)
        except RunfolioError as error:
            return self._failed(block, number, SettingsError((block.line, told(error))))
        self.files += made.files
        return made.part

    def _failed(self, block: Block, number: int, error: SettingsError) -> ReportPart:
        problems = self._note(block.line, error)
        return ReportPart(
            "error",
            number=number,
            title=block.kind,
            code=block.code.rstrip(),
            problems=tuple(map(str, problems)),
        )

    def _note(self, line: int, error: SettingsError) -> list[Mistake]:
        found = [Mistake(self.file, own or line, words) for own, words in error.mistakes]
        self.mistakes += found
        return found


def _joined(parts: Iterator[ReportPart]) -> Iterator[ReportPart]:
    """Boxes that follow each other stand in one row."""
    waiting: ReportPart | None = None
    for part in parts:
        if waiting and part.kind == "boxes":
            waiting = replace(waiting, tiles=(*waiting.tiles, *part.tiles))
            continue
        if waiting:
            yield waiting
        waiting = part if part.kind == "boxes" else None
        if waiting is None:
            yield part
    if waiting:
        yield waiting
