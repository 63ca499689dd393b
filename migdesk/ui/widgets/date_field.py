"""A date typed in any common way, or picked from a calendar; day or month may be unknown. GUI thread."""

from collections.abc import Callable
from datetime import date

from PySide6.QtCore import QDate, QEvent, QLocale, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QCalendarWidget, QLineEdit, QVBoxLayout, QWidget

from migdesk.domain.values import PartialDate
from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.date_text import read_day, read_partial, write_date
from migdesk.ui.widgets.editor import Editor
from migdesk.ui.widgets.line_icons import scale_icons
from migdesk.ui.widgets.mark import mark


class DateField(Editor):
    """Gives `date`, or `PartialDate` when `partial`."""

    def __init__(
        self,
        theme: Theme,
        today: Callable[[], date],
        hint: str,
        pick: str,
        name: str = "",
        *,
        partial: bool = False,
        future: bool = False,
        locale: str = "id_ID",
    ) -> None:
        super().__init__()
        self._today, self._partial, self._future, self._locale = today, partial, future, locale
        self._value: date | PartialDate | None = None
        self._bad = False
        self._popup: QWidget | None = None
        self.line = QLineEdit()
        scale_icons(self.line, theme)
        self.line.setPlaceholderText(hint)
        self.line.setMaxLength(24)
        opener = self.line.addAction(
            icons.icon("calendar", theme.color("muted"), size=theme.px(18)), QLineEdit.ActionPosition.TrailingPosition
        )
        opener.setText(pick)
        opener.setToolTip(pick)
        opener.triggered.connect(self.open_calendar)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.line)
        self.setFocusProxy(self.line)
        self.line.editingFinished.connect(self._settle)
        self.line.textEdited.connect(self._typed)
        self.line.installEventFilter(self)
        self.name_parts(name)

    def value(self) -> object:
        return self._value

    def set_value(self, value: object) -> None:
        self._value = value if isinstance(value, date | PartialDate) else None
        self._bad = False
        self.line.setText(write_date(self._value))

    def unreadable(self) -> bool:
        self._read()
        return self._bad

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)

    def set_wrong(self, wrong: bool) -> None:
        mark(self.line, wrong)

    def open_calendar(self) -> None:
        """A month to pick from; closes on a choice or Esc."""
        if self.line.isReadOnly():
            return
        calendar = QCalendarWidget()
        calendar.setWindowFlag(Qt.WindowType.Popup)
        calendar.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        calendar.setLocale(QLocale(self._locale))
        calendar.setFirstDayOfWeek(Qt.DayOfWeek.Monday)
        calendar.setVerticalHeaderFormat(QCalendarWidget.VerticalHeaderFormat.NoVerticalHeader)
        shown = self._value
        start = QDate(shown.year, shown.month or 1, shown.day or 1) if shown else _qdate(self._today())
        calendar.setSelectedDate(start)
        if not self._future:
            calendar.setMaximumDate(_qdate(self._today()))
        calendar.clicked.connect(lambda day: self._picked(day, calendar))
        calendar.activated.connect(lambda day: self._picked(day, calendar))
        calendar.move(self.line.mapToGlobal(self.line.rect().bottomLeft()))
        self._popup = calendar
        calendar.destroyed.connect(self._closed)
        calendar.show()
        calendar.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter} and not event.modifiers():
                self._settle()
                self.committed.emit()
                return True
            if event.key() == Qt.Key.Key_Down and event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self.open_calendar()
                return True
        return super().eventFilter(watched, event)

    def _closed(self) -> None:
        self._popup = None

    def _picked(self, day: QDate, calendar: QCalendarWidget) -> None:
        calendar.close()
        found = date(day.year(), day.month(), day.day())
        self.set_value(PartialDate(found.year, found.month, found.day) if self._partial else found)
        self.line.setFocus()
        self.edited.emit(self._value)

    def _read(self) -> date | PartialDate | None:
        read = read_partial if self._partial else read_day
        try:
            found = read(self.line.text(), self._today(), future=self._future)
        except ValueError:
            self._bad = True
            return None
        self._bad = False
        return found

    def _typed(self, text: str) -> None:
        """Tell a whole date at once: waiting for the person to leave the field would lose it in a power cut."""
        found = self._read()
        if not self._bad and found != self._value and len(text.strip()) not in range(1, 4):
            self._value = found
            self.edited.emit(found)

    def _settle(self) -> None:
        found = self._read()
        if self._bad:
            return
        changed = found != self._value
        self.set_value(found)
        if changed:
            self.edited.emit(found)


def _qdate(day: date) -> QDate:
    return QDate(day.year, day.month, day.day)
