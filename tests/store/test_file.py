"""The file of a store: nothing in clear, wrong keys and damage told in words, a full disk, backups, search."""

import os
import threading
from pathlib import Path
from uuid import UUID

import pytest

from migdesk.domain.case import Case, Incident
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.person import Person
from migdesk.errors import BugError, EnvError, UserError
from migdesk.store import audit, backup, drafts, records, search, settings, writing
from migdesk.store.database import Store
from migdesk.store.drafts import DraftKey
from migdesk.store.errors import DamagedError
from migdesk.store.worker import StoreWorker
from tests.support.fake_clock import FakeClock
from tests.support.stores import CODES, KEY, SITI, VILLAGE, open_store

PLANTED = ("Suhartiningsih", "5203094512940003", "Majikan mengunci pintu", "karang petak melati", "ketikan sementara")
WOMAN = {
    "full_name": f"Nur {PLANTED[0]}",
    "area_code": VILLAGE,
    "nik": PLANTED[1],
    "address": PLANTED[3],
    "sex": "female",
}


def fill(store: Store) -> None:
    with store.begin() as tx:
        writing.save(tx, SITI, Person, WOMAN)
        opened = writing.save(tx, SITI, Case, {"primary_category": "EXPL", "area_code": VILLAGE}).id
        writing.save(tx, SITI, Incident, {"case": opened, "account": PLANTED[2]})
        drafts.put_field(tx, DraftKey("person"), "note", PLANTED[4])
        settings.put(tx, "note", PLANTED[4])
        audit.append(tx, SITI.user, "view", "case", opened, PLANTED[4])


def open_wrongly(path: Path, key: bytes = KEY) -> Store:
    return Store.open_file(path, key, schema=SCHEMA, codes=CODES, clock=FakeClock())


def test_nothing_is_on_the_disk_in_clear(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.db") as store:
        fill(store)
        store.raw.execute("PRAGMA wal_checkpoint(PASSIVE)")
        fill(store)
        backup.backup(store, tmp_path / "copy.db")
        files = sorted(tmp_path.iterdir())
        assert [file.name for file in files] == ["copy.db", "store.db", "store.db-shm", "store.db-wal"]
        for file in files:
            data = file.read_bytes().lower()
            for planted in (*PLANTED, "sqlite format", "full_name", "nur"):
                if len(planted) > 4:
                    assert planted.lower().encode() not in data
                    assert planted.lower().encode("utf-16-le") not in data


def test_a_wrong_key_and_a_foreign_file_are_told_apart_from_damage(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.db") as store:
        fill(store)
    with pytest.raises(UserError, match="does not open with this key"):
        open_wrongly(tmp_path / "store.db", bytes(32))
    (tmp_path / "text.db").write_text("no store at all\n" * 1000)
    with pytest.raises(UserError, match="does not open with this key"):
        open_wrongly(tmp_path / "text.db")
    with pytest.raises(EnvError, match="folder"):
        open_wrongly(tmp_path / "nowhere" / "store.db")
    with pytest.raises(BugError):
        open_wrongly(tmp_path / "store.db", b"short")


def test_a_flipped_byte_is_found(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with open_store(path) as store:
        fill(store)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    try:
        store = open_wrongly(path)
    except DamagedError:
        return
    assert "cipher" in {finding.check for finding in backup.verify(store)}
    store.close()


def write_until_it_fails(store: Store) -> None:
    for _ in range(100):
        with store.begin() as tx:
            writing.save(tx, SITI, Person, WOMAN | {"note": "x" * 4000})


def test_a_full_disk_is_said_and_nothing_is_lost(file_store: Store) -> None:
    fill(file_store)
    pages = file_store.raw.execute("PRAGMA page_count").fetchone()[0]
    file_store.raw.execute(f"PRAGMA max_page_count = {pages + 2}")
    with pytest.raises(EnvError, match="disk is full") as told:
        write_until_it_fails(file_store)
    assert told.value.hint
    with file_store.read() as tx:
        kept = records.count(tx, Person)
    assert backup.verify(file_store) == []
    file_store.raw.execute("PRAGMA max_page_count = 100000")
    with file_store.begin() as tx:
        writing.save(tx, SITI, Person, WOMAN)
        assert records.count(tx, Person) == kept + 1


def test_a_store_that_may_not_be_written_says_so(file_store: Store) -> None:
    file_store.raw.execute("PRAGMA query_only = ON")
    with pytest.raises(EnvError, match="may not be written"), file_store.begin() as tx:
        writing.save(tx, SITI, Person, WOMAN)


def test_another_program_is_waited_for_and_then_named(tmp_path: Path) -> None:
    with open_store(tmp_path / "store.db") as one, open_store(tmp_path / "store.db") as two:
        two.raw.execute("PRAGMA busy_timeout = 1")
        with one.begin(), pytest.raises(EnvError, match="Another program"), two.begin():
            pass


def test_transactions_do_not_nest_and_end_with_the_store(file_store: Store) -> None:
    with file_store.begin(), pytest.raises(BugError), file_store.read():
        pass
    file_store.close()
    file_store.close()
    with pytest.raises(BugError), file_store.begin():
        pass


def test_backup_and_restore(tmp_path: Path) -> None:
    path, copy = tmp_path / "store.db", tmp_path / "copy.db"
    with open_store(path) as store:
        fill(store)
        backup.backup(store, copy)
        with store.begin() as tx:
            writing.save(tx, SITI, Person, WOMAN)
    backup.restore(copy, path, KEY)
    with open_store(path) as store, store.read() as tx:
        assert records.count(tx, Person) == 1
    before = path.read_bytes()
    with pytest.raises(UserError):
        backup.restore(copy, path, bytes(32))
    data = bytearray(copy.read_bytes())
    data[-100] ^= 1
    copy.write_bytes(data)
    with pytest.raises(UserError):
        backup.restore(copy, path, KEY)
    assert path.read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_may_not_be_written_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(EnvError):
            open_wrongly(tmp_path / "store.db")
    finally:
        tmp_path.chmod(0o700)


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("UPDATE person SET sex = 'male'", "history"), ("DELETE FROM person", "history"),
        ("DELETE FROM change_log WHERE kind = 1", "history"), ("UPDATE audit SET detail = 'x' WHERE n = 1", "audit"),
        ("DELETE FROM search_entry", "search"), ("UPDATE person_t3 SET full_name = 'x'", "history"),
        ("INSERT INTO person_t3 (op_area, id, full_name) VALUES ('52.03', x'07', 'x')", "references"),
        ("INSERT INTO out_batch (op_area, lane, n, sha256, size, changes, first_seq, last_seq, body, state, frozen_ms, "
         "bundled_ms) VALUES ('52.03', 1, 1, x'00', 1, 1, 1, 1, x'01', 0, 1, 0)", "batches"),
    ],
)  # fmt: skip
def test_verify_finds_what_was_tampered_with(file_store: Store, damage: str, check: str) -> None:
    fill(file_store)
    assert backup.verify(file_store) == []
    file_store.raw.execute(damage)
    found = backup.verify(file_store)
    assert check in {finding.check for finding in found}
    assert all(str(finding) for finding in found)


def test_verify_finds_an_index_that_lacks_a_row(tmp_path: Path) -> None:
    """As a disk leaves it that lost one of two writes: the row is there, and the index does not know of it."""
    path, name = tmp_path / "store.db", "ix_audit_op_area_record_n"
    with open_store(path) as store:
        fill(store)
        kept = store.raw.execute("SELECT * FROM sqlite_master WHERE name = ?", (name,)).fetchone()
        store.raw.execute("PRAGMA writable_schema = ON")
        store.raw.execute("DELETE FROM sqlite_master WHERE name = ?", (name,))
    with open_store(path) as store:
        with store.begin() as tx:
            audit.append(tx, SITI.user, "unlock", record=UUID(int=5))
        store.raw.execute("PRAGMA writable_schema = ON")
        store.raw.execute("INSERT INTO sqlite_master VALUES (?, ?, ?, ?, ?)", kept)
    with open_store(path) as store:
        assert [finding.check for finding in backup.verify(store)] == ["structure"]


def test_search_finds_words_by_their_beginnings(file_store: Store) -> None:
    def found(text: str, *kinds: str) -> list[str]:
        with file_store.read() as tx:
            return [str(hit.title[0]) for hit in search.find(tx, text, kinds or {"person", "case"})]

    with file_store.begin() as tx:
        id = writing.save(
            tx, SITI, Person, {"full_name": "Nürhayati Ayu", "area_code": VILLAGE, "phone": "0819-1744"}
        ).id
        coded = {"primary_category": "EXPL", "area_code": VILLAGE, "case_code": "KS-7Q2M", "wishes": "rahasia"}
        case = writing.save(tx, SITI, Case, coded).id
        writing.save(tx, SITI, Person, {"full_name": "Budi", "area_code": VILLAGE})
    assert found("nur AY") == found("0819 1744") == found("+62 819") == ["Nürhayati Ayu"]
    assert found("ks-7q2m") == found("ks 7q") == ["KS-7Q2M"]
    assert found("rahasia") == found('" OR *') == found("nur", "case") == found("bud ayu") == []
    with file_store.begin() as tx:
        writing.save(tx, SITI, Person, {"full_name": "Wati", "phone": None}, id)
        writing.delete(tx, SITI, Case, case)
    assert found("nurh") == found("0819") == found("ks") == []
    assert found("wat") == ["Wati"]
    with file_store.begin() as tx:
        writing.restore(tx, SITI, Case, case)
    assert found("ks") == ["KS-7Q2M"]
    assert backup.verify(file_store) == []


def test_a_worker_owns_its_store(tmp_path: Path) -> None:
    threads = set()

    def make() -> Store:
        threads.add(threading.get_ident())
        return open_wrongly(tmp_path / "store.db")

    worker = StoreWorker(make)
    threads.add(worker.submit(lambda store: threading.get_ident()).result())
    assert len(threads) == 1
    assert threading.get_ident() not in threads
    assert worker.submit(lambda store: 1 // 0).exception() is not None
    worker.close()
    worker.close()
    with pytest.raises(RuntimeError):
        worker.submit(lambda store: None)


def test_a_worker_tells_why_its_store_did_not_open(tmp_path: Path) -> None:
    worker = StoreWorker(lambda: open_wrongly(tmp_path / "nowhere" / "store.db"))
    assert isinstance(worker.submit(lambda store: None).exception(), EnvError)
    worker.close()
