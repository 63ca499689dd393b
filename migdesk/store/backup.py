"""Sealed copies of a store, and the proof that a store is whole. On the store's thread; a server's database is saved by
its own tools."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import groupby
from pathlib import Path
from typing import Any

from sqlalchemy import exists, func, select

from migdesk.domain.record import KindSpec
from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.store import anchors, audit, blobs, change_log, cipher_file, errors, forks, migrate, rows, search
from migdesk.store.change_log import LoggedChange
from migdesk.store.cipher_file import driver
from migdesk.store.database import Store, Transaction
from migdesk.store.errors import DamagedError
from migdesk.store.findings import Finding
from migdesk.store.forks import Forks, Ranks
from migdesk.store.rows import Row

_CHUNK = 500


def backup(store: Store, target: Path) -> None:
    """Write a copy of the whole store, sealed with the same key, and read it back. Only a good copy gets its name.

    Raises EnvError if the disk does not play along, DamagedError if the copy does not read; UserError on a server.
    """
    if not store.is_file:
        raise UserError(
            N_("A PostgreSQL database is backed up by its own tools."), hint=N_("Use pg_dump, or ask who runs it.")
        )
    copy_file(store.raw, target)


def copy_file(raw: Any, target: Path) -> None:
    """The same of a file that is open on the driver's connection only, since its tables are not of this version yet."""
    part = target.with_name(target.name + ".part")
    with _told():
        part.unlink(missing_ok=True)
        try:
            raw.execute("VACUUM INTO ?", (str(part),))
            _sync(part)
            _read_back(raw, part)
            os.replace(part, target)
            _sync(target.parent)
        finally:
            part.unlink(missing_ok=True)


def _read_back(raw: Any, copy: Path) -> None:
    """Raises DamagedError unless every page of the copy decrypts with the key of this connection."""
    raw.execute("ATTACH DATABASE ? AS copy", (str(copy),))
    try:
        bad = raw.execute("PRAGMA copy.cipher_integrity_check").fetchall()
        said = raw.execute("PRAGMA copy.quick_check(1)").fetchone()
    finally:
        raw.execute("DETACH DATABASE copy")
    if bad or said[0] != "ok":
        raise errors.damaged()


def restore(source: Path, target: Path, key: bytes) -> None:
    """Put a backup in the place of a store that nobody has open; `key` is the one that both are sealed with.

    Raises UserError if the backup does not open with the key, is of a newer version or damaged; then nothing changed.
    """
    with _told():
        raw = cipher_file.connect(source, key)
        try:
            if migrate.file_version(raw) == 0:
                raise UserError(N_("This file is no backup of MigDesk."))
            if raw.execute("PRAGMA cipher_integrity_check").fetchall():
                raise errors.damaged()
            part = target.with_name(target.name + ".part")
            part.unlink(missing_ok=True)
            raw.execute("VACUUM INTO ?", (str(part),))
        finally:
            raw.close()
        _sync(part)
        for beside in ("-wal", "-shm"):
            target.with_name(target.name + beside).unlink(missing_ok=True)
        os.replace(part, target)
        _sync(target.parent)


def is_sound(store: Store) -> bool:
    """Whether every page decrypts, the structure holds and the audit follows: what a copy is looked at for. Quick, and
    mostly without Python, so that whoever types meanwhile does not notice."""
    if any(_file_findings(store, "quick_check")):
        return False
    with store.read() as tx:
        return not audit.verify(tx)


def verify(store: Store) -> list[Finding]:
    """Everything that is wrong with a store; empty when it is whole. Reads it all: minutes for a million records."""
    found: list[Finding] = []
    if store.is_file:
        found += _file_findings(store, "integrity_check")
    try:
        with store.read() as tx:
            found += audit.findings(tx)
            found += _anchor_findings(tx)
            for spec in store.schema.kinds:
                found += _kind_findings(tx, spec)
                found += _lost_parts(tx, spec)
            found += _batch_findings(tx)
            if wrong := len(blobs.damaged(tx)):
                found.append(Finding("attachments", N_("{count} files of attachments are damaged."), {"count": wrong}))
            if store.is_file:
                found += _search_findings(tx)
    except DamagedError as error:
        found.append(Finding("file", error.message))
    return found


def _file_findings(store: Store, check: str) -> Iterator[Finding]:
    """Every page decrypts, and SQLite's own structures hold; with `integrity_check` also each index against its rows,
    and every promise of a table (unique, not null)."""
    with _told():
        # What a kill in the middle of folding the log into the file left torn there is whole in the log.
        with suppress(driver.DatabaseError):
            store.raw.execute("PRAGMA wal_checkpoint").fetchall()
        pages = store.raw.execute("PRAGMA cipher_integrity_check").fetchall()
        if pages:
            yield Finding("cipher", N_("{count} pages of the file are damaged."), {"count": len(pages)})
        try:
            said = [row[0] for row in store.raw.execute(f"PRAGMA {check}(20)").fetchall()]
        except driver.DatabaseError:
            said = ["malformed"]
        if said != ["ok"]:
            yield Finding(
                "structure", N_("The structure of the file is damaged in {count} places."), {"count": len(said)}
            )


def _kind_findings(tx: Transaction, spec: KindSpec) -> Iterator[Finding]:
    """Every row of a kind is what its changes make of it, and every changed record has its row."""
    wrong = missing = 0
    logged = change_log.all_of_kind(tx, spec.number)
    seen = set()
    for id, changes in groupby(logged, key=_record_of):
        seen.add(id)
        row = rows.load(tx, spec, id)
        if row is None:
            missing += 1
        elif not _is_joined(tx, spec, row, list(changes)):
            wrong += 1
    stray = sum(1 for row in _all_rows(tx, spec) if row.stamps and row.id not in seen)
    for count, message in (
        (wrong, N_("{count} records of the kind {kind} differ from their history.")),
        (missing, N_("{count} records of the kind {kind} are missing, though they have a history.")),
        (stray, N_("{count} records of the kind {kind} have no history.")),
    ):
        if count:
            yield Finding("history", message, {"count": count, "kind": spec.name})


def _anchor_findings(tx: Transaction) -> Iterator[Finding]:
    """The chain still holds what the server acknowledged, and the server never found that it does not."""
    known, alarm = anchors.acknowledged(tx), anchors.alarm(tx)
    if known is not None and (audit.hash_of(tx, known.n) or b"")[: len(known.sha16)] != known.sha16:
        yield Finding(
            "anchor", N_("The audit row {n}, which the server knows, is missing or another one: the trail was cut or "
                         "made anew, or the file was put back to an older one."), {"n": known.n},
        )  # fmt: skip
    if alarm is not None:
        yield Finding(
            "anchor", N_("At a sync the server knew the audit row {n} of this laptop, which is missing here or another "
                         "one: the file was put back to an older one, or the laptop was copied."), {"n": alarm.n},
        )  # fmt: skip


def _lost_parts(tx: Transaction, spec: KindSpec) -> Iterator[Finding]:
    """The protected fields of a record stand in a table of their own, and none of them without their record. (No table
    refers to another by a foreign key: what a record names may be out of the user's scope.)"""
    main, *others = [table for table, _ in tx.tables.kinds[spec.name].parts]
    for table in others:
        known = exists().where(main.c.op_area == table.c.op_area, main.c.id == table.c.id)
        lost = tx.connection.execute(select(func.count()).select_from(table).where(~known)).scalar_one()
        if lost:
            yield Finding(
                "references", N_("{count} parts of records of the kind {kind} belong to no record."),
                {"count": lost, "kind": spec.name},
            )  # fmt: skip


def _batch_findings(tx: Transaction) -> Iterator[Finding]:
    """What waits to be sent, or to be safe at the server, is what was signed."""
    table = tx.tables.sync.out_batch
    wrong = 0
    for row in tx.connection.execute(select(table.c.body, table.c.sha256).execution_options(yield_per=50)):
        wrong += bool(row.body) and hashlib.sha256(bytes(row.body)).digest() != bytes(row.sha256)
    if wrong:
        yield Finding("batches", N_("{count} batches that were made for sending are damaged."), {"count": wrong})


def _record_of(logged: LoggedChange) -> bytes:
    return logged.change.record.bytes


def _is_joined(tx: Transaction, spec: KindSpec, row: Row, logged: list[LoggedChange]) -> bool:
    """Whether a row and its kept registers are what joining its log gives."""
    again, known = rejoined(tx, spec, row, logged)
    # Where this replica's own last change stands is no part of a record's state.
    again.own_area, again.own_seq = row.own_area, row.own_seq
    return again == row and heads_of(known) == heads_of(forks.load(tx, row))


def rejoined(tx: Transaction, spec: KindSpec, row: Row | None, logged: list[LoggedChange]) -> tuple[Row, Forks]:
    """A record made again from its changes; what was seeded of `row` stays."""
    again = rows.new_row(spec, logged[0].change)
    if row is not None and row.is_seeded:
        again = rows.seeded(spec, logged[0].change.record, row.area, rows.unstamped(row))
    known: Forks = {}
    for one in logged:
        known = forks.join(again, known, one.change)
    known = forks.arrived(known, {one.change.stamp for one in logged})
    forks.show(again, known, Ranks(tx.codes))
    return again, known


def heads_of(known: Forks) -> dict[Any, Any]:
    """Registers in a form that compares."""
    return {
        register: (tuple(sorted(fork.heads)), fork.awaited)
        for register, fork in known.items()
        if fork.heads or fork.awaited
    }


def _all_rows(tx: Transaction, spec: KindSpec) -> Iterator[Row]:
    kind, last = tx.tables.kinds[spec.name], b""
    query = rows.in_order_of_id(kind, _CHUNK)
    while True:
        found = tx.connection.execute(query, {"last": last}).all()
        yield from (rows.from_columns(kind, columns) for columns in found)
        if len(found) < _CHUNK:
            return
        last = bytes(found[-1][1])


def _search_findings(tx: Transaction) -> Iterator[Finding]:
    """Every record that can be found by words is in the index with its present words, and nothing else is."""
    try:
        tx.run("INSERT INTO search_text (search_text) VALUES ('integrity-check')")
    except driver.DatabaseError:
        yield Finding("search", N_("The search index is damaged; the records are not."))
        return
    wrong, entries = 0, search.entries(tx)
    for spec in tx.schema.kinds:
        for row in _all_rows(tx, spec) if search.searched(spec) else ():
            text = "" if row.deleted else search.text_of(spec, row.values)
            wrong += entries.pop((spec.number, row.id), b"") != (search.digest(text) if text else b"")
    if wrong + len(entries):
        yield Finding("search", N_("{count} entries of the search index are not in line with their records."),
                      {"count": wrong + len(entries)})  # fmt: skip


def _sync(path: Path) -> None:
    """Make sure that a file, or a folder's list of names, is on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except driver.Error as error:
        raise errors.from_driver(error) from error
    except OSError as error:
        raise EnvError(
            N_("The backup could not be written."), hint=N_("Check that the disk is there and has room.")
        ) from error
