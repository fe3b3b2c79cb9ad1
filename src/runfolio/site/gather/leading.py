"""Who leads, and which value of a metric counts: one way to say it for all pages."""

from __future__ import annotations

from collections.abc import Sequence

from runfolio.query.sentence import Sentence
from runfolio.site.gather.tables_versus import digits_in
from runfolio.site.material import Board, Material, Place, comparable
from runfolio.site.numbers import format_number, short_number
from runfolio.site.words import _


def leader_of(material: Material, board: Board) -> str:
    """The best row of a leaderboard by its name: 'A', 'A and B', 'A and 2 others'."""
    return names_of([_name(material, place) for place in board.tied])


def best_shown(material: Material, board: Board) -> str:
    """The best value of a leaderboard that has one, with as many digits as its table."""
    value = short_number(board.ranked[0].value or 0.0, 6)
    shown = format_number(value, digits_in(material, board))
    return f"{shown} {material.unit_of(board.metric)}".rstrip()


def names_of(names: Sequence[str]) -> str:
    """The first of some names, and who is level with it."""
    if len(names) < 2:
        return names[0] if names else ""
    if len(names) == 2:
        return _("{run} and {other}", run=names[0], other=names[1])
    return _("{run} and {n} others", run=names[0], n=f"{len(names) - 1:,}")


def tie_of(names: Sequence[str]) -> str:
    """The same as a remark: 'A', 'A and B tie', 'A and 2 others tie'."""
    return names[0] if len(names) == 1 else _("{runs} tie", runs=names_of(names)) if names else ""


def others_of(names: Sequence[str]) -> str:
    """Who is level with the first, behind its name: '', 'and B tie', 'and 2 others tie'."""
    if len(names) < 2:
        return ""
    if len(names) == 2:
        return _("and {other} tie", other=names[1])
    return _("and {n} others tie", n=f"{len(names) - 1:,}")


def leads(material: Material, board: Board) -> Sentence:
    """Who leads a leaderboard with what, or who ties there, as a sentence without its end."""
    names = [_name(material, place) for place in board.tied]
    said = {
        "board": board.title,
        "metric": material.title_of(board.metric),
        "value": best_shown(material, board),
    }
    if len(names) < 2:
        return Sentence("{run} leads {board} with {metric} {value}", run=names[0], **said)
    if len(names) == 2:
        both = {"run": names[0], "other": names[1]}
        return Sentence("{run} and {other} tie on {board} with {metric} {value}", **both, **said)
    n = f"{len(names) - 1:,}"
    return Sentence(
        "{run} and {n} others tie on {board} with {metric} {value}", run=names[0], n=n, **said
    )


def level(found: Sequence[tuple[float, str]]) -> list[str]:
    """The runs that have the first value, of (value, run) in rank order."""
    return [run_id for value, run_id in found if comparable(value) == comparable(found[0][0])]


def counting(stat: str, direction: int) -> str:
    """Which of a run's values counts, behind 'by each run's'."""
    if stat == "best" and direction:
        return _("best value over all steps")
    return {
        "min": _("lowest value over all steps"),
        "max": _("highest value over all steps"),
        "mean": _("mean over all steps"),
    }.get(stat, _("last value"))


def by_best() -> str:
    """The remark of a table of several metrics on what counts; ``unusual`` marks the others."""
    return _("by each run's best value over all steps, or the last where none is better")


def unusual(stat: str, direction: int) -> str:
    """Which value counts of a metric in such a table, where a leaderboard has it otherwise."""
    return counting(stat, direction) if direction and stat != "best" else ""


def best_label(material: Material, metric: str, stat: str, *, grouped: bool = False) -> str:
    """The head of a box with the best value of a metric: it says where that is no run's best."""
    direction = material.directions.get(metric, 0)
    usual = stat == "best" or (stat == "max" and direction > 0) or (stat == "min" and direction < 0)
    title = material.title_of(metric)
    if grouped:
        if usual:
            return _("Best mean of {metric}", metric=title)
        return _("Best mean of {metric} ({which})", metric=title, which=stat_word(stat))
    if usual:
        return _("Best {metric}", metric=title)
    return _("Best {metric} ({which})", metric=title, which=stat_word(stat))


def stat_word(stat: str) -> str:
    """best, last, min, max or mean in a word."""
    words = {"best": _("best"), "last": _("last"), "min": _("lowest"), "max": _("highest")}
    return words.get(stat, _("mean"))


def _name(material: Material, place: Place) -> str:
    """The name of a row; of a run from elsewhere with its origin."""
    origin = material.runs[place.run_id].origin if len(place.members) == 1 else ""
    return f"{place.name} ({origin})" if origin else place.name
