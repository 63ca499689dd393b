"""The end of each laptop's audit chain is told at each sync and must follow from the last: what somebody who holds disk
and key can do unseen to the file alone, the server notices and says."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from migdesk.errors import EnvError
from migdesk.store import anchors, audit, backup
from migdesk.store.anchors import Anchor
from migdesk.store.database import Store
from migdesk.sync.report import SyncReport
from migdesk.sync.wire.anchor_words import Claim, Verdict, judge
from migdesk.sync.wire.limits import BadBatchError
from tests.sync.office import Laptop, Server

A, B, C = (bytes([one]) * 16 for one in b"abc")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path)


@pytest.fixture
def rina(tmp_path: Path, server: Server) -> Laptop:
    return Laptop(tmp_path, "rina", server)


def synced(laptop: Laptop) -> SyncReport:
    """A sync so long after the last that the end is told."""
    laptop.clock.forward(minutes=11)
    return laptop.sync()


def known(server: Server, laptop: Laptop) -> Anchor:
    with server.store.begin() as tx:
        found = anchors.latest(tx, laptop.keys.device_id)
    assert found is not None
    return found


def end(laptop: Laptop) -> tuple[int, bytes]:
    with laptop.store.read() as tx:
        head = audit.head(tx)
    return head.n, head.sha256[:16]


def told(server: Server) -> list[tuple[str, str]]:
    with server.store.read() as tx:
        return [(one.action, one.detail) for one in audit.entries(tx) if one.action.startswith("anchor")]


def wrong(laptop: Laptop) -> list[str]:
    return [one.check for one in backup.verify(laptop.store)]


def remade(laptop: Laptop, change: Callable[[dict[str, object]], bool]) -> None:
    """The whole chain anew, with every hash right, without the rows that `change` says no to."""
    with laptop.store.begin() as tx:
        rows = [row for row in audit._all(tx) if change(row)]
        tx.run("DELETE FROM audit")
        before = audit._BEGINNING
        for n, row in enumerate(rows, 1):
            row["n"] = n
            before = row["sha256"] = audit._link(before, row)
            tx.run(tx.sql.audit, row)
        tx.run(tx.sql.put_audit_head, {"op_area": "00", "n": len(rows), "sha256": before})
        assert audit.verify(tx) == []


def test_each_sync_anchors_the_end_and_the_laptop_hears_so(server: Server, rina: Laptop) -> None:
    for _ in range(3):
        rina.person()
        before = end(rina)
        report = synced(rina)
        assert not report.set_back
        assert (known(server, rina).n, known(server, rina).sha16) == before
        with rina.store.read() as tx:
            kept = anchors.acknowledged(tx)
        assert kept is not None
        assert (kept.n, kept.sha16) == before
    assert wrong(rina) == []
    assert told(server) == []


def test_a_sync_costs_no_request_more_and_soon_after_another_no_byte(server: Server, rina: Laptop) -> None:
    rina.person()
    assert [synced(rina).requests for _ in range(3)] == [1, 1, 1]
    anchored = known(server, rina).n
    rina.person()
    assert rina.sync().requests == 1
    assert known(server, rina).n == anchored
    rina.clock.forward(minutes=10)
    rina.sync()
    assert known(server, rina).n == end(rina)[0] > anchored


def test_a_lost_answer_is_no_alarm(server: Server, rina: Laptop) -> None:
    rina.person()
    synced(rina)
    rina.person()
    rina.link.lose_answer = True
    with pytest.raises(EnvError):
        synced(rina)
    rina.link.lose_answer = False
    rina.person()
    assert not synced(rina).set_back
    assert known(server, rina).n == end(rina)[0]
    assert told(server) == []


def test_attack_a_rolled_back_database_file(server: Server, rina: Laptop, tmp_path: Path) -> None:
    rina.person()
    synced(rina)
    saved = tmp_path / "saved.db"
    rina.store.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(tmp_path / "rina.db", saved)
    rina.person()
    synced(rina)
    anchored = known(server, rina).n
    rina.store.close()
    shutil.copy(saved, tmp_path / "rina.db")
    rina.store = Store.open_file(
        tmp_path / "rina.db", bytes(32), schema=server.store.schema, codes=server.store.codes, clock=rina.clock
    )
    assert wrong(rina) == [], "the file alone cannot tell"
    assert synced(rina).set_back
    assert "anchor" in wrong(rina)
    assert told(server) == [("anchor_back", f"anchored={anchored} told={end(rina)[0]}")]
    with server.store.read() as tx:
        (one,) = anchors.breaks(tx)
    assert (one.device, one.count, one.verdict) == (rina.keys.device_id, 1, Verdict.BACK)
    assert not synced(rina).set_back, "it is told once"
    assert "anchor" in wrong(rina), "and known for good"


def test_attack_a_rolled_back_file_that_has_grown_again(server: Server, rina: Laptop, tmp_path: Path) -> None:
    rina.person()
    synced(rina)
    rina.store.raw.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    shutil.copy(tmp_path / "rina.db", tmp_path / "saved.db")
    rina.person()
    synced(rina)
    rina.store.close()
    shutil.copy(tmp_path / "saved.db", tmp_path / "rina.db")
    rina.store = Store.open_file(
        tmp_path / "rina.db", bytes(32), schema=server.store.schema, codes=server.store.codes, clock=rina.clock
    )
    with rina.store.begin() as tx:
        for _ in range(30):
            audit.append(tx, rina.user, "unlock")
    assert end(rina)[0] > known(server, rina).n
    assert synced(rina).set_back
    assert [act for act, _ in told(server)] == ["anchor_forked"]


@pytest.mark.parametrize("forget", [False, True])
def test_attack_a_tail_cut_off_with_the_head_put_right(server: Server, rina: Laptop, forget: bool) -> None:
    for _ in range(3):
        rina.person()
    synced(rina)
    last = end(rina)[0]
    remade(rina, lambda row: row["n"] != last)
    assert wrong(rina) == ["anchor"], "what the server acknowledged is missing"
    if forget:  # whoever cuts the trail may make the laptop forget what it heard, but not the server
        with rina.store.begin() as tx:
            tx.run("DELETE FROM setting WHERE name LIKE 'audit.%'")
        assert wrong(rina) == []
    assert synced(rina).set_back
    assert [act for act, _ in told(server)] == ["anchor_back"]


def test_attack_an_edited_row_with_the_whole_chain_made_anew(server: Server, rina: Laptop) -> None:
    for _ in range(3):
        rina.person()
    synced(rina)

    def edited(row: dict[str, object]) -> bool:
        row["action"] = "unlock" if row["n"] == 2 else row["action"]
        return True

    remade(rina, edited)
    assert wrong(rina) == ["anchor"]
    rina.person()
    assert synced(rina).set_back
    assert [act for act, _ in told(server)] == ["anchor_forked"]


def test_a_server_from_an_old_backup_believes_the_laptop_that_proves_itself(server: Server, rina: Laptop) -> None:
    rina.person()
    synced(rina)
    with server.store.begin() as tx:
        tx.run("CREATE TEMP TABLE kept AS SELECT * FROM audit_anchor")
    rina.person()
    synced(rina)
    with server.store.begin() as tx:
        tx.run("DELETE FROM audit_anchor")
        tx.run("INSERT INTO audit_anchor SELECT * FROM kept")
    rina.person()
    assert not synced(rina).set_back
    assert known(server, rina).n == end(rina)[0]
    assert told(server) == []


def test_an_older_server_hears_nothing_of_it(server: Server, rina: Laptop) -> None:
    server.anchors = False
    rina.person()
    report = synced(rina)
    assert (report.sent, report.requests, report.set_back) == (1, 1, False)
    assert wrong(rina) == []
    with rina.store.read() as tx:
        assert anchors.acknowledged(tx) is None


def test_an_older_laptop_gets_no_answer_that_it_cannot_read(server: Server, rina: Laptop) -> None:
    exchange = server.exchange(rina.keys.device_id)
    assert exchange._control().anchor == ()


@pytest.mark.parametrize(
    ("anchored", "claim", "verdict"),
    [
        ((0, bytes(16)), Claim(31, A), Verdict.KEPT),
        (None, Claim(5, A), Verdict.KEPT),
        ((5, A), Claim(5, A), Verdict.KEPT),
        ((5, A), Claim(9, B, 5, A), Verdict.KEPT),
        ((5, A), Claim(9, B), Verdict.PROVE),
        ((5, A), Claim(9, B, 3, C), Verdict.PROVE),
        ((5, A), Claim(3, B, 2, C), Verdict.PROVE),  # late on its way, perhaps
        ((5, A), Claim(9, B, 5, C), Verdict.FORKED),
        ((5, A), Claim(5, B, 5, B), Verdict.FORKED),
        ((5, A), Claim(4, B, 5, A), Verdict.FORKED),  # nobody has a row behind the end
        ((5, A), Claim(4, B, 5, b""), Verdict.BACK),
    ],
)
def test_what_follows_from_what(anchored: tuple[int, bytes] | None, claim: Claim, verdict: Verdict) -> None:
    assert judge(anchored, claim) is verdict


@pytest.mark.parametrize(
    "text",
    ["", "5", "5.", "5.AAAA", "-5.AAECAwQFBgcICQoLDA0ODw", "5.AAECAwQFBgcICQoLDA0ODw.4", "٥.AAECAwQFBgcICQoLDA0ODw",
     "5.AAECAwQFBgcICQoLDA0ODw.4.AAAA", "9" * 25 + ".AAECAwQFBgcICQoLDA0ODw", "5.AAECAwQFBgcICQoLDA0OD!", "." * 500],
)  # fmt: skip
def test_what_is_no_end_of_a_chain_is_refused(text: str) -> None:
    with pytest.raises(BadBatchError):
        Claim.read(text)
    good = Claim(5, A, 4, B)
    assert Claim.read(good.to_text()) == good
