"""Demonstration records, made by chance from a fixed seed through the services that people use. Nobody real is meant:
telephone numbers have a prefix that no network has, NIK serial numbers begin with 9. Store thread."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random
from typing import Any
from uuid import UUID

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.scope import covers, may_write
from migdesk.domain.training import TrainingEvent
from migdesk.domain.values import Money, PartialDate
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.services import counselling, people, training
from migdesk.services.reference import read_areas
from migdesk.services.session import Session

SEED = 20240723
REGENCIES = ("52.03", "35.07")

_WOMEN = (
    "Siti Aminah", "Nurhayati", "Baiq Sulastri", "Sumiati", "Rohani", "Dewi Lestari", "Baiq Nurlaela", "Sri Wahyuni",
    "Maryam", "Halimah Tusakdiah", "Yuliana", "Endang Susilowati", "Ratna Sari", "Zubaidah", "Fitriani", "Wartini",
    "Ida Farida", "Kusmiati", "Lale Handayani", "Munawarah", "Sunarti", "Puji Astuti", "Raehanun", "Suhartini",
)  # fmt: skip
_MEN = (
    "Lalu Hasanudin", "Ahmad Zaini", "Muhammad Ridwan", "Sudirman", "Agus Setiawan", "Lalu Wirajaya", "Suparman",
    "Abdul Gani", "Bambang Irawan", "Mahsun", "Heri Purnomo", "Saharudin", "Joko Prasetyo", "Muhsan", "Imam Syafii",
)  # fmt: skip
_INSTITUTIONS = (
    ("Pemerintah Desa {village}", "GOV_DESA", "Kaur Kesejahteraan"),
    ("Desbumi {village}", "COMMUNITY", "Kader"),
    ("UPTD PPA", "UPTD_PPA", "Pendamping"),
    ("Dinas Tenaga Kerja", "DISNAKER", "Pengantar kerja"),
    ("Polres, Unit PPA", "POLRI", "Penyidik"),
    ("Puskesmas {village}", "DINKES", "Bidan"),
    ("Serikat PMI", "SP_PMI", "Pengurus"),
)
_PLANS = (
    ("HK", "HOUSEKEEPER", "HKD", 499_000),
    ("TW", "ELDERCARE", "TWD", 2_000_000),
    ("MY", "BABYSITTER", "MYR", 150_000),
    ("SG", "HOUSEKEEPER", "SGD", 65_000),
)


@dataclass(frozen=True, slots=True)
class Seeded:
    """How many records were made, and the event for the attendance list."""

    people: tuple[UUID, ...]
    sessions: int
    event: UUID | None
    participants: int


@dataclass(frozen=True, slots=True)
class _Village:
    code: str
    name: str


def seed(
    session: Session, *, number: int = 25, participants: int = 30, told: Callable[[int, int], None] | None = None
) -> Seeded:
    """Make what this role may write: people with some past counselling, and one event of today with two sessions.

    Raises UserError if the user works outside the two regencies whose villages are shipped. `told(done, total)`.
    """
    chance = Random(SEED)  # noqa: S311 - the same demonstration every time; nothing secret
    villages = _villages(session)
    total, done = number + participants, 0
    counsels = may_write(session.user.role, CounsellingSession.spec)
    made: list[UUID] = []
    sessions = 0
    if may_write(session.user.role, Person.spec):
        for serial in range(number):
            village = chance.choice(villages)
            made.append(people.save(session, _person(chance, session.today(), village, serial)).id)
            if counsels and serial % 5 < 3:
                sessions += _counsel(session, chance, made[-1], village)
            done += 1
            if told is not None:
                told(done, total)
    event = None
    if may_write(session.user.role, TrainingEvent.spec):
        event = _training(session, chance, villages, participants)
        if told is not None:
            told(total, total)
    return Seeded(tuple(made), sessions, event, participants if event is not None else 0)


def _villages(session: Session) -> list[_Village]:
    shipped = (_Village(row["code"], row["name"]) for row in read_areas() if row["code"].count(".") == 3)
    found = [one for one in shipped if one.code.startswith(REGENCIES) and covers(session.user.areas, one.code)]
    if not found:
        raise UserError(
            N_("There is no demonstration for this area."),
            hint=N_("It plays in Lombok Timur (52.03) and Malang (35.07)."),
        )
    return found


def _person(chance: Random, today: date, village: _Village, serial: int) -> dict[str, Any]:
    woman = chance.random() < 0.7
    born = today - timedelta(days=chance.randint(19 * 366, 44 * 365))
    day = born.day + (40 if woman else 0)
    district = village.code[:8].replace(".", "")
    whole = serial % 4 != 3
    return {
        "full_name": _name(chance, woman=woman),
        "sex": "female" if woman else "male",
        "birth_date": PartialDate(born.year, born.month, born.day) if whole else PartialDate(born.year, estimated=True),
        "nik": f"{district}{day:02d}{born:%m%y}9{serial:03d}" if whole else None,
        "phone": f"+62890{chance.randint(10_000_000, 99_999_999)}",
        "may_contact": "no" if serial % 11 == 7 else "yes",
        "area_code": village.code,
        "address": f"Dusun {chance.choice(('Timur', 'Barat', 'Tengah', 'Lauk', 'Daya'))} RT {chance.randint(1, 9)}",
        "migration_stage": chance.choice(("prospective", "prospective", "registered", "returned", "family")),
        "destination": chance.choice(_PLANS)[0],
        "marital_status": chance.choice(("single", "married", "divorced", "widowed")),
        "education": chance.choice(("primary", "lower_sec", "upper_sec")),
        "dependants": chance.randint(0, 4),
    }


def _name(chance: Random, *, woman: bool) -> str:
    """A given name and, often, a second one from the same stock, so that few are alike."""
    stock = _WOMEN if woman else _MEN
    first, second = chance.sample(stock, 2)
    return f"{first} {second.split()[-1]}" if chance.random() < 0.7 else first


def _counsel(session: Session, chance: Random, person: UUID, village: _Village) -> int:
    """One past session; every other one has a day to meet again, some of them overdue."""
    held = session.today() - timedelta(days=chance.randint(2, 50))
    country, work, currency, wage = chance.choice(_PLANS)
    values: dict[str, Any] = {
        "person": person,
        "date": held,
        "mode": chance.choice(("in_person", "home_visit", "phone")),
        "place": chance.choice(("village_office", "mrc", "home")),
        "duration_min": chance.choice((30, 45, 60)),
        "area_code": village.code,
        "consent": "yes",
        "intention": chance.choice(("decided", "considering")),
        "destination": country,
        "occupation": work,
        "promised_wage": Money(wage, currency),
        "worker_cost": Money(chance.randint(0, 12) * 100_000_000, "IDR"),
        "topics": frozenset(chance.sample(("procedure", "documents", "rights", "costs", "finance", "helplines"), 3)),
        "advice": "Periksa izin P3MI sebelum menyerahkan dokumen asli.",
        "next_step": chance.choice(("complete_docs", "verify_agency", "continue_official")),
    }
    if chance.random() < 0.5:
        values["next_date"] = held + timedelta(days=chance.randint(14, 56))
    counselling.save(session, values)
    return 1


def _training(session: Session, chance: Random, villages: list[_Village], participants: int) -> UUID:
    today, village = session.today(), chance.choice(villages)
    event = training.save_event(
        session,
        {
            "title": "Migrasi aman dan pencegahan TPPO",
            "type": "training",
            "theme": "safe_migration",
            "level": "village",
            "area_code": village.code,
            "venue": f"Balai Desa {village.name}",
            "starts_on": today,
            "ends_on": today + timedelta(days=1),
            "organiser": "Program Tata Kelola Migrasi",
        },
    ).id
    for day, title in enumerate(("Prosedur resmi dan hak pekerja", "Tanda bahaya dan kanal bantuan")):
        held = {"event": event, "title": title, "held_on": today + timedelta(days=day), "minutes": 180}
        training.save_session(session, held)
    for _ in range(participants):
        woman = chance.random() < 0.6
        where, kind, position = chance.choice(_INSTITUTIONS)
        training.save_participant(
            session,
            {
                "event": event,
                "full_name": _name(chance, woman=woman),
                "sex": "female" if woman else "male",
                "institution": where.format(village=chance.choice(villages).name),
                "institution_type": kind,
                "position": position,
                "migrant_or_family": chance.random() < 0.2,
            },
        )
    return event
