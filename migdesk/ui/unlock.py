"""The first window: choose a workspace and give its passphrase, or make a workspace. GUI thread.

It is painted before anything heavy is imported, so nothing here may import services, and nothing it imports either.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from PySide6.QtCore import QTimer
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui import icons
from migdesk.ui.gate import Gate
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.buttons import link
from migdesk.ui.widgets.picker import Picker
from migdesk.ui.widgets.text import text

LANGUAGES = (("id", "Bahasa Indonesia"), ("en", "English"))
"""Each language is named in itself, so this is not translated."""


class UnlockActs(NamedTuple):
    """What the window asks for."""

    open: Callable[[Path, str], None]
    new: Callable[[], None]
    speak: Callable[[str], None]
    choose: Callable[[Path], None]
    destroy: Callable[[Path], None]
    forgot: Callable[[Path], None]


class UnlockWindow(QFrame):
    """`painted()` once, right after the first paint. The page at the right is the gate, or whatever `show_page` put
    there (the form of a new workspace)."""

    def __init__(
        self,
        theme: Theme,
        lang: Language,
        homes: Sequence[Path],
        chosen: Path,
        acts: "UnlockActs",
        painted: Callable[[], None],
    ) -> None:
        super().__init__()
        self.theme, self.lang = theme, lang
        self._painted: Callable[[], None] | None = painted
        self._acts = acts
        self.homes, self.chosen = list(homes), chosen
        self.gate: Gate | None = None
        self.setObjectName("unlock")
        self.setProperty("look", "canvas")
        self.setWindowTitle("MigDesk")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._page: QWidget | None = None
        self._build()
        self.resize(theme.px(940), theme.px(620))

    def show_gate(self) -> None:
        """Ask for the passphrase of the chosen workspace."""
        self._build()

    def offer(self, homes: Sequence[Path]) -> None:
        """Let the person choose among these from now on."""
        self.homes = list(homes)
        if self.homes and self.chosen not in self.homes:
            self.chosen = self.homes[0]
        self._build()

    def show_page(self, page: QWidget) -> None:
        """Show something else at the right."""
        self.gate = None
        self._set_page(page)

    def set_language(self, theme: Theme, lang: Language) -> None:
        """Say everything in another language; what is typed stays."""
        typed = self.gate.field.text() if self.gate is not None else ""
        left = self.gate.left if self.gate is not None else 0
        self.theme, self.lang = theme, lang
        self._build()
        if self.gate is not None:
            self.gate.field.line.setText(typed)
            self.gate.hold(left)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._painted is not None:
            # After the event that paints the children too.
            QTimer.singleShot(0, self._painted)
            self._painted = None

    def _build(self) -> None:
        while self._row.count():
            item = self._row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        self._row.addWidget(self._side(), 2)
        self._page = QWidget()
        self._row.addWidget(self._page, 3)
        self._set_page(self._gate_page() if self.homes else self._welcome())

    def _set_page(self, page: QWidget) -> None:
        frame = QWidget()
        column = QVBoxLayout(frame)
        column.setContentsMargins(0, self.theme.space(3), self.theme.space(3), 0)
        column.setSpacing(0)
        column.addLayout(self._languages())
        column.addWidget(page, 1)
        if self._page is not None:
            self._row.replaceWidget(self._page, frame)
            self._page.hide()
            self._page.deleteLater()
        self._page = frame
        self._row.setStretch(0, 2)
        self._row.setStretch(1, 3)

    def _side(self) -> QWidget:
        theme, say = self.theme, self.lang.say
        side = QFrame()
        side.setProperty("look", "side")
        column = QVBoxLayout(side)
        column.setContentsMargins(theme.space(9), theme.space(10), theme.space(8), theme.space(9))
        column.setSpacing(theme.space(3))
        picture = QLabel()
        picture.setPixmap(icons.pixmap("heart-handshake", theme.color("on_side"), theme.px(44), 2.0))
        column.addWidget(picture)
        column.addWidget(text("MigDesk", "side_title"))
        lead = say(N_("Counselling, cases and training, with or without a network."))
        column.addWidget(text(lead, "side", wrap=True))
        column.addStretch(1)
        safe = say(N_("Everything on this laptop is encrypted. Only your passphrase opens it."))
        column.addWidget(text(safe, "side_small", wrap=True))
        return side

    def _languages(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(self.theme.space(1))
        row.addStretch(1)
        for code, words in LANGUAGES:
            button = QPushButton(words)
            button.setProperty("look", "missing")
            button.setCheckable(True)
            button.setChecked(code == self.lang.code)
            button.setAutoDefault(False)
            button.setObjectName(f"unlock.language.{code}")
            button.setAccessibleName(words)
            button.clicked.connect(lambda _on=False, code=code: self._acts.speak(code))
            row.addWidget(button)
        return row

    def _gate_page(self) -> QWidget:
        theme, say, acts = self.theme, self.lang.say, self._acts
        page, column = centred(theme, 380)
        column.addWidget(text(say(N_("Welcome back")), "title", wrap=True))
        column.addWidget(text(say(N_("Choose your workspace and type its passphrase.")), "muted", wrap=True))
        column.addSpacing(theme.space(3))
        column.addWidget(text(say(N_("Workspace")), "label"))
        options = [(str(home), home.name) for home in self.homes]
        self.picker = Picker(theme, options, str(self.chosen), say(N_("Workspace")))
        self.picker.setObjectName("unlock.workspace")
        self.picker.picked.connect(self._choose)
        column.addWidget(self.picker)
        column.addSpacing(theme.space(1))
        self.gate = Gate(
            theme, self.lang, say(N_("Open")), "unlock",
            lambda words: acts.open(self.chosen, words), lambda: acts.forgot(self.chosen),
        )  # fmt: skip
        column.addWidget(self.gate)
        other = link(say(N_("Make a new workspace")), acts.new)
        other.setObjectName("unlock.new")
        left = QHBoxLayout()
        left.addWidget(other)
        left.addStretch(1)
        # No theme's danger colour: it must be found by who looks for it, and draw nobody's eye.
        gone = link(say(N_("Destroy this workspace…")), lambda: acts.destroy(self.chosen))
        gone.setObjectName("unlock.destroy")
        left.addWidget(gone)
        column.addLayout(left)
        QTimer.singleShot(0, self.gate.field, self.gate.field.setFocus)
        return page

    def _welcome(self) -> QWidget:
        page, column = centred(self.theme, 380)
        column.addWidget(text(self.lang.say(N_("Preparing your first workspace…")), "muted", wrap=True))
        return page

    def _choose(self, home: str) -> None:
        self.chosen = Path(home)
        if self.gate is not None:
            self.gate.hold(0)
            self.gate.field.setFocus()
        self._acts.choose(self.chosen)


def centred(theme: Theme, width: int) -> tuple[QWidget, QVBoxLayout]:
    """A page whose column stands in the middle, and that column."""
    page = QWidget()
    outer = QVBoxLayout(page)
    outer.setContentsMargins(theme.space(6), theme.space(2), theme.space(6), theme.space(6))
    outer.addStretch(2)
    inner = QWidget()
    inner.setFixedWidth(theme.px(width))
    column = QVBoxLayout(inner)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(theme.space(2))
    middle = QHBoxLayout()
    middle.addStretch(1)
    middle.addWidget(inner)
    middle.addStretch(1)
    outer.addLayout(middle)
    outer.addStretch(3)
    return page, column
