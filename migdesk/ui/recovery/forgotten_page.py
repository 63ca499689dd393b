"""The page of a forgotten passphrase, in the unlock window and under the lock: one step at a time. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QPushButton, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.gate import passphrase_field
from migdesk.ui.new_workspace import scrolled
from migdesk.ui.passphrase_advice import PassphraseAdvice
from migdesk.ui.recovery import forgotten
from migdesk.ui.recovery.forgotten import Forgotten, ForgottenState
from migdesk.ui.recovery.text_boxes import GivenText, TakenText, mono
from migdesk.ui.theme import Theme
from migdesk.ui.unlock import centred
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import link, primary, secondary
from migdesk.ui.widgets.text import text

_WIDTH = 500
CODE_FORM = "XXXX-XXXX-XXXX-XXXX-XXXX-XXXX"


class ForgottenPage(QWidget):
    """Built anew with each step. Object names begin with `forgot.`."""

    def __init__(self, theme: Theme, lang: Language, presenter: Forgotten) -> None:
        super().__init__()
        self._theme, self._lang, self._presenter = theme, lang, presenter
        self.setProperty("look", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, 0, 0, 0)
        self._shown: object = None
        self._page: QWidget | None = None
        self._go: QPushButton | None = None
        presenter.attach(self)

    def show_state(self, state: ForgottenState) -> None:
        shown = (state.step, state.ways, state.asked if state.step == forgotten.REQUEST else None)
        if shown != self._shown and (state.ways is not None or state.error is not None):
            self._shown = shown
            self._build(state)
        if self._page is None:
            return
        self.problem.setText(" ".join(part for part in self._lang.error(state.error) if part) if state.error else "")
        self.problem.setVisible(state.error is not None)
        if self._go is not None:
            self._go.setEnabled(not state.busy)

    def _build(self, state: ForgottenState) -> None:
        steps = {
            forgotten.WAYS: self._ways,
            forgotten.CODE: self._code,
            forgotten.REQUEST: self._request,
            forgotten.ANSWER: self._answer,
            forgotten.PASSPHRASE: self._passphrase,
        }
        page, column = centred(self._theme, _WIDTH)
        layout = page.layout()
        assert layout is not None
        layout.setContentsMargins(*[self._theme.space(2)] * 4)  # at 150 % the picture and its text need all there is
        column.setSpacing(self._theme.space(2))
        self.problem = text("", "problem", wrap=True)
        self.problem.setObjectName("forgot.problem")
        self.problem.hide()
        self._go = None
        focus = steps[state.step](column, state)
        self._column_end(column)
        area = scrolled(page)
        if self._page is not None:
            self._outer.removeWidget(self._page)
            self._page.hide()
            self._page.deleteLater()
        self._page = area
        self._outer.addWidget(area)
        area.show()
        if focus is not None:
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _column_end(self, column: QVBoxLayout) -> None:
        """What is wrong, then the way on and the way back."""
        theme = self._theme
        column.addWidget(self.problem)
        column.addSpacing(theme.space(2))
        if self._go is not None:
            column.addWidget(self._go)
        back = link(self._lang.say(N_("Back")), self._presenter.back)
        back.setObjectName("forgot.back")
        row = QHBoxLayout()
        row.addWidget(back)
        row.addStretch(1)
        column.addLayout(row)

    def _ways(self, column: QVBoxLayout, state: ForgottenState) -> QWidget | None:
        say, theme, presenter = self._lang.say, self._theme, self._presenter
        lead = N_("What you wrote is safe. These are the ways to a new passphrase; none of them needs a network.")
        self._head(column, say(N_("Forgotten the passphrase?")), say(lead), 2)
        ways = state.ways
        sheet = primary(say(N_("Use the recovery sheet")), presenter.by_sheet)
        sheet.setObjectName("forgot.sheet")
        has_sheet = ways is not None and ways.sheet
        words = (
            N_("You have the paper with six groups of letters and digits that was made with this workspace.")
            if has_sheet
            else N_("No recovery sheet was made for this workspace.")
        )
        column.addWidget(self._way(say(N_("With the recovery sheet")), say(words), sheet if has_sheet else None))
        has_helper = ways is not None and bool(ways.words)
        # One button is the main one: the sheet, if there is one, because nobody else is needed for it.
        make = secondary if has_sheet else primary
        ask = make(say(N_("Ask your supervisor")), presenter.by_supervisor)
        ask.setObjectName("forgot.ask")
        words = (
            N_("Your laptop shows a request. Your supervisor answers it on another laptop, near by or far away.")
            if has_helper
            else N_("No supervisor can help this workspace: it was never given a recovery key.")
        )
        column.addWidget(self._way(say(N_("With your supervisor's help")), say(words), ask if has_helper else None))
        if not has_sheet and not has_helper:
            hint = N_("Look for a backup whose passphrase you know. Do not delete anything: you may remember it yet.")
            column.addWidget(Banner(theme, "warning", say(hint)))
            return None
        return sheet if has_sheet else ask

    def _way(self, title: str, words: str, button: QPushButton | None) -> QFrame:
        theme = self._theme
        frame = QFrame()
        frame.setProperty("look", "tile")
        column = QVBoxLayout(frame)
        column.setContentsMargins(theme.space(4), theme.space(3), theme.space(4), theme.space(4))
        column.setSpacing(theme.space(2))
        column.addWidget(text(title, "strong", wrap=True))
        column.addWidget(text(words, "muted", wrap=True))
        if button is not None:
            row = QHBoxLayout()
            row.addWidget(button)
            row.addStretch(1)
            column.addLayout(row)
        return frame

    def _code(self, column: QVBoxLayout, state: ForgottenState) -> QWidget:
        say, theme, presenter = self._lang.say, self._theme, self._presenter
        lead = N_("Type the code from the paper. Capitals and hyphens do not matter.")
        self._head(column, say(N_("With the recovery sheet")), say(lead), 2)
        line = code_line(theme, say(N_("Code of the recovery sheet")), "forgot.code", state.typed)
        line.textEdited.connect(presenter.type)
        line.returnPressed.connect(presenter.take)
        label = text(say(N_("Code of the recovery sheet")), "label")
        label.setBuddy(line)
        column.addWidget(label)
        column.addWidget(line)
        self._go = self._on(say(N_("Go on")), presenter.take)
        return line

    def _request(self, column: QVBoxLayout, state: ForgottenState) -> QWidget:
        say, theme, presenter, asked = self._lang.say, self._theme, self._presenter, state.asked
        assert asked is not None
        lead = say(
            N_("Send this to your supervisor, show it, or carry it on a stick. It is good until {when}."),
            when=self._lang.moment(asked.until),
        )
        self._head(column, say(N_("Ask your supervisor")), lead, 1)
        self.given = GivenText(
            theme, self._lang, prefix="forgot.request", name=say(N_("Request for help")), given=asked.text,
            file_name="migdesk-request.txt", save=lambda file, done: presenter.save(file, asked.text, done),
        )  # fmt: skip
        column.addWidget(self.given)
        column.addSpacing(theme.space(1))
        column.addWidget(words_box(theme, self._lang, asked.words, "forgot.words"))
        self._go = self._on(say(N_("I have the answer")), presenter.has_answer)
        return self._go

    def _head(self, column: QVBoxLayout, title: str, lead: str, room: int) -> None:
        """What a step is called and what it is for; `room` is what is left below."""
        column.addWidget(text(title, "title", wrap=True))
        column.addWidget(text(lead, "muted", wrap=True))
        column.addSpacing(self._theme.space(room))

    def _answer(self, column: QVBoxLayout, state: ForgottenState) -> QWidget:
        say, theme, presenter = self._lang.say, self._theme, self._presenter
        lead = N_("Only this laptop can open it, once, and only while the request is good.")
        self._head(column, say(N_("The answer")), say(lead), 1)
        taken = TakenText(
            theme, self._lang, prefix="forgot.answer", name=say(N_("Answer of your supervisor")), lines=9,
            typed=presenter.type, read=presenter.read,
        )  # fmt: skip
        if state.typed:
            taken.set_text(state.typed)
        column.addWidget(taken)
        self._go = self._on(say(N_("Go on")), presenter.take)
        return taken.box

    def _passphrase(self, column: QVBoxLayout, state: ForgottenState) -> QWidget:
        say, theme, presenter = self._lang.say, self._theme, self._presenter
        lead = N_("The workspace can be opened. From now on only this passphrase opens it; the old one does not.")
        self._head(column, say(N_("A new passphrase")), say(lead), 2)
        names = (say(N_("New passphrase")), say(N_("New passphrase once more")))
        fields = [passphrase_field(theme, self._lang, name) for name in names]
        for name, field, object_name in zip(names, fields, ("new", "again"), strict=True):
            field.line.setObjectName(f"forgot.{object_name}")
            label = text(name, "label")
            label.setBuddy(field.line)
            column.addWidget(label)
            column.addWidget(field)
            if object_name == "new":
                column.addWidget(PassphraseAdvice(theme, self._lang, field, presenter.judge))

        def renew() -> None:
            presenter.renew(fields[0].text(), fields[1].text())

        fields[1].entered.connect(renew)
        self._go = self._on(say(N_("Set it and open")), renew)
        return fields[0]

    def _on(self, words: str, act: Callable[[], object]) -> QPushButton:
        button = primary(words, act)
        button.setObjectName("forgot.go")
        return button


def code_line(theme: Theme, name: str, object_name: str, typed: str = "") -> QLineEdit:
    """A field for the code of a recovery sheet."""
    line = QLineEdit(typed)
    line.setMaxLength(60)
    line.setPlaceholderText(CODE_FORM)
    line.setAccessibleName(name)
    line.setObjectName(object_name)
    mono(line, theme)
    return line


def words_box(theme: Theme, lang: Language, words: str, object_name: str) -> QFrame:
    """Eight words to be read out, and why."""
    frame = QFrame()
    frame.setProperty("look", "info")
    column = QVBoxLayout(frame)
    column.setContentsMargins(theme.space(4), theme.space(3), theme.space(4), theme.space(3))
    column.setSpacing(theme.space(1))
    why = N_("Read these words to each other, face to face or on the telephone. They must be the same on both laptops:")
    column.addWidget(text(lang.say(why), "small", wrap=True))
    line = text(words, "strong", wrap=True)
    line.setObjectName(object_name)
    line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    column.addWidget(line)
    return frame
