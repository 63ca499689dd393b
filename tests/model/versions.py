"""An older version of the program: it lacks some fields of kinds that it has, and a kind altogether."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.person import Person
from migdesk.domain.record import Record, Schema, declared, record
from migdesk.store.database import Store
from tests.support.fake_clock import FakeClock

MISSING = {
    "person": frozenset({"may_contact", "address", "dependants", "disability", "note", "education"}),
    "counselling_session": frozenset({"topics", "next_date"}),
}
"""Fields that the older version has not heard of: protective, of another table, a number, yes or no, searched, a code,
a set, a day."""
UNKNOWN_KIND = "attendance"


def _older(kind: type[Record]) -> Any:
    """The same kind without some of its fields."""
    spec = kind.spec
    body: dict[str, Any] = {"__annotations__": {}, "__module__": __name__, "__doc__": kind.__doc__}
    for one in spec.fields:
        if one.name not in MISSING[spec.name]:
            body["__annotations__"][one.name] = Any
            body[one.name] = declared(
                one.number, one.type, one.label, section=one.section, required=one.required, tier=one.tier,
                merge=one.merge, protective=one.protective, searched=one.searched, can_decline=one.can_decline,
            )  # fmt: skip
    return record(
        spec.number, spec.title, spec.plural, tier=spec.tier, lane=spec.lane, area=spec.area, summary=spec.summary
    )(type(kind.__name__, (Record,), body))


OldPerson: Any = _older(Person)
OldSession: Any = _older(CounsellingSession)
_OLD = {"person": OldPerson, "counselling_session": OldSession}
OLDER = Schema(_OLD.get(spec.name, spec.cls) for spec in SCHEMA.kinds if spec.name != UNKNOWN_KIND)


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
