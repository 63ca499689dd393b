"""The card "A room without a network": share this laptop with colleagues near by, or join who shares. GUI thread."""

import weakref
from collections.abc import Callable
from functools import partial
from typing import Any

import shiboken6
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.services import enrolment_codes, room
from migdesk.services.room import RoomStanding
from migdesk.ui.room import RoomKeeper
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.state import SyncState
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import primary, quiet, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.text import text
from migdesk.ui.work.facts import clear
from migdesk.ui.work.pages import tame

LOOK_MS = 2_000
QR_PX = 168


class RoomCard(Card):
    """Shows the keeper's state whole each time it changes; what is typed outlives that."""

    def __init__(self, ctx: ScreenContext, presenter: Any) -> None:
        intro = ctx.lang.say(N_("Colleagues in the same Wi-Fi exchange with each other; the office hears of it later."))
        super().__init__(ctx.theme, ctx.lang.say(N_("A room without a network")), intro=intro)
        self._ctx = ctx
        self._keeper: RoomKeeper = ctx.exchange.room if ctx.exchange is not None else RoomKeeper(ctx.run, ctx.session)
        self.setObjectName("sync.room")
        self._page, self._typed = "", ("", "")
        self._shown: object = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._keeper.listen(_weak(self))
        self._show()

    def show_state(self, state: SyncState) -> None:
        """Nothing of the screen's own state is shown here but that a sync runs."""
        self.setEnabled(not state.work)
        self.setVisible(state.status is not None and state.status.enrolled)

    def heard(self) -> None:
        """The keeper came a step further."""
        if self._keeper.work == "" and (self._keeper.visit or self._keeper.error):
            self._page = ""
        self._show()

    def _look(self) -> None:
        if self.isVisible():
            self._keeper.look()

    def _show(self) -> None:
        keeper = self._keeper
        standing = keeper.standing
        shown = (keeper.work, keeper.visit, keeper.error, standing, self._page, keeper.start is None)
        if shown == self._shown:
            return
        self._shown = shown
        clear(self.content)
        if keeper.work == "serving" and standing is not None:
            self._serving(standing)
        elif keeper.work:
            self._working(keeper.work)
        elif self._page == "join":
            self._joining()
        else:
            self._choosing()
        (self._timer.start if keeper.work == "serving" else self._timer.stop)()
        tame(self)

    def _choosing(self) -> None:
        say, theme, keeper = self._ctx.lang.say, self._ctx.theme, self._keeper
        if keeper.error is not None:
            message, hint = self._ctx.lang.error(keeper.error)
            self.content.addWidget(Banner(theme, "warning", " ".join(part for part in (message, hint) if part)))
        elif keeper.visit is not None:
            self.content.addWidget(Banner(theme, "success", self._visited()))
        if keeper.start is not None:
            found = keeper.addresses()
            if not found:
                self.content.addWidget(
                    text(say(N_("To share, join a Wi-Fi first or open a hotspot.")), "muted", wrap=True)
                )
            for address in found[:3]:
                words = say(N_("Share with this room"))
                if len(found) > 1:
                    words = say(N_("Share with this room ({address})"), address=address)
                button = secondary(words, partial(keeper.share, address))
                button.setObjectName("sync.room.share")
                self.content.addWidget(button)
        join = secondary(say(N_("Join a room")), self._to_join)
        join.setObjectName("sync.room.join")
        self.content.addWidget(join)

    def _visited(self) -> str:
        lang, visit = self._ctx.lang, self._keeper.visit
        assert visit is not None
        words = lang.say(
            N_("Sent {sent}, received {received}. The office gets it at your next sync, or from the room."),
            sent=lang.number(visit.sent), received=lang.number(visit.received),
        )  # fmt: skip
        if visit.kept_back:
            more = lang.many(
                N_("{n} change is only for the office and waits here."),
                N_("{n} changes are only for the office and wait here."), visit.kept_back,
            )  # fmt: skip
            words = f"{words} {more}"
        return words

    def _working(self, work: str) -> None:
        say = self._ctx.lang.say
        words = {
            "opening": say(N_("Opening the room…")),
            "closing": say(N_("Closing the room…")),
            "joining": say(N_("Exchanging with the room…")),
        }
        self.content.addWidget(text(words.get(work, ""), "muted", wrap=True))
        if work == "joining":
            stop = quiet(say(N_("Stop")), self._keeper.stop)
            stop.setObjectName("sync.room.stop")
            self.content.addWidget(stop)

    def _serving(self, standing: RoomStanding) -> None:
        lang, say = self._ctx.lang, self._ctx.lang.say
        self.content.addWidget(text(say(N_("Your colleagues choose Join a room and type this:")), "muted", wrap=True))
        line = text(standing.invitation, "section", wrap=True)
        line.setObjectName("sync.room.invitation")
        line.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        line.setAccessibleName(say(N_("Address and code of the room")))
        self.content.addWidget(line)
        self.content.addWidget(self._picture(standing.invitation))
        until = say(
            N_("Open until {time}, until you lock the laptop, or until you stop."), time=lang.time(standing.until)
        )
        self.content.addWidget(text(until, "help", wrap=True))
        if not standing.guests:
            self.content.addWidget(text(say(N_("Nobody has joined yet.")), "muted", wrap=True))
        for guest in standing.guests:
            words = say(
                N_("{user}: received {received}, sent {sent}"),
                user=guest.username, received=lang.number(guest.received), sent=lang.number(guest.sent),
            )  # fmt: skip
            self.content.addWidget(text(words, wrap=True))
        stop = secondary(say(N_("Stop sharing")), self._keeper.stop)
        stop.setObjectName("sync.room.stop")
        self.content.addWidget(stop)

    def _picture(self, invitation: str) -> QLabel:
        picture = QPixmap()
        picture.loadFromData(enrolment_codes.qr_png(invitation), "PNG")
        size = self._ctx.theme.px(QR_PX)
        label = QLabel()
        label.setPixmap(
            picture.scaled(
                size, size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.FastTransformation
            )
        )  # fmt: skip
        label.setAccessibleName(self._ctx.lang.say(N_("The same as a QR code")))
        return label

    def _to_join(self) -> None:
        self._page = "join"
        self._keeper.error = self._keeper.visit = None
        self._show()

    def _back(self) -> None:
        self._page = ""
        self._show()

    def _joining(self) -> None:
        say = self._ctx.lang.say
        self.address = self._field(say(N_("Address of the room")), "sync.room.address", self._typed[0])
        self.code = self._field(say(N_("Code of the room")), "sync.room.code", self._typed[1])
        row = QHBoxLayout()
        row.setSpacing(self._ctx.theme.space(2))
        go = primary(say(N_("Join")), self._go)
        go.setObjectName("sync.room.go")
        row.addWidget(go)
        row.addWidget(quiet(say(N_("Cancel")), self._back))
        row.addStretch(1)
        self.content.addLayout(row)
        self.address.setFocus()

    def _field(self, label: str, name: str, typed: str) -> QLineEdit:
        words, line = text(label, "label"), QLineEdit(typed)
        line.setObjectName(name)
        line.setAccessibleName(label)
        words.setBuddy(line)
        line.textEdited.connect(lambda _text: self._type())
        line.returnPressed.connect(self._go)
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(self._ctx.theme.space(1))
        column.addWidget(words)
        column.addWidget(line)
        self.content.addWidget(box)
        return line

    def _type(self) -> None:
        """An invitation that was pasted whole fills both fields."""
        parts = room.invitation_parts(self.address.text())
        if parts is not None:
            self.address.setText(parts[0])
            self.code.setText(parts[1])
        self._typed = (self.address.text(), self.code.text())

    def _go(self) -> None:
        self._type()
        if all(part.strip() for part in self._typed):
            self._keeper.join(*self._typed)


def _weak(card: RoomCard) -> Callable[[], None]:
    """Tells a card for as long as it is there: the keeper outlives a rebuilt screen."""
    seen = weakref.ref(card)

    def tell() -> None:
        there = seen()
        if there is not None and shiboken6.isValid(there):
            there.heard()

    return tell
