"""The laws of joining (M2), and that a server is nothing but the replay of its log (M3)."""

import random
from collections.abc import Callable, Sequence
from functools import reduce
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migdesk.domain.changes import DELETED, Change, Register
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.merge import Fork, Head, is_deleted, joined, losers, ordinary, rank_of, winner
from migdesk.store import applying, backup, change_log, conflicts, forks, rows
from migdesk.store.database import Store
from tests.model.test_convergence import Machine
from tests.model.world import Pool
from tests.support.replicas import histories
from tests.support.stores import CODES, database_of, open_store

Forks = dict[Register, Fork]


def replay(changes: Sequence[Change], state: Forks | None = None) -> Forks:
    return reduce(joined, changes, dict(state or {}))


def meaning(state: Forks, known: Sequence[Change]) -> dict[Register, tuple[tuple[Head, ...], frozenset[Any]]]:
    """Heads, and what is awaited and has not come: what two states must have in common to be the same."""
    here = {change.stamp for change in known}
    return {
        register: (tuple(sorted(fork.heads)), fork.awaited - here)
        for register, fork in state.items()
        if fork.heads or fork.awaited - here
    }


@given(histories(), histories(most=4), st.randoms())
def test_joining_is_commutative_and_associative(one: list[Change], other: list[Change], chance: random.Random) -> None:
    """In any order and in any groups: the history of a record and late parts of it."""
    chance.shuffle(one)
    cut = chance.randrange(len(one) + 1)
    first, second = one[:cut], one[cut:]
    together = replay(one)
    assert meaning(together, one) == meaning(replay(second + first), one)
    assert meaning(replay(second, replay(first)), one) == meaning(replay(first, replay(second)), one)


@given(histories())
def test_joining_is_idempotent(changes: list[Change]) -> None:
    """A value that stands is not changed by hearing of it again. (That one that was replaced is not heard again is the
    store's part: it knows every change that it has.)"""
    state = replay(changes)
    for change in changes:
        for edit in change.edits:
            fork = state[edit.register]
            for head in fork.heads:
                if head.stamp == change.stamp:
                    assert fork.join(head, edit.replaces) == fork


@given(histories(), st.randoms())
def test_the_winner_depends_on_nothing_but_the_heads(changes: list[Change], chance: random.Random) -> None:
    spec = SCHEMA.by_number[changes[0].kind]
    for register, fork in replay(changes).items():
        heads = list(fork.heads)
        if not heads or register.field == DELETED:
            continue
        field = spec.by_number.get(register.field)
        for rank in (ordinary, rank_of(field, CODES.ranks(field.codes) if field and field.codes else {})):
            expected = winner(heads, rank), losers(heads, rank)
            chance.shuffle(heads)
            assert (winner(heads, rank), losers(heads, rank)) == expected
            assert all(rank(head.value) <= rank(expected[0].value) for head in heads)


@given(histories())
def test_a_deletion_is_decided_the_same_by_everybody(changes: list[Change]) -> None:
    one, other = replay(changes), replay(changes[::-1])

    def gone(state: Forks) -> bool:
        others = [head for register, fork in state.items() if register.field != DELETED for head in fork.heads]
        return is_deleted(state.get(Register(DELETED), Fork()), others)

    assert gone(one) == gone(other)


def everything(store: Store) -> dict[str, Any]:
    """All that a store shows of what its log says."""
    found: dict[str, Any] = {}
    with store.read() as tx:
        for spec in SCHEMA.kinds:
            ids = [bytes(row[0]) for row in tx.rows(f'SELECT id FROM "{spec.name}" ORDER BY id')]
            for id in ids:
                row = rows.load(tx, spec, id)
                assert row is not None
                row.own_area = row.own_seq = None
                found[f"{spec.name} {id.hex()}"] = (row, backup.heads_of(forks.load(tx, row)))
        found["conflicts"] = conflicts.open_conflicts(tx)
    return found


@pytest.mark.parametrize("chance", range(3))
def test_the_server_is_the_replay_of_its_log(pool: Pool, tmp_path: Path, postgres: str, chance: int) -> None:
    """After a wild sequence: all changes of the server's log, in another order, make the same store from nothing."""
    machine, dice = Machine(pool), random.Random(chance)
    machine.common_ground(shared=True)
    for _ in range(40):
        wild_step(machine, dice)
    machine.world.settle()
    with pool.server.store.read() as tx:
        changes = [change for area in change_log.op_areas(tx) for _, change in change_log.after(tx, area, 0, 10_000)]
    dice.shuffle(changes)
    again, address = tmp_path / "again.db", database_of(postgres, f"replay{chance}")
    expected = everything(pool.server.store)
    for place in (again, address):
        with open_store(place, pool.server.clock) as store:
            store.codes = pool.server.store.codes
            for start in range(0, len(changes), 7):
                with store.begin() as tx:
                    applying.apply(tx, changes[start : start + 7], origin="net")
            shown = everything(store)
            assert shown == expected


def wild_step(machine: Machine, dice: random.Random) -> None:
    """One of the rules, by chance."""
    name = dice.choice(["rina", "sari", "lead"])
    kind = dice.choice(KINDS_OF_WILD)

    def number() -> int:
        return dice.randrange(1 << 16)

    steps: tuple[Callable[[], object], ...] = (
        lambda: machine.create(name, kind, number()),
        lambda: machine.edit(name, kind, number(), number()),
        lambda: machine.all_edit_the_same(kind, number(), number(), number()),
        lambda: machine.one_deletes_what_others_edit(kind, number(), number(), name, back=dice.random() < 0.5),
        lambda: machine.decide(name, number(), number()),
        lambda: machine.sync(name),
    )
    dice.choice(steps)()


KINDS_OF_WILD = tuple(SCHEMA.by_name[name].cls for name in ("person", "case", "counselling_session", "attendance"))
