"""What an owner reads and types before the own workspace is destroyed: the same in the settings and on the unlock
window, where nobody may have the time for a passphrase. GUI thread."""

from collections.abc import Callable

from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.services.wiping import WORD, is_word
from migdesk.ui.theme import Theme
from migdesk.ui.unlock import centred
from migdesk.ui.widgets.banner import Banner
from migdesk.ui.widgets.buttons import danger, secondary
from migdesk.ui.widgets.text import text

TITLE = N_("Destroy this workspace")


class WipeForm(QWidget):
    """`go()` when the word stands there and the button is pressed; `stay()` is the safe way out and has the keyboard.

    Object names: `wipe.count`, `wipe.word`, `wipe.go`, `wipe.stay`.
    """

    def __init__(self, theme: Theme, lang: Language, go: Callable[[], object], stay: Callable[[], object]) -> None:
        super().__init__()
        self._lang, self._go = lang, go
        say, self._word = lang.say, lang.say(WORD)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.space(3))
        lead = N_(
            "The keys go first, then every file and the backups on this laptop. Afterwards no passphrase, no recovery "
            "code and no supervisor brings it back."
        )
        column.addWidget(text(say(lead), wrap=True))
        self.count = Banner(theme, "warning", say(N_("Counting what would be lost…")))
        self.count.words.setObjectName("wipe.count")
        column.addWidget(self.count)
        scope = N_("What the server or a colleague received stays there, and so do copies on sticks. Nobody is told.")
        column.addWidget(text(say(scope), "help", wrap=True))
        ask = text(say(N_("Type {word} to go on"), word=self._word), "label", wrap=True)
        column.addWidget(ask)
        self.word = QLineEdit()
        self.word.setObjectName("wipe.word")
        self.word.setAccessibleName(ask.text())
        self.word.textChanged.connect(self._typed)
        ask.setBuddy(self.word)
        column.addWidget(self.word)
        self.stay = secondary(say(N_("Leave everything as it is")), stay)
        self.stay.setObjectName("wipe.stay")
        self.button = danger(say(N_("Destroy it now")), self._pressed)
        self.button.setObjectName("wipe.go")
        self.button.setEnabled(False)
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        row.addStretch(1)
        row.addWidget(self.stay)
        row.addWidget(self.button)
        column.addLayout(row)

    def tell(self, only_here: int | None) -> None:
        """How many changes exist on this laptop only; None if nobody can count them."""
        lang = self._lang
        if only_here is None:
            words = lang.say(N_("Without the passphrase nobody can count what was not sent yet. It would be lost."))
        elif only_here == 0:
            words = lang.say(N_("No change exists on this laptop only. Nothing would be lost."))
        else:
            words = lang.many(
                N_("{n} change exists only on this laptop and would be lost."),
                N_("{n} changes exist only on this laptop and would be lost."),
                only_here,
            )
        self.count.set_words(words)

    def _typed(self, typed: str) -> None:
        self.button.setEnabled(is_word(typed, self._word))

    def _pressed(self) -> None:
        self.button.setEnabled(False)
        self.word.setReadOnly(True)
        self._go()


class WipePage(QWidget):
    """The form on the unlock window, for the workspace of this name."""

    def __init__(
        self, theme: Theme, lang: Language, name: str, go: Callable[[], object], stay: Callable[[], object]
    ) -> None:
        super().__init__()
        page, column = centred(theme, 420)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(page)
        column.addWidget(text(lang.say(TITLE), "title", wrap=True))
        column.addWidget(text(lang.say(N_("Workspace: {name}"), name=name), "strong", wrap=True))
        self.form = WipeForm(theme, lang, go, stay)
        self.form.tell(None)
        self.problem = text("", "problem", wrap=True)
        self.problem.setObjectName("wipe.problem")
        self.problem.hide()
        column.addWidget(self.form)
        column.addWidget(self.problem)
        self.form.stay.setFocus()

    def failed(self, words: str) -> None:
        """It was not done, or not all of it."""
        self.problem.setText(words)
        self.problem.show()
        self.form.word.setReadOnly(False)
