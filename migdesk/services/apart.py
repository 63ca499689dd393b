"""Edits of one record that were made apart and both stand: told as information, with a mark "seen" that stays on this
laptop. Store thread."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from migdesk.clock import from_ms, to_ms
from migdesk.domain.changes import DELETED
from migdesk.domain.hlc import wall_ms
from migdesk.domain.record import KindSpec
from migdesk.services import access
from migdesk.services.access import Names
from migdesk.services.conflicts import Laptops, title_of
from migdesk.services.session import Session
from migdesk.services.wording import Words, shown, words
from migdesk.store import apart, records, settings
from migdesk.store.change_log import LoggedChange
from migdesk.store.database import Transaction

DAYS = 14
MOST = 50
_SEEN = "conflicts.seen"
"""Setting: `{record: clock reading of the latest change that was looked at}`."""


@dataclass(frozen=True, slots=True)
class ApartEdit:
    """A field and its new value; `words.secret` values are never shown in a list."""

    words: Words
    value: Any


@dataclass(frozen=True, slots=True)
class Side:
    """What one person changed, by the writer's clock; `laptop` and `own` as in `conflicts.Choice`."""

    author_name: str
    at: datetime
    laptop: str
    own: bool
    edits: tuple[ApartEdit, ...]


@dataclass(frozen=True, slots=True)
class WrittenApart:
    """A record that several people changed without knowing of each other, each something else. Nothing is to be
    decided. `mark` is what `see` is given."""

    kind: str
    record: UUID
    title: str
    sides: tuple[Side, ...]
    mark: int


def recent(session: Session, days: int = DAYS) -> tuple[WrittenApart, ...]:
    """What was not marked as seen yet, of records that the user may know of, latest first; at most `MOST`."""
    found: list[WrittenApart] = []
    if session.locked:
        return ()
    with session.store.read() as tx:
        seen = _seen(tx)
        names, laptops = Names(tx), Laptops(session, tx)
        for one in apart.written_apart(tx, days):
            spec = session.schema.by_name[one.kind]
            mark = max(logged.change.hlc for logged in one.changes)
            stored = records.find(tx, spec.cls, one.record)
            if seen.get(str(one.record), 0) >= mark or stored is None or not access.visible(session, tx, stored):
                continue
            sides = tuple(_side(spec, logged, names, laptops) for logged in one.changes)
            found.append(WrittenApart(one.kind, one.record, title_of(session, tx, stored.record), sides, mark))
    return tuple(sorted(found, key=_mark_of, reverse=True)[:MOST])


def see(session: Session, some: Collection[WrittenApart]) -> None:
    """Do not tell of these again, unless something new is written apart. Stays on this laptop."""
    with session.store.begin() as tx:
        oldest = (to_ms(tx.clock.now()) - 2 * DAYS * 86_400_000) << 16
        kept = {record: mark for record, mark in _seen(tx).items() if mark >= oldest}
        settings.put(tx, _SEEN, kept | {str(one.record): one.mark for one in some})


def _seen(tx: Transaction) -> dict[str, int]:
    kept = settings.get(tx, _SEEN, {})
    return {str(record): int(mark) for record, mark in kept.items()} if isinstance(kept, dict) else {}


def _mark_of(one: WrittenApart) -> int:
    return one.mark


def _side(spec: KindSpec, logged: LoggedChange, names: Names, laptops: Laptops) -> Side:
    change = logged.change
    edits = tuple(
        ApartEdit(words(spec, edit.register), shown(spec, edit.register, edit.value))
        for edit in change.edits
        if edit.register.field != DELETED
    )
    at = from_ms(wall_ms(change.hlc))
    return Side(names(change.author), at, laptops(change.device), laptops.is_own(change.device), edits)
