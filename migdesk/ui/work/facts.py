"""Small pieces of reading: label and value pairs, entries that lead somewhere, a line of badges. GUI thread."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QLayout, QSizePolicy, QVBoxLayout, QWidget

from migdesk.ui import icons
from migdesk.ui.palette import colour
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.badge import Tone, badge
from migdesk.ui.widgets.text import text


def pill(theme: Theme, words: str, tone: Tone = "plain") -> QLabel:
    """A badge tall enough for its round ends."""
    made = badge(words, tone)
    made.setMinimumHeight(theme.space(5.5))
    made.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return made


def clear(column: QLayout) -> None:
    """Take everything out of a layout and let it go."""
    while (item := column.takeAt(0)) is not None:
        if (widget := item.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        elif (inner := item.layout()) is not None:
            clear(inner)


def appear(column: QLayout) -> None:
    """Show what was just put into a layout that is seen already; Qt alone would do so a moment later."""
    for at in range(column.count()):
        item = column.itemAt(at)
        widget, inner = (item.widget(), item.layout()) if item is not None else (None, None)
        if widget is not None:
            widget.show()
        elif inner is not None:
            appear(inner)


def at_left(widget: QWidget) -> QWidget:
    """A widget of its natural width at the left, instead of one as wide as the card."""
    box = QWidget()
    row = QHBoxLayout(box)
    row.setContentsMargins(0, 0, 0, 0)
    row.addWidget(widget)
    row.addStretch(1)
    return box


class Facts(QWidget):
    """Each label small above its value; pairs without a value are left out."""

    def __init__(self, theme: Theme, pairs: Sequence[tuple[str, str]]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(3))
        for label, value in pairs:
            if value:
                pair = QVBoxLayout()
                pair.setSpacing(0)
                pair.addWidget(text(label, "help"))
                words = text(value, wrap=True)
                words.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                pair.addWidget(words)
                column.addLayout(pair)


class Entry(QFrame):
    """A row that leads somewhere: icon, headline, second line, something at the right. Enter, Space or a click."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        headline: str,
        second: str = "",
        *,
        right: Sequence[QWidget] = (),
        on_open: Callable[[], object] | None = None,
        tint: str = "muted",
    ) -> None:
        super().__init__()
        self._theme, self._on_open, self._over = theme, on_open, False
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.space(2), theme.space(2), theme.space(2), theme.space(2))
        row.setSpacing(theme.space(3))
        picture = QLabel()
        picture.setPixmap(icons.pixmap(icon, theme.color(tint), theme.px(20), self.devicePixelRatioF()))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        self.headline = text(headline, "strong", wrap=True)
        words.addWidget(self.headline)
        if second:
            words.addWidget(text(second, "help", wrap=True))
        row.addLayout(words, 1)
        for one in right:
            row.addWidget(one, 0, Qt.AlignmentFlag.AlignVCenter)
        if on_open is not None:
            arrow = QLabel()
            arrow.setPixmap(icons.pixmap("chevron-right", theme.color("muted"), theme.px(18), self.devicePixelRatioF()))
            row.addWidget(arrow, 0, Qt.AlignmentFlag.AlignVCenter)
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)
            self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setAccessibleName(" ".join(part for part in (headline, second) if part))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._on_open and event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.pos()):
            self._on_open()
            return
        super().mouseReleaseEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self._on_open and event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space}:
            self._on_open()
            return
        super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._on_open is None or not (self.underMouse() or self.hasFocus()):
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if self.underMouse():
            painter.setBrush(colour(self._theme, "hover"))
        if self.hasFocus():
            pen = painter.pen()
            pen.setStyle(Qt.PenStyle.SolidLine)
            pen.setWidth(2)
            pen.setColor(colour(self._theme, "focus"))
            painter.setPen(pen)
        radius = self._theme.size("small_radius")
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), radius, radius)
        painter.end()


class Stack(QWidget):
    """Widgets one below the other with a thin line between."""

    def __init__(self, theme: Theme, parts: Sequence[QWidget]) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        for number, part in enumerate(parts):
            if number:
                rule = QFrame()
                rule.setProperty("look", "rule")
                column.addWidget(rule)
            column.addWidget(part)
        column.addStretch(1)
