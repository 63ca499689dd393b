"""Every message that is not a batch, byte for byte: what a laptop of today says, one of next year must read, and the
other way round. A change here needs a new version of the protocol, and a line in docs/protocol.md.

`python -m tests.sync.test_golden_messages` writes the file anew, which is only for a new kind of message.
"""

import hashlib
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args
from uuid import UUID

import pytest

from migdesk.clock import to_ms
from migdesk.sync.trust.orders import Receipt, proven, statement_of
from migdesk.sync.trust.room_statement import RoomStatement, read_statement
from migdesk.sync.wire import frames
from migdesk.sync.wire.anchor_words import Claim
from migdesk.sync.wire.bundle_file import BundleBatch, Manifest, pack, read_batches, read_manifest
from migdesk.sync.wire.frames import (
    Ack,
    Ask,
    Control,
    Cursor,
    End,
    Frame,
    FrameReader,
    Hello,
    Order,
    Outcome,
    Part,
    Pull,
    Push,
    Scope,
    State,
    encode,
)  # fmt: skip
from migdesk.vault import blob_cipher, room_code
from migdesk.vault.device_keys import DeviceKeys, verify
from migdesk.vault.enrolment import EnrolmentAnswer, EnrolmentLink, EnrolmentRequest
from migdesk.vault.rotation import Rotation
from migdesk.vault.tickets import make_ticket, to_text
from migdesk.vault.tokens import check_token, make_token
from tests.support.fake_clock import FakeClock

GOLDEN = Path(__file__).parent / "golden" / "messages-1.json"
ORG = UUID("01890000-0000-7000-8000-00000000abcd")
AREA, DEVICE, ID = "52.03", 0x8123456789ABCDEF, bytes(range(16))
NOW = datetime(2026, 3, 9, 8, 30, tzinfo=UTC)
FRAMES: tuple[Frame, ...] = (
    Hello(1, ORG.bytes, 139, b"gen-0001", 1_767_600_000_000),
    Ask(AREA, 2, 7), Ask(AREA, 2, 7, 5), Ask(AREA, 2, 7, 5, DEVICE),
    Cursor(AREA, 9), Cursor(AREA, 9, b"abcd"), Cursor(AREA, 9, b"abcd", b"efgh", 7), Cursor(AREA, 0, b"-"),
    Part(AREA, ID, 512),
    Push(AREA, 1, 3, 10, 14, b"abcd"), Push(AREA, 1, 3, 10, 14, b"abcd", DEVICE),
    Control(ORG.bytes, b"gen-0001", 1_767_600_000_000, 1_770_000_000_000, False, DEVICE),
    Control(ORG.bytes, b"gen-0001", 1_767_600_000_000, 0, True, DEVICE, bytes(24)),
    Ack(AREA, 1, 3, State.RECEIVED, 4096, b""), Ack(AREA, 1, 3, State.APPLIED, 0, bytes(32)),
    Ack(AREA, 1, 3, State.APPLIED, 0, bytes(32), (Outcome(7, "conflict", ""), Outcome(9, "rejected", "why"))),
    Ack(AREA, 1, 3, State.DURABLE, 0, b""), Ack(AREA, 1, 3, State.REFUSED, 0, bytes(32)),
    Ack(AREA, 1, 3, State.FORKED, 0, b"", (), DEVICE),
    Scope(AREA, b"abcd", ID, "OUTREACH", ("52.03.09", "52.03.10"), 9), Scope(AREA, b"", b"", "", (), 0),
    Order(b"a statement", bytes(64)),
    Pull(AREA, ID, 10, 14, b"abcd"),
    End(),
    Control(ORG.bytes, b"gen-0001", 1_767_600_000_000, 0, False, DEVICE, b"", (0, 4711)),
    Control(ORG.bytes, b"gen-0001", 1_767_600_000_000, 0, False, DEVICE, bytes(24), (1, 4000)),
)  # fmt: skip


def keys() -> DeviceKeys:
    """Keys that protect nothing."""
    return DeviceKeys(bytes(range(32)), "AGE-SECRET-KEY-1RZ7MYUEY6FPJPY4Y74N506RP3ZRC0TG00A0A8S67VKA82UF3GE8Q2QE7H6")


def new_keys() -> DeviceKeys:
    """What these keys were changed to."""
    return DeviceKeys(bytes(range(1, 33)), "AGE-SECRET-KEY-18YQ744UUEQ47GH03K93C7UN9VSTTE89U7EUCAYSMRFETK87DGAJQMSZQ4H")


def said() -> dict[str, str]:
    """Every message by a name, in hexadecimal or as text."""
    clock, ours = FakeClock(NOW), keys()
    made = {f"frame {n:02} {type(frame).__name__.lower()}": encode(frame).hex() for n, frame in enumerate(FRAMES)}
    statement = statement_of(ORG, DEVICE, ID, to_ms(NOW))
    receipt = Receipt(ORG, DEVICE, ID, to_ms(NOW), 3, 2, 1).statement()
    rotation = Rotation.make(ours, new_keys(), ORG, to_ms(NOW))
    room = RoomStatement(ORG, DEVICE, bytes(32), room_code.RoomKey("ABCD-EFGH", bytes(32)).mark(ORG), to_ms(NOW))
    answer = EnrolmentAnswer(
        ORG, ours.public, ours.recipient, b"gen-0001", DEVICE, UUID(bytes=ID), "rina", "Baiq Rina", "OUTREACH",
        ("52.03.09",), to_ms(NOW), to_ms(NOW),
    )  # fmt: skip
    batch = BundleBatch(AREA, 1, 1, hashlib.sha256(b"abcd").digest(), 4, 1)
    manifest = Manifest(1, ORG.bytes, ours.public, "laptop of Rina", to_ms(NOW), (batch,))
    return made | {
        "order": (statement + ours.sign(statement)).hex(),
        "receipt": (receipt + ours.sign(receipt)).hex(),
        "rotation": json.dumps(rotation.to_json(), sort_keys=True),
        "room": room.to_json(ours.sign(room.signed_bytes())).decode(),
        "room proof": room_code.RoomKey("ABCD-EFGH", bytes(32)).proof(),
        "enrolment link": str(EnrolmentLink("https://migdesk.example:8440", "6PVR-SJNC-MQB3-XHKD", "ab" * 16)),
        "enrolment request": EnrolmentRequest.make(ours, "6PVR-SJNC-MQB3-XHKD", "laptop").to_json().decode(),
        "enrolment answer": answer.to_json().decode(),
        "token": make_token(ours, ours.device_id, str(ORG), clock),
        "audit header": Claim(4711, bytes(range(16))).to_text(),
        "audit header proof": Claim(4711, bytes(range(16)), 4000, bytes(16)).to_text(),
        "audit header no such row": Claim(4711, bytes(range(16)), 5000).to_text(),
        "ticket": to_text(make_ticket(bytes(32), ORG.bytes, DEVICE, ours.public, clock)),
        "bundle": pack(manifest, [b"abcd"], ours.sign).hex(),
        "blob": b"".join(blob_cipher.seal(bytes(range(32)), b"abcd" * 20_000)).hex()[-200:],
    }


def kept() -> dict[str, str]:
    found: dict[str, str] = json.loads(GOLDEN.read_text("utf-8"))
    return found


@pytest.mark.parametrize("name", sorted(said()))
def test_it_is_said_as_ever(name: str) -> None:
    assert said()[name] == kept()[name]


def test_nothing_that_was_ever_said_is_forgotten() -> None:
    assert kept().keys() == said().keys()
    assert {type(frame) for frame in FRAMES} == set(get_args(frames.Frame))


def test_what_was_said_is_understood() -> None:
    old, ours = kept(), keys()
    for n, frame in enumerate(FRAMES):
        (read,) = FrameReader().feed(bytes.fromhex(old[f"frame {n:02} {type(frame).__name__.lower()}"]))
        assert read == frame
    order = bytes.fromhex(old["order"])
    assert proven(Order(order[:-64], order[-64:]), ours.public, ORG, DEVICE, 0).order_id == ID
    assert Receipt.read(bytes.fromhex(old["receipt"])[:-64]).withheld == 1
    facts = Rotation.from_json(json.loads(old["rotation"])).facts()
    assert (facts.new_key, facts.device) == (new_keys().public, ours.device_id)
    statement, signed, signature = read_statement(old["room"].encode())
    assert statement.device == DEVICE
    assert verify(ours.public, signed, signature)
    assert EnrolmentRequest.from_json(old["enrolment request"].encode()).is_proven()
    assert EnrolmentAnswer.from_json(old["enrolment answer"].encode()).username == "rina"
    assert EnrolmentLink.parse(old["enrolment link"]).code == "6PVR-SJNC-MQB3-XHKD"
    assert check_token(old["token"], ours.public, str(ORG), FakeClock(NOW)).device_id == ours.device_id
    assert Claim.read(old["audit header"]) == Claim(4711, bytes(range(16)))
    assert Claim.read(old["audit header proof"]) == Claim(4711, bytes(range(16)), 4000, bytes(16))
    assert Claim.read(old["audit header no such row"]) == Claim(4711, bytes(range(16)), 5000, b"")
    manifest, signed, signature = read_manifest(bytes.fromhex(old["bundle"]))
    assert read_batches(bytes.fromhex(old["bundle"]), manifest) == [b"abcd"]
    assert verify(ours.public, signed, signature)


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(said(), indent=1, sort_keys=True) + "\n", "utf-8")
    sys.stdout.write(f"{GOLDEN.name} is written anew\n")
