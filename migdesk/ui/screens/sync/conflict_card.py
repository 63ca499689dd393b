"""One conflict: the values side by side, who wrote them and when, and a button under each. GUI thread."""

from typing import Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from migdesk.i18n.markers import N_
from migdesk.services.conflicts import Choice, OpenConflict
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.sync.presenter import SyncPresenter
from migdesk.ui.widgets.badge import badge
from migdesk.ui.widgets.buttons import link, secondary
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.text import text
from migdesk.ui.work.wording import value_words


class ConflictCard(Card):
    """The first value is what everybody sees for now; nothing is chosen for the person."""

    def __init__(self, ctx: ScreenContext, presenter: SyncPresenter, conflict: OpenConflict, number: int) -> None:
        self._ctx, self._presenter, self._conflict = ctx, presenter, conflict
        say = ctx.lang.say
        spec = ctx.session.schema.by_name[conflict.kind]
        names = [say(spec.title), conflict.title, self._question()]
        super().__init__(ctx.theme, " · ".join(part for part in names if part))
        self.setObjectName(f"sync.conflict.{number}")
        look = link(say(N_("Open the record")), lambda: presenter.open_record(conflict))
        self.header.addWidget(look)
        row = QHBoxLayout()
        row.setSpacing(ctx.theme.space(4))
        for at, choice in enumerate(conflict.choices):
            row.addWidget(self._side(choice, at, f"sync.conflict.{number}.{at}"), 1)
        self.content.addLayout(row)
        if not conflict.may_decide:
            self.content.addWidget(text(say(N_("Your role may see this, but not decide it.")), "help", wrap=True))

    def _question(self) -> str:
        words = self._conflict.words
        label = self._ctx.lang.say(words.label)
        if words.element:
            element = self._ctx.lang.code_label(self._ctx.session.codes, words.codes, words.element)
            return self._ctx.lang.say(N_("{field}: {value}"), field=label, value=element)
        return label

    def _side(self, choice: Choice, at: int, name: str) -> QFrame:
        ctx, theme = self._ctx, self._ctx.theme
        side = QFrame()
        side.setProperty("look", "tile")
        column = QVBoxLayout(side)
        column.setContentsMargins(theme.space(4), theme.space(3), theme.space(4), theme.space(3))
        column.setSpacing(theme.space(2))
        words = self._shown(choice.value)
        column.addWidget(text(words, "strong", wrap=True))
        # A colleague whose card has not come by sync yet has no name here.
        name_of = choice.author_name or ctx.lang.say(N_("A colleague"))
        who = ctx.lang.say(N_("{name}, {moment}"), name=name_of, moment=ctx.lang.moment(choice.at))
        column.addWidget(text(who, "help", wrap=True))
        row = QHBoxLayout()
        button = secondary(ctx.lang.say(N_("This one")), lambda: self._presenter.decide(self._conflict, at))
        button.setObjectName(name)
        button.setAccessibleName(ctx.lang.say(N_("Choose {value}"), value=words))
        button.setEnabled(self._conflict.may_decide)
        row.addWidget(button)
        if at == 0:
            row.addWidget(badge(ctx.lang.say(N_("shown for now")), "info"))
        row.addStretch(1)
        column.addStretch(1)
        column.addLayout(row)
        return side

    def _shown(self, value: Any) -> str:
        say, conflict = self._ctx.lang.say, self._conflict
        if conflict.is_deletion:
            return say(N_("Remove the record")) if value else say(N_("Keep the record"))
        if conflict.words.element:
            return say(N_("Chosen")) if value else say(N_("Not chosen"))
        spec = self._ctx.session.schema.by_name[conflict.kind]
        if conflict.words.field not in spec.by_name:
            return str(value)
        return value_words(self._ctx, spec, conflict.words.field, value) or say(N_("(blank)"))
