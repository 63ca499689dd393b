"""The one door for words to the person: toasts and questions inside the window. GUI thread."""

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from migdesk.errors import EnvError, MigDeskError
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.theme import Theme
from migdesk.ui.widgets.banner import Kind
from migdesk.ui.widgets.buttons import danger, secondary
from migdesk.ui.widgets.sheet import Sheet
from migdesk.ui.widgets.text import text
from migdesk.ui.widgets.toast import Toast

MOST_TOASTS = 3


class WindowMessages:
    """The `Messages` of `ui.screen`. `host` is covered by questions; `lang` and `theme` change with the window's."""

    def __init__(self, host: QWidget, theme: Theme, lang: Language) -> None:
        self.host, self.theme, self.lang = host, theme, lang
        self._toasts: list[Toast] = []
        self.last_error: MigDeskError | None = None

    def info(self, text: str) -> None:
        self._toast("info", text, "", stays=False)

    def success(self, text: str) -> None:
        self._toast("success", text, "", stays=False)

    def error(self, exc: MigDeskError) -> None:
        """Stays until it is closed: someone who looked at the person beside them must not miss it."""
        self.last_error = exc
        message, hint = self.lang.error(exc)
        self._toast("warning" if isinstance(exc, EnvError) else "danger", message, hint, stays=True)

    def ask(
        self,
        question: str,
        *,
        safe: str,
        risky: str,
        chosen: Callable[[bool], None],
        detail: str = "",
    ) -> None:
        """Esc and Enter press the safe button."""

        def answer(risk: bool) -> None:
            sheet.close_sheet()
            chosen(risk)

        sheet = Sheet(self.host, self.theme, question, on_escape=lambda: answer(False))
        if detail:
            sheet.content.addWidget(text(detail, wrap=True))
        keep = secondary(safe, lambda: answer(False))
        keep.setObjectName("ask.safe")
        go = danger(risky, lambda: answer(True))
        go.setObjectName("ask.risky")
        sheet.add_buttons([go, keep])
        keep.setDefault(True)
        sheet.open(keep)

    def clear(self) -> None:
        """Take all toasts away (lock, rebuild)."""
        for toast in list(self._toasts):
            toast.dismiss()

    def _toast(self, kind: Kind, words: str, detail: str, *, stays: bool) -> None:
        # The newest success tells all; errors stay until they are read.
        spent = [old for old in self._toasts if not old.stays or old.words == words]
        for old in [*spent, *self._toasts[: max(0, len(self._toasts) - MOST_TOASTS + 1)]]:
            if old in self._toasts:
                old.dismiss()
        close = self.lang.say(N_("Close this message"))
        toast = Toast(self.host, self.theme, kind, words, detail, close, stays=stays, gone=self._gone)
        self._toasts.append(toast)
        toast.show()
        self._stack()

    def _gone(self, toast: Toast) -> None:
        if toast in self._toasts:
            self._toasts.remove(toast)
        self._stack()

    def _stack(self) -> None:
        below = 0
        for toast in reversed(self._toasts):
            below = toast.place(below)
