"""A forgotten passphrase, mended by two workspaces that share no network: the verbs, end to end."""

import io
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migdesk import cli
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.store import audit
from tests.cli.conftest import NOON, Call
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAST_KDF, PASSPHRASE

NEW = "sembilan rakit bambu kuning"


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(NOON)


@pytest.fixture
def say(clock: FakeClock, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Any]:
    """A verb with something on its standard input; its one JSON object, or the exit code and what it said."""

    def run(home: Path, *words: str, given: str = "", passphrase: str = PASSPHRASE, new: str = NEW) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(given))
        capsys.readouterr()
        secrets = {"MIGDESK_PASSPHRASE": passphrase, "MIGDESK_NEW_PASSPHRASE": new, "MIGDESK_LANG": "en"}
        code = cli.main(["recovery", *words, "--home", str(home), "--json"], secrets, clock, kdf=FAST_KDF)
        told = capsys.readouterr()
        return json.loads(told.out) if code == 0 else (code, told.err)

    return run


@pytest.fixture
def officer(say: Any, home: Path, home_of: Any) -> Path:
    """A laptop that trusts the supervisor's recovery key."""
    own: Path = home_of("OUTREACH")
    key = say(home, "key")
    assert say(own, "trust", "-", given=key["key"])["words"] == key["words"]
    return own


def acts(home: Path, clock: FakeClock, passphrase: str) -> list[str]:
    session = sessions.unlock(home, passphrase, clock, read_codebook(), kdf=FAST_KDF)
    with session.store.read() as tx:
        found = [one.action for one in audit.entries(tx)]
        assert audit.verify(tx) == []
    sessions.close(session)
    return found


def test_a_forgotten_passphrase_is_mended_and_both_sides_note_it(
    say: Any, home: Path, officer: Path, clock: FakeClock
) -> None:
    asked = say(officer, "request")
    assert say(officer, "request") == asked
    answered = say(home, "answer", "-", "--yes", given=asked["request"])
    clock.forward(hours=23)
    assert say(officer, "open", "-", given=answered["answer"])["status"] == "opened"
    assert not (officer / "recovery.json").exists()
    assert acts(officer, clock, NEW).count("recovered") == 1
    assert acts(officer, clock, NEW).count("recovered") == 1
    assert "recovery_key_trusted" in acts(officer, clock, NEW)
    assert {"recovery_answered", "recovery_key_made"} <= set(acts(home, clock, PASSPHRASE))
    code, told = say(officer, "trust", "-", given=say(home, "key")["key"])
    assert code == 1
    assert "wrong" in told


def test_a_used_an_expired_and_a_foreign_answer_are_refused_each_in_its_words(
    say: Any, home: Path, officer: Path, clock: FakeClock, tmp_path: Path
) -> None:
    first = say(officer, "request")["request"]
    answer = say(home, "answer", "-", "--yes", given=first)["answer"]
    say(officer, "open", "-", given=answer)
    before = (officer / "keys.json").read_bytes()
    assert "used already" in say(officer, "open", "-", given=answer)[1]
    second = say(officer, "request")["request"]
    assert "used already" in say(officer, "open", "-", given=answer)[1]
    late = say(home, "answer", "-", "--yes", given=second)["answer"]
    clock.forward(hours=24, seconds=1)
    assert "older than a day" in say(officer, "open", "-", given=late)[1]
    assert "older than a day" in say(home, "answer", "-", "--yes", given=second)[1]
    assert "another request" in say(officer, "open", "-", given=late)[1]
    assert (officer / "keys.json").read_bytes() == before
    other = Path(shutil.copytree(home, tmp_path / "other"))
    say(other, "trust", "-", given=say(other, "key")["key"])
    say(other, "request")
    assert "another laptop" in say(other, "open", "-", given=late)[1]


def test_a_clock_turned_back_opens_nothing(say: Any, home: Path, officer: Path, clock: FakeClock) -> None:
    answer = say(home, "answer", "-", "--yes", given=say(officer, "request")["request"])["answer"]
    clock.set_wall(NOON.replace(year=2020))
    assert "clock" in say(officer, "open", "-", given=answer)[1]


def test_a_slip_is_named_by_its_line_and_a_weak_passphrase_changes_nothing(say: Any, home: Path, officer: Path) -> None:
    answer = say(home, "answer", "-", "--yes", given=say(officer, "request")["request"])["answer"]
    lines = answer.splitlines()
    lines[2] = lines[2][::-1]
    assert "line 3" in say(officer, "open", "-", given="\n".join(lines))[1]
    assert "easy to guess" in say(officer, "open", "-", given=answer, new="rahasia123")[1]
    assert say(officer, "open", "-", given=answer.lower())["status"] == "opened"


def test_only_the_trusted_supervisor_can_help(say: Any, home: Path, officer: Path, home_of: Any) -> None:
    request = say(officer, "request")["request"]
    admin: Path = home_of("ADMIN")
    code, told = say(admin, "answer", "-", "--yes", given=request)
    assert code == 3
    assert "another recovery key" in told
    say(admin, "key")
    assert say(admin, "answer", "-", "--yes", given=request)[0] == 3
    trainer: Path = home_of("TRAINER")
    assert say(trainer, "key")[0] == 3
    assert say(trainer, "answer", "-", "--yes", given=request)[0] == 3
    code, told = say(trainer, "request")
    assert code == 1
    assert "never given a recovery key" in told


def test_without_a_yes_nothing_is_answered(say: Any, home: Path, officer: Path) -> None:
    request = say(officer, "request")["request"]
    assert say(home, "answer", "-", given=request)[0] == 2


def test_changing_the_passphrase_keeps_the_help(say: Any, call: Call, home: Path, officer: Path) -> None:
    assert call("workspace", "passwd", home=officer, MIGDESK_NEW_PASSPHRASE="enam kapal kayu tua").code == 0
    answer = say(home, "answer", "-", "--yes", given=say(officer, "request")["request"])["answer"]
    assert say(officer, "open", "-", given=answer)["status"] == "opened"


def test_a_request_is_written_as_a_qr_code(say: Any, officer: Path, tmp_path: Path) -> None:
    zxingcpp = pytest.importorskip("zxingcpp")
    image = pytest.importorskip("PIL.Image")
    asked = say(officer, "request", "--qr", str(tmp_path / "request.png"))
    (read,) = zxingcpp.read_barcodes(image.open(tmp_path / "request.png"))
    assert read.text == "".join(asked["request"].split()).replace("-", "")


def test_what_one_side_prints_is_the_file_of_the_other(call: Call, home: Path, home_of: Any, tmp_path: Path) -> None:
    own, file = home_of("OUTREACH"), tmp_path / "text.txt"
    file.write_text(call("recovery", "key", home=home).out)
    assert call("recovery", "trust", file, home=own).code == 0
    asked = call("recovery", "request", home=own)
    file.write_text(asked.out)
    answered = call("recovery", "answer", file, "--yes", home=home)
    assert answered.err.split("Words: ")[1] == asked.err.split("words: ")[1]
    file.write_text(answered.out)
    assert call("recovery", "open", file, home=own, MIGDESK_NEW_PASSPHRASE=NEW).code == 0


def test_a_wipe_leaves_no_request_behind(say: Any, officer: Path) -> None:
    say(officer, "request")
    sessions.wipe(officer)
    assert list(officer.iterdir()) == []
