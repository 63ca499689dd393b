"""Training and dialogue (DOMAIN 2.8). Nothing here ever points at a case."""

import datetime as dt
from uuid import UUID

from migdesk.domain.field_types import AreaCode, Code, Day, Ref, Text, Whole, YesNo
from migdesk.domain.record import Record, Required, Tier, declared, record
from migdesk.domain.values import Answer
from migdesk.i18n.markers import N_

# A field is one line.
# fmt: off


@record(5, N_("Training event"), N_("Training events"), tier=Tier.T1, area="area_code", summary=("title", "starts_on"))
class TrainingEvent(Record):
    """A training, socialisation or dialogue."""

    title: str | None = declared(1, Text(160), N_("Title"), section="event", required=Required.SAVE, can_decline=False, searched=True)
    type: Answer[str] = declared(2, Code("event_type"), N_("Type"), section="event", required=Required.COMPLETE)
    theme: Answer[str] = declared(3, Code("event_theme"), N_("Theme"), section="event", required=Required.COMPLETE)
    level: Answer[str] = declared(4, Code("event_level"), N_("Level"), section="event")
    area_code: str | None = declared(5, AreaCode(min_level=2), N_("Area"), section="event", required=Required.SAVE, can_decline=False)
    venue: Answer[str] = declared(6, Text(160), N_("Venue"), section="event", required=Required.COMPLETE)
    starts_on: dt.date | None = declared(7, Day(future=True), N_("Starts on"), section="event", required=Required.SAVE, can_decline=False)
    ends_on: Answer[dt.date] = declared(8, Day(future=True), N_("Ends on"), section="event")
    organiser: Answer[str] = declared(9, Text(160), N_("Organiser"), section="event")
    status: Answer[str] = declared(10, Code("event_status"), N_("Status"), section="event", can_decline=False)


@record(6, N_("Training session"), N_("Training sessions"), tier=Tier.T1, parent="event", summary=("number", "title"))
class TrainingSession(Record):
    """One session of an event; attendance is taken by session."""

    event: UUID | None = declared(1, Ref("training_event"), N_("Event"), required=Required.SAVE, can_decline=False)
    number: int | None = declared(2, Whole(1, 99), N_("No."), required=Required.SAVE, can_decline=False)
    title: Answer[str] = declared(3, Text(160), N_("Title"))
    held_on: dt.date | None = declared(4, Day(future=True), N_("Date"), required=Required.COMPLETE, can_decline=False)
    minutes: Answer[int] = declared(5, Whole(5, 720), N_("Duration (minutes)"), can_decline=False)


@record(7, N_("Participant"), N_("Participants"), tier=Tier.T1, parent="event", summary=("full_name", "institution"))
class Participant(Record):
    """One person registered for one event."""

    event: UUID | None = declared(1, Ref("training_event"), N_("Event"), required=Required.SAVE, can_decline=False)
    full_name: str | None = declared(2, Text(120), N_("Full name"), required=Required.SAVE, can_decline=False, searched=True)
    sex: Answer[str] = declared(3, Code("sex"), N_("Sex"), required=Required.SAVE, can_decline=False)
    institution: Answer[str] = declared(4, Text(160), N_("Institution"), required=Required.COMPLETE, searched=True)
    institution_type: Answer[str] = declared(5, Code("institution_type"), N_("Type of institution"), required=Required.COMPLETE)
    position: Answer[str] = declared(6, Text(120), N_("Position"))
    role: Answer[str] = declared(7, Code("participant_role"), N_("Role"), can_decline=False)
    migrant_or_family: Answer[bool] = declared(8, YesNo(), N_("Migrant worker or family"))


@record(8, N_("Attendance"), N_("Attendance"), tier=Tier.T1, parent="session", natural=("session", "participant"), summary=("status",))
class Attendance(Record):
    """One participant in one session. Its id comes from the two, so that two trainers make one record."""

    session: UUID | None = declared(1, Ref("training_session"), N_("Session"), required=Required.SAVE, can_decline=False)
    participant: UUID | None = declared(2, Ref("participant"), N_("Participant"), required=Required.SAVE, can_decline=False)
    status: str | None = declared(3, Code("attendance_status"), N_("Attendance"), required=Required.SAVE, can_decline=False)
    method: str | None = declared(4, Code("attendance_method"), N_("How it was taken"), can_decline=False)
