"""What the last syncs did, as a table. GUI thread."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from migdesk.i18n.markers import N_
from migdesk.services.sync_words import WORDS, trouble_of
from migdesk.services.syncing import SyncNote
from migdesk.ui.models.rows import Column, RowsModel
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.text import text
from migdesk.ui.work.fitted_table import FittedTable
from migdesk.ui.work.pages import tame
from migdesk.ui.work.row_delegate import RowDelegate

MOST_ROWS = 8


@dataclass(frozen=True, slots=True)
class _Row:
    note: SyncNote

    @property
    def id(self) -> datetime:
        return self.note.at


class HistoryCard(Card):
    """Newest first; a lesson before the first sync."""

    def __init__(self, ctx: ScreenContext) -> None:
        say, theme = ctx.lang.say, ctx.theme
        super().__init__(theme, say(N_("What happened so far")))
        self._ctx = ctx
        self.model = RowsModel(_columns(ctx), self)
        self.table = FittedTable(theme, self.model, say(N_("What happened so far")), spare=(5, 6, 4))
        self.table.setObjectName("sync.history")
        self.table.setItemDelegate(RowDelegate(theme, self.table, strong=-1, quiet=(2, 3, 4, 5, 6)))
        self.table.fit_columns(theme, 190, 0, 100, 100, 150, 90, 100)
        self.lesson = text(say(N_("No sync yet. It appears here with what was sent and received.")), "muted", wrap=True)
        self.content.addWidget(self.lesson)
        self.content.addWidget(self.table)
        tame(self)

    def show_notes(self, notes: Sequence[SyncNote]) -> None:
        rows = [_Row(note) for note in notes]
        self.model.set_rows(rows)
        self.lesson.setVisible(not rows)
        self.table.setVisible(bool(rows))
        theme = self._ctx.theme
        header = self.table.horizontalHeader().sizeHint().height()
        self.table.setFixedHeight(header + min(len(rows), MOST_ROWS) * theme.size("row") + theme.space(1))


def _columns(ctx: ScreenContext) -> list[Column]:
    lang = ctx.lang
    say = lang.say

    def number(name: str) -> Column:
        titles = {"sent": N_("Sent"), "received": N_("Received"), "conflicts": N_("To decide")}
        return Column(say(titles[name]), lambda row: lang.number(getattr(row.note, name)), right=True)

    def size(row: _Row) -> str:
        return say(N_("{count} KB"), count=lang.number(round((row.note.bytes_up + row.note.bytes_down) / 1024, 1)))

    def outcome(row: _Row) -> str:
        trouble = trouble_of(row.note.error)
        if not trouble:
            return say(N_("done, in a room")) if row.note.in_room else say(N_("done"))
        return WORDS[trouble].sentence(lang) if trouble in WORDS else say(row.note.error)

    return [
        Column(say(N_("When")), lambda row: lang.moment(row.note.at)),
        Column(say(N_("Outcome")), outcome, tone=lambda row: "warning" if row.note.error else "success"),
        number("sent"),
        number("received"),
        number("conflicts"),
        Column(say(N_("Size")), size, right=True),
        Column(say(N_("Took")), lambda row: lang.duration(row.note.seconds), right=True),
    ]
