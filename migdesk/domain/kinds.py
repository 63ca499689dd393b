"""The kinds that this version knows. A new kind is declared in its own file and named here."""

from migdesk.domain.attachment import KINDS as ATTACHMENTS
from migdesk.domain.case import Case, Incident
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.office import Area, Device, User
from migdesk.domain.person import Person
from migdesk.domain.record import Schema
from migdesk.domain.training import Attendance, Participant, TrainingEvent, TrainingSession

SCHEMA = Schema(
    (
        Person, CounsellingSession, Case, Incident, TrainingEvent, TrainingSession, Participant, Attendance,
        Area, User, Device, *ATTACHMENTS,
    )
)  # fmt: skip
