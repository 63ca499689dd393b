"""The attendance list of one session: who is there, and the mark of each. Knows no services. GUI thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

Index = QModelIndex | QPersistentModelIndex
STATUS_ROLE = Qt.ItemDataRole.UserRole
NUMBER, NAME, SEX, INSTITUTION, STATUS = range(5)
_NONE = QModelIndex()


@dataclass(frozen=True, slots=True)
class AttendanceLine:
    """One participant with the status, an empty string while there is no mark."""

    id: UUID
    number: int
    name: str
    sex: str
    institution: str
    status: str


class AttendanceModel(QAbstractTableModel):
    """`words` are the labels of the statuses; `titles` those of the five columns."""

    def __init__(
        self, titles: Sequence[str], words: Mapping[str, str], unmarked: str, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._titles = tuple(titles)
        self._words = dict(words)
        self._unmarked = unmarked
        self._lines: list[AttendanceLine] = []

    def set_lines(self, lines: Sequence[AttendanceLine]) -> None:
        """Show these lines; marks that change in place keep the current row."""
        if [line.id for line in lines] == [line.id for line in self._lines]:
            for row, line in enumerate(lines):
                if line != self._lines[row]:
                    self._lines[row] = line
                    self.dataChanged.emit(self.index(row, NUMBER), self.index(row, STATUS))
            return
        self.beginResetModel()
        self._lines = list(lines)
        self.endResetModel()

    def line(self, row: int) -> AttendanceLine | None:
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def row_of(self, participant: UUID) -> int:
        """Where a participant stands, or -1."""
        return next((row for row, line in enumerate(self._lines) if line.id == participant), -1)

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._titles)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._lines):
            return None
        line = self._lines[index.row()]
        texts = (str(line.number), line.name, line.sex, line.institution, self._words.get(line.status, self._unmarked))
        if role == Qt.ItemDataRole.DisplayRole:
            return texts[index.column()]
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(part for part in (line.name, line.sex, texts[STATUS]) if part)
        if role == STATUS_ROLE:
            return line.status
        if role == Qt.ItemDataRole.TextAlignmentRole and index.column() == NUMBER:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if role == Qt.ItemDataRole.TextAlignmentRole and section == NUMBER:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        shown = orientation == Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole
        return self._titles[section] if shown and 0 <= section < len(self._titles) else None
