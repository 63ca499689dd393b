"""Whatever the changes, they come back as they were; whatever the bytes, nothing but BadBatchError."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.synthetic_changes import Synthesis
from migdesk.domain.changes import Change, Edit, Register
from migdesk.sync.wire.codec import COLUMNS, ROWS, Codec, Packed, canonical
from migdesk.sync.wire.columnar import Base
from migdesk.sync.wire.limits import BadBatchError, Limits
from tests.sync.wire_samples import DEVICES, changes, fixed_changes, fixed_keys

CODEC = Codec.shipped()
BASE = Base(DEVICES[0], 1, 1_767_600_000_000)


def through(sent: list[Change], base: Base = BASE, level: int = 3) -> list[Change]:
    return CODEC.decode(CODEC.encode(sent, base, level), base)


@given(st.lists(changes, max_size=6))
def test_few_come_back(sent: list[Change]) -> None:
    assert CODEC.encode(sent, BASE).codec == ROWS
    assert through(sent) == sent


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(changes, min_size=1, max_size=12), st.integers(5, 9))
def test_many_come_back(few: list[Change], times: int) -> None:
    sent = (few * (50 // len(few) + times))[:80]
    assert CODEC.encode(sent, BASE).codec == COLUMNS
    assert through(sent) == sent


@pytest.mark.parametrize("count", [1, 49, 50, 299, 300, 1000])
@pytest.mark.parametrize("kind", ["counselling_session", "person", "case", "attendance"])
def test_records_of_the_field_come_back(count: int, kind: str) -> None:
    office = Synthesis(count)
    sent = [office.new(kind) for _ in range(count)]
    sent += [office.edit(change) for change in sent[:20]]
    assert through(sent, Base(office.device, 1, office.ms)) == sent


def test_edits_travel_in_the_order_of_their_registers() -> None:
    change = fixed_changes(fixed_keys(), 1)[0]
    mixed = change._replace(edits=change.edits[::-1])
    assert through([mixed]) == [change] == [canonical(mixed)]


def test_a_register_named_twice_is_a_bug_of_the_caller() -> None:
    change = fixed_changes(fixed_keys(), 1)[0]
    with pytest.raises(ValueError, match="once"):
        canonical(change._replace(edits=(Edit(Register(1), 1), Edit(Register(1), 2))))


@pytest.mark.parametrize("count", [3, 60])
def test_every_truncation_is_refused(count: int) -> None:
    packed = CODEC.encode(fixed_changes(fixed_keys(), count), BASE)
    for size in range(len(packed.data)):
        with pytest.raises(BadBatchError):
            CODEC.decode(packed._replace(data=packed.data[:size]), BASE)


@pytest.mark.parametrize("count", [3, 60])
def test_no_flipped_bit_does_more_than_be_refused(count: int) -> None:
    packed = CODEC.encode(fixed_changes(fixed_keys(), count), BASE)
    for bit in range(8 * len(packed.data)):
        data = bytearray(packed.data)
        data[bit // 8] ^= 1 << bit % 8
        with contextlib.suppress(BadBatchError):
            CODEC.decode(packed._replace(data=bytes(data)), BASE)


@pytest.mark.parametrize("codec", [COLUMNS, ROWS])
@given(data=st.binary(max_size=400), flips=st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), max_size=4))
def test_hostile_bodies_are_refused(codec: int, data: bytes, flips: list[tuple[int, int]]) -> None:
    """Behind a good zstd frame: random bytes, and good bodies with bytes changed."""
    bare = Codec()
    sent = fixed_changes(fixed_keys(), 3 if codec == ROWS else 60)
    good = bytearray(bare.expanded(bare.encode(sent, BASE)))
    for place, mask in flips:
        good[place % len(good)] ^= mask
    for body in (data, bytes(good)):
        packed = Packed(codec, 0, len(body), bare._compress([body], 0, 1))
        with contextlib.suppress(BadBatchError):
            bare.decode(packed, BASE)


def test_a_bomb_is_refused_before_it_expands() -> None:
    body = bytes(70 << 20)
    packed = Packed(COLUMNS, 0, len(body), Codec()._compress([body], 0, 1))
    assert len(packed.data) < 20_000
    with pytest.raises(BadBatchError):
        Codec().decode(packed, BASE)
    with pytest.raises(BadBatchError):
        Codec().decode(packed._replace(size=1000), BASE)


def test_unknown_codec_and_dictionary_are_refused() -> None:
    packed = CODEC.encode(fixed_changes(fixed_keys(), 2), BASE)
    for bad in (packed._replace(codec=9), packed._replace(dictionary=99), packed._replace(size=packed.size + 1)):
        with pytest.raises(BadBatchError):
            CODEC.decode(bad, BASE)


def test_more_than_the_limits_is_refused() -> None:
    packed = CODEC.encode(fixed_changes(fixed_keys(), 60), BASE)
    for limits in (Limits(changes=59), Limits(edits=100), Limits(columns=3), Limits(packed=10), Limits(expanded=10)):
        with pytest.raises(BadBatchError):
            CODEC.decode(packed, BASE, limits)


def test_sizes_stay_small() -> None:
    """The goals of DESIGN 10 for the body alone, with room for header and signature."""
    office = Synthesis(5)
    sent = [office.new("counselling_session") for _ in range(1000)]
    edited = [office.edit(change) for change in sent[:100]]
    base = Base(office.device, 1, office.ms)
    assert len(CODEC.encode(sent[:100], base).data) / 100 <= 320
    assert len(CODEC.encode(sent, base).data) / 1000 <= 275
    assert len(CODEC.encode(edited, base._replace(counter=1001)).data) / 100 <= 35
    assert len(CODEC.encode(edited[:1], base._replace(counter=1001)).data) <= 110
