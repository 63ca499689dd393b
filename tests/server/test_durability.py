"""Backups that count (protocol, rule 5), and what happens when an old one is all that is left (SYNC R1)."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from migdesk.domain.person import Person
from migdesk.errors import UserError
from migdesk.paths import Paths
from migdesk.server import durability
from migdesk.server.daily_backup import DailyBackup
from migdesk.server.run import RunningServer
from migdesk.server.server_key import server_key
from migdesk.services import backups
from migdesk.services.backup_file import SUFFIX
from migdesk.store import backup as store_backup
from migdesk.store import change_log, inbox, records
from migdesk.store.database import Store
from migdesk.store.errors import DamagedError
from migdesk.store.findings import Finding
from migdesk.vault.keyfile import KeyFile
from tests.server.driver import SECRET, MovedClock, opened
from tests.support.server_processes import Cluster
from tests.support.simulated_office import host_on
from tests.sync.office import Node
from tests.sync.test_http_exchange import add_person, joined, sync


@pytest.fixture
def node(tmp_path: Path) -> Iterator[Callable[[str], Node]]:
    """Makes a laptop with a real store."""
    made: list[Node] = []

    def make(name: str) -> Node:
        made.append(Node(tmp_path, name))
        made[-1].clock.set_wall(datetime.now(UTC))
        return made[-1]

    yield make
    for one in made:
        one.store.close()


class Facts:
    """What a server holds: its people, how often each change is in the log, streams applied and durable."""

    def __init__(self, store: Store) -> None:
        with store.read() as tx:
            self.people = {one.record.id: one.record.full_name for one in records.each(tx, Person, None)}
            logged = [
                (change.device, change.counter)
                for area in change_log.op_areas(tx)
                for _, change in change_log.after(tx, area, 0, 10_000)
            ]
            heads = inbox.applied_heads(tx)
            self.durable = {key: inbox.stream_state(tx, key).durable_n for key, _ in heads}
            self.applied = dict(heads)
        self.doubled = len(logged) - len(set(logged))


def restored(folder: Path, file: Path) -> None:
    """What `migdesk server restore` does, into an empty folder."""
    folder.mkdir()

    def unlock(keys: KeyFile, is_server: bool) -> bytes:
        assert is_server
        return keys.unlock(server_key(folder, SECRET))

    backups.restore(folder, file, unlock, MovedClock())


def everything(*laptops: Node) -> dict[object, str | None]:
    found: dict[object, str | None] = {}
    for one in laptops:
        with one.store.read() as tx:
            found |= {stored.record.id: stored.record.full_name for stored in records.each(tx, Person, None)}
    return found


def test_an_embedded_server_from_an_old_backup_is_refilled(tmp_path: Path, node: Callable[[str], Node]) -> None:
    rina, sari = node("rina"), node("sari")
    with opened(tmp_path / "first") as host, RunningServer(host) as server:
        for one in (rina, sari):
            joined(one, host, server.url)
        first = [add_person(rina, full_name=f"Orang {n}") for n in range(3)]
        sync(rina, server.url)
        made = durability.back_up(host, tmp_path / "old.mdbackup")
        assert made.file.exists()
        facts = host.db.call(Facts)
        assert facts.durable == facts.applied != {}
        sync(rina, server.url)  # hears that its batches are durable and lets them go
        for n in range(3, 6):
            add_person(rina, full_name=f"Orang {n}")
        sync(rina, server.url)
        sync(sari, server.url)
        sari.save(Person, {"full_name": "Nama baru"}, first[0])
        sync(sari, server.url)
        facts = host.db.call(Facts)
        assert any(facts.durable[key] < n for key, n in facts.applied.items())
        truth = facts.people
    restored(tmp_path / "second", made.file)
    with opened(tmp_path / "second") as host, RunningServer(host) as server:
        assert len(host.db.call(Facts).people) == 3
        host.renew_generation()
        for _ in range(2):
            for one in (rina, sari):
                sync(one, server.url)
        facts = host.db.call(Facts)
        assert facts.people == truth == everything(rina) == everything(sari)
        assert facts.doubled == 0


def test_a_database_from_an_old_backup_is_refilled(
    shared_cluster: Cluster, tmp_path: Path, node: Callable[[str], Node]
) -> None:
    rina, sari = node("rina"), node("sari")
    live = shared_cluster.database("r1_live")
    with host_on(live, tmp_path / "host") as host, RunningServer(host) as server:
        for one in (rina, sari):
            joined(one, host, server.url)
        for n in range(3):
            add_person(rina, full_name=f"Orang {n}")
        sync(rina, server.url)
        assert durability.checkpoint(host, "monday").streams == 1
    copy = shared_cluster.copy("r1_copy", "r1_live")  # what the database's own tools saved and restored
    with host_on(live, tmp_path / "host") as host, RunningServer(host) as server:
        assert durability.make_durable(host, "monday", copy) == 1
        facts = host.db.call(Facts)
        assert facts.durable == facts.applied
        sync(rina, server.url)
        for n in range(3, 6):
            add_person(rina, full_name=f"Orang {n}")
        sync(rina, server.url)
        sync(sari, server.url)
        add_person(sari, full_name="Dari Sari")
        sync(sari, server.url)
        truth = host.db.call(Facts).people
        durability.checkpoint(host, "tuesday")
        for label in ("tuesday", "never"):
            with pytest.raises(UserError, match="checkpoint"):
                durability.make_durable(host, label, copy)
        with pytest.raises(UserError, match="name"):
            durability.make_durable(host, "never")
        with pytest.raises(UserError, match="already"):
            durability.checkpoint(host, "monday")
    with host_on(copy, tmp_path / "host") as host, RunningServer(host) as server:
        host.renew_generation()
        for _ in range(2):
            for one in (rina, sari):
                sync(one, server.url)
        facts = host.db.call(Facts)
        assert facts.people == truth == everything(rina) == everything(sari)
        assert facts.doubled == 0


def test_a_restored_database_that_lacks_batches_proves_nothing(
    shared_cluster: Cluster, tmp_path: Path, node: Callable[[str], Node]
) -> None:
    rina = node("rina")
    live = shared_cluster.database("lack_live")
    with host_on(live, tmp_path / "host") as host, RunningServer(host) as server:
        joined(rina, host, server.url)
        add_person(rina)
        sync(rina, server.url)
        durability.checkpoint(host, "monday")
    copy = shared_cluster.copy("lack_copy", "lack_live")
    with host_on(copy, tmp_path / "host") as host:

        def harm(store: Store) -> None:
            with store.begin() as tx:
                tx.run("DELETE FROM in_batch")

        host.db.call(harm)
    with host_on(live, tmp_path / "host") as host:
        with pytest.raises(UserError, match="lacks"):
            durability.make_durable(host, "monday", copy)
        assert set(host.db.call(Facts).durable.values()) == {0}


def test_a_copy_that_does_not_verify_makes_nothing_durable(
    tmp_path: Path, node: Callable[[str], Node], monkeypatch: pytest.MonkeyPatch
) -> None:
    rina = node("rina")
    with opened(tmp_path / "server") as host, RunningServer(host) as server:
        joined(rina, host, server.url)
        add_person(rina)
        sync(rina, server.url)
        monkeypatch.setattr(store_backup, "verify", lambda store: [Finding("history", "bad")])
        with pytest.raises(DamagedError):
            durability.back_up(host, tmp_path / "bad.mdbackup")
        assert not (tmp_path / "bad.mdbackup").exists()
        assert set(host.db.call(Facts).durable.values()) == {0}
        assert [file.name for file in tmp_path.glob("*.mdbackup*")] == []


def test_the_server_answers_while_it_is_backed_up(tmp_path: Path, node: Callable[[str], Node]) -> None:
    """What arrives after the snapshot is not durable, though the backup ends later."""
    rina = node("rina")
    with opened(tmp_path / "server") as host, RunningServer(host) as server:
        joined(rina, host, server.url)
        add_person(rina)
        sync(rina, server.url)
        original, pushed = store_backup.verify, threading.Event()

        def slow(store: Store) -> list[Finding]:
            if not pushed.is_set():
                pushed.set()
                add_person(rina)
                sync(rina, server.url)
            return original(store)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(store_backup, "verify", slow)
            durability.back_up(host)
        facts = host.db.call(Facts)
        assert [(facts.applied[key], facts.durable[key]) for key in facts.applied] == [(2, 1)]


def test_the_daily_backup_comes_once_a_day_and_old_ones_go(tmp_path: Path) -> None:
    clock = MovedClock()
    with opened(tmp_path / "server", clock) as host:
        folder, daily = Paths(tmp_path / "server").backups, DailyBackup(host)
        assert [daily.once(), daily.once()] == [True, False]
        clock.ahead += timedelta(hours=25)
        assert daily.once()
        (folder / "migdesk-20200101-000000.mdbackup").write_bytes(b"old")
        (folder / "migdesk-mine.mdbackup").write_bytes(b"kept by hand")
        clock.ahead += timedelta(hours=25)
        assert daily.once()
        names = {file.name for file in folder.glob(f"*{SUFFIX}")}
        assert len(names) == 5
        assert "migdesk-mine.mdbackup" in names
        with DailyBackup(host, look_s=0.01):
            clock.ahead += timedelta(hours=25)
            for _ in range(400):
                if len(list(folder.glob(f"*{SUFFIX}"))) == 6:
                    break
                threading.Event().wait(0.05)
        assert len(list(folder.glob(f"*{SUFFIX}"))) == 6


def test_of_many_backups_those_of_some_days_and_weeks_stay() -> None:
    start = datetime(2026, 3, 1, 1)
    moments = [start + timedelta(hours=12 * n) for n in range(240)]
    kept = sorted(durability.kept_of(moments), reverse=True)
    assert len(kept) == durability.DAYS + durability.WEEKS
    assert kept[0] == moments[-1]
    assert [(kept[n] - kept[n + 1]).days for n in range(6)] == [1] * 6
    assert all(6 <= (kept[n] - kept[n + 1]).days <= 8 for n in range(7, len(kept) - 1))
    assert durability.kept_of([]) == set()


def test_postgresql_is_not_backed_up_by_us(database: Callable[..., str], tmp_path: Path) -> None:
    with host_on(database(), tmp_path / "host") as host:
        assert not durability.due(host)
        with pytest.raises(UserError, match="own tools"):
            durability.back_up(host)
