"""Shows one page of several, and only builds it anew when it is another one. GUI thread."""

from collections.abc import Callable

from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.buttons import icon_button


class PageSwitch(QWidget):
    """`show_page(key, build)`: the page of `key` stays as long as the key does."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setObjectName(name)
        self._key: object = None
        self.page: QWidget | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)

    def show_page(self, key: object, build: Callable[[], QWidget]) -> QWidget:
        """The page now shown; `build` is called when `key` is a new one."""
        if self.page is not None and key == self._key:
            return self.page
        if self.page is not None:
            self._column.removeWidget(self.page)
            self.page.hide()
            self.page.deleteLater()
        self._key, self.page = key, build()
        self._column.addWidget(self.page)
        self.page.show()
        return self.page


class BarredPage(QWidget):
    """A page and a bar beneath it that does not scroll away."""

    def __init__(self, page: QWidget, bar: QWidget) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(page, 1)
        column.addWidget(bar)


def tame(page: QWidget) -> None:
    """Let wrapped words ask for no more than a line as their least height: their height follows from the width, and
    Qt otherwise reserves what they would need in the narrowest window there could be."""
    for label in page.findChildren(QLabel):
        if label.wordWrap():
            label.setMinimumHeight(label.fontMetrics().height())


def back_button(ctx: ScreenContext, name: str, on_click: Callable[[], object]) -> QWidget:
    """The arrow at the left of a heading."""
    arrow = icons.icon("arrow-left", ctx.theme.color("ink"), size=ctx.theme.px(20))
    button = icon_button(arrow, ctx.lang.say(N_("Back")), on_click)
    button.setObjectName(name)
    return button
