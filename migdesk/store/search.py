"""Full-text search of a workspace: FTS5 over the searched fields, by beginnings of words. Store's thread.

Numbers of entries carry their kind in front, so that a search in one kind never walks through another. T4 is never in
it. A server does not have it.
"""

import hashlib
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any
from uuid import UUID

from migdesk.domain.changes import Register
from migdesk.domain.field_types import Phone
from migdesk.domain.record import FieldSpec, KindSpec, Tier
from migdesk.errors import UserError
from migdesk.i18n.markers import N_
from migdesk.store.database import Transaction
from migdesk.store.rows import Row
from migdesk.store.statements import FEW, in_parts

_KIND_BITS = 40
_WORDS_MOST = 8
_WORD = re.compile(r"[^\W_]+")
_ASCII_LETTERS = {code: chr(code).lower() if chr(code).isalnum() else " " for code in range(128)}
_ENTRY = "SELECT n, digest FROM search_entry WHERE record = :record AND n > :low AND n < :high"
_LAST = "SELECT max(n) FROM search_entry WHERE n > :low AND n < :high"
_ADD_ENTRY = "INSERT INTO search_entry (n, record, digest) VALUES (:n, :record, :digest)"
_SET_ENTRY = "UPDATE search_entry SET digest = :digest WHERE n = :n"
_DROP_ENTRY = "DELETE FROM search_entry WHERE n = :n"
_ADD_TEXT = "INSERT INTO search_text (rowid, text) VALUES (:n, :text)"
_DROP_TEXT = "DELETE FROM search_text WHERE rowid = :n"
_FIND = (
    "SELECT e.record FROM search_text t JOIN search_entry e ON e.n = t.rowid "
    "WHERE t.search_text MATCH :words AND t.rowid > :low AND t.rowid < :high ORDER BY t.rowid DESC LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A record that was found; `title` holds the values of its summary fields."""

    kind: str
    id: UUID
    title: tuple[Any, ...]


def find(tx: Transaction, text: str, kinds: Collection[str], limit: int = 50) -> list[Hit]:
    """Records of these kinds that have all words of `text`, or words that begin so; at most `limit`, latest made first,
    kinds in turn.

    Raises UserError on a server's database.
    """
    if not tx.is_file:
        raise UserError(N_("The central server offers no search."))
    words = _words(text)
    if not words:
        return []
    match = " ".join(f'"{word}"*' for word in words)
    by_kind = [
        [(spec, row[0]) for row in tx.rows(_FIND, {"words": match, "most": limit, **_range(spec)})]
        for spec in tx.schema.kinds
        if spec.name in kinds
    ]
    # One of each kind in turn, so that a thousand people do not hide the one training of that name.
    turns = [one for turn in zip_longest(*by_kind) for one in turn if one is not None][:limit]
    ids: dict[str, list[bytes]] = {}
    for spec, id in turns:
        ids.setdefault(spec.name, []).append(id)
    titles = {name: _titles(tx, name, found) for name, found in ids.items()}
    return [Hit(spec.name, UUID(bytes=id), titles[spec.name].get(id, ())) for spec, id in turns]


def _words(text: str) -> list[str]:
    """The words to look for; digits alone are one number, however it was spaced."""
    words = fold(text).split()[:_WORDS_MOST]
    return ["".join(words)] if words and all(word.isdigit() for word in words) else words


def fold(text: str) -> str:
    """Words as they are compared: small letters and digits only, without marks, one blank between."""
    if text.isascii():
        return " ".join(text.translate(_ASCII_LETTERS).split())
    plain = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return " ".join(_WORD.findall(bare))


def put(tx: Transaction, row: Row) -> None:
    """Bring the index in line with one stored record."""
    if tx.is_file and searched(row.spec):
        _put(tx, row, text_of(row.spec, row.values))


def put_new(tx: Transaction, spec: KindSpec, rows: Iterable[Row]) -> None:
    """Add many records that were not here before."""
    fields = searched(spec)
    if tx.is_file and fields:
        here = [row for row in rows if not row.deleted]
        put_texts(tx, spec, [row.id for row in here], [_text(fields, row.values) for row in here])


def put_texts(tx: Transaction, spec: KindSpec, ids: Iterable[bytes], texts: Iterable[str]) -> None:
    """Add records that were not here before under their words (`texts_of`)."""
    found = [(id, text) for id, text in zip(ids, texts, strict=True) if text]
    here = [(n, id, text) for n, (id, text) in enumerate(found, _next(tx, spec))]
    tx.add_rows_into("search_entry (n, record, digest)", [(n, id, digest(text)) for n, id, text in here])
    tx.add_rows_into("search_text (rowid, text)", [(n, text) for n, _, text in here])


def texts_of(fields: Sequence[FieldSpec], columns: Sequence[Sequence[Any]]) -> list[str]:
    """The words of many records, from the columns of their searched fields."""
    return [fold(" ".join(_words_of(fields, values))) for values in zip(*columns, strict=True)]


def drop(tx: Transaction, spec: KindSpec, id: bytes) -> None:
    """Take a record out of the index."""
    known = tx.one(_ENTRY, {"record": id, **_range(spec)}) if tx.is_file else None
    if known:
        tx.run(_DROP_TEXT, {"n": known[0]})
        tx.run(_DROP_ENTRY, {"n": known[0]})


def searched(spec: KindSpec) -> tuple[FieldSpec, ...]:
    """The fields of a kind that can be found by."""
    return tuple(field for field in spec.fields if field.searched and field.tier < Tier.T4)


def text_of(spec: KindSpec, values: dict[Register, Any]) -> str:
    """The words under which a record is found, from its plain values."""
    return _text(searched(spec), values)


def _text(fields: Sequence[FieldSpec], values: dict[Register, Any]) -> str:
    return fold(" ".join(_words_of(fields, [values.get(Register(field.number)) for field in fields])))


def _words_of(fields: Sequence[FieldSpec], values: Sequence[Any]) -> Iterator[str]:
    for field, value in zip(fields, values, strict=True):
        if isinstance(value, str):
            yield value
            if value.startswith("+62") and isinstance(field.type, Phone):
                yield "0" + value[3:]


def entries(tx: Transaction) -> dict[tuple[int, bytes], bytes]:
    """The digest of every entry by kind and record; for proving the index."""
    return {
        (n >> _KIND_BITS, record): mark for n, record, mark in tx.rows("SELECT n, record, digest FROM search_entry")
    }


def digest(text: str) -> bytes:
    """What an entry keeps of its text, to see whether it changed."""
    return hashlib.blake2b(text.encode(), digest_size=8).digest()


def _put(tx: Transaction, row: Row, text: str) -> None:
    known = tx.one(_ENTRY, {"record": row.id, **_range(row.spec)})
    if row.deleted or not text:
        if known:
            tx.run(_DROP_TEXT, {"n": known[0]})
            tx.run(_DROP_ENTRY, {"n": known[0]})
        return
    mark = digest(text)
    if known is None:
        n = _next(tx, row.spec)
        tx.run(_ADD_ENTRY, {"n": n, "record": row.id, "digest": mark})
        tx.run(_ADD_TEXT, {"n": n, "text": text})
    elif known[1] != mark:
        tx.run(_DROP_TEXT, {"n": known[0]})
        tx.run(_ADD_TEXT, {"n": known[0], "text": text})
        tx.run(_SET_ENTRY, {"n": known[0], "digest": mark})


def _range(spec: KindSpec) -> dict[str, int]:
    low = spec.number << _KIND_BITS
    return {"low": low, "high": low + (1 << _KIND_BITS)}


def _next(tx: Transaction, spec: KindSpec) -> int:
    limits = _range(spec)
    last = tx.one(_LAST, limits)
    return (last[0] if last and last[0] else limits["low"]) + 1


def _titles(tx: Transaction, kind: str, ids: list[bytes]) -> dict[bytes, tuple[Any, ...]]:
    """The summary values of these records; a missing answer is a blank."""
    spec, sql = tx.schema.by_name[kind], tx.sql.kind(kind).titles
    types = [spec.by_name[name].type for name in spec.summary]
    found: dict[bytes, tuple[Any, ...]] = {}

    for params in in_parts(ids, FEW):
        for id, *plain in tx.rows(sql, params):
            values = zip(types, plain, strict=True)
            found[id] = tuple(None if one is None else type.from_plain(one) for type, one in values)
    return found
