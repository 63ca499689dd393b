"""Saving any record: rights, defaults, rules, then one transaction; listeners hear of it afterwards. Store thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from migdesk.domain.record import KindSpec, Record
from migdesk.domain.validation import InvalidRecordError, Problem, is_complete, normalise, validate
from migdesk.services import access, rules
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.store import drafts, records, writing
from migdesk.store.database import Transaction
from migdesk.store.errors import not_found
from migdesk.store.records import Stored

R = TypeVar("R", bound=Record)


@dataclass(frozen=True, slots=True)
class Saved:
    """What a save did. `problems` are the warnings that stand; `complete` whether the record is finished."""

    id: UUID
    created: bool
    changed: bool
    kinds: frozenset[str]
    complete: bool
    problems: tuple[Problem, ...]


def save(
    session: Session,
    kind: type[R],
    values: Mapping[str, Any],
    id: UUID | None = None,
    *,
    may_create: bool = False,
    draft: str | None = None,
) -> Saved:
    """Write these fields of a record (None clears one); without `id`, or with `may_create` and an unknown one, a new
    record. Raises RefusedError, NotFoundError, or InvalidRecordError with `problems`: then nothing was written.

    `draft` is the slot of the draft of `kind` and `id` that this save uses up (`services.drafts`). It goes in the same
    transaction, so that a kill leaves either the draft or what was saved of it, never both and never neither.
    """
    access.must_write(session, kind.spec)
    with session.store.begin() as tx:
        saved = save_in(session, tx, kind, values, id, may_create=may_create)
        if draft is not None:
            drafts.discard_every_version(tx, kind.spec.name, id, draft)
    if saved.changed:
        session.events.publish(ChangeSet(saved.kinds, frozenset({saved.id})))
    return saved


def save_in(
    session: Session,
    tx: Transaction,
    kind: type[R],
    values: Mapping[str, Any],
    id: UUID | None = None,
    *,
    may_create: bool = False,
) -> Saved:
    """`save` inside a transaction that the caller began; the caller checked the right and tells the listeners."""
    spec = kind.spec
    if id is None and spec.natural and all(isinstance(values.get(name), UUID | str) for name in spec.natural):
        id, may_create = spec.natural_id(values), True
    old = _existing(session, tx, kind, id, may_create=may_create)
    before = old.record.values() if old is not None else {}
    given = dict(values) if old is not None else rules.with_defaults(session, tx, spec, values)
    good, _ = normalise(spec, given)
    fresh = {name: value for name, value in good.items() if value != before.get(name)}
    problems = check(session, tx, spec, before, fresh, old)
    if any(problem.is_error for problem in problems):
        raise InvalidRecordError(problems)
    if old is None and id is not None and spec.natural:
        _bring_back(session, tx, kind, id)
    written = writing.save(tx, session.author, kind, fresh, id)
    complete = is_complete(spec, before | fresh)
    kinds = frozenset({spec.name})
    return Saved(written.id, written.created, bool(written.changes), kinds, complete, problems)


def check(
    session: Session,
    tx: Transaction,
    spec: KindSpec,
    before: Mapping[str, Any],
    fresh: Mapping[str, Any],
    old: Stored[Any] | None,
) -> tuple[Problem, ...]:
    """Everything that is wrong with a record once `fresh` is written over `before`."""
    merged = {**before, **fresh}
    found = validate(spec, merged, session.codes, session.today(), changed=fresh.keys())
    broken = {problem.field for problem in found if problem.is_error}
    sound = {name: value for name, value in merged.items() if name not in broken}
    return found + tuple(rules.check(session, tx, spec, sound, fresh, old))


def preview(session: Session, kind: type[R], values: Mapping[str, Any], id: UUID | None = None) -> tuple[Problem, ...]:
    """What `save` would say about these values, without writing: for problems shown while a person types."""
    access.must_read(session, kind.spec)
    with session.store.read() as tx:
        old = _existing(session, tx, kind, id, may_create=False)
        before = old.record.values() if old is not None else {}
        given = dict(values) if old is not None else rules.with_defaults(session, tx, kind.spec, values)
        good, _ = normalise(kind.spec, given)
        fresh = {name: value for name, value in good.items() if value != before.get(name)}
        return check(session, tx, kind.spec, before, fresh, old)


def delete(session: Session, kind: type[R], id: UUID) -> None:
    """Remove a record; its log stays. Raises RefusedError, NotFoundError."""
    access.must_write(session, kind.spec)
    with session.store.begin() as tx:
        access.get(session, tx, kind, id)
        writing.delete(tx, session.author, kind, id)
    session.events.publish(ChangeSet(frozenset({kind.spec.name}), frozenset({id})))


def restore(session: Session, kind: type[R], id: UUID) -> None:
    """Bring a removed record back. Raises RefusedError, NotFoundError."""
    access.must_write(session, kind.spec)
    with session.store.begin() as tx:
        stored = records.find(tx, kind, id, deleted=True)
        if stored is None or not access.visible(session, tx, stored):
            raise not_found()
        writing.restore(tx, session.author, kind, id)
    session.events.publish(ChangeSet(frozenset({kind.spec.name}), frozenset({id})))


def _bring_back(session: Session, tx: Transaction, kind: type[R], id: UUID) -> None:
    """A record with a natural identity that was removed and is written again is the same record."""
    stored = records.find(tx, kind, id, deleted=True)
    if stored is not None and stored.meta.deleted and access.visible(session, tx, stored):
        writing.restore(tx, session.author, kind, id)


def _existing(
    session: Session, tx: Transaction, kind: type[R], id: UUID | None, *, may_create: bool
) -> Stored[R] | None:
    """The record to be changed. One that is here but out of scope is not found, even when it might be created."""
    if id is None:
        return None
    if may_create and records.find(tx, kind, id) is None:
        return None
    return access.get(session, tx, kind, id)
