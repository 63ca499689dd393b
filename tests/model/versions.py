"""Other versions of the program: an older one lacks some fields of kinds that it has, and a kind altogether; the next
one has more of both."""

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from migdesk.domain import scope
from migdesk.domain.case import Case
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.field_types import AreaCode, Code, Codes, Ref, Text
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.person import Person
from migdesk.domain.record import Lane, Merge, Record, Required, Schema, Tier, declared, record
from migdesk.store.database import Store
from tests.support.fake_clock import FakeClock

MISSING = {
    "person": frozenset({"may_contact", "address", "dependants", "disability", "note", "education"}),
    "counselling_session": frozenset({"topics", "next_date"}),
}
"""Fields that the older version has not heard of: protective, of another table, a number, yes or no, searched, a code,
a set, a day."""
UNKNOWN_KIND = "attendance"


def _redeclared(kind: type[Record], *, but: Collection[str] = (), more: Mapping[str, Any] = {}) -> Any:
    """The same kind without some of its fields, or with more of them."""
    spec = kind.spec
    fields = {
        one.name: declared(
            one.number, one.type, one.label, section=one.section, required=one.required, tier=one.tier,
            merge=one.merge, protective=one.protective, searched=one.searched, can_decline=one.can_decline,
        )
        for one in spec.fields if one.name not in but
    } | dict(more)  # fmt: skip
    body = {"__annotations__": dict.fromkeys(fields, Any), "__module__": __name__, "__doc__": kind.__doc__}
    return record(
        spec.number, spec.title, spec.plural, tier=spec.tier, lane=spec.lane, area=spec.area, parent=spec.parent,
        natural=spec.natural, in_circle=spec.in_circle, reference=spec.reference, leaves_with=spec.leaves_with,
        summary=spec.summary,
    )(type(kind.__name__, (Record,), body | fields))  # fmt: skip


OldPerson: Any = _redeclared(Person, but=MISSING["person"])
OldSession: Any = _redeclared(CounsellingSession, but=MISSING["counselling_session"])
_OLD = {"person": OldPerson, "counselling_session": OldSession}
OLDER = Schema(_OLD.get(spec.name, spec.cls) for spec in SCHEMA.kinds if spec.name != UNKNOWN_KIND)


@record(91, "Home visit", "Home visits", tier=Tier.T2, lane=Lane.CASEWORK, area="area_code", summary=("found",))
class HomeVisit(Record):
    """A kind of the next version that has an area of its own."""

    area_code: Any = declared(1, AreaCode(min_level=2), "Area", required=Required.SAVE, can_decline=False)
    found: Any = declared(2, Text(200), "What was found", searched=True)
    may_return: Any = declared(3, Code("may_contact"), "May we come again?", merge=Merge.PROTECTIVE, protective=("no",))


@record(92, "Referral", "Referrals", tier=Tier.T3, lane=Lane.URGENT, parent="case", in_circle=True, summary=("to",))
class Referral(Record):
    """A kind of the next version that belongs to a case and to its circle."""

    case: Any = declared(1, Ref("case"), "Case", required=Required.SAVE, can_decline=False)
    to: Any = declared(2, Text(200), "Referred to")


NEW_FIELDS = {
    "person": {
        "may_visit": declared(
            91, Code("may_contact"), "May we visit?", merge=Merge.PROTECTIVE, protective=("no",), section="contact"
        ),
        "landmark": declared(92, Text(200), "Near what", section="contact", tier=Tier.T3, searched=True),
        "tags": declared(93, Codes("counselling_topic"), "Tags", section="background"),
    },
    "case": {
        "threat_level": declared(91, Code("risk_level"), "Threat", section="case", merge=Merge.HIGHER),
        "agreed_steps": declared(92, Text(200), "Agreed steps", section="case"),
    },
}  # fmt: skip
"""Fields of the next version: protective, of another table and searched, a set; one that keeps its higher level."""
NEXT_KINDS: tuple[type[Record], ...] = (HomeVisit, Referral)
_NEXT = {kind.spec.name: _redeclared(kind, more=NEW_FIELDS[kind.spec.name]) for kind in (Person, Case)}
NEXT = Schema((*(_NEXT.get(spec.name, spec.cls) for spec in SCHEMA.kinds), *NEXT_KINDS))
UNHEARD = frozenset((kind, name) for kind, fields in NEW_FIELDS.items() for name in fields)
"""(kind, field) of what today's version has not heard of."""


@contextmanager
def rights_of_next() -> Iterator[None]:
    """Who may read and write a new kind is part of the version that has it; the other one never asks."""
    like = {HomeVisit.spec.name: Person.spec.name, Referral.spec.name: Case.spec.name}
    with pytest.MonkeyPatch.context() as patch:
        for rights in (scope._READS, scope._WRITES):
            for role, kinds in list(rights.items()):
                patch.setitem(rights, role, kinds | {new for new, known in like.items() if known in kinds})
        yield


def in_next_version(store: Store) -> Store:
    """The same open file in the hands of the next version, its tables migrated; who opened it closes it."""
    newer = Store(store.engine, store._connection, NEXT, store.codes, store.clock)
    newer.folder = store.folder
    return _migrated(newer, _columns(store))


def as_newer(path: Path, opened: Callable[[Schema], Store], old: Store) -> Store:
    """The store of `path` opened by the newer program, after the migration that goes with it."""
    known = _columns(old)
    old.close()
    return _migrated(opened(SCHEMA), known)


def _columns(store: Store) -> dict[str, set[str]]:
    return {name: set(table.c.keys()) for name, table in store.tables.metadata.tables.items()}


def _migrated(store: Store, known: dict[str, set[str]]) -> Store:
    """Add the tables and columns that were not there."""
    with store.begin() as tx:
        for name, table in store.tables.metadata.tables.items():
            if name not in known:
                table.create(tx.connection)
                continue
            for column in table.columns:
                if column.name not in known[name]:
                    type = column.type.compile(tx.connection.dialect)
                    tx.connection.execute(sa.text(f'ALTER TABLE "{name}" ADD COLUMN "{column.name}" {type}'))
    return store


def newer_file(path: Path, key: bytes, codes: Any, clock: FakeClock, old: Store) -> Store:
    """A SQLCipher file in the hands of the newer program."""
    return as_newer(path, lambda schema: Store.open_file(path, key, schema=schema, codes=codes, clock=clock), old)
