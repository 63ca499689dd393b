"""Bytes a record on the wire and speed of the codec: `python -m benchmarks.wire_sizes` prints one JSON object."""

import json
import statistics
import sys
import time
from collections.abc import Callable

from benchmarks.synthetic_changes import Synthesis
from migdesk.domain.changes import Absent, Change
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import to_json
from migdesk.domain.values import Missing
from migdesk.sync.wire.codec import Codec
from migdesk.sync.wire.columnar import Base


def json_size(change: Change) -> int:
    """Bytes of the record as a line of `records list`."""
    spec = SCHEMA.by_number[change.kind]
    row: dict[str, object] = {"kind": spec.name, "id": str(change.record)}
    for edit in change.edits:
        field = spec.by_number[edit.register.field]
        if edit.register.element:
            elements = row.setdefault(field.name, [])
            assert isinstance(elements, list)
            elements.append(edit.register.element)
        elif isinstance(edit.value, Absent):
            row[field.name] = to_json(field, Missing(edit.value.why))
        else:
            row[field.name] = to_json(field, field.type.from_plain(edit.value))
    return len(json.dumps(row, ensure_ascii=False).encode())


def batches(changes: list[Change]) -> list[list[Change]]:
    return [changes[start : start + 1000] for start in range(0, len(changes), 1000)]


def packed_size(codec: Codec, changes: list[Change], level: int) -> int:
    return sum(
        len(codec.encode(part, Base(part[0].device, part[0].counter, part[-1].hlc >> 16), level).data)
        for part in batches(changes)
    )


def median_ms(work: Callable[[], object], times: int = 3) -> float:
    took = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        took.append((time.perf_counter() - start) * 1000)
    return round(statistics.median(took), 1)


def measure() -> dict[str, object]:
    codec, office = Codec.shipped(), Synthesis(99)
    changes = [office.new("counselling_session") for _ in range(10_000)]
    edits = [office.edit(change) for change in office.rng.sample(changes, 1000)]
    found: dict[str, object] = {"json": sum(map(json_size, changes[:1000])) / 1000}
    for level in (3, 9, 19):
        sizes = {}
        for count in (1, 10, 50, 100, 250, 1000):
            parts = [changes[start : start + count] for start in range(0, 1000, count)][:20]
            sizes[count] = round(sum(packed_size(codec, part, level) for part in parts) / len(parts) / count, 1)
        found[f"new, level {level}"] = sizes
    for level in (9, 19):
        found[f"edit, level {level}"] = {
            count: round(packed_size(codec, edits[:count], level) / count, 1) for count in (1, 10, 100, 1000)
        }
    base = Base(changes[0].device, 1, changes[-1].hlc >> 16)
    packed = [codec.encode(part, base, 3) for part in batches(changes)]
    for level in (3, 9):
        found[f"encode 10,000, level {level}, ms"] = median_ms(
            lambda level=level: [codec.encode(part, base, level) for part in batches(changes)]  # type: ignore[misc]
        )
    found["decode 10,000, ms"] = median_ms(lambda: [codec.decode(one, base) for one in packed])
    return found


if __name__ == "__main__":
    json.dump(measure(), sys.stdout, indent=1)
    print()
