"""The audit trail on the screen: who sees it, filters, pages, one row, and a chain that was broken."""

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QWidget
from pytestqt.qtbot import QtBot

from migdesk.domain.acts import ACTS
from migdesk.services import people
from migdesk.services.saving import Saved
from migdesk.store import audit
from tests.support.readable import faults
from tests.support.workspaces import person
from tests.ui.screens.conftest import Laptop, MakeLaptop


def part(laptop: Laptop, name: str) -> Any:
    found = [one for one in laptop.window.findChildren(QWidget, name) if one.isVisible()]
    assert found, name
    return found[-1]


def settled(laptop: Laptop, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: laptop.run.pending == 0)


def come(laptop: Laptop, qtbot: QtBot) -> Any:
    laptop.window.navigate("audit")
    settled(laptop, qtbot)
    return part(laptop, "audit.table").model()


def acts(model: Any) -> list[str]:
    return [model.data(model.index(row, 2)) for row in range(model.rowCount())]


def choose(laptop: Laptop, qtbot: QtBot, name: str, words: str) -> None:
    """Type words into a filter, as a person does."""
    line = part(laptop, f"audit.{name}").line
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, words)
    QTest.keyClick(line, Qt.Key.Key_Return)
    settled(laptop, qtbot)


def words_of(laptop: Laptop) -> str:
    return " ".join(one.text() for one in laptop.window.workspace.findChildren(QLabel) if one.isVisible())


def saved_as(laptop: Laptop, name: str) -> Saved:
    return laptop.do(lambda: people.save(laptop.session, person() | {"full_name": name}))


@pytest.fixture
def laptop(make_laptop: MakeLaptop) -> Laptop:
    return make_laptop("SUPERVISOR", "52.03")


def test_those_who_may_not_read_it_do_not_see_that_it_is_there(make_laptop: MakeLaptop) -> None:
    seen = [screen.name for screen in make_laptop("OUTREACH").window.screens]
    assert "audit" not in seen
    assert "people" in seen


def test_filters_choose_rows_and_one_leads_to_its_record(laptop: Laptop, qtbot: QtBot) -> None:
    saved = [saved_as(laptop, name) for name in ("Siti", "Budi")]
    model = come(laptop, qtbot)
    assert acts(model)[:3] == [ACTS["view_audit"], ACTS["create"], ACTS["create"]]
    every = model.rowCount()
    assert every > 2
    choose(laptop, qtbot, "act", ACTS["create"])
    model = part(laptop, "audit.table").model()
    assert set(acts(model)) == {ACTS["create"]}
    table = part(laptop, "audit.table")
    table.activated_row.emit(0)
    part(laptop, "audit.row.same").click()
    settled(laptop, qtbot)
    assert model.rowCount() == 1
    assert model.row(0).record == saved[1].id
    assert "Budi" in words_of(laptop)
    part(laptop, "audit.all").click()
    settled(laptop, qtbot)
    assert model.rowCount() >= every
    choose(laptop, qtbot, "act", ACTS["revoke"])
    assert "Nothing was noted" in words_of(laptop)
    part(laptop, "audit.nothing.all").click()
    settled(laptop, qtbot)
    row = next(n for n in range(model.rowCount()) if model.row(n).record == saved[0].id)
    table.activated_row.emit(row)
    part(laptop, "audit.row.open").click()
    settled(laptop, qtbot)
    assert "Siti" in words_of(laptop)


def test_reading_it_is_noted_once_a_visit(laptop: Laptop, qtbot: QtBot) -> None:
    come(laptop, qtbot)
    laptop.window.navigate("today")
    model = come(laptop, qtbot)
    assert acts(model).count(ACTS["view_audit"]) == 2


def test_rows_come_as_they_are_scrolled_to(laptop: Laptop, qtbot: QtBot) -> None:
    def many() -> None:
        with laptop.session.store.begin() as tx:
            for _ in range(250):
                audit.append(tx, laptop.session.user.id, "lock")

    laptop.do(many)
    model = come(laptop, qtbot)
    while model.canFetchMore(model.index(-1, -1)):
        before = model.rowCount()
        part(laptop, "audit.table").scrollToBottom()
        model.fetchMore(model.index(-1, -1))
        settled(laptop, qtbot)
        assert model.rowCount() > before
    numbers = [model.row(n).n for n in range(model.rowCount())]
    assert numbers == list(range(numbers[0], 0, -1))
    assert len(numbers) > 250


def test_a_trail_that_was_changed_is_named(laptop: Laptop, qtbot: QtBot) -> None:
    come(laptop, qtbot)
    part(laptop, "audit.check").click()
    settled(laptop, qtbot)
    assert "The trail is whole" in words_of(laptop)

    def change() -> None:
        with laptop.session.store.begin() as tx:
            tx.run("UPDATE audit SET detail = 'x' WHERE n = 1")

    laptop.do(change)
    part(laptop, "audit.check").click()
    settled(laptop, qtbot)
    assert "The audit row 1 was changed." in words_of(laptop)
    assert "The trail is whole" not in words_of(laptop)


@pytest.mark.parametrize("scale", [1.0, 1.5])
def test_it_can_be_read_and_reached(make_laptop: MakeLaptop, qtbot: QtBot, scale: float) -> None:
    laptop = make_laptop("SUPERVISOR", "52.03", language="en_XA", text_size=scale)
    saved_as(laptop, "Siti")
    come(laptop, qtbot)
    assert faults(qtbot, laptop.window) == []
    part(laptop, "audit.table").activated_row.emit(0)
    settled(laptop, qtbot)
    assert faults(qtbot, laptop.window) == []
