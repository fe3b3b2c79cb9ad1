"""The Pareto front of two metrics: what nothing else beats in both."""

from __future__ import annotations

from collections.abc import Sequence


def front(points: Sequence[tuple[float, float]], directions: tuple[int, int]) -> list[int]:
    """Indexes of the points that no other is at least as good as in both and better in one.

    From the best first value to the best second one; ``directions`` are 1 where larger is better
    and -1 where smaller is. Points at the same place are all kept.
    """
    good = [(x * directions[0], y * directions[1]) for x, y in points]
    found: list[int] = []
    for at in sorted(range(len(good)), key=lambda at: (-good[at][0], -good[at][1], at)):
        if not found or good[at][1] > good[found[-1]][1] or good[at] == good[found[-1]]:
            found.append(at)
    return found
