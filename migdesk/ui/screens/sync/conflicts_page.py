"""The page where values are decided on, record by record, and the news of edits that both stand. GUI thread."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from migdesk.i18n.markers import N_
from migdesk.services.apart import Side, WrittenApart
from migdesk.services.conflicts import RecordConflicts
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.deciding import DecidingState
from migdesk.ui.screens.sync.presenter import HOMES, SyncPresenter
from migdesk.ui.screens.sync.question import (
    QuestionBlock,
    edit_words,
    field_words,
    laptop_words,
    writer_words,
)
from migdesk.ui.widgets.buttons import link, primary, quiet
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.empty import EmptyState
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.text import text
from migdesk.ui.work.facts import Entry, Stack, at_left, clear
from migdesk.ui.work.pages import back_button, tame
from migdesk.ui.work.wording import dotted


class ConflictsPage(QWidget):
    """Built anew when other questions are open; what is chosen and typed stays in the presenter."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say = ctx.theme, ctx.lang.say
        body = QWidget()
        self._column = QVBoxLayout(body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.space(4))
        self._cards: list[RecordCard] = []
        self._shown: object = None
        back = back_button(ctx, "conflicts.back", presenter.to_home)
        lesson = say(N_("Two people changed the same thing without knowing of each other. Both values are kept."))
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Page(theme, say(N_("Which value is right?")), lesson, [], body, back=back))
        tame(self)

    def show_deciding(self, state: DecidingState) -> None:
        key = (state.shown, state.apart, state.loaded)
        if key != self._shown:
            self._shown = key
            self._build(state)
        for card in self._cards:
            card.show_deciding(state)

    def _build(self, state: DecidingState) -> None:
        clear(self._column)
        self._cards = [
            RecordCard(self._ctx, self._presenter, record, number) for number, record in enumerate(state.shown)
        ]
        for card in self._cards:
            self._column.addWidget(card)
        say = self._ctx.lang.say
        hidden = len(state.records) - len(state.shown)
        if hidden:
            words = self._ctx.lang.many(N_("Show {n} other record"), N_("Show {n} other records"), hidden)
            more = quiet(words, self._presenter.to_conflicts)
            more.setObjectName("conflicts.all")
            self._column.addWidget(at_left(more))
        if state.loaded and not state.records:
            lesson = say(
                N_("When two people change the same answer while apart, both values stand here, side by side.")
            )
            done = EmptyState(self._ctx.theme, "circle-check", say(N_("Nothing to decide")), lesson)
            done.setObjectName("conflicts.none")
            self._column.addWidget(done)
        if state.apart:
            self._column.addWidget(ApartCard(self._ctx, self._presenter, state.apart))
        self._column.addStretch(1)
        tame(self)


class RecordCard(Card):
    """All questions about one record, answered in one act."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter, record: RecordConflicts, number: int) -> None:
        say, theme = ctx.lang.say, ctx.theme
        spec = ctx.session.schema.by_name[record.kind]
        super().__init__(theme, dotted(say(spec.title), record.title))
        self._ctx, self._presenter, self._record = ctx, presenter, record
        name = f"conflict.{number}"
        self.setObjectName(name)
        if record.kind in HOMES:
            look = link(say(N_("Open the record")), lambda: presenter.open_record(record.kind, record.record))
            look.setObjectName(f"{name}.open")
            self.header.addWidget(look)
        self.content.setSpacing(theme.space(4))
        self.blocks: list[QuestionBlock] = []
        for at, question in enumerate(record.questions):
            if at:
                rule = QFrame()
                rule.setProperty("look", "rule")
                self.content.addWidget(rule)
            block = QuestionBlock(ctx, presenter.deciding, question, f"{name}.{at}")
            self.blocks.append(block)
            self.content.addWidget(block)
        self._bar(name)

    def show_deciding(self, state: DecidingState) -> None:
        for question, block in zip(self._record.questions, self.blocks, strict=True):
            key = str(question.id)
            block.show_given(state.given.get(key), state.problems.get(key))
        answered, lang = len(state.answered(self._record)), self._ctx.lang
        of = len(self._record.questions)
        self.decide.setEnabled(bool(answered) and state.busy is None)
        self.told.setText(
            lang.say(N_("{done} of {all} answered"), done=lang.number(answered), all=lang.number(of)) if of > 1 else ""
        )

    def _decide(self) -> None:
        """Unless something is typed that is no value: half a date is no answer yet."""
        given = self._presenter.deciding.state.given
        for question, block in zip(self._record.questions, self.blocks, strict=True):
            one = given.get(str(question.id))
            if one is not None and one.choice is None and not block.is_readable():
                return
        self._presenter.deciding.decide(self._record)

    def _bar(self, name: str) -> None:
        say, theme = self._ctx.lang.say, self._ctx.theme
        row = QHBoxLayout()
        row.setSpacing(theme.space(3))
        self.decide = primary(say(N_("Decide")), self._decide)
        self.decide.setObjectName(f"{name}.decide")
        self.keep = quiet(say(N_("Leave all as shown now")), lambda: self._presenter.deciding.keep(self._record))
        self.keep.setObjectName(f"{name}.keep")
        self.told = text("", "help")
        row.addWidget(self.decide)
        row.addWidget(self.keep)
        row.addWidget(self.told, 1, Qt.AlignmentFlag.AlignVCenter)
        self.content.addLayout(row)
        for part in (self.decide, self.keep):
            part.setVisible(self._record.may_decide)


class ApartCard(Card):
    """Records that several people changed apart, each something else: to be known, not to be decided."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter, found: tuple[WrittenApart, ...]) -> None:
        say, theme = ctx.lang.say, ctx.theme
        intro = say(N_("Each changed something else, so both stand. Look whether they fit together."))
        super().__init__(theme, say(N_("Changed by two people at the same time")), intro=intro)
        self.setObjectName("conflicts.apart")
        self._ctx = ctx
        seen = quiet(say(N_("Mark all as seen")), lambda: presenter.deciding.see(found))
        seen.setObjectName("conflicts.seen")
        self.header.addWidget(seen)
        entries: list[QWidget] = []
        for number, one in enumerate(found):
            spec = ctx.session.schema.by_name[one.kind]
            words = "\n".join(self._side(one, side) for side in one.sides)
            opens = partial(presenter.open_record, one.kind, one.record) if one.kind in HOMES else None
            entry = Entry(theme, "git-merge", dotted(say(spec.title), one.title), words, on_open=opens, tint="info")
            entry.setObjectName(f"conflicts.apart.{number}")
            entries.append(entry)
        self.content.addWidget(Stack(theme, entries))

    def _side(self, one: WrittenApart, side: Side) -> str:
        """`Rina, 17 May 2026 09.30, on this laptop: Education = Primary school`."""
        ctx, say = self._ctx, self._ctx.lang.say
        head = say(
            N_("{name}, {moment}, {laptop}"), name=writer_words(ctx, side.author_name),
            moment=ctx.lang.moment(side.at), laptop=laptop_words(ctx, side.laptop, own=side.own),
        )  # fmt: skip
        edits = []
        for edit in side.edits:
            label = field_words(ctx, edit.words)
            value = "" if edit.words.secret else edit_words(ctx, one.kind, edit.words, edit.value)
            edits.append(say(N_("{field} = {value}"), field=label, value=value) if value else label)
        return say(N_("{field}: {value}"), field=head, value="; ".join(edits))
