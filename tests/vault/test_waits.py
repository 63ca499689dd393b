"""The wait after wrong tries: it grows, survives a restart and a wrong clock, and never keeps the owner out."""

from datetime import timedelta
from pathlib import Path

import pytest

from migdesk.errors import UserError
from migdesk.vault.keyfile import WrongPassphraseError
from migdesk.vault.waits import TooSoonError, Waits, seconds_to_wait
from tests.support.fake_clock import FakeClock


def wrong() -> bytes:
    raise WrongPassphraseError("The passphrase is wrong.")


def right() -> bytes:
    return b"key"


def guess(waits: Waits, times: int, clock: FakeClock) -> int:
    """So many wrong tries, each after its wait; what the last one has to wait."""
    wait_s = 0
    for _ in range(times):
        clock.forward(seconds=wait_s)
        with pytest.raises(WrongPassphraseError) as caught:
            waits.attempt(wrong)
        wait_s = caught.value.wait_s
    return wait_s


def test_waits_grow_but_never_beyond_a_minute() -> None:
    waits = [seconds_to_wait(one) for one in range(1, 12)]
    assert waits == [0, 0, 2, 4, 8, 16, 32, 60, 60, 60, 60]
    assert seconds_to_wait(10**9) == 60


def test_a_wait_survives_a_restart_and_ends(tmp_path: Path) -> None:
    clock = FakeClock()
    assert guess(Waits(tmp_path / "tries.json", clock), 4, clock) == 4
    again = Waits(tmp_path / "tries.json", clock)
    assert again.left() == 4
    with pytest.raises(TooSoonError) as caught:
        again.attempt(right)
    assert caught.value.wait_s == 4
    clock.forward(seconds=3.5)
    assert again.left() == 1
    clock.forward(seconds=0.5)
    assert again.attempt(right) == b"key"
    assert Waits(tmp_path / "tries.json", clock).left() == 0
    assert guess(again, 1, clock) == 0


def test_a_clock_that_was_turned_back_makes_the_wait_begin_again_and_no_longer(tmp_path: Path) -> None:
    clock = FakeClock()
    waits = Waits(tmp_path / "tries.json", clock)
    guess(waits, 5, clock)
    clock.set_wall(clock.now() - timedelta(days=3000))
    assert waits.left() == 8
    clock.forward(seconds=8)
    assert waits.attempt(right) == b"key"


def test_a_try_counts_even_if_the_program_is_ended_in_the_middle(tmp_path: Path) -> None:
    clock = FakeClock()
    waits = Waits(tmp_path / "tries.json", clock)
    seen: list[int] = []

    def ended() -> bytes:
        seen.append(Waits(tmp_path / "tries.json", clock).untold().count)
        return wrong()

    for _ in range(2):
        with pytest.raises(WrongPassphraseError):
            waits.attempt(ended)
    assert seen == [1, 2]


def test_a_damaged_key_file_is_no_wrong_try(tmp_path: Path) -> None:
    clock = FakeClock()
    waits = Waits(tmp_path / "tries.json", clock)
    guess(waits, 2, clock)

    def damaged() -> bytes:
        raise UserError("The key file is damaged.")

    for _ in range(5):
        with pytest.raises(UserError):
            waits.attempt(damaged)
    assert waits.left() == 0
    assert waits.untold().count == 2


def test_wrong_tries_are_told_once_and_then_nothing_is_left(tmp_path: Path) -> None:
    clock = FakeClock()
    waits = Waits(tmp_path / "tries.json", clock)
    guess(waits, 3, clock)
    clock.forward(seconds=60)
    waits.attempt(right)
    assert waits.untold().count == 3
    waits.told()
    assert waits.untold().count == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "left",
    [
        b"", b"[" * 100_000, b"null", b"\xff\xfe", b'{"wrong": 1e9, "at_ms": 0, "untold": 0}',
        b'{"wrong": -5, "at_ms": 0, "untold": 0}', b'{"wrong": true, "at_ms": 0, "untold": 0}', b'{"wrong": 9}',
        b'{"wrong": ' + b"9" * 5000 + b', "at_ms": 0, "untold": 0}',
    ],
)  # fmt: skip
def test_whatever_is_in_the_file_the_owner_gets_in(tmp_path: Path, left: bytes) -> None:
    (tmp_path / "tries.json").write_bytes(left)
    waits = Waits(tmp_path / "tries.json", FakeClock())
    assert waits.left() == 0
    assert waits.attempt(right) == b"key"


def test_a_huge_number_of_tries_waits_a_minute(tmp_path: Path) -> None:
    clock = FakeClock()
    at = round(clock.now().timestamp() * 1000)
    (tmp_path / "tries.json").write_text(f'{{"wrong": {2**61}, "at_ms": {at}, "untold": 1}}')
    assert Waits(tmp_path / "tries.json", clock).left() == 60


def test_a_disk_that_cannot_be_written_keeps_nobody_out(tmp_path: Path) -> None:
    waits = Waits(tmp_path / "absent" / "tries.json", FakeClock())
    with pytest.raises(WrongPassphraseError):
        waits.attempt(wrong)
    assert waits.attempt(right) == b"key"
