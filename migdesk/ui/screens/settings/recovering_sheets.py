"""Sheets of recovery: a request is answered, a recovery key is taken over, the own one is shown. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QPushButton, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.recovery import PublicKey, Seen
from migdesk.ui.gate import passphrase_field
from migdesk.ui.recovery.forgotten_page import words_box
from migdesk.ui.recovery.text_boxes import GivenText, TakenText
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.settings.recovering import RecoveringPresenter
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import primary, secondary
from migdesk.ui.widgets.check import Check
from migdesk.ui.widgets.sheet import Sheet
from migdesk.ui.widgets.text import text
from migdesk.ui.work.facts import appear, clear
from migdesk.ui.work.pages import tame

_WIDTH = 580


class _Steps(Sheet):
    """A sheet whose content is exchanged step by step; what went wrong stands above its buttons."""

    def __init__(self, host: QWidget, ctx: ScreenContext, presenter: RecoveringPresenter, title: str) -> None:
        super().__init__(host, ctx.theme, title, width=_WIDTH)
        self.ctx, self.presenter = ctx, presenter
        self._go: QPushButton | None = None

    def begin_step(self) -> None:
        clear(self.content)
        clear(self.buttons)
        self.buttons.addStretch(1)

    def end_step(
        self, prefix: str, focus: QWidget, go: str, act: Callable[[], None], *, leave: str = ""
    ) -> QPushButton:
        """The problem and the buttons; `act` may `fail`."""
        self.problem = text("", "problem", wrap=True)
        self.problem.setObjectName(f"{prefix}.problem")
        self.content.addWidget(self.problem)
        button = self._go = primary(go, act)
        button.setObjectName(f"{prefix}.go")
        if leave:
            self.add_buttons([secondary(leave, self.close_sheet)])
        self.add_buttons([button])
        appear(self.content)
        appear(self.buttons)
        self.problem.hide()
        tame(self)
        if self.isVisible():
            focus.setFocus(Qt.FocusReason.OtherFocusReason)
        else:
            self.open(focus)
        return button

    def wait(self) -> None:
        if self._go is not None:
            self._go.setEnabled(False)
        self.problem.hide()

    def fail(self, words: str) -> None:
        if self._go is not None:
            self._go.setEnabled(True)
        self.problem.setText(words)
        self.problem.show()


class AnswerSheet(_Steps):
    """A request is taken in, looked at, and answered once its words were compared. Object names: `answer.…`."""

    def __init__(self, host: QWidget, ctx: ScreenContext, presenter: RecoveringPresenter) -> None:
        super().__init__(host, ctx, presenter, ctx.lang.say(N_("Answer a request")))
        self._request = ""

    def start(self) -> "AnswerSheet":
        say = self.ctx.lang.say
        self.begin_step()
        lead = N_("A colleague forgot the passphrase. The laptop shows a request as a text and a picture.")
        self.content.addWidget(text(say(lead), "muted", wrap=True))
        taken = TakenText(
            self.ctx.theme, self.ctx.lang, prefix="answer.request", name=say(N_("Request for help")), lines=13,
            typed=self._typed, read=self.presenter.read_file,
        )  # fmt: skip
        self.content.addWidget(taken)

        def look() -> None:
            if self._request.strip():
                self.wait()
                self.presenter.look(self._request, self._seen, self.fail)

        self.end_step("answer", taken.box, say(N_("Go on")), look, leave=say(N_("Cancel")))
        return self

    def _typed(self, words: str) -> None:
        self._request = words

    def _seen(self, seen: Seen) -> None:
        say, lang, theme = self.ctx.lang.say, self.ctx.lang, self.ctx.theme
        self.begin_step()
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.space(4))
        grid.setVerticalSpacing(theme.space(2))
        grid.setColumnStretch(1, 1)
        who = f"{seen.name} ({seen.user})" if seen.name else seen.user
        rows = [
            (say(N_("Who asks")), who or say(N_("not known here")), "answer.who"),
            (say(N_("Laptop")), seen.device, "answer.device"),
            (say(N_("Asked")), lang.moment(seen.made), "answer.made"),
            (say(N_("Good until")), lang.moment(seen.until), "answer.until"),
        ]
        for at, (label, value, name) in enumerate(rows):
            grid.addWidget(text(label, "label"), at, 0, Qt.AlignmentFlag.AlignTop)
            shown = text(value, wrap=True)
            shown.setObjectName(name)
            grid.addWidget(shown, at, 1)
        self.content.addLayout(grid)
        if not seen.user:
            words = N_("This laptop is not known here. Make sure who asks, and whose laptop it is.")
            self.content.addWidget(Banner(theme, "warning", say(words)))
        self.content.addWidget(words_box(theme, lang, seen.words, "answer.words"))
        sure = Check(say(N_("I see the person or know the voice, and the words are the same.")))
        sure.setObjectName("answer.sure")
        self.content.addWidget(sure)
        note = N_("With your answer this laptop opens. That you answered is noted here and there.")
        self.content.addWidget(text(say(note), "help", wrap=True))

        def answer() -> None:
            self.wait()
            self.presenter.answer(self._request, self._answered, self.fail)

        go = self.end_step("answer", sure, say(N_("Answer")), answer, leave=say(N_("Do not answer")))
        go.setEnabled(False)
        sure.toggled.connect(go.setEnabled)

    def _answered(self, answer: str) -> None:
        say = self.ctx.lang.say
        self.begin_step()
        lead = N_("Send it, show it, or carry it on a stick. It opens that one laptop, once, and nothing else.")
        self.content.addWidget(text(say(lead), "muted", wrap=True))
        given = GivenText(
            self.ctx.theme, self.ctx.lang, prefix="answer.given", name=say(N_("The answer")), given=answer,
            file_name="migdesk-answer.txt", save=lambda file, done: self.presenter.save(file, answer, done),
        )  # fmt: skip
        self.content.addWidget(given)
        self.end_step("answer", given, say(N_("Done")), self.close_sheet)


class TrustSheet(_Steps):
    """A supervisor's recovery key is taken over once its words were compared. Object names: `trust.…`."""

    def __init__(self, host: QWidget, ctx: ScreenContext, presenter: RecoveringPresenter) -> None:
        super().__init__(host, ctx, presenter, ctx.lang.say(N_("Take over a recovery key")))
        self._key = ""

    def start(self) -> "TrustSheet":
        say = self.ctx.lang.say
        self.begin_step()
        lead = N_("Your supervisor shows the recovery key in the settings. Whoever could help before cannot any more.")
        self.content.addWidget(text(say(lead), "muted", wrap=True))
        taken = TakenText(
            self.ctx.theme, self.ctx.lang, prefix="trust.key", name=say(N_("Recovery key of your supervisor")), lines=3,
            typed=self._typed, read=self.presenter.read_file,
        )  # fmt: skip
        self.content.addWidget(taken)

        def look() -> None:
            if self._key.strip():
                self.wait()
                self.presenter.look_at_key(self._key, self._seen, self.fail)

        self.end_step("trust", taken.box, say(N_("Go on")), look, leave=say(N_("Cancel")))
        return self

    def _typed(self, words: str) -> None:
        self._key = words

    def _seen(self, key: PublicKey) -> None:
        say, theme = self.ctx.lang.say, self.ctx.theme
        self.begin_step()
        self.content.addWidget(words_box(theme, self.ctx.lang, key.words, "trust.words"))
        sure = Check(say(N_("My supervisor read out the same words.")))
        sure.setObjectName("trust.sure")
        self.content.addWidget(sure)
        field = passphrase_field(theme, self.ctx.lang)
        field.line.setObjectName("trust.passphrase")
        label = text(say(N_("Passphrase")), "label")
        label.setBuddy(field.line)
        self.content.addWidget(label)
        self.content.addWidget(field)

        def trust() -> None:
            if sure.isChecked() and field.text():
                self.wait()
                self.presenter.trust(key.text, field.text(), self.close_sheet, self.fail)

        field.entered.connect(trust)
        go = self.end_step("trust", sure, say(N_("Let this supervisor help")), trust, leave=say(N_("Cancel")))
        go.setEnabled(False)
        sure.toggled.connect(go.setEnabled)


def open_own_key(host: QWidget, ctx: ScreenContext, presenter: RecoveringPresenter) -> None:
    """The own recovery key, to be handed to laptops; made at the first call."""

    def show(key: PublicKey) -> None:
        say = ctx.lang.say
        sheet = _Steps(host, ctx, presenter, say(N_("Your recovery key")))
        lead = N_("Give it to the laptops that you set up. It is no secret, but it must be yours: compare the words.")
        sheet.content.addWidget(text(say(lead), "muted", wrap=True))
        given = GivenText(
            ctx.theme, ctx.lang, prefix="own", name=say(N_("Your recovery key")), given=key.text,
            file_name="migdesk-recovery-key.txt", save=lambda file, done: presenter.save(file, key.text, done),
        )  # fmt: skip
        sheet.content.addWidget(given)
        sheet.content.addWidget(words_box(ctx.theme, ctx.lang, key.words, "own.words"))
        sheet.end_step("own", given, say(N_("Close")), sheet.close_sheet)

    presenter.own_key(show)
