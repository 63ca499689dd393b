"""The sync screen and its decisions without a window, and the exchange against a real server."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import pytest

from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.services import bundles, conflicts, people, settings, syncing
from migdesk.services import session as sessions
from migdesk.services.auto_sync import When
from migdesk.services.session import Session
from migdesk.store.database import Store
from migdesk.ui.exchange import Exchange, Outcome
from migdesk.ui.screens.sync.presenter import SyncPresenter
from tests.server.driver import open_host
from tests.support.fake_clock import FakeClock
from tests.support.robots import AtOnce, Surroundings
from tests.support.workspaces import create, deliver, opened, person
from tests.ui.presenters.conftest import MakeDesk

T = TypeVar("T")
Made = tuple[Surroundings, SyncPresenter]


@pytest.fixture
def screen(make_desk: MakeDesk) -> Made:
    """The presenter over a workspace of its own, with its sync beside it."""
    desk = make_desk("SUPERVISOR", "52.03")
    desk.ctx.exchange = Exchange(desk.ctx.run, desk.ctx.session)
    presenter = SyncPresenter(desk.ctx)
    desk.add("sync", presenter)
    return desk, presenter


@pytest.fixture
def url(tmp_path: Path, clock: FakeClock) -> Iterator[Callable[[Session, str], str]]:
    """Enrols a session at a running server as this user; gives the server's address."""
    host: ServerHost = open_host(tmp_path / "server", clock)
    with RunningServer(host) as server:

        def enrol(session: Session, username: str) -> str:
            code = host.issue_code(username, "SUPERVISOR", "52.03", username.title())
            syncing.enrol(lambda fn: fn(session.store), session, server.url, code)
            return server.url

        yield enrol
    host.close()


@pytest.fixture
def other(tmp_path: Path, clock: FakeClock) -> Iterator[Session]:
    """The laptop of a colleague."""
    made = opened(create(tmp_path / "other", "SUPERVISOR", username="budi", name="Budi", clock=clock), clock)
    yield made
    sessions.close(made)


def disagree(session: Session, other: Session) -> UUID:
    """Two answers of one person were changed apart on two laptops."""
    id = people.save(session, person(note="Lama")).id
    deliver(session, other)
    people.save(session, {"note": "Satu", "dependants": 2}, id)
    people.save(other, {"note": "Dua", "dependants": 3}, id)
    return id


def test_a_text_is_combined_from_both_and_decided_with_the_rest(screen: Made, other: Session) -> None:
    desk, presenter = screen
    id = disagree(desk.ctx.session, other)
    deliver(other, desk.ctx.session)
    desk.ctx.navigate("sync", id, {"page": "conflicts"})
    (record,) = presenter.deciding.state.shown
    note = next(one for one in record.questions if one.words.field == "note")
    number = next(one for one in record.questions if one.words.field == "dependants")
    presenter.deciding.combine(note)
    assert set(str(presenter.deciding.state.given[str(note.id)].value).split("\n")) == {"Satu", "Dua"}
    presenter.deciding.write(note, "Satu dan dua")
    presenter.deciding.combine(note)
    assert presenter.deciding.state.given[str(note.id)].value == "Satu dan dua", "what is typed is never replaced"
    presenter.deciding.keep(record)
    presenter.deciding.combine(note)
    presenter.deciding.write(note, "Satu dan dua")
    presenter.deciding.choose(number, 1)
    presenter.deciding.decide(record)
    assert presenter.deciding.state.records == ()
    assert presenter.deciding.state.given == {}
    held = people.get(desk.ctx.session, id).record
    assert held.note == "Satu dan dua"
    deliver(desk.ctx.session, other)
    assert conflicts.list_open(other) == ()


def test_an_answer_to_values_that_changed_is_forgotten(screen: Made, other: Session, clock: FakeClock) -> None:
    desk, presenter = screen
    id = disagree(desk.ctx.session, other)
    deliver(other, desk.ctx.session)
    desk.ctx.navigate("sync", id, {"page": "conflicts"})
    (record,) = presenter.deciding.state.shown
    presenter.deciding.keep(record)
    clock.forward(minutes=1)
    people.save(other, {"dependants": 7}, id)
    deliver(other, desk.ctx.session)
    presenter.refresh({"person"})
    open_ = {str(one.id) for one in record.questions if one.words.field == "note"}
    assert set(presenter.deciding.state.given) == open_


def test_a_decision_of_one_laptop_settles_it_on_all_through_the_server(
    screen: Made, url: Callable[[Session, str], str], other: Session
) -> None:
    desk, presenter = screen
    session = desk.ctx.session
    id = disagree(session, other)
    url(session, session.user.username)
    url(other, "budi")
    far = Exchange(AtOnce(), other)
    for _ in range(2):
        assert far.start(asked=True)
        presenter.sync()
        assert far.last is not None
        assert far.last.worked
    assert conflicts.count(session) == conflicts.count(other) == 2
    desk.ctx.navigate("sync", None, {"page": "conflicts"})
    (record,) = presenter.deciding.state.shown
    assert {choice.author_name for choice in record.questions[0].choices} == {"Rina", "Budi"}
    presenter.deciding.keep(record)
    presenter.deciding.decide(record)
    presenter.sync()
    far.start(asked=True)
    assert conflicts.count(session) == conflicts.count(other) == 0
    assert people.get(session, id).record.note == people.get(other, id).record.note
    assert presenter.state.outcome
    assert not presenter.state.outcome_bad
    assert people.get(session, id).about.state == "sent"


def test_without_a_server_the_sentence_says_what_to_do(screen: Made) -> None:
    desk, presenter = screen
    people.save(desk.ctx.session, person())
    desk.ctx.navigate("sync")
    assert presenter.state.standing[0].key == "not_enrolled"
    assert [(one.kind, one.changes, one.records) for one in presenter.state.waiting] == [("person", 1, 1)]
    presenter.sync()
    assert presenter.state.outcome_bad
    assert presenter.exchange.last is not None
    assert presenter.exchange.last.error is not None


def test_when_to_sync_is_kept_in_the_workspace(screen: Made) -> None:
    desk, presenter = screen
    presenter.choose_when(When.WIFI)
    assert settings.sync_when(desk.ctx.session) is When.WIFI
    assert presenter.exchange.rhythm.when is When.WIFI


def test_a_sync_by_itself_tells_nobody_and_one_that_is_asked_for_does(
    screen: Made, url: Callable[[Session, str], str]
) -> None:
    desk, presenter = screen
    url(desk.ctx.session, desk.ctx.session.user.username)
    desk.ctx.navigate("sync")
    heard: list[bool] = []
    presenter.exchange.listen(lambda: heard.append(presenter.exchange.running))
    presenter.exchange.start(asked=False)
    assert heard[0] is True
    assert heard[-1] is False
    assert presenter.state.outcome == ""
    assert presenter.state.standing[0].key == "well"
    presenter.sync()
    assert presenter.state.outcome != ""


def test_a_bundle_is_shown_before_it_is_taken_in_and_again_changes_nothing(
    screen: Made, other: Session, url: Callable[[Session, str], str], tmp_path: Path
) -> None:
    desk, presenter = screen
    mine, out = desk.ctx.session, tmp_path / "b.age"
    for one in (mine, other):
        url(one, one.user.username)
    for one in (mine, other):
        syncing.sync_now(partial(on_store, one), one)
    people.save(other, person())
    bundles.export(partial(on_store, other), other, [bundles.own_key(mine).recipient], out)
    shown: list[str] = []
    presenter.inspect(out, lambda: shown.append("preview"))
    forecast = presenter.state.forecast
    senders: list[str] = []
    assert shown == ["preview"]
    assert forecast is not None
    assert (forecast.new, people.count(mine)) == (1, 0)
    presenter.import_(senders.append)
    assert people.count(mine) == 1
    assert presenter.state.outcome == "1 change of the bundle is in."
    assert senders == [bundles.own_key(other).device]
    receipt = tmp_path / "receipt.age"
    presenter.write_receipt(senders[0], receipt)
    assert "receipt.age" in presenter.state.outcome
    presenter.inspect(receipt, lambda: None)
    assert "another laptop" in presenter.state.outcome
    assert bundles.take_receipt(partial(on_store, other), other, receipt).changes == 1
    presenter.inspect(out, lambda: shown.append("again"))
    again = presenter.state.forecast
    assert again is not None
    assert again.says_nothing_new
    presenter.import_()
    assert "already" in presenter.state.outcome


def on_store(session: Session, fn: Callable[[Store], T]) -> T:
    """Everything on one thread."""
    return fn(session.store)


def under_way(exchange: Exchange) -> bool:
    """What is so now; asked anew, because a sync begins and ends between two lines."""
    return exchange.running


def test_locking_stops_only_what_nobody_asked_for(make_desk: MakeDesk) -> None:
    session = make_desk().ctx.session

    class Never(AtOnce):
        def run_long(self, *_args: object, **_more: object) -> "Never":  # type: ignore[override]
            return self

        def cancel(self) -> None:
            stopped.append(True)

    stopped: list[bool] = []
    exchange = Exchange(Never(), session)
    exchange.start(asked=True)
    exchange.locked()
    assert under_way(exchange)
    exchange.stop()
    assert stopped == [True]
    assert exchange.last == Outcome(asked=True)
    exchange.start(asked=False)
    assert exchange.start(asked=False) is False
    exchange.locked()
    assert not under_way(exchange)
    assert exchange.due_in is None
    exchange.start(asked=False)
    exchange.start(asked=True)
    exchange.locked()
    assert under_way(exchange), "a person took it for theirs"
    exchange.close()
    assert not under_way(exchange)
