"""What an unlocked window shows: navigation, top bar, the screen, status line. Rebuilt on every change of look; what
must outlive that is in presenters and in the main window. GUI thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QSizePolicy, QStackedWidget, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.ui import icons
from migdesk.ui.navigation import NavigationBar
from migdesk.ui.screen import Presenter, Screen, ScreenContext
from migdesk.ui.search_box import Found, SearchBox
from migdesk.ui.status_line import StatusLine
from migdesk.ui.widgets.buttons import quiet


@dataclass(frozen=True, slots=True)
class Acts:
    """What the frame does when asked."""

    go: Callable[[str], None]
    search: Callable[[str], None]
    open_found: Callable[[Found], None]
    lock: Callable[[], None]
    hide: Callable[[], None]
    decide: Callable[[], None]


class Workspace(QWidget):
    """Views are made when first shown and live until the next rebuild."""

    def __init__(self, ctx: ScreenContext, screens: Sequence[Screen], role_words: str, acts: Acts) -> None:
        super().__init__()
        self.setProperty("look", "canvas")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setObjectName("frame")
        self._ctx = ctx
        self._views: dict[str, QWidget] = {}
        self._presenters: dict[str, Presenter] = {}
        self.navigation = NavigationBar(
            ctx.theme, ctx.lang, screens, (ctx.session.user.display_name, role_words), acts.go
        )
        self.stack = QStackedWidget()
        self.stack.setObjectName("frame.screens")
        self.search = SearchBox(self, ctx.theme, ctx.lang, acts.search, acts.open_found)
        self.status = StatusLine(ctx.theme, ctx.lang, ctx.session.clock.now, lambda: acts.go("sync"), acts.decide)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.navigation)
        column = QVBoxLayout()
        column.setSpacing(0)
        column.addWidget(self._top_bar(acts))
        column.addWidget(self.stack, 1)
        column.addWidget(self.status)
        row.addLayout(column, 1)

    def show_screen(self, screen: Screen, presenter: Presenter) -> QWidget:
        """Show the view of a screen, making it if this workspace has none yet."""
        view = self._views.get(screen.name) or self._made(screen, presenter)
        self.stack.setCurrentWidget(view)
        self.navigation.set_current(screen.name)
        self.search.close_results()
        return view

    def _made(self, screen: Screen, presenter: Presenter) -> QWidget:
        made = screen.make_view(self._ctx, presenter)
        view: QWidget = made
        self._views[screen.name] = view
        self._presenters[screen.name] = presenter
        self.stack.addWidget(view)
        if presenter.view is not made:
            presenter.attach(made)
        return view

    def let_go(self) -> None:
        """Presenters forget their views; the workspace is about to be deleted."""
        for presenter in self._presenters.values():
            presenter.detach()

    def _top_bar(self, acts: Acts) -> QWidget:
        theme, lang = self._ctx.theme, self._ctx.lang
        bar = QFrame()
        bar.setProperty("look", "bar")
        bar.setObjectName("frame.bar")
        row = QHBoxLayout(bar)
        row.setContentsMargins(theme.space(6), theme.space(2), theme.space(4), theme.space(2))
        row.setSpacing(theme.space(2))
        self.search.setMaximumWidth(theme.px(440))
        row.addWidget(self.search, 1)
        room = QWidget()
        room.setObjectName("frame.room")  # where a short message finds place without covering anything
        room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        row.addWidget(room)
        hide = self._bar_button("eye-off", lang.say(N_("Hide")), lang.say(N_("Hide at once (F12)")), acts.hide)
        hide.setObjectName("frame.hide")
        lock = self._bar_button("lock", lang.say(N_("Lock")), lang.say(N_("Lock (Ctrl+L)")), acts.lock)
        lock.setObjectName("frame.lock")
        row.addWidget(hide)
        row.addWidget(lock)
        return bar

    def _bar_button(self, icon: str, words: str, name: str, act: Callable[[], None]) -> QPushButton:
        theme = self._ctx.theme
        button = quiet(words, act, icon=icons.icon(icon, theme.color("accent"), size=theme.px(18)))
        button.setToolTip(name)
        button.setAccessibleName(name)
        return button
