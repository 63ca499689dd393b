"""Finds people who may be the same person (DOMAIN 2.3): before one is written twice. Reads only. Store thread."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rapidfuzz.distance import JaroWinkler, Levenshtein

from migdesk.domain.person import Person
from migdesk.domain.values import Missing, PartialDate
from migdesk.services import access
from migdesk.services.session import Session
from migdesk.store import search
from migdesk.store.database import Transaction

ALIKE = 0.9
MAX_EDITS = 3
ENOUGH = 3
_CANDIDATES = 50
_COMPARED = 12
_WORD_START = 4


@dataclass(frozen=True, slots=True)
class Likeness:
    """Somebody who may be the one that is being written. `points` of 4: name, year of birth, regency, sex."""

    id: UUID
    full_name: str
    person_code: str
    area: str
    birth_date: PartialDate | None
    points: int
    closeness: float


def same_nik(session: Session, tx: Transaction, nik: str, but: UUID | None) -> UUID | None:
    """The person in scope who has this NIK already."""
    for hit in search.find(tx, nik, {Person.spec.name}, limit=_CANDIDATES):
        stored = access.find(session, tx, Person, hit.id)
        if stored is not None and stored.record.nik == nik and stored.record.id != but:
            return stored.record.id
    return None


def similar(
    session: Session, tx: Transaction, values: Mapping[str, Any], but: UUID | None = None, *, enough: int = ENOUGH
) -> tuple[Likeness, ...]:
    """People in scope who agree with these values in at least `enough` of the four points, the name always among
    them; the most alike first."""
    name = values.get("full_name")
    if not isinstance(name, str) or isinstance(name, Missing):
        return ()
    near: dict[UUID, float] = {}
    for query in _queries(name):
        for hit in search.find(tx, query, {Person.spec.name}, limit=_CANDIDATES):
            if hit.id != but and hit.id not in near and (close := _closeness(name, hit.title[:1])) is not None:
                near[hit.id] = close
    found = []
    for id in sorted(near, key=lambda id: (-near[id], str(id)))[:_COMPARED]:
        stored = access.find(session, tx, Person, id)
        if stored is not None:
            like = _likeness(stored.record, values, near[id])
            found += [like] if like.points >= enough else []
    return tuple(sorted(found, key=lambda like: (-like.points, -like.closeness, str(like.id))))


def _queries(name: str) -> Iterator[str]:
    """The whole name by the beginnings of its words, then each word alone: spelling varies most at the end."""
    words = [word[:_WORD_START] for word in name.split() if len(word) > 1]
    yield " ".join(words)
    if len(words) > 1:
        yield from words


def _closeness(name: str, title: tuple[Any, ...]) -> float | None:
    """How near two names are (1 is the same), or None if they are not alike; the order of words does not matter."""
    theirs = title[0] if title else None
    if not isinstance(theirs, str):
        return None
    one, other = _folded(name), _folded(theirs)
    closeness = JaroWinkler.similarity(one, other)
    short = min(len(one), len(other)) <= 2 * MAX_EDITS
    if closeness < ALIKE and (short or Levenshtein.distance(one, other, score_cutoff=MAX_EDITS) > MAX_EDITS):
        return None
    return closeness


def _likeness(person: Person, values: Mapping[str, Any], closeness: float) -> Likeness:
    born, area, sex = (values.get(field) for field in ("birth_date", "area_code", "sex"))
    known = person.birth_date if isinstance(person.birth_date, PartialDate) else None
    points = 1
    if isinstance(born, PartialDate) and known is not None:
        points += abs(born.year - known.year) <= 1
    if isinstance(area, str) and person.area_code:
        points += area[:5] == person.area_code[:5]
    points += sex in ("female", "male") and sex == person.sex
    return Likeness(
        person.id, str(person.full_name), person.person_code or "", person.area_code or "", known, points, closeness
    )


def _folded(name: str) -> str:
    return " ".join(sorted(name.casefold().split()))
