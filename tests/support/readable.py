"""What a person could not reach or read under a widget, once its layout has come to rest."""

import contextlib

from PySide6.QtWidgets import QWidget
from pytestqt.exceptions import TimeoutError as PytestQtTimeoutError
from pytestqt.qtbot import QtBot

from migdesk.ui import a11y

REST_MS = 5_000


def faults(qtbot: QtBot, root: QWidget) -> list[a11y.Finding]:
    """Controls without a name, and words that are clipped and stay so.

    Qt lays words out again when they turn out to need another line: that is asked for and comes a moment later.
    """
    with contextlib.suppress(PytestQtTimeoutError):
        qtbot.waitUntil(lambda: not a11y.clipped(root), timeout=REST_MS)
    return a11y.audit(root) + a11y.clipped(root)
