"""The card that makes a recovery sheet and has it tried before anybody relies on it. GUI thread."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.prints.recovery_sheet import print_recovery_sheet
from migdesk.services.session import Session
from migdesk.ui import icons
from migdesk.ui.gate import passphrase_field
from migdesk.ui.recovery import paper
from migdesk.ui.recovery.forgotten_page import code_line
from migdesk.ui.recovery.paper import PaperState, PaperWork
from migdesk.ui.recovery.text_boxes import mono
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import primary, quiet, secondary
from migdesk.ui.widgets.file_dialog import file_dialog
from migdesk.ui.widgets.sheet import Sheet
from migdesk.ui.widgets.text import text
from migdesk.ui.work.facts import appear, clear
from migdesk.ui.work.pages import tame


def open_paper(
    host: QWidget, ctx: ScreenContext, *, key: bytes = b"", changed: Callable[[], None] = lambda: None
) -> "PaperSheet":
    """Make a sheet. With `key`, right after the workspace was made, no passphrase is asked for."""
    work = PaperWork(ctx, _draw, changed)
    sheet = PaperSheet(host, ctx, work, first=bool(key))
    if key:
        work.make_with_key(key)
    sheet.open()
    return sheet


class PaperSheet(Sheet):
    """Built anew with each step. Object names begin with `paper.`."""

    def __init__(self, host: QWidget, ctx: ScreenContext, work: PaperWork, *, first: bool) -> None:
        super().__init__(host, ctx.theme, ctx.lang.say(N_("Recovery sheet")), on_escape=self._later, width=600)
        self._ctx, self._work, self._first = ctx, work, first
        self.setObjectName("paper")
        self._shown: object = None
        self._go: QPushButton | None = None
        work.attach(self)

    def show_state(self, state: PaperState) -> None:
        shown = (state.step, state.code, state.saved, state.removed)
        if shown != self._shown:
            self._shown = shown
            self._build(state)
        words = " ".join(part for part in self._ctx.lang.error(state.error) if part) if state.error else ""
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        if self._go is not None:
            self._go.setEnabled(not state.busy)

    def _build(self, state: PaperState) -> None:
        clear(self.content)
        clear(self.buttons)
        self.buttons.addStretch(1)
        self._go = None
        steps = {paper.ASK: self._ask, paper.SHOW: self._show_code, paper.TRY: self._try, paper.DONE: self._done}
        focus = steps[state.step](state)
        self.problem = text("", "problem", wrap=True)
        self.problem.setObjectName("paper.problem")
        self.content.addWidget(self.problem)
        appear(self.content)
        appear(self.buttons)
        self.problem.hide()
        tame(self)
        if self.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self, state: PaperState) -> QWidget:
        say, theme = self._ctx.lang.say, self._ctx.theme
        if self._first:
            words = text(say(N_("Making the code…")), "muted", wrap=True)
            self.content.addWidget(words)
            return words
        lead = N_("A paper with a code that opens this workspace when the passphrase is forgotten. An earlier sheet "
                  "opens nothing any more as soon as the new one is made.")  # fmt: skip
        self.content.addWidget(text(say(lead), wrap=True))
        field = passphrase_field(theme, self._ctx.lang)
        field.line.setObjectName("paper.passphrase")
        self._labelled(say(N_("Passphrase")), field, field.line)
        go = primary(say(N_("Make the code")), lambda: self._work.make(field.text()))
        field.entered.connect(lambda: self._work.make(field.text()))
        self._buttons(secondary(say(N_("Cancel")), self.close_sheet), go)
        return field

    def _show_code(self, state: PaperState) -> QWidget:
        say, theme = self._ctx.lang.say, self._ctx.theme
        lead = (
            N_("If you forget the passphrase, this code opens your workspace, without a network. Print it, or write it "
               "down by hand. It is shown only now.")
            if self._first
            else N_("Print it, or write it down by hand. It is shown only now.")
        )  # fmt: skip
        self.content.addWidget(text(say(lead), wrap=True))
        self.content.addWidget(self._groups(state.code))
        ink = theme.color("ink")
        save = secondary(
            say(N_("Save as a PDF to print…")), self._save, icon=icons.icon("printer", ink, size=theme.px(18))
        )
        save.setObjectName("paper.save")
        row = QHBoxLayout()
        row.addWidget(save)
        row.addStretch(1)
        self.content.addLayout(row)
        if state.saved:
            words = say(
                N_(
                    "Saved as {file}. Print it now: the file opens your workspace too. MigDesk removes it once "
                    "the paper was tried."
                ),
                file=state.saved[-1].name,
            )
            banner = Banner(theme, "warning", words)
            banner.words.setObjectName("paper.saved")
            self.content.addWidget(banner)
        keep = N_("Keep the paper apart from the laptop, in a closed envelope: whoever has both can read everything.")
        self.content.addWidget(text(say(keep), "help", wrap=True))
        go = primary(say(N_("It is on paper")), self._work.on_paper)
        self._buttons(self._later_button(), go)
        return go

    def _groups(self, code: str) -> QFrame:
        theme = self._ctx.theme
        frame = QFrame()
        frame.setProperty("look", "info")
        row = QHBoxLayout(frame)
        row.setContentsMargins(theme.space(3), theme.space(4), theme.space(3), theme.space(4))
        row.setSpacing(theme.space(1))
        for number, group in enumerate(code.split("-"), 1):
            label = text(group, "section")
            mono(label, theme)
            label.setObjectName(f"paper.group.{number}")
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            row.addWidget(label, 1)
        return frame

    def _try(self, state: PaperState) -> QWidget:
        say = self._ctx.lang.say
        lead = N_("Now type the code from the paper: only so do you know that it can be read and opens your workspace.")
        self.content.addWidget(text(say(lead), wrap=True))
        name = say(N_("Code on the paper"))
        line = code_line(self._ctx.theme, name, "paper.code")
        self._labelled(name, line, line)
        line.returnPressed.connect(lambda: self._work.try_code(line.text()))
        go = primary(say(N_("Try it")), lambda: self._work.try_code(line.text()))
        again = quiet(say(N_("Show the code again")), self._work.look_again)
        again.setObjectName("paper.again")
        self._buttons(again, self._later_button(), go)
        return line

    def _done(self, state: PaperState) -> QWidget:
        lang, theme = self._ctx.lang, self._ctx.theme
        self.content.addWidget(
            Banner(theme, "success", lang.say(N_("The paper opens your workspace. Lock it away now.")))
        )
        if state.removed:
            words = lang.many(
                N_("{n} file with the code was removed."), N_("{n} files with the code were removed."), state.removed
            )
            self.content.addWidget(text(words, "help", wrap=True))
        go = primary(lang.say(N_("Done")), self.close_sheet)
        self._buttons(go)
        return go

    def _labelled(self, words: str, widget: QWidget, target: QWidget) -> None:
        label = text(words, "label")
        label.setBuddy(target)
        self.content.addWidget(label)
        self.content.addWidget(widget)

    def _later_button(self) -> QPushButton:
        later = secondary(self._ctx.lang.say(N_("Later")), self._later)
        later.setObjectName("paper.later")
        return later

    def _buttons(self, *buttons: QPushButton) -> None:
        """The last one goes on."""
        self._go = buttons[-1]
        self._go.setObjectName("paper.go")
        self.add_buttons(buttons)

    def _later(self) -> None:
        """The code is gone from the screen. Without a tried sheet, Today says so until there is one."""
        undone = self._work.state.code != ""
        self.close_sheet()
        if undone:
            self._ctx.messages.info(self._ctx.lang.say(N_("Today reminds you of the recovery sheet.")))

    def _save(self) -> None:
        say = self._ctx.lang.say
        kinds = say(N_("Documents to print (*{suffix})"), suffix=".pdf")
        dialog = file_dialog(self, say(N_("Save as a PDF to print…")), kinds=kinds, save="migdesk-recovery.pdf")
        dialog.setObjectName("paper.file")
        dialog.fileSelected.connect(lambda name: self._work.save(Path(name)))
        dialog.show()


def _draw(code: str, lang: Language, session: Session) -> bytes:
    return print_recovery_sheet(code, lang, owner=session.user.display_name, made_at=session.clock.now())
