"""The pages of a site as values: each names its template, its path, and its complete context.

A page is made whole by ``gather`` and never changed. Its fields are the documented context of its
template; a test compares both ways. Paths are relative to the site's root, with ``/``.
Texts are plain text (escaped by the template) unless a field's name ends in ``_html``: those were
made from Markdown and cleaned, or are drawings made of numbers alone.
"""

from runfolio.site.pages.base import (
    Cell,
    Chart,
    Facet,
    Fact,
    FrozenView,
    Head,
    Link,
    Member,
    Page,
    RunRef,
    Site,
    Tag,
    Tile,
)
from runfolio.site.pages.boards import Changed, FrontRow, LeaderboardPage, RecordRow
from runfolio.site.pages.compare import ComparePage
from runfolio.site.pages.extras import BadgeView, DataPage, NotFoundPage
from runfolio.site.pages.lists import IndexPage, RunListPage
from runfolio.site.pages.overview import (
    BoardCard,
    ExperimentCard,
    Moved,
    OverviewPage,
    RankMove,
    RecordCard,
)
from runfolio.site.pages.reports import (
    MarkdownPage,
    PaperCell,
    PaperPage,
    PaperTable,
    ReportPart,
)
from runfolio.site.pages.run import (
    ArtifactView,
    CellOutput,
    Check,
    DiffFile,
    GraphNode,
    ImageSeries,
    Later,
    LineageGraph,
    LineageItem,
    LogLine,
    MatrixView,
    MetricRow,
    NotebookCell,
    ParamGroup,
    ParamRow,
    RunFile,
    RunPage,
    SiblingRow,
    Siblings,
    SourceView,
)
from runfolio.site.pages.search import SearchPage
from runfolio.site.pages.snapshots import CiteView, SnapshotGonePage, SnapshotRow, SnapshotsPage
from runfolio.site.pages.things import BrowsePage, Entry, Sheet, ThingPage

__all__ = [
    "ArtifactView",
    "BadgeView",
    "BoardCard",
    "BrowsePage",
    "Cell",
    "CellOutput",
    "Changed",
    "Chart",
    "Check",
    "CiteView",
    "ComparePage",
    "DataPage",
    "DiffFile",
    "Entry",
    "ExperimentCard",
    "Facet",
    "Fact",
    "FrontRow",
    "FrozenView",
    "GraphNode",
    "Head",
    "ImageSeries",
    "IndexPage",
    "Later",
    "LeaderboardPage",
    "LineageGraph",
    "LineageItem",
    "Link",
    "LogLine",
    "MarkdownPage",
    "MatrixView",
    "Member",
    "MetricRow",
    "Moved",
    "NotFoundPage",
    "NotebookCell",
    "OverviewPage",
    "Page",
    "PaperCell",
    "PaperPage",
    "PaperTable",
    "ParamGroup",
    "ParamRow",
    "RankMove",
    "RecordCard",
    "RecordRow",
    "ReportPart",
    "RunFile",
    "RunListPage",
    "RunPage",
    "RunRef",
    "SearchPage",
    "Sheet",
    "SiblingRow",
    "Siblings",
    "Site",
    "SnapshotGonePage",
    "SnapshotRow",
    "SnapshotsPage",
    "SourceView",
    "Tag",
    "ThingPage",
    "Tile",
]
