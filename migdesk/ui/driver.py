"""Drives the real windows the way a person does: finds widgets by name, sends keys and mouse, waits, takes pictures.

GUI thread. Used by the scripted day and by tests. It knows no screen and calls no presenter; what it sends are Qt's own
key and mouse events, to whatever has the focus or lies under the point. It never sleeps: it waits for a condition in a
nested event loop, with a deadline.
"""

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QEvent, QEventLoop, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QCheckBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QTableView,
    QWidget,
)

T = TypeVar("T")
W = TypeVar("W", bound=QWidget)
LOOK_EVERY_MS = 12
NO_MODIFIER = Qt.KeyboardModifier.NoModifier


class DriveError(Exception):
    """Something that a person would expect to see did not come in time. Names widgets, never what was typed."""


class Driver:
    """`busy` says whether work is still under way in the background. Pictures go to `folder`, numbered, if given."""

    def __init__(
        self, folder: Path | None = None, *, busy: Callable[[], bool] = lambda: False, deadline_s: float = 20.0
    ) -> None:
        self._folder, self._deadline_s = folder, deadline_s
        self.busy = busy
        self.pictures: list[str] = []
        self.keys = self.clicks = 0

    # waiting

    def wait(self, look: Callable[[], T | None], what: str, deadline_s: float | None = None) -> T:
        """The first true answer of `look`, asked again and again while events go on. Raises DriveError."""
        found = look()
        if found:
            return found
        answers: list[T] = []
        failures: list[Exception] = []
        loop = QEventLoop()
        timer = QTimer()

        def ask() -> None:
            # An exception must not be lost inside Qt's event loop.
            try:
                answer = look()
            except Exception as error:
                failures.append(error)
                loop.quit()
                return
            if answer:
                answers.append(answer)
                loop.quit()

        timer.timeout.connect(ask)
        timer.start(LOOK_EVERY_MS)
        QTimer.singleShot(round(1000 * (deadline_s or self._deadline_s)), loop, loop.quit)
        loop.exec()
        timer.stop()
        if failures:
            raise failures[0]
        if not answers:
            raise DriveError(f"waited in vain for {what}; to be seen: {', '.join(self._names()[:40])}")
        return answers[0]

    def settle(self) -> None:
        """Wait until nothing works in the background and what was posted has been dealt with."""
        quiet = 0

        def still() -> bool:
            nonlocal quiet
            quiet = 0 if self.busy() else quiet + 1
            return quiet > 2

        self.wait(still, "the work in the background to end")

    # finding

    def find(self, name: str) -> QWidget:
        """The visible widget of this name; waits for it."""
        return self.wait(lambda: self.look(name, QWidget), name)

    def table(self, name: str) -> QTableView:
        """The visible table of this name; waits for it."""
        return self.wait(lambda: self.look(name, QTableView), name)

    def look(self, name: str, kind: type[W]) -> W | None:
        """The visible widget of this name, or None."""
        for window in QApplication.topLevelWidgets():
            if window.isVisible():
                found = [window] if window.objectName() == name else window.findChildren(QWidget, name)
                for one in found:
                    if one.isVisible() and isinstance(one, kind):
                        return one
        return None

    def text(self, name: str) -> str:
        """The words of a label or a line."""
        widget = self.find(name)
        if isinstance(widget, QLabel | QLineEdit):
            return widget.text()
        return widget.accessibleName()

    def rows(self, name: str) -> int:
        """How many rows a table shows."""
        return self.table(name).model().rowCount()

    def cell(self, name: str, row: int, column: int) -> str:
        """What a cell of a table says."""
        return str(self.table(name).model().index(row, column).data() or "")

    # mouse

    def click(self, name: str) -> None:
        """Press the left button in the middle of a widget, once it can be pressed."""
        widget = self.wait(lambda: self._enabled(name), f"{name} to be usable")
        self._reveal(widget)
        at = widget.rect().center()
        if isinstance(widget, QCheckBox):
            # Only the box and its words take a press, not the empty room behind them.
            at.setX(widget.height() // 2)
        self.click_at(widget, at)

    def click_at(self, widget: QWidget, at: QPoint) -> None:
        """A press and release where `at` lies, on whatever is on top there."""
        target = widget.childAt(at) or widget
        # A label inside a pressable row does not take the press; Qt hands it up, and so does this.
        spot = QPointF(target.mapFrom(widget, at))
        focus = self._focusable(target)
        if focus is not None:
            focus.setFocus(Qt.FocusReason.MouseFocusReason)
        for kind, buttons in (
            (QEvent.Type.MouseButtonPress, Qt.MouseButton.LeftButton),
            (QEvent.Type.MouseButtonRelease, Qt.MouseButton.NoButton),
        ):
            event = QMouseEvent(kind, spot, target.mapToGlobal(spot), Qt.MouseButton.LeftButton, buttons, NO_MODIFIER)
            QApplication.sendEvent(target, event)
        self.clicks += 1
        self.settle()

    def open_row(self, name: str, row: int) -> None:
        """Go to a row of a table and press Enter."""
        table = self.table(name)
        self.focus(table)
        table.selectRow(row)
        self.press(Qt.Key.Key_Return)

    # keyboard

    def focus(self, widget: QWidget) -> None:
        """Give a widget the keyboard, as Tab would."""
        self._reveal(widget)
        widget.window().activateWindow()
        (widget.focusProxy() or widget).setFocus(Qt.FocusReason.TabFocusReason)

    def press(self, key: Qt.Key, words: str = "", modifiers: Qt.KeyboardModifier = NO_MODIFIER) -> None:
        """One key, to an open list if there is one, else to whatever has the keyboard."""
        target = self._has_keyboard()
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            QApplication.sendEvent(target, QKeyEvent(kind, key, modifiers, words))
        self.keys += 1
        self.settle()

    def type(self, name: str, words: str) -> None:
        """Type into a field, letter by letter, over what is there."""
        widget = self.find(name)
        self.focus(widget)
        target = widget.focusProxy() or widget
        if isinstance(target, QLineEdit | QPlainTextEdit):
            target.selectAll()
        for letter in words:
            key = (
                Qt.Key.Key_Return
                if letter == "\n"
                else Qt.Key(ord(letter.upper()))
                if ord(letter) < 128
                else Qt.Key.Key_unknown
            )
            shown = self._has_keyboard()
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QApplication.sendEvent(shown, QKeyEvent(kind, key, NO_MODIFIER, letter))
            self.keys += 1
        self.settle()

    def enter(self, name: str, words: str) -> None:
        """Type into a field of a form and go on with Enter; a list that opened below it is used."""
        self.type(name, words)
        popup = QApplication.activePopupWidget()
        if isinstance(popup, QAbstractItemView):
            popup.setCurrentIndex(popup.model().index(0, 0))
            self.press(Qt.Key.Key_Return)
        self.focus(self.find(name))
        self.press(Qt.Key.Key_Return)

    # pictures

    def picture(self, name: str) -> str:
        """Take a picture of the window as it is now; returns the file's name."""
        self.settle()
        shown = f"{len(self.pictures) + 1:02d}-{re.sub('[^a-z0-9]+', '-', name.lower()).strip('-')}.png"
        self.pictures.append(shown)
        if self._folder is not None:
            window = self.wait(self._window, "a window")
            if not window.grab().save(str(self._folder / shown)):
                raise DriveError(f"the picture {shown} could not be written")
        return shown

    def _window(self) -> QWidget | None:
        seen = [one for one in QApplication.topLevelWidgets() if one.isVisible() and one.isWindow()]
        return max(seen, key=lambda one: one.width() * one.height(), default=None)

    def _enabled(self, name: str) -> QWidget | None:
        widget = self.look(name, QWidget)
        return widget if widget is not None and widget.isEnabled() else None

    def _has_keyboard(self) -> QWidget:
        popup = QApplication.activePopupWidget()
        if popup is not None:
            return popup.focusWidget() or popup
        window = QApplication.activeModalWidget() or QApplication.activeWindow() or self._window()
        if window is None:
            raise DriveError("nothing takes the keyboard")
        return window.focusWidget() or window

    @staticmethod
    def _focusable(widget: QWidget) -> QWidget | None:
        one: QWidget | None = widget
        while one is not None and not one.focusPolicy() & Qt.FocusPolicy.ClickFocus:
            one = one.parentWidget()
        return one

    @staticmethod
    def _reveal(widget: QWidget) -> None:
        """Scroll to a widget, as a person would before pressing it."""
        one = widget.parentWidget()
        while one is not None:
            if isinstance(one, QScrollArea):
                one.ensureWidgetVisible(widget, 0, 24)
            one = one.parentWidget()

    @staticmethod
    def _names() -> list[str]:
        """Names of what can be seen, for a failure to be understood."""
        windows = [one for one in QApplication.topLevelWidgets() if one.isVisible()]
        return [
            child.objectName()
            for window in windows
            for child in window.findChildren(QWidget)
            if child.isVisible() and "." in child.objectName()
        ]


class Stopwatch:
    """Seconds of each step."""

    def __init__(self) -> None:
        self._started = time.perf_counter()

    def lap(self) -> float:
        """Seconds since the last lap."""
        now = time.perf_counter()
        passed, self._started = now - self._started, now
        return passed
