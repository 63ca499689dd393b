"""A stick carries the same batches as the network, in any order and as often as one likes."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.office import Device, User
from migdesk.domain.person import Person
from migdesk.errors import MigDeskError, RefusedError, UserError
from migdesk.store import inbox
from migdesk.sync.bundle import BundleReport, inspect, read_bundle, write_bundle
from migdesk.sync.progress import CancelledError, Watch
from migdesk.sync.trust import server_card
from migdesk.sync.wire.batch import open_batch
from migdesk.sync.wire.bundle_file import read_batches, read_manifest
from migdesk.vault.device_keys import DeviceKeys, verify
from migdesk.vault.sealing import open_sealed
from tests.sync.office import CODEC, VILLAGE, Laptop, Server
from tests.sync.test_exchange import DAY


def carried(source: Laptop, target: Laptop, path: Path, *, whole: bool = False) -> BundleReport:
    write_bundle(source.db, source.keys, [target.keys.recipient], path, whole=whole, codec=CODEC)
    return taken(target, path)


def taken(target: Laptop, path: Path) -> BundleReport:
    with target.store.read() as tx:
        from migdesk.sync.trust.known_devices import user_of

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


def test_a_later_bundle_waits_for_the_earlier_one_by_name(
    met: tuple[Laptop, Laptop], server: Server, tmp_path: Path
) -> None:
    rina, sari = met
    rina.person()
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "first", codec=CODEC)
    rina.sync()
    with server.store.begin() as tx:
        inbox.set_durable(tx, inbox.applied_heads(tx))
    rina.sync()
    rina.person()
    later = carried(rina, sari, tmp_path / "second")
    (waiting,) = later.waiting
    assert (waiting.label, waiting.missing_n, waiting.n) == ("laptop of rina", 1, 2)
    assert sari.state() == {}
    report = taken(sari, tmp_path / "first")
    assert (report.received, report.waiting) == (2, [])
    assert sari.state() == rina.state()


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
    for place in range(0, len(data), 17):
        (tmp_path / "bad").write_bytes(data[:place])
        with pytest.raises(MigDeskError):
            taken(sari, tmp_path / "bad")
        changed = bytearray(data)
        changed[place] ^= 4
        (tmp_path / "bad").write_bytes(changed)
        with pytest.raises(MigDeskError):
            taken(sari, tmp_path / "bad")
    assert sari.state() == {}


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
