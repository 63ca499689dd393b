"""A link cut at every byte, both ways, and one that drops again and again: nothing lost, nothing doubled."""

from collections.abc import Iterator

import pytest

from migdesk.errors import EnvError
from migdesk.store import change_log, outbox
from tests.sync.office import Laptop, Node, Server


def changes_of(node: Node) -> list[tuple[int, int]]:
    with node.store.read() as tx:
        return sorted((change.device, change.counter) for _, change in change_log.after(tx, "52.03", 0, 10_000))


def count_of(node: Node) -> int:
    with node.store.read() as tx:
        return change_log.head(tx, "52.03")


def broken(laptop: Laptop) -> bool:
    """Whether a sync was cut."""
    try:
        laptop.sync()
    except EnvError:
        return True
    finally:
        laptop.link.heal()
    return False


def cut_points(laptop: Laptop, side: str) -> Iterator[int]:
    """Every byte of an exchange like the next: one more at each turn until it is no longer cut."""
    at = 0
    while True:
        setattr(laptop.link, side, at)
        yield at
        at += 1


@pytest.mark.parametrize("side", ["cut_up", "cut_down"])
def test_a_push_cut_at_every_byte(two: tuple[Laptop, Laptop], server: Server, side: str) -> None:
    rina, _ = two
    rina.sync()
    points = 0
    for _ in cut_points(rina, side):  # the last, uncut one leaves one change more
        rina.person()
        cut = broken(rina)
        if not cut:
            break
        points += 1
        assert rina.sync().waiting == 0
        assert count_of(rina) == count_of(server) == points
    assert points > 100
    assert changes_of(rina) == changes_of(server) == sorted(set(changes_of(server)))
    assert rina.state() == server.state()


def test_a_pull_cut_at_every_byte(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, sari = two
    sari.sync()
    points = 0
    for _ in cut_points(sari, "cut_down"):
        rina.person()
        rina.sync()
        cut = broken(sari)
        if not cut:
            break
        points += 1
        sari.sync()
        assert count_of(sari) == count_of(server)
    assert points > 100
    assert changes_of(sari) == changes_of(server) == sorted(set(changes_of(server)))
    assert sari.state() == server.state()


@pytest.mark.parametrize("server", ["file", "postgres"], indirect=True)
@pytest.mark.parametrize(("every", "most"), [(20_000, 1.05), (5_000, 1.1), (1_000, 1.5)])
def test_a_link_that_drops_again_and_again_still_finishes(
    two: tuple[Laptop, Laptop], server: Server, every: int, most: float
) -> None:
    rina, sari = two
    for n in range(150):
        rina.person(note=f"Catatan {n}: " + "".join(f"{(n * 7919 + k * 104_729) % 99_991:05d}" for k in range(60)))
    for node in (rina, sari):
        for _ in range(400):
            node.link.cut_up = node.link.cut_down = every
            if not broken(node):
                break
        else:
            pytest.fail("never finished")
    assert changes_of(rina) == changes_of(sari) == changes_of(server)
    assert rina.state() == sari.state() == server.state()
    whole = undisturbed(rina)
    assert rina.link.up + rina.link.down <= most * whole + 2_000


def undisturbed(laptop: Laptop) -> int:
    """The bytes of the batches themselves, which no exchange can go without."""
    with laptop.store.read() as tx:
        return sum(batch.size for batch in outbox.undurable(tx))
