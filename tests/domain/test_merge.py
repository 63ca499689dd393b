"""Whatever the order in which changes arrive, a record comes out the same (property tests of `domain.merge`)."""

from collections.abc import Mapping
from functools import reduce
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from migdesk.domain.changes import DELETED, Change, Edit, Register
from migdesk.domain.hlc import Stamp
from migdesk.domain.merge import (
    Fork,
    Head,
    is_deleted,
    joined,
    losers,
    ordinary,
    replaced_by_edit,
    seen_of,
    unseen,
    winner,
)
from tests.support.replicas import histories

Forks = Mapping[Register, Fork]


def heads(state: Forks) -> dict[Register, list[Head]]:
    return {register: sorted(fork.heads) for register, fork in state.items() if fork.heads}


def replay(changes: list[Change]) -> Forks:
    return reduce(joined, changes, {})


def standing(state: Forks) -> list[Head]:
    return [head for register, fork in state.items() if register.field != DELETED for head in fork.heads]


@given(st.data())
def test_heads_do_not_depend_on_the_order(data: st.DataObject) -> None:
    changes = data.draw(histories())
    shuffled = data.draw(st.permutations(changes))
    one, other = replay(changes), replay(shuffled)
    assert heads(one) == heads(other)
    deletion = Register(DELETED)
    gone = [is_deleted(state.get(deletion, Fork()), standing(state)) for state in (one, other)]
    assert gone[0] == gone[1]


@given(st.data())
def test_no_value_that_nobody_replaced_is_lost(data: st.DataObject) -> None:
    changes = data.draw(histories())
    replaced = {(edit.register, stamp) for change in changes for edit in change.edits for stamp in edit.replaces}
    expected = {
        (edit.register, change.stamp)
        for change in changes
        for edit in change.edits
        if (edit.register, change.stamp) not in replaced
    }
    found = {(register, head.stamp) for register, known in heads(replay(changes)).items() for head in known}
    assert found == expected


@given(st.data())
def test_a_winner_never_loses_and_losers_say_something_else(data: st.DataObject) -> None:
    for known in heads(replay(data.draw(histories()))).values():
        shown = winner(known, ordinary)
        assert shown.stamp == max(head.stamp for head in known)
        assert {head.value for head in losers(known, ordinary)} == {head.value for head in known} - {shown.value}
        assert shown.stamp in replaced_by_edit(known, ordinary)


def test_a_deletion_loses_to_what_it_did_not_know() -> None:
    author = UUID(int=1)
    known, fresh = Head(Stamp(5, 1), "a", author), Head(Stamp(6, 2), "b", author)
    gone = Head(Stamp(9, 3), True, author, seen_of([known]))
    assert is_deleted(Fork((gone,)), [known])
    assert not is_deleted(Fork((gone,)), [known, fresh])
    assert unseen(gone, [known, fresh]) == (fresh,)
    back = Head(Stamp(7, 1), False, author)
    assert not is_deleted(Fork((gone, back)), [known])


def test_an_edit_that_was_replaced_before_it_came_stays_replaced() -> None:
    author, register = UUID(int=1), Register(2)
    first = Change(1, 1, 10, author, 1, UUID(int=9), "52", None, (Edit(register, "a"),))
    second = first._replace(counter=2, hlc=20, edits=(Edit(register, "b", (first.stamp,)),))
    late = joined(joined({}, second), first)
    assert [head.value for head in late[register].heads] == ["b"]
    assert late[register].awaited == frozenset()
