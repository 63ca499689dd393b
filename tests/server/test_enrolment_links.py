"""One-time codes as a link and a QR code: made, read back by a reader of pictures, and no more believed than typed."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import zxingcpp
from PIL import Image

from migdesk import cli
from migdesk.__main__ import Central
from migdesk.domain.office import Device
from migdesk.errors import RefusedError, UserError
from migdesk.server import device_acts
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.services import enrolment_codes, syncing
from migdesk.services import session as sessions
from migdesk.store import enrolment
from migdesk.store.database import Store
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.enrolment import (
    EnrolmentFormError,
    EnrolmentLink,
    EnrolmentRequest,
    new_enrolment_code,
    server_fingerprint,
)
from migdesk.vault.rotation import Rotation
from tests.server.driver import SECRET, Caller, call, enrolled, opened
from tests.support.workspaces import PASSPHRASE, create
from tests.support.workspaces import opened as opened_workspace

URL = "https://migdesk.example.org/lombok?x=1&y=ü"


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ServerHost]:
    with opened(tmp_path / "server") as made:
        yield made


def test_a_link_is_read_as_it_was_made() -> None:
    code, key = new_enrolment_code(), os.urandom(32)
    for fingerprint in ("", server_fingerprint(key)):
        link = EnrolmentLink(URL, code, fingerprint)
        assert EnrolmentLink.parse(f"  {link}\n") == link
        assert EnrolmentLink.parse(str(link).replace("migdesk:enrol", "MIGDESK:ENROL")) == link
    assert enrolment_codes.link_parts(enrolment_codes.link_text(URL + "/", code, key)) == (URL, code)


@pytest.mark.parametrize(
    "text",
    [
        "", "migdesk:enrol", "migdesk:enrol?", "migdesk:enrol?u=https://x", "migdesk:enrol?u=&c=CODE",
        "http:enrol?u=x&c=CODE", "migdesk:enrol?u=x&c=CODE&c=CODE", "migdesk:enrol?u=x&c=AAAA-BBBB-CCCC-DDDD",
        "migdesk:enrol?u=x&c=CODE&f=zz", "migdesk:enrol?u=x&c=CODE&f=00", "migdesk:enrol?u=%00&c=CODE",
        "migdesk:enrol?u=" + "x" * 3000 + "&c=CODE",
    ],
)  # fmt: skip
def test_what_is_no_link_is_refused(text: str) -> None:
    damaged = text.replace("CODE", new_enrolment_code())
    with pytest.raises(EnrolmentFormError):
        EnrolmentLink.parse(damaged)
    assert enrolment_codes.link_parts(damaged) is None
    with pytest.raises(UserError):
        enrolment_codes.read_link(damaged)


def test_a_camera_reads_the_picture_back(tmp_path: Path) -> None:
    link = enrolment_codes.link_text(URL, new_enrolment_code(), os.urandom(32))
    picture = tmp_path / "code.png"
    picture.write_bytes(enrolment_codes.qr_png(link))
    with Image.open(picture) as image:
        (found,) = zxingcpp.read_barcodes(image)
    assert found.text == link
    svg = enrolment_codes.qr_svg(link)
    assert svg.startswith("<svg")
    assert "viewBox" in svg
    assert "<script" not in svg
    assert len(enrolment_codes.qr_terminal(link).splitlines()) > 10


def run(*words: str | Path, **env: str) -> int:
    return cli.main([str(word) for word in words], {"MIGDESK_LANG": "en", **SECRET, **env}, servers=Central())


def test_the_command_line_prints_and_takes_the_link(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, home, picture = tmp_path / "srv", create(tmp_path / "rina"), tmp_path / "code.png"
    who = ("--user", "rina", "--role", "OUTREACH", "--area", "52.03", "--home", place)
    with opened(place) as host, RunningServer(host) as server:
        url = server.url
    assert run("server", "code", *who, "--qr", "-") == 2
    assert run("server", "code", *who, "--url", url, "--qr", picture) == 0
    link = capsys.readouterr().out.splitlines()[-1]
    with Image.open(picture) as image:
        (found,) = zxingcpp.read_barcodes(image)
    assert found.text == link
    assert run("server", "code", *who, "--url", url, "--qr", "-") == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) > 12
    with opened(place) as host, RunningServer(host) as server:
        link = enrolment_codes.link_text(
            server.url, host.issue_code("rina", "OUTREACH", "52.03"), host.identity.keys.public
        )
        assert run("enrol", "--home", home, "--code", "AAAA", MIGDESK_PASSPHRASE=PASSPHRASE) == 2
        assert run("enrol", "--home", home, "--code", link, MIGDESK_PASSPHRASE=PASSPHRASE) == 0
        assert server.url in capsys.readouterr().out
        assert run("key", "rotate", "--home", home, MIGDESK_PASSPHRASE=PASSPHRASE) == 0
        (card,) = [one for one in host.devices() if one.username == "rina"]
        assert len(card.former) == 1


def test_a_link_of_another_server_enrols_nowhere(host: ServerHost, tmp_path: Path) -> None:
    session = opened_workspace(create(tmp_path / "rina"))

    def on_it(fn: Any) -> Any:
        return fn(session.store)

    with RunningServer(host) as server:
        code = host.issue_code("rina", "OUTREACH", "52.03")
        false = enrolment_codes.link_text(server.url, code, os.urandom(32))
        with pytest.raises(RefusedError, match="Another server"):
            syncing.enrol(on_it, session, "", false)
        assert not syncing.status(session).enrolled
        syncing.enrol(on_it, session, "", enrolment_codes.link_text(server.url, code, host.identity.keys.public))
        assert syncing.status(session).server_url == server.url
    sessions.close(session)


def test_a_device_id_is_never_given_to_another_key(host: ServerHost) -> None:
    laptop, other = Caller(), DeviceKeys.generate()
    mine, theirs = (Device.spec.natural_id({"sign_key": one.public}) for one in (laptop.keys, other))

    def put(record: UUID) -> bool:
        def on_it(store: Store) -> bool:
            with store.begin() as tx:
                return enrolment.put_device(tx, laptop.keys.device_id, record, host.author.user)

        return host.db.call(on_it)

    # Nobody can make a second key with a given id on purpose, so the other one is put there by hand.
    assert [put(record) for record in (theirs, mine, theirs)] == [True, False, True]
    with RunningServer(host) as server:
        code = host.issue_code("rina", "OUTREACH", "52.03")
        assert laptop.enrol(server.url, code).json["error"] == "key"
        assert Caller().enrol(server.url, code).status == 200  # the code was not spent


def test_a_former_key_of_a_device_enrols_nothing(host: ServerHost) -> None:
    with RunningServer(host) as server:
        laptop = enrolled(server, host)
        fresh = laptop.keys.next()
        rotation = Rotation.make(laptop.keys, fresh, host.org, 1)
        device = laptop.keys.device_id
        host.db.call(lambda store: device_acts.rotate(store, host.author, host.org, device, [rotation]))
        code = host.issue_code("rina", "OUTREACH", "52.03")
        assert laptop.enrol(server.url, code).json["error"] == "key"
        shown = EnrolmentRequest.make(fresh, code, "laptop", (rotation,)).to_json()
        answer = call(server.url + "/sync/1/enrol", "POST", shown)
        assert (answer.status, answer.json["device_id"]) == (200, f"{device:016x}")
        broken = EnrolmentRequest.make(DeviceKeys.generate(), code, "laptop", (rotation,)).to_json()
        assert call(server.url + "/sync/1/enrol", "POST", broken).json["error"] == "key"
