"""Forms from the declarations, filled in as a person does: by keyboard and by mouse, through object names."""

from datetime import date
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from migdesk.domain.kinds import SCHEMA
from migdesk.domain.validation import Problem, validate
from migdesk.domain.values import Missing, Money, PartialDate
from migdesk.ui import a11y
from migdesk.ui.form.builder import FormView
from migdesk.ui.widgets.page import Page
from tests.support.readable import faults
from tests.ui.frame.conftest import TODAY, MakeContext

FORMS = ["person", "counselling_session", "case", "incident", "training_event", "training_session", "participant"]


class Robot:
    """Fills a form by the names of its fields."""

    def __init__(self, page: Page, form: FormView, qtbot: QtBot) -> None:
        self.page, self.form, self.qtbot = page, form, qtbot  # the page is kept: it owns the form
        self.edits: list[tuple[str, object]] = []
        form.edited.connect(lambda name, value: self.edits.append((name, value)))

    def part(self, name: str) -> QWidget:
        found = self.form.findChild(QWidget, f"{self.form.spec.name}.{name}")
        assert isinstance(found, QWidget), name
        return found

    def type(self, name: str, words: str, key: Qt.Key = Qt.Key.Key_Return) -> None:
        line = self.part(f"{name}.input")
        line.setFocus()
        if isinstance(line, QLineEdit):
            line.clear()
        QTest.keyClicks(line, words)
        QTest.keyClick(line, key)

    def press(self, name: str) -> None:
        button = self.part(name)
        assert isinstance(button, QPushButton)
        QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def last(self, name: str) -> object:
        return [value for field, value in self.edits if field == name][-1]


@pytest.fixture
def robot(make_context: MakeContext, qtbot: QtBot) -> Any:
    def make(kind: str, language: str = "en", width: int = 1100) -> Robot:
        ctx = make_context(language)
        form = FormView(SCHEMA.by_name[kind], ctx)
        page = Page(ctx.theme, "Form", "", [], form)
        qtbot.addWidget(page)
        page.resize(width, 800)
        page.show()
        page.activateWindow()
        qtbot.waitUntil(page.isActiveWindow)
        return Robot(page, form, qtbot)

    return make


def test_what_is_typed_is_told_with_its_type(robot: Any) -> None:
    one = robot("person")
    one.type("full_name", "  Sri   Wahyuni ")
    one.type("birth_date", "05/1994")
    one.type("phone", "0812 3456 7890")
    one.type("area_code", "5203092004")
    one.press("sex.female")
    assert one.last("full_name") == "Sri Wahyuni"
    assert one.last("birth_date") == PartialDate(1994, 5)
    assert one.last("phone") == "+6281234567890"
    assert str(one.last("area_code")).startswith("52.03.09")
    assert one.last("sex") == "female"
    assert one.form.values()["full_name"] == "Sri Wahyuni"


def test_enter_goes_to_the_next_field_and_not_past_half_a_date(robot: Any) -> None:
    one = robot("training_session")
    one.type("number", "1")
    assert one.part("title.input").hasFocus()
    one.type("title", "Opening")
    assert one.part("held_on.input").hasFocus()
    one.type("held_on", "99/99")
    assert one.part("held_on.input").hasFocus()
    assert one.form.cells["held_on"].problem.isVisible()
    one.type("held_on", "17/05/2026")
    assert one.last("held_on") == date(2026, 5, 17)
    assert one.part("minutes.input").hasFocus()


def test_a_quick_answer_takes_the_place_of_a_value_and_back(robot: Any) -> None:
    one = robot("person")
    one.type("nik", "5203010101940001")
    one.press("nik.declined")
    assert one.last("nik") is Missing.DECLINED
    assert one.part("nik.input").text() == ""
    one.press("nik.declined")
    assert one.last("nik") is None
    one.press("sex.declined")
    assert one.last("sex") == "declined"
    one.press("sex.male")
    assert one.last("sex") == "male"
    assert not one.part("sex.declined").isChecked()


def test_fields_that_do_not_matter_are_hidden_and_left_out(robot: Any) -> None:
    one = robot("counselling_session")
    one.form.set_values({"intention": "decided", "debt": Money(500, "IDR")})
    assert not one.form.cells["debt"].isHidden()
    assert one.form.values()["debt"] == Money(500, "IDR")
    one.form.set_values({"intention": "unknown", "debt": Money(500, "IDR")})
    assert one.form.cells["debt"].isHidden()
    assert "debt" not in one.form.values()


def test_sets_are_chosen_as_chips_and_keep_codes_of_a_newer_version(robot: Any) -> None:
    one = robot("counselling_session")
    one.form.set_values({"documents": frozenset({"from_the_future"})})
    chip = next(iter(one.form.cells["documents"].editor.buttons()))
    one.press(f"documents.{chip}")
    assert one.last("documents") == frozenset({"from_the_future", chip})


def test_money_keeps_its_currency(robot: Any) -> None:
    one = robot("counselling_session")
    one.form.set_values({"intention": "decided", "promised_wage": Money(499_000, "HKD")})
    one.type("promised_wage", "5,000.50")
    assert one.last("promised_wage") == Money(500_050, "HKD")
    one.type("promised_wage", "lots")
    assert one.form.unreadable() == ("promised_wage",)


def test_ctrl_s_saves_only_what_can_be_read(robot: Any, qtbot: QtBot) -> None:
    one = robot("person")
    saved: list[str] = []
    one.form.save_wanted.connect(lambda: saved.append("save"))
    one.form.save_and_go_on_wanted.connect(lambda: saved.append("next"))
    line = one.part("birth_date.input")
    line.setFocus()
    QTest.keyClicks(line, "31/02/1994")
    QTest.keyClick(line, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert saved == []
    assert one.form.cells["birth_date"].problem.isVisible()
    line.clear()
    QTest.keyClicks(line, "1994")
    QTest.keyClick(line, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(line, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert saved == ["save", "next"]


def test_escape_never_discards(robot: Any, qtbot: QtBot) -> None:
    one = robot("person")
    one.type("full_name", "Sri")
    for _ in range(3):
        QTest.keyClick(one.part("full_name.input"), Qt.Key.Key_Escape)
    assert one.form.values()["full_name"] == "Sri"


def test_problems_stand_beside_their_fields_and_go_when_mended(robot: Any) -> None:
    one = robot("person")
    one.form.show_problems(validate(SCHEMA.by_name["person"], {}, one.form._ctx.session.codes, TODAY))
    cell = one.form.cells["full_name"]
    assert cell.problem.isVisible()
    one.form.focus_first_problem()
    assert one.part("full_name.input").hasFocus()
    one.type("full_name", "Sri")
    assert not cell.problem.isVisible()
    one.form.show_problems([Problem("nik", "Look again.", severity="warning")])
    assert one.form.cells["nik"].problem.property("look") == "caution"


def test_typing_is_not_disturbed_when_the_same_state_comes_back(robot: Any, qtbot: QtBot) -> None:
    one = robot("person")
    one.form.edited.connect(lambda name, value: one.form.set_values({name: value}))
    line = one.part("full_name.input")
    line.setFocus()
    QTest.keyClicks(line, "Siti N")
    line.setCursorPosition(4)
    QTest.keyClicks(line, " x")
    assert line.text() == "Siti x N"
    assert line.cursorPosition() == 6


def test_a_field_that_stays_on_the_laptop_says_so(robot: Any) -> None:
    one = robot("case")
    head = one.form.cells["wishes"].head
    assert "stays on this laptop" in [label.text() for label in head.findChildren(QWidget) if hasattr(label, "text")]


def test_read_only_forms_take_nothing(robot: Any, qtbot: QtBot) -> None:
    one = robot("person")
    one.form.set_read_only(True)
    QTest.keyClicks(one.part("full_name.input"), "x")
    one.press("sex.female")
    note = one.part("note.input")
    assert isinstance(note, QPlainTextEdit)
    assert note.isReadOnly()
    assert one.edits == []


def test_one_column_in_a_narrow_window_two_in_a_wide_one(robot: Any) -> None:
    wide, narrow = robot("person", width=1100), robot("person", width=560)
    for one, columns in ((wide, 2), (narrow, 1)):
        lefts = {cell.x() for cell in one.form.cells.values() if not cell.wide}
        assert len(lefts) == columns


@pytest.mark.parametrize("kind", FORMS)
def test_every_control_of_every_form_has_a_name(robot: Any, kind: str) -> None:
    assert a11y.audit(robot(kind).form) == []


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("kind", FORMS)
def test_no_words_are_clipped_in_the_longest_language(
    kind: str, scale: float, make_context: MakeContext, qtbot: QtBot
) -> None:
    ctx = make_context("en_XA", "light", scale)
    form = FormView(SCHEMA.by_name[kind], ctx)
    page = Page(ctx.theme, ctx.lang.say("Form"), "", [], form)
    qtbot.addWidget(page)
    page.resize(1366 - ctx.theme.size("nav"), 700)
    page.show()
    qtbot.waitExposed(page)
    assert faults(qtbot, page) == []
