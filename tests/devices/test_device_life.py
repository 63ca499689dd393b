"""Keys, revocation and wipe over real HTTP, with real workspaces and a real server."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from migdesk.clock import SystemClock
from migdesk.domain.office import Device
from migdesk.errors import EnvError, MigDeskError, RefusedError, UserError
from migdesk.paths import Paths
from migdesk.server import quarantine
from migdesk.server.host import ServerHost
from migdesk.services import bundles, device, keys, syncing, wiping
from migdesk.services import cases as case_work
from migdesk.services import session as sessions
from migdesk.store import writing
from migdesk.store.database import Store
from migdesk.sync.laptop import rekeying
from migdesk.sync.runner import Transport
from migdesk.sync.transport import HttpTransport
from migdesk.sync.trust import orders, server_card
from migdesk.sync.trust.host_identity import HostIdentity
from migdesk.sync.wire.frames import Order
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault import atomic_file
from migdesk.vault.device_keys import DeviceKeys
from tests.devices.laptops import Laptop, acts, card, people_of
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import case


class Losing:
    """A transport that does its work and then, or before it, loses the link."""

    def __init__(self, inner: Transport, when: str) -> None:
        self._inner, self._when = inner, when

    def post(
        self, path: str, headers: Mapping[str, str], body: Iterable[bytes], on_bytes: Callable[[int, int], None]
    ) -> Iterator[bytes]:
        if self._when == "before":
            raise EnvError("The link was cut.")
        for _ in self._inner.post(path, headers, body, on_bytes):
            continue
        raise EnvError("The link was cut.")


# Keys


def test_a_key_is_changed_and_the_device_stays(laptops: Callable[..., Laptop], host: ServerHost) -> None:
    laptop = laptops()
    laptop.person()
    laptop.sync()
    before, id = laptop.session.keys, laptop.id
    syncing.rotate_keys(laptop.run, laptop.session)
    after = laptop.session.keys
    assert (after.public != before.public, after.recipient != before.recipient, laptop.id) == (True, True, id)
    known = card(host, laptop)
    assert (known.sign_key, known.recipient, known.former) == (after.public, after.recipient, (before.public,))
    assert known.record == Device.spec.natural_id({"sign_key": before.public})
    assert "rotate_key" in acts(host)
    laptop.person("Siti")
    assert laptop.sync().sent == 1
    assert laptop.again().keys.public == after.public
    laptop.person("Lale")
    assert laptop.sync().sent == 1
    assert people_of(host) == ["Baiq Nurhayati", "Lale", "Siti"]


def test_what_was_signed_before_the_change_still_counts(
    laptops: Callable[..., Laptop], host: ServerHost, tmp_path: Path
) -> None:
    rina, sri = laptops(), laptops("sri", "SUPERVISOR")
    for one in (rina, sri, rina):
        one.sync()
    rina.person()
    out, late = tmp_path / "before.age", tmp_path / "late.age"
    bundles.export(rina.run, rina.session, [sri.session.keys.recipient], out)
    sri.person("Untuk Rina")
    bundles.export(sri.run, sri.session, [rina.session.keys.recipient], late)
    syncing.rotate_keys(rina.run, rina.session)
    assert rina.sync().sent == 1  # the batch was frozen and signed with the old key
    sri.sync()
    assert bundles.inspect(sri.run, sri.session, out).known
    assert bundles.import_(sri.run, sri.session, out).quarantined == 0
    # Sealed for the old recipient, and still to be opened.
    assert bundles.import_(rina.run, rina.session, late).received == 1
    fresh = tmp_path / "after.age"
    rina.person("Sesudah")
    bundles.export(rina.run, rina.session, [sri.session.keys.recipient], fresh)
    seen = bundles.inspect(sri.run, sri.session, fresh)
    assert (seen.known, seen.device) == (True, rina.id)
    assert bundles.import_(sri.run, sri.session, fresh).received == 1
    assert bundles.inspect(rina.run, rina.session, out).own


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_change_that_is_cut_is_finished_by_the_next_sync(
    laptops: Callable[..., Laptop], host: ServerHost, url: str, when: str
) -> None:
    laptop = laptops()
    laptop.sync()
    old = laptop.session.keys.public
    with pytest.raises(EnvError):
        device.rotate(laptop.run, laptop.session, Losing(HttpTransport(url), when))
    assert laptop.session.keys.public == old
    assert (card(host, laptop).sign_key == old) is (when == "before")
    laptop.again()  # whatever was in memory is gone
    laptop.person()
    assert laptop.sync().sent == 1
    assert laptop.session.keys.public == card(host, laptop).sign_key != old
    assert acts(host).count("rotate_key") == 1


def test_a_server_from_a_backup_of_before_is_shown_how_the_key_came(
    laptops: Callable[..., Laptop], host: ServerHost
) -> None:
    laptop = laptops()
    laptop.sync()
    first, record = laptop.session.keys, card(host, laptop).record
    for _ in range(2):
        syncing.rotate_keys(laptop.run, laptop.session)
    forget(host, record, first)
    laptop.again()
    laptop.person()
    assert laptop.sync().sent == 1
    assert card(host, laptop).sign_key == laptop.session.keys.public
    assert len(card(host, laptop).former) == 2
    forget(host, record, first)  # and while another change is on its way
    laptop.run(lambda store: begin(store, laptop))
    laptop.again()
    laptop.sync()
    assert len(card(host, laptop).former) == 3


def begin(store: Store, laptop: Laptop) -> None:
    with store.begin() as tx:
        rekeying.begin(tx, laptop.session.keys, server_card.get(tx))


def forget(host: ServerHost, record: Any, keys: DeviceKeys) -> None:
    """Make the server's database what it was before the keys were changed."""

    def back(store: Store) -> None:
        values = {"sign_key": keys.public, "recipient": keys.recipient, "former_keys": None}
        with store.begin() as tx:
            writing.save(tx, host.author, Device, values, record)
            table = tx.tables.server.device_key
            tx.connection.execute(table.delete().where(table.c.statement != b""))

    host.db.call(back)


def test_an_old_key_is_changed_by_itself_at_a_sync(laptops: Callable[..., Laptop], clock: FakeClock) -> None:
    laptop = laptops()
    laptop.sync()
    old = laptop.session.keys.public
    clock.forward(days=20)
    laptop.sync()
    assert laptop.session.keys.public == old
    device.set_rotation_days(laptop.session, 30)
    clock.forward(days=11)
    laptop.sync()
    assert laptop.session.keys.public != old
    device.set_rotation_days(laptop.session, 0)
    newer = laptop.session.keys.public
    clock.forward(days=800)
    laptop.sync()
    assert laptop.session.keys.public == newer
    with pytest.raises(UserError):
        device.set_rotation_days(laptop.session, -1)


def test_a_rotated_laptop_enrols_again_as_itself(laptops: Callable[..., Laptop], host: ServerHost, url: str) -> None:
    laptop = laptops()
    syncing.rotate_keys(laptop.run, laptop.session)
    syncing.rotate_keys(laptop.run, laptop.session)
    syncing.enrol(laptop.run, laptop.session, url, host.issue_code("rina", "OUTREACH", "52.03"))
    assert len(host.devices()) == 2
    laptop.person()
    assert laptop.sync().sent == 1


# Revocation and wipe


@pytest.mark.parametrize("lost", [False, True])
def test_a_revoked_laptop_hands_over_its_work_and_is_wiped(
    laptops: Callable[..., Laptop], host: ServerHost, lost: bool
) -> None:
    laptop = laptops()
    laptop.sync()
    laptop.person()
    withheld = case_work.save(laptop.session, case(consent_server="no", wishes="Pulang"))
    assert withheld
    assert host.revoke(laptop.id, lost=lost).status == ("lost" if lost else "revoked")
    assert laptop.sync().revoked
    assert people_of(host) == []
    status = syncing.status(laptop.session)
    assert (status.wipe_due, status.revoked, status.waiting) == (True, True, 0)
    order = device.due(laptop.session)
    assert order
    sessions_home = Paths(laptop.home)
    gone = device.wipe(laptop.session, order)
    assert gone.reviewed == 1
    assert gone.lost >= 1
    left = sorted(path.name for path in laptop.home.iterdir())
    assert left == ["removed.json"]
    text = sessions_home.removed_file.read_text()
    assert "rina" not in text.lower()
    with pytest.raises(RefusedError, match="removed by order"):
        keys.read_key(laptop.home, "x", SystemClock())
    assert card(host, laptop).status != "wiped"
    assert device.send_receipt(laptop.home)
    assert device.send_receipt(laptop.home)
    assert card(host, laptop).status == "wiped"
    assert acts(host).count("wiped") == 1
    assert "revoke" in acts(host)


def test_the_receipt_waits_for_a_link_and_must_be_the_laptops(
    laptops: Callable[..., Laptop], host: ServerHost, url: str
) -> None:
    laptop = laptops()
    host.revoke(laptop.id)
    laptop.sync()
    order = device.due(laptop.session)
    assert order
    gone = device.wipe(laptop.session, order)
    with pytest.raises(EnvError):
        device.send_receipt(laptop.home, url="http://127.0.0.1:9")
    forged = orders.Receipt.read(bytes.fromhex(gone.statement))
    strange = DeviceKeys.generate().sign(forged.statement())
    for statement, signature in ((forged.statement(), strange), (b"x", strange), (forged.statement(), b"")):
        fake = wiping.Removal("wiped", url, statement.hex(), signature.hex(), 0, 0)
        with pytest.raises(MigDeskError):
            device.hand_over(HttpTransport(url), fake)
    assert card(host, laptop).status == "revoked"
    removed = device.removed(laptop.home)
    assert removed
    assert removed.state == wiping.WIPED
    assert device.send_receipt(laptop.home)
    assert card(host, laptop).status == "wiped"


def test_a_receipt_without_an_order_is_not_believed(laptops: Callable[..., Laptop], host: ServerHost, url: str) -> None:
    laptop = laptops()
    keys = laptop.session.keys
    made = orders.Receipt(host.org, keys.device_id, bytes(16), 0, 0, 0, 0).statement()
    fake = wiping.Removal("wiped", url, made.hex(), keys.sign(made).hex(), 0, 0)
    with pytest.raises(RefusedError):
        device.hand_over(HttpTransport(url), fake)
    assert card(host, laptop).status == "active"


def test_a_wipe_cut_anywhere_is_finished_at_the_next_start(
    laptops: Callable[..., Laptop], host: ServerHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    for steps in range(6):
        laptop = laptops(f"rina{steps}")
        host.revoke(laptop.id)
        laptop.sync()
        order = device.due(laptop.session)
        assert order
        with monkeypatch.context() as patch, suppress(PowerCutError):
            cut_after(patch, steps)
            device.wipe(laptop.session, order)
        sessions.close(laptop.session)
        assert not sessions.info(laptop.home).exists
        with pytest.raises(RefusedError):
            keys.read_key(laptop.home, "tujuh belas perahu", SystemClock())
        assert sorted(path.name for path in laptop.home.iterdir()) == ["removed.json"]
        assert device.send_receipt(laptop.home)
        assert card(host, laptop).status == "wiped"


class PowerCutError(Exception):
    """The power went."""


def cut_after(patch: pytest.MonkeyPatch, steps: int) -> None:
    """Let the power fail after so many files were removed; 0: right after the mark."""
    left = [steps]

    def counted(act: Callable[..., Any]) -> Callable[..., Any]:
        def did(place: Path) -> Any:
            left[0] -= 1
            if left[0] < 0:
                raise PowerCutError
            return act(place)

        return did

    patch.setattr(wiping, "shred", counted(atomic_file.shred))
    patch.setattr(wiping, "_remove", counted(wiping._remove))


def test_what_waits_is_sent_first_but_not_for_ever(laptops: Callable[..., Laptop], host: ServerHost, url: str) -> None:
    laptop = laptops()
    laptop.sync()
    laptop.person()
    laptop.run(unsure)  # the last exchange was cut: the next request only asks at first
    host.revoke(laptop.id)
    report = laptop.sync()
    assert (report.revoked, report.waiting) == (True, 0)
    assert len(host.db.call(quarantine.waiting)) == 1
    other = laptops("dewi")
    host.revoke(other.id)
    other.sync()
    late = other.session
    late.revoked = False
    late.lease_until = None
    other.person()  # written after the order came, and then the link is gone
    for left in (True, True, False):
        assert (device.due(late) is None) is left
        with pytest.raises(EnvError):
            syncing.sync_now(other.run, late, url="http://127.0.0.1:9")
    order = device.due(late)
    assert order
    assert device.wipe(late, order).lost == 1


def unsure(store: Store) -> None:
    with store.begin() as tx:
        server_card.change(tx, unsure=True)


def test_only_the_servers_fresh_order_to_this_laptop_is_believed(
    laptops: Callable[..., Laptop], host: ServerHost, clock: FakeClock
) -> None:
    laptop, other = laptops(), laptops("dewi")
    laptop.sync()
    me, org, key = laptop.session.keys.device_id, host.org, host.identity.keys.public
    now = round(clock.now().timestamp() * 1000)
    server = HostIdentity(org, host.identity.keys, host.identity.generation)
    good = orders.make(server, me, now)
    assert orders.proven(Order(good.statement, good.signature), key, org, me, now).order_id == good.order_id
    stale = orders.make(server, me, now - 3600_000)
    foreign = orders.make(server, other.session.keys.device_id, now)
    forged = orders.make(HostIdentity(org, DeviceKeys.generate(), b""), me, now)
    for bad in (stale, foreign, forged):
        with pytest.raises(BadBatchError), laptop.session.store.begin() as tx:
            orders.take(tx, Order(bad.statement, bad.signature), me)
    assert device.due(laptop.session) is None
