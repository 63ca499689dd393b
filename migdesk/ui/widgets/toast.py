"""A short message in the lower right corner of a window; an error stays until it is closed. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.banner import ICONS, Kind
from migdesk.ui.widgets.buttons import icon_button
from migdesk.ui.widgets.text import text

SHOWN_MS = 4000
WIDTH = 440

SHORT = 44
"""Words of at most so many letters stay on one line."""


class Toast(QFrame):
    """Goes away after four seconds unless `stays`; follows the size of its host."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        kind: Kind,
        words: str,
        detail: str,
        close_name: str,
        *,
        stays: bool,
        gone: Callable[["Toast"], None],
    ) -> None:
        super().__init__(host)
        self._host, self._theme, self._gone = host, theme, gone
        self.words, self.stays = words, stays
        self.setProperty("look", kind)
        self.setObjectName(f"toast.{kind}")
        self.setAccessibleName(" ".join(part for part in (words, detail) if part))
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.space(3), theme.space(1), theme.space(1), theme.space(1))
        row.setSpacing(theme.space(3))
        picture = QLabel()
        picture.setPixmap(icons.pixmap(ICONS[kind], theme.color(kind), theme.px(20), self.devicePixelRatioF()))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout()
        column.setSpacing(theme.space(0.5))
        short = not detail and len(words) <= SHORT
        column.addWidget(text(words, "strong", wrap=not short))
        if detail:
            column.addWidget(text(detail, wrap=True))
        row.addLayout(column, 1)
        close = icon_button(icons.icon("x", theme.color("ink")), close_name, self.dismiss)
        close.setObjectName("toast.close")
        row.addWidget(close, 0, Qt.AlignmentFlag.AlignVCenter)
        host.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        if not stays:
            self._timer.start(SHOWN_MS)

    def place(self, above: int = 0) -> int:
        """Put it into the lower right corner, `above` pixels up; returns the pixels used up so far.

        As narrow as its words allow: whoever types on must not be covered.
        """
        gap = self._theme.space(4)
        room = max(self._host.width() - 2 * gap, 1)
        width = min(self.sizeHint().width(), self._theme.px(WIDTH), room)
        layout = self.layout()
        wrapped = layout is not None and layout.hasHeightForWidth()
        height = layout.totalHeightForWidth(width) if layout is not None and wrapped else self.sizeHint().height()
        self.setGeometry(
            self._host.width() - width - gap,
            self._host.height() - height - self._theme.space(12) - above,
            width,
            height,
        )
        self.raise_()
        return above + height + self._theme.space(2)

    def dismiss(self) -> None:
        self._host.removeEventFilter(self)
        self.hide()
        self._gone(self)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)
