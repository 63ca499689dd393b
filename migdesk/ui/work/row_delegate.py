"""Paints cells of a list: room around the text, badges where the model gives a tone. GUI thread."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPixmap
from PySide6.QtWidgets import QApplication, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from migdesk.ui import icons
from migdesk.ui.models.rows import ICON_ROLE, TONE_ROLE
from migdesk.ui.palette import colour, font
from migdesk.ui.theme import Theme

Index = QModelIndex | QPersistentModelIndex
_FILLS = {
    "plain": ("sunken", "ink"),
    "accent": ("accent_soft", "accent_strong"),
    "success": ("success_soft", "success"),
    "warning": ("warning_soft", "warning"),
    "danger": ("danger_soft", "danger"),
    "info": ("info_soft", "info"),
}


class RowDelegate(QStyledItemDelegate):
    """`strong` is the column that names the row, `quiet` are columns of less weight."""

    def __init__(self, theme: Theme, parent: QWidget, *, strong: int = 0, quiet: tuple[int, ...] = ()) -> None:
        super().__init__(parent)
        self._theme, self._strong, self._quiet = theme, strong, frozenset(quiet)
        self._badge_font = font(theme, "small")
        self._pictures: dict[tuple[str, str], QPixmap] = {}

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        words = self.paint_ground(painter, option, index)
        tone = index.data(TONE_ROLE)
        painter.save()
        room = QRectF(option.rect).adjusted(self._theme.space(3), 0, -self._theme.space(3), 0)
        if icon := index.data(ICON_ROLE):
            room = self._icon(painter, room, tuple(icon))
        if tone and words:
            self._badge(painter, room, words, tone)
        else:
            self._text(painter, room, words, index)
        painter.restore()

    def paint_ground(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> str:
        """The cell without its text, as the style sheet has it; returns the text."""
        shown = QStyleOptionViewItem(option)
        self.initStyleOption(shown, index)
        # One row, one mark: the ring around a single cell would tell of a choice that does not exist.
        shown.state &= ~QStyle.StateFlag.State_HasFocus
        words, shown.text = shown.text, ""
        widget = shown.widget
        style = widget.style() if widget is not None else QApplication.style()
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, shown, painter, widget)
        return words

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(super().sizeHint(option, index).width(), self._theme.size("row"))

    def _text(self, painter: QPainter, room: QRectF, words: str, index: Index) -> None:
        face = font(self._theme, "strong" if index.column() == self._strong else "body")
        painter.setFont(face)
        painter.setPen(colour(self._theme, "muted" if index.column() in self._quiet else "ink"))
        align = index.data(Qt.ItemDataRole.TextAlignmentRole) or (
            Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        painter.drawText(room, int(align), _cut(face, words, room.width()))

    def _icon(self, painter: QPainter, room: QRectF, icon: tuple[str, str]) -> QRectF:
        """Draw the icon and give what is left for the words. Each is made once."""
        side = self._theme.px(16)
        if icon not in self._pictures:
            self._pictures[icon] = icons.pixmap(icon[0], self._theme.color(icon[1]), side, 2.0)
        at = QRectF(room.left(), room.center().y() - side / 2, side, side)
        painter.drawPixmap(at, self._pictures[icon], QRectF(self._pictures[icon].rect()))
        return room.adjusted(side + self._theme.space(1.5), 0, 0, 0)

    def _badge(self, painter: QPainter, room: QRectF, words: str, tone: str) -> None:
        fill, ink = _FILLS.get(tone, _FILLS["plain"])
        metrics = QFontMetrics(self._badge_font)
        padding = self._theme.space(2)
        shown = _cut(self._badge_font, words, room.width() - 2 * padding)
        width, height = metrics.horizontalAdvance(shown) + 2 * padding, metrics.height() + self._theme.space(1)
        pill = QRectF(room.left(), room.center().y() - height / 2, width, height)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(self._theme, fill))
        painter.drawRoundedRect(pill, height / 2, height / 2)
        painter.setFont(self._badge_font)
        painter.setPen(colour(self._theme, ink))
        painter.drawText(pill, int(Qt.AlignmentFlag.AlignCenter), shown)


def _cut(face: QFont, words: str, width: float) -> str:
    return QFontMetrics(face).elidedText(words, Qt.TextElideMode.ElideRight, int(width))
