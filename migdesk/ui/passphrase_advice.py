"""Under the field of a new passphrase: how hard it is to guess, and what would make it harder. GUI thread."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QProgressBar, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.passphrase_field import PassphraseField
from migdesk.ui.widgets.text import text

if TYPE_CHECKING:
    from migdesk.services.passphrases import Quality

AFTER_MS = 250
"""How long the typing must rest before it is judged."""
_LEVELS = (N_("Very easy to guess."), N_("Very easy to guess."), N_("Easy to guess."), N_("Good."), N_("Strong."))
_LOOKS = ("problem", "problem", "problem", "help", "help")


class PassphraseAdvice(QWidget):
    """`judge(typed, done)` estimates away from the GUI thread; an answer about something typed before is dropped."""

    def __init__(
        self,
        theme: Theme,
        lang: Language,
        field: PassphraseField,
        judge: Callable[[str, Callable[["Quality"], None]], None],
    ) -> None:
        super().__init__()
        self._lang, self._field, self._judge = lang, field, judge
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        self.bar = QProgressBar()
        self.bar.setRange(0, len(_LEVELS) - 1)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(lang.say(N_("How hard the passphrase is to guess")))
        self.bar.setObjectName("passphrase.strength")
        column.addWidget(self.bar)
        self.words = text("", "help", wrap=True)
        self.words.setObjectName("passphrase.advice")
        column.addWidget(self.words)
        self._rest = QTimer(self, singleShot=True, interval=AFTER_MS)
        self._rest.timeout.connect(self._ask)
        field.line.textChanged.connect(self._typed)
        self._typed(field.text())

    def _typed(self, typed: str) -> None:
        if typed:
            self._rest.start()
            return
        self._rest.stop()
        self.bar.setValue(0)
        advice = N_("Four or more words that have nothing to do with each other: easy to keep in mind, hard to guess.")
        self._say(self._lang.say(advice), "help")

    def _ask(self) -> None:
        typed = self._field.text()

        def done(quality: "Quality") -> None:
            if typed == self._field.text():
                self._show(quality)

        if typed:
            self._judge(typed, done)

    def _show(self, quality: "Quality") -> None:
        self.bar.setValue(quality.level)
        self._say(
            " ".join(self._lang.say(one) for one in (_LEVELS[quality.level], *quality.advice)), _LOOKS[quality.level]
        )

    def _say(self, words: str, look: str) -> None:
        self.words.setText(words)
        if self.words.property("look") != look:
            self.words.setProperty("look", look)
            self.words.style().unpolish(self.words)
            self.words.style().polish(self.words)
