"""Changes for the tests of the wire: hypothesis strategies, and a fixed set that golden files are made of."""

from uuid import UUID

from hypothesis import strategies as st

from migdesk.domain.changes import Absent, Change, Edit, Register
from migdesk.domain.hlc import Stamp
from migdesk.sync.wire.batch import NO_PREVIOUS, BatchHead
from migdesk.vault.device_keys import DeviceKeys

ORG = UUID("01890000-0000-7000-8000-00000000abcd")
DEVICES = (0x1F2E3D4C5B6A7988, 0xFFFFFFFFFFFFFFFF, 3)

devices = st.sampled_from(DEVICES) | st.integers(0, 2**64 - 1)
clocks = st.integers(0, 2**64 - 1) | st.integers(1_767_600_000_000 << 16, 1_767_700_000_000 << 16)
stamps = st.builds(Stamp, clocks, devices)
ids = st.uuids() | st.integers(0, 2**80 - 1).map(
    lambda bits: UUID(int=1_767_600_000_000 << 80 | bits & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)
)
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
texts = st.sampled_from(["IDR 450000000", "1994-05-17", "1994", "+6281234567", "007"])
absent = st.sampled_from(["unknown", "declined"]).map(Absent)
scalars = st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | words | st.binary(max_size=20)
values = scalars | ids.map(lambda one: one.bytes) | absent | texts
registers = st.builds(
    Register, st.integers(0, 40) | st.integers(0, 0xFFFF), st.just("") | st.sampled_from(["ktp", "a", "b.c"])
)


@st.composite
def edits(draw: st.DrawFn) -> tuple[Edit, ...]:
    chosen = draw(st.sets(registers, max_size=8))
    replaced = st.just(()) | st.lists(stamps, max_size=3, unique=True).map(tuple)
    return tuple(Edit(one, draw(values), draw(replaced)) for one in sorted(chosen))


changes = st.builds(
    Change,
    device=devices,
    counter=st.integers(1, 2**63 - 1) | st.integers(1, 1000),
    hlc=clocks,
    author=ids,
    kind=st.integers(1, 12) | st.integers(0, 0xFFFF),
    record=ids,
    area=st.sampled_from(["52.03", "52.03.09.2004", "00", ""]) | words,
    circle=st.none() | ids,
    edits=edits(),
    seen=st.just(()) | st.lists(stamps, max_size=3).map(tuple),
)


def fixed_keys() -> DeviceKeys:
    """Keys that are the same in every run; they protect nothing."""
    identity = DeviceKeys.generate().identity
    return DeviceKeys(bytes(range(32)), identity)


def fixed_changes(keys: DeviceKeys, count: int) -> list[Change]:
    """Changes of two kinds with every type of value, removed set elements, replaced stamps and a deletion."""
    author, made = UUID(int=0x55 << 100), []
    for n in range(1, count + 1):
        ms = 1_767_600_000_000 + n * 61_003
        record = UUID(int=ms << 80 | 7 << 76 | (n * 97 % 4096) << 64 | 2 << 62 | n * 0x1234567)
        old = Stamp((ms - 9_000_000) << 16 | n % 3, DEVICES[n % 2])
        edits = [
            Edit(Register(1), UUID(int=n // 2).bytes),
            Edit(Register(2), 20_000 + n),
            Edit(Register(3), ("in_person", "phone", "unknown")[n % 3]),
            Edit(Register(13), f"IDR {n * 5_000_000}"),
            Edit(Register(14), Absent("declined") if n % 5 == 0 else None if n % 7 == 0 else n % 2 == 0),
            Edit(Register(16, "ktp"), True),
            Edit(Register(16, "passport"), n % 4 != 0, (old,)),
            Edit(Register(18), f"Nasihat ke-{n}: simpan salinan paspor, catat nomor telepon KBRI dan kabari keluarga."),
        ]
        if n % 6 == 0:
            edits = [Edit(Register(0), True, (old, Stamp(5, 3)))]
        made.append(
            Change(
                keys.device_id, 2 * n, ms << 16 | n % 2, author, 2 if n % 3 else 1, record,
                ("52.03.09.2004", "52.03.09.2001")[n % 2], record if n % 9 == 0 else None, tuple(edits),
                (old,) if n % 6 == 0 else (),
            )
        )  # fmt: skip
    return made


def head_for(keys: DeviceKeys, sent: list[Change], n: int = 1) -> BatchHead:
    return BatchHead(
        ORG, "52.03", 2, keys.device_id, n, NO_PREVIOUS, 139, sent[0].counter, sent[-1].counter, 1_767_700_000_000
    )
