"""The audit chain against vectors that were worked out by hand, so that no later version drifts; what it sees."""

import hashlib
from pathlib import Path
from uuid import UUID

import pytest

from migdesk.store import audit
from migdesk.store.database import Store
from tests.support.fake_clock import FakeClock
from tests.support.stores import open_store

USER = UUID(bytes=bytes(range(16)))
RECORD = UUID(bytes=bytes(range(16, 32)))

# MessagePack of [n, at_ms, user, action, kind, record, detail], spelled byte by byte: 97 is a list of seven.
FIRST = bytes.fromhex(
    "97 01 cf 0000019cd5946c40 c410 000102030405060708090a0b0c0d0e0f a6 756e6c6f636b a0 c0 a0"  # "unlock"
)
SECOND = bytes.fromhex(
    "97 02 cf 0000019cd59556a0 c410 000102030405060708090a0b0c0d0e0f a4 72656164 a4 63617365"  # "read", "case"
    "c410 101112131415161718191a1b1c1d1e1f a7 3320726f777321"  # the record, "3 rows!"
)
LINKS = (
    "5efaf65e739317ec4dc337141663e267b75740d041b782e4d493b1a10f051f9b",
    "8607a97a9726d4e9784a9234659d53b7f1a7b4f6ac8be29949d85677719d01ea",
)


def written(store: Store, clock: FakeClock) -> None:
    with store.begin() as tx:
        audit.append(tx, USER, "unlock")
    clock.forward(minutes=1)
    with store.begin() as tx:
        audit.append(tx, USER, "read", "case", RECORD, "3 rows!")


def test_each_link_is_what_it_was_when_it_was_invented(tmp_path: Path) -> None:
    clock = FakeClock()
    with open_store(tmp_path / "store.db", clock) as store:
        written(store, clock)
        with store.read() as tx:
            links = [row[0].hex() for row in tx.rows("SELECT sha256 FROM audit ORDER BY n")]
            head = tx.one("SELECT n, sha256 FROM audit_head")
            assert audit.verify(tx) == []
    first = hashlib.sha256(bytes(32) + FIRST).digest()
    assert links == [first.hex(), hashlib.sha256(first + SECOND).hexdigest()]
    assert tuple(links) == LINKS
    assert head == (2, bytes.fromhex(LINKS[1]))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE audit SET detail = '2 rows!' WHERE n = 2", "audit row 2 was changed"),
        ("UPDATE audit SET at_ms = at_ms - 1 WHERE n = 1", "audit row 1 was changed"),
        ("UPDATE audit SET record = NULL WHERE n = 2", "audit row 2 was changed"),
        ("DELETE FROM audit WHERE n = 1", "audit rows 1 to 1 are missing"),
        ("DELETE FROM audit WHERE n = 2", "the end of the audit is missing"),
        ("DELETE FROM audit", "the end of the audit is missing"),
        ("DELETE FROM audit_head", "the end of the audit is missing"),
        ("UPDATE audit_head SET n = 3", "the end of the audit is missing"),
    ],
)
def test_what_was_changed_is_named(tmp_path: Path, damage: str, said: str) -> None:
    clock = FakeClock()
    with open_store(tmp_path / "store.db", clock) as store:
        written(store, clock)
        with store.begin() as tx:
            tx.run(damage)
        with store.read() as tx:
            assert said in audit.verify(tx)
