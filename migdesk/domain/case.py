"""Protection cases and their incidents (DOMAIN 2.6.1, 2.6.2). Only the circle of the case may know of them (R-03)."""

import datetime as dt
from uuid import UUID

from migdesk.domain.field_types import AreaCode, Code, Codes, Day, Note, PartialDay, Ref, Text, YesNo
from migdesk.domain.record import Lane, Merge, Record, Required, Tier, declared, record
from migdesk.domain.values import Answer, PartialDate
from migdesk.i18n.markers import N_

# A field is one line.
# fmt: off


@record(3, N_("Case"), N_("Cases"), tier=Tier.T3, lane=Lane.URGENT, area="area_code", in_circle=True, leaves_with="consent_server", summary=("case_code", "primary_category"))
class Case(Record):
    """One protection case. It can exist without a person: the survivor decides what is written (R-01)."""

    case_code: str | None = declared(1, Text(20), N_("Case code"), help=N_("Made by chance; it says nothing about the person."), can_decline=False, searched=True)
    safe_to_record: Answer[str] = declared(2, Code("yes_no"), N_("Is it safe to keep this on this laptop?"), section="safety", required=Required.COMPLETE, can_decline=False)
    private_talk: Answer[str] = declared(3, Code("yes_no"), N_("Can we talk without being overheard?"), help=N_("If not, write only what is needed to keep the person safe, and meet again."), section="safety")
    immediate_danger: Answer[str] = declared(4, Code("yes_no"), N_("In danger right now?"), section="safety", required=Required.COMPLETE)
    consent_services: Answer[str] = declared(5, Code("consent_answer"), N_("Agrees that this is recorded to get help"), section="consent", required=Required.COMPLETE, merge=Merge.PROTECTIVE, protective=("no", "withdrawn"))
    consent_statistics: Answer[str] = declared(6, Code("consent_answer"), N_("Agrees that it is counted, without name, in statistics"), section="consent", merge=Merge.PROTECTIVE, protective=("no", "withdrawn"))
    consent_server: Answer[str] = declared(7, Code("consent_answer"), N_("Agrees that it is sent to the supervisor and the central server"), help=N_("Without a yes, the case stays on this laptop."), section="consent", merge=Merge.PROTECTIVE, protective=("no", "withdrawn"))
    opened_on: dt.date | None = declared(8, Day(), N_("Opened on"), section="case", required=Required.SAVE, can_decline=False)
    source: Answer[str] = declared(9, Code("case_source"), N_("How the case came"), section="case", required=Required.COMPLETE)
    primary_category: Answer[str] = declared(10, Code("case_category"), N_("Main concern"), section="case", required=Required.SAVE, can_decline=False)
    categories: Answer[frozenset[str]] = declared(11, Codes("case_category"), N_("Other concerns"), section="case")
    stage_of_migration: Answer[str] = declared(12, Code("migration_phase"), N_("Stage of migration"), section="case", required=Required.COMPLETE)
    where_now: Answer[str] = declared(13, Code("country"), N_("Country where the person is now"), section="case")
    risk_level: Answer[str] = declared(14, Code("risk_level"), N_("Risk"), section="case", required=Required.COMPLETE, merge=Merge.HIGHER)
    wants_legal_action: Answer[str] = declared(15, Code("legal_wish"), N_("Wishes legal action"), section="wishes")
    wishes: Answer[str] = declared(16, Note(), N_("What the person wants to happen"), section="wishes", tier=Tier.T4)
    area_code: str | None = declared(17, AreaCode(min_level=2), N_("Village where the case is handled"), section="case", required=Required.SAVE, can_decline=False)
    person: Answer[UUID] = declared(18, Ref("person"), N_("Person"), can_decline=False)
    owner: UUID | None = declared(19, Ref("user"), N_("Caseworker"), can_decline=False)
    status: str | None = declared(20, Code("case_status"), N_("Status"), section="case", can_decline=False, exports={"htcds": "cas_Status"})
    reported_elsewhere: Answer[str] = declared(21, Code("reported_elsewhere"), N_("Reported to another organisation"), section="case")


@record(4, N_("Incident"), N_("Incidents"), tier=Tier.T3, lane=Lane.URGENT, parent="case", in_circle=True, summary=("occurred_on", "place_type"))
class Incident(Record):
    """One thing that happened, within a case."""

    case: UUID | None = declared(1, Ref("case"), N_("Case"), required=Required.SAVE, can_decline=False)
    occurred_on: Answer[PartialDate] = declared(2, PartialDay(), N_("When it happened"), section="incident", required=Required.COMPLETE, exports={"gbvir": "date_of_incident"})
    first_reported_on: Answer[dt.date] = declared(3, Day(), N_("First told to someone on"), section="incident")
    migration_phase: Answer[str] = declared(4, Code("migration_phase"), N_("Phase of migration"), section="incident", required=Required.COMPLETE, exports={"gbvir": "stage_of_displacement"})
    country: Answer[str] = declared(5, Code("country"), N_("Country"), section="incident", exports={"gbvir": "country"})
    place_type: Answer[str] = declared(6, Code("place_type"), N_("Kind of place"), section="incident", required=Required.COMPLETE, exports={"gbvir": "location"})
    time_of_day: Answer[str] = declared(7, Code("time_of_day"), N_("Time of day"), section="incident", exports={"gbvir": "time_of_day"})
    gbv_type: Answer[str] = declared(8, Code("gbv_type"), N_("Type of violence, if any"), section="incident", exports={"gbvir": "gbv_type"})
    reported_to_police: Answer[bool] = declared(9, YesNo(), N_("Reported to the police"), section="incident", exports={"gbvir": "service.police"})
    account: Answer[str] = declared(10, Note(), N_("What happened, in the person's own words"), help=N_("Ask once. Do not press for details."), section="account", tier=Tier.T4)
