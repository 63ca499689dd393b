"""A server that came from a backup forgot what it had said; its laptops have not. What it says now counts."""

from collections.abc import Callable

from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.hlc import Stamp
from migdesk.domain.office import User
from migdesk.store import applying, change_log, rows
from migdesk.store.saying_again import say_again
from tests.sync.office import Laptop, Node, Server

AREAS, NAME = User.spec.by_name["areas"].number, User.spec.by_name["display_name"].number


def stamps(node: Node) -> dict[Register, Stamp]:
    with node.store.read() as tx:
        row = rows.load(tx, User.spec, User.spec.natural_id({"username": "rina"}).bytes)
        assert row is not None
        return dict(row.stamps)


def test_what_the_server_says_after_a_restore_counts(laptop: Callable[..., Laptop], server: Server) -> None:
    rina = laptop("rina")
    rina.sync()
    before = server.state(User)
    assert rina.state(User) == before
    # The server took her area away and gave her another name; then it came back from a backup of before.
    here, area = stamps(rina), Register(AREAS, "52.03")
    edits = (
        Edit(Register(NAME), "Rina Lama", (here[Register(NAME)],)),
        Edit(area, False, (here[area],)),
    )
    later = max(here.values()).hlc + (1 << 30)
    lost = Change(
        server.keys.device_id, 1 << 40, later, server.user, User.spec.number, rina.user, "00", None, edits
    )  # fmt: skip
    with rina.store.begin() as tx:
        applying.apply(tx, [lost], origin="server")
    assert rina.state(User) != before
    server.clock.forward(days=30)
    with server.store.begin() as tx:
        change_log.leap(tx)
        assert say_again(tx, server.author, User.spec) == 2
    rina.sync()
    assert rina.state(User) == server.state(User) == before
    # Nobody is asked to decide what only the server may say.
    assert not rina.open_conflicts()
