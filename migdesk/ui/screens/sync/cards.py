"""Cards of the sync screen: connecting to a server, and what happened so far. GUI thread."""

from collections.abc import Sequence

from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.syncing import SyncNote
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.presenter import SyncPresenter
from migdesk.ui.screens.sync.state import SyncState
from migdesk.ui.widgets.badge import badge
from migdesk.ui.widgets.buttons import primary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.text import text

SCHEME = "https://"
MOST_NOTES = 10
WIDTHS = (160, 80, 80, 90, 60)


class ConnectCard(Card):
    """Address and one-time code; gone once the laptop is enrolled."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        say, theme = ctx.lang.say, ctx.theme
        intro = say(N_("Your supervisor gives you an address and a code that works once, within three days."))
        super().__init__(theme, say(N_("Connect this laptop to a server")), intro=intro)
        self._presenter = presenter
        self._ctx = ctx
        row = QHBoxLayout()
        row.setSpacing(theme.space(4))
        self.url = self._field(row, say(N_("Address of the server")), "sync.url", 3)
        self.url.setPlaceholderText(SCHEME)
        self.code = self._field(row, say(N_("One-time code")), "sync.code", 2)
        self.button = primary(say(N_("Connect")), presenter.enrol)
        self.button.setObjectName("sync.enrol")
        column = QVBoxLayout()
        column.addStretch(1)
        column.addWidget(self.button)
        row.addLayout(column)
        self.content.addLayout(row)
        for line in (self.url, self.code):
            line.textEdited.connect(lambda _text: presenter.type_in(self.url.text(), self.code.text()))
            line.returnPressed.connect(presenter.enrol)
        self.hide()

    def show_state(self, state: SyncState) -> None:
        self.setVisible(state.status is not None and not state.status.enrolled)
        self.button.setEnabled(not state.work)
        for line, typed in zip((self.url, self.code), state.typed, strict=True):
            if line.text() != typed:
                line.setText(typed)

    def _field(self, row: QHBoxLayout, label: str, name: str, stretch: int) -> QLineEdit:
        column = QVBoxLayout()
        column.setSpacing(self._ctx.theme.space(1))
        line = QLineEdit()
        line.setObjectName(name)
        line.setAccessibleName(label)
        words = text(label, "label")
        words.setBuddy(line)
        column.addWidget(words)
        column.addWidget(line)
        row.addLayout(column, stretch)
        return line


class HistoryCard(Card):
    """The last syncs, newest first."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx.theme, ctx.lang.say(N_("What happened so far")))
        self._ctx = ctx
        self._table: QWidget | None = None
        self.show_notes(())

    def show_notes(self, notes: Sequence[SyncNote]) -> None:
        theme, say, lang = self._ctx.theme, self._ctx.lang.say, self._ctx.lang
        if self._table is not None:
            self.content.removeWidget(self._table)
            self._table.hide()
            self._table.deleteLater()
        self._table = QWidget()
        grid = QGridLayout(self._table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.space(5))
        grid.setVerticalSpacing(theme.space(2))
        grid.setColumnStretch(5, 1)
        if not notes:
            none_yet = say(N_("No sync yet. It appears here with what was sent and received."))
            grid.addWidget(text(none_yet, "muted", wrap=True), 0, 0, 1, 6)
        else:
            heads = (N_("When"), N_("Sent"), N_("Received"), N_("Took"), N_("Outcome"))
            for column, words in enumerate(heads):
                grid.addWidget(text(say(words), "help"), 0, column)
                grid.setColumnMinimumWidth(column, theme.px(WIDTHS[column]))
        for row, note in enumerate(notes[:MOST_NOTES], 1):
            cells = (
                lang.moment(note.at),
                lang.number(note.sent),
                lang.number(note.received),
                lang.duration(note.seconds),
            )
            for column, words in enumerate(cells):
                grid.addWidget(text(words), row, column)
            if note.error:
                grid.addWidget(text(say(note.error), wrap=True), row, 4, 1, 2)
            else:
                grid.addWidget(badge(say(N_("done")), "success"), row, 4)
        self.content.addWidget(self._table)
