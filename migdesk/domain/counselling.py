"""Pre-departure counselling (DOMAIN 2.4): one session with one person."""

import datetime as dt
from uuid import UUID

from migdesk.domain.field_types import Amount, AreaCode, Code, Codes, Day, Note, Ref, Whole
from migdesk.domain.record import Lane, Merge, Record, Required, Tier, When, declared, record
from migdesk.domain.values import Answer, Money
from migdesk.i18n.markers import N_

# A field is one line.
# fmt: off


@record(2, N_("Counselling session"), N_("Counselling sessions"), tier=Tier.T2, lane=Lane.CASEWORK, area="area_code", summary=("date", "destination"))
class CounsellingSession(Record):
    """What was talked about, what is planned, and what comes next."""

    person: UUID | None = declared(1, Ref("person"), N_("Person"), required=Required.SAVE, can_decline=False)
    date: dt.date | None = declared(2, Day(), N_("Date"), section="session", required=Required.SAVE, can_decline=False)
    mode: Answer[str] = declared(3, Code("counselling_mode"), N_("How"), section="session", required=Required.COMPLETE)
    place: Answer[str] = declared(4, Code("counselling_place"), N_("Where"), section="session")
    duration_min: Answer[int] = declared(5, Whole(5, 480), N_("Duration (minutes)"), section="session", can_decline=False)
    area_code: str | None = declared(6, AreaCode(min_level=2), N_("Village"), section="session", required=Required.SAVE, can_decline=False)
    consent: Answer[str] = declared(7, Code("consent_answer"), N_("Agrees that this is recorded to help her or him"), help=N_("Explain first: why we write, who sees it, that every question may be refused and how to withdraw."), section="consent", required=Required.COMPLETE, merge=Merge.PROTECTIVE, protective=("no", "withdrawn"))
    intention: Answer[str] = declared(8, Code("intention"), N_("Plan to leave"), section="plan", required=Required.COMPLETE)
    destination: Answer[str] = declared(9, Code("country"), N_("Destination country"), section="plan", when=When("intention", ("decided", "considering")))
    occupation: Answer[str] = declared(10, Code("occupation"), N_("Occupation"), section="plan", when=When("intention", ("decided", "considering")))
    scheme: Answer[str] = declared(11, Code("scheme"), N_("Placement scheme"), section="plan", when=When("intention", ("decided", "considering")))
    channel: Answer[str] = declared(12, Code("recruitment_channel"), N_("Who offered the job"), section="plan", when=When("intention", ("decided", "considering")))
    promised_wage: Answer[Money] = declared(13, Amount(), N_("Promised monthly wage"), section="money", when=When("intention", ("decided", "considering")))
    worker_cost: Answer[Money] = declared(14, Amount(), N_("Paid or asked of the worker so far"), section="money", when=When("intention", ("decided", "considering")))
    debt: Answer[Money] = declared(15, Amount(), N_("Debt taken for leaving"), section="money", when=When("intention", ("decided", "considering")))
    documents: Answer[frozenset[str]] = declared(16, Codes("document"), N_("Documents that the person has"), section="documents")
    topics: Answer[frozenset[str]] = declared(17, Codes("topic"), N_("Topics covered"), section="advice", required=Required.COMPLETE)
    advice: Answer[str] = declared(18, Note(), N_("Advice given"), section="advice", searched=True)
    next_step: Answer[str] = declared(19, Code("next_step"), N_("Next step"), section="advice", required=Required.COMPLETE)
    next_date: Answer[dt.date] = declared(20, Day(future=True), N_("Meet again on"), section="advice")
    counsellor: UUID | None = declared(21, Ref("user"), N_("Counsellor"), can_decline=False)
