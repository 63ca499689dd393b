"""W6, W7: links that trickle, stand still, lose segments, black out, or change their address in the middle."""

import threading

import pytest

from migdesk.errors import EnvError
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from tests.faults.http_office import AT_ONCE, HttpLaptop, at_server
from tests.faults.oracle import agree
from tests.faults.test_every_byte import LONG
from tests.sync.thin_link import EDGE, Shape, ThinLink
from tests.sync.wire_proxy import Ending, WireProxy

QUICK = Shape(rtt_s=0.04, up_bytes=150_000, down_bytes=250_000, loss=0.1, again_s=0.03)
"""The same troubles as on EDGE, fifteen times as fast."""
TRICKLE = Shape(rtt_s=0.0, up_bytes=1_500, down_bytes=1_500, loss=0.0)
LINKS = {"quick": QUICK} | ({"EDGE": EDGE, "100 bytes a second": Shape(0.3, 100, 100, 0.0)} if LONG else {})


@pytest.mark.parametrize("name", LINKS)
def test_a_link_that_is_slow_and_loses_segments(
    name: str, wire: WireProxy, host: ServerHost, rina: HttpLaptop, sari: HttpLaptop
) -> None:
    straight = "http://{}:{}".format(*wire.target)
    with ThinLink(straight, LINKS[name]) as link:
        rina.sync(), sari.sync()
        rina.noisy_people(60)
        assert rina.sync(link.url).requests == 1
        assert sari.sync(link.url).requests == 1
        agree(rina.db, sari.db, host.db.call)


def test_a_trickle_longer_than_the_stall_timer_finishes(wire: WireProxy, host: ServerHost, rina: HttpLaptop) -> None:
    """How long it takes in all is no matter, as long as bytes move."""
    straight = "http://{}:{}".format(*wire.target)
    with ThinLink(straight, TRICKLE) as link:
        rina.sync()
        at_server(host, 40)
        rina.sync(link.url, stall_s=1.0)
        agree(rina.db, host.db.call)


@pytest.mark.parametrize("at", [0, 90, 300])
@pytest.mark.parametrize("side", ["up", "down"])
def test_a_link_that_stands_still_is_given_up(
    wire: WireProxy, host: ServerHost, rina: HttpLaptop, side: str, at: int
) -> None:
    rina.noisy_people(20)
    at_server(host, 20)
    wire.cut(side, at, Ending.SILENCE)
    with pytest.raises(EnvError, match="stands still"):
        rina.sync(stall_s=0.15)
    wire.heal()
    rina.sync()
    agree(rina.db, host.db.call)


def test_a_short_blackout_is_waited_for_and_a_long_one_given_up(
    wire: WireProxy, host: ServerHost, rina: HttpLaptop
) -> None:
    straight = "http://{}:{}".format(*wire.target)
    with ThinLink(straight, QUICK) as link:
        rina.noisy_people(40)
        link.blackout(0.4)
        assert rina.sync(link.url, stall_s=5.0).waiting == 0
        rina.noisy_people(40, 40)
        link.blackout(1.0)
        with pytest.raises(EnvError, match="stands still"):
            rina.sync(link.url, stall_s=0.3)
        rina.sync(straight)
        agree(rina.db, host.db.call)


@pytest.mark.parametrize("ending", Ending)
def test_another_address_in_the_middle_of_a_batch(
    wire: WireProxy, host: ServerHost, rina: HttpLaptop, ending: Ending
) -> None:
    """From one mast to the next: the old connection ends or just says no more, and a new one goes on at the byte."""
    straight = "http://{}:{}".format(*wire.target)
    with ThinLink(straight, QUICK) as link:
        rina.noisy_people(200)
        size = 200 * 140
        timer = threading.Timer(0.15, lambda: link.drop(ending))
        timer.start()
        rina.survives(link.url, stall_s=0.5)
        timer.join()
        before = link.up
        rina.sync(link.url)
        assert 0 < before < size + 2_000
        assert link.up < size + 9_000
        agree(rina.db, host.db.call)


def test_a_server_that_is_not_there_yet(wire: WireProxy, host: ServerHost, rina: HttpLaptop) -> None:
    """Accepting, then gone; gone; there again under another address."""
    rina.people(2)
    running = RunningServer(host, sync_rate=AT_ONCE)
    with running, WireProxy(running.url) as second:
        first, wire.target = wire.target, second.target
        assert rina.survives()
    rina.people(2)
    assert not rina.survives()
    wire.target = first
    with RunningServer(host, sync_rate=AT_ONCE) as third:
        rina.sync(third.url)
    agree(rina.db, host.db.call)
