"""The attendance list of one session: one key a person, counts that run along, each mark saved at once. GUI thread."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from migdesk.domain.training import Participant, TrainingSession
from migdesk.i18n.markers import N_
from migdesk.ui import icons
from migdesk.ui.areas import fold
from migdesk.ui.models.attendance import INSTITUTION, SEX, AttendanceLine, AttendanceModel
from migdesk.ui.screen import ScreenContext
from migdesk.ui.screens.training.presenter import TrainingPresenter
from migdesk.ui.screens.training.state import STATUSES, TrainingState
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.buttons import secondary
from migdesk.ui.widgets.page import Page
from migdesk.ui.widgets.search_field import SearchField
from migdesk.ui.widgets.text import text
from migdesk.ui.work.attendance_delegate import AttendanceDelegate
from migdesk.ui.work.fitted_table import FittedTable
from migdesk.ui.work.pages import back_button, tame
from migdesk.ui.work.wording import code_words, dotted, value_words

KEYS = {
    Qt.Key.Key_H: "present", Qt.Key.Key_P: "present", Qt.Key.Key_1: "present",
    Qt.Key.Key_T: "late", Qt.Key.Key_L: "late", Qt.Key.Key_2: "late",
    Qt.Key.Key_I: "excused", Qt.Key.Key_E: "excused", Qt.Key.Key_3: "excused",
    Qt.Key.Key_A: "absent", Qt.Key.Key_4: "absent",
}  # fmt: skip
"""Hadir, Terlambat, Izin, Absen, and the English words; no letter means two things, so both always work."""
LETTERS = {"id": "HTIA", "en": "PLEA"}
TONES = {"present": "success", "late": "warning", "excused": "info", "absent": "danger", "": "muted"}


class AttendanceTable(FittedTable):
    """A mark goes on to the next row. `/` and Ctrl+F go to the find field, Ctrl+Z takes the last mark back."""

    def __init__(
        self,
        theme: Theme,
        model: AttendanceModel,
        name: str,
        on_mark: Callable[[int, str], None],
        on_key: Callable[[str], None],
    ) -> None:
        super().__init__(theme, model, name, spare=(INSTITUTION, SEX))
        self._on_mark, self._on_key = on_mark, on_key

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, control = Qt.Key(event.key()), bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        row = self.currentIndex().row()
        if control and key == Qt.Key.Key_Z:
            self._on_key("undo")
        elif key == Qt.Key.Key_Slash or (control and key == Qt.Key.Key_F):
            self._on_key("find")
        elif key in KEYS and not event.modifiers() & ~Qt.KeyboardModifier.ShiftModifier and row >= 0:
            self._on_mark(row, KEYS[key])
        else:
            super().keyPressEvent(event)


class StatusTile(QFrame):
    """A status with its key, how many have it, and how many of each sex. A click marks the current person."""

    def __init__(self, theme: Theme, letter: str, words: str, tone: str, on_press: Callable[[], None] | None) -> None:
        super().__init__()
        self._on_press = on_press
        self.setProperty("look", "tile")
        grid = QGridLayout(self)
        grid.setContentsMargins(theme.space(3), theme.space(2), theme.space(3), theme.space(2))
        grid.setHorizontalSpacing(theme.space(2))
        grid.setVerticalSpacing(0)
        label = text(words, "label")
        grid.addWidget(label, 0, 0)
        if letter:
            cap = text(letter, "badge")
            cap.setAlignment(Qt.AlignmentFlag.AlignCenter)
            cap.setMinimumWidth(theme.space(6))
            grid.addWidget(cap, 0, 1, Qt.AlignmentFlag.AlignRight)
        self.number = text("0", "title")
        self.number.setStyleSheet(f"color: {theme.color(tone)};")
        grid.addWidget(self.number, 1, 0)
        self.sexes = text("", "help")
        grid.addWidget(self.sexes, 2, 0, 1, 2)
        self._words = words
        if on_press is not None:
            self.setProperty("pressable", "true")
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_count(self, number: str, sexes: str) -> None:
        self.number.setText(number)
        self.sexes.setText(sexes)
        self.setAccessibleName(f"{self._words}: {number}")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._on_press and event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.pos()):
            self._on_press()
            return
        super().mouseReleaseEvent(event)


class AttendancePage(QWidget):
    """Tiles that count, a find field, and the list."""

    def __init__(self, ctx: ScreenContext, presenter: TrainingPresenter) -> None:
        super().__init__()
        self._ctx, self._presenter = ctx, presenter
        theme, say = ctx.theme, ctx.lang.say
        self._wanted = ""
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(3))
        column.addLayout(self._tiles())
        column.addLayout(self._tools())
        spec = Participant.spec.by_name
        titles = [
            say(N_("No.")),
            say(spec["full_name"].label),
            say(spec["sex"].label),
            say(spec["institution"].label),
            say(N_("Attendance")),
        ]
        words = {status: ctx.lang.code_label(ctx.session.codes, "attendance_status", status) for status in STATUSES}
        self.model = AttendanceModel(titles, words, say(N_("not marked")), self)
        self.table = AttendanceTable(theme, self.model, say(N_("Attendance")), self._mark, self._key)
        self.table.setObjectName("attendance.table")
        letters = LETTERS.get(ctx.lang.code[:2], LETTERS["en"])
        delegate = AttendanceDelegate(theme, self.table, dict(zip(STATUSES, letters, strict=True)), self._click)
        self.table.setItemDelegate(delegate)
        self.table.fit_columns(theme, 60, 0, 130, 270, 220)
        column.addWidget(self.table, 1)
        back = back_button(ctx, "training.back", presenter.back)
        title = presenter.state.event.record.title or "" if presenter.state.event is not None else ""
        page = Page(theme, title, self._subtitle(), (), body, scroll=False, back=back)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(page)
        self.setFocusProxy(self.table)
        tame(self)

    def show_training(self, state: TrainingState) -> None:
        ctx = self._ctx
        first = not self.model.rowCount()
        self.model.set_lines(
            [
                AttendanceLine(
                    who.id, number, who.full_name or "", code_words(ctx, "sex", who.sex),
                    value_words(ctx, Participant.spec, "institution", who.institution),
                    state.attendance.get(who.id, ""),
                )
                for number, who in enumerate(state.participants, 1)
                if not self._wanted or self._wanted in fold(who.full_name or "")
            ]
        )  # fmt: skip
        for status, counted in state.counts().items():
            tile = self.tiles.get(status)
            if tile is not None:
                tile.show_count(ctx.lang.number(counted.total()), self._sexes(dict(counted)))
        unmarked = any(who.id not in state.attendance for who in state.participants)
        self.rest.setEnabled(unmarked and state.may_write)
        self.undo.setEnabled(bool(state.undo))
        say = ctx.lang.say
        self.standing.setText(say(N_("Saving …")) if state.unsaved else say(N_("Each mark is saved at once")))
        if first:
            self.table.select_row(0)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _tiles(self) -> QHBoxLayout:
        ctx, theme = self._ctx, self._ctx.theme
        letters = LETTERS.get(ctx.lang.code[:2], LETTERS["en"])
        self.tiles: dict[str, StatusTile] = {}
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        for status, letter in zip(STATUSES, letters, strict=True):
            words = ctx.lang.code_label(ctx.session.codes, "attendance_status", status)
            tile = StatusTile(theme, letter, words, TONES[status], self._marker(status))
            tile.setObjectName(f"attendance.count.{status}")
            self.tiles[status] = tile
            row.addWidget(tile, 1)
        self.tiles[""] = StatusTile(theme, "", ctx.lang.say(N_("Not marked")), "ink", None)
        self.tiles[""].setObjectName("attendance.count.none")
        row.addWidget(self.tiles[""], 1)
        return row

    def _tools(self) -> QHBoxLayout:
        theme, say, presenter = self._ctx.theme, self._ctx.lang.say, self._presenter
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        self.finder = SearchField(theme, say(N_("Find a name ( / )")))
        self.finder.setObjectName("attendance.find")
        self.finder.wanted.connect(self._filter)
        self.finder.entered.connect(self._found)
        self.finder.setMaximumWidth(theme.px(300))
        self.finder.setMinimumWidth(theme.px(150))
        row.addWidget(self.finder, 1)
        self.standing = text("", "help")
        self.standing.setObjectName("attendance.standing")
        self.standing.setWordWrap(True)
        self.standing.setMinimumWidth(1)
        row.addWidget(self.standing, 1)
        arrow = icons.icon("arrow-back-up", theme.color("ink"), size=theme.px(18))
        self.undo = secondary(say(N_("Undo")), presenter.undo, icon=arrow)
        self.undo.setObjectName("attendance.undo")
        self.undo.setToolTip(say(N_("Take the last mark back (Ctrl+Z)")))
        self.rest = secondary(say(N_("All others are present")), presenter.mark_rest)
        self.rest.setObjectName("attendance.rest")
        row.addWidget(self.undo)
        row.addWidget(self.rest)
        return row

    def _subtitle(self) -> str:
        ctx, held = self._ctx, self._presenter.state.session
        if held is None:
            return ""
        day = ctx.lang.date(held.held_on, "full") if held.held_on is not None else ""
        title = value_words(ctx, TrainingSession.spec, "title", held.title)
        return dotted(ctx.lang.say(N_("Session {number}"), number=held.number or 0), title, day)

    def _sexes(self, counted: dict[str, int]) -> str:
        """`P 14 · L 10`: the first letter of each sex that is there."""
        ctx = self._ctx
        parts = []
        for sex in ("female", "male"):
            label = ctx.lang.code_label(ctx.session.codes, "sex", sex)
            parts.append(ctx.lang.say(N_("{sex} {n}"), sex=label[:1], n=ctx.lang.number(counted.get(sex, 0))))
        others = sum(n for sex, n in counted.items() if sex not in {"female", "male"})
        if others:
            parts.append(ctx.lang.say(N_("{sex} {n}"), sex="?", n=ctx.lang.number(others)))
        return dotted(*parts)

    def _mark(self, row: int, status: str) -> None:
        self._set(row, status)
        self.table.select_row(min(row + 1, self.model.rowCount() - 1))

    def _marker(self, status: str) -> Callable[[], None]:
        return lambda: self._mark_current(status)

    def _mark_current(self, status: str) -> None:
        row = self.table.current_row()
        if row >= 0:
            self._mark(row, status)
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _click(self, row: int, status: str) -> None:
        self._set(row, status)

    def _set(self, row: int, status: str) -> None:
        line = self.model.line(row)
        if line is not None:
            self._presenter.mark(line.id, status)

    def _key(self, act: str) -> None:
        if act == "undo":
            self._presenter.undo()
        else:
            self.finder.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.finder.selectAll()

    def _filter(self, words: str) -> None:
        self._wanted = fold(words)
        self.show_training(self._presenter.state)
        self.table.select_row(0)

    def _found(self, _words: str) -> None:
        if self.model.rowCount():
            self.table.select_row(max(self.table.current_row(), 0))
            self.table.setFocus(Qt.FocusReason.OtherFocusReason)
