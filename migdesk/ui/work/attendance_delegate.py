"""Paints a row of the attendance list with its four choices, and takes clicks on them. GUI thread."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QAbstractItemModel, QEvent, QModelIndex, QPersistentModelIndex, QPointF, QRectF, Qt
from PySide6.QtGui import QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget

from migdesk.ui.models.attendance import NAME, STATUS, STATUS_ROLE
from migdesk.ui.palette import colour, font
from migdesk.ui.theme import Theme
from migdesk.ui.work.row_delegate import RowDelegate

Index = QModelIndex | QPersistentModelIndex
_FILLS = {"present": "success", "late": "warning", "excused": "info", "absent": "danger"}


class AttendanceDelegate(RowDelegate):
    """`letters` gives the key of each status; `on_click(row, status)` when one is pressed with the mouse."""

    def __init__(
        self, theme: Theme, parent: QWidget, letters: Mapping[str, str], on_click: Callable[[int, str], None]
    ) -> None:
        super().__init__(theme, parent, strong=NAME, quiet=(0, 2, 3))
        self._letters, self._on_click = dict(letters), on_click

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        if index.column() != STATUS:
            super().paint(painter, option, index)
            return
        self.paint_ground(painter, option, index)
        chosen = index.data(STATUS_ROLE)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for status, box in self._boxes(QRectF(option.rect)).items():
            self._box(painter, box, self._letters[status], _FILLS[status] if status == chosen else "")
        painter.restore()

    def editorEvent(self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index) -> bool:
        pressed = event.type() == QEvent.Type.MouseButtonRelease and isinstance(event, QMouseEvent)
        if pressed and index.column() == STATUS and isinstance(event, QMouseEvent):
            for status, box in self._boxes(QRectF(option.rect)).items():
                if box.contains(QPointF(event.position())):
                    self._on_click(index.row(), status)
                    return True
        return super().editorEvent(event, model, option, index)

    def _boxes(self, rect: QRectF) -> dict[str, QRectF]:
        """Where each choice stands in a cell."""
        width, height, gap = self._theme.space(10), self._theme.space(7), self._theme.space(1.5)
        left, top = rect.left() + self._theme.space(3), rect.center().y() - height / 2
        return {
            status: QRectF(left + number * (width + gap), top, width, height)
            for number, status in enumerate(self._letters)
        }

    def _box(self, painter: QPainter, box: QRectF, letter: str, fill: str) -> None:
        theme = self._theme
        radius = theme.size("small_radius")
        if fill:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour(theme, fill))
        else:
            painter.setPen(QPen(colour(theme, "line"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), radius, radius)
        painter.setFont(font(theme, "strong" if fill else "body"))
        painter.setPen(colour(theme, "surface" if fill else "muted"))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), letter)
