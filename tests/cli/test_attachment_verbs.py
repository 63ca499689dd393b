"""`attachments add | list | save` and what `verify` says of their files."""

from pathlib import Path
from typing import Any

from PIL import Image

from migdesk.services import people
from migdesk.services import session as sessions
from migdesk.services.session import Session
from migdesk.store.database import Store
from tests.cli.conftest import NOON
from tests.support import pictures
from tests.support.fake_clock import FakeClock
from tests.support.workspaces import opened, person


def in_session(home: Path, act: Any) -> Any:
    session: Session = opened(home, FakeClock(NOON))
    try:
        return act(session)
    finally:
        sessions.close(session)


def test_added_listed_saved_and_verified(call: Any, home: Path, tmp_path: Path) -> None:
    who = in_session(home, lambda session: people.save(session, person()).id)
    source, copy = tmp_path / "in.jpg", tmp_path / "out.jpg"
    source.write_bytes(pictures.photo())
    more = ("--caption", "Kontrak", "--kind", "contract", "--json")
    added = call("attachments", "add", "--record", str(who), str(source), *more, home=home)
    assert added.code == 0, added.err
    (row,) = added.objects()
    assert (row["media_type"], row["caption"], row["place"]) == ("jpeg", "Kontrak", "waits")
    listed = call("attachments", "list", "--record", str(who), "--json", home=home).objects()
    assert listed == [row]
    assert call("attachments", "save", row["id"], "--out", str(copy), "--reason", "fun", home=home).code == 1
    assert not copy.exists()
    assert call("attachments", "save", row["id"], "--out", str(copy), "--reason", "legal", home=home).code == 0
    with Image.open(copy) as image:
        assert image.size == (120, 80)
        assert not image.getexif()
    assert call("verify", home=home).code == 0
    in_session(home, lambda session: spoil(session.store))
    found = call("verify", "--json", home=home)
    assert found.code == 1
    assert "attachments" in [one["check"] for one in found.objects()]


def spoil(store: Store) -> None:
    """As a failing disk would, below everything that would notice."""
    with store.begin() as tx:
        tx.run("UPDATE blob_piece SET data = zeroblob(length(data))")


def test_what_cannot_be_added_is_told(call: Any, home: Path, tmp_path: Path) -> None:
    who = in_session(home, lambda session: people.save(session, person()).id)
    program = tmp_path / "photo.jpg"
    program.write_bytes(b"MZ" + bytes(100))
    said = call("attachments", "add", "--record", str(who), str(program), home=home, lang="en")
    assert said.code == 1
    assert "neither a photograph nor a PDF" in said.err
    program.write_bytes(pictures.photo())
    assert call("attachments", "add", "--record", "x", str(program), home=home).code == 2
    assert call("attachments", "add", "--record", str(who.__class__(int=7)), str(program), home=home).code == 1
