"""The line at the bottom: what waits to be sent, when the last sync worked, what is wrong. Always there. GUI thread."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.services.sync_words import RUNNING, Facts, assess
from migdesk.services.syncing import SyncStatus
from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.buttons import link
from migdesk.ui.widgets.elided import ElidedLabel
from migdesk.ui.widgets.text import text


@dataclass(frozen=True, slots=True)
class FrameStatus:
    """`problem` is a translated sentence or empty; `enrolled` tells whether a server is known at all."""

    waiting: int = 0
    last_success: datetime | None = None
    problem: str = ""
    enrolled: bool = False
    conflicts: int = 0
    busy: str = ""
    tone: str = "warning"


QUIET = frozenset({"well", "waiting", "running", "first", "not_enrolled", "review"})
"""What the rest of the line says already."""


def frame_status(status: SyncStatus, found: Facts, lang: Language, backup_trouble: str = "") -> FrameStatus:
    """What the line shows of how sync stands, and of what stood in the way of a backup if sync has nothing to say."""
    worst = next((plain for plain in assess(found) if plain.key not in QUIET), None)
    return FrameStatus(
        waiting=status.waiting,
        last_success=status.last_success,
        problem=worst.sentence(lang) if worst is not None else lang.say(backup_trouble),
        enrolled=status.enrolled,
        conflicts=status.conflicts,
        busy=RUNNING.sentence(lang) if found.running else "",
        tone=worst.tone if worst is not None else "warning",
    )


class StatusLine(QFrame):
    """Words first; the icon only repeats them."""

    def __init__(
        self,
        theme: Theme,
        lang: Language,
        now: Callable[[], datetime],
        on_sync: Callable[[], None],
        on_decide: Callable[[], None],
    ) -> None:
        super().__init__()
        self.setProperty("look", "status")
        self.setObjectName("frame.status")
        self._theme, self._lang, self._now = theme, lang, now
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.space(6), theme.space(1), theme.space(4), theme.space(1))
        row.setSpacing(theme.space(2))
        self._icons = [QLabel(), QLabel(), QLabel()]
        self.waiting = text("", "small")
        self.waiting.setObjectName("status.waiting")
        self.last = ElidedLabel("", "help")
        self.last.setObjectName("status.last_sync")
        self.problem = ElidedLabel("", "small")
        self.problem.setObjectName("status.problem")
        for picture, words in zip(self._icons, (self.waiting, self.last, self.problem), strict=True):
            row.addWidget(picture)
            row.addWidget(words)
            row.addSpacing(theme.space(3))
        row.addStretch(0)
        self.decide = link("", on_decide)
        self.decide.setObjectName("status.decide")
        row.addWidget(self.decide)
        row.addSpacing(theme.space(2))
        self.go = link(lang.say(N_("Open sync")), on_sync)
        self.go.setObjectName("status.open_sync")
        row.addWidget(self.go)
        self.show_status(FrameStatus())

    def show_status(self, status: FrameStatus) -> None:
        say = self._lang.say
        if status.waiting:
            words = self._lang.many(
                N_("{n} change waits to be sent"), N_("{n} changes wait to be sent"), status.waiting
            )
        else:
            words = say(N_("Nothing waits to be sent"))
        self.waiting.setText(words)
        self._picture(
            0, "cloud-upload" if status.waiting else "cloud-check", "warning" if status.waiting else "success"
        )
        self.last.setText(self._last(status))
        self._picture(1, "clock", "muted")
        self.problem.setText(status.problem)
        self._picture(2, "alert-circle" if status.tone == "danger" else "alert-triangle", status.tone)
        for part in (self.problem, self._icons[2]):
            part.setVisible(bool(status.problem))
        words = self._lang.many(
            N_("{n} value needs your decision"), N_("{n} values need your decision"), status.conflicts
        )
        self.decide.setText(say(N_("Decide ({count})"), count=self._lang.number(status.conflicts)))
        self.decide.setAccessibleName(words)
        self.decide.setToolTip(words)
        self.decide.setVisible(bool(status.conflicts))

    def _last(self, status: FrameStatus) -> str:
        if status.busy:
            return status.busy
        if status.last_success is not None:
            when = self._lang.ago(status.last_success, self._now())
            return self._lang.say(N_("Last sync: {when}"), when=when)
        if status.enrolled:
            return self._lang.say(N_("Not synced yet"))
        return self._lang.say(N_("Works without a server until it is enrolled"))

    def _picture(self, at: int, name: str, color: str) -> None:
        self._icons[at].setPixmap(icons.pixmap(name, self._theme.color(color), self._theme.px(16), 2.0))
