"""The compare page, and what a run's data file tells it beside curves and params."""

from __future__ import annotations

from collections.abc import Iterable

from runfolio.query.rows import Run
from runfolio.site.gather.context import Context, DataFile
from runfolio.site.gather.environment import detail_facts, environment_facts, package_list
from runfolio.site.gather.git import git_facts
from runfolio.site.material import RunDetails
from runfolio.site.pages import ComparePage, Fact
from runfolio.site.words import _

#: Packages of one run that are compared; more are nobody's hand-made environment.
MOST_PACKAGES = 400


def compare_page(context: Context, index: DataFile) -> ComparePage:
    """The page on which any runs stand beside each other."""
    return ComparePage(
        path="compare.html",
        title=_("Compare runs"),
        site=context.site,
        description=_("Curves, metrics and params of chosen runs beside each other."),
        index_path=index.path,
        limit=context.config.site.compare_runs,
    )


def compared_facts(run: Run, details: RunDetails) -> dict[str, dict[str, str]]:
    """What stands side by side of two runs' making: section to label to value."""
    environment = details.environment
    sections = {
        "Run": _values([*detail_facts(run, environment), *environment_facts(run, environment)]),
        "Git": _values(git_facts(run, environment), full=("Commit",)),
        "Data": {data.name: (data.digest or data.source or "")[:16] for data in details.datasets},
        "Packages": dict(package_list(environment)[:MOST_PACKAGES]),
    }
    sections["Run"].pop("Run id", None)
    if run.tags:
        sections["Run"] = {"Tags": ", ".join(run.tags), **sections["Run"]}
    return {name: values for name, values in sections.items() if any(values.values())}


def _values(facts: Iterable[Fact], full: tuple[str, ...] = ()) -> dict[str, str]:
    """Label to value; ``full`` names facts whose title has more than what is shown."""
    return {fact.label: fact.title if fact.label in full else fact.value for fact in facts}
