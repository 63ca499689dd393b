"""A short message at the top right of a window; an error stays until it is closed. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.banner import ICONS, Kind
from migdesk.ui.widgets.buttons import icon_button
from migdesk.ui.widgets.text import text

SHOWN_MS = 4000
WIDTH = 440


class Toast(QFrame):
    """Goes away after four seconds, or when it is pressed, unless `stays`; follows the size of its host."""

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
        row.setContentsMargins(theme.space(3), theme.space(1), theme.space(1 if stays else 3), theme.space(1))
        row.setSpacing(theme.space(3 if stays else 2))
        picture = QLabel()
        size = theme.px(20 if stays else 16)
        picture.setPixmap(icons.pixmap(ICONS[kind], theme.color(kind), size, self.devicePixelRatioF()))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignVCenter)
        column = QVBoxLayout()
        column.setSpacing(theme.space(0.5))
        column.addWidget(text(words, "strong" if stays else "small", wrap=stays))
        if detail:
            column.addWidget(text(detail, wrap=True))
        row.addLayout(column, 1)
        if stays:
            close = icon_button(icons.icon("x", theme.color("ink")), close_name, self.dismiss)
            close.setObjectName("toast.close")
            row.addWidget(close, 0, Qt.AlignmentFlag.AlignVCenter)
        host.installEventFilter(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.dismiss)
        if not stays:
            self._timer.start(SHOWN_MS)

    def place(self, below: int = 0) -> int:
        """Put it under the bar, `below` pixels down from there; returns the pixels used up so far.

        What goes away by itself stands in the bar, where nothing is typed or pressed, if it fits into its free part.
        """
        bar, room = self._host.findChild(QWidget, "frame.bar"), self._host.findChild(QWidget, "frame.room")
        gap, hint = self._theme.space(2), self.sizeHint()
        if not self.stays and bar is not None and room is not None and hint.width() <= room.width() - gap:
            corner = room.mapTo(self._host, QPoint(room.width() - hint.width(), 0))
            self.setGeometry(corner.x(), (bar.height() - hint.height()) // 2, hint.width(), hint.height())
            self.raise_()
            return below
        side = self._theme.space(6)
        width = min(hint.width(), max(self._host.width() - 2 * side, 1))
        if self.stays:
            width = min(width, self._theme.px(WIDTH))
        layout = self.layout()
        wrapped = layout is not None and layout.hasHeightForWidth()
        height = layout.totalHeightForWidth(width) if layout is not None and wrapped else hint.height()
        top = (bar.height() if bar is not None else 0) + gap + below
        self.setGeometry(self._host.width() - width - side, top, width, height)
        self.raise_()
        return below + height + gap

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self.stays:
            self.dismiss()
        event.accept()

    def dismiss(self) -> None:
        self._host.removeEventFilter(self)
        self.hide()
        self._gone(self)
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._host and event.type() == QEvent.Type.Resize:
            self.place()
        return super().eventFilter(watched, event)
