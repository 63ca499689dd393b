"""A text that is carried between two laptops: given out as picture, groups and file, taken in by paste or file.

GUI thread; files are read and written by whoever made the box.
"""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.services import recovery
from migdesk.ui import icons
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.buttons import secondary
from migdesk.ui.widgets.file_dialog import file_dialog
from migdesk.ui.widgets.text import text

_QR_PX, _SMALL_PX, _LARGEST_PX = 224, 150, 300
"""Side of a picture at 100 %: of a long text, of a short one; and what is large enough for any camera."""
_SHORT = 45
"""Modules of the picture of a short text, at most."""
_MODULE = 8
"""Pixels of a module in the picture that is drawn."""
Save = Callable[[Path, Callable[[], None]], None]
Read = Callable[[Path, Callable[[str], None]], None]


class GivenText(QWidget):
    """`save(file, done)` when it is to be a file. Object names: `<prefix>.text`, `.qr`, `.copy`, `.save`, `.said`."""

    def __init__(
        self, theme: Theme, lang: Language, *, prefix: str, name: str, given: str, file_name: str, save: Save
    ) -> None:
        super().__init__()
        self._theme, self._lang, self._prefix = theme, lang, prefix
        self._given, self._file_name, self._save_file = given, file_name, save
        say = lang.say
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(3))
        both = QHBoxLayout()
        both.setSpacing(theme.space(4))
        self.picture = _picture(theme, given, say(N_("The same as a QR code")))
        self.picture.setObjectName(f"{prefix}.qr")
        both.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignTop)
        both.addWidget(self._box(name), 1, Qt.AlignmentFlag.AlignTop)
        column.addLayout(both)
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        ink = theme.color("ink")
        copy = secondary(say(N_("Copy")), self._copy, icon=icons.icon("copy", ink, size=theme.px(18)))
        copy.setObjectName(f"{prefix}.copy")
        keep = secondary(say(N_("Save to a file…")), self._save, icon=icons.icon("usb", ink, size=theme.px(18)))
        keep.setObjectName(f"{prefix}.save")
        self.said = text("", "help", wrap=True)
        self.said.setObjectName(f"{prefix}.said")
        row.addWidget(copy)
        row.addWidget(keep)
        row.addWidget(self.said, 1)
        column.addLayout(row)

    def _box(self, name: str) -> QPlainTextEdit:
        box = QPlainTextEdit(self._given)
        box.setReadOnly(True)
        box.setTabChangesFocus(True)
        box.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        box.setAccessibleName(name)
        box.setObjectName(f"{self._prefix}.text")
        mono(box, self._theme)
        longest = max(box.fontMetrics().horizontalAdvance(line) for line in self._given.splitlines())
        box.setMinimumWidth(longest + self._theme.space(7))
        lines = len(self._given.splitlines())
        height = box.fontMetrics().lineSpacing() * lines + self._theme.space(6)
        box.setFixedHeight(max(height, self.picture.sizeHint().height() if lines > 6 else 0))
        return box

    def _copy(self) -> None:
        """None of these texts is a secret: each is of use to one laptop, or to one supervisor."""
        QGuiApplication.clipboard().setText(self._given)
        self.said.setText(self._lang.say(N_("Copied.")))

    def _save(self) -> None:
        say = self._lang.say
        kinds = say(N_("Texts (*{suffix})"), suffix=".txt")
        dialog = file_dialog(self, say(N_("Save to a file…")), kinds=kinds, save=self._file_name)
        dialog.setObjectName(f"{self._prefix}.file")
        dialog.fileSelected.connect(lambda name: self._save_file(Path(name), lambda: self._saved(Path(name))))
        dialog.show()

    def _saved(self, file: Path) -> None:
        self.said.setText(self._lang.say(N_("Saved as {file}."), file=file.name))


class TakenText(QWidget):
    """`typed(text)` after each change. Object names: `<prefix>.text`, `<prefix>.open`."""

    def __init__(
        self,
        theme: Theme,
        lang: Language,
        *,
        prefix: str,
        name: str,
        lines: int,
        typed: Callable[[str], None],
        read: Read,
    ) -> None:
        super().__init__()
        self._lang, self._prefix, self._read = lang, prefix, read
        say = lang.say
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(2))
        label = text(name, "label", wrap=True)
        column.addWidget(label)
        self.box = QPlainTextEdit()
        self.box.setTabChangesFocus(True)
        self.box.setAccessibleName(name)
        self.box.setObjectName(f"{prefix}.text")
        mono(self.box, theme)
        self.box.setPlaceholderText(say(N_("Paste it here, or type it: five groups of four in a line")))
        self.box.setFixedHeight(self.box.fontMetrics().lineSpacing() * (lines + 1) + theme.space(4))
        self.box.textChanged.connect(lambda: typed(self.box.toPlainText()))
        label.setBuddy(self.box)
        column.addWidget(self.box)
        picture = icons.icon("usb", theme.color("ink"), size=theme.px(18))
        button = secondary(say(N_("Open a file…")), self._open, icon=picture)
        button.setObjectName(f"{prefix}.open")
        row = QHBoxLayout()
        row.addWidget(button)
        row.addStretch(1)
        column.addLayout(row)
        self.setFocusProxy(self.box)

    def text(self) -> str:
        return self.box.toPlainText()

    def set_text(self, words: str) -> None:
        self.box.setPlainText(words)

    def _open(self) -> None:
        say = self._lang.say
        kinds = say(N_("Texts (*{suffix})"), suffix=".txt")
        dialog = file_dialog(self, say(N_("Open a file…")), kinds=kinds)
        dialog.setObjectName(f"{self._prefix}.file")
        dialog.fileSelected.connect(lambda name: self._read(Path(name), self.set_text))
        dialog.show()


def mono(widget: QWidget, theme: Theme) -> None:
    """Letters of one width, in which 8 and B, 0 and D look most different."""
    font = widget.font()
    font.setFamilies(list(theme.font("code")[0]))
    widget.setFont(font)


def _picture(theme: Theme, given: str, name: str) -> QLabel:
    """Every module the same number of whole pixels: cheap cameras stumble over uneven ones."""
    drawn = QPixmap()
    drawn.loadFromData(recovery.qr_png(given), "PNG")
    modules = drawn.width() // _MODULE
    wanted = min(theme.px(_SMALL_PX if modules <= _SHORT else _QR_PX), _LARGEST_PX)
    side = modules * max(2, round(wanted / modules))
    label = QLabel()
    label.setPixmap(drawn.scaled(side, side, mode=Qt.TransformationMode.FastTransformation))
    label.setFixedSize(side, side)
    label.setAccessibleName(name)
    return label
