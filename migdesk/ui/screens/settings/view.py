"""The settings screen: what it looks like, nothing more. GUI thread."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

import migdesk
from migdesk.i18n.markers import N_
from migdesk.services import settings
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.settings.keeping_card import KeepingCard
from migdesk.ui.screens.settings.licences import open_licences
from migdesk.ui.screens.settings.passphrase import open_passphrase
from migdesk.ui.screens.settings.presenter import SettingsPresenter
from migdesk.ui.screens.settings.recovering_card import RecoveringCard
from migdesk.ui.screens.settings.state import SettingsState
from migdesk.ui.screens.settings.workspaces_card import WorkspacesCard
from migdesk.ui.shortcuts import FORM_KEYS, KEYS
from migdesk.ui.widgets.buttons import icon_button, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.choice import Option, SegmentedChoice
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.text import text

_LANGUAGES = (("id", "Bahasa Indonesia"), ("en", "English"), ("en_XA", "Pseudo"))
_THEMES = (("light", N_("Light")), ("dark", N_("Dark")), ("contrast", N_("High contrast")))
_LARGEST_OFFERED = 1.5


class SettingsView(QWidget):
    """Every choice acts at once."""

    def __init__(self, ctx: ScreenContext, presenter: SettingsPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say = ctx.theme, ctx.lang.say
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(4))
        column.addWidget(self._look())
        column.addWidget(self._safety())
        column.addWidget(RecoveringCard(ctx, presenter.recovering))
        column.addWidget(KeepingCard(ctx, presenter.keeping))
        column.addWidget(self._laptop())
        column.addWidget(WorkspacesCard(ctx, presenter))
        column.addWidget(self._keys())
        column.addWidget(self._about())
        column.addStretch(1)
        page = Page(theme, say(N_("Settings")), say(N_("They act at once and are kept for this workspace.")), [], body)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(page)
        presenter.attach(self)

    def show_state(self, state: SettingsState) -> None:
        self.language.set_value(state.interface.language)
        self.theme.set_value(state.interface.theme)
        self.size_choice.set_value(str(state.interface.text_size))
        self.minutes.set_value(str(state.idle_minutes))
        self.fetching.set_value("all" if state.always_fetch else "small")
        self.words.setText(state.words or "…")
        self.recipient.setText(state.recipient)
        self.recipient.setCursorPosition(0)
        self.change_keys.setEnabled(not state.busy)

    def _look(self) -> Card:
        say, lang = self._ctx.lang.say, self._ctx.lang
        card = Card(self._ctx.theme, say(N_("How it looks")))
        grid = self._grid(card)
        offered = [one for one in _LANGUAGES if one[0] != "en_XA" or lang.code == "en_XA"]
        self.language = self._choice(grid, 0, say(N_("Language")), offered, "settings.language", self._presenter.speak)
        themes = [(code, say(words)) for code, words in _THEMES]
        self.theme = self._choice(grid, 1, say(N_("Colours")), themes, "settings.theme", self._presenter.paint)
        kept = self._presenter.state.interface.text_size
        sizes = [
            (str(size), say(N_("{percent} %"), percent=lang.number(round(size * 100))))
            for size in settings.TEXT_SIZES
            if size <= max(_LARGEST_OFFERED, kept)
        ]
        self.size_choice = self._choice(
            grid, 2, say(N_("Text size")), sizes, "settings.size", lambda size: self._presenter.enlarge(float(size))
        )
        return card

    def _safety(self) -> Card:
        say, lang = self._ctx.lang.say, self._ctx.lang
        card = Card(self._ctx.theme, say(N_("Safety")))
        grid = self._grid(card)
        minutes = [(str(n), lang.many(N_("{n} minute"), N_("{n} minutes"), n)) for n in settings.IDLE_MINUTES]
        self.minutes = self._choice(
            grid,
            0,
            say(N_("Lock when nobody is there for")),
            minutes,
            "settings.idle",
            lambda n: self._presenter.lock_after(int(n)),
        )
        button = secondary(say(N_("Change the passphrase…")), lambda: open_passphrase(self, self._ctx, self._presenter))
        button.setObjectName("settings.passphrase")
        self._row(grid, 1, say(N_("Passphrase")), button)
        return card

    def _laptop(self) -> Card:
        say, ctx = self._ctx.lang.say, self._ctx
        card = Card(ctx.theme, say(N_("This workspace")))
        grid = self._grid(card)
        user = ctx.session.user
        role = ctx.lang.code_label(ctx.session.codes, "role", user.role)
        self._row(grid, 0, say(N_("User")), text(f"{user.display_name} ({user.username})", wrap=True))
        self._row(grid, 1, say(N_("Role")), text(role, wrap=True))
        self._row(grid, 2, say(N_("Areas")), text("\n".join(ctx.areas.path(code) for code in user.areas), wrap=True))
        self.words = text("…", "code", wrap=True)
        self.words.setObjectName("settings.words")
        self._row(grid, 3, say(N_("Fingerprint words")), self.words)
        note = say(N_("Read them out over the telephone before someone seals a bundle for you."))
        grid.addWidget(text(note, "help", wrap=True), 4, 1)
        self.recipient = QLineEdit()
        self.recipient.setReadOnly(True)
        self.recipient.setObjectName("settings.recipient")
        self.recipient.setAccessibleName(say(N_("Public key")))
        copy = icon_button(
            icons.icon("copy", ctx.theme.color("ink"), size=ctx.theme.px(18)), say(N_("Copy")), self._copy
        )
        copy.setObjectName("settings.copy_key")
        row = QHBoxLayout()
        row.setSpacing(ctx.theme.space(2))
        row.addWidget(self.recipient, 1)
        row.addWidget(copy)
        grid.addWidget(text(say(N_("Public key")), "label", wrap=True), 5, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addLayout(row, 5, 1)
        self.change_keys = secondary(say(N_("Change the keys now")), self._presenter.change_keys)
        self.change_keys.setObjectName("settings.change_keys")
        self._row(grid, 6, say(N_("Keys of this laptop")), self.change_keys)
        note = say(N_("They change by themselves once a year. Do it now if somebody may have seen a backup of yours."))
        grid.addWidget(text(note, "help", wrap=True), 7, 1)
        ways = [("small", say(N_("Small ones, others when asked for"))), ("all", say(N_("All of them")))]
        self.fetching = self._choice(
            grid, 8, say(N_("Attachments come")), ways, "settings.fetching",
            lambda way: self._presenter.fetch_always(way == "all"),
        )  # fmt: skip
        return card

    def _copy(self) -> None:
        """The clipboard is emptied again after a while, and when the window is locked or hidden."""
        self.recipient.selectAll()
        self.recipient.copy()
        self._ctx.messages.info(self._ctx.lang.say(N_("Copied.")))

    def _keys(self) -> Card:
        say, theme = self._ctx.lang.say, self._ctx.theme
        card = Card(theme, say(N_("Keyboard")))
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.space(4))
        grid.setVerticalSpacing(theme.space(2))
        rows = [(" / ".join(keys), words) for keys, words in KEYS.values()] + list(FORM_KEYS)
        half = (len(rows) + 1) // 2
        for at, (keys, words) in enumerate(rows):
            column = 2 * (at // half)
            grid.addWidget(text(keys, "strong"), at % half, column)
            grid.addWidget(text(say(words), wrap=True), at % half, column + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        card.content.addLayout(grid)
        return card

    def _about(self) -> Card:
        say, theme = self._ctx.lang.say, self._ctx.theme
        card = Card(theme, say(N_("About MigDesk")))
        row = QHBoxLayout()
        row.setSpacing(theme.space(3))
        picture = QLabel()
        picture.setPixmap(icons.pixmap("heart-handshake", theme.color("accent"), theme.px(28), 2.0))
        row.addWidget(picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(theme.space(0.5))
        words.addWidget(text(say(N_("Version {version}"), version=migdesk.__version__), "strong"))
        words.addWidget(text(say(N_("Free software under the Apache License 2.0.")), "muted", wrap=True))
        row.addLayout(words, 1)
        button = secondary(say(N_("Licences of what is inside")), lambda: open_licences(self, self._ctx))
        button.setObjectName("settings.licences")
        row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        card.content.addLayout(row)
        return card

    def _grid(self, card: Card) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(self._ctx.theme.space(4))
        grid.setVerticalSpacing(self._ctx.theme.space(3))
        grid.setColumnMinimumWidth(0, self._ctx.theme.px(220))
        grid.setColumnStretch(1, 1)
        card.content.addLayout(grid)
        return grid

    def _row(self, grid: QGridLayout, at: int, label: str, widget: QWidget) -> None:
        words = text(label, "label", wrap=True)
        grid.addWidget(words, at, 0, Qt.AlignmentFlag.AlignVCenter)
        grid.addWidget(widget, at, 1, Qt.AlignmentFlag.AlignVCenter)
        if not isinstance(widget, QLabel) and not isinstance(widget, SegmentedChoice):
            grid.setAlignment(widget, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def _choice(
        self,
        grid: QGridLayout,
        at: int,
        label: str,
        options: Sequence[tuple[str, str]],
        name: str,
        act: Callable[[str], None],
    ) -> SegmentedChoice:
        made = SegmentedChoice(
            self._ctx.theme, [Option(code, words) for code, words in options], label, clearable=False
        )
        made.setObjectName(name)
        for code, button in made.buttons().items():
            button.setObjectName(f"{name}.{code}")
        made.edited.connect(lambda value: act(str(value)))
        self._row(grid, at, label, made)
        return made
