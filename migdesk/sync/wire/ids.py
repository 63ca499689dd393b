"""Record ids on the wire: each new one once, as its distance in time and its 74 random bits; then by number. Pure."""

from collections.abc import Iterable, Sequence

from migdesk.sync.wire.columns import ColumnReader, ColumnWriter, pack_bits, unpack_bits
from migdesk.sync.wire.limits import BadBatchError

RANDOM_BITS = 74
_LOW_BITS = 62


def split(raw: bytes) -> tuple[int, int] | None:
    """(milliseconds, 74 random bits) of a UUID version 7; None for any other id."""
    value = int.from_bytes(raw, "big")
    if value >> 76 & 15 != 7 or value >> 62 & 3 != 2:
        return None
    return value >> 80, (value >> 64 & 0xFFF) << _LOW_BITS | value & (1 << _LOW_BITS) - 1


def join(ms: int, random: int) -> bytes:
    """The id of `split`. Raises BadBatchError if the time does not fit."""
    if not 0 <= ms < 1 << 48:
        raise BadBatchError("id out of range")
    high, low = random >> _LOW_BITS, random & (1 << _LOW_BITS) - 1
    return (ms << 80 | 7 << 76 | high << 64 | 2 << 62 | low).to_bytes(16, "big")


def time_of(raw: bytes, otherwise: int) -> int:
    """The milliseconds inside a version 7 id, else `otherwise`."""
    parts = split(raw)
    return parts[0] if parts else otherwise


class IdWriter:
    """Gives each id a number: 0 for one that is new and thus next in the list, else 1 + its place there, which is what
    `_place` holds."""

    def __init__(self) -> None:
        self._place: dict[bytes, int] = {}
        self._times: list[int] = []
        self._random: list[int] = []
        self._is_timed: list[int] = []
        self._raw: list[bytes] = []

    def refs(self, ids: Iterable[bytes], times: Iterable[int]) -> list[int]:
        """The numbers of ids; beside each a moment in ms that its own is likely to be near to."""
        place, numbers = self._place, []
        for raw, ms in zip(ids, times, strict=True):
            known = place.get(raw)
            if known is not None:
                numbers.append(known)
                continue
            numbers.append(0)
            place[raw] = len(place) + 1
            parts = split(raw)
            self._is_timed.append(int(parts is not None))
            if parts:
                self._times.append(parts[0] - ms)
                self._random.append(parts[1])
            else:
                self._raw.append(raw)
        return numbers

    def write(self, out: ColumnWriter) -> None:
        """The list of ids, for the head of a body."""
        out.plan.append(len(self._place))
        out.ints(self._is_timed)
        out.ints(self._times)
        out.dense.append(pack_bits(self._random, RANDOM_BITS))
        out.dense += self._raw


class IdReader:
    """The ids of an `IdWriter`; `get` must be called in the order of the writer's `refs`."""

    def __init__(self, source: ColumnReader, most: int) -> None:
        count = source.atom_int(0, most)
        timed: Sequence[int] = source.ints(count, 0, 1)
        n = sum(timed)
        times = iter(source.ints(n))
        random = iter(unpack_bits(source.take_dense((n * RANDOM_BITS + 7) // 8), n, RANDOM_BITS))
        self._new = iter([(next(times), next(random)) if one else bytes(source.take_dense(16)) for one in timed])
        self._known: list[bytes] = []

    def get(self, refs: Iterable[int], times: Iterable[int]) -> list[bytes]:
        """The ids behind numbers. Raises BadBatchError."""
        known, found = self._known, []
        for ref, ms in zip(refs, times, strict=True):
            if ref:
                if ref > len(known):
                    raise BadBatchError("unknown id")
                found.append(known[ref - 1])
                continue
            new = next(self._new, None)
            if new is None:
                raise BadBatchError("unknown id")
            raw = new if isinstance(new, bytes) else join(new[0] + ms, new[1])
            known.append(raw)
            found.append(raw)
        return found

    def finish(self) -> None:
        """Raises BadBatchError if an id was never used."""
        if next(self._new, None) is not None:
            raise BadBatchError("unused id")
