"""The models behind tables keep Qt's contract, fetch page by page, and keep the current row through a refresh."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID, uuid4

from PySide6.QtCore import QModelIndex, Qt

from migdesk.ui.models.attendance import STATUS, STATUS_ROLE, AttendanceLine, AttendanceModel
from migdesk.ui.models.rows import ROW_ROLE, TONE_ROLE, Column, RowsModel

NOWHERE = QModelIndex()


@dataclass(frozen=True)
class Row:
    id: UUID
    name: str


def rows(number: int) -> list[Row]:
    return [Row(uuid4(), f"Baris {n}") for n in range(number)]


def model() -> RowsModel:
    return RowsModel(
        [Column("Nama", lambda row: row.name, tone=lambda row: "info"), Column("Umur", lambda _: "31", right=True)]
    )


def lines(number: int) -> list[AttendanceLine]:
    return [AttendanceLine(uuid4(), n, f"Peserta {n}", "Perempuan", "Desbumi", "") for n in range(1, number + 1)]


def attendance() -> AttendanceModel:
    return AttendanceModel(["No.", "Nama", "Sex", "Lembaga", "Hadir"], {"present": "Hadir"}, "belum")


def test_rows_keep_the_contract_of_a_model(qtmodeltester: Any) -> None:
    made = model()
    made.set_rows(rows(5), more=True)
    qtmodeltester.check(made)


def test_attendance_keeps_the_contract_of_a_model(qtmodeltester: Any) -> None:
    made = attendance()
    made.set_lines(lines(5))
    qtmodeltester.check(made)


def test_a_page_is_asked_for_once_until_it_comes(qtbot: Any) -> None:
    made, asked = model(), []
    first = rows(3)
    made.more_wanted.connect(lambda: asked.append(made.rowCount()))
    made.set_rows(first, more=True)
    assert made.canFetchMore(NOWHERE)
    made.fetchMore(NOWHERE)
    made.fetchMore(NOWHERE)
    assert asked == [3]
    made.set_rows([*first, *rows(2)], more=False)
    assert made.rowCount() == 5
    assert not made.canFetchMore(NOWHERE)


def test_growth_and_change_in_place_do_not_reset(qtbot: Any) -> None:
    made = model()
    first = rows(3)
    made.set_rows(first, more=True)
    with qtbot.assertNotEmitted(made.modelReset), qtbot.waitSignals([made.rowsInserted, made.dataChanged]):
        made.set_rows([first[0], replace(first[1], name="Lain"), first[2], *rows(1)])
    assert made.row(1).name == "Lain"
    assert made.number_of(first[2].id) == 2
    with qtbot.waitSignal(made.modelReset):
        made.set_rows(rows(2))


def test_cells_say_what_they_hold(qtbot: Any) -> None:
    made = model()
    made.set_rows(rows(1))
    index = made.index(0, 0)
    assert (index.data(), index.data(TONE_ROLE), index.data(ROW_ROLE).name) == ("Baris 0", "info", "Baris 0")
    assert made.headerData(1, Qt.Orientation.Horizontal) == "Umur"
    assert made.index(0, 1).data(TONE_ROLE) is None
    assert made.row(7) is None


def test_a_mark_changes_one_line(qtbot: Any) -> None:
    made = attendance()
    first = lines(3)
    made.set_lines(first)
    with qtbot.assertNotEmitted(made.modelReset), qtbot.waitSignal(made.dataChanged) as signal:
        made.set_lines([first[0], replace(first[1], status="present"), first[2]])
    assert (signal.args[0].row(), signal.args[1].row()) == (1, 1)
    marked = made.index(1, STATUS)
    assert (marked.data(), marked.data(STATUS_ROLE)) == ("Hadir", "present")
    assert marked.data(Qt.ItemDataRole.AccessibleTextRole) == "Peserta 2, Perempuan, Hadir"
    assert made.index(0, STATUS).data() == "belum"
    assert made.row_of(first[2].id) == 2
    assert made.row_of(uuid4()) == -1
