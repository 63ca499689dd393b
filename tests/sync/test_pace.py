"""Packing that fits the link as it was lately, and urgent changes before all others on a thin one."""

import datetime as dt
import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping

import pytest

from migdesk.domain.case import Case
from migdesk.store import outbox
from migdesk.sync.laptop import pace
from migdesk.sync.laptop.pace import Packing, packing_for
from migdesk.sync.wire.frames import FrameReader, Push
from tests.sync.office import VILLAGE, Laptop, Link, Server

CASE = {
    "opened_on": dt.date(2026, 3, 9), "primary_category": "GBV", "area_code": VILLAGE, "consent_server": "yes",
}  # fmt: skip


class PacedLink(Link):
    """A link of so many bytes a second; keeps which lanes each request pushed."""

    def __init__(self, laptop: Laptop, bytes_s: float) -> None:
        super().__init__(laptop.server, laptop.keys.device_id)
        self.clock, self.bytes_s = laptop.clock, bytes_s
        self.lanes: list[set[int]] = []

    def post(
        self, path: str, headers: Mapping[str, str], body: Iterable[bytes], on_bytes: Callable[[int, int], None]
    ) -> Iterator[bytes]:
        def moved(up: int, down: int) -> None:
            self.clock.forward(seconds=(up + down) / self.bytes_s)
            on_bytes(up, down)

        sent = list(body)
        frames = FrameReader()
        self.lanes.append({frame.lane for data in sent for frame in frames.feed(data) if isinstance(frame, Push)})
        return super().post(path, headers, sent, moved)


def packing(laptop: Laptop) -> Packing:
    with laptop.store.read() as tx:
        return pace.packing(tx)


def persons(laptop: Laptop, count: int) -> None:
    for number in range(count):
        laptop.person(full_name=f"Baiq {number}", address=hashlib.sha256(b"%d" % number).hexdigest())


@pytest.mark.parametrize(
    ("bytes_s", "expected"),
    [
        (1, Packing(19, 262, True)),
        (12_000, Packing(19, 960, True)),
        (50_000, Packing(19, 1000, True)),
        (100_000, Packing(9, 1000, False)),
        (200_000, Packing(9, 1000, False)),
        (900_000, Packing(3, 1000, False)),
        (5_000_000, Packing(3, 1000, False)),
    ],
)
def test_the_packing_of_a_link(bytes_s: int, expected: Packing) -> None:
    assert packing_for(bytes_s, 250) == expected


def test_large_changes_make_smaller_batches() -> None:
    assert packing_for(1, 4_000).changes == 16
    assert packing_for(1, 1_000_000).changes == 1


def test_the_link_is_measured_and_what_is_frozen_stays(laptop: Callable[..., Laptop], server: Server) -> None:
    rina = laptop("rina")
    assert packing(rina) == Packing()
    rina.link = link = PacedLink(rina, 9_000)
    persons(rina, 300)
    rina.sync()
    assert (packing(rina).level, packing(rina).thin) == (19, True)
    rina.save(Case, CASE)
    link.lose_answer = True
    with pytest.raises(Exception, match="cut"):
        rina.sync()
    with rina.store.read() as tx:
        before = [batch.sha256 for batch in outbox.pending(tx)]
    link.heal()
    link.bytes_s = 9_000_000
    persons(rina, 400)
    rina.sync()
    assert (packing(rina).level, packing(rina).thin) != (19, True)
    with rina.store.read() as tx:
        kept = outbox.undurable(tx)
    assert before[0] in [batch.sha256 for batch in kept]
    assert server.state() == rina.state()


def test_on_a_thin_link_the_urgent_go_in_a_request_of_their_own(laptop: Callable[..., Laptop], server: Server) -> None:
    rina = laptop("rina")
    rina.sync()
    rina.link = link = PacedLink(rina, 9_000)
    rina.db(lambda store: pace.note(store, count=90_000, seconds=10))
    persons(rina, 30)
    case = rina.save(Case, CASE)
    rina.sync()
    assert link.lanes == [{1}, {2}]
    assert case in server.state(Case)
    rina.person()
    rina.sync()
    assert link.lanes[2:] == [{2}]


def test_on_a_wide_link_all_goes_in_one_request(laptop: Callable[..., Laptop]) -> None:
    rina = laptop("rina")
    rina.sync()
    rina.link = link = PacedLink(rina, 5_000_000)
    persons(rina, 30)
    rina.save(Case, CASE)
    rina.sync()
    assert link.lanes == [{1, 2}]
