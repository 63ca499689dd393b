"""The recovery sheet and renewed passphrases: what opens what, what counts as tried, and what the audit trail hears."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import pytest

from migdesk.domain.office import Device
from migdesk.errors import EnvError, RefusedError, UserError
from migdesk.paths import Paths
from migdesk.services import keys, recovery, recovery_sheet, renewals
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.services.session import Session
from migdesk.store import audit, writing
from migdesk.vault.keyfile import WrongPassphraseError
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import FAST_KDF, PASSPHRASE, Desk, create, opened

NEW = "sembilan rakit bambu kuning"
T = TypeVar("T")


def here(fn: Callable[[], T], /) -> T:
    """This thread is the store's."""
    return fn()


def acts(session: Session) -> list[str]:
    with session.store.read() as tx:
        assert audit.verify(tx) == []
        return [f"{one.action} {one.detail}".strip() for one in audit.entries(tx)]


def test_a_sheet_counts_once_it_was_tried_and_until_another_replaces_it(desk: Desk, clock: FakeClock) -> None:
    session = desk()
    assert recovery_sheet.standing(session) == recovery_sheet.Standing(made=False, tried=None)
    with pytest.raises(WrongPassphraseError):
        recovery_sheet.make(here, session, "not this one")
    first = recovery_sheet.make(here, session, PASSPHRASE)
    assert recovery_sheet.standing(session) == recovery_sheet.Standing(made=True, tried=None)
    with pytest.raises(UserError, match="not a recovery code"):
        recovery_sheet.try_code(here, session, first[:-1] + ("7" if first[-1] != "7" else "8"))
    with pytest.raises(UserError, match="not a recovery code"):
        recovery_sheet.try_code(here, session, first[:14])
    assert recovery_sheet.standing(session).tried is None
    recovery_sheet.try_code(here, session, first.lower().replace("-", " "))
    assert recovery_sheet.standing(session).tried == clock.now()
    second = recovery_sheet.make(here, session, PASSPHRASE)
    assert recovery_sheet.standing(session).tried is None
    with pytest.raises(WrongPassphraseError, match="does not open"):
        recovery_sheet.try_code(here, session, first)
    assert keys.wait_left(session.home, clock) == 0
    recovery_sheet.try_code(here, session, second)
    assert {"recovery_code_made", "recovery_code_tried"} <= set(acts(session))
    assert session.warnings == []


def test_the_code_sets_a_new_passphrase_once_told_to_the_audit(tmp_path: Path, clock: FakeClock) -> None:
    home = create(tmp_path / "home", clock=clock)
    session = opened(home, clock)
    code = recovery_sheet.make(here, session, PASSPHRASE)
    recovery_sheet.try_code(here, session, code)
    sessions.close(session)
    before = Paths(home).keys_file.read_bytes()
    recovery_sheet.check_code(home, code)
    with pytest.raises(UserError, match="easy to guess"):
        recovery_sheet.open_with(home, code, "rahasia123", clock, FAST_KDF)
    with pytest.raises(UserError, match="not a recovery code"):
        recovery_sheet.open_with(home, code[:-4], NEW, clock, FAST_KDF)
    assert Paths(home).keys_file.read_bytes() == before
    assert renewals.last(home) is None
    key = recovery_sheet.open_with(home, code, NEW, clock, FAST_KDF)
    with pytest.raises(WrongPassphraseError):
        keys.read_key(home, PASSPHRASE, clock, FAST_KDF)
    for _ in range(2):
        session = sessions.open_session(home, key, clock, read_codebook())
        assert [one.rpartition(" ")[2] for one in acts(session) if one.startswith("recovered ")] == ["by=paper"]
        # The paper was unfolded at some table: another one should take its place.
        assert recovery_sheet.standing(session) == recovery_sheet.Standing(made=True, tried=None)
        sessions.close(session)
    assert recovery.ways(home) == recovery.Ways(sheet=True, words="")
    assert keys.read_key(home, NEW, clock, FAST_KDF) == key


def test_a_document_replaces_nothing_and_is_gone_once_the_paper_was_tried(tmp_path: Path) -> None:
    file, other = tmp_path / "sheet.pdf", tmp_path / "holiday.pdf"
    other.write_bytes(b"somebody's own")
    with pytest.raises(UserError, match="there already"):
        recovery_sheet.write_document(other, b"%PDF")
    with pytest.raises(EnvError):
        recovery_sheet.write_document(tmp_path / "pulled" / "sheet.pdf", b"%PDF")
    recovery_sheet.write_document(file, b"%PDF")
    assert recovery_sheet.remove_documents([file, tmp_path / "pulled" / "sheet.pdf"]) == 1
    assert [one.name for one in tmp_path.iterdir()] == ["holiday.pdf"]
    assert other.read_bytes() == b"somebody's own"


def test_a_text_that_is_handed_over_replaces_nothing(tmp_path: Path) -> None:
    file = tmp_path / "request.txt"
    recovery.write_file(file, "ABCD-EFGH")
    assert recovery.read_file(file) == "ABCD-EFGH\n"
    with pytest.raises(UserError, match="there already"):
        recovery.write_file(file, "JKMN")
    file.write_bytes(b"\xff\xfe\x00picture")
    with pytest.raises(EnvError, match=r"request\.txt"):
        recovery.read_file(file)
    file.write_text("A" * 50_000)
    assert len(recovery.read_file(file)) == recovery.MOST_TEXT


def test_without_a_sheet_no_code_opens(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    with pytest.raises(UserError, match="no recovery code"):
        recovery_sheet.check_code(home, "WNQP-QTK2-6Y0H-M8N0-8TWE-JBXV")
    with pytest.raises(UserError, match="no workspace"):
        recovery_sheet.check_code(tmp_path / "none", "WNQP-QTK2-6Y0H-M8N0-8TWE-JBXV")


def test_a_lock_opens_to_its_own_key_only(desk: Desk) -> None:
    session, other = desk(), desk(username="sari")
    key = keys.read_key(other.home, PASSPHRASE, other.clock, FAST_KDF)
    with pytest.raises(RefusedError, match="another workspace"):
        recovery.accept(session, key)
    with pytest.raises(RefusedError, match="another workspace"):
        recovery_sheet.make_with_key(here, session, key)
    code = recovery_sheet.make(here, session, PASSPHRASE)
    own = recovery_sheet.open_with(session.home, code, NEW, session.clock, FAST_KDF)
    recovery.accept(session, own)
    assert [one for one in acts(session) if one.startswith("recovered ")] != []


@pytest.mark.parametrize(
    "kept",
    [b"", b"[]", b"{}", b'{"number": 5, "told": false}', b'{"number": "00", "told": false}',
     b'{"number": "0011223344556677", "told": false, "by": "nobody"}', b'{"number": "0011223344556677", "told": 7}'],
)  # fmt: skip
def test_a_damaged_note_is_none(tmp_path: Path, kept: bytes) -> None:
    Paths(tmp_path).recovered_file.write_bytes(kept)
    assert renewals.last(tmp_path) is None


def test_a_note_of_the_first_version_is_understood(tmp_path: Path) -> None:
    Paths(tmp_path).recovered_file.write_bytes(b'{"number": "0011223344556677", "told": true}')
    assert renewals.last(tmp_path) == renewals.Renewal("0011223344556677", "supervisor", told=True)


def test_a_laptop_that_was_revoked_is_not_helped(desk: Desk) -> None:
    """Whoever found it would ask just like its owner."""
    officer, supervisor = desk(), desk("SUPERVISOR", username="sri")
    key = recovery.own_key(supervisor)
    assert recovery.read_key_text(key.text) == key
    recovery.trust(here, officer, key.text, PASSPHRASE)
    asked = recovery.request(officer.home, officer.clock)
    assert recovery.look(supervisor, asked.text).name == ""
    seeded = {"sign_key": officer.keys.public, "username": "rina", "label": "Laptop 7"}
    for status in ("active", "revoked"):
        with supervisor.store.begin() as tx:
            writing.seed(tx, Device, [seeded | {"status": status}])
        if status == "active":
            seen = recovery.look(supervisor, asked.text)
            assert (seen.user, seen.words, seen.made) == ("rina", asked.words, officer.clock.now())
            assert recovery.answer(supervisor, asked.text)
    with pytest.raises(RefusedError, match="revoked"):
        recovery.look(supervisor, asked.text)
    with pytest.raises(RefusedError, match="revoked"):
        recovery.answer(supervisor, asked.text)
    supervisor.revoked = True
    with pytest.raises(RefusedError, match="revoked"):
        recovery.own_key(supervisor)
