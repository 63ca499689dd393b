"""What is shown instead of a workspace that the organisation had removed: plain words only. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.services.wiping import Removal
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.buttons import link, primary
from migdesk.ui.widgets.text import text


class RemovedPage(QWidget):
    """`removal` None: the order came, and the files could not be removed yet. Object names: `removed.words`,
    `removed.close`, `removed.new`."""

    def __init__(
        self,
        theme: Theme,
        lang: Language,
        removal: Removal | None,
        on_close: Callable[[], object],
        on_new: Callable[[], object],
    ) -> None:
        super().__init__()
        self._theme, self._lang = theme, lang
        say = lang.say
        outer = QVBoxLayout(self)
        outer.setContentsMargins(theme.space(6), theme.space(2), theme.space(6), theme.space(6))
        outer.addStretch(2)
        column = QVBoxLayout()
        column.setSpacing(theme.space(3))
        column.addWidget(text(say(N_("This workspace was removed by order of your organisation.")), "title", wrap=True))
        self.words = text("\n".join(self._words(removal)), wrap=True)
        self.words.setObjectName("removed.words")
        column.addWidget(self.words)
        self.told = text("", "muted", wrap=True)
        self.told.setObjectName("removed.told")
        column.addWidget(self.told)
        column.addSpacing(theme.space(2))
        row = QHBoxLayout()
        row.setSpacing(theme.space(4))
        done = primary(say(N_("Close")), on_close)
        done.setObjectName("removed.close")
        row.addWidget(done)
        if removal is not None:
            new = link(say(N_("Make a new workspace")), on_new)
            new.setObjectName("removed.new")
            row.addWidget(new)
        row.addStretch(1)
        column.addLayout(row)
        outer.addLayout(column)
        outer.addStretch(3)
        done.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_told(self, *, known: bool) -> None:
        """Whether the server knows that it is done."""
        say = self._lang.say
        if known:
            self.told.setText(say(N_("Your organisation knows that it is done.")))
        else:
            self.told.setText(say(N_("Your organisation is told as soon as MigDesk is opened with a network.")))

    def _words(self, removal: Removal | None) -> list[str]:
        lang = self._lang
        if removal is None:
            return [
                lang.say(N_("Not every file could be removed yet.")),
                lang.say(N_("It goes on when MigDesk is opened again.")),
            ]
        n = lang.number(removal.reviewed)
        lines = [lang.say(N_("Changes not yet sent: {n} went to the server for review."), n=n)]
        if removal.lost:
            lost = lang.number(removal.lost)
            lines.append(lang.say(N_("{n} changes had never left this laptop and are gone with it."), n=lost))
        return [*lines, lang.say(N_("If you did not expect this, speak with your supervisor."))]
