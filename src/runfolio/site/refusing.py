"""What a build stops for where it is asked to be strict: damage, and mistakes in pages."""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.errors import BuildError, DamagedStoreError
from runfolio.query.index import Indexed
from runfolio.store.plan import Snapshot

Found = Indexed | Snapshot


def problem_texts(found: Found) -> tuple[str, ...]:
    """What is wrong with the store, in sentences."""
    return tuple(f"{each.path}: {each.message} {each.cost}".strip() for each in found.problems)


def refuse_mistakes(mistakes: Sequence[str], strict: bool) -> None:
    """BuildError with all mistakes of the user's pages, where the caller asked to be strict."""
    if strict and mistakes:
        told = "\n".join(mistakes[:50])
        raise BuildError(
            f"{len(mistakes)} mistake{'s' if len(mistakes) > 1 else ''} in pages:\n{told}",
            hint="The site is as it was before. Without --strict it is built, and shows them.",
        )


def refuse_damage(found: Found, strict: bool) -> None:
    if strict and found.problems:
        told = "\n".join(problem_texts(found)[:20])
        raise DamagedStoreError(
            f"{len(found.problems)} problems in {found.folder.path}:\n{told}",
            hint="Build without --strict to leave out what is damaged, or run runfolio verify.",
        )
