"""H1 to H6, H9: bytes that are wrong, foreign or meant to hurt. Refused, nothing changed, within memory and time."""

import random
import time
import tracemalloc
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.hlc import Stamp
from migdesk.domain.person import Person
from migdesk.errors import UserError
from migdesk.store import change_log, inbox
from migdesk.store.inbox import StreamKey
from migdesk.sync.wire.batch import NO_PREVIOUS, BatchHead, build, open_batch
from migdesk.sync.wire.frames import PROTOCOL, Ack, End, Frame, FrameReader, Hello, Push, State, encode
from migdesk.sync.wire.limits import BadBatchError
from migdesk.vault.device_keys import DeviceKeys
from tests.faults import hostile
from tests.faults.oracle import AREA, agree, log_of, people_of
from tests.faults.test_every_byte import LONG
from tests.sync.office import CODEC, ORG, Laptop, Server
from tests.sync.wire_samples import fixed_changes, head_for, words

MEMORY_MOST = 200 << 20
SECONDS_MOST = 5.0
BOMBS = dict(hostile.bombs())
SEEDS = hostile.seeds()


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_within_memory_and_time(name: str) -> None:
    started = time.process_time()
    with pytest.raises(BadBatchError):
        open_batch(BOMBS[name], lambda *_: True, CODEC)
    assert time.process_time() - started < SECONDS_MOST
    tracemalloc.start()
    try:
        with pytest.raises(BadBatchError):
            open_batch(BOMBS[name], lambda *_: True, CODEC)
        assert tracemalloc.get_traced_memory()[1] < MEMORY_MOST
    finally:
        tracemalloc.stop()


@settings(max_examples=20_000 if LONG else 250)
@given(st.randoms(use_true_random=False))
def test_whatever_a_batch_holds(chance: random.Random) -> None:
    """Mutated below its compression and signed again, so that every reader is reached (`make fuzz`: minutes)."""
    for _ in range(4):
        hostile.try_batch(chance, SEEDS)


@settings(max_examples=20_000 if LONG else 150)
@given(st.randoms(use_true_random=False))
def test_whatever_a_stream_of_frames_holds(chance: random.Random) -> None:
    for _ in range(8):
        hostile.try_frames(chance)


def asked(server: Server, laptop: Laptop, *frames: Frame) -> list[Frame]:
    """What a server answers to these frames of a laptop."""
    exchange = server.exchange(laptop.keys.device_id)
    hello = Hello(PROTOCOL, ORG.bytes, laptop.store.schema.version(), b"", 0)
    exchange.receive(b"".join(map(encode, (hello, *frames, End()))))
    reader = FrameReader()
    return [frame for piece in exchange.answer() for frame in reader.feed(piece)]


def push(server: Server, laptop: Laptop, data: bytes, **changed: Any) -> list[Ack]:
    frame = Push(AREA, 2, 1, 0, len(data), data=data)._replace(**changed)
    return [one for one in asked(server, laptop, frame) if isinstance(one, Ack)]


def made(laptop: Laptop, count: int = 3) -> tuple[BatchHead, list[Change]]:
    """Changes that this laptop may push, and their header."""
    ids = [laptop.person() for _ in range(count)]
    assert ids
    with laptop.store.read() as tx:
        changes = [one for _, one in change_log.after(tx, AREA, 0, 1000) if one.device == laptop.keys.device_id]
    head = BatchHead(
        ORG, AREA, 2, laptop.keys.device_id, 1, NO_PREVIOUS, laptop.store.schema.version(), changes[0].counter,
        changes[-1].counter, 1_767_700_000_000,
    )  # fmt: skip
    return head, changes


def nothing_changed(server: Server) -> bool:
    return log_of(server.db) == [] and people_of(server.db) == {}


def test_flipped_bits_and_lost_ends_change_nothing_at_a_server(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, _ = two
    head, changes = made(rina, 12)
    data = build(head, changes, rina.keys.sign, CODEC)
    for bit in range(0, 8 * len(data), 1 if LONG else 97):
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        assert all(ack.state == State.RECEIVED for ack in push(server, rina, bytes(bad)))
    for size in range(1, len(data), 1 if LONG else 41):
        assert all(ack.state == State.RECEIVED for ack in push(server, rina, data[:size]))
    assert nothing_changed(server)
    assert rina.sync().waiting == 0
    agree(rina.db, server.db)


def lies(head: BatchHead, changes: list[Change], other: DeviceKeys) -> Iterator[tuple[str, BatchHead, list[Change]]]:
    yield "another area", head._replace(op_area="35.07"), changes
    yield "another lane", head._replace(lane=1), changes
    yield "another device", head._replace(device=other.device_id), changes
    yield "another number", head._replace(n=2), changes
    yield "another organisation", head._replace(org=ORG.__class__(int=5)), changes
    yield "no such predecessor", head._replace(prev_sha16=bytes(15) + b"x"), changes
    yield "somebody else's changes", head, [one._replace(device=other.device_id) for one in changes]
    yield "counters backwards", head, changes[::-1]


@pytest.mark.parametrize("n", range(8))
def test_signed_and_still_not_to_be_believed(two: tuple[Laptop, Laptop], server: Server, n: int) -> None:
    """Refused as a whole, kept in quarantine with a reason, and nothing of it applied."""
    rina, sari = two
    head, changes = made(rina)
    _, head, changes = list(lies(head, changes, sari.keys))[n]
    acks = push(server, rina, build(head, changes, rina.keys.sign, CODEC))
    assert {ack.state for ack in acks} <= {State.REFUSED, State.FORKED, State.RECEIVED}
    assert nothing_changed(server)
    with server.store.read() as tx:
        assert inbox.quarantined(tx)


def test_a_foreign_signature_is_thrown_away(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, sari = two
    head, changes = made(rina)
    assert push(server, rina, build(head, changes, sari.keys.sign, CODEC)) == []
    with server.store.read() as tx:
        assert inbox.spooled_size(tx, StreamKey(AREA, rina.keys.device_id, 2), 1) == 0
    assert nothing_changed(server)
    assert rina.sync().waiting == 0
    agree(rina.db, server.db)


def test_an_old_batch_again_is_known_and_another_one_is_a_fork(two: tuple[Laptop, Laptop], server: Server) -> None:
    rina, _ = two
    head, changes = made(rina)
    data = build(head, changes, rina.keys.sign, CODEC)
    assert [ack.state for ack in push(server, rina, data)] == [State.APPLIED]
    log = log_of(server.db)
    assert [ack.state for ack in push(server, rina, data)] == [State.APPLIED]
    other = build(head._replace(created_ms=5), changes, rina.keys.sign, CODEC)
    assert State.FORKED in {ack.state for ack in push(server, rina, other)}
    assert log_of(server.db) == log


_PERSON = Person.spec.by_name
NOTE, NAME = Register(_PERSON["note"].number), Register(_PERSON["full_name"].number)
ODD: dict[str, dict[str, Any]] = {
    "a clock at the end of its bits": {"hlc": 2**64 - 1},
    "a clock beyond what a signed number holds": {"hlc": 2**63},
    "a counter at the end": {"counter": 2**63 - 1},
    "a stamp at the end": {"edits": (Edit(NOTE, "x", (Stamp(2**64 - 1, 2**64 - 1),)),)},
    "a number where a text belongs": {"edits": (Edit(NOTE, 2**63 - 1),)},
    "bytes where a text belongs": {"edits": (Edit(NOTE, b"\xff" * 40),)},
    "an element of what is no set": {"edits": (Edit(Register(NOTE.field, "x"), True),)},
    "a field that nobody knows": {"edits": (Edit(Register(65_535), "x"),)},
    "a kind that nobody knows": {"kind": 65_535},
    "no edits at all": {"edits": ()},
    "a NUL in a text": {"edits": (Edit(NOTE, "a\0b"),)},
    "a NUL in an element": {"edits": (Edit(Register(65_000, "a\0b"), True),)},
    "a million characters": {"edits": (Edit(NOTE, "\u202e\U0001f600x" * 333_333),)},
    "an area with a NUL": {"area": "52.03.09\0"},
    "an area in another alphabet": {"area": "52.03.\u0661"},
}


@pytest.mark.parametrize("server", ["file", "postgres"], indirect=True)
def test_odd_values_of_an_enrolled_laptop(two: tuple[Laptop, Laptop], server: Server) -> None:
    """Honest keys, odd contents: applied, held or in quarantine, never an error, and the stream goes on."""
    rina, sari = two
    head, changes = made(rina, len(ODD))
    last = b""
    for n, (name, odd) in enumerate(ODD.items(), 1):
        change = changes[n - 1]._replace(**odd)
        one = head._replace(
            n=n, prev_sha16=last[:16] or NO_PREVIOUS, first_counter=change.counter, last_counter=change.counter
        )
        data = build(one, [change], rina.keys.sign, CODEC)
        states = [ack.state for ack in push(server, rina, data, n=n)]
        assert states in ([State.APPLIED], [State.REFUSED]), name
        with server.store.read() as tx:
            last = inbox.stream_state(tx, StreamKey(AREA, rina.keys.device_id, 2)).applied_sha
    sari.sync()
    sari.sync()


@settings(max_examples=200 if LONG else 15)
@given(text=words | st.sampled_from(["\u202eabc", "e\u0301", "\U0001f1ee\U0001f1e9", "a\tb\nc", "\ufeff", "x" * 5000]))
def test_any_text_comes_through_as_it_was(text: str) -> None:
    sent = [one._replace(edits=(Edit(Register(2), text),)) for one in fixed_changes(hostile.KEYS, 2)]
    data = build(head_for(hostile.KEYS, sent), sent, hostile.KEYS.sign, CODEC)
    assert open_batch(data, lambda *_: True, CODEC)[1] == sent


def test_half_a_character_never_leaves_a_laptop(two: tuple[Laptop, Laptop]) -> None:
    """A lone surrogate is no text: it is refused before it is stored, loudly."""
    rina, _ = two
    with pytest.raises(UserError, match="cannot be saved"):
        rina.person(note="a\ud800b")
    assert rina.person(note="a\U0001f600b")
