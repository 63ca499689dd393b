"""The neutral cover of quick hide (F12): a planner for a training day and a calculator, without any real data.

It is useful and plausible to whoever looks over a shoulder, and says nothing of people or cases. GUI thread.
"""

from collections.abc import Sequence
from decimal import Decimal, DivisionByZero, InvalidOperation

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.text import text

DAY_PLAN = (
    ("08.30", N_("Registration and coffee")),
    ("09.00", N_("Opening")),
    ("09.30", N_("First session")),
    ("10.45", N_("Break")),
    ("11.00", N_("Group work")),
    ("12.00", N_("Lunch and prayer")),
    ("13.00", N_("Second session")),
    ("14.30", N_("Questions and answers")),
    ("15.15", N_("Closing")),
)
KEYS = ("7", "8", "9", "÷", "4", "5", "6", "×", "1", "2", "3", "-", "C", "0", "=", "+")
_TYPED = {"/": "÷", "*": "×", "\r": "=", "\n": "=", "c": "C"}


class NeutralCover(QWidget):
    """Built with the window, so that hiding only has to show it."""

    def __init__(self, theme: Theme, lang: Language) -> None:
        super().__init__()
        self.setProperty("look", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("hide")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(lang.say(N_("Training-day planner")))
        self.sum = Calculator()
        outer = QVBoxLayout(self)
        outer.setContentsMargins(theme.space(10), theme.space(8), theme.space(10), theme.space(8))
        outer.setSpacing(theme.space(5))
        outer.addWidget(text(lang.say(N_("Training-day planner")), "title"))
        row = QHBoxLayout()
        row.setSpacing(theme.space(5))
        row.addWidget(_plan(theme, lang), 3, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._calculator(theme, lang), 2, Qt.AlignmentFlag.AlignTop)
        outer.addLayout(row)
        outer.addStretch(1)

    def begin(self) -> None:
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = _TYPED.get(event.text(), event.text())
        if key in KEYS and key:
            self._press(key)
            return
        super().keyPressEvent(event)

    def _calculator(self, theme: Theme, lang: Language) -> Card:
        card = Card(theme, lang.say(N_("Calculator")))
        self.display = text("0", "display")
        self.display.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        card.content.addWidget(self.display)
        grid = QGridLayout()
        grid.setSpacing(theme.space(2))
        for at, key in enumerate(KEYS):
            button = QPushButton(key)
            button.setAutoDefault(False)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.clicked.connect(lambda _on=False, key=key: self._press(key))
            grid.addWidget(button, at // 4, at % 4)
        card.content.addLayout(grid)
        return card

    def _press(self, key: str) -> None:
        self.sum.press(key)
        self.display.setText(self.sum.shown)


class Calculator:
    """Four operations, from left to right."""

    def __init__(self) -> None:
        self.shown = "0"
        self._held = Decimal(0)
        self._sign = ""
        self._fresh = True

    def press(self, key: str) -> None:
        """One of `KEYS`."""
        if key.isdigit():
            self.shown = key if self._fresh or self.shown == "0" else (self.shown + key)[:14]
            self._fresh = False
        elif key == "C":
            self.shown, self._held, self._sign, self._fresh = "0", Decimal(0), "", True
        else:
            self._settle()
            self._sign = "" if key == "=" else key
            self._fresh = True

    def _settle(self) -> None:
        try:
            now = Decimal(self.shown)
            result = {
                "+": lambda: self._held + now,
                "-": lambda: self._held - now,
                "×": lambda: self._held * now,
                "÷": lambda: self._held / now,
            }.get(self._sign, lambda: now)()
            self._held = round(result, 6)
            self.shown = f"{self._held.normalize():f}"
        except (DivisionByZero, InvalidOperation):
            self.shown, self._held, self._sign = "0", Decimal(0), ""


def _plan(theme: Theme, lang: Language, rows: Sequence[tuple[str, str]] = DAY_PLAN) -> Card:
    card = Card(theme, lang.say(N_("Plan of the day")))
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.space(5))
    grid.setVerticalSpacing(theme.space(3))
    grid.setColumnStretch(1, 1)
    for at, (time, what) in enumerate(rows):
        grid.addWidget(text(time, "strong"), at, 0)
        grid.addWidget(text(lang.say(what)), at, 1)
    card.content.addLayout(grid)
    return card
