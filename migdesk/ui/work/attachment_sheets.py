"""Two cards over the window: what is about to be added, and one file looked at. GUI thread; pixels in memory only."""

from pathlib import Path
from uuid import UUID

import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage, QKeyEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QFileDialog, QLabel, QSizePolicy, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.attachment_pages import Picture
from migdesk.ui import icons
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import danger, icon_button, primary, quiet, secondary
from migdesk.ui.widgets.check import Check
from migdesk.ui.widgets.choice import CodeCombo, Option
from migdesk.ui.widgets.file_dialog import file_dialog
from migdesk.ui.widgets.plain_fields import TextField
from migdesk.ui.widgets.sheet import Sheet
from migdesk.ui.widgets.text import text
from migdesk.ui.work.attachments_work import AttachmentsWork, Look, Pending
from migdesk.ui.work.wording import code_words, dotted

_SHOWN = (420, 190)
_LOOK_WIDTH = 1_120
_LOOK_HEIGHT = 460


class AddSheet(Sheet):
    """Shows the file as it will be kept, and asks what it is."""

    def __init__(self, host: QWidget, ctx: ScreenContext, work: AttachmentsWork, pending: Pending) -> None:
        say, theme = ctx.lang.say, ctx.theme
        super().__init__(host, theme, say(N_("Add an attachment")), on_escape=work.drop_pending, width=520)
        self.setObjectName("attachments.sheet")
        made, self._work = pending.file.cleaned, work
        if pending.picture is not None:
            shown = QLabel()
            shown.setAlignment(Qt.AlignmentFlag.AlignCenter)
            width, height = theme.px(_SHOWN[0]), theme.px(_SHOWN[1])
            shown.setPixmap(pixmap_of(pending.picture, width, height, self.devicePixelRatioF()))
            self.content.addWidget(shown)
        self.content.addWidget(self._note(ctx, made.media_type))
        options = code_options(ctx, "attachment_kind")
        self.content.addWidget(text(say(N_("Kind of document")), "label"))
        self.first = CodeCombo(theme, options, say(N_("Choose or type")), say(N_("Kind of document")))
        self.first.setObjectName("attachments.kind")
        self.first.line.setObjectName("attachments.kind.input")
        self.content.addWidget(self.first)
        self.content.addWidget(text(say(N_("What it shows")), "label"))
        hint = say(N_("Leave names of people out."))
        self.caption = TextField(theme, say(N_("What it shows")), max_length=200, hint=hint)
        self.caption.setObjectName("attachments.caption")
        self.caption.line.setObjectName("attachments.caption.input")
        self.content.addWidget(self.caption)
        self.keep = Check(say(N_("Keep the original size (takes longer to send)")))
        self.keep.setObjectName("attachments.keep_size")
        self.keep.setVisible(pending.smaller)
        self.content.addWidget(self.keep)
        go = primary(say(N_("Add")), self._add)
        go.setObjectName("attachments.confirm")
        go.setDefault(True)
        cancel = secondary(say(N_("Cancel")), work.drop_pending)
        cancel.setObjectName("attachments.cancel")
        self.add_buttons([cancel, go])

    def _note(self, ctx: ScreenContext, media_type: str) -> QWidget:
        say = ctx.lang.say
        if media_type == "pdf":
            words = N_("A PDF is kept as it is: it may say inside who wrote it and where.")
            return Banner(ctx.theme, "info", say(words))
        words = N_("Place, camera and everything else beside the picture itself was taken out.")
        return text(say(words), "help", wrap=True)

    def _add(self) -> None:
        values = {"document_kind": self.first.value(), "caption": self.caption.value()}
        self._work.add(values, keep_size=self.keep.isChecked())


class LookSheet(Sheet):
    """One file, page by page, as large as the window lets it."""

    def __init__(self, host: QWidget, ctx: ScreenContext, work: AttachmentsWork, may_write: bool) -> None:
        say, theme = ctx.lang.say, ctx.theme
        super().__init__(host, theme, " ", on_escape=work.end_look, width=_LOOK_WIDTH)
        self.setObjectName("attachments.look")
        self._ctx, self._work = ctx, work
        self._look: Look | None = None
        self._copying: CopySheet | None = None
        self.under = text("", "muted", wrap=True)
        self.content.addWidget(self.under)
        self.canvas = PictureView(theme.px(_LOOK_HEIGHT))
        self.canvas.setAccessibleName(say(N_("Attachment")))
        self.content.addWidget(self.canvas, 1)
        left = icons.icon("chevron-left", theme.color("ink"), size=theme.px(20))
        right = icons.icon("chevron-right", theme.color("ink"), size=theme.px(20))
        self.back = icon_button(left, say(N_("Previous page")), lambda: work.turn(-1))
        self.on = icon_button(right, say(N_("Next page")), lambda: work.turn(1))
        self.page = text("", "muted")
        for at, one in enumerate((self.back, self.page, self.on)):
            self.buttons.insertWidget(at, one)
        copy = secondary(say(N_("Save a copy…")), self._copy)
        copy.setObjectName("attachments.copy")
        close = primary(say(N_("Close")), work.end_look)
        close.setObjectName("attachments.close")
        remove = quiet(say(N_("Remove")), self._remove)
        remove.setObjectName("attachments.remove")
        remove.setVisible(may_write)
        self.add_buttons([remove, copy, close])

    def show_look(self, look: Look) -> None:
        if look is self._look:
            return
        record, lang, self._look = look.opened.record, self._ctx.lang, look
        caption = record.caption if isinstance(record.caption, str) else ""
        kind = code_words(self._ctx, "attachment_kind", record.document_kind)
        self.heading.setText(caption or kind or record.file_name or "")
        day = lang.date(record.taken_on) if record.taken_on is not None and not isinstance(record.taken_on, str) else ""
        taken = lang.say(N_("taken on {date}"), date=day) if day else ""
        self.under.setText(dotted(kind if caption else "", record.file_name or "", taken))
        self.canvas.show_picture(look.picture)
        several = look.pages > 1
        for one in (self.back, self.on, self.page):
            one.setVisible(several)
        self.back.setEnabled(look.page > 0)
        self.on.setEnabled(look.page + 1 < look.pages)
        self.page.setText(lang.say(N_("Page {page} of {pages}"), page=look.page + 1, pages=look.pages))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_Right: 1, Qt.Key.Key_PageUp: -1, Qt.Key.Key_Left: -1}
        by = steps.get(Qt.Key(event.key()))
        if by is None:
            super().keyPressEvent(event)
        else:
            self._work.turn(by)

    def _copy(self) -> None:
        if self._look is not None:
            record = self._look.opened.record
            self._copying = CopySheet(self, self._ctx, self._work, record.id, record.file_name or "")
            self._copying.open()

    def close_sheet(self) -> None:
        if self._copying is not None and shiboken6.isValid(self._copying):
            self._copying.close_sheet()
        super().close_sheet()

    def _remove(self) -> None:
        look, say = self._look, self._ctx.lang.say
        if look is None:
            return
        id = look.opened.record.id
        self._ctx.messages.ask(
            say(N_("Remove this attachment?")),
            safe=say(N_("Keep it")),
            risky=say(N_("Remove it")),
            detail=say(N_("It disappears here and, with the next sync, for everybody else.")),
            chosen=lambda gone: self._work.remove(id) if gone else None,
        )


class CopySheet(Sheet):
    """Asks why a copy leaves the workspace, then where to."""

    def __init__(self, host: QWidget, ctx: ScreenContext, work: AttachmentsWork, id: UUID, name: str) -> None:
        say, theme = ctx.lang.say, ctx.theme
        super().__init__(host, theme, say(N_("Save a copy outside MigDesk")), width=480)
        self.setObjectName("attachments.copying")
        self._ctx, self._work, self._id, self._name = ctx, work, id, name
        words = N_("A copy outside MigDesk is protected by nobody: whoever opens this computer can read it. Delete it "
                   "as soon as it is no longer needed.")  # fmt: skip
        self.content.addWidget(Banner(theme, "warning", say(words)))
        self.content.addWidget(text(say(N_("Why is it needed?")), "label"))
        self.reason = CodeCombo(theme, code_options(ctx, "copy_reason"), say(N_("Choose or type")), say(N_("Reason")))
        self.reason.setObjectName("attachments.reason")
        self.reason.line.setObjectName("attachments.reason.input")
        self.content.addWidget(self.reason)
        self.content.addWidget(text(say(N_("That you saved it, and why, is noted.")), "help", wrap=True))
        go = danger(say(N_("Choose where…")), self._go)
        go.setObjectName("attachments.copy.go")
        self.add_buttons([secondary(say(N_("Cancel")), self.close_sheet), go])

    def _go(self) -> None:
        reason = self.reason.value()
        if not isinstance(reason, str):
            self.reason.set_wrong(True)
            self.reason.setFocus()
            return
        dialog = open_dialog(self, self._ctx, self._ctx.lang.say(N_("Save a copy…")), save=self._name)
        dialog.fileSelected.connect(lambda name: self._save(reason, name))
        dialog.open()

    def _save(self, reason: str, name: str) -> None:
        self.close_sheet()
        self._work.copy(self._id, reason, Path(name))


class PictureView(QWidget):
    """A picture as large as there is room, never larger than it is."""

    def __init__(self, height: int) -> None:
        super().__init__()
        self._picture: Picture | None = None
        self.setMinimumHeight(height)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._label = QLabel()
        self._label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        column.addWidget(self._label, 1)

    def show_picture(self, picture: Picture | None) -> None:
        self._picture = picture
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._picture is None:
            self._label.clear()
        else:
            fitted = pixmap_of(self._picture, self.width(), self.height(), self.devicePixelRatioF())
            self._label.setPixmap(fitted)


def pixmap_of(picture: Picture, width: int, height: int, ratio: float) -> QPixmap:
    """A picture fitted into a box, sharp on a screen of this pixel ratio; never made larger than it is."""
    form = QImage.Format.Format_RGB888
    image = QImage(picture.rgb, picture.width, picture.height, 3 * picture.width, form)
    wide, high = max(1, round(width * ratio)), max(1, round(height * ratio))
    if picture.width > wide or picture.height > high:
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        image = image.scaled(wide, high, keep, smooth)
    made = QPixmap.fromImage(image.copy())
    made.setDevicePixelRatio(ratio)
    return made


def code_options(ctx: ScreenContext, codes: str) -> list[Option]:
    """The entries of a code list that may be chosen today."""
    entries = ctx.session.codes[codes].active_on(ctx.today())
    return [Option(entry.code, code_words(ctx, codes, entry.code)) for entry in entries]


def open_dialog(host: QWidget, ctx: ScreenContext, title: str, *, save: str = "") -> QFileDialog:
    """`save`: the name that is offered for a copy."""
    kinds = "" if save else ctx.lang.say(N_("Photographs and documents (*.jpg *.jpeg *.png *.pdf)"))
    dialog = file_dialog(host, title, kinds=kinds, save=save)
    dialog.setObjectName("attachments.file")
    return dialog
