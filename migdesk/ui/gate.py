"""Passphrase, button, problem and the wait after wrong tries: one gate for the lock and the unlock window.

How long to wait is not decided here (`vault.waits`): the refusal says it.
"""

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.buttons import link, primary
from migdesk.ui.widgets.passphrase_field import PassphraseField
from migdesk.ui.widgets.text import text


def passphrase_field(theme: Theme, lang: Language, name: str = "") -> PassphraseField:
    """A passphrase field in the language of the moment."""
    return PassphraseField(
        theme,
        name or lang.say(N_("Passphrase")),
        show=lang.say(N_("Show the passphrase")),
        hide=lang.say(N_("Hide the passphrase")),
        caps=lang.say(N_("Caps Lock is on.")),
    )


class Gate(QWidget):
    """`tried(passphrase)` when the person asks to open; whoever made the gate answers with `refused` or `opened`.

    Object names: `<prefix>.passphrase`, `<prefix>.open`, `<prefix>.problem`, `<prefix>.forgot`.
    """

    def __init__(
        self,
        theme: Theme,
        lang: Language,
        words: str,
        prefix: str,
        tried: Callable[[str], None],
        forgot: Callable[[], None],
    ) -> None:
        super().__init__()
        self._lang, self._words, self._tried = lang, words, tried
        self._left = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(2))
        label = text(lang.say(N_("Passphrase")), "label")
        column.addWidget(label)
        self.field = passphrase_field(theme, lang)
        self.field.line.setObjectName(f"{prefix}.passphrase")
        self.field.entered.connect(self._try)
        label.setBuddy(self.field.line)
        column.addWidget(self.field)
        self.problem = text("", "problem", wrap=True)
        self.problem.setObjectName(f"{prefix}.problem")
        self.problem.hide()
        column.addWidget(self.problem)
        column.addSpacing(theme.space(1))
        self.button = primary(words, self._try)
        self.button.setObjectName(f"{prefix}.open")
        column.addWidget(self.button)
        self.forgot = link(lang.say(N_("Forgotten the passphrase?")), forgot)
        self.forgot.setObjectName(f"{prefix}.forgot")
        left = QHBoxLayout()
        left.addWidget(self.forgot)
        left.addStretch(1)
        column.addLayout(left)
        self._timer = QTimer(self)
        self._timer.setInterval(1000)
        self._timer.timeout.connect(self._tick)

    def begin(self) -> None:
        """It was just shown."""
        self.field.clear()
        if not self._left:
            self._say("")
        self.field.setFocus()

    def busy(self) -> None:
        self.button.setEnabled(False)
        self.field.line.setReadOnly(True)
        self.button.setText(self._lang.say(N_("Opening…")))

    def refused(self, message: str, hint: str = "", wait_s: int = 0) -> None:
        """Wrong: say so, and make the next try wait that long."""
        self._ready()
        self.field.clear()
        self.field.set_wrong(True)
        self._say(f"{message} {hint}".strip())
        if wait_s:
            self.hold(wait_s)
        else:
            self.field.setFocus()

    def hold(self, seconds: int) -> None:
        """No try for so long; 0 ends a wait."""
        self._left = seconds
        if seconds:
            self._timer.start()
            self._tick()
        elif self._timer.isActive():
            self._timer.stop()
            self._ready()

    @property
    def left(self) -> int:
        """Seconds until the next try."""
        return self._left + 1 if self._timer.isActive() else 0

    def failed(self, message: str, hint: str = "") -> None:
        """Something else than the passphrase is in the way; no wait."""
        self._ready()
        self._say(f"{message} {hint}".strip())

    def opened(self) -> None:
        self._left = 0
        self._timer.stop()
        self._ready()
        self.field.clear()
        self.field.set_wrong(False)
        self._say("")

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))

    def _ready(self) -> None:
        self.button.setEnabled(True)
        self.field.line.setReadOnly(False)
        self.button.setText(self._words)

    def _try(self) -> None:
        if self.button.isEnabled() and self.field.text():
            self._tried(self.field.text())

    def _tick(self) -> None:
        if self._left <= 0:
            self._timer.stop()
            self._ready()
            self.field.setFocus()
            return
        self.button.setEnabled(False)
        self.button.setText(self._lang.many(N_("Wait {n} second"), N_("Wait {n} seconds"), self._left))
        self._left -= 1
