"""The card about a forgotten passphrase: the sheet, who can help, and help for others. GUI thread."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.recovery_sheet import Standing
from migdesk.ui.recovery.paper_sheet import open_paper
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.settings.recovering import RecoveringPresenter, RecoveringState
from migdesk.ui.screens.settings.recovering_sheets import AnswerSheet, TrustSheet, open_own_key
from migdesk.ui.widgets.buttons import secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.flow import FlowLayout
from migdesk.ui.widgets.text import text


class RecoveringCard(Card):
    """Two rows for everybody, a third one for who may help others."""

    def __init__(self, ctx: ScreenContext, presenter: RecoveringPresenter) -> None:
        say, theme = ctx.lang.say, ctx.theme
        super().__init__(theme, say(N_("If the passphrase is forgotten")))
        self._ctx = ctx
        self._grid = QGridLayout()
        self._grid.setHorizontalSpacing(theme.space(4))
        self._grid.setVerticalSpacing(theme.space(2))
        self._grid.setColumnMinimumWidth(0, theme.px(220))
        self._grid.setColumnStretch(1, 1)
        self.content.addLayout(self._grid)
        make = secondary(
            say(N_("Make a recovery sheet…")), lambda: open_paper(self, ctx, changed=presenter.read)
        )  # fmt: skip
        make.setObjectName("settings.recovery.sheet")
        note = N_("A code on paper that opens the workspace without anybody's help. Keep it apart from the laptop.")
        self.sheet = self._row(say(N_("Recovery sheet")), "settings.recovery.sheet.standing", say(note), [make])
        trust = secondary(say(N_("Take over a recovery key…")), lambda: TrustSheet(self, ctx, presenter).start())
        trust.setObjectName("settings.recovery.trust")
        note = N_("A supervisor whose recovery key is here can help without a network, near by or far away.")
        self.helper = self._row(say(N_("Who can help")), "settings.recovery.helper", say(note), [trust])
        if presenter.may_help:
            answer = secondary(say(N_("Answer a request…")), lambda: AnswerSheet(self, ctx, presenter).start())
            answer.setObjectName("settings.recovery.answer")
            own = secondary(say(N_("Show my recovery key…")), lambda: open_own_key(self, ctx, presenter))
            own.setObjectName("settings.recovery.own")
            note = N_("Give your recovery key to each laptop that you set up. Then you can answer its requests.")
            self._row(say(N_("Help others")), "", say(note), [answer, own])
        presenter.attach(self)

    def show_state(self, state: RecoveringState) -> None:
        lang = self._ctx.lang
        if state.sheet is not None:
            self.sheet.setText(self._standing(state.sheet))
        if state.helper is not None:
            words = lang.say(N_("The supervisor with the words: {words}"), words=state.helper)
            self.helper.setText(words if state.helper else lang.say(N_("Nobody yet.")))

    def _standing(self, found: Standing) -> str:
        lang = self._ctx.lang
        if found.tried is not None:
            return lang.say(N_("Made, and tried {when}."), when=lang.moment(found.tried))
        if found.made:
            return lang.say(N_("Not tried, or used already: make another one."))
        return lang.say(N_("None yet."))

    def _row(self, label: str, name: str, note: str, buttons: list[QPushButton]) -> QLabel:
        """Its label says how it stands, and there is none if `name` is empty."""
        at = self._grid.rowCount()
        self._grid.addWidget(text(label, "label", wrap=True), at, 0, Qt.AlignmentFlag.AlignTop)
        standing = text("…", wrap=True)
        standing.setObjectName(name)
        if name:
            self._grid.addWidget(standing, at, 1)
        self._grid.addWidget(text(note, "help", wrap=True), at + bool(name), 1)
        box = QWidget()
        row = FlowLayout(box, self._ctx.theme.space(2))
        for button in buttons:
            row.addWidget(button)
        self._grid.addWidget(box, at + 2, 1)
        self._grid.setRowMinimumHeight(at + 3, self._ctx.theme.space(2))
        return standing
