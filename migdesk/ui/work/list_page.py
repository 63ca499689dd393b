"""The page of a list: a table, a button that begins something new, and what teaches when there is nothing yet."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from migdesk.ui import icons
from migdesk.ui.models.rows import Column, RowsModel
from migdesk.ui.screen import ScreenContext
from migdesk.ui.widgets.buttons import primary
from migdesk.ui.widgets.empty import EmptyState
from migdesk.ui.widgets.page import Page
from migdesk.ui.work.fitted_table import FittedTable
from migdesk.ui.work.pages import tame
from migdesk.ui.work.row_delegate import RowDelegate


@dataclass(frozen=True, slots=True)
class ListPlan:
    """What a list is made of; words are translated already. `widths` of the columns in pixels, 0 for what is left;
    `spare` columns go first when there is no room."""

    name: str
    title: str
    subtitle: str
    begin: str
    columns: Sequence[Column]
    widths: Sequence[int]
    spare: tuple[int, ...]
    quiet: tuple[int, ...]
    icon: str
    nothing: str
    lesson: str
    strong: int = 0


class ListPage(QWidget):
    """Shows rows; `begin` and `open_row` are what the button and a row do."""

    def __init__(
        self, ctx: ScreenContext, plan: ListPlan, *, begin: Callable[[], None], open_row: Callable[[Any], None]
    ) -> None:
        super().__init__()
        self._open_row = open_row
        theme = ctx.theme
        plus = icons.icon("plus", theme.color("on_accent"), size=theme.px(20))
        self.new = primary(plan.begin, begin, icon=plus)
        self.new.setObjectName(f"{plan.name}.new")
        self.model = RowsModel(plan.columns, self)
        self.table = FittedTable(theme, self.model, plan.title, spare=plan.spare)
        self.table.setObjectName(f"{plan.name}.table")
        self.table.setItemDelegate(RowDelegate(theme, self.table, strong=plan.strong, quiet=plan.quiet))
        self.table.fit_columns(theme, *plan.widths)
        self.table.activated_row.connect(self._open)
        self.nobody = EmptyState(theme, plan.icon, plan.nothing, plan.lesson, primary(plan.begin, begin))
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addWidget(self.nobody, 1)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(Page(theme, plan.title, plan.subtitle, [self.new], body, scroll=False))
        tame(self)

    def show_rows(self, rows: Sequence[Any], *, more: bool = False, loaded: bool, may_write: bool) -> None:
        """Show these rows, or the lesson once it is known that there are none."""
        self.model.set_rows(rows, more)
        self.new.setVisible(may_write)
        empty = loaded and not rows
        self.table.setVisible(not empty)
        self.nobody.setVisible(empty)

    def _open(self, number: int) -> None:
        row = self.model.row(number)
        if row is not None:
            self._open_row(row)
