"""From the type of a field to the editor that fits it. GUI thread; knows no kind of record."""

from migdesk.domain.codes import MISSING_CODES, CodeEntry
from migdesk.domain.field_types import (
    Amount,
    AreaCode,
    Code,
    Codes,
    Day,
    Note,
    PartialDay,
    Phone,
    Text,
    Whole,
    YesNo,
)
from migdesk.domain.record import FieldSpec
from migdesk.domain.values import Missing
from migdesk.i18n import minor_digits
from migdesk.i18n.markers import N_
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.area_field import AreaField
from migdesk.ui.widgets.choice import CodeChips, CodeCombo, Option, SegmentedChoice
from migdesk.ui.widgets.date_field import DateField
from migdesk.ui.widgets.editor import Editor
from migdesk.ui.widgets.money_field import MoneyField
from migdesk.ui.widgets.plain_fields import NoteField, TextField

MOST_SEGMENTS = 4


def can_edit(field: FieldSpec) -> bool:
    """Whether a form can show the field; references, moments and keys are chosen elsewhere."""
    return isinstance(
        field.type, Text | Note | Code | Codes | Day | PartialDay | Whole | YesNo | Amount | AreaCode | Phone
    )


def is_wide(field: FieldSpec) -> bool:
    """Whether the field takes the whole width of a section."""
    return isinstance(field.type, Note | Codes)


def make_editor(field: FieldSpec, ctx: ScreenContext) -> Editor:
    """The editor for one field, in the language and look of `ctx`. Raises TypeError for a type that has none."""
    theme, lang, kind = ctx.theme, ctx.lang, field.type
    if isinstance(kind, Code | Codes):
        return _code_editor(field, ctx)
    if isinstance(kind, YesNo):
        return SegmentedChoice(theme, [Option(True, lang.say(N_("Yes"))), Option(False, lang.say(N_("No")))])
    if isinstance(kind, Day | PartialDay):
        return DateField(
            theme,
            ctx.today,
            lang.say(N_("day/month/year")),
            lang.say(N_("Choose from a calendar (Alt+Down)")),
            partial=isinstance(kind, PartialDay),
            future=kind.future,
            locale="id_ID" if lang.code == "id" else "en_GB",
        )
    if isinstance(kind, Amount):
        decimal = "," if lang.code == "id" else "."
        return MoneyField(theme, minor_digits, decimal, lang.say(N_("Currency")))
    if isinstance(kind, AreaCode):
        return AreaField(theme, ctx.areas, lang.say(N_("Type a name or a code")), min_level=kind.min_level)
    return _text_editor(field, ctx)


def missing_choices(field: FieldSpec, ctx: ScreenContext) -> list[tuple[object, str]]:
    """The quick answers "not known" and "does not want to say": codes where the list has them, else `Missing`."""
    if field.is_set or not field.can_decline:
        return []
    if field.codes:
        entries = {entry.code: entry for entry in _entries(field, ctx)}
        return [(code, _words(field, code, ctx)) for code in MISSING_CODES if code in entries]
    return [
        (Missing.UNKNOWN, ctx.lang.say(N_("Not known"))),
        (Missing.DECLINED, ctx.lang.say(N_("Prefers not to say"))),
    ]


def unreadable_words(field: FieldSpec, ctx: ScreenContext) -> str:
    """What to type instead of what is no value."""
    lang, kind = ctx.lang, field.type
    if isinstance(kind, Day):
        return lang.say(N_("This is no date. Type day, month and year, such as 17/05/2026."))
    if isinstance(kind, PartialDay):
        return lang.say(N_("This is no date. Type it like 17/05/1994, 05/1994 or 1994."))
    if isinstance(kind, Amount):
        return lang.say(N_("This is no amount. Type figures only."))
    if isinstance(kind, AreaCode):
        return lang.say(N_("Choose a place from the list."))
    if isinstance(kind, Phone):
        return lang.say(N_("This is no telephone number. Type it like 0812 3456 7890."))
    if isinstance(kind, Whole):
        return lang.say(N_("Type a whole number from {low} to {high}."), low=kind.low, high=kind.high)
    return lang.say(N_("This is incomplete or has characters that do not belong here."))


def _text_editor(field: FieldSpec, ctx: ScreenContext) -> Editor:
    theme, kind = ctx.theme, field.type
    if isinstance(kind, Note):
        return NoteField(theme)
    if isinstance(kind, Whole):
        return TextField(theme, max_length=11, read=lambda typed: kind.normalise(int(typed)))
    if isinstance(kind, Text):
        return TextField(theme, max_length=kind.max_length, read=kind.normalise)
    if isinstance(kind, Phone):
        return TextField(theme, max_length=24, read=kind.normalise, hint="0812 3456 7890")
    raise TypeError(type(kind).__name__)


def _code_editor(field: FieldSpec, ctx: ScreenContext) -> Editor:
    entries = [entry for entry in _entries(field, ctx) if entry.code not in MISSING_CODES]
    options = [Option(entry.code, _words(field, entry.code, ctx)) for entry in entries]
    if field.is_set:
        return CodeChips(ctx.theme, options)
    if len(options) <= MOST_SEGMENTS:
        return SegmentedChoice(ctx.theme, options)
    return CodeCombo(ctx.theme, options, ctx.lang.say(N_("Type or choose")))


def _entries(field: FieldSpec, ctx: ScreenContext) -> tuple[CodeEntry, ...]:
    return ctx.session.codes[field.codes].active_on(ctx.today())


def _words(field: FieldSpec, code: str, ctx: ScreenContext) -> str:
    return ctx.lang.code_label(ctx.session.codes, field.codes, code)
