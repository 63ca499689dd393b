"""Stores that heard the same changes in any order, in any portions, hold the same (`domain.merge` is the reference)."""

import tempfile
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from migdesk.domain.case import Case
from migdesk.domain.changes import DELETED, Absent, Change, Edit, Register
from migdesk.domain.merge import Fork, is_deleted, joined, losers, rank_of, winner
from migdesk.domain.values import Missing
from migdesk.errors import UserError
from migdesk.store import applying, backup, conflicts, forks, records, rows, writing
from migdesk.store.database import Store
from tests.support.replicas import RECORD, histories
from tests.support.stores import BUDI, CODES, database_of, open_store


def portions(draw: st.DrawFn, changes: Sequence[Change]) -> list[list[Change]]:
    """A shuffled history cut into pieces, some of them heard twice."""
    shuffled = draw(st.permutations(changes))
    parts, at = [], 0
    while at < len(shuffled):
        size = draw(st.integers(1, len(shuffled) - at))
        parts.append(list(shuffled[at : at + size]))
        at += size
    return parts + parts[: draw(st.integers(0, len(parts)))]


def hear(store: Store, parts: Sequence[Sequence[Change]]) -> dict[str, Any]:
    """Apply and look: everything of the record that must not depend on the order."""
    for part in parts:
        with store.begin() as tx:
            applying.apply(tx, part, origin="test")
    assert backup.verify(store) == []
    with store.read() as tx:
        row = rows.load(tx, Case.spec, RECORD.bytes)
        assert row is not None
        row.own_area = row.own_seq = None
        known = backup.heads_of(forks.load(tx, row))
        return {"row": row, "heads": known, "conflicts": conflicts.open_conflicts(tx)}


def expected(changes: Sequence[Change]) -> dict[Register, Fork]:
    return reduce(joined, changes, {})


def check(store: Store, seen: dict[str, Any], changes: Sequence[Change]) -> None:
    """What a store shows is what the reference says."""
    state = expected(changes)
    assert {register: heads for register, (heads, _) in seen["heads"].items()} == {
        register: tuple(sorted(fork.heads)) for register, fork in state.items() if fork.heads
    }
    others = [head for register, fork in state.items() if register.field != DELETED for head in fork.heads]
    deleted = is_deleted(state.get(Register(DELETED), Fork()), others)
    with store.read() as tx:
        stored = records.get(tx, Case, RECORD, deleted=True)
    assert stored.meta.deleted == deleted
    shown: dict[str, Any] = {}
    for register, fork in state.items():
        field = Case.spec.by_number.get(register.field)
        if not fork.heads or register.field == DELETED or field is None:
            continue
        rank = rank_of(field, CODES.ranks(field.codes))
        plain = winner(fork.heads, rank).value
        if field.is_set:
            shown.setdefault(field.name, set())
            if plain is True:
                shown[field.name].add(register.element)
        elif plain is not None:
            shown[field.name] = Missing(plain.why) if isinstance(plain, Absent) else field.type.from_plain(plain)
        if not deleted and losers(fork.heads, rank):
            assert any(one.register == register for one in seen["conflicts"])
    assert stored.record.values() == {name: value for name, value in shown.items() if value}
    assert stored.meta.conflicts == len(seen["conflicts"])


@given(st.data())
def test_files_agree(data: st.DataObject) -> None:
    changes = data.draw(histories())
    with tempfile.TemporaryDirectory() as folder:
        seen = []
        for name in ("a", "b"):
            parts = data.draw(st.composite(portions)(changes))
            with open_store(Path(folder) / f"{name}.db") as store:
                seen.append(hear(store, parts))
                check(store, seen[-1], changes)
        assert seen[0] == seen[1]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data())
def test_file_and_server_agree(postgres: str, data: st.DataObject) -> None:
    changes = data.draw(histories())
    with tempfile.TemporaryDirectory() as folder:
        with open_store(Path(folder) / "a.db") as store:
            one = hear(store, data.draw(st.composite(portions)(changes)))
        with open_store(database_of(postgres, Path(folder).name)) as store:
            assert hear(store, data.draw(st.composite(portions)(changes))) == one


@given(st.data())
def test_every_conflict_can_be_decided_and_the_decision_travels(data: st.DataObject) -> None:
    changes = data.draw(histories())
    with (
        tempfile.TemporaryDirectory() as folder,
        open_store(Path(folder) / "a.db") as here,
        open_store(Path(folder) / "b.db") as there,
    ):
        hear(here, [changes])
        made: list[Change] = []
        for _ in range(20):
            with here.begin() as tx:
                found = conflicts.open_conflicts(tx, RECORD)
                if not found:
                    break
                one = found[0]
                loser = data.draw(st.sampled_from((one.winner, *one.losers)))
                made += writing.decide(tx, BUDI, one.id, loser.value).changes
        assert not found
        assert backup.verify(here) == []
        again = hear(there, data.draw(st.composite(portions)([*changes, *made])))
        assert again["conflicts"] == []
        with here.read() as tx:
            row = rows.load(tx, Case.spec, RECORD.bytes)
        assert row is not None
        row.own_area = row.own_seq = None
        assert again["row"] == row


@pytest.mark.parametrize("text", ["x", "00000000-0000-0000-0000-000000000001", "1:2"])
def test_a_conflict_has_a_text_form(text: str) -> None:
    for register in (Register(3), Register(11, "TIP")):
        id = conflicts.ConflictId(RECORD, register)
        assert conflicts.ConflictId.parse(str(id)) == id
    with pytest.raises(ValueError, match=r"."):
        conflicts.ConflictId.parse(text)


def test_a_decision_on_the_area_says_the_area_it_decided(tmp_path: Path) -> None:
    """Whoever receives it compares the two, so that no record slips into another area."""
    area = Register(Case.spec.by_name[Case.spec.area].number)
    changes = [
        Change(n, 1, n << 20, BUDI.user, Case.spec.number, RECORD, code, RECORD, (Edit(area, code),))
        for n, code in ((1, "52.03.09.2004"), (2, "35.07.01.2001"))
    ]
    with open_store(tmp_path / "a.db") as here, open_store(tmp_path / "b.db") as there:
        hear(here, [changes])
        with here.begin() as tx:
            [one] = conflicts.open_conflicts(tx)
            with pytest.raises(UserError, match="cannot settle"):
                writing.decide(tx, BUDI, one.id, 5)
            made = writing.decide(tx, BUDI, one.id, one.losers[0].value).changes
        assert hear(there, [changes, made])["row"].op_area == "52.03"
