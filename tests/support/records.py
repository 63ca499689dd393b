"""Records as `records put` takes them, the same in every call but for their ids. No real person is meant."""

from typing import Any
from uuid import uuid4

SECRETS = {
    "full_name": "Nurhayati Suhartiningsih",
    "nik": "5203094512940003",
    "phone": "+6281917443322",
    "address": "Dusun Karang Petak gang melati",
    "advice": "Jangan serahkan paspor kepada sponsor siapa pun",
    "account": "Majikan mengunci pintu kamar setiap malam",
    "wishes": "Ingin segera kembali ke anaknya",
}


def counselling(village: str) -> list[dict[str, Any]]:
    """A woman who plans to leave for Hong Kong, and one session with her."""
    person = str(uuid4())
    who = {
        "kind": "person",
        "id": person,
        "full_name": SECRETS["full_name"],
        "sex": "female",
        "birth_date": "1994-12-05",
        "nik": SECRETS["nik"],
        "phone": SECRETS["phone"],
        "address": SECRETS["address"],
        "area_code": village,
        "migration_stage": "prospective",
        "may_contact": "yes",
    }
    session = {
        "kind": "counselling_session",
        "id": str(uuid4()),
        "person": person,
        "date": "2026-11-20",
        "mode": "in_person",
        "area_code": village,
        "consent": "yes",
        "intention": "decided",
        "destination": "HK",
        "occupation": "HOUSEKEEPER",
        "promised_wage": {"minor": 499000, "currency": "HKD"},
        "topics": ["rights", "costs"],
        "advice": SECRETS["advice"],
        "next_step": "verify_agency",
    }
    return [who, session]


def case_intake(village: str) -> list[dict[str, Any]]:
    """A case without a person, which may be sent, and its incident."""
    case = str(uuid4())
    intake = {
        "kind": "case",
        "id": case,
        "safe_to_record": "yes",
        "immediate_danger": "no",
        "consent_services": "yes",
        "consent_server": "yes",
        "opened_on": "2026-11-21",
        "primary_category": "EXPL",
        "risk_level": "medium",
        "area_code": village,
        "wishes": SECRETS["wishes"],
    }
    incident = {
        "kind": "incident",
        "id": str(uuid4()),
        "case": case,
        "occurred_on": "2026-10",
        "migration_phase": "destination",
        "country": "MY",
        "place_type": "employer_home",
        "account": SECRETS["account"],
    }
    return [intake, incident]


def attendance_day(village: str, people: int) -> list[dict[str, Any]]:
    """An event with one session, its participants, and a mark for each of them."""
    event, session = str(uuid4()), str(uuid4())
    names = [(str(uuid4()), f"Peserta Nomor {number}", "female" if number % 2 else "male") for number in range(people)]
    head: list[dict[str, Any]] = [
        {
            "kind": "training_event",
            "id": event,
            "title": "Migrasi aman",
            "area_code": village,
            "starts_on": "2026-11-22",
        },
        {"kind": "training_session", "id": session, "event": event, "number": 1, "held_on": "2026-11-22"},
    ]
    register = [
        {"kind": "participant", "id": id, "event": event, "full_name": name, "sex": sex} for id, name, sex in names
    ]
    marks = [
        {"kind": "attendance", "session": session, "participant": id, "status": "present", "method": "roll_call"}
        for id, _, _ in names
    ]
    return [*head, *register, *marks]
