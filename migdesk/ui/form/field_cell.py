"""One field on a form: label, marks, help, editor, the quiet "not known" choices, and its problem. GUI thread."""

from collections.abc import Sequence

from PySide6.QtCore import QAbstractAnimation, QEasingCurve, QPropertyAnimation, Signal
from PySide6.QtWidgets import (
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from migdesk.domain.record import FieldSpec, Required, Tier
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui import icons
from migdesk.ui.form.head_layout import HeadLayout
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.editor import Editor
from migdesk.ui.widgets.text import text

FADE_MS = 140
MARKS = {Required.SAVE: "■", Required.COMPLETE: "●"}


class FieldCell(QWidget):
    """`edited(name, value)` when the person gives or takes back an answer. `missing` are (value, words) choices."""

    edited = Signal(str, object)
    committed = Signal()

    def __init__(
        self,
        field: FieldSpec,
        editor: Editor,
        theme: Theme,
        lang: Language,
        missing: Sequence[tuple[object, str]],
        *,
        prefix: str,
        wide: bool,
    ) -> None:
        super().__init__()
        self.field, self.editor, self.wide = field, editor, wide
        self._theme = theme
        self._missing_value: object = None
        self._missing: list[tuple[object, QPushButton]] = []
        self._fade: QPropertyAnimation | None = None
        self.setObjectName(f"{prefix}.{field.name}.cell")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(1))
        self.head = QWidget()
        head = QVBoxLayout(self.head)
        head.setContentsMargins(0, 0, 0, 0)
        head.setSpacing(theme.space(0.5))
        head.addStretch(1)
        head.addWidget(self._head_row(theme, lang))
        if field.help:
            head.addWidget(text(lang.say(field.help), "help", wrap=True))
        column.addWidget(self.head)
        column.addWidget(editor)
        self.problem = text("", "problem", wrap=True)
        self.problem.hide()
        column.addWidget(self.problem)
        if missing:
            column.addWidget(self._missing_part(theme, lang, missing, prefix))
        column.addStretch(1)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        editor.edited.connect(self._edited)
        editor.committed.connect(self.committed)
        self._name(lang, prefix)

    def value(self) -> object:
        return self._missing_value if self._missing_value is not None else self.editor.value()

    def set_value(self, value: object) -> None:
        """Show a value; what the person is typing is left alone when it already means the same."""
        is_missing = value is not None and any(value == one for one, _ in self._missing)
        self._missing_value = value if is_missing else None
        self._show_missing()
        shown = None if is_missing else value
        if self.editor.value() != shown or type(self.editor.value()) is not type(shown):
            self.editor.set_value(shown)

    def head_height(self, width: int) -> int:
        """How high label and help are at a width."""
        layout = self.head.layout()
        return layout.totalHeightForWidth(width) if layout is not None else 0

    def height_for(self, width: int, head: int) -> int:
        """How high the cell is at a width when its label and help get `head` pixels."""
        if self.head.minimumHeight() != head:
            self.head.setFixedHeight(head)
        layout = self.layout()
        return layout.totalHeightForWidth(width) if layout is not None else 0

    def set_read_only(self, read_only: bool) -> None:
        self.editor.set_read_only(read_only)
        for _, button in self._missing:
            button.setEnabled(not read_only)

    def say_problem(self, words: str, *, warning: bool = False) -> None:
        """Write the problem under the editor; an empty text takes it away."""
        self.problem.setProperty("look", "caution" if warning else "problem")
        self.problem.style().unpolish(self.problem)
        self.problem.style().polish(self.problem)
        self.problem.setText(words)
        self.problem.setVisible(bool(words))
        self.editor.set_wrong(bool(words) and not warning)
        target = self.editor.focusProxy() or self.editor
        target.setAccessibleDescription(words or self._help)

    def appear(self, shown: bool) -> None:
        """Show or hide; a field that becomes relevant fades in, so that the eye finds what is new."""
        if shown != self.isHidden():
            return
        self.setVisible(shown)
        if not shown or self._theme.mode == "contrast" or not self.window().isVisible():
            return
        effect = QGraphicsOpacityEffect(self)
        self.setGraphicsEffect(effect)
        self._fade = QPropertyAnimation(effect, b"opacity", self)
        self._fade.setDuration(FADE_MS)
        self._fade.setStartValue(0.0)
        self._fade.setEndValue(1.0)
        self._fade.setEasingCurve(QEasingCurve.Type.OutCubic)
        self._fade.finished.connect(self._faded)
        self._fade.start(QAbstractAnimation.DeletionPolicy.KeepWhenStopped)

    def _faded(self) -> None:
        # PySide's stub does not say that None takes the effect away; Qt's own documentation does.
        self.setGraphicsEffect(None)  # type: ignore[arg-type]

    def _head_row(self, theme: Theme, lang: Language) -> QWidget:
        row = QWidget()
        layout = HeadLayout(row, theme.space(2), theme.space(5.5))
        layout.addWidget(self._label_part(theme, lang))
        if self.field.tier >= Tier.T4:
            layout.addWidget(_beside(theme, lock_mark(theme, lang)))
        return row

    def _label_part(self, theme: Theme, lang: Language) -> QWidget:
        part = QWidget()
        row = QHBoxLayout(part)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.space(1.5))
        if mark := MARKS.get(self.field.required):
            sign = text(mark, "required")
            sign.setToolTip(required_words(lang, self.field.required))
            row.addWidget(sign)
        self.label = text(lang.say(self.field.label), "label", wrap=True)
        row.addWidget(self.label, 1)
        return part

    def _missing_part(
        self, theme: Theme, lang: Language, missing: Sequence[tuple[object, str]], prefix: str
    ) -> QWidget:
        """The quiet answers, under every editor alike, so that the labels and editors of a row stand on one line."""
        for value, words in missing:
            button = QPushButton(words)
            button.setProperty("look", "missing")
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setObjectName(f"{prefix}.{self.field.name}.{value}")
            button.setAccessibleName(f"{lang.say(self.field.label)}: {words}")
            button.clicked.connect(lambda on, value=value: self._missing_pressed(value, on))
            self._missing.append((value, button))
        return _beside(theme, [button for _, button in self._missing])

    def _name(self, lang: Language, prefix: str) -> None:
        label = lang.say(self.field.label)
        self._help = lang.say(self.field.help)
        self.editor.setObjectName(f"{prefix}.{self.field.name}")
        self.editor.name_parts(label)
        target = self.editor.focusProxy() or self.editor
        target.setAccessibleDescription(self._help)
        buttons = getattr(self.editor, "buttons", None)
        if buttons is not None:
            for code, button in buttons().items():
                button.setObjectName(f"{prefix}.{self.field.name}.{code}")
        else:
            target.setObjectName(f"{prefix}.{self.field.name}.input")
            self.label.setBuddy(target)

    def _edited(self, value: object) -> None:
        self._missing_value = None
        self._show_missing()
        self.say_problem("")
        self.edited.emit(self.field.name, value)

    def _missing_pressed(self, value: object, on: bool) -> None:
        self._missing_value = value if on else None
        self._show_missing()
        self.editor.set_value(None)
        self.say_problem("")
        self.edited.emit(self.field.name, self._missing_value)

    def _show_missing(self) -> None:
        for value, button in self._missing:
            button.setChecked(self._missing_value is not None and value == self._missing_value)


def _beside(theme: Theme, parts: Sequence[QWidget]) -> QWidget:
    """Small things side by side from the left."""
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.space(1))
    for part in parts:
        row.addWidget(part)
    row.addStretch(1)
    return made


def required_words(lang: Language, required: Required) -> str:
    return lang.say(N_("Needed to save")) if required is Required.SAVE else lang.say(N_("Needed to finish"))


def lock_mark(theme: Theme, lang: Language) -> list[QWidget]:
    """A lock and the words that say that this never leaves the laptop."""
    picture = QLabel()
    picture.setPixmap(icons.pixmap("lock", theme.color("muted"), theme.px(14), 2.0))
    return [picture, text(lang.say(N_("stays on this laptop")), "help")]
