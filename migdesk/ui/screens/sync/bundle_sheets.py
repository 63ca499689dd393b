"""Sheets for carrying data by hand: for whom a bundle is sealed, and what is in one before it is taken in."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QFrame, QGridLayout, QScrollArea, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.bundle_words import NOTHING_TO_TAKE, gaps, set_apart
from migdesk.services.bundles import BundleReport, Preview, Recipient
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.presenter import BUNDLE_SUFFIX, SyncPresenter
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import primary, secondary
from migdesk.ui.widgets.check import Check
from migdesk.ui.widgets.file_dialog import file_dialog
from migdesk.ui.widgets.sheet import Sheet
from migdesk.ui.widgets.text import text


def open_export(host: QWidget, ctx: ScreenContext, presenter: SyncPresenter) -> Sheet:
    """Choose for whom, compare the words, then where to."""
    return ExportSheet(host, ctx, presenter).start()


def open_import(host: QWidget, ctx: ScreenContext, presenter: SyncPresenter) -> None:
    """Choose a file; when it could be opened, show what is in it and ask."""
    dialog = _dialog(host, ctx, ctx.lang.say(N_("Take in a bundle")))
    dialog.fileSelected.connect(lambda name: presenter.inspect(Path(name), lambda: _preview(host, ctx, presenter)))
    dialog.show()


class ExportSheet:
    """Recipients arrive from the store after the sheet is open."""

    def __init__(self, host: QWidget, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        self._host, self._ctx, self._presenter = host, ctx, presenter
        say, theme = ctx.lang.say, ctx.theme
        self._sheet = Sheet(host, theme, say(N_("Write a bundle")), width=640)
        lesson = say(
            N_("Read the words out to each other once. If they are the same, the file is sealed for the right laptop.")
        )
        self._sheet.content.addWidget(text(lesson, "muted", wrap=True))
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, theme.space(2), 0)
        self._list.setSpacing(theme.space(2))
        inner = QWidget()
        inner.setLayout(self._list)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setMinimumHeight(theme.px(240))
        self._area.setWidget(inner)
        for plain in (inner, self._area.viewport()):
            plain.setAutoFillBackground(False)
        self._sheet.content.addWidget(self._area)
        self._whole = Check(say(N_("With everything that is here, not only what waits")))
        self._whole.setObjectName("bundle.whole")
        self._sheet.content.addWidget(self._whole)
        self._write = primary(say(N_("Choose where to write it…")), self._choose_file)
        self._write.setObjectName("bundle.write")
        self._write.setEnabled(False)
        self._sheet.add_buttons([secondary(say(N_("Cancel")), self._sheet.close_sheet), self._write])

    def start(self) -> Sheet:
        ctx, presenter = self._ctx, self._presenter

        def fill(found: tuple[Recipient, ...]) -> None:
            for number, one in enumerate(found):
                self._list.addWidget(self._recipient(one, number))
            if not found:
                words = ctx.lang.say(N_("No other laptop is known yet. Connect to the server once, or sync."))
                self._list.addWidget(text(words, "muted", wrap=True))
            self._list.addStretch(1)
            self._ready()

        presenter.load_recipients(fill, self._sheet)
        self._sheet.open()
        return self._sheet

    def _recipient(self, one: Recipient, number: int) -> QWidget:
        ctx, theme = self._ctx, self._ctx.theme
        frame = QFrame()
        frame.setProperty("look", "tile")
        grid = QGridLayout(frame)
        grid.setContentsMargins(theme.space(3), theme.space(2), theme.space(3), theme.space(2))
        name = ctx.lang.say(N_("Server")) if one.is_server else one.display_name
        box = Check(" · ".join(part for part in (name, one.label) if part))
        box.setObjectName(f"bundle.to.{number}")
        box.setChecked(one.recipient in self._presenter.state.chosen)
        box.toggled.connect(lambda on: self._chosen(one.recipient, on))
        grid.addWidget(box, 0, 0)
        words = text(one.words, "code", wrap=True)
        grid.addWidget(words, 1, 0)
        return frame

    def _chosen(self, recipient: str, on: bool) -> None:
        self._presenter.choose(recipient, on)
        self._ready()

    def _ready(self) -> None:
        self._write.setEnabled(bool(self._presenter.state.chosen))

    def _choose_file(self) -> None:
        ctx = self._ctx
        # Neither a name nor a place: a file name is read by everybody who holds the stick.
        dialog = _dialog(self._host, ctx, ctx.lang.say(N_("Write a bundle")), save=f"migdesk-{ctx.today().isoformat()}")
        dialog.fileSelected.connect(lambda name: _ask_to_replace(ctx, name, lambda: self._export(name)))
        dialog.show()

    def _export(self, name: str) -> None:
        whole = self._whole.isChecked()
        self._sheet.close_sheet()
        self._presenter.export(Path(name), whole=whole)


def _preview(host: QWidget, ctx: ScreenContext, presenter: SyncPresenter) -> None:
    found = presenter.state.preview
    if found is None:
        return
    say, theme, lang, forecast = ctx.lang.say, ctx.theme, ctx.lang, presenter.state.forecast

    def cancel() -> None:
        sheet.close_sheet()
        presenter.forget_bundle()

    def take() -> None:
        sheet.close_sheet()
        presenter.import_(lambda device: _offer_receipt(host, ctx, presenter, device))

    sheet = Sheet(host, theme, say(N_("What is in this bundle")), on_escape=cancel, width=560)
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.space(4))
    grid.setVerticalSpacing(theme.space(2))
    grid.setColumnStretch(1, 1)
    rows = [
        (say(N_("From")), found.sender),
        (say(N_("Fingerprint words")), found.words),
        (say(N_("Written")), lang.moment(found.created)),
        (say(N_("Changes")), lang.number(found.changes)),
        (say(N_("Size")), say(N_("{count} KB"), count=lang.number(max(1, round(found.size / 1024))))),
    ]
    if forecast is not None:
        rows += _forecast_rows(ctx, forecast)
    for at, (label, words) in enumerate(rows):
        grid.addWidget(text(label, "label"), at, 0)
        grid.addWidget(text(words, wrap=True), at, 1)
    sheet.content.addLayout(grid)
    for words in () if forecast is None else (*set_apart(lang, forecast), *gaps(lang, forecast.waiting)):
        sheet.content.addWidget(Banner(theme, "warning", words))
    note = _note(ctx, found, forecast)
    if note is not None:
        sheet.content.addWidget(note)
    go = primary(say(N_("Take it in")), take)
    go.setObjectName("bundle.take")
    go.setEnabled(found.known or found.own)
    sheet.add_buttons([secondary(say(N_("Cancel")), cancel), go])
    sheet.open(go)


def _forecast_rows(ctx: ScreenContext, forecast: BundleReport) -> list[tuple[str, str]]:
    """What taking it in would do, in records for what is new and changed and in changes for the rest."""
    say, many, number = ctx.lang.say, ctx.lang.many, ctx.lang.number
    rows = []
    for name, counts in forecast.kinds.items():
        parts = [
            many(N_("{n} new"), N_("{n} new"), counts.new) if counts.new else "",
            many(N_("{n} changed"), N_("{n} changed"), counts.changed) if counts.changed else "",
            many(N_("{n} in conflict"), N_("{n} in conflict"), counts.conflicts) if counts.conflicts else "",
        ]
        rows.append((say(ctx.session.schema.by_name[name].plural), " · ".join(part for part in parts if part)))
    counted = (
        (N_("Known already"), forecast.duplicates), (N_("Waits for what it belongs to"), forecast.held),
        (N_("Waits for an earlier bundle"), forecast.later), (N_("Would be set aside"), forecast.quarantined),
        (N_("Not for you, and not kept"), forecast.outside),
    )  # fmt: skip
    return rows + [(say(label), number(count)) for label, count in counted if count]


def _note(ctx: ScreenContext, found: Preview, forecast: BundleReport | None) -> Banner | None:
    say = ctx.lang.say
    if found.own:
        return Banner(ctx.theme, "info", say(N_("This laptop wrote it itself. Taking it in changes nothing.")))
    if not found.known:
        words = say(N_("The sender is not known here. Sync once, or ask your supervisor who it is."))
        return Banner(ctx.theme, "danger", words)
    if forecast is not None and forecast.says_nothing_new:
        return Banner(ctx.theme, "info", say(NOTHING_TO_TAKE))
    return Banner(ctx.theme, "info", say(N_("Nothing was written yet.")))


def _offer_receipt(host: QWidget, ctx: ScreenContext, presenter: SyncPresenter, device: str) -> None:
    """Ask whether the sender is to learn that it has arrived."""
    say = ctx.lang.say
    sheet = Sheet(host, ctx.theme, say(N_("Give a receipt back?")), width=560)
    words = say(
        N_("A receipt is a small sealed file that only the sender can open. It tells the sender's laptop what has "
           "arrived here.")
    )  # fmt: skip
    sheet.content.addWidget(text(words, wrap=True))

    def choose() -> None:
        sheet.close_sheet()
        name = f"migdesk-receipt-{ctx.today().isoformat()}"
        dialog = _dialog(host, ctx, say(N_("Write a receipt")), save=name)
        dialog.fileSelected.connect(
            lambda name: _ask_to_replace(ctx, name, lambda: presenter.write_receipt(device, Path(name)))
        )
        dialog.show()

    write = primary(say(N_("Choose where to write it…")), choose)
    write.setObjectName("receipt.write")
    sheet.add_buttons([secondary(say(N_("Not now")), sheet.close_sheet), write])
    sheet.open(write)


def _ask_to_replace(ctx: ScreenContext, name: str, go: Callable[[], None]) -> None:
    """Asked by us: a question of Qt's own would be a window that the hide key does not reach."""
    if not Path(name).exists():
        go()
        return
    say = ctx.lang.say
    ctx.messages.ask(
        say(N_("A file of this name is there already.")),
        safe=say(N_("Keep it")),
        risky=say(N_("Replace it")),
        chosen=lambda replace: go() if replace else None,
    )


def _dialog(host: QWidget, ctx: ScreenContext, title: str, *, save: str = "") -> QFileDialog:
    """Asks for a bundle to be read, or for a place to write one of this name."""
    kinds = ctx.lang.say(N_("Bundles (*{suffix})"), suffix=BUNDLE_SUFFIX)
    dialog = file_dialog(host, title, kinds=kinds, save=f"{save}{BUNDLE_SUFFIX}" if save else "")
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    dialog.setObjectName("bundle.file")
    return dialog
