"""Rules that need more than one record, and what a new record begins with (DOMAIN 2.10). Reads only. Store thread."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from migdesk.domain import case_codes
from migdesk.domain.case import Case
from migdesk.domain.field_types import AreaCode, Ref
from migdesk.domain.office import Area, User
from migdesk.domain.person import Person
from migdesk.domain.record import KindSpec
from migdesk.domain.scope import Role, covers, may_read
from migdesk.domain.training import Participant, TrainingEvent, TrainingSession
from migdesk.domain.validation import Problem
from migdesk.domain.values import Missing, PartialDate, age_on
from migdesk.errors import RefusedError
from migdesk.i18n.markers import N_
from migdesk.services import access, matching
from migdesk.services.session import Session
from migdesk.store import records
from migdesk.store.database import Transaction
from migdesk.store.records import Stored

ADULT = 18


@dataclass(frozen=True, slots=True)
class Act:
    """One save as the rules see it: the sound values after it, those written now, and the record before it."""

    session: Session
    tx: Transaction
    spec: KindSpec
    values: Mapping[str, Any]
    fresh: Mapping[str, Any]
    old: Stored[Any] | None

    @property
    def id(self) -> UUID | None:
        return self.old.record.id if self.old is not None else None

    def area_before(self) -> str:
        """Where the record lies already: its own area, or that of the record that a new one belongs to."""
        if self.old is not None:
            return self.old.meta.area
        id = self.values.get(self.spec.parent) if self.spec.parent else None
        ref = self.spec.by_name[self.spec.parent].type if self.spec.parent else None
        if not isinstance(id, UUID) or not isinstance(ref, Ref):
            return ""
        found = access.find(self.session, self.tx, self.session.schema.by_name[ref.kind].cls, id)
        return found.meta.area if found is not None else ""

    def before(self, name: str) -> Any:
        return getattr(self.old.record, name) if self.old is not None else None

    def person(self) -> Person | None:
        """The person that the record is about, if named, here and in scope."""
        id = self.values.get("person")
        found = access.find(self.session, self.tx, Person, id) if isinstance(id, UUID) else None
        return found.record if found is not None else None


Rule = Callable[[Act], Iterator[Problem]]


def with_defaults(session: Session, tx: Transaction, spec: KindSpec, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a new record, with what the program fills in where nothing was given."""
    made: dict[str, Any] = {}
    if spec.name == "person":
        made = {"person_code": case_codes.make_code(case_codes.PERSON)}
    elif spec.name == "counselling_session":
        made = {"counsellor": session.user.id}
    elif spec.name == "case":
        made = {
            "case_code": case_codes.make_code(case_codes.CASE),
            "owner": session.user.id,
            "status": "open",
            "opened_on": session.today(),
        }
    elif spec.name == "training_event":
        made = {"status": "planned"}
    elif spec.name == "training_session" and isinstance(values.get("event"), UUID):
        made = {"number": _next_number(session, tx, values["event"])}
    elif spec.name == "participant":
        made = {"role": "participant"}
    elif spec.name == "attendance":
        made = {"method": "roll_call"}
    return made | {name: value for name, value in values.items() if value is not None or name not in made}


def check(
    session: Session,
    tx: Transaction,
    spec: KindSpec,
    values: Mapping[str, Any],
    fresh: Mapping[str, Any],
    old: Stored[Any] | None,
) -> Iterator[Problem]:
    """All problems that these rules find. `values` hold no value that is wrong by itself."""
    act = Act(session, tx, spec, values, fresh, old)
    yield from _areas(act)
    yield from _references(act)
    yield from _made_codes(act)
    for rule in _RULES.get(spec.name, ()):
        yield from rule(act)


def _next_number(session: Session, tx: Transaction, event: UUID) -> int:
    held = access.all_of(session, tx, TrainingSession, where={"event": event})
    return min(99, 1 + max((stored.record.number or 0 for stored in held), default=0))


def _areas(act: Act) -> Iterator[Problem]:
    """V-19, and that nobody writes into an area that is not theirs: no server would take it.

    Raises RefusedError for a record that lies outside already (the case of a circle that reaches further).
    """
    place = act.area_before()
    if place and not covers(act.session.user.areas, place):
        raise RefusedError(
            N_("This record belongs to a place outside the areas that you work in. You may read it, not change it."),
            hint=N_("Tell the supervisor of that area."),
        )
    for one in act.spec.fields:
        code = act.fresh.get(one.name)
        if not isinstance(one.type, AreaCode) or not isinstance(code, str):
            continue
        if one.name == act.spec.area and not covers(act.session.user.areas, code):
            message = N_("This place is outside the areas that you work in. Choose one within them.")
            yield Problem(one.name, message, rule="scope")
        elif not _known(act.tx, code):
            yield Problem(one.name, N_("This place is not in the list of areas."), rule="V-19")


def _known(tx: Transaction, code: str) -> bool:
    """Whether the area list has this code, or does not reach this far: villages are shipped for some regencies only."""
    if _has_area(tx, code):
        return True
    return code.count(".") >= 2 and _has_area(tx, code[:5]) and not _has_area(tx, code[:5] + ".01")


def _has_area(tx: Transaction, code: str) -> bool:
    return records.find(tx, Area, Area.spec.natural_id({"code": code})) is not None


def _references(act: Act) -> Iterator[Problem]:
    """What a record points at must be here and within scope; of a case out of scope nothing is told but that."""
    for one in act.spec.fields:
        id = act.fresh.get(one.name)
        if not isinstance(one.type, Ref) or not isinstance(id, UUID):
            continue
        target = act.session.schema.by_name[one.type.kind]
        if target.reference:  # a user whose record has not come yet may well be named
            continue
        if access.find(act.session, act.tx, target.cls, id) is None:
            yield Problem(one.name, N_("What this belongs to is not on this laptop."), rule="reference")


def _made_codes(act: Act) -> Iterator[Problem]:
    """V-22: a code is made by the program, once."""
    for name in ("case_code", "person_code"):
        code = act.fresh.get(name)
        if name not in act.fresh:
            continue
        if act.before(name):
            yield Problem(name, N_("The code of a record never changes."), rule="V-22")
        elif isinstance(code, str):
            try:
                case_codes.read_code(code)
            except ValueError:
                yield Problem(name, N_("This is not a code that the program makes."), rule="V-22")


def _person(act: Act) -> Iterator[Problem]:
    """V-25, and the area part of V-03."""
    nik = act.fresh.get("nik")
    if isinstance(nik, str) and not isinstance(nik, Missing):
        if matching.same_nik(act.session, act.tx, nik, act.id) is not None:
            message = N_("A person with this NIK is here already. Open that record instead.")
            yield Problem("nik", message, rule="V-25")
        if not _known(act.tx, f"{nik[:2]}.{nik[2:4]}.{nik[4:6]}"):
            message = N_("The first six digits of this NIK are no district that we know. Please check.")
            yield Problem("nik", message, severity="warning", rule="V-03")
    if act.old is None:
        count = len(matching.similar(act.session, act.tx, act.values))
        if count:
            message = N_("Someone very like this is here already. Please check that it is not the same person.")
            yield Problem("full_name", message, {"count": count}, severity="warning", rule="V-25")


def _counselling(act: Act) -> Iterator[Problem]:
    """V-06: nobody under 18 may be placed abroad."""
    person, day = act.person(), act.values.get("date")
    if person is None or not isinstance(day, date) or act.values.get("intention") not in ("decided", "considering"):
        return
    if _is_minor(person, day):
        message = N_("The person is under {age}: leaving to work abroad is not allowed. Explain it and refer.")
        yield Problem("intention", message, {"age": ADULT}, severity="warning", rule="V-06")


def _case(act: Act) -> Iterator[Problem]:
    yield from _case_owner(act)
    day, person = act.values.get("opened_on"), act.person()
    if person is not None and isinstance(day, date) and _is_minor(person, day):
        message = N_("The person is under {age}: a guardian, or the authorised service, has to agree too.")
        yield Problem("consent_services", message, {"age": ADULT}, severity="warning", rule="V-16")
    if act.fresh.get("status") == "closed" and act.values.get("risk_level") == "high":
        yield Problem("status", N_("A case at high risk cannot be closed. Review the risk first."), rule="V-14")
    lowered = act.before("risk_level") == "high" and act.fresh.get("risk_level", "high") != "high"
    if lowered and act.session.role is not Role.SUPERVISOR:
        yield Problem("risk_level", N_("Only a supervisor may lower a high risk."), rule="V-14")


def _case_owner(act: Act) -> Iterator[Problem]:
    """Whoever takes a case in may name its owner; later it changes hands only by a supervisor. The owner must be
    someone whose role works on cases, as far as we know."""
    owner = act.fresh.get("owner")
    if "owner" not in act.fresh:
        return
    if act.old is not None and act.session.role is not Role.SUPERVISOR:
        yield Problem("owner", N_("Only a supervisor may give a case to someone else."), rule="owner")
        return
    found = records.find(act.tx, User, owner) if isinstance(owner, UUID) else None
    if owner is None or (found is not None and not may_read(found.record.role or "", Case.spec)):
        yield Problem("owner", N_("Choose someone who works on cases."), rule="owner")


def _training_session(act: Act) -> Iterator[Problem]:
    """V-17: a session is held on one of the event's days."""
    held, event = act.values.get("held_on"), _event_of(act)
    if not isinstance(held, date) or event is None or event.starts_on is None:
        return
    last = event.ends_on if isinstance(event.ends_on, date) else None
    if held < event.starts_on or (last is not None and held > last):
        yield Problem("held_on", N_("The date lies outside the dates of the event."), rule="V-17")


def _attendance(act: Act) -> Iterator[Problem]:
    """Both ends must belong to the same event."""
    session, participant = act.values.get("session"), act.values.get("participant")
    if act.old is not None or not isinstance(session, UUID) or not isinstance(participant, UUID):
        return
    held = access.find(act.session, act.tx, TrainingSession, session)
    who = access.find(act.session, act.tx, Participant, participant)
    if held is not None and who is not None and held.record.event != who.record.event:
        yield Problem("participant", N_("This participant belongs to another event."), rule="reference")


def _event_of(act: Act) -> TrainingEvent | None:
    id = act.values.get("event")
    found = access.find(act.session, act.tx, TrainingEvent, id) if isinstance(id, UUID) else None
    return found.record if found is not None else None


def _is_minor(person: Person, day: date) -> bool:
    """Under 18 on that day; a year alone counts until its last day, an unknown age does not."""
    born = person.birth_date
    return isinstance(born, PartialDate) and age_on(born, day) < ADULT


_RULES: Mapping[str, tuple[Rule, ...]] = {
    "person": (_person,),
    "counselling_session": (_counselling,),
    "case": (_case,),
    "training_session": (_training_session,),
    "attendance": (_attendance,),
}
