"""Who belongs to whom: pairs of two groups by which most is gained in all."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf

__all__ = ["best_pairs"]


def best_pairs(gains: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    """The pairs, each member in one at most, whose gains have the largest sum; what gains nothing is left alone.

    Each group of those that could be paired with one another is solved by itself, exactly.
    """
    useful = {pair: gain for pair, gain in gains.items() if gain > 0}
    return [pair for group in _groups(useful) for pair in _solved(group)]


def _groups(gains: Mapping[tuple[int, int], float]) -> list[dict[tuple[int, int], float]]:
    """The gains of those that have to do with one another, directly or by others."""
    groups: list[tuple[set[int], set[int], dict[tuple[int, int], float]]] = []
    for (row, column), gain in gains.items():
        rows, columns, pairs = {row}, {column}, {(row, column): gain}
        apart = []
        for group in groups:
            if row in group[0] or column in group[1]:
                rows |= group[0]
                columns |= group[1]
                pairs |= group[2]
            else:
                apart.append(group)
        groups = [*apart, (rows, columns, pairs)]
    return [pairs for _, _, pairs in groups]


def _solved(gains: Mapping[tuple[int, int], float]) -> list[tuple[int, int]]:
    """The Hungarian method with potentials: rows come in one by one, each along the cheapest way of changes."""
    if len(gains) == 1:
        return list(gains)
    rows, columns = (sorted({pair[side] for pair in gains}) for side in (0, 1))
    # Each row has a column of its own besides, in which it gains nothing: then it is left alone.
    costs = [[-gains.get((row, column), 0.0) for column in columns] + [0.0] * len(rows) for row in rows]
    width = len(costs[0])
    by_row, by_column = [0.0] * len(rows), [0.0] * width
    taken = [-1] * width
    for row in range(len(rows)):
        least, before, done = [inf] * width, [-1] * width, [False] * width
        at, column = row, -1
        while True:
            ahead, nearest = inf, -1
            for other in range(width):
                if done[other]:
                    continue
                cost = costs[at][other] - by_row[at] - by_column[other]
                if cost < least[other]:
                    least[other], before[other] = cost, column
                if least[other] < ahead:
                    ahead, nearest = least[other], other
            by_row[row] += ahead
            for other in range(width):
                if done[other]:
                    by_row[taken[other]] += ahead
                    by_column[other] -= ahead
                else:
                    least[other] -= ahead
            column = nearest
            done[column] = True
            if taken[column] < 0:
                break
            at = taken[column]
        while column >= 0:
            taken[column] = row if before[column] < 0 else taken[before[column]]
            column = before[column]
    pairs = ((rows[row], columns[at]) for at, row in enumerate(taken[: len(columns)]) if row >= 0)
    return [pair for pair in pairs if pair in gains]
