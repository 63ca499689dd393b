"""Who may send and fetch the file of an attachment: as the record, and whoever may not is told nothing. On file and
PostgreSQL."""

import hashlib
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from migdesk.domain.attachment import KINDS, Attachment, CaseAttachment, PersonAttachment
from migdesk.domain.case import Case
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.person import Person
from migdesk.domain.scope import Role, UserCard
from migdesk.domain.training import TrainingEvent
from migdesk.store import blobs, writing
from migdesk.store.blobs import BlobKey, OffsetError
from migdesk.store.writing import Author
from migdesk.sync.host.blob_desk import SPOOL_MOST, BlobDesk, NoSuchBlobError, WrongBytesError
from migdesk.sync.trust.senders import DeviceRow
from migdesk.vault import blob_cipher
from tests.sync.office import Server

VILLAGE, ELSEWHERE = "52.03.09.2004", "35.07"
OWNER, OTHER = UUID(int=0xA11), UUID(int=0xA12)
DATA = b"a photograph" * 9_000
KEY = bytes(32)
PIECES = blob_cipher.seal(KEY, DATA)
SEALED = b"".join(PIECES)
SHA = hashlib.sha256(SEALED).digest()
PARENTS = {"person": Person, "session": CounsellingSession, "case": Case, "event": TrainingEvent}


@pytest.fixture(params=["file", "postgres"])
def server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    url = ""
    if request.param == "postgres":
        from tests.support.stores import database_of

        url = database_of(request.getfixturevalue("postgres"), tmp_path.name)
    made = Server(tmp_path, url)
    yield made
    made.store.close()


def row(role: str, area: str = "52.03", user: UUID = OTHER, device: int = 77) -> DeviceRow:
    return DeviceRow(device, bytes(32), UserCard(user, "x", "X", role, (area,)))


def attached(server: Server, kind: type[Attachment], sha256: bytes = SHA, size: int = len(DATA)) -> UUID:
    """An attachment of this kind, all of it written by OWNER."""
    import datetime as dt

    day = dt.date(2026, 11, 1)
    values: dict[str, dict[str, Any]] = {
        "person": {"full_name": "N", "sex": "female", "area_code": VILLAGE},
        "session": {"date": day, "area_code": VILLAGE},
        "case": {"opened_on": day, "primary_category": "GBV", "area_code": VILLAGE, "consent_server": "yes"},
        "event": {"title": "T", "starts_on": day, "area_code": VILLAGE},
    }
    author, field = Author(OWNER, 5), kind.spec.parent
    with server.store.begin() as tx:
        parent = writing.save(tx, author, PARENTS[field], values[field]).id
        more = {"file_name": "photo.jpg", "media_type": "jpeg", "size": size, "sha256": sha256, "blob_key": KEY}
        return writing.save(tx, author, kind, {field: parent} | more).id


def outcome(server: Server, who: DeviceRow) -> tuple[bool, bool]:
    """Whether this device may send, and fetch."""
    desk, told = BlobDesk(server.db, who), []
    for act in (lambda: desk.look(SHA), lambda: desk.size(SHA)):
        try:
            act()
            told.append(True)
        except NoSuchBlobError:
            told.append(False)
    return told[0], told[1]


def expected(kind: type[Attachment], role: Role, area: str, user: UUID) -> tuple[bool, bool]:
    """Said once more in other words: outreach all of its area; caseworkers no attachments of counselling to write;
    trainers those of events; supervisors all; of a case only its circle and the supervisor."""
    name, own_area, own = kind.spec.name, area == "52.03", user == OWNER
    if name == "case_attachment":
        circle = role in {Role.OUTREACH, Role.CASEWORKER} and own
        reads = circle or (role is Role.SUPERVISOR and (own_area or own))
        return reads and own_area, reads
    readers = {
        "person_attachment": {Role.OUTREACH, Role.CASEWORKER, Role.SUPERVISOR},
        "counselling_attachment": {Role.OUTREACH, Role.CASEWORKER, Role.SUPERVISOR},
        "event_attachment": {Role.OUTREACH, Role.TRAINER, Role.SUPERVISOR},
    }[name]
    writers = readers - ({Role.CASEWORKER} if name == "counselling_attachment" else set())
    return role in writers and own_area, role in readers and own_area


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.spec.name)
def test_every_role_area_and_circle(server: Server, kind: type[Attachment]) -> None:
    attached(server, kind)
    with server.store.begin() as tx:
        blobs.put(tx, BlobKey("52.03", SHA), PIECES)
    for role, area, user in product(Role, ("52.03", ELSEWHERE), (OWNER, OTHER)):
        found = outcome(server, row(role, area, user))
        assert found == expected(kind, role, area, user), (role, area, user == OWNER)
    for gone in (replace(row("OUTREACH"), revoked=True), replace(row("OUTREACH"), user=None)):
        assert outcome(server, gone) == (False, False)


def test_without_a_record_or_with_a_removed_one_nobody_is_told_anything(server: Server) -> None:
    with server.store.begin() as tx:
        blobs.put(tx, BlobKey("52.03", SHA), PIECES)
    assert outcome(server, row("OUTREACH", user=OWNER)) == (False, False)
    id = attached(server, PersonAttachment)
    assert outcome(server, row("OUTREACH", user=OWNER)) == (True, True)
    with server.store.begin() as tx:
        writing.delete(tx, Author(OWNER, 5), PersonAttachment, id)
    assert outcome(server, row("OUTREACH", user=OWNER)) == (False, False)


def test_bytes_are_appended_and_become_readable_only_when_they_are_right(server: Server) -> None:
    attached(server, CaseAttachment)
    desk = BlobDesk(server.db, row("OUTREACH", user=OWNER))
    assert desk.look(SHA).held == 0
    half = len(SEALED) // 2
    assert desk.take(SHA, 0, SEALED[:half]).held == half
    with pytest.raises(OffsetError) as wrong:
        desk.take(SHA, 0, SEALED[:10])
    assert wrong.value.held == half
    with pytest.raises(NoSuchBlobError):
        desk.size(SHA)
    with pytest.raises(ValueError, match="more bytes"):
        desk.take(SHA, half, SEALED[half:] + b"x")
    assert desk.take(SHA, half, SEALED[half:]).complete
    other = BlobDesk(server.db, row("SUPERVISOR"))
    assert other.size(SHA) == len(SEALED)
    assert other.look(SHA).complete
    for start in (0, 1, half, len(SEALED) - 1):
        assert other.give(SHA, start, 70_000) == SEALED[start : start + 70_000]


def test_wrong_bytes_are_dropped_and_two_senders_do_not_mix(server: Server) -> None:
    attached(server, PersonAttachment)
    bad, good = (BlobDesk(server.db, row("OUTREACH", device=device)) for device in (7, 8))
    good.take(SHA, 0, SEALED[:1000])
    with pytest.raises(WrongBytesError):
        bad.take(SHA, 0, bytes(len(SEALED)))
    assert bad.look(SHA).held == 0
    assert good.take(SHA, 1000, SEALED[1000:]).complete
    assert bad.look(SHA).complete


def test_a_device_that_begins_many_and_ends_none_loses_the_oldest(server: Server) -> None:
    size = 16 << 20
    names = [bytes([n]) * 32 for n in range(6)]
    for sha256 in names:
        attached(server, PersonAttachment, sha256, size)
    desk = BlobDesk(server.db, row("OUTREACH"))
    for sha256 in names:
        server.clock.forward(seconds=1)
        desk.take(sha256, 0, bytes(size - 10))
    with server.store.read() as tx:
        held = blobs.spooled(tx, 77)
    assert sum(one.held for one in held) <= SPOOL_MOST
    assert desk.look(names[-1]).held == size - 10
    assert desk.look(names[0]).held == 0
