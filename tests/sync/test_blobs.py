"""Files of attachments between laptops and a server over real HTTP: resumed at the byte, never sent twice, proven."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from migdesk.domain.case import Case
from migdesk.domain.values import Missing
from migdesk.errors import EnvError, UserError
from migdesk.server.host import ServerHost
from migdesk.server.rate_limit import Rate
from migdesk.server.run import RunningServer
from migdesk.services import attachment_pages, attachments, cases, people, syncing
from migdesk.services import session as sessions
from migdesk.services.attachment_files import Prepared, prepare
from migdesk.services.attachments import Place
from migdesk.services.reference import read_codebook
from migdesk.services.session import Session
from migdesk.store import audit, blobs, records
from migdesk.store.blobs import OWN, BlobKey
from migdesk.store.database import Store
from migdesk.sync.laptop.engine import sync_once
from migdesk.sync.transport import HttpTransport
from migdesk.vault.blob_cipher import sealed_size
from tests.server.driver import open_host
from tests.support import pictures
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import case, create, opened, person
from tests.sync.wire_proxy import WireProxy

AT_ONCE = Rate(burst=10_000, every_s=0.001)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def host(tmp_path: Path, clock: FakeClock) -> Iterator[ServerHost]:
    made = open_host(tmp_path / "server", clock)
    yield made
    made.close()


@pytest.fixture
def wire(host: ServerHost) -> Iterator[WireProxy]:
    with RunningServer(host, sync_rate=AT_ONCE) as server, WireProxy(server.url) as proxy:
        yield proxy


Join = Callable[..., Session]


@pytest.fixture
def join(tmp_path: Path, clock: FakeClock, host: ServerHost, wire: WireProxy) -> Iterator[Join]:
    """Makes enrolled laptops."""
    codes, held = read_codebook(), list[Session]()

    def make(name: str = "rina", role: str = "OUTREACH", area: str = "52.03") -> Session:
        home = create(tmp_path / name, role, area, username=name, name=name.title(), clock=clock, codes=codes)
        held.append(opened(home, clock, codes))
        code = host.issue_code(name, role, area, name.title())
        syncing.enrol(runner(held[-1]), held[-1], wire.url, code)
        return held[-1]

    yield make
    for one in held:
        sessions.close(one)


def runner(session: Session) -> Any:
    def run(fn: Callable[[Store], Any]) -> Any:
        return fn(session.store)

    return run


def sync(session: Session) -> None:
    syncing.sync_now(runner(session), session)


def records_only(session: Session, wire: WireProxy) -> None:
    transport = HttpTransport(wire.url)
    try:
        sync_once(runner(session), transport, session.keys, clock=session.clock)
    finally:
        transport.close()


def add(session: Session, file: Prepared | None = None, who: UUID | None = None) -> tuple[UUID, UUID]:
    who = who or people.save(session, person()).id
    return who, attachments.add(session, "person", who, file or prepare(pictures.photo()))


def place(session: Session, who: UUID, of: str = "person") -> Place:
    (row,) = attachments.listed(session, of, who)
    return row.place


def on_server(host: ServerHost, file: Prepared) -> Any:
    def look(store: Store) -> Any:
        with store.read() as tx:
            found = [one for one in blobs.each(tx) if one.key.sha256 == file.sha256]
            return found[0] if found else None

    return host.db.call(look)


def large(size: int = 300_000) -> Prepared:
    """A document whose encrypted form has about this size."""
    filler = bytes(i * i % 251 for i in range(size - 3_000))
    return prepare(pictures.document(1) + b"%" + filler.replace(b"\n", b" ").replace(b"\r", b" "))


def test_an_officer_adds_a_photo_and_the_supervisor_sees_the_same_pixels(join: Join) -> None:
    rina, sri = join(), join("sri", "SUPERVISOR")
    who, id = add(rina)
    assert place(rina, who) == Place.WAITS
    sync(rina)
    assert place(rina, who) == Place.SENT
    sync(sri)
    assert place(sri, who) == Place.SENT
    mine, theirs = (attachments.open_clear(one, id) for one in (rina, sri))
    assert mine == theirs
    shown = [attachment_pages.render(one.data, "jpeg", side=500) for one in (mine, theirs)]
    assert shown[0] == shown[1]


def test_what_is_sent_is_never_sent_again(join: Join, wire: WireProxy) -> None:
    rina = join()
    add(rina, large())
    sync(rina)
    wire.reset()
    sync(rina)
    assert wire.moved < 2_000


def test_a_large_file_gives_way_to_what_is_written_meanwhile(
    join: Join, host: ServerHost, wire: WireProxy, clock: FakeClock
) -> None:
    """P3: on a thin link a file takes half an hour; a case does not wait for it."""
    rina = join()
    file = large(900_000)
    who, _ = add(rina, file)
    written: list[UUID] = []
    first: list[bool] = []

    def progress(phase: str, done: int, total: int) -> None:
        if phase == "sending" and total > 500_000 and done > 200_000 and not written:
            written.append(cases.save(rina, case(consent_server="yes")).id)
        elif phase == "sending" and total > 500_000 and written and not first:
            # The file goes on: by now the case must be there.
            first.append(host.db.call(lambda store: has(store, written[0])))
        clock.forward(seconds=2.5)

    syncing.sync_now(runner(rina), rina, progress)
    assert first == [True]
    assert place(rina, who) == Place.SENT
    assert wire.moved < 1.15 * len(b"".join(file.pieces))


def has(store: Store, id: UUID) -> bool:
    with store.read() as tx:
        return records.find(tx, Case, id) is not None


def test_overhead_is_at_most_two_hundredths(join: Join, wire: WireProxy) -> None:
    rina = join()
    who, _ = add(rina)
    sync(rina)
    file = large()
    size = sealed_size(len(file.cleaned.data))
    add(rina, file, who)
    report = syncing.sync_now(runner(rina), rina)  # records and file; the record is counted too
    wire.reset()
    assert report.bytes_up <= 1.02 * size
    other = large(300_001)
    add(rina, other, who)
    records_only(rina, wire)
    wire.reset()
    sync(rina)
    assert wire.moved <= 1.02 * size + 1_500  # and the empty exchange of records before it


def test_after_a_cut_at_nine_tenths_only_the_rest_is_sent(join: Join, host: ServerHost, wire: WireProxy) -> None:
    rina = join()
    who, _ = add(rina)
    sync(rina)
    file = large(900_000)
    size = sealed_size(len(file.cleaned.data))
    _, id = add(rina, file, who)
    wire.reset()
    wire.cut("up", int(size * 0.9))
    with pytest.raises(EnvError):
        sync(rina)
    row = attachments.get(rina, id)
    assert row.place is Place.PARTLY_SENT
    assert row.moved > 0.8 * size
    wire.heal()
    sync(rina)
    assert on_server(host, file).complete
    assert wire.moved <= 1.02 * size + (64 << 10)


@pytest.mark.parametrize("side", ["up", "down"])
def test_cuts_at_many_offsets_cost_no_byte_of_what_is_right(
    join: Join, host: ServerHost, wire: WireProxy, side: str
) -> None:
    rina, sri = join(), join("sri", "SUPERVISOR")
    who = people.save(rina, person()).id
    for one in (rina, sri):
        sync(one)
    for at in (700, 40_000, 66_000, 131_104):
        file = large(140_000 + at % 7)
        _, id = add(rina, file, who)
        for one in (rina, sri):
            wire.cut(side, at)
            for _ in range(2):
                try:
                    sync(one)
                    break
                except EnvError:
                    continue
            wire.heal()
            sync(one)
        assert on_server(host, file).complete
        assert attachments.open_clear(sri, id).data == file.cleaned.data


def test_a_link_that_drops_every_20_kb_still_finishes(join: Join, host: ServerHost, wire: WireProxy) -> None:
    rina = join()
    who = people.save(rina, person()).id
    sync(rina)
    file = large(400_000)
    size = sealed_size(len(file.cleaned.data))
    add(rina, file, who)
    records_only(rina, wire)
    wire.cut("up", 20_000)
    wire.reset()
    for _ in range(60):
        try:
            sync(rina)
            break
        except EnvError:
            continue
    assert on_server(host, file).complete
    assert wire.moved <= 1.2 * size


def test_bytes_that_changed_on_the_way_are_dropped_and_sent_again(
    join: Join, host: ServerHost, wire: WireProxy
) -> None:
    rina = join()
    who = people.save(rina, person()).id
    sync(rina)
    file = large()
    add(rina, file, who)

    def spoil(store: Store) -> None:
        with store.begin() as tx:
            key = BlobKey("52.03", file.sha256, rina.keys.device_id)
            blobs.append(tx, key, sealed_size(len(file.cleaned.data)), 0, b"wrong" * 1000)

    host.db.call(spoil)
    sync(rina)
    found = on_server(host, file)
    assert found.complete
    assert place(rina, who) == Place.SENT


def test_a_damaged_piece_costs_that_piece_when_it_is_fetched(join: Join, wire: WireProxy) -> None:
    rina, sri = join(), join("sri", "SUPERVISOR")
    _, id = add(rina, file := large())
    sync(rina)
    size = sealed_size(len(file.cleaned.data))
    with sri.store.begin() as tx:
        good = b"".join(file.pieces)
        blobs.append(tx, BlobKey("52.03", file.sha256), size, 0, good[:140_000] + b"x" + good[140_001:200_000])
    wire.reset()
    sync(sri)
    assert attachments.open_clear(sri, id).data == file.cleaned.data
    assert wire.moved < size - 120_000 + 110_000 + 5_000


def test_small_ones_come_by_themselves_large_ones_when_asked_for(join: Join) -> None:
    rina, sri = join(), join("sri", "SUPERVISOR")
    who, id = add(rina, large(400_000))
    sync(rina)
    sync(sri)
    assert place(sri, who) == Place.AWAY
    with pytest.raises(UserError, match="not on this laptop"):
        attachments.open_clear(sri, id)
    attachments.want(sri, id)
    assert place(sri, who) == Place.ASKED
    sync(sri)
    assert place(sri, who) == Place.SENT
    _, other = add(rina, large(500_000), who)
    attachments.set_always_fetch(sri, True)
    sync(rina)
    sync(sri)
    assert attachments.get(sri, other).here


def test_a_case_waits_for_consent_and_a_withdrawn_record_takes_its_bytes_along(join: Join, host: ServerHost) -> None:
    rina = join()
    id = cases.save(rina, case(consent_server="no")).id
    file = prepare(pictures.photo())
    attachments.add(rina, "case", id, file)
    sync(rina)
    assert place(rina, id, "case") == Place.KEPT
    assert on_server(host, file) is None
    cases.save(rina, {"consent_server": "yes"}, id)
    sync(rina)
    assert place(rina, id, "case") == Place.SENT
    assert on_server(host, file).complete


def test_looking_into_a_case_is_audited_and_a_copy_asks_why(join: Join, tmp_path: Path) -> None:
    rina = join()
    id = cases.save(rina, case()).id
    one = attachments.add(
        rina, "case", id, prepare(pictures.photo()), {"caption": "Kontrak", "document_kind": "contract"}
    )
    (row,) = attachments.listed(rina, "case", id)
    assert row.record.file_name == "contract-2026-02-03.jpg"
    assert not isinstance(row.record.caption, Missing)
    attachments.open_clear(rina, one)
    with pytest.raises(UserError, match="why"):
        attachments.copy_out(rina, one, "")
    attachments.write_copy(tmp_path / "copy.jpg", attachments.copy_out(rina, one, "legal"))
    assert (tmp_path / "copy.jpg").read_bytes() == attachments.open_clear(rina, one).data
    with rina.store.read() as tx:
        acts = [(entry.action, entry.detail) for entry in audit.entries(tx)]
    assert ("view_attachment", "") in acts
    assert ("copy_attachment", "reason: legal") in acts


def test_removed_here_removed_there_and_another_generation_gets_it_again(join: Join, host: ServerHost) -> None:
    rina = join()
    who, id = add(rina, file := prepare(pictures.photo()))
    sync(rina)

    def lose(store: Store) -> None:
        with store.begin() as tx:
            blobs.drop(tx, on_server_key(file, rina))

    host.db.call(lose)
    host.renew_generation()
    sync(rina)
    sync(rina)
    assert on_server(host, file).complete
    attachments.delete(rina, id)
    assert attachments.listed(rina, "person", who) == ()
    with rina.store.read() as tx:
        assert blobs.find(tx, file.sha256, "52.03", OWN) is None


def on_server_key(file: Prepared, sender: Session) -> BlobKey:
    return BlobKey("52.03", file.sha256, sender.keys.device_id)
