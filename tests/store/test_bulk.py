"""Many new records at once come out as each of them does alone, whatever is in them."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import HealthCheck, example, given, reject, settings
from hypothesis import strategies as st
from sqlalchemy import select

from benchmarks.synthetic_changes import Synthesis
from migdesk.domain.case import Case
from migdesk.domain.changes import Absent, Change, ChangeTable, Edit, Edits, Register, Value
from migdesk.domain.counselling import CounsellingSession
from migdesk.domain.hlc import Stamp
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.office import Area
from migdesk.domain.person import Person
from migdesk.domain.record import FieldSpec
from migdesk.store import applying, bulk
from migdesk.store.applying import Result
from migdesk.store.database import Store, Transaction
from migdesk.sync.wire import columnar
from migdesk.sync.wire.codec import canonical
from migdesk.sync.wire.columnar import Base
from migdesk.sync.wire.columns import ColumnReader, read_plan
from migdesk.sync.wire.limits import LIMITS, BadBatchError
from tests.support.stores import BUDI, SITI, database_of, open_store

AREAS = ("52.03.09.2004", "52.03", "35.07.01.2001")
_KINDS = (Person.spec, Case.spec, CounsellingSession.spec, Area.spec)
_LIKELY: dict[str, tuple[Value, ...]] = {
    "text": ("yes", "Siti Rahayu", "+6281234567890", "IDR 500000", "1994-05", "Ünïcode", "", *AREAS),
    "integer": (0, 1, 20_000, -5, 1 << 62),
    "boolean": (True, False),
    "blob": (bytes(16), b"\x01" * 16, b"short"),
}
_ODD: tuple[Value, ...] = (None, Absent("unknown"), Absent("declined"), Absent("else"), "a\0b", 1 << 63, True, 7, b"x")


class _UndoneError(Exception):
    """Ends a transaction without a trace."""


@st.composite
def _edit(draw: st.DrawFn, field: FieldSpec, area: str, oddity: int) -> Edit:
    odd = draw(st.integers(0, 99)) < oddity
    if field.is_set:
        element = draw(st.sampled_from(("ktp", "passport", "TIP", "a b" if odd else "EXPL")))
        return Edit(Register(field.number, element), draw(st.booleans()) if odd else True)
    value = area if field.name == "area_code" and not odd else draw(st.sampled_from(_LIKELY[field.type.storage]))
    return Edit(Register(field.number), draw(st.sampled_from(_ODD)) if odd else value)


@st.composite
def batches(draw: st.DrawFn) -> list[Change]:
    """Mostly new records of one kind; how odd they are differs from batch to batch."""
    oddity = draw(st.sampled_from((0, 0, 0, 1, 3, 30)))
    spec = draw(st.sampled_from(_KINDS))
    sent: list[Change] = []
    for n in range(1, draw(st.integers(bulk.LEAST, 14)) + 1):
        kind = spec if draw(st.integers(0, 9)) else Person.spec
        area = draw(st.sampled_from(AREAS))
        fields = draw(st.lists(st.sampled_from(kind.fields), max_size=8, unique_by=lambda one: one.number))
        edits = [draw(_edit(field, area, oddity)) for field in fields]
        strange = draw(st.integers(0, 99)) < oddity
        if strange:
            more = (Edit(Register(900), "newer"), Edit(Register(0), True), Edit(Register(3, "x"), True), *edits[:1])
            edits.append(draw(st.sampled_from(more)))
            edits.append(Edit(Register(901), 1, (Stamp(5, 5),)))
        record, counter = UUID(int=n), n
        if strange and sent:
            again = draw(st.sampled_from(sent))
            record, counter = draw(st.sampled_from(((again.record, n), (record, again.counter))))
        hlc = draw(st.integers(1, 1 << 57)) << 5 | n  # a clock never gives one reading twice
        sent.append(
            Change(
                draw(st.sampled_from((7, (1 << 64) - 1))), counter, hlc,
                draw(st.sampled_from((SITI.user, BUDI.user))), kind.number, record, area,
                draw(st.none() | st.just(UUID(int=99))), Edits.of(edits) if draw(st.booleans()) else tuple(edits),
            )
        )  # fmt: skip
    return sent


def areas_named(code: str, count: int) -> list[Change]:
    """New areas that all have this code."""
    named = (Edit(Register(Area.spec.by_name[Area.spec.area].number), code),)
    kind, author = Area.spec.number, SITI.user
    return [Change(7, n, n << 5, author, kind, UUID(int=n), AREAS[0], None, named) for n in range(1, count + 1)]


def everything(tx: Transaction) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of all tables that applying writes."""
    tables = [table for kind in tx.tables.kinds.values() for table, _ in kind.parts]
    tables += [tx.tables.log, tx.tables.head, tx.tables.awaited, tx.tables.area_head, tx.tables.sync.quarantine]
    found = {table.name: sorted(map(tuple, tx.connection.execute(select(table))), key=repr) for table in tables}
    if tx.is_file:
        found["search_entry"] = sorted(tx.rows("SELECT n >> 40, record, digest FROM search_entry"))
        words = "SELECT e.record FROM search_text t JOIN search_entry e ON e.n = t.rowid WHERE t.search_text MATCH 's*'"
        found["search_text"] = sorted(tx.rows(words))
    return found


def applied(
    store: Store, parts: Sequence[Sequence[Change]], *, prepared: bool = False
) -> tuple[list[Result], dict[str, list[tuple[Any, ...]]]]:
    """Results and tables after these were applied one after the other; nothing of it stays."""
    results: list[Result] = []
    prepare = bulk.preparer(store)
    found: dict[str, list[tuple[Any, ...]]] = {}
    with suppress(_UndoneError), store.begin() as tx:
        for part in parts:
            results += applying.apply(tx, part, origin="test", prepared=prepare(part) if prepared else None)
        found = everything(tx)
        raise _UndoneError
    return results, found


@pytest.fixture(scope="module", params=["file", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    place: Path | str = tmp_path_factory.mktemp("bulk") / "store.db"
    if request.param == "postgres":
        place = database_of(request.getfixturevalue("postgres"), f"bulk_{tmp_path_factory.getbasetemp().name}")
    with open_store(place) as opened:
        yield opened


@pytest.mark.parametrize("store", ["file"], indirect=True)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(batches())
@example(areas_named("", bulk.LEAST))
def test_at_once_is_one_by_one(store: Store, sent: list[Change]) -> None:
    one_by_one = applied(store, [[one] for one in sent])
    assert applied(store, [sent]) == one_by_one
    assert applied(store, [sent], prepared=True) == one_by_one


def read_again(sent: Sequence[Change]) -> list[Change]:
    """The same changes read from columns. Raises ValueError or BadBatchError if they cannot travel."""
    base = Base(7, 1, 0)
    out = columnar.write(sent, base)
    plan = read_plan(msgspec.msgpack.encode(out.plan))
    source = ColumnReader(plan, b"".join(out.planes), b"".join(out.dense), b"".join(out.text))
    return columnar.read(source, base, LIMITS)


@pytest.mark.parametrize("store", ["file"], indirect=True)
@settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much])
@given(batches())
def test_what_came_in_columns_is_the_same(store: Store, sent: list[Change]) -> None:
    try:
        sent = [canonical(one) for one in sent]
        read = read_again(sent)
    except (ValueError, OverflowError, BadBatchError):
        reject()
    assert applied(store, [read], prepared=True) == applied(store, [[one] for one in sent])


@pytest.mark.parametrize("kind", [spec.name for spec in SCHEMA.kinds if not spec.reference])
def test_records_of_the_field_go_the_quick_way(store: Store, kind: str) -> None:
    office = Synthesis(3)
    sent = [canonical(office.new(kind)) for _ in range(60)]
    area = SCHEMA.by_name[kind].area
    if area:
        number = SCHEMA.by_name[kind].by_name[area].number
        own = [{edit.register.field: edit.value for edit in one.edits}.get(number, one.area) for one in sent]
        sent = [one._replace(area=area) for one, area in zip(sent, own, strict=True)]
    with store.begin() as tx:
        assert bulk.new_records(tx, SCHEMA.by_name[kind], sent) is not None
    one_by_one = applied(store, [[one] for one in sent])
    assert applied(store, [sent]) == one_by_one
    read = read_again(sent)
    assert isinstance(read, ChangeTable)
    (_, new), *_ = bulk.preparer(store)(read).made.values()
    assert new is not None
    assert applied(store, [read], prepared=True) == one_by_one


def test_what_is_here_already_is_joined(store: Store) -> None:
    office = Synthesis(4)
    sent = [office.new("attendance") for _ in range(40)]
    again = [one._replace(counter=1000 + n, hlc=one.hlc + 1) for n, one in enumerate(sent[:15])]
    mixed = sent[15:] + again
    one_by_one = applied(store, [[one] for one in sent[:15] + mixed])
    assert applied(store, [sent[:15], mixed]) == one_by_one
    assert applied(store, [sent[:15], mixed], prepared=True) == one_by_one
    # What was prepared before some of it came another way.
    assert applied(store, [sent[:15], sent], prepared=True) == applied(store, [sent[:15], sent])
