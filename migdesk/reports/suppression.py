"""Small-cell suppression (DOMAIN 3.4): what of a table of counts may be published. Pure; any thread.

Published is never less than what a reader may know and never more than what cannot be turned back into a small group
of people: every withheld cell can still take several values for somebody who knows all the totals.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

Counts = Sequence[Sequence[int]]
Position = tuple[int, int]
Line = tuple[str, ...]

K_ORDINARY = 5
K_SENSITIVE = 10
"""Violence, trafficking, children, and any table below regency level."""
MINIMUM_DENOMINATOR = 20


class Shape(StrEnum):
    """How much of a table is published. `ROWS`: row totals, but not the split by columns."""

    CELLS = "cells"
    TOTALS = "totals"
    ROWS = "rows"
    TOTAL = "total"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Published:
    """What may be seen. A line is the tuple of the categories put together in it; `withheld` cells are "s"."""

    rows: tuple[Line, ...]
    columns: tuple[Line, ...]
    counts: tuple[tuple[int, ...], ...]
    withheld: frozenset[Position]
    shape: Shape
    k: int

    def cell(self, row: int, column: int) -> int | None:
        """The count, or None if it is withheld."""
        return None if self.shape is not Shape.CELLS or (row, column) in self.withheld else self.counts[row][column]

    def row_total(self, row: int) -> int | None:
        return sum(self.counts[row]) if self.shape in (Shape.CELLS, Shape.TOTALS, Shape.ROWS) else None

    def column_total(self, column: int) -> int | None:
        return sum(line[column] for line in self.counts) if self.shape in (Shape.CELLS, Shape.TOTALS) else None

    @property
    def total(self) -> int | None:
        return None if self.shape is Shape.NOTHING else sum(map(sum, self.counts))


def suppress(t: Counts, k: int = K_ORDINARY) -> set[Position] | None:
    """The cells to withhold of a table without its totals, or None: totals only (DOMAIN 3.4, steps 2 and 3)."""
    n_rows, n_columns = len(t), len(t[0])
    small = {(r, c) for r in range(n_rows) for c in range(n_columns) if 0 < t[r][c] < k}
    if n_rows == 1 or n_columns == 1:
        return _suppress_line(t, small, k)
    withheld = set(small)
    for r, c in sorted(small):
        corners = _cheapest_rectangle(t, withheld, r, c)
        if corners is None:
            return None
        withheld |= set(corners)
    return withheld


def _suppress_line(t: Counts, small: set[Position], k: int) -> set[Position] | None:
    withheld = set(small)
    cells = [(r, c) for r in range(len(t)) for c in range(len(t[0]))]
    while withheld and (len(withheld) == 1 or sum(t[r][c] for r, c in withheld) < k):
        left = [p for p in cells if p not in withheld and t[p[0]][p[1]] > 0]
        if not left:
            return None
        withheld.add(min(left, key=lambda p: (t[p[0]][p[1]], p)))
    return withheld


def _cheapest_rectangle(t: Counts, withheld: set[Position], r: int, c: int) -> tuple[Position, ...] | None:
    """The three other corners that protect a cell at the least loss; an empty cell protects nothing."""
    best: tuple[int, int, int, tuple[Position, ...]] | None = None
    for r2 in range(len(t)):
        for c2 in range(len(t[0])):
            corners = ((r, c2), (r2, c), (r2, c2))
            if r2 == r or c2 == c or any(t[a][b] == 0 for a, b in corners):
                continue
            cost = sum(t[a][b] for a, b in corners if (a, b) not in withheld)
            if best is None or (cost, r2, c2) < best[:3]:
                best = (cost, r2, c2, corners)
    return best[3] if best else None


def determined(t: Counts, withheld: Iterable[Position]) -> set[Position]:
    """The withheld cells that somebody could compute from the other cells and all the totals.

    The reader knows that a withheld cell is at least 1, for an empty one is published as 0. A cell has a second
    possible value if and only if a unit can go round a cycle through it, up at one cell of a line, down at the next.
    """
    hidden = set(withheld)
    steps: dict[tuple[str, int], list[tuple[tuple[str, int], Position]]] = {}
    for r, c in hidden:
        steps.setdefault(("row", r), []).append((("column", c), (r, c)))
        if t[r][c] > 1:
            steps.setdefault(("column", c), []).append((("row", r), (r, c)))
    fixed = set()
    for r, c in hidden:
        up = _reaches(steps, ("column", c), ("row", r), (r, c))
        down = t[r][c] > 1 and _reaches(steps, ("row", r), ("column", c), (r, c))
        if not up and not down:
            fixed.add((r, c))
    return fixed


def _reaches(
    steps: dict[tuple[str, int], list[tuple[tuple[str, int], Position]]],
    start: tuple[str, int],
    goal: tuple[str, int],
    barred: Position,
) -> bool:
    seen, waiting = {start}, [start]
    while waiting:
        for after, cell in steps.get(waiting.pop(), ()):
            if cell == barred or after in seen:
                continue
            if after == goal:
                return True
            seen.add(after)
            waiting.append(after)
    return False


def publish(
    rows: Sequence[str], columns: Sequence[str], counts: Counts, k: int = K_ORDINARY, *, sensitive: bool = False
) -> Published:
    """All steps of DOMAIN 3.4 on a table of counts of people. `sensitive` tables also hide that everybody is alike.

    Lines that are too small are put together with the smallest neighbour in size, so `rows` and `columns` of the answer
    may be fewer than those given.
    """
    table = Published(
        tuple((name,) for name in rows),
        tuple((name,) for name in columns),
        tuple(tuple(line) for line in counts),
        frozenset(),
        Shape.CELLS,
        k,
    )
    whole = sum(map(sum, counts))
    if whole == 0:
        return table
    if whole < k:
        return replace(table, shape=Shape.NOTHING)
    if len(table.columns) == 1:
        return _publish_line(table, sensitive=sensitive)
    return _publish_table(table, sensitive=sensitive)


def _publish_line(table: Published, *, sensitive: bool) -> Published:
    if sensitive and sum(1 for line in table.counts if line[0]) == 1:
        return replace(table, shape=Shape.TOTAL)
    withheld = suppress(table.counts, table.k)
    if withheld is None or determined(table.counts, withheld):
        return replace(table, shape=Shape.TOTAL)
    return replace(table, withheld=frozenset(withheld))


def _publish_table(table: Published, *, sensitive: bool) -> Published:
    """Put lines together until what is left protects itself; every round has one line less, so it ends."""
    while True:
        table = _without_small_lines(table)
        used_rows, used_columns = _used(table), _used(_turned(table))
        if sensitive and len(used_columns) == 1:
            return replace(table, shape=Shape.ROWS if len(used_rows) > 1 else Shape.TOTAL)
        if len(used_rows) == 1 or len(used_columns) == 1:
            return table  # its cells are its totals, and none of those is small
        alike = [r for r in used_rows if sensitive and sum(1 for count in table.counts[r] if count) == 1]
        if alike:
            table = _merged(table, alike[0])
            continue
        withheld = suppress(table.counts, table.k)
        if withheld is None:
            return replace(table, shape=Shape.TOTALS)
        row = _thin_row(table, withheld)
        column = _thin_row(_turned(table), {(c, r) for r, c in withheld})
        if row is not None:
            table = _merged(table, row)
        elif column is not None:
            table = _turned(_merged(_turned(table), column))
        elif determined(table.counts, withheld):
            return replace(table, shape=Shape.TOTALS)
        else:
            return replace(table, withheld=frozenset(withheld))


def _without_small_lines(table: Published) -> Published:
    """Step 1: no row and no column has a total of 1 to k - 1."""
    while True:
        turned = _turned(table)
        row, column = _small_line(table), _small_line(turned)
        if row is not None:
            table = _merged(table, row)
        elif column is not None:
            table = _turned(_merged(turned, column))
        else:
            return table


def _small_line(table: Published) -> int | None:
    small = [r for r in _used(table) if sum(table.counts[r]) < table.k]
    return min(small, key=lambda r: (sum(table.counts[r]), r), default=None)


def _thin_row(table: Published, withheld: set[Position]) -> int | None:
    """Step 4: the first row whose withheld cells sum to less than k."""
    sums: dict[int, int] = {}
    for r, c in withheld:
        sums[r] = sums.get(r, 0) + table.counts[r][c]
    return min((r for r, total in sums.items() if total < table.k), default=None)


def _used(table: Published) -> list[int]:
    return [r for r, line in enumerate(table.counts) if any(line)]


def _turned(table: Published) -> Published:
    columns = tuple(zip(*table.counts, strict=True))
    return replace(table, rows=table.columns, columns=table.rows, counts=columns)


def _merged(table: Published, row: int) -> Published:
    """The table with this row and the smallest other one that holds anybody put together."""
    other = min((r for r in _used(table) if r != row), key=lambda r: (sum(table.counts[r]), r))
    first, second = sorted((row, other))
    line = tuple(a + b for a, b in zip(table.counts[first], table.counts[second], strict=True))
    names, counts = list(table.rows), list(table.counts)
    names[first], counts[first] = names[first] + names[second], line
    del names[second], counts[second]
    return replace(table, rows=tuple(names), counts=tuple(counts))


def publishable(count: int, k: int) -> int | None:
    """A headline count, or None if it stands for 1 to k - 1 people."""
    return count if count == 0 or count >= k else None


def rate(numerator: int, denominator: int, k: int, *, exempt: bool = False) -> float | None:
    """The share, or None: the denominator is below 20, or one side of it is a small group of people.

    `exempt` are headcounts of trainings, of which no group is too small.
    """
    if denominator < MINIMUM_DENOMINATOR:
        return None
    rest = denominator - numerator
    if not exempt and (publishable(numerator, k) is None or publishable(rest, k) is None):
        return None
    return numerator / denominator
