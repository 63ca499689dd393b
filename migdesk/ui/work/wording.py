"""How values of records read on a screen, in the language of the moment. No Qt. Any thread."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from migdesk.domain.case import Case
from migdesk.domain.codes import MISSING_CODES
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.field_types import AreaCode
from migdesk.domain.person import Person
from migdesk.domain.record import KindSpec
from migdesk.domain.scope import covers
from migdesk.domain.values import Missing, Money, PartialDate, age_on
from migdesk.i18n.markers import N_
from migdesk.services.matching import Likeness
from migdesk.ui.screen import ScreenContext

RISK_TONES = {"high": "danger", "medium": "warning", "low": "info", "none": "success"}
CONTACT_KINDS = {"yes": "success", "no": "danger"}
DOT = " · "


def dotted(*parts: str) -> str:
    """The parts that are there, with dots between."""
    return DOT.join(part for part in parts if part)


def value_words(ctx: ScreenContext, spec: KindSpec, name: str, value: Any) -> str:
    """A value of a field as a person reads it; an empty string for a blank."""
    lang, one = ctx.lang, spec.by_name[name]
    if value is None or value == frozenset():
        return ""
    if one.codes:
        codes = [str(value)] if isinstance(value, str) else sorted(value)
        return ", ".join(lang.code_label(ctx.session.codes, one.codes, code) for code in codes)
    if isinstance(value, Missing):
        return missing_words(ctx, value)
    if isinstance(one.type, AreaCode):
        return ctx.areas.path(str(value))
    return _plain_words(ctx, value)


def _plain_words(ctx: ScreenContext, value: Any) -> str:
    lang = ctx.lang
    if isinstance(value, bool):
        return lang.say(N_("Yes")) if value else lang.say(N_("No"))
    if isinstance(value, date | PartialDate):
        return lang.date(value)
    if isinstance(value, Money):
        return lang.money(value)
    return lang.number(value) if isinstance(value, int) else str(value)


def missing_words(ctx: ScreenContext, value: Missing) -> str:
    """The words for an answer that was asked for and not got."""
    if value is Missing.DECLINED:
        return ctx.lang.say(N_("Prefers not to say"))
    return ctx.lang.say(N_("Not known"))


def code_words(ctx: ScreenContext, codes: str, code: Any) -> str:
    """The label of a code; an empty string for a blank or an unknown answer, which a list need not repeat."""
    return ctx.lang.code_label(ctx.session.codes, codes, str(code)) if code and str(code) not in MISSING_CODES else ""


def age_words(ctx: ScreenContext, born: Any) -> str:
    """`32 years`, with `about` where only a year or an estimate is known; empty if nothing is."""
    if not isinstance(born, PartialDate):
        return ""
    years = age_on(born, ctx.today())
    if born.estimated or not born.month:
        return ctx.lang.many(N_("about {n} year"), N_("about {n} years"), years)
    return ctx.lang.many(N_("{n} year"), N_("{n} years"), years)


def age_number(ctx: ScreenContext, born: Any) -> str:
    """The age for a narrow column; `~` stands before an estimate."""
    if not isinstance(born, PartialDate):
        return ""
    sign = "~" if born.estimated or not born.month else ""
    return sign + ctx.lang.number(age_on(born, ctx.today()))


def short_place(ctx: ScreenContext, code: str | None) -> str:
    """Village and sub-district, or the two smallest names that are known."""
    if not code:
        return ""
    within = ctx.areas.within(code).split(", ")
    return ", ".join(part for part in (ctx.areas.name(code), within[0] if within else "") if part)


def person_line(ctx: ScreenContext, person: Person) -> str:
    """Sex, age, place in one line."""
    place = short_place(ctx, person.area_code)
    return dotted(code_words(ctx, "sex", person.sex), age_words(ctx, person.birth_date), place)


def contact_words(ctx: ScreenContext, person: Person) -> tuple[str, str]:
    """Kind of banner and words about contact: whether a call or message could put this person at risk."""
    hours = (
        person.safe_hours if isinstance(person.safe_hours, str) and not isinstance(person.safe_hours, Missing) else ""
    )
    say = ctx.lang.say
    if person.may_contact == "no":
        return "danger", say(N_("Do not call or write: contact could put this person at risk."))
    if person.may_contact == "yes" and hours:
        return "success", say(N_("May be contacted. Safe hours: {hours}."), hours=hours)
    if person.may_contact == "yes":
        return "success", say(N_("May be contacted."))
    return "warning", say(N_("Nobody has asked yet whether a call or message is safe. Ask before you use the number."))


def counselling_words(ctx: ScreenContext, parts: Sequence[Any]) -> tuple[str, str]:
    """Headline and second line of a session in a timeline: `(mode, destination, next step, next date)`."""
    mode, destination, step, again = (list(parts) + [None] * 4)[:4]
    country = code_words(ctx, "country", destination)
    head = dotted(code_words(ctx, "counselling_mode", mode), country)
    next_step = code_words(ctx, "next_step", step)
    if isinstance(again, date):
        next_step = dotted(next_step, ctx.lang.say(N_("meet again on {date}"), date=again))
    return head or ctx.lang.say(CounsellingSession.spec.title), next_step


def likeness_reasons(ctx: ScreenContext, like: Likeness, values: dict[str, Any]) -> str:
    """Why somebody may be the same person, in words."""
    say, reasons = ctx.lang.say, []
    reasons.append(say(N_("same name")) if like.closeness >= 0.999 else say(N_("very similar name")))
    born, area = values.get("birth_date"), values.get("area_code")
    if isinstance(born, PartialDate) and like.birth_date is not None and abs(born.year - like.birth_date.year) <= 1:
        same = born == like.birth_date
        reasons.append(say(N_("same date of birth")) if same else say(N_("about the same year of birth")))
    if isinstance(area, str) and like.area:
        if area == like.area:
            reasons.append(say(N_("same village")))
        elif area[:5] == like.area[:5]:
            reasons.append(say(N_("same regency")))
    return ", ".join(reasons)


def draft_title(ctx: ScreenContext, kind: str, *, new: bool) -> str:
    """What kind of form a draft belongs to."""
    spec = ctx.session.schema.by_name[kind]
    title = ctx.lang.say(spec.title)
    return ctx.lang.say(N_("{form}, new"), form=title) if new else title


def own_area(ctx: ScreenContext, wanted: str | None = None, level: int = 2) -> str | None:
    """A place to begin with: `wanted` if the user works there, else the user's own if it is exact enough."""
    areas = ctx.session.user.areas
    if wanted and covers(areas, wanted):
        return wanted
    exact = [code for code in areas if code.count(".") + 1 >= level]
    return exact[0] if len(exact) == 1 and len(areas) == 1 else None


def risk_words(ctx: ScreenContext, level: str) -> str:
    """The risk as a badge says it."""
    return code_words(ctx, Case.spec.by_name["risk_level"].codes, level) or ctx.lang.say(N_("not assessed"))
