"""Records as JSON lines, for scripts: schema, put, list (DESIGN 12). Any kind of the session's schema. Store thread."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from migdesk.clock import to_ms
from migdesk.domain.codes import CodeBook
from migdesk.domain.json_schema import kind_schema
from migdesk.domain.record import KindSpec, Record, Schema, from_json, to_json
from migdesk.domain.scope import may_read
from migdesk.domain.validation import InvalidRecordError, Problem
from migdesk.errors import MigDeskError, UsageError, UserError
from migdesk.i18n.markers import N_
from migdesk.services import access, saving
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.store import records
from migdesk.store.database import Transaction

BATCH = 200
_LOGICAL_BITS = 16


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of one line. `error` is set when it was rejected; `problems` are warnings, or what made it so."""

    line: int
    kind: str = ""
    id: UUID | None = None
    created: bool = False
    changed: bool = False
    error: MigDeskError | None = None
    problems: tuple[Problem, ...] = field(default=())

    @property
    def status(self) -> str:
        return "saved" if self.error is None else "rejected"


def kind_of(schema: Schema, name: str) -> KindSpec:
    """The kind of this name. Raises UsageError, which lists the names."""
    if name not in schema.by_name:
        raise UsageError(
            N_("There is no kind of record named {kind}."),
            hint=N_("The kinds are: {kinds}."),
            kind=name[:40],
            kinds=", ".join(schema.by_name),
        )
    return schema.by_name[name]


def schema_documents(
    schema: Schema,
    codes: CodeBook,
    say_id: Callable[[str], str],
    say_en: Callable[[str], str],
    kind: str | None = None,
) -> Iterator[dict[str, Any]]:
    """The JSON Schema of every kind, or of one. Needs no workspace. Raises UsageError for an unknown kind."""
    chosen = schema.kinds if kind is None else (kind_of(schema, kind),)
    for spec in chosen:
        yield kind_schema(spec, codes, {"id": say_id, "en": say_en})


def put(session: Session, lines: Iterable[str]) -> Iterator[PutResult]:
    """Save the record of each line; a line that cannot be saved is rejected and the rest goes on.

    Lines are committed by the hundred; a result is given only once its line is safe on the disk. Blank lines are
    skipped and still counted.
    """
    numbered = enumerate(lines, 1)
    while chunk := list(islice(numbered, BATCH)):
        results = []
        with session.store.begin() as tx:
            for number, line in chunk:
                if line.strip():
                    results.append(_put_line(session, tx, number, line))
        kinds = frozenset(one.kind for one in results if one.changed)
        if kinds:
            session.events.publish(ChangeSet(kinds, initiator="import"))
        yield from results


def each(session: Session, kind: str | None = None, since: datetime | None = None) -> Iterator[dict[str, Any]]:
    """The records that the user may know of, as `put` takes them, parents before children; removed ones are left out.

    Without a kind: all kinds but the reference ones, which only the server writes. `since` is a moment: only records
    written or received with a change made then or later.
    """
    session.must_open()
    if kind is not None:
        asked = [kind_of(session.schema, kind)]
    else:
        asked = [spec for spec in session.schema.kinds if not spec.reference]
    chosen = [spec for spec in asked if may_read(session.user.role, spec)]  # no results, not "no permission"
    after = to_ms(since) << _LOGICAL_BITS if since is not None else None
    session.notes.listed(" ".join(spec.name for spec in chosen))
    with session.store.read() as tx:
        for spec in chosen:
            for stored in records.each(tx, spec.cls, after):
                if not stored.meta.deleted and access.visible(session, tx, stored):
                    yield as_json(stored.record)


def as_json(record: Record) -> dict[str, Any]:
    """One record in the shape of `records list`; blanks are left out."""
    values = record.values()
    fields = {one.name: to_json(one, values[one.name]) for one in record.spec.fields if one.name in values}
    return {"kind": record.spec.name, "id": str(record.id), **fields}


def read_json(schema: Schema, data: Mapping[str, Any]) -> tuple[KindSpec, UUID | None, dict[str, Any]]:
    """The kind, id and values of a JSON object. Raises UserError that names what is wrong, never what was typed."""
    name = data.get("kind")
    if not isinstance(name, str):
        raise UserError(N_("The member kind is missing."))
    spec = kind_of(schema, name)
    id = _read_id(data.get("id"))
    values = {}
    for key, value in data.items():
        if key in ("kind", "id"):
            continue
        one = spec.by_name.get(key)
        if one is None:
            raise UserError(N_("{kind} has no field named {field}."), kind=name, field=key[:60])
        try:
            values[key] = from_json(one, value)
        except (ValueError, TypeError, KeyError) as error:
            raise UserError(N_("The value of {field} has not the form that it needs."), field=key) from error
    return spec, id, values


def _read_id(value: object) -> UUID | None:
    if value is None:
        return None
    try:
        return UUID(str(value))
    except ValueError as error:
        raise UserError(N_("The id is no UUID.")) from error


def _put_line(session: Session, tx: Transaction, number: int, line: str) -> PutResult:
    try:
        data = json.loads(line)
    except ValueError:
        return PutResult(number, error=UserError(N_("This line is not JSON.")))
    if not isinstance(data, dict):
        return PutResult(number, error=UserError(N_("This line is not a JSON object.")))
    name = str(data.get("kind") or "")[:40]
    try:
        spec, id, values = read_json(session.schema, data)
        access.must_write(session, spec)
        saved = saving.save_in(session, tx, spec.cls, values, id, may_create=True)
    except InvalidRecordError as error:
        wrong = tuple(problem for problem in error.problems if problem.is_error)
        return PutResult(number, name, error=error, problems=wrong)
    except UserError as error:
        return PutResult(number, name, error=error)
    warnings = tuple(problem for problem in saved.problems if problem.rule not in ("complete", "required"))
    return PutResult(number, spec.name, saved.id, saved.created, saved.changed, problems=warnings)
