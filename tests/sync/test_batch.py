"""A batch has one form, says who made it, and lets nothing through that its maker did not sign."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import zstandard

from migdesk.domain.changes import Change
from migdesk.sync.wire.batch import FLAG_REPLY, VERSION, BatchHead, build, open_batch, read_head
from migdesk.sync.wire.codec import Codec, Packed
from migdesk.sync.wire.limits import BadBatchError, Limits
from migdesk.vault.device_keys import DeviceKeys, verify
from tests.sync.wire_samples import ORG, fixed_changes, fixed_keys, head_for

GOLDEN = Path(__file__).parent / "golden"
GOLDEN_ZSTD = (1, 5, 7)
CODEC = Codec.shipped()


def opened(data: bytes, keys: DeviceKeys) -> tuple[BatchHead, list[Change]]:
    return open_batch(data, lambda device, *signed: device == keys.device_id and verify(keys.public, *signed), CODEC)


@pytest.fixture
def keys() -> DeviceKeys:
    return fixed_keys()


@pytest.mark.parametrize("count", [1, 30, 60])
def test_round_trip(keys: DeviceKeys, count: int) -> None:
    sent = fixed_changes(keys, count)
    data = build(head_for(keys, sent), sent, keys.sign, CODEC)
    head, got = opened(data, keys)
    assert got == sent
    assert (head.org, head.op_area, head.lane, head.n, head.changes) == (ORG, "52.03", 2, 1, count)
    assert read_head(data) == head


@pytest.mark.parametrize(("name", "count"), [("rows-1", 3), ("columns-1", 60)])
def test_golden(keys: DeviceKeys, name: str, count: int) -> None:
    """A byte that changes without a new version would strand every laptop in the field."""
    sent = fixed_changes(keys, count)
    golden = (GOLDEN / f"batch-{name}.bin").read_bytes()
    head, got = opened(golden, keys)
    assert (head.version, got) == (VERSION, sent)
    built = build(head_for(keys, sent), sent, keys.sign, CODEC)
    assert read_head(built) == head
    assert CODEC.expanded(body_of(built)) == CODEC.expanded(body_of(golden))
    if zstandard.ZSTD_VERSION == GOLDEN_ZSTD:  # another zstd may find shorter matches for the same body
        assert built == golden


def body_of(data: bytes) -> Packed:
    head, start = read_head(data), 6 + int.from_bytes(data[4:6], "big")
    return Packed(head.codec, head.dict_id, head.body_size, data[start:-64])


@pytest.mark.parametrize("count", [2, 60])
def test_every_flipped_bit_is_refused(keys: DeviceKeys, count: int) -> None:
    sent = fixed_changes(keys, count)
    data = build(head_for(keys, sent), sent, keys.sign, CODEC)
    for bit in range(0, 8 * len(data), 1 if count == 2 else 7):
        bad = bytearray(data)
        bad[bit // 8] ^= 1 << bit % 8
        with pytest.raises(BadBatchError):
            opened(bytes(bad), keys)


def test_every_truncation_is_refused(keys: DeviceKeys) -> None:
    sent = fixed_changes(keys, 2)
    data = build(head_for(keys, sent), sent, keys.sign, CODEC)
    for size in range(len(data)):
        with pytest.raises(BadBatchError):
            opened(data[:size], keys)
    with pytest.raises(BadBatchError):
        opened(data + b"x", keys)


def test_header_of_one_and_body_of_another(keys: DeviceKeys) -> None:
    first, second = (
        build(head_for(keys, sent), sent, keys.sign, CODEC) for sent in (fixed_changes(keys, 2), fixed_changes(keys, 5))
    )
    start = 6 + int.from_bytes(first[4:6], "big")
    with pytest.raises(BadBatchError):
        opened(first[:start] + second[start:], keys)


def test_a_stranger_is_refused(keys: DeviceKeys) -> None:
    sent = fixed_changes(keys, 2)
    data = build(head_for(keys, sent), sent, DeviceKeys.generate().sign, CODEC)
    with pytest.raises(BadBatchError):
        opened(data, keys)


def wrongly_told(keys: DeviceKeys) -> Iterator[tuple[BatchHead, list[Change]]]:
    sent = fixed_changes(keys, 4)
    head = head_for(keys, sent)
    yield head, [sent[0]._replace(device=5), *sent[1:]]
    yield head, sent[::-1]
    yield head, [sent[0], *sent]
    yield head._replace(first_counter=1), sent
    yield head._replace(last_counter=99), sent
    yield head._replace(op_area=""), sent
    yield head._replace(op_area="52.03.09"), sent
    yield head._replace(prev_sha16=b"x"), sent
    yield head._replace(lane=300), sent
    yield head._replace(created_ms=1 << 48), sent


def test_what_the_header_tells_must_hold(keys: DeviceKeys) -> None:
    for head, sent in wrongly_told(keys):
        data = build(head, sent, keys.sign, CODEC)
        with pytest.raises(BadBatchError):
            opened(data, keys)


def test_a_reply_may_hold_changes_of_others(keys: DeviceKeys) -> None:
    sent = [one._replace(device=5) for one in fixed_changes(keys, 4)]
    head = head_for(keys, sent)._replace(flags=FLAG_REPLY, n=0, first_counter=0, last_counter=900)
    assert opened(build(head, sent, keys.sign, CODEC), keys)[1] == sent


def test_too_much_is_refused_by_the_maker(keys: DeviceKeys) -> None:
    sent = fixed_changes(keys, 30)
    for limits in (Limits(changes=29), Limits(edits=50), Limits(expanded=100), Limits(packed=100)):
        with pytest.raises(ValueError, match="too much"):
            build(head_for(keys, sent), sent, keys.sign, CODEC, limits=limits)
