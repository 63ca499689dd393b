"""A person in short, beside a form: who, where, whether contact is safe, what was before. GUI thread."""

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.i18n.markers import N_
from migdesk.services.counselling import CounsellingView
from migdesk.services.people import PersonView
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.badge import Tone
from migdesk.ui.widgets.card import Card
from migdesk.ui.widgets.text import text
from migdesk.ui.work.facts import Facts, at_left, pill
from migdesk.ui.work.wording import contact_words, counselling_words, dotted, person_line, value_words

MOST_EARLIER = 3
_TONES: dict[str, Tone] = {"success": "success", "warning": "warning", "danger": "danger"}


def person_card(ctx: ScreenContext, view: PersonView, more: Sequence[QWidget] = ()) -> Card:
    """The card; `more` are buttons below."""
    theme, person, spec = ctx.theme, view.record, Person.spec
    card = Card(theme, view.name)
    card.setObjectName("person.card")
    card.content.addWidget(text(person_line(ctx, person), "muted", wrap=True))
    kind, words = contact_words(ctx, person)
    safe = pill(theme, _short(ctx, kind), _TONES[kind])
    safe.setToolTip(words)
    card.content.addWidget(safe)
    names = ("migration_stage", "destination", "education", "marital_status", "dependants", "language")
    pairs = [
        (ctx.lang.say(spec.by_name[name].label), value_words(ctx, spec, name, getattr(person, name))) for name in names
    ]
    card.content.addWidget(Facts(theme, pairs))
    for one in more:
        card.content.addWidget(at_left(one))
    return card


def earlier_card(ctx: ScreenContext, earlier: Sequence[CounsellingView]) -> Card:
    """The last sessions in two lines each."""
    card = Card(ctx.theme, ctx.lang.say(N_("Earlier sessions")))
    if not earlier:
        card.content.addWidget(text(ctx.lang.say(N_("This is the first one.")), "muted", wrap=True))
    for one in earlier[:MOST_EARLIER]:
        held = one.record
        head, second = counselling_words(ctx, (held.mode, held.destination, held.next_step, held.next_date))
        day = ctx.lang.date(one.date) if one.date is not None else ctx.lang.say(CounsellingSession.spec.title)
        box = QWidget()
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(text(dotted(day, head), "strong", wrap=True))
        if second:
            column.addWidget(text(second, "help", wrap=True))
        card.content.addWidget(box)
    return card


def _short(ctx: ScreenContext, kind: str) -> str:
    say = ctx.lang.say
    if kind == "danger":
        return say(N_("Do not contact"))
    return say(N_("May be contacted")) if kind == "success" else say(N_("Ask about contact"))
