"""Columns of numbers and texts, packed so that zstd finds little left to do (SYNC 2.5a). Pure.

A packed body has four sections, each with statistics of its own: *plan* (one flat msgpack array that says how each
column is packed, with small vocabularies), *planes* (numbers by byte plane), *dense* (bits that nothing compresses) and
*text*. `docs/protocol.md` has the format; a reader takes the sections in exactly the order in which they were written.
"""

import re
import sys
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from itertools import accumulate, pairwise
from math import gcd, log2
from typing import NamedTuple

import msgspec

from migdesk.sync.wire.limits import BadBatchError

Atom = int | str

CONST, BITS, PLANES, STEADY = 0, 1, 2, 3
DELTA = 4
"""Added to BITS or PLANES: the numbers are the differences from one to the next."""
VOCABULARY, NUMBERED, DAYS, TEXT = 0, 1, 2, 3

_WORD = 1 << 64
_DIGITS = "0123456789"
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_plan_decoder = msgspec.msgpack.Decoder(list[int | str])


class _Packed(NamedTuple):
    """One way to write a column of numbers: `base + step * reduced`, and about how many bits it takes."""

    packing: int
    base: int
    step: int
    reduced: Sequence[int]
    bits: int
    cost: float


class ColumnWriter:
    """Collects columns in order; `plan` may also be given single atoms."""

    def __init__(self) -> None:
        self.plan: list[Atom] = []
        self.planes: list[bytes] = []
        self.dense: list[bytes] = []
        self.text: list[bytes] = []

    def ints(self, values: Sequence[int], *, delta: bool = False) -> None:
        """A column of numbers; `delta` says that neighbours are likely to be close to each other."""
        if not values:
            return
        if min(values) == max(values):
            self.plan += (CONST, values[0])
            return
        best, mark = _pack(values), 0
        if delta and len(values) > 2:
            steps = _pack([after - before for before, after in pairwise(values)])
            if steps.cost < best.cost:
                best, mark = steps, DELTA
        self.plan += (best.packing + mark, best.base, best.step, best.bits)
        if mark:
            self.plan.append(values[0])
        if best.packing == BITS:
            self.dense.append(pack_bits(best.reduced, best.bits))
        elif best.packing == PLANES:
            self.planes += planes_of(best.reduced, best.bits)

    def strings(self, values: Sequence[str]) -> None:
        """A column of texts: a vocabulary if few differ, days, a prefix and a number, or joined text."""
        if not values:
            return
        counts = Counter(values)
        if len(counts) == 1 or (len(counts) <= 256 and len(counts) * 2 <= len(values)):
            words = sorted(counts, key=lambda word: (-counts[word], word))
            place = {word: index for index, word in enumerate(words)}
            self.plan += (VOCABULARY, len(words), *words)
            self.ints([place[value] for value in values])
        elif days := _as_days(values):
            self.plan.append(DAYS)
            self.ints(days)
        elif numbered := _as_numbered(values):
            self.plan.append(NUMBERED)
            self.strings([prefix for prefix, _ in numbered])
            self.ints([number for _, number in numbered])
        else:
            packed = [value.encode() for value in values]
            self.plan.append(TEXT)
            self.ints([len(one) for one in packed])
            self.text += packed


class ColumnReader:
    """Takes columns out again, in the order of writing. Raises BadBatchError for whatever does not fit."""

    def __init__(self, plan: list[Atom], planes: bytes, dense: bytes, text: bytes) -> None:
        self._plan = iter(plan)
        self._planes, self._dense, self._text = memoryview(planes), memoryview(dense), memoryview(text)

    def atom_int(self, low: int, high: int) -> int:
        """The next atom, a number between two bounds, both included."""
        atom = next(self._plan, None)
        if not isinstance(atom, int) or not low <= atom <= high:
            raise BadBatchError("number out of range")
        return atom

    def atom_str(self) -> str:
        atom = next(self._plan, None)
        if not isinstance(atom, str):
            raise BadBatchError("text expected")
        return atom

    def take_dense(self, size: int) -> memoryview:
        """The next bytes of the dense section."""
        data, self._dense = self._dense[:size], self._dense[size:]
        if len(data) != size:
            raise BadBatchError("dense section too short")
        return data

    def take_planes(self, size: int) -> memoryview:
        """The next bytes of the planes section."""
        data, self._planes = self._planes[:size], self._planes[size:]
        if len(data) != size:
            raise BadBatchError("planes section too short")
        return data

    def ints(self, count: int, low: int = -_WORD, high: int = _WORD) -> Sequence[int]:
        """A column of `count` numbers, all between the bounds, both included."""
        if not count:
            return ()
        packing = self.atom_int(CONST, STEADY + DELTA)
        if packing == CONST:
            return [self.atom_int(low, high)] * count
        base, step = self.atom_int(-_WORD, _WORD), self.atom_int(1, _WORD)
        mark, packing = packing & DELTA, packing & ~DELTA
        size = self.atom_int(0, 64 if packing == BITS else 8)
        first = self.atom_int(-_WORD, _WORD) if mark else 0
        reduced = self._reduced(packing, count - bool(mark), size)
        values = [base + one for one in reduced] if step == 1 else [base + step * one for one in reduced]
        if mark:
            values = list(accumulate(values, initial=first))
        if min(values) < low or max(values) > high:
            raise BadBatchError("number out of range")
        return values

    def _reduced(self, packing: int, count: int, size: int) -> Iterable[int]:
        if packing == BITS:
            return unpack_bits(self.take_dense((count * size + 7) // 8), count, size)
        if packing != PLANES:
            return [0] * count
        return _from_planes(self.take_planes(count * size), count, size)

    def strings(self, count: int) -> Sequence[str]:
        """A column of `count` texts."""
        if not count:
            return ()
        way = self.atom_int(VOCABULARY, TEXT)
        if way == VOCABULARY:
            words = [self.atom_str() for _ in range(self.atom_int(1, 256))]
            return [words[index] for index in self.ints(count, 0, len(words) - 1)]
        if way == DAYS:
            days = self.ints(count, 1, date.max.toordinal())
            written = {day: date.fromordinal(day).isoformat() for day in set(days)}
            return [written[day] for day in days]
        if way == NUMBERED:
            prefixes = self.strings(count)
            return [f"{prefix}{number}" for prefix, number in zip(prefixes, self.ints(count, 0, _WORD), strict=True)]
        return self._texts(self.ints(count, 0, len(self._text)))

    def _texts(self, sizes: Sequence[int]) -> list[str]:
        ends = list(accumulate(sizes))
        data, self._text = bytes(self._text[: ends[-1]]), self._text[ends[-1] :]
        if len(data) != ends[-1]:
            raise BadBatchError("text section too short")
        try:
            if data.isascii():
                text = data.decode("ascii")
                return [text[end - size : end] for size, end in zip(sizes, ends, strict=True)]
            return [data[end - size : end].decode() for size, end in zip(sizes, ends, strict=True)]
        except UnicodeDecodeError:
            raise BadBatchError("text is not UTF-8") from None

    def finish(self) -> None:
        """Raises BadBatchError if anything is left over: one body has one meaning."""
        if next(self._plan, self) is not self or self._planes or self._dense or self._text:
            raise BadBatchError("bytes left over")


def read_plan(data: bytes) -> list[Atom]:
    """The plan section as atoms."""
    try:
        return _plan_decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise BadBatchError("plan is not readable") from None


def _pack(values: Sequence[int]) -> _Packed:
    base = min(values)
    reduced = [value - base for value in values]
    step = gcd(*reduced) or 1
    if step > 1:
        reduced = [value // step for value in reduced]
    high = max(reduced)
    if high >= _WORD:
        raise ValueError("a number has at most 64 bits")
    if not high:
        return _Packed(STEADY, base, step, (), 0, 0)
    bits = high.bit_length()
    as_bits = float(bits * len(reduced))
    width = (bits + 7) // 8
    as_planes = sum(map(_entropy, planes_of(reduced, width))) if bits > 1 else as_bits
    if as_bits <= as_planes:
        return _Packed(BITS, base, step, reduced, bits, as_bits)
    return _Packed(PLANES, base, step, reduced, width, as_planes)


def _entropy(plane: bytes) -> float:
    """Bits of one byte plane under an ideal code, and a guess of what the code's table takes."""
    counts = Counter(plane)
    total = len(plane)
    return sum(n * log2(total / n) for n in counts.values()) + 4 * len(counts) + total / 16


def bits_of(text: bytes | bytearray) -> bytes:
    """Digits 0 and 1, the first one highest, filled up with zero bits to whole bytes."""
    text += b"0" * (-len(text) % 8)
    return int(text, 2).to_bytes(len(text) // 8, "big") if text else b""


def pack_bits(values: Sequence[int], bits: int) -> bytes:
    """Numbers of `bits` bits each, the first one highest, filled up with zero bits to whole bytes."""
    if bits > 64:
        return bits_of("".join([format(value, f"0{bits}b") for value in values]).encode())
    text = bytearray(len(values) * bits)
    planes = planes_of(values, (bits + 7) // 8)
    for bit in range(bits):
        text[bits - 1 - bit :: bits] = planes[bit // 8].translate(_DIGIT_OF_BIT[bit % 8])
    return bits_of(text)


def unpack_bits(data: bytes | memoryview, count: int, bits: int) -> list[int]:
    """The numbers of `pack_bits`. Raises BadBatchError if the filling is not zero."""
    if not bits or not count:
        if any(data):
            raise BadBatchError("filling is not zero")
        return [0] * count
    text = format(int.from_bytes(data, "big"), f"0{len(data) * 8}b")
    if "1" in text[count * bits :]:
        raise BadBatchError("filling is not zero")
    if bits > 64:
        return [int(text[start : start + bits], 2) for start in range(0, count * bits, bits)]
    # A bit of all numbers at a time, in one long number with a byte for each: C does the work.
    digits = text[: count * bits].encode().translate(_BIT_OF_DIGIT)
    words = bytearray(8 * count)
    for plane in range((bits + 7) // 8):
        whole = 0
        for bit in range(8 * plane, min(8 * plane + 8, bits)):
            whole |= int.from_bytes(digits[bits - 1 - bit :: bits], "little") << bit % 8
        words[plane::8] = whole.to_bytes(count, "little")
    return _words(bytes(words)).tolist() if bits > 8 else list(words[::8])


_DIGIT_OF_BIT = tuple(bytes(48 + (byte >> bit & 1) for byte in range(256)) for bit in range(8))
_BIT_OF_DIGIT = bytes(byte & 1 for byte in range(256))


def _words(values: Iterable[int] | bytes) -> "array[int]":
    words = array("Q")
    if isinstance(values, bytes):
        words.frombytes(values)
    else:
        words.extend(values)
    if sys.byteorder == "big":
        words.byteswap()
    return words


def planes_of(values: Iterable[int], width: int) -> list[bytes]:
    """The lowest byte of all numbers, then the next, `width` times."""
    data = _words(values).tobytes()
    return [data[plane::8] for plane in range(width)]


def _from_planes(data: memoryview, count: int, width: int) -> Sequence[int]:
    if width == 1:
        return data
    words = bytearray(8 * count)
    for plane in range(width):
        words[plane::8] = data[plane * count : (plane + 1) * count]
    return _words(bytes(words))


def _as_days(values: Sequence[str]) -> list[int] | None:
    if not all(map(_DAY.fullmatch, values)):
        return None
    try:
        return [date.fromisoformat(value).toordinal() for value in values]
    except ValueError:
        return None


def _as_numbered(values: Sequence[str]) -> list[tuple[str, int]] | None:
    """Each text as a prefix and the number behind it, if all end in one and few prefixes differ."""
    found = []
    for value in values:
        prefix = value.rstrip(_DIGITS)
        number = value[len(prefix) :]
        if not number or len(number) > 18 or (number[0] == "0" and number != "0"):
            return None
        found.append((prefix, int(number)))
    prefixes = {prefix for prefix, _ in found}
    return found if len(prefixes) == 1 or len(prefixes) * 2 <= min(len(found), 512) else None
