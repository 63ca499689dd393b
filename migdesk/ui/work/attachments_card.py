"""The attachments of a record as a card: small pictures, where each file is in words, and how to add one. GUI thread.

Pixels come from memory and stay there: no file is written and no other program is started.
"""

from pathlib import Path

from PySide6.QtCore import QBuffer, QIODevice, QMimeData, Qt
from PySide6.QtGui import (
    QDragEnterEvent,
    QDropEvent,
    QGuiApplication,
    QHideEvent,
    QImage,
    QKeySequence,
    QMouseEvent,
    QShortcut,
)
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.attachment_pages import Picture
from migdesk.services.attachments import AttachmentRow, Place
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.buttons import link, quiet, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.text import text
from migdesk.ui.work.attachment_sheets import AddSheet, LookSheet, open_dialog, pixmap_of
from migdesk.ui.work.attachments_work import AttachmentsState, AttachmentsWork
from migdesk.ui.work.facts import Stack, clear
from migdesk.ui.work.wording import code_words, dotted

THUMB = 56


class AttachmentsCard(Card):
    """Shows an `AttachmentsState`, whole. Files may be dropped on it, pictures pasted into it."""

    def __init__(self, ctx: ScreenContext, work: AttachmentsWork) -> None:
        super().__init__(ctx.theme, ctx.lang.say(N_("Attachments")))
        self._ctx, self._work = ctx, work
        self._shown: object = None
        self._adding: AddSheet | None = None
        self._looking: LookSheet | None = None
        self.setObjectName("attachments")
        self.setAcceptDrops(True)
        paste = QShortcut(QKeySequence(QKeySequence.StandardKey.Paste), self, self._paste)
        paste.setContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def show_attachments(self, state: AttachmentsState) -> None:
        self.setVisible(state.record is not None)
        shown = (state.record, state.rows, state.loaded, state.may_add, state.busy, tuple(state.pictures.items()))
        if shown != self._shown:
            self._shown = shown
            self._build(state)
        self._show_sheets(state)

    def hideEvent(self, event: QHideEvent) -> None:
        """Another page, or the lock: what stands over the window belongs to this one."""
        super().hideEvent(event)
        if not event.spontaneous() and (self._adding or self._looking):
            self._work.state.pending = self._work.state.look = None
            self._show_sheets(self._work.state)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        data = event.mimeData()
        if self._work.state.may_add and (data.hasImage() or any(url.isLocalFile() for url in data.urls())):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        if self._take(event.mimeData()):
            event.acceptProposedAction()

    def _build(self, state: AttachmentsState) -> None:
        say = self._ctx.lang.say
        clear(self.content)
        if state.rows:
            rows = [self._row(number, row, state.pictures.get(row.record.id)) for number, row in enumerate(state.rows)]
            self.content.addWidget(Stack(self._ctx.theme, rows))
        elif state.loaded:
            words = N_("Photographs of documents, scans, PDF. Drop one here, or paste a picture.")
            if not state.may_add:
                words = N_("Nothing is attached.")
            self.content.addWidget(text(say(words), "muted", wrap=True))
        if state.busy:
            self.content.addWidget(text(say(N_("Working on the file…")), "help"))
        if state.may_add:
            self.content.addWidget(self._buttons(state))

    def _buttons(self, state: AttachmentsState) -> QWidget:
        theme, say = self._ctx.theme, self._ctx.lang.say
        plus = icons.icon("plus", theme.color("ink"), size=theme.px(18))
        add = secondary(say(N_("Add a file")), self._choose, icon=plus)
        add.setObjectName("attachments.add")
        add.setEnabled(not state.busy)
        paste = quiet(say(N_("Paste")), self._paste)
        paste.setObjectName("attachments.paste")
        paste.setToolTip(say(N_("Paste a copied picture (Ctrl+V)")))
        paste.setEnabled(not state.busy)
        box = QWidget()
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space(1))
        row.addWidget(add)
        row.addWidget(paste)
        row.addStretch(1)
        return box

    def _row(self, number: int, row: AttachmentRow, picture: Picture | None) -> QWidget:
        ctx, theme = self._ctx, self._ctx.theme
        box = QWidget()
        box.setObjectName(f"attachments.row.{number}")
        line = QHBoxLayout(box)
        line.setContentsMargins(0, theme.space(1), 0, theme.space(1))
        line.setSpacing(theme.space(3))
        line.addWidget(Thumb(ctx, row, picture, self._work), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(0)
        title = row.record.caption if isinstance(row.record.caption, str) else ""
        kind = code_words(ctx, "attachment_kind", row.record.document_kind)
        words.addWidget(text(title or kind or row.record.file_name or "", "strong", wrap=True))
        words.addWidget(text(dotted(kind if title else "", size_words(ctx, row.record.size or 0)), "help", wrap=True))
        standing = text(place_words(ctx, row), "help", wrap=True)
        standing.setObjectName(f"attachments.standing.{number}")
        words.addWidget(standing)
        if row.here:
            look = link(ctx.lang.say(N_("Look at it")), lambda: self._work.show(row))
            look.setObjectName(f"attachments.open.{number}")
            words.addLayout(_flush(ctx, look))
        elif row.place is Place.AWAY:
            fetch = link(ctx.lang.say(N_("Fetch")), lambda: self._work.fetch(row))
            fetch.setObjectName(f"attachments.fetch.{number}")
            words.addLayout(_flush(ctx, fetch))
        line.addLayout(words, 1)
        return box

    def _choose(self) -> None:
        words = self._ctx.lang.say(N_("Add a file"))
        dialog = open_dialog(self, self._ctx, words)
        dialog.fileSelected.connect(lambda name: self._work.choose(Path(name)))
        dialog.open()

    def _paste(self) -> None:
        if self._work.state.may_add and not self._take(QGuiApplication.clipboard().mimeData()):
            self._ctx.messages.info(self._ctx.lang.say(N_("No picture was copied.")))

    def _take(self, data: QMimeData) -> bool:
        files = [url.toLocalFile() for url in data.urls() if url.isLocalFile()]
        if files:
            self._work.choose(Path(files[0]))
            return True
        image = data.imageData() if data.hasImage() else None
        if isinstance(image, QImage) and not image.isNull():
            self._work.take(_png(image))
            return True
        return False

    def _show_sheets(self, state: AttachmentsState) -> None:
        if state.pending is not None and self._adding is None and self.isVisible():
            self._adding = AddSheet(self, self._ctx, self._work, state.pending)
            self._adding.open(self._adding.first)
        elif state.pending is None and self._adding is not None:
            self._adding.close_sheet()
            self._adding = None
        if state.look is not None:
            if self._looking is None and self.isVisible():
                self._looking = LookSheet(self, self._ctx, self._work, state.may_add)
                self._looking.open()
            if self._looking is not None:
                self._looking.show_look(state.look)
        elif self._looking is not None:
            self._looking.close_sheet()
            self._looking = None


class Thumb(QFrame):
    """The small picture, or an icon for what is not here or cannot be drawn. A click opens the file."""

    def __init__(self, ctx: ScreenContext, row: AttachmentRow, picture: Picture | None, work: AttachmentsWork) -> None:
        super().__init__()
        theme, side = ctx.theme, ctx.theme.px(THUMB)
        self._row, self._work = row, work
        self.setFixedSize(side, side)
        self.setProperty("look", "tile")
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        label = QLabel()
        label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        if picture is not None:
            label.setPixmap(pixmap_of(picture, side - 2, side - 2, self.devicePixelRatioF()))
        else:
            name = "download" if not row.here else "file-text" if row.record.media_type == "pdf" else "eye-off"
            label.setPixmap(icons.pixmap(name, theme.color("muted"), theme.px(24), self.devicePixelRatioF()))
        column.addWidget(label)
        if row.here:
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._row.here and event.button() == Qt.MouseButton.LeftButton:
            self._work.show(self._row)


def _flush(ctx: ScreenContext, button: QPushButton) -> QHBoxLayout:
    """A link whose words begin where the lines above begin."""
    row = QHBoxLayout()
    row.setContentsMargins(-ctx.theme.space(1) - 1, 0, 0, 0)
    row.addWidget(button)
    row.addStretch(1)
    return row


def place_words(ctx: ScreenContext, row: AttachmentRow) -> str:
    """Where the bytes are, in words."""
    say, moved = ctx.lang.say, {"done": size_words(ctx, row.moved), "total": size_words(ctx, row.total)}
    if row.place is Place.SENT:
        return say(N_("received")) if row.about.state == "received" else say(N_("sent"))
    if row.place is Place.PARTLY_SENT:
        return say(N_("sent {done} of {total}"), **moved)
    if row.place is Place.PARTLY_HERE:
        return say(N_("fetched {done} of {total}"), **moved)
    return say(
        {
            Place.KEPT: N_("stays on this laptop until the person agrees"),
            Place.WAITS: N_("waits to be sent"),
            Place.AWAY: N_("not fetched yet"),
            Place.ASKED: N_("comes with the next sync"),
        }[row.place]
    )


def size_words(ctx: ScreenContext, size: int) -> str:
    """A size in kilobytes, or in megabytes from one on."""
    say, number = ctx.lang.say, ctx.lang.number
    if size >= 1 << 20:
        return say(N_("{count} MB"), count=number(round(size / (1 << 20), 1)))
    return say(N_("{count} KB"), count=number(max(1, round(size / 1024)) if size else 0))


def _png(image: QImage) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, "PNG")  # type: ignore[call-overload] # the stubs know only file names
    return bytes(buffer.data().data())
