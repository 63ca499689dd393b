"""An amount and its currency. GUI thread."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit

from migdesk.domain.values import Money
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.editor import Editor, is_enter
from migdesk.ui.widgets.mark import mark
from migdesk.ui.widgets.money_text import read_money, write_money
from migdesk.ui.widgets.picker import Picker

CURRENCIES = ("IDR", "HKD", "MYR", "TWD", "SGD", "SAR", "AED", "KRW", "JPY", "BND", "QAR", "KWD", "OMR", "JOD", "USD")


class MoneyField(Editor):
    """`digits` gives the decimal places of a currency; `decimal` is `,` or `.` by language."""

    def __init__(
        self,
        theme: Theme,
        digits: Callable[[str], int],
        decimal: str,
        currency_name: str,
        name: str = "",
        *,
        currencies: Sequence[str] = CURRENCIES,
    ) -> None:
        super().__init__()
        self._digits, self._decimal = digits, decimal
        self._value: Money | None = None
        self._bad = False
        self.currency = Picker(theme, [(code, code) for code in currencies], currencies[0], currency_name)
        self.currency.setFixedWidth(theme.px(84))
        self.line = QLineEdit()
        self.line.setMaxLength(24)
        self.line.setAlignment(Qt.AlignmentFlag.AlignRight)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space(2))
        row.addWidget(self.line, 1)
        row.addWidget(self.currency)
        self.setFocusProxy(self.line)
        self.line.editingFinished.connect(self._settle)
        self.line.textEdited.connect(lambda _text: self._tell())
        self.currency.picked.connect(lambda _code: self._settle())
        self.line.installEventFilter(self)
        self.name_parts(name)

    def value(self) -> object:
        return self._value

    def set_value(self, value: object) -> None:
        self._value = value if isinstance(value, Money) else None
        self._bad = False
        if self._value is not None:
            self.currency.set_value(self._value.currency)
        places = self._digits(self.currency.value())
        self.line.setText(write_money(self._value, places, self._decimal))

    def unreadable(self) -> bool:
        self._read()
        return self._bad

    def set_read_only(self, read_only: bool) -> None:
        self.line.setReadOnly(read_only)
        self.currency.setEnabled(not read_only)

    def set_wrong(self, wrong: bool) -> None:
        mark(self.line, wrong)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if is_enter(event):
            self._settle()
            self.committed.emit()
            return True
        return super().eventFilter(watched, event)

    def _read(self) -> Money | None:
        currency = self.currency.value()
        try:
            found = read_money(self.line.text(), currency, self._digits(currency), self._decimal)
        except ValueError:
            self._bad = True
            return None
        self._bad = False
        return found

    def _tell(self) -> None:
        found = self._read()
        if not self._bad and found != self._value:
            self._value = found
            self.edited.emit(found)

    def _settle(self) -> None:
        self._tell()
        if not self._bad:
            self.set_value(self._value)
