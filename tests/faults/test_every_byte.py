"""W1: an exchange over real HTTP that is cut after every byte, both ways, three ways to end; the next one mends it."""

import os
from collections.abc import Iterator

import pytest

from migdesk.domain.person import Person
from migdesk.errors import EnvError
from migdesk.server.host import ServerHost
from migdesk.store import writing
from tests.faults.http_office import PATIENT_S, HttpLaptop, at_server, noise
from tests.faults.oracle import agree, cursors_of, not_back, waiting_of
from tests.sync.office import VILLAGE, Laptop, Server
from tests.sync.wire_proxy import Ending, WireProxy

LONG = os.environ.get("MIGDESK_LONG", "") not in {"", "0"}
STEPS = dict.fromkeys(Ending, 1) if LONG else {Ending.RESET: 37, Ending.CLOSE: 74, Ending.SILENCE: 148}
KILOBYTES = 1 if LONG else 9
SHORT_STALL_S = 0.1
NEW = 3


def exchange(rina: HttpLaptop, host: ServerHost) -> None:
    """Something to push and something to pull."""
    rina.people(NEW)
    at_server(host)


def edges(stream: bytes) -> set[int]:
    """Where the head of an HTTP message and each frame in its body end."""
    at = stream.index(b"\r\n\r\n") + 4
    found = {at}
    while at + 5 <= len(stream):
        at += 5 + int.from_bytes(stream[at : at + 4], "big")
        found |= {at - 1, at}
    assert at == len(stream), "this is no plain body"
    return found


def points(wire: WireProxy, rina: HttpLaptop, host: ServerHost, side: str, step: int) -> Iterator[int]:
    """After which bytes an exchange like this one is cut."""
    exchange(rina, host)
    wire.reset()
    rina.sync()
    stream = bytes(wire.kept[side])
    yield from sorted({*range(0, len(stream), step), *edges(stream), len(stream) - 1} - {len(stream)})


@pytest.mark.parametrize("side", ["up", "down"])
@pytest.mark.parametrize("ending", Ending)
def test_a_small_exchange_cut_after_every_byte(
    wire: WireProxy, host: ServerHost, rina: HttpLaptop, side: str, ending: Ending
) -> None:
    stall_s = SHORT_STALL_S if ending is Ending.SILENCE else PATIENT_S
    tried = cut = 0
    for at in points(wire, rina, host, side, STEPS[ending]):
        exchange(rina, host)
        before = cursors_of(rina.db)
        wire.cut(side, at, ending)
        tried, cut = tried + 1, cut + (not rina.survives(stall_s=stall_s))
        wire.heal()
        not_back(before, cursors_of(rina.db))
        rina.sync()
        assert waiting_of(rina.db) == 0
        if tried % 20 == 0:
            agree(rina.db, host.db.call)
    agree(rina.db, host.db.call)
    assert 8 < tried <= cut + 4, "an exchange may be some bytes shorter than the one that was measured"


@pytest.mark.parametrize("side", ["cut_up", "cut_down"])
def test_a_large_exchange_cut_after_every_kilobyte(two: tuple[Laptop, Laptop], server: Server, side: str) -> None:
    """Over the link in one process: each cut at another kilobyte of 200 new records, and then whole."""
    rina, sari = two
    rina.sync(), sari.sync()
    puller = sari if side == "cut_down" else rina
    at = 0
    while True:
        at += 1000 * KILOBYTES
        with_noise(rina, 200, 200 * at)
        if puller is sari:
            rina.sync()
        setattr(puller.link, side, at)
        before = cursors_of(puller.db)
        try:
            puller.sync()
        except EnvError:
            whole = False
        else:
            whole = True
        puller.link.heal()
        not_back(before, cursors_of(puller.db))
        puller.sync()
        if whole:
            break
    assert at > 20_000
    agree(puller.db, server.db)


def with_noise(laptop: Laptop, count: int, first: int) -> None:
    with laptop.store.begin() as tx:
        for n in range(first, first + count):
            values = {"full_name": "Baiq Nurhayati", "sex": "female", "area_code": VILLAGE, "note": noise(n)}
            writing.save(tx, laptop.author, Person, values)
