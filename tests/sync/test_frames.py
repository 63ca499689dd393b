"""Frames come out as they went in, however the bytes are cut; anything else is BadBatchError."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
from migdesk.sync.wire.limits import BadBatchError

SOME: list[Frame] = [
    Hello(1, bytes(16), 139, bytes(8), 1_767_600_000_000),
    Ask("52.03", 2, 7, 5),
    Cursor("52.03", 2**40),
    Part("52.03", bytes(16), 512),
    Push("52.03", 2, 1, 0, 2000, bytes(range(256)) * 4),
    Push("52.03", 2, 1, 1024, 2000, b"x" * 976),
    Ack("52.03", 2, 1, State.APPLIED, 0, bytes(32), (Outcome(7, "conflict", ""), Outcome(9, "rejected", "role"))),
    Pull("52.03", bytes(16), 10, 300, b"y" * 290),
    Control(bytes(16), bytes(8), 1_767_600_000_000, 0, False, 1 << 63),
    Scope("52.03", bytes(4), bytes(16), "OUTREACH", ("52.03",), 9),
    Order(b"a statement", bytes(64)),
    Cursor("52.03", 9, b"abcd", b"efgh", 7),
    Push("52.03", 2, 1, 0, 4, b"abcd", device=99),
    Ask("52.03", 2, 7, 5, 99),
    Pull("52.03", bytes(16), 0, 0, b""),
    End(),
]


def joined(pieces: list[Frame]) -> list[Frame]:
    """Pieces of long frames put together again."""
    whole: list[Frame] = []
    for one in pieces:
        last = whole[-1] if whole else None
        if (
            isinstance(one, Push)
            and isinstance(last, Push)
            and (last.n, last.offset + len(last.data)) == (one.n, one.offset)
        ) or (isinstance(one, Pull) and isinstance(last, Pull) and last.offset + len(last.data) == one.offset):
            whole[-1] = last._replace(data=last.data + one.data)
        else:
            whole.append(one)
    return whole


@given(st.lists(st.integers(1, 400), min_size=1, max_size=60))
def test_any_cutting_gives_the_same(sizes: list[int]) -> None:
    data = b"".join(map(encode, SOME))
    reader, got, start = FrameReader(), [], 0
    for size in [*sizes, len(data)]:
        got += list(reader.feed(data[start : start + size]))
        start += size
    assert joined(got) == joined(SOME)
    assert reader.ended


def test_bytes_of_a_long_frame_come_out_before_it_is_whole() -> None:
    data = encode(Push("52.03", 2, 1, 0, 1000, b"z" * 1000))
    got = list(FrameReader().feed(data[:500]))
    assert len(got) == 1
    assert isinstance(got[0], Push)
    assert 450 < len(got[0].data) < 500


def test_a_stream_without_end_is_not_ended() -> None:
    data = b"".join(map(encode, SOME))
    for size in range(len(data)):
        reader = FrameReader()
        list(reader.feed(data[:size]))
        assert not reader.ended


def test_nothing_comes_after_the_end() -> None:
    with pytest.raises(BadBatchError):
        list(FrameReader().feed(encode(End()) + b"\0"))


@pytest.mark.parametrize(
    "data",
    [
        b"<html><body>Sign in</body></html>",
        b"\xff\xff\xff\xff\x01",
        b"\x7f\xff\xff\xff\x02\x00\x00",
        b"\x00\x00\x00\x01\x09x",
        b"\x00\x00\x00\x01\x01\xc0",
        b"\x00\x00\x00\x04\x02\x00\x09ab",
        encode(Push("52.03", 2, 1, 0, 10, b"x" * 11)),
        encode(Push("52.03", 2, 1, 5, 4, b"")),
        encode(Push("52.03", 2, 1, 0, 9 << 20, b"")),
    ],
)
def test_what_is_no_frame_is_refused(data: bytes) -> None:
    with pytest.raises(BadBatchError):
        list(FrameReader().feed(data))


@given(st.binary(max_size=300), st.lists(st.tuples(st.integers(0, 5000), st.integers(1, 255)), min_size=1, max_size=5))
def test_hostile_bytes(noise: bytes, flips: list[tuple[int, int]]) -> None:
    changed = bytearray(b"".join(map(encode, SOME)))
    for place, mask in flips:
        changed[place % len(changed)] ^= mask
    for data in (noise, bytes(changed)):
        with contextlib.suppress(BadBatchError):
            list(FrameReader().feed(data))
