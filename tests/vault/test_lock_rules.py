"""The lock's state table, and that the vault loads neither database nor window code."""

import subprocess
import sys

import pytest

from migdesk.vault.lock_rules import Event, LockRules, LockState, Phase, delay_after


def opened(idle_s: float = 300) -> LockState:
    return LockState(LockRules(idle_s)).next(Event.UNLOCK, 1000)


def test_it_begins_locked_and_opens_by_the_passphrase_alone() -> None:
    state = LockState(LockRules())
    for event in (Event.ACTIVITY, Event.TICK, Event.HIDE, Event.LOCK, Event.AWAY):
        state = state.next(event, 5)
        assert state.phase is Phase.LOCKED
        assert state.locks_at() is None
    assert state.next(Event.UNLOCK, 6).phase is Phase.OPEN


def test_idleness_locks_and_activity_puts_it_off() -> None:
    state = opened()
    assert state.next(Event.TICK, 1299).phase is Phase.OPEN
    assert state.next(Event.TICK, 1300).phase is Phase.LOCKED
    later = state.next(Event.ACTIVITY, 1200)
    assert later.locks_at() == 1500
    assert later.next(Event.TICK, 1499).phase is Phase.OPEN


def test_activity_after_the_idle_time_is_too_late() -> None:
    assert opened().next(Event.ACTIVITY, 9999).phase is Phase.LOCKED


@pytest.mark.parametrize("event", [Event.LOCK, Event.AWAY])
def test_leaving_locks_from_everywhere(event: Event) -> None:
    assert opened().next(event, 1001).phase is Phase.LOCKED
    assert opened().next(Event.HIDE, 1001).next(event, 1002).phase is Phase.LOCKED


def test_the_cover_is_left_by_the_passphrase_only_and_locks_when_idle() -> None:
    hidden = opened().next(Event.HIDE, 1001)
    assert hidden.phase is Phase.HIDDEN
    assert hidden.next(Event.ACTIVITY, 1002).phase is Phase.HIDDEN
    assert hidden.next(Event.TICK, 1400).phase is Phase.LOCKED
    assert hidden.next(Event.UNLOCK, 1003).phase is Phase.OPEN


def test_wrong_tries_wait_longer_and_longer_and_a_right_one_forgives() -> None:
    state = LockState(LockRules())
    waits = []
    for _ in range(14):
        state = state.next(Event.WRONG, 100)
        waits.append(state.wait(100))
    assert waits[:5] == [0, 0, 2, 4, 8]
    assert waits == sorted(waits)
    assert waits[-1] == 300
    assert state.wait(400) == 0
    assert state.next(Event.UNLOCK, 400).next(Event.WRONG, 401).wait(401) == 0
    assert delay_after(0) == 0
    assert delay_after(10**9) == 300


def test_the_vault_loads_neither_database_nor_window_code() -> None:
    program = (
        "import sys, migdesk.vault.keyfile, migdesk.vault.device_keys, migdesk.vault.sealing, migdesk.vault.tokens;"
        "heavy = {'sqlalchemy', 'alembic', 'PySide6', 'sqlcipher3'};"
        "sys.exit(any(name.split('.')[0] in heavy for name in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
