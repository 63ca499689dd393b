"""A form while its save is under way: typing goes on, nothing is written twice, nothing typed is lost."""

from collections.abc import Callable
from typing import TypeVar, TypeVarTuple

import pytest

from migdesk.domain.person import Person
from migdesk.errors import MigDeskError
from migdesk.services import drafts, people
from migdesk.ui.work.editing import Editing
from tests.support.robots import AtOnce, DoneJob, Surroundings
from tests.support.workspaces import person

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


class Later(AtOnce):
    """The `Runner` of a test that works only when told to, in order."""

    def __init__(self) -> None:
        self._asked: list[Callable[[], object]] = []

    def run(
        self,
        fn: Callable[[*Ts], T],
        *args: *Ts,
        done: Callable[[T], None] | None = None,
        failed: Callable[[MigDeskError], None] | None = None,
        owner: object | None = None,
    ) -> DoneJob:
        at_once = super().run
        self._asked.append(lambda: at_once(fn, *args, done=done, failed=failed, owner=owner))
        return DoneJob()

    def catch_up(self) -> None:
        while self._asked:
            self._asked.pop(0)()


Slow = tuple[Surroundings, Later, Editing]


@pytest.fixture
def slow(make_desk: Callable[..., Surroundings]) -> Slow:
    desk, later = make_desk(), Later()
    desk.ctx.run = later
    editing = Editing(desk.ctx, lambda: None)
    editing.open(Person.spec, people.save, defaults=person())
    later.catch_up()
    return desk, later, editing


def test_a_second_save_while_the_first_is_under_way_writes_nothing_twice(slow: Slow) -> None:
    desk, later, editing = slow
    editing.edit("address", "Dusun Lauk")
    editing.save()
    editing.edit("address", "Dusun Lauk 2")
    editing.save()
    later.catch_up()
    assert people.count(desk.ctx.session) == 1
    assert editing.dirty


def test_what_is_typed_during_a_save_is_kept_as_a_draft_of_what_was_saved(slow: Slow) -> None:
    desk, later, editing = slow
    editing.edit("address", "Dusun Lauk")
    editing.keep()
    editing.save()
    editing.edit("note", "masih diketik")
    editing.close()
    later.catch_up()
    (held,) = people.page(desk.ctx.session).rows
    (kept,) = drafts.open_drafts(desk.ctx.session)
    assert (held.address, held.note) == ("Dusun Lauk", None)
    assert (kept.record, kept.values) == (held.id, {"note": "masih diketik"})


def test_a_refused_save_of_a_form_that_was_left_keeps_what_was_typed(slow: Slow) -> None:
    desk, later, editing = slow
    editing.edit("nik", "123")
    editing.save()
    editing.close()
    later.catch_up()
    (kept,) = drafts.open_drafts(desk.ctx.session)
    assert kept.values["nik"] == "123"
    assert len(desk.said.errors) == 1
