"""What somebody who holds disk and key may do to the trail in the file itself, and that each of it is named.

Who computes the whole chain anew is noticed at the server alone: `tests/sync/test_anchors.py`.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from migdesk.store import audit, backup
from migdesk.store.database import Store
from tests.support.fake_clock import FakeClock
from tests.support.stores import open_store

USER = UUID(int=7)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A trail of ten rows."""
    clock = FakeClock()
    with open_store(tmp_path / "store.db", clock) as made:
        for n in range(1, 11):
            clock.forward(minutes=1)
            with made.begin() as tx:
                audit.append(tx, USER, "view_case", "case", UUID(int=n))
        yield made


def named(store: Store, *statements: str) -> list[str]:
    assert backup.verify(store) == []
    with store.begin() as tx:
        for one in statements:
            tx.run(one)
    return [str(one) for one in backup.verify(store)]


@pytest.mark.parametrize(
    "edit",
    [
        "action = 'unlock'", "kind = 'person'", "detail = 'x'", "at_ms = at_ms + 1", "user = x'00'",
        "record = x'00000000000000000000000000000009'", "record = NULL", "sha256 = zeroblob(32)",
    ],
)  # fmt: skip
def test_an_edited_row(store: Store, edit: str) -> None:
    assert "The audit row 5 was changed." in named(store, f"UPDATE audit SET {edit} WHERE n = 5")


def test_an_edited_row_with_its_hash_computed_anew(store: Store) -> None:
    with store.read() as tx:
        rows = {row["n"]: row for row in audit._all(tx)}
    row = {**rows[5], "detail": "x"}
    made = audit._link(rows[4]["sha256"], row).hex()
    found = named(store, f"UPDATE audit SET detail = 'x', sha256 = x'{made}' WHERE n = 5")
    assert found == ["The audit row 6 was changed."], "the next row was made of the true one"


def test_a_removed_row(store: Store) -> None:
    assert named(store, "DELETE FROM audit WHERE n = 5") == ["The audit rows 5 to 5 are missing."]


def test_a_removed_row_with_the_gap_closed(store: Store) -> None:
    shift = [f"UPDATE audit SET n = {n - 1} WHERE n = {n}" for n in range(6, 11)]
    found = named(store, "DELETE FROM audit WHERE n = 5", *shift, "UPDATE audit_head SET n = 9")
    assert found[0] == "The audit row 5 was changed."


def test_swapped_rows(store: Store) -> None:
    swap = [f"UPDATE audit SET n = {new} WHERE n = {old}" for old, new in ((4, 99), (6, 4), (99, 6))]
    found = named(store, *swap)
    assert {"The audit row 4 was changed.", "The audit row 6 was changed."} <= set(found)


def test_an_inserted_row(store: Store) -> None:
    shift = [f"UPDATE audit SET n = {n + 1} WHERE n = {n}" for n in range(10, 4, -1)]
    copy = (
        "INSERT INTO audit SELECT op_area, 5, at_ms, user, action, kind, record, detail, sha256 FROM audit WHERE n = 4"
    )
    assert "The audit row 5 was changed." in named(store, *shift, copy, "UPDATE audit_head SET n = 11")


def test_a_tail_that_was_cut_off(store: Store) -> None:
    assert named(store, "DELETE FROM audit WHERE n > 7") == ["The end of the audit is missing."]
    assert named_again(store, "DELETE FROM audit_head") == ["The end of the audit is missing."]


def named_again(store: Store, statement: str) -> list[str]:
    with store.begin() as tx:
        tx.run(statement)
    return [str(one) for one in backup.verify(store)]


def test_a_trail_that_is_wrong_everywhere_is_told_in_a_few_lines(store: Store) -> None:
    clock = store.clock
    assert isinstance(clock, FakeClock)
    with store.begin() as tx:
        for _ in range(40):
            audit.append(tx, USER, "unlock")
    found = named(store, "UPDATE audit SET detail = 'x'")
    assert len(found) == 20
