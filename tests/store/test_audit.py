"""The audit chain against vectors that were worked out by hand, so that no later version drifts; what it sees."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from migdesk.store import audit
from migdesk.store.database import Store
from tests.support.fake_clock import START, FakeClock
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


def test_rows_are_found_by_act_person_record_and_period(tmp_path: Path) -> None:
    clock, other = FakeClock(), UUID(int=7)
    with open_store(tmp_path / "store.db", clock) as store:
        for n in range(1, 41):
            with store.begin() as tx:
                audit.append(tx, other if n % 10 == 0 else USER, "read" if n % 2 else "unlock", "case", UUID(int=n % 4))
            clock.forward(hours=1)
        with store.read() as tx:

            def numbers(limit: int = 100, **wanted: Any) -> list[int]:
                return [one.n for one in audit.entries(tx, limit, **wanted)]

            assert numbers(3) == [40, 39, 38]
            assert numbers(2, before=38) == [37, 36]
            assert numbers(user=other) == [40, 30, 20, 10]
            assert numbers(record=UUID(int=3), before=9) == [7, 3]
            assert numbers(action="read", since=START + timedelta(hours=36)) == [39, 37]
            assert numbers(since=START + timedelta(hours=2), until=START + timedelta(hours=4)) == [4, 3]
            assert numbers(until=START) == numbers(since=START + timedelta(days=9)) == []
            assert numbers(action="read", user=other) == []
            assert audit.users(tx) == sorted([USER, other])


def test_a_period_is_found_though_the_clock_was_set_back_and_rows_were_removed(tmp_path: Path) -> None:
    clock = FakeClock()
    with open_store(tmp_path / "store.db", clock) as store:
        for days in (0, 0, -3, 5):
            clock.set_wall(clock.now() + timedelta(days=days))
            for _ in range(10):
                with store.begin() as tx:
                    audit.append(tx, USER, "unlock")
                clock.forward(hours=1)
        with store.begin() as tx:
            everything = audit.entries(tx)
            for since, until in ((0, 1), (-80, -50), (-75, 5), (8, 400), (45, 60)):
                begin, end = START + timedelta(hours=since), START + timedelta(hours=until)
                expected = [one.n for one in everything if begin <= one.at < end]
                assert [one.n for one in audit.entries(tx, since=begin, until=end)] == expected
            assert [one.action for one in everything].count("clock_changed") == 2
            tx.run("DELETE FROM audit WHERE n BETWEEN 4 AND 9")
            found = audit.entries(tx, since=START, until=START + timedelta(hours=12))
            assert [one.n for one in found] == [12, 11, 10, 3, 2, 1]


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        ("UPDATE audit SET detail = '2 rows!' WHERE n = 2", "The audit row 2 was changed."),
        ("UPDATE audit SET at_ms = at_ms - 1 WHERE n = 1", "The audit row 1 was changed."),
        ("UPDATE audit SET record = NULL WHERE n = 2", "The audit row 2 was changed."),
        ("DELETE FROM audit WHERE n = 1", "The audit rows 1 to 1 are missing."),
        ("DELETE FROM audit WHERE n = 2", "The end of the audit is missing."),
        ("DELETE FROM audit", "The end of the audit is missing."),
        ("DELETE FROM audit_head", "The end of the audit is missing."),
        ("UPDATE audit_head SET n = 3", "The end of the audit is missing."),
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
