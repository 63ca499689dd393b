"""Late work under review, and leases that run out, with real workspaces and a real server."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from migdesk.errors import RefusedError, UserError
from migdesk.server import quarantine
from migdesk.server.host import ServerHost
from migdesk.services import people, syncing
from migdesk.services.session import Session
from migdesk.sync.laptop.outgoing import freeze_all
from tests.devices.laptops import CODEC, Laptop, acts, people_of
from tests.support.fake_clock import FakeClock

# The quarantine


def test_late_changes_are_let_in_in_order_or_dismissed(laptops: Callable[..., Laptop], host: ServerHost) -> None:
    laptop = laptops()
    laptop.sync()
    host.revoke(laptop.id)
    laptop.session.lease_until = None
    for name in ("Satu", "Dua", "Tiga"):
        laptop.person(name)
        laptop.run(lambda store: freeze_all(store, laptop.session.keys, host.org, CODEC))
    laptop.sync()
    held = host.db.call(quarantine.waiting)
    assert [(one.form, one.number, one.username, one.device_status) for one in held] == [
        ("batch", n, "rina", "revoked") for n in (1, 2, 3)
    ]
    assert {one.reason for one in held} == {"the device is revoked"}

    def release(item: str) -> quarantine.Released:
        return host.db.call(lambda store: quarantine.release(store, host.author, host.org, CODEC, item))

    with pytest.raises(UserError, match="earlier part"):
        release(held[1].id)
    assert release(held[0].id).applied == 1
    assert people_of(host) == ["Satu"]
    with pytest.raises(UserError):
        host.db.call(lambda store: quarantine.dismiss(store, host.author, held[1].id, "  "))
    host.db.call(lambda store: quarantine.dismiss(store, host.author, held[1].id[:10], "uji"))
    assert release(held[2].id).applied == 1
    assert people_of(host) == ["Satu", "Tiga"]
    for one in held:
        with pytest.raises(UserError, match="No open item"):
            release(one.id)
    assert host.db.call(quarantine.waiting) == ()
    done = acts(host)
    assert (done.count("quarantine_release"), done.count("quarantine_dismiss")) == (2, 1)
    sri = laptops("sri", "SUPERVISOR")
    sri.sync()
    found = people.page(sri.session).rows
    assert {row.full_name for row in found} == {"Satu", "Tiga"}
    assert {people.get(sri.session, row.id).about.created_by_name for row in found} == {"Rina"}


def test_what_is_not_allowed_stays_out_until_the_right_is_given(
    laptops: Callable[..., Laptop], host: ServerHost
) -> None:
    laptop = laptops()
    laptop.sync()
    laptop.person()
    host.issue_code("rina", "OUTREACH", "35.07")  # meanwhile the user was moved elsewhere
    assert laptop.sync().quarantined == 1
    (item,) = host.db.call(quarantine.waiting)
    assert (item.form, item.kind, item.reason) == ("change", "person", "the area is not one of the user's")

    def release() -> quarantine.Released:
        return host.db.call(lambda store: quarantine.release(store, host.author, host.org, CODEC, item.id))

    with pytest.raises(UserError, match="may not be let in"):
        release()
    assert people_of(host) == []
    host.issue_code("rina", "OUTREACH", "35.07 52.03")
    assert release().applied == 1
    assert people_of(host) == ["Baiq Nurhayati"]


# The lease


def stands(session: Session) -> tuple[bool, bool]:
    """Whether it may only be read, and not even that."""
    return session.read_only, session.locked


def test_a_lease_runs_out_to_reading_and_then_to_sending(laptops: Callable[..., Laptop], clock: FakeClock) -> None:
    laptop = laptops()
    laptop.sync()
    who = laptop.person()
    session = laptop.session
    clock.forward(days=29)
    assert stands(session) == (False, False)
    clock.forward(days=2)
    assert stands(session) == (True, False)
    assert people.get(session, who).name
    clock.set_wall(clock.now() - timedelta(days=15))
    assert stands(session) == (True, False)  # turning the clock back brings nothing
    assert stands(laptop.again()) == (True, False)
    clock.set_wall(clock.now() - timedelta(days=4000))
    assert laptop.again().read_only
    session = laptop.session
    clock.set_wall(session.time.now() + timedelta(days=14))
    assert stands(session) == (True, True)
    with pytest.raises(RefusedError, match="locked"):
        people.get(session, who)
    with pytest.raises(RefusedError, match="locked"):
        people.page(session)
    status = syncing.status(session)
    assert (status.locked, status.waiting) == (True, 1)
    assert laptop.sync().sent == 1
    assert stands(session) == (False, False)
    assert people.get(session, who).name


def test_a_clock_that_was_wrong_does_not_lock_for_good(laptops: Callable[..., Laptop], clock: FakeClock) -> None:
    laptop = laptops()
    laptop.sync()
    right = clock.now()
    clock.set_wall(right + timedelta(days=3650))
    assert laptop.again().locked
    clock.set_wall(right + timedelta(days=1))
    assert not laptop.again().read_only
