"""A ticket counts for one device, one key, one organisation, one server and some minutes, and for nothing else."""

import pytest

from migdesk.vault import tickets
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.tokens import make_token
from tests.support.fake_clock import FakeClock

ROOT, ORG = bytes(range(32)), bytes(16)


@pytest.fixture
def keys() -> DeviceKeys:
    return DeviceKeys.generate()


def test_a_ticket_is_short_and_holds(keys: DeviceKeys) -> None:
    clock = FakeClock()
    text = tickets.to_text(tickets.make_ticket(ROOT, ORG, keys.device_id, keys.public, clock))
    ticket = tickets.read_ticket(text)
    assert ticket is not None
    assert (len(text), tickets.device_of(ticket)) == (32, keys.device_id)
    assert tickets.holds(ticket, ROOT, ORG, keys.public, clock)


def test_nothing_else_holds(keys: DeviceKeys) -> None:
    clock = FakeClock()
    ticket = tickets.make_ticket(ROOT, ORG, keys.device_id, keys.public, clock)
    assert not tickets.holds(ticket, bytes(32), ORG, keys.public, clock)
    assert not tickets.holds(ticket, ROOT, bytes(15) + b"x", keys.public, clock)
    assert not tickets.holds(ticket, ROOT, ORG, keys.next().public, clock)
    assert not tickets.holds(ticket[:-1], ROOT, ORG, keys.public, clock)
    for bit in range(8 * len(ticket)):
        bad = bytearray(ticket)
        bad[bit // 8] ^= 1 << bit % 8
        assert not tickets.holds(bytes(bad), ROOT, ORG, keys.public, clock)
    clock.forward(seconds=tickets.TTL_S + 1)
    assert not tickets.holds(ticket, ROOT, ORG, keys.public, clock)


def test_a_token_is_no_ticket(keys: DeviceKeys) -> None:
    token = make_token(keys, keys.device_id, "org", FakeClock())
    for text in (token, "", "x" * 31, "ä" * 32, "." * 32, "=" * 32):
        assert tickets.read_ticket(text) is None
