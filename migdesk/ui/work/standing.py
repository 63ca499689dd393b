"""Shows how a record stands: a column of a list, a line on its page, and the way to its open questions. GUI thread."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.standing import Standing, standing_of
from migdesk.ui import icons
from migdesk.ui.models.rows import Column
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import secondary
from migdesk.ui.widgets.text import text

COLUMN_WIDTH = 185


def standing_column(ctx: ScreenContext, of: Callable[[Any], Standing]) -> Column:
    """Icon and a word or two; a screen reader hears the words."""
    lang = ctx.lang

    def icon(row: Any) -> tuple[str, str]:
        found = of(row)
        return found.icon, found.tone

    return Column(lang.say(N_("Sync")), lambda row: lang.say(of(row).brief), icon=icon)


def of_about(row: Any) -> Standing:
    """How a row with an `about` stands."""
    return standing_of(row.about.state, row.about.conflicts)


def standing_line(ctx: ScreenContext, standing: Standing, name: str) -> QWidget:
    """Icon and words in one line, for the page of a record."""
    theme, line = ctx.theme, QWidget()
    row = QHBoxLayout(line)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.space(1.5))
    picture = QLabel()
    picture.setPixmap(icons.pixmap(standing.icon, theme.color(standing.tone), theme.px(16), line.devicePixelRatioF()))
    row.addWidget(picture)
    words = text(ctx.lang.say(standing.words), "help", wrap=True)
    words.setObjectName(name)
    words.setAccessibleName(ctx.lang.say(standing.words))
    row.addWidget(words, 1)
    return line


class DecideBanner(Banner):
    """Stands over a record with open questions and leads to them; hidden where there are none."""

    def __init__(self, ctx: ScreenContext) -> None:
        look = secondary(ctx.lang.say(N_("Decide…")), self._go)
        look.setObjectName("record.decide")
        super().__init__(ctx.theme, "warning", "", look, icon="git-merge")
        self._ctx = ctx
        self._record: UUID | None = None
        self.hide()

    def show_open(self, record: UUID | None, conflicts: int) -> None:
        """So many questions about this record are open."""
        self._record = record
        words = self._ctx.lang.many(
            N_("{n} answer here was changed by two people at once. Both are kept until somebody decides."),
            N_("{n} answers here were changed by two people at once. Both are kept until somebody decides."),
            conflicts,
        )
        self.set_words(words)
        self.setVisible(bool(conflicts) and record is not None)

    def _go(self) -> None:
        self._ctx.navigate("sync", self._record, {"page": "conflicts"})
