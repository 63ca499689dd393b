"""Cards of the sync screen: how things stand, what waits, what needs the person, connecting to a server. GUI thread."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.sync_words import Plain
from migdesk.services.syncing import Waiting
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.presenter import STOPPED, SyncPresenter
from migdesk.ui.screens.sync.state import SyncState
from migdesk.ui.widgets.buttons import primary, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.progress_bar import ProgressBar
from migdesk.ui.widgets.text import text
from migdesk.ui.work.facts import Entry, Stack, clear, pill
from migdesk.ui.work.pages import tame

SCHEME = "https://"
ICONS = {"success": "cloud-check", "info": "cloud", "warning": "alert-triangle", "danger": "alert-circle"}
KEYED_ICONS = {"offline": "cloud-off", "waiting": "cloud-upload", "running": "refresh", "barred": "wifi-off",
               "review": "git-merge", "clock": "clock", "not_enrolled": "link", "first": "link"}  # fmt: skip


class StandingCard(Card):
    """One sentence on how things stand, one on what is safe and what to do, and one button."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        super().__init__(ctx.theme)
        self._ctx, self._presenter = ctx, presenter
        self._key: object = None
        theme, say = ctx.theme, ctx.lang.say
        self.setObjectName("sync.standing")
        row = QHBoxLayout()
        row.setSpacing(theme.space(4))
        self._picture = QLabel()
        row.addWidget(self._picture, 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(theme.space(1))
        self.sentence = text("", "section", wrap=True)
        self.sentence.setObjectName("sync.sentence")
        self.more = text("", "muted", wrap=True)
        self.last = text("", "help", wrap=True)
        self.last.setObjectName("sync.last")
        for part in (self.sentence, self.more, self.last):
            words.addWidget(part)
        row.addLayout(words, 1)
        arrows = icons.icon("refresh", theme.color("on_accent"), size=theme.px(18))
        self.go = primary(say(N_("Sync now")), presenter.sync, icon=arrows)
        self.go.setObjectName("sync.now")
        row.addWidget(self.go, 0, Qt.AlignmentFlag.AlignTop)
        self.content.addLayout(row)
        self.progress = ProgressBar(theme, say(N_("Progress of the sync")), say(N_("Stop")), presenter.stop)
        self.progress.setObjectName("sync.progress")
        self.progress.stop.setObjectName("sync.stop")
        self.content.addWidget(self.progress)

    def show_state(self, before: SyncState | None, state: SyncState) -> None:
        enrolled = state.status is not None and state.status.enrolled
        self.go.setEnabled(enrolled and not state.work)
        if state.work and (before is None or before.work != state.work):
            self.progress.begin(state.progress[2])
        elif state.work:
            done, total, words = state.progress
            self.progress.advance(done, total, " · ".join(part for part in (words, state.measure) if part))
        else:
            self.progress.end()
        self.progress.stop.setVisible(state.work in STOPPED)
        if state.standing and state.status is not None:
            self._say(state.standing[0])
            self.last.setText(self._last(state))
            self.last.setVisible(bool(self.last.text()))

    def _say(self, plain: Plain) -> None:
        lang, theme = self._ctx.lang, self._ctx.theme
        self.sentence.setText(plain.sentence(lang))
        self.more.setText(plain.more(lang))
        self.more.setVisible(bool(self.more.text()))
        if (plain.key, plain.tone) != self._key:
            self._key = (plain.key, plain.tone)
            name = KEYED_ICONS.get(plain.key, ICONS[plain.tone])
            picture = icons.pixmap(name, theme.color(plain.tone), theme.px(32), self.devicePixelRatioF())
            self._picture.setPixmap(picture)

    def _last(self, state: SyncState) -> str:
        lang, status = self._ctx.lang, state.status
        if status is None or not status.enrolled:
            return ""
        if status.last_success is None:
            return lang.say(N_("No sync yet."))
        ago = lang.ago(status.last_success, self._ctx.session.clock.now())
        return lang.say(N_("Last sync: {when}"), when=ago)


class WaitingCard(Card):
    """What has not reached the office, kind by kind, in the order of sending."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx.theme, ctx.lang.say(N_("What waits to be sent")))
        self._ctx = ctx
        self.setObjectName("sync.waiting")
        self._shown: object = None

    def show_waiting(self, waiting: tuple[Waiting, ...]) -> None:
        if waiting == self._shown:
            return
        self._shown = waiting
        clear(self.content)
        say = self._ctx.lang.say
        if not waiting:
            nothing = say(N_("Nothing. Whatever you save next stands here until the office has it."))
            self.content.addWidget(text(nothing, "muted", wrap=True))
        else:
            self.content.addWidget(Stack(self._ctx.theme, [self._entry(one) for one in waiting]))
        tame(self)

    def _entry(self, one: Waiting) -> QWidget:
        ctx, lang = self._ctx, self._ctx.lang
        spec = ctx.session.schema.by_name[one.kind]
        many = lang.many(N_("{n} record"), N_("{n} records"), one.records)
        since = lang.say(N_("since {when}"), when=lang.ago(one.since, ctx.session.clock.now()))
        right = [pill(ctx.theme, lang.say(N_("goes first")), "accent")] if one.urgent else []
        second = " · ".join((many, since))
        entry = Entry(ctx.theme, _icon(one.kind), lang.say(spec.plural), second, right=right)
        entry.setObjectName(f"sync.waiting.{one.kind}")
        return entry


def _icon(kind: str) -> str:
    return {"person": "user", "counselling_session": "messages", "case": "shield-lock", "incident": "flag"}.get(
        kind, "school"
    )


class NeedsCard(Card):
    """What waits for the person: values to decide on, changes that the office set aside, news of others' edits."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        super().__init__(ctx.theme, ctx.lang.say(N_("Needs you")))
        self._ctx, self._presenter = ctx, presenter
        self.setObjectName("sync.needs")
        self._shown: object = None

    def show_needs(self, state: SyncState) -> None:
        status, lang = state.status, self._ctx.lang
        if status is None or (status.conflicts, status.set_aside, state.apart) == self._shown:
            return
        self._shown = (status.conflicts, status.set_aside, state.apart)
        clear(self.content)
        parts: list[QWidget] = []
        if status.conflicts:
            words = lang.many(N_("{n} value to decide on"), N_("{n} values to decide on"), status.conflicts)
            second = lang.say(N_("Two people changed the same thing. Both values are kept."))
            parts.append(self._entry("git-merge", words, second, "sync.open_conflicts", tint="warning"))
        if status.set_aside:
            words = lang.many(
                N_("{n} change set aside by the office"), N_("{n} changes set aside by the office"), status.set_aside
            )
            second = lang.say(N_("It is still here. Ask your supervisor what is wrong with it."))
            parts.append(Entry(self._ctx.theme, "archive", words, second, tint="warning"))
        if state.apart:
            words = lang.many(
                N_("{n} record was changed by two people"), N_("{n} records were changed by two people"), state.apart
            )
            second = lang.say(N_("Different answers: both stand, and nothing is to be decided."))
            parts.append(self._entry("info-circle", words, second, "sync.apart", tint="info"))
        if parts:
            self.content.addWidget(Stack(self._ctx.theme, parts))
        else:
            nothing = lang.say(N_("Nothing. When two people change the same answer, you decide here which is right."))
            self.content.addWidget(text(nothing, "muted", wrap=True))
        tame(self)

    def _entry(self, icon: str, words: str, second: str, name: str, *, tint: str) -> Entry:
        open_page = self._presenter.to_conflicts
        entry = Entry(self._ctx.theme, icon, words, second, on_open=open_page, tint=tint)
        entry.setObjectName(name)
        return entry


class ConnectCard(Card):
    """Address and one-time code; gone once the laptop is enrolled."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        say, theme = ctx.lang.say, ctx.theme
        intro = say(N_("Your supervisor gives you an address and a code that works once, within three days."))
        super().__init__(theme, say(N_("Connect this laptop to a server")), intro=intro)
        self._presenter = presenter
        self._ctx = ctx
        row = QHBoxLayout()
        row.setSpacing(theme.space(4))
        self.url = self._field(row, say(N_("Address of the server")), "sync.url", 3)
        self.url.setPlaceholderText(SCHEME)
        self.code = self._field(row, say(N_("One-time code")), "sync.code", 2)
        self.button = secondary(say(N_("Connect")), presenter.enrol)
        self.button.setObjectName("sync.enrol")
        column = QVBoxLayout()
        column.addStretch(1)
        column.addWidget(self.button)
        row.addLayout(column)
        self.content.addLayout(row)
        for line in (self.url, self.code):
            line.textEdited.connect(lambda _text: presenter.type_in(self.url.text(), self.code.text()))
            line.returnPressed.connect(presenter.enrol)
        self.hide()

    def show_state(self, state: SyncState) -> None:
        self.setVisible(state.status is not None and not state.status.enrolled)
        self.button.setEnabled(not state.work)
        for line, typed in zip((self.url, self.code), state.typed, strict=True):
            if line.text() != typed:
                line.setText(typed)

    def _field(self, row: QHBoxLayout, label: str, name: str, stretch: int) -> QLineEdit:
        column = QVBoxLayout()
        column.setSpacing(self._ctx.theme.space(1))
        line = QLineEdit()
        line.setObjectName(name)
        line.setAccessibleName(label)
        words = text(label, "label")
        words.setBuddy(line)
        column.addWidget(words)
        column.addWidget(line)
        row.addLayout(column, stretch)
        return line
