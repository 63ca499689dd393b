"""Suppression: the test vectors of DOMAIN 3.4, and that nobody can compute a withheld cell."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migdesk.reports.suppression import Published, Shape, determined, publish, rate, suppress

VECTORS = [
    ([[12, 3, 8], [20, 15, 9], [7, 6, 0]], {(0, 0), (0, 1), (2, 0), (2, 1)}),
    ([[40, 30, 2], [25, 18, 1], [33, 21, 14]], {(0, 1), (0, 2), (1, 1), (1, 2)}),
    ([[50, 4, 22, 9]], {(0, 1), (0, 3)}),
    ([[50, 2, 1, 9]], {(0, 1), (0, 2), (0, 3)}),
    ([[3, 0], [0, 12]], None),
    ([[20, 30], [9, 11]], set()),
]


@pytest.mark.parametrize(("table", "withheld"), VECTORS)
def test_reference_vectors(table: list[list[int]], withheld: set[tuple[int, int]] | None) -> None:
    assert suppress(table, 5) == withheld


tables = st.tuples(st.integers(1, 4), st.integers(1, 4)).flatmap(
    lambda size: st.lists(
        st.lists(st.one_of(st.integers(0, 6), st.integers(0, 60)), min_size=size[1], max_size=size[1]),
        min_size=size[0],
        max_size=size[0],
    )
)


def names(prefix: str, n: int) -> list[str]:
    return [f"{prefix}{i}" for i in range(n)]


def published(counts: list[list[int]], k: int, *, sensitive: bool = False) -> Published:
    return publish(names("r", len(counts)), names("c", len(counts[0])), counts, k, sensitive=sensitive)


@given(tables, st.sampled_from((5, 10)), st.booleans())
@settings(max_examples=400)
def test_nothing_small_is_seen_and_nothing_withheld_can_be_computed(
    counts: list[list[int]], k: int, sensitive: bool
) -> None:
    table = published(counts, k, sensitive=sensitive)
    rows, columns = range(len(table.rows)), range(len(table.columns))
    cells = [table.cell(r, c) for r in rows for c in columns]
    totals = [*(table.row_total(r) for r in rows), *(table.column_total(c) for c in columns), table.total]
    line = len(counts[0]) == 1 or len(counts) == 1
    for seen in [*cells, table.total, *([] if line else totals)]:
        assert seen is None or seen == 0 or seen >= k
    if table.shape is Shape.CELLS:
        assert not determined(table.counts, table.withheld)
        for r in rows:
            hidden = [table.counts[r][c] for c in columns if (r, c) in table.withheld]
            assert not hidden or len(columns) == 1 or (len(hidden) > 1 and sum(hidden) >= k)
        for c in columns:
            hidden = [table.counts[r][c] for r in rows if (r, c) in table.withheld]
            assert not hidden or len(rows) == 1 or (len(hidden) > 1 and sum(hidden) >= k)


@given(tables, st.booleans())
@settings(max_examples=200)
def test_nobody_is_lost_and_every_category_is_somewhere(counts: list[list[int]], sensitive: bool) -> None:
    table = published(counts, 5, sensitive=sensitive)
    assert sum(map(sum, table.counts)) == sum(map(sum, counts))
    assert sorted(itertools.chain(*table.rows)) == names("r", len(counts))
    assert sorted(itertools.chain(*table.columns)) == names("c", len(counts[0]))


@given(
    st.lists(st.lists(st.integers(0, 7), min_size=3, max_size=3), min_size=2, max_size=3),
    st.sets(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=6),
)
@settings(max_examples=60, deadline=None)
def test_determined_agrees_with_trying_every_table(counts: list[list[int]], cells: set[tuple[int, int]]) -> None:
    hidden = sorted((r, c) for r, c in cells if r < len(counts) and counts[r][c] > 0)
    assert determined(counts, hidden) == _fixed_by_trying(counts, hidden)


def _fixed_by_trying(counts: list[list[int]], hidden: list[tuple[int, int]]) -> set[tuple[int, int]]:
    rows, columns = [sum(line) for line in counts], [sum(line) for line in zip(*counts, strict=True)]
    seen: dict[tuple[int, int], set[int]] = {cell: set() for cell in hidden}

    def fill(left: list[tuple[int, int]], table: list[list[int]]) -> None:
        if not left:
            if [sum(line) for line in table] == rows and [sum(x) for x in zip(*table, strict=True)] == columns:
                for r, c in hidden:
                    seen[(r, c)].add(table[r][c])
            return
        r, c = left[0]
        spare = rows[r] - sum(v for i, v in enumerate(table[r]) if (r, i) not in left)
        for value in range(1, spare + 1):
            fill(left[1:], [[*line[:c], value, *line[c + 1 :]] if i == r else line for i, line in enumerate(table)])

    fill(hidden, [list(line) for line in counts])
    return {cell for cell, values in seen.items() if len(values) == 1}


def test_small_lines_are_put_together_before_anything_is_withheld() -> None:
    table = published([[3, 0], [0, 12]], 5)
    assert table.rows == (("r0", "r1"),)
    assert table.columns == (("c0", "c1"),)
    assert table.cell(0, 0) == 15


def test_a_table_below_k_is_not_published_at_all() -> None:
    assert published([[1, 2], [1, 0]], 5).shape is Shape.NOTHING
    assert published([[0, 0], [0, 0]], 5).total == 0


def test_a_sensitive_table_never_says_that_all_are_alike() -> None:
    assert published([[30, 0], [40, 0]], 10, sensitive=True).shape is Shape.ROWS
    assert published([[30], [0]], 10, sensitive=True).shape is Shape.TOTAL
    mixed = published([[30, 0], [40, 20], [25, 15]], 10, sensitive=True)
    assert all(sum(1 for c in range(2) if mixed.counts[r][c]) == 2 for r in range(len(mixed.rows)))
    assert published([[30, 0], [40, 0]], 5).shape is Shape.CELLS


def test_a_rate_needs_twenty_people_and_no_small_side() -> None:
    assert rate(10, 20, 5) == 0.5
    assert rate(10, 19, 5) is None
    assert rate(3, 40, 5) is None
    assert rate(37, 40, 5) is None
    assert rate(40, 40, 5) == 1.0
    assert rate(3, 40, 5, exempt=True) == 3 / 40
