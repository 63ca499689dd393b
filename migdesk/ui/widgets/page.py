"""A page: heading, actions at its right, a scrolled body of limited width. Every screen uses it, so margins agree."""

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from migdesk.ui.theme import Theme
from migdesk.ui.widgets.text import text


class Page(QWidget):
    """`body` scrolls as a whole if `scroll`; give `scroll=False` when it holds its own scrolling table."""

    def __init__(
        self,
        theme: Theme,
        title: str,
        subtitle: str = "",
        actions: Sequence[QWidget] = (),
        body: QWidget | None = None,
        *,
        scroll: bool = True,
        back: QWidget | None = None,
    ) -> None:
        super().__init__()
        self.setProperty("look", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._theme = theme
        self.title = text(title, "title", wrap=True)
        self.subtitle = text(subtitle, "muted", wrap=True)
        # Never `setVisible(True)` before it has a parent: it would open as a window of its own.
        if not subtitle:
            self.subtitle.hide()
        self._outer = QVBoxLayout(self)
        self._outer.setContentsMargins(0, theme.space(5), 0, 0)
        self._outer.setSpacing(theme.space(4))
        self._outer.addWidget(self._framed(self._heading(actions, back)))
        self._body_at = self._outer.count()
        self._scroll = scroll
        self.body: QWidget | None = None
        if body is not None:
            self.set_body(body)

    def set_body(self, body: QWidget) -> None:
        """Show another body; the former one is deleted."""
        old = self._outer.takeAt(self._body_at)
        if old is not None and (widget := old.widget()) is not None:
            widget.hide()
            widget.deleteLater()
        self.body = body
        framed = self._framed(body, bottom=self._theme.space(6))
        if not self._scroll:
            self._outer.addWidget(framed, 1)
            return
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        framed.setProperty("look", "canvas")
        area.setWidget(framed)
        self._outer.addWidget(area, 1)

    def set_title(self, title: str, subtitle: str = "") -> None:
        self.title.setText(title)
        self.subtitle.setText(subtitle)
        self.subtitle.setVisible(bool(subtitle))

    def _heading(self, actions: Sequence[QWidget], back: QWidget | None) -> QWidget:
        heading = QWidget()
        row = QHBoxLayout(heading)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(self._theme.space(2))
        if back is not None:
            row.addWidget(back, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(self._theme.space(1))
        words.addWidget(self.title)
        words.addWidget(self.subtitle)
        row.addLayout(words, 1)
        for action in actions:
            row.addWidget(action, 0, Qt.AlignmentFlag.AlignTop)
        return heading

    def _framed(self, inner: QWidget, bottom: int = 0) -> QWidget:
        """`inner` between the page margins, never wider than is good to read, kept at the left."""
        frame = QWidget()
        row = QHBoxLayout(frame)
        row.setContentsMargins(self._theme.space(6), 0, self._theme.space(6), bottom)
        inner.setMaximumWidth(self._theme.size("content"))
        inner.setSizePolicy(QSizePolicy.Policy.Expanding, inner.sizePolicy().verticalPolicy())
        row.addWidget(inner, 1)
        row.addStretch(0)
        return frame
