"""A stick carries the same batches as the network, in any order and as often as one likes."""

import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.office import Device, User
from migdesk.domain.person import Person
from migdesk.errors import MigDeskError, RefusedError, UserError
from migdesk.i18n import load
from migdesk.services.bundle_words import gaps, set_apart
from migdesk.store import inbox
from migdesk.sync.bundle.taking import BundleReport, inspect, read_bundle
from migdesk.sync.bundle.tally import KindCounts
from migdesk.sync.bundle.writing import write_bundle
from migdesk.sync.laptop.outgoing import freeze_all
from migdesk.sync.progress import CancelledError, Watch
from migdesk.sync.trust import server_card
from migdesk.sync.trust.known_devices import user_of
from migdesk.sync.wire.batch import open_batch
from migdesk.sync.wire.bundle_file import read_batches, read_manifest
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault.device_keys import DeviceKeys, verify
from migdesk.vault.sealing import open_sealed
from tests.sync.office import CODEC, ORG, VILLAGE, Laptop, Server
from tests.sync.test_exchange import DAY

LONG = os.environ.get("MIGDESK_LONG", "") not in {"", "0"}


def carried(source: Laptop, target: Laptop, path: Path, *, whole: bool = False) -> BundleReport:
    write_bundle(source.db, source.keys, [target.keys.recipient], path, whole=whole, codec=CODEC)
    return taken(target, path)


def taken(target: Laptop, path: Path) -> BundleReport:
    with target.store.read() as tx:
        user = user_of(tx, target.name)
    return read_bundle(target.db, path, target.keys.identity, user=user, codec=CODEC)


@pytest.fixture
def met(two: tuple[Laptop, Laptop]) -> tuple[Laptop, Laptop]:
    """Two laptops that know of each other from the server."""
    for node in (*two, *two):
        node.sync()
    return two


def test_a_bundle_gives_the_same_as_the_network(
    met: tuple[Laptop, Laptop], laptop: Callable[..., Laptop], server: Server, tmp_path: Path
) -> None:
    rina, sari = met
    person = rina.person()
    rina.save(
        CounsellingSession, {"person": person, "date": DAY, "area_code": VILLAGE, "topics": frozenset({"contract"})}
    )
    report = carried(rina, sari, tmp_path / "rina.mdb")
    assert (report.changes, report.received, report.waiting) == (2, 2, [])
    dewi = laptop("dewi")
    rina.sync(), dewi.sync()
    assert sari.state() == rina.state() == dewi.state() == server.state() != {}
    assert sari.sync().received == 0 or sari.state() == server.state()


def test_importing_again_changes_nothing(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    carried(rina, sari, tmp_path / "a")
    before = sari.state()
    again = taken(sari, tmp_path / "a")
    assert (again.received, again.conflicts, again.quarantined) == (0, 0, 0)
    assert sari.state() == before


def gapped(rina: Laptop, sari: Laptop, folder: Path) -> tuple[Path, Path]:
    """Two bundles, the later of which does not hold what the earlier does: the server made that safe meanwhile."""
    rina.person()
    first, later = folder / "first", folder / "second"
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], first, codec=CODEC)
    rina.sync()
    with rina.server.store.begin() as tx:
        inbox.set_durable(tx, inbox.applied_heads(tx))
    rina.sync()
    rina.person()
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], later, codec=CODEC)
    return first, later


def test_a_later_bundle_waits_for_the_earlier_one_by_name(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    first, later = gapped(rina, sari, tmp_path)
    report = taken(sari, later)
    (waiting,) = report.waiting
    assert (waiting.label, waiting.missing_n, waiting.n) == ("laptop of rina", 1, 2)
    assert sari.state() == {}
    report = taken(sari, first)
    assert (report.received, report.waiting) == (2, [])
    assert sari.state() == rina.state()


def rehearsed(target: Laptop, path: Path) -> BundleReport:
    with target.store.read() as tx:
        user = user_of(tx, target.name)
    return read_bundle(target.db, path, target.keys.identity, user=user, codec=CODEC, rehearse=True)


def everything_in(node: Laptop) -> list[tuple[str, list[str]]]:
    """All rows of all tables, to see that really nothing was written."""
    with node.store.read() as tx:
        names = sorted(name for (name,) in tx.rows("SELECT name FROM sqlite_schema WHERE type = 'table'"))
        return [(name, sorted(repr(row) for row in tx.rows(f'SELECT * FROM "{name}"'))) for name in names]


def test_a_rehearsal_says_what_the_import_does_and_writes_nothing(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    old, disputed = rina.person(), rina.person()
    rina.sync(), sari.sync()
    sari.save(Person, {"dependants": 2}, disputed)
    rina.save(Person, {"dependants": 3}, disputed)
    rina.save(Person, {"address": "Dusun Timur"}, old)
    fresh = rina.person()
    rina.save(Person, {"address": "Dusun Barat"}, fresh)
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "a", codec=CODEC)
    before = everything_in(sari)
    forecast = rehearsed(sari, tmp_path / "a")
    assert everything_in(sari) == before
    assert forecast.rehearsed
    assert forecast.kinds == {"person": KindCounts(new=1, changed=2, conflicts=1)}
    assert (forecast.new, forecast.changed, forecast.conflicts) == (1, 2, 1)
    report = taken(sari, tmp_path / "a")
    assert replace(report, rehearsed=True) == forecast
    assert len(sari.open_conflicts()) == 1
    after = everything_in(sari)
    again = taken(sari, tmp_path / "a")
    assert again.says_nothing_new
    assert (again.kinds, again.duplicates) == ({}, again.changes)
    assert everything_in(sari) == after


def test_a_rehearsal_names_what_is_missing_and_keeps_nothing(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    first, later = gapped(rina, sari, tmp_path)
    forecast = rehearsed(sari, later)
    (waiting,) = forecast.waiting
    assert (waiting.label, waiting.missing_n, waiting.n) == ("laptop of rina", 1, 2)
    assert (forecast.later, forecast.says_nothing_new) == (1, False)
    said = gaps(load("en"), forecast.waiting)
    assert len(said) == 1
    assert "laptop of rina" in said[0]
    taken(sari, first)
    assert rehearsed(sari, later).waiting == []


def test_what_is_rejected_is_named_with_its_reason(met: tuple[Laptop, Laptop], server: Server, tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    sari.save(User, {"role": "TRAINER"}, rina.user)
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "a", codec=CODEC)
    forecast = rehearsed(sari, tmp_path / "a")
    assert forecast.rejected == {"the role may not write this kind": 1}
    assert forecast.kinds == {}
    (said,) = set_apart(load("en"), forecast)
    assert "role may not write" in said


def test_a_bundle_is_taken_in_whole_or_not_at_all(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    """Stopped between any two batches, nothing of it is there."""
    rina, sari = met
    for _ in range(3):
        rina.person()
        freeze_all(rina.store, rina.keys, ORG, CODEC)
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "a", codec=CODEC)
    before = everything_in(sari)
    for stop_at in range(3):
        cancel = Event()
        watch = Watch(lambda phase, done, total, at=stop_at, on=cancel: on.set() if done == at else None, cancel)  # type: ignore[misc]
        if stop_at == 2:
            cancel.set()
        with pytest.raises(CancelledError):
            read_bundle(sari.db, tmp_path / "a", sari.keys.identity, codec=CODEC, watch=watch)
        assert everything_in(sari) == before
    assert taken(sari, tmp_path / "a").received == 3


def test_what_the_network_brought_is_not_doubled_by_a_stick(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    rina.sync(), sari.sync()
    report = carried(rina, sari, tmp_path / "late")
    assert (report.received, report.duplicates) == (0, 1)


def test_a_whole_bundle_brings_what_others_wrote(
    met: tuple[Laptop, Laptop], laptop: Callable[..., Laptop], tmp_path: Path
) -> None:
    rina, sari = met
    dewi = laptop("dewi")
    dewi.sync(), rina.sync()
    person = sari.person()
    sari.sync(), rina.sync()
    rina.save(Person, {"address": "Dusun Timur"}, person)
    report = carried(rina, dewi, tmp_path / "whole", whole=True)
    assert report.quarantined == 0
    assert dewi.state() == rina.state() != {}


def test_what_a_reader_may_not_know_of_is_not_in_the_file(
    met: tuple[Laptop, Laptop], laptop: Callable[..., Laptop], tmp_path: Path
) -> None:
    """The key of a recipient opens every byte of a bundle, whatever the program keeps of it."""
    rina, _ = met
    far = laptop("budi", area="35.07")
    far.sync(), rina.sync()
    rina.person()
    for whole in (False, True):
        path = tmp_path / f"far-{whole}"
        made = write_bundle(rina.db, rina.keys, [far.keys.recipient], path, whole=whole, codec=CODEC)
        assert made.left_out == 1
        batches = read_batches(data := open_sealed(path, far.keys.identity), read_manifest(data)[0])
        verified = lambda device, *signed: device == rina.keys.device_id and verify(rina.keys.public, *signed)  # noqa: E731
        inside = [change for body in batches for change in open_batch(body, verified, CODEC)[1]]
        assert {change.kind for change in inside} <= {User.spec.number, Device.spec.number}
        assert bool(inside) is whole
        assert taken(far, path).received == 0
    assert far.state() == {}


def test_the_server_may_be_sent_everything_and_all_readers_must_agree(
    met: tuple[Laptop, Laptop], laptop: Callable[..., Laptop], tmp_path: Path
) -> None:
    rina, sari = met
    far = laptop("budi", area="35.07")
    far.sync(), rina.sync()
    rina.person()
    with rina.store.read() as tx:
        server_key = server_card.get(tx).recipient
    for recipients, left_out in (
        ([server_key], 0),
        ([sari.keys.recipient], 0),
        ([sari.keys.recipient, far.keys.recipient], 1),
    ):
        made = write_bundle(rina.db, rina.keys, recipients, tmp_path / "b", codec=CODEC)
        assert made.left_out == left_out


def test_inspect_tells_without_taking(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    made = write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "a", label="Rina", codec=CODEC)
    info = inspect(tmp_path / "a", sari.keys.identity)
    assert info == made
    assert (info.label, info.batches, info.changes, info.sender) == ("Rina", 1, 1, rina.keys.device_id)
    assert sari.state() == {}
    assert inspect(tmp_path / "a", rina.keys.identity) == info


def test_nobody_else_opens_it_and_no_name_is_in_it(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person(full_name="Namanya Sangat Rahasia")
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "a", codec=CODEC)
    assert b"Rahasia" not in (tmp_path / "a").read_bytes()
    with pytest.raises(RefusedError):
        inspect(tmp_path / "a", DeviceKeys.generate().identity)


def test_a_stranger_is_no_recipient_and_no_sender(met: tuple[Laptop, Laptop], server: Server, tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    with pytest.raises(RefusedError, match="no active device"):
        write_bundle(rina.db, rina.keys, [DeviceKeys.generate().recipient], tmp_path / "a", codec=CODEC)
    assert not (tmp_path / "a").exists()
    stranger = DeviceKeys.generate()
    write_bundle(rina.db, stranger, [sari.keys.recipient], tmp_path / "b", codec=CODEC)
    with pytest.raises(RefusedError, match="not known"):
        taken(sari, tmp_path / "b")
    server.set_status(rina, "revoked")
    sari.sync()
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "c", codec=CODEC)
    with pytest.raises(RefusedError, match="revoked"):
        taken(sari, tmp_path / "c")
    assert sari.state() == {}


def test_another_organisation_is_refused(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    with rina.store.begin() as tx:
        server_card.change(tx, org=type(server_card.get(tx).org)(int=9))
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "a", codec=CODEC)
    with pytest.raises(RefusedError, match="another organisation"):
        taken(sari, tmp_path / "a")


def test_a_damaged_bundle_is_refused_and_changes_nothing(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "a", codec=CODEC)
    data = (tmp_path / "a").read_bytes()
    for place in range(0, len(data), 1 if LONG else 17):
        (tmp_path / "bad").write_bytes(data[:place])
        with pytest.raises(MigDeskError):
            taken(sari, tmp_path / "bad")
        changed = bytearray(data)
        changed[place] ^= 4
        (tmp_path / "bad").write_bytes(changed)
        with pytest.raises(MigDeskError):
            taken(sari, tmp_path / "bad")
    assert sari.state() == {}


def test_every_byte_inside_a_bundle_counts(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    """Who may seal for us can put anything into the age file: what was not signed as it is, is refused."""
    rina, sari = met
    rina.person()
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "a", codec=CODEC)
    clear = open_sealed(tmp_path / "a", sari.keys.identity)
    for place in range(0, len(clear), 1 if LONG else 5):
        for data in (clear[:place] + bytes([clear[place] ^ 4]) + clear[place + 1 :], clear[:place]):
            with pytest.raises(MigDeskError):
                opened(data)
    with pytest.raises(MigDeskError):
        opened(clear + b"x")
    assert opened(clear) == 1


def opened(clear: bytes) -> int:
    """As `read_bundle` does before it looks into the store; how many batches there are."""
    manifest, signed, signature = read_manifest(clear)
    if not verify(manifest.sign_key, signed, signature):
        raise BadBatchError("signature does not hold")
    return len(read_batches(clear, manifest))


def test_writing_leaves_no_half_file(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    target = tmp_path / "gone" / "a"
    with pytest.raises(MigDeskError):
        write_bundle(rina.db, rina.keys, [sari.keys.recipient], target, codec=CODEC)
    with pytest.raises(UserError):
        write_bundle(rina.db, rina.keys, [], tmp_path / "b", codec=CODEC)
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "c", codec=CODEC)
    assert [path.name for path in tmp_path.iterdir() if path.suffix in {".part", ".tmp"}] == []
    shutil.copy(tmp_path / "c", tmp_path / "d")
    assert taken(sari, tmp_path / "d").received == 1


def test_writing_can_be_watched_and_stopped(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    told: list[str] = []
    heard = Watch(lambda phase, done, total: told.append(phase))
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "a", codec=CODEC, watch=heard)
    assert set(told) == {"packing", "sealing"}
    stopped = Watch()
    stopped.cancel.set()
    with pytest.raises(CancelledError):
        write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "b", codec=CODEC, watch=stopped)
    assert [file.name for file in tmp_path.iterdir() if file.name.startswith("b")] == []
    with pytest.raises(CancelledError):
        read_bundle(sari.db, tmp_path / "a", sari.keys.identity, codec=CODEC, watch=stopped)
    assert sari.state() == {}
    assert taken(sari, tmp_path / "a").received == 1
