"""A page with a form: the offered draft, the fields, and a bar that saves and says how things stand. GUI thread."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from migdesk.domain.record import KindSpec, Tier
from migdesk.i18n.markers import N_
from migdesk.services.standing import standing_of
from migdesk.ui import icons
from migdesk.ui.form.builder import FormView
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.buttons import primary, quiet, secondary
from migdesk.ui.widgets.text import text
from migdesk.ui.work.editing import Editing, FormState, saved_words
from migdesk.ui.work.standing import DecideBanner
from migdesk.ui.work.wording import dotted, draft_title

KEEP_AFTER_MS = 400
_STANDING = {"unsaved": ("pencil", "warning"), "saving": ("clock", "muted"), "saved": ("circle-check", "success")}


class DraftOffer(QFrame):
    """Recover, discard, or later: the person decides; Esc does nothing."""

    def __init__(self, ctx: ScreenContext, editing: Editing, name: str, person: str) -> None:
        super().__init__()
        self._ctx, self._person = ctx, person
        theme, say = ctx.theme, ctx.lang.say
        self.setProperty("look", "warning")
        self.setObjectName(f"{name}.draft")
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.space(4), theme.space(3), theme.space(4), theme.space(3))
        column.setSpacing(theme.space(2))
        top = QHBoxLayout()
        top.setSpacing(theme.space(3))
        picture = QLabel()
        picture.setPixmap(icons.pixmap("history", theme.color("warning"), theme.px(20), self.devicePixelRatioF()))
        top.addWidget(picture)
        self.words = text("", wrap=True)
        top.addWidget(self.words, 1)
        column.addLayout(top)
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        row.addSpacing(theme.px(20) + theme.space(3))
        for words, act, part, make in (
            (say(N_("Recover")), editing.recover, "recover", primary),
            (say(N_("Later")), editing.later, "later", secondary),
            (say(N_("Discard")), editing.discard, "discard", quiet),
        ):
            button = make(words, act)
            button.setObjectName(f"{name}.draft.{part}")
            row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)

    def show_form(self, form: FormState) -> None:
        self.setVisible(form.offer is not None)
        if form.offer is None:
            return
        lang = self._ctx.lang
        what = draft_title(self._ctx, form.spec.name, new=form.record is None)
        self.words.setText(
            lang.say(
                N_("Typing that was not saved is still here: {form}, {when}."),
                form=dotted(self._person, what),
                when=lang.moment(form.offer.updated_at),
            )
        )


class SaveBar(QFrame):
    """The save button, and in words whether what is shown is saved and where it is."""

    def __init__(self, ctx: ScreenContext, form: FormView, name: str, *, go_on: str) -> None:
        super().__init__()
        self._ctx, self._shown = ctx, ""
        theme, say = ctx.theme, ctx.lang.say
        self.setProperty("look", "status")
        self.setObjectName(f"{name}.bar")
        row = QHBoxLayout(self)
        row.setContentsMargins(theme.space(6), theme.space(2), theme.space(6), theme.space(2))
        row.setSpacing(theme.space(2))
        self.save = primary(say(N_("Save")), form.submit)
        self.save.setObjectName(f"{name}.save")
        self.save.setToolTip(say(N_("Save (Ctrl+S)")))
        row.addWidget(self.save)
        self.go_on: QPushButton | None = None
        if go_on:
            self.go_on = secondary(go_on, form.submit_and_go_on)
            self.go_on.setObjectName(f"{name}.save_and_go_on")
            self.go_on.setToolTip(say(N_("{action} (Ctrl+Enter)"), action=go_on))
            row.addWidget(self.go_on)
        row.addSpacing(theme.space(2))
        self.picture = QLabel()
        row.addWidget(self.picture)
        self.words = text("", "small", wrap=True)
        self.words.setObjectName(f"{name}.standing")
        row.addWidget(self.words, 1)

    def show_form(self, form: FormState) -> None:
        theme = self._ctx.theme
        name, tint = _STANDING.get(form.phase, ("info-circle", "muted"))
        if f"{name} {tint}" != self._shown:
            self._shown = f"{name} {tint}"
            self.picture.setPixmap(icons.pixmap(name, theme.color(tint), theme.px(18), self.devicePixelRatioF()))
        words = standing_words(self._ctx, form)
        self.picture.setVisible(bool(words))
        self.words.setText(words)
        self.save.setEnabled(form.may_write and form.phase != "saving")
        if self.go_on is not None:
            self.go_on.setEnabled(self.save.isEnabled())


@dataclass(frozen=True, slots=True)
class FormPlan:
    """What a screen says about its form. `name` begins the object names; `person` names whom a draft is about;
    `go_on` is the label of the second button, which calls `on_go_on`."""

    name: str
    spec: KindSpec
    on_save: Callable[[], object]
    on_go_on: Callable[[], object] | None = None
    go_on: str = ""
    leave_out: tuple[str, ...] = ()
    person: str = ""


class FormPage(QWidget):
    """`bar` belongs below the scrolled page. `paused` comes when the person stops typing for a moment. The layout of
    banners between the draft and the fields is `above`, for the screen to fill."""

    paused = Signal()

    def __init__(self, ctx: ScreenContext, editing: Editing, plan: FormPlan) -> None:
        super().__init__()
        self._ctx, self._editing = ctx, editing
        self._attempts = 0
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(ctx.theme.space(4))
        self.offer = DraftOffer(ctx, editing, plan.name, plan.person)
        column.addWidget(self.offer)
        self.decide = DecideBanner(ctx)
        column.addWidget(self.decide)
        self.above = QVBoxLayout()
        self.above.setSpacing(ctx.theme.space(3))
        column.addLayout(self.above)
        self.form = FormView(plan.spec, ctx, leave_out=plan.leave_out)
        self.form.setObjectName(f"{plan.name}.form")
        if any(field.tier >= Tier.T4 and field.name in self.form.cells for field in plan.spec.fields):
            column.addWidget(self._stays_note(plan.name))
        column.addWidget(self.form, 1)
        self.bar = SaveBar(ctx, self.form, plan.name, go_on=plan.go_on)
        self._keep = QTimer(self)
        self._keep.setSingleShot(True)
        self._keep.setInterval(KEEP_AFTER_MS)
        self._keep.timeout.connect(self._paused)
        self.form.edited.connect(self._edited)
        self.form.save_wanted.connect(plan.on_save)
        # Ctrl+Enter without a second button still saves: nobody loses work to a habit from another form.
        self.form.save_and_go_on_wanted.connect(plan.on_go_on or plan.on_save)

    def show_form(self, form: FormState) -> None:
        """Show the whole state; what is being typed is left alone."""
        self.offer.show_form(form)
        self.decide.show_open(form.record, form.conflicts)
        self.form.set_values(form.values)
        self.form.set_read_only(not form.may_write)
        self.form.show_problems(form.problems)
        self.bar.show_form(form)
        if form.attempts != self._attempts:
            self._attempts = form.attempts
            self.form.focus_first_problem()

    def _edited(self, name: str, value: object) -> None:
        self._editing.edit(name, value)
        self._keep.start()

    def _paused(self) -> None:
        self._editing.keep()
        self.paused.emit()

    def _stays_note(self, name: str) -> QWidget:
        words = self._ctx.lang.say(
            N_("Answers with a lock stay on this laptop. They are not sent, and no colleague can read them.")
        )
        theme, note = self._ctx.theme, QWidget()
        row = QHBoxLayout(note)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space(2))
        picture = QLabel()
        picture.setPixmap(icons.pixmap("lock", theme.color("muted"), theme.px(16), self.devicePixelRatioF()))
        row.addWidget(picture)
        row.addWidget(text(words, "help", wrap=True), 1)
        note.setObjectName(f"{name}.stays")
        return note


def standing_words(ctx: ScreenContext, form: FormState) -> str:
    """How a form stands: unsaved and kept, being saved, saved and where."""
    lang = ctx.lang
    if not form.may_write:
        return lang.say(N_("You may read this, not change it."))
    if form.phase == "unsaved":
        if form.kept_at is None:
            return lang.say(N_("Not saved yet"))
        return lang.say(N_("Not saved yet · typing kept at {time}"), time=lang.time(form.kept_at))
    if form.phase == "saving":
        return lang.say(N_("Saving …"))
    if form.phase == "saved":
        still = form.open_answers
        more = lang.many(N_("{n} answer is still open"), N_("{n} answers are still open"), still) if still else ""
        return dotted(lang.say(saved_words(form)), more)
    if form.stays and form.record is not None:
        return lang.say(N_("On this laptop · not sent, as long as the person has not agreed to it"))
    return lang.say(standing_of(form.saved_state).words) if form.saved_state else ""
