"""Sync and bundles through the services, against a real server on loopback."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from migdesk.errors import EnvError, MigDeskError, RefusedError, UserError
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.services import bundles, cases, counselling, people, syncing
from migdesk.services.events import ChangeSet
from migdesk.services.session import Session
from migdesk.store import audit
from migdesk.store.database import Store
from tests.server.driver import open_host
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import Desk, case, person
from tests.support.workspaces import counselling as meeting


def runner(session: Session) -> Any:
    """Everything on one thread, as on the command line."""

    def run(fn: Callable[[Store], Any]) -> Any:
        return fn(session.store)

    return run


@pytest.fixture
def host(tmp_path: Path, clock: FakeClock) -> Iterator[ServerHost]:
    made = open_host(tmp_path / "server", clock)
    yield made
    made.close()


@pytest.fixture
def url(host: ServerHost) -> Iterator[str]:
    with RunningServer(host) as server:
        yield server.url


@pytest.fixture
def enrolled(desk: Desk, host: ServerHost, url: str) -> Desk:
    """Makes laptops that belong to the server."""

    def make(role: str = "OUTREACH", area: str = "52.03", username: str = "rina") -> Session:
        session = desk(role, area, username)
        code = host.issue_code(username, role, area, username.title())
        syncing.enrol(runner(session), session, url, code)
        return session

    return make


def test_before_enrolment_there_is_nothing_to_sync_with(desk: Desk) -> None:
    session = desk()
    people.save(session, person())
    seen = syncing.status(session)
    assert (seen.waiting, seen.enrolled, seen.server_url, seen.last_error) == (1, False, "", "")
    with pytest.raises(UserError, match="not connected"):
        syncing.sync_now(runner(session), session)
    assert bundles.recipients(session) == ()


def test_what_one_writes_the_other_reads(enrolled: Desk, url: str) -> None:
    rina, sri = enrolled(), enrolled("SUPERVISOR", "52.03", "sri")
    who = people.save(rina, person()).id
    counselling.save(rina, meeting(who, rina.today()))
    id = cases.save(rina, case(person=who, wishes="Pulang")).id
    steps: list[tuple[str, int, int]] = []
    report = syncing.sync_now(runner(rina), rina, lambda *step: steps.append(step))
    assert report.sent == 3
    assert steps[-1][0] == "done"
    seen = syncing.status(rina)
    assert (seen.waiting, seen.last_success, seen.last_error) == (0, rina.clock.now(), "")
    assert (seen.server_url, seen.enrolled, seen.history[0].sent) == (url, True, 3)
    heard: list[ChangeSet] = []
    sri.events.subscribe(heard.append)
    assert syncing.sync_now(runner(sri), sri).received >= 3
    assert [one.initiator for one in heard] == ["sync"]
    assert {"person", "case"} <= heard[0].kinds
    assert people.get(sri, who).name == "Nurhayati Suhartini"
    assert people.get(sri, who).about.state == "received"
    assert people.get(rina, who).about.state == "sent"
    view = cases.get(sri, id)
    assert view.owner_name == "Rina"
    assert view.record.wishes is None  # T4 stays on the laptop where it was written
    assert cases.get(rina, id).record.wishes == "Pulang"


def test_the_server_says_what_the_role_and_the_areas_are(desk: Desk, host: ServerHost, url: str) -> None:
    session = desk("SUPERVISOR", "52.03 35.07")
    syncing.enrol(runner(session), session, url, host.issue_code("rina", "OUTREACH", "52.03.09", "Rina Susanti"))
    assert (session.user.role, session.user.areas) == ("OUTREACH", ("52.03.09",))
    syncing.sync_now(runner(session), session)
    assert (session.user.role, session.user.areas) == ("OUTREACH", ("52.03.09",))
    assert session.user.display_name == "Rina Susanti"


def test_a_code_for_somebody_else_is_refused(desk: Desk, host: ServerHost, url: str) -> None:
    session = desk()
    with pytest.raises(RefusedError, match="another user"):
        syncing.enrol(runner(session), session, url, host.issue_code("sri", "SUPERVISOR", "52.03", "Sri"))
    with pytest.raises(UserError):
        syncing.enrol(runner(session), session, url, "not a code")
    assert not syncing.status(session).enrolled


def test_a_server_that_is_gone_is_told_and_the_work_is_kept(enrolled: Desk) -> None:
    session = enrolled()
    people.save(session, person())
    with pytest.raises(EnvError):
        syncing.sync_now(runner(session), session, url="http://127.0.0.1:9")
    seen = syncing.status(session)
    assert (seen.waiting, seen.last_success) == (1, None)
    assert seen.last_error
    assert "{" not in seen.last_error
    syncing.sync_now(runner(session), session)
    assert syncing.status(session).last_error == ""


def test_the_lease_runs_out_and_a_sync_renews_it(enrolled: Desk, clock: FakeClock) -> None:
    session = enrolled()
    syncing.sync_now(runner(session), session)
    until = syncing.status(session).lease_until
    assert until is not None
    assert until > clock.now()
    assert not session.read_only
    people.save(session, person())
    clock.set_wall(until + timedelta(days=1))
    assert syncing.status(session).read_only
    with pytest.raises(RefusedError):
        people.save(session, person(full_name="Baiq"))
    assert syncing.sync_now(runner(session), session).sent == 1
    assert not session.read_only
    people.save(session, person(full_name="Baiq"))


def test_a_clock_that_went_back_is_noticed(enrolled: Desk, clock: FakeClock) -> None:
    session = enrolled()
    syncing.sync_now(runner(session), session)
    assert not syncing.status(session).clock_behind
    clock.set_wall(clock.now() - timedelta(days=400))
    assert syncing.status(session).clock_behind


def test_a_revoked_laptop_learns_it(enrolled: Desk, host: ServerHost) -> None:
    session = enrolled()
    syncing.sync_now(runner(session), session)
    host.revoke(f"{session.keys.device_id:016x}")
    with suppress(RefusedError):
        assert syncing.sync_now(runner(session), session).revoked
    assert syncing.status(session).revoked
    with pytest.raises(RefusedError):
        people.save(session, person())


def test_a_sealed_bundle_carries_the_same(enrolled: Desk, tmp_path: Path) -> None:
    rina, sri = enrolled(), enrolled("SUPERVISOR", "52.03", "sri")
    syncing.sync_now(runner(rina), rina)
    syncing.sync_now(runner(sri), sri)
    who = people.save(rina, person()).id
    seen = bundles.recipients(rina)
    assert [(one.username, one.is_server) for one in seen] == [("sri", False), ("", True)]
    assert (seen[0].recipient, seen[0].words) == (bundles.own_key(sri).recipient, bundles.own_key(sri).words)
    out = tmp_path / "day.migdesk"
    made = bundles.export(runner(rina), rina, [seen[0].recipient], out)
    assert (made.changes, made.own, made.sender) == (1, True, "rina")
    assert b"Nurhayati" not in out.read_bytes()
    preview = bundles.inspect(runner(sri), sri, out)
    assert (preview.known, preview.own, preview.changes, preview.device) == (True, False, 1, made.device)
    assert people.page(sri).rows == ()
    report = bundles.import_(runner(sri), sri, out)
    assert (report.received, report.quarantined) == (1, 0)
    assert people.get(sri, who).name == "Nurhayati Suhartini"
    assert bundles.import_(runner(sri), sri, out).received == 0
    assert syncing.status(rina).waiting == 1  # a stick may be lost: it waits until the server has it
    with sri.store.read() as tx:
        assert [entry.action for entry in audit.entries(tx)][:3] == ["bundle_import", "view_person", "bundle_import"]


def test_a_bundle_for_others_or_of_strangers_is_refused(enrolled: Desk, tmp_path: Path) -> None:
    rina, sri = enrolled(), enrolled("SUPERVISOR", "52.03", "sri")
    syncing.sync_now(runner(rina), rina)
    out = tmp_path / "day.migdesk"
    with pytest.raises(RefusedError):
        bundles.export(runner(rina), rina, [bundles.own_key(sri).recipient + "x"], out)
    with pytest.raises(UserError):
        bundles.export(runner(rina), rina, [], out)
    assert not out.exists()
    bundles.export(runner(rina), rina, [bundles.own_key(rina).recipient], out)
    with pytest.raises(RefusedError):
        bundles.import_(runner(sri), sri, out)
    out.write_bytes(b"nothing of the kind")
    with pytest.raises(MigDeskError):
        bundles.inspect(runner(sri), sri, out)


def test_a_bundle_is_looked_at_before_it_is_taken_in(enrolled: Desk, tmp_path: Path) -> None:
    rina, sri = enrolled(), enrolled("SUPERVISOR", "52.03", "sri")
    for one in (rina, sri, rina):
        syncing.sync_now(runner(one), one)
    people.save(rina, person())
    out = tmp_path / "day.migdesk"
    bundles.export(runner(rina), rina, [bundles.own_key(sri).recipient], out)
    heard: list[ChangeSet] = []
    sri.events.subscribe(heard.append)
    forecast = bundles.rehearse(runner(sri), sri, out)
    assert (forecast.rehearsed, forecast.new, forecast.changed, heard) == (True, 1, 0, [])
    assert people.page(sri).rows == ()
    assert bundles.import_(runner(sri), sri, out).kinds == forecast.kinds
    assert len(people.page(sri).rows) == 1
