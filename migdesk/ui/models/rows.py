"""A list of rows for a table, filled page by page. Knows neither services nor kinds of records. GUI thread.

The owner answers `more_wanted` with `add_rows`; until then it is not asked again. A row has an `id`, so that the
current row survives a refresh.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal

Index = QModelIndex | QPersistentModelIndex

ROW_ROLE = Qt.ItemDataRole.UserRole
TONE_ROLE = Qt.ItemDataRole.UserRole + 1
ICON_ROLE = Qt.ItemDataRole.UserRole + 2
_NONE = QModelIndex()


@dataclass(frozen=True, slots=True)
class Column:
    """`text(row)` is shown; `tone(row)` makes it a badge of that tone; `icon(row)` is the name of an icon before the
    words and its colour."""

    title: str
    text: Callable[[Any], str]
    tone: Callable[[Any], str] | None = None
    right: bool = False
    icon: Callable[[Any], tuple[str, str]] | None = None


class RowsModel(QAbstractTableModel):
    """Rows of any frozen type. `more_wanted` is emitted when the table wants the next page."""

    more_wanted = Signal()

    def __init__(self, columns: Sequence[Column], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._columns = tuple(columns)
        self._rows: list[Any] = []
        self._more = False
        self._asked = False

    def set_rows(self, rows: Sequence[Any], more: bool = False) -> None:
        """Show these rows. Rows that only grew, or changed in place, keep selection and scroll position."""
        ids = [row.id for row in rows]
        held = [row.id for row in self._rows]
        self._more, self._asked = more, False
        if ids[: len(held)] == held and held:
            self._replace(rows[: len(held)])
            if len(rows) > len(held):
                self._append(rows[len(held) :])
            return
        self.beginResetModel()
        self._rows = list(rows)
        self.endResetModel()

    def row(self, number: int) -> Any:
        """The row, or None outside the list."""
        return self._rows[number] if 0 <= number < len(self._rows) else None

    def number_of(self, id: object) -> int:
        """Where the row with this id stands, or -1."""
        return next((number for number, row in enumerate(self._rows) if row.id == id), -1)

    def rowCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NONE) -> int:
        return 0 if parent.isValid() else len(self._columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or not 0 <= index.row() < len(self._rows):
            return None
        row, column = self._rows[index.row()], self._columns[index.column()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return column.text(row)
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.text(row) or None
        if role == Qt.ItemDataRole.TextAlignmentRole and column.right:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role == ROW_ROLE:
            return row
        if role == TONE_ROLE:
            return column.tone(row) if column.tone is not None else None
        if role == ICON_ROLE:
            return column.icon(row) if column.icon is not None else None
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation != Qt.Orientation.Horizontal or not 0 <= section < len(self._columns):
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._columns[section].title
        if role == Qt.ItemDataRole.TextAlignmentRole and self._columns[section].right:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and self._more and not self._asked

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent):
            self._asked = True
            self.more_wanted.emit()

    def _replace(self, rows: Sequence[Any]) -> None:
        changed = [number for number, row in enumerate(rows) if row != self._rows[number]]
        for number in changed:
            self._rows[number] = rows[number]
        if changed:
            self.dataChanged.emit(self.index(changed[0], 0), self.index(changed[-1], len(self._columns) - 1))

    def _append(self, rows: Sequence[Any]) -> None:
        first = len(self._rows)
        self.beginInsertRows(_NONE, first, first + len(rows) - 1)
        self._rows.extend(rows)
        self.endInsertRows()
