"""The one search over everything in scope (Ctrl+K): a field in the top bar and its results under it. GUI thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.search_field import SearchField
from migdesk.ui.widgets.text import text

MOST_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Found:
    """One result as the list shows it."""

    icon: str
    title: str
    subtitle: str
    screen: str
    record: UUID


class SearchBox(QWidget):
    """`ask(text)` starts a search; `show_results` brings its outcome. Results lie inside the window, so hiding hides
    them."""

    def __init__(
        self,
        host: QWidget,
        theme: Theme,
        lang: Language,
        ask: Callable[[str], None],
        go: Callable[[Found], None],
    ) -> None:
        super().__init__()
        self._host, self._theme, self._lang, self._go = host, theme, lang, go
        self._ask = ask
        self._asked = ""
        self._wants_first = False
        self.field = SearchField(theme, lang.say(N_("Search everything (Ctrl+K)")))
        self.field.setObjectName("frame.search")
        self.field.wanted.connect(self._wanted)
        self.field.entered.connect(self._entered)
        self.field.installEventFilter(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field)
        self.setFocusProxy(self.field)
        self.panel = QFrame(host)
        self.panel.setProperty("look", "raised")
        self.panel.setObjectName("frame.search.results")
        column = QVBoxLayout(self.panel)
        column.setContentsMargins(theme.space(1), theme.space(1), theme.space(1), theme.space(1))
        self.list = QListWidget()
        self.list.setProperty("look", "plain")
        self.list.setObjectName("frame.search.list")
        self.list.setAccessibleName(lang.say(N_("Search results")))
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemActivated.connect(self._chosen)
        self.list.itemClicked.connect(self._chosen)
        self.list.installEventFilter(self)
        self.nothing = text("", "muted", wrap=True)
        self.nothing.setContentsMargins(theme.space(3), theme.space(3), theme.space(3), theme.space(3))
        column.addWidget(self.nothing)
        column.addWidget(self.list)
        self.panel.hide()

    def begin(self) -> None:
        """Ctrl+K."""
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.field.selectAll()

    def close_results(self) -> None:
        self.panel.hide()

    def clear(self) -> None:
        """Forget what was searched (lock)."""
        self.field.clear()
        self.list.clear()
        self.panel.hide()

    def show_results(self, asked: str, found: Sequence[Found]) -> None:
        """Show the outcome, unless the person has typed on since."""
        if asked != self._asked:
            return
        self.list.clear()
        for one in found[:MOST_SHOWN]:
            self._add(one)
        self.list.setVisible(bool(found))
        self.nothing.setVisible(not found)
        self.nothing.setText(self._lang.say(N_("Nothing found. Try part of a name, a code or a telephone number.")))
        if found and self._wants_first:
            self._wants_first = False
            self._open(found[0])
            return
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if (
                watched is self.field
                and event.key() == Qt.Key.Key_Down
                and self.list.count()
                and self.panel.isVisible()
            ):
                self.list.setCurrentRow(0)
                self.list.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if event.key() == Qt.Key.Key_Escape and self.panel.isVisible():
                self.panel.hide()
                self.field.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
            if watched is self.list and event.key() == Qt.Key.Key_Up and self.list.currentRow() == 0:
                self.field.setFocus(Qt.FocusReason.OtherFocusReason)
                return True
        if event.type() == QEvent.Type.FocusOut and not self._inside(self.field.window().focusWidget()):
            self.panel.hide()
        return super().eventFilter(watched, event)

    def _inside(self, widget: QWidget | None) -> bool:
        return widget is not None and (widget is self.field or self.panel.isAncestorOf(widget))

    def _wanted(self, words: str) -> None:
        self._asked = words
        if len(words) < 2:
            self.panel.hide()
            return
        self._ask(words)

    def _entered(self, words: str) -> None:
        item = self.list.item(0)
        if self.panel.isVisible() and item is not None:
            self._chosen(item)
        elif len(words) >= 2:
            # Enter came before the results: open the best one when they are here.
            self._wants_first = True
            self._ask(words)

    def _chosen(self, item: QListWidgetItem) -> None:
        found = item.data(Qt.ItemDataRole.UserRole)
        if isinstance(found, Found):
            self._open(found)

    def _open(self, found: Found) -> None:
        self.panel.hide()
        self.field.clear()
        self._go(found)

    def _add(self, found: Found) -> None:
        item = QListWidgetItem()
        item.setData(Qt.ItemDataRole.UserRole, found)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{found.title}, {found.subtitle}")
        row = QWidget()
        row.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        layout = QHBoxLayout(row)
        layout.setContentsMargins(self._theme.space(2), 0, self._theme.space(2), 0)
        layout.setSpacing(self._theme.space(3))
        picture = QLabel()
        picture.setPixmap(icons.pixmap(found.icon, self._theme.color("muted"), self._theme.px(20), 2.0))
        layout.addWidget(picture)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(text(found.title, "strong"))
        if found.subtitle:
            words.addWidget(text(found.subtitle, "help"))
        layout.addLayout(words, 1)
        item.setSizeHint(QSize(0, self._theme.px(48)))
        self.list.addItem(item)
        self.list.setItemWidget(item, row)

    def _place(self) -> None:
        corner = self.field.mapTo(self._host, QPoint(0, self.field.height() + self._theme.space(1)))
        rows = min(self.list.count(), 8)
        height = self._theme.px(48) * rows + self._theme.space(4) if rows else self._theme.px(64)
        self.panel.setGeometry(corner.x(), corner.y(), self.field.width(), height)
        self.panel.show()
        self.panel.raise_()
