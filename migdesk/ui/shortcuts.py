"""The keys of the frame, in one list that the settings screen shows too. GUI thread."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget

from migdesk.i18n.markers import N_

KEYS: dict[str, tuple[tuple[str, ...], str]] = {
    "search": (("Ctrl+K", "F3"), N_("Search everything")),
    "lock": (("Ctrl+L",), N_("Lock")),
    "hide": (("F12",), N_("Hide at once")),
    "back": (("Alt+Left",), N_("Back to where you were")),
    "sync": (("F9",), N_("Open sync")),
}
"""Name to key sequences and what they do."""

EVERYWHERE = ("lock", "hide")
"""These work in every window of the program, also while a file is being chosen."""

SAVE = ("Ctrl+S",)
SAVE_AND_GO_ON = ("Ctrl+Return", "Ctrl+Enter")
"""The two Enter keys of a keyboard have two names."""

FORM_KEYS: tuple[tuple[str, str], ...] = (
    ("Ctrl+S", N_("Save")),
    ("Ctrl+Enter", N_("Save and go on")),
    ("Enter", N_("Next field")),
    ("Alt+1 … Alt+8", N_("Go to a screen")),
)
"""Keys that forms and the navigation handle themselves; listed for people."""


def bind(window: QWidget, acts: Mapping[str, Callable[[], object]]) -> None:
    """Bind the keys of `KEYS` by name, for the whole window."""
    for name, act in acts.items():
        for keys in KEYS[name][0]:
            shortcut(window, keys, act, everywhere=name in EVERYWHERE)


def bind_screens(window: QWidget, names: list[str], go: Callable[[str], None]) -> None:
    """Alt+1, Alt+2 ... go to the screens in order."""
    for number, name in enumerate(names[:9], 1):
        shortcut(window, f"Alt+{number}", partial(go, name))


def shortcut(widget: QWidget, keys: str, act: Callable[[], object], *, everywhere: bool = False) -> None:
    """Bind one key sequence for the window of `widget`, as long as `widget` is to be seen."""
    made = QShortcut(QKeySequence(keys), widget)
    context = Qt.ShortcutContext.ApplicationShortcut if everywhere else Qt.ShortcutContext.WindowShortcut
    made.setContext(context)
    made.activated.connect(act)
