"""The form of a new workspace, shown in the unlock window once the code lists and areas are read. GUI thread."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.ui.areas import AreaFinder, fold
from migdesk.ui.gate import passphrase_field
from migdesk.ui.passphrase_advice import PassphraseAdvice
from migdesk.ui.theme import Theme
from migdesk.ui.unlock import centred
from migdesk.ui.widgets.area_field import AreaField
from migdesk.ui.widgets.buttons import primary, quiet
from migdesk.ui.widgets.picker import Picker
from migdesk.ui.widgets.text import text

if TYPE_CHECKING:
    from migdesk.services.passphrases import Quality

SHORTEST = 8
"""As the key file demands; the advice on the form asks for more."""


@dataclass(frozen=True, slots=True)
class NewWorkspace:
    """What the form gives. `repr` leaves the passphrase out."""

    display_name: str
    username: str
    role: str
    area: str
    passphrase: str

    def __repr__(self) -> str:
        return f"NewWorkspace(role={self.role!r})"


def user_name(display_name: str) -> str:
    """A user name made of a name: small letters and digits with dots between (`Ibu Sri W.` gives `ibu.sri.w`)."""
    return ".".join(re.findall(r"[a-z0-9]+", fold(display_name)))[:40].strip(".")


class NewWorkspacePage(QWidget):
    """`make(new)` when everything fits; `back` only if there is something to go back to."""

    def __init__(
        self,
        theme: Theme,
        lang: Language,
        roles: Sequence[tuple[str, str]],
        areas: AreaFinder,
        make: Callable[[NewWorkspace], None],
        judge: Callable[[str, Sequence[str], Callable[["Quality"], None]], None],
        back: Callable[[], None] | None,
    ) -> None:
        super().__init__()
        self._theme, self._lang, self._make, self._judge = theme, lang, make, judge
        self._areas = areas
        say = lang.say
        page, column = centred(theme, 420)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scrolled(page))
        column.addWidget(text(say(N_("A new workspace")), "title", wrap=True))
        column.addWidget(
            text(
                say(N_("It belongs to one person. Several may live on one laptop; each has its own key.")),
                "muted",
                wrap=True,
            )
        )
        self.name = QLineEdit()
        self._add(column, say(N_("Your name")), self.name, "new.name")
        self.role = Picker(theme, roles, roles[0][0] if roles else "", say(N_("Role")))
        self._add(column, say(N_("Role")), self.role, "new.role")
        self.area = AreaField(theme, areas, say(N_("Type a name or a code")), say(N_("Where you work")), min_level=2)
        self._add(column, say(N_("Where you work")), self.area, "new.area")
        self.area.line.setObjectName("new.area.input")
        self._add_passphrases(column)
        self.problem = text("", "problem", wrap=True)
        self.problem.setObjectName("new.problem")
        self.problem.hide()
        column.addWidget(self.problem)
        self.button = primary(say(N_("Make the workspace")), self._try)
        self.button.setObjectName("new.make")
        row = QHBoxLayout()
        row.setSpacing(theme.space(2))
        row.addWidget(self.button, 1)
        if back is not None:
            row.addWidget(quiet(say(N_("Back")), back))
        column.addSpacing(theme.space(1))
        column.addLayout(row)
        self.second.entered.connect(self._try)
        self.name.setFocus()

    def _add_passphrases(self, column: QVBoxLayout) -> None:
        theme, lang, say = self._theme, self._lang, self._lang.say
        self.first = passphrase_field(theme, lang)
        self.first.line.setObjectName("new.passphrase")
        self._add(column, say(N_("Passphrase")), self.first, "")
        column.addWidget(PassphraseAdvice(theme, lang, self.first, self._judged))
        self.second = passphrase_field(theme, lang, say(N_("Passphrase once more")))
        self.second.line.setObjectName("new.passphrase_again")
        self._add(column, say(N_("Passphrase once more")), self.second, "")

    def _judged(self, typed: str, done: Callable[["Quality"], None]) -> None:
        """What whoever knows the person would try: the name and the village as far as they are written already."""
        area = self.area.value()
        self._judge(typed, (self.name.text(), self._areas.path(str(area)) if area else ""), done)

    def busy(self) -> None:
        self.button.setEnabled(False)
        self.button.setText(self._lang.say(N_("Making the keys…")))

    def failed(self, message: str, hint: str = "") -> None:
        self.button.setEnabled(True)
        self.button.setText(self._lang.say(N_("Make the workspace")))
        self._say(f"{message} {hint}".strip())

    def typed(self) -> tuple[str, str, object, str, str]:
        """What is in the fields, to carry it over a change of language."""
        return (self.name.text(), self.role.value(), self.area.value(), self.first.text(), self.second.text())

    def restore(self, typed: tuple[str, str, object, str, str]) -> None:
        self.name.setText(typed[0])
        self.role.set_value(typed[1])
        self.area.set_value(typed[2])
        self.first.line.setText(typed[3])
        self.second.line.setText(typed[4])

    def _add(self, column: QVBoxLayout, label: str, field: QWidget, name: str) -> None:
        words = text(label, "label")
        target = field.focusProxy() or field
        words.setBuddy(target)
        if name:
            field.setObjectName(name)
        if not target.accessibleName():
            target.setAccessibleName(label)
        column.addSpacing(self._theme.space(1))
        column.addWidget(words)
        column.addWidget(field)

    def _try(self) -> None:
        problem = self._problem()
        self._say(problem)
        if problem or not self.button.isEnabled():
            return
        name = " ".join(self.name.text().split())
        self._make(NewWorkspace(name, user_name(name), self.role.value(), str(self.area.value()), self.first.text()))

    def _problem(self) -> str:
        say = self._lang.say
        if not user_name(self.name.text()):
            self.name.setFocus(Qt.FocusReason.OtherFocusReason)
            return say(N_("Type your name, so that colleagues know who wrote what."))
        if not self.area.value():
            self.area.line.setFocus(Qt.FocusReason.OtherFocusReason)
            return say(N_("Choose the place where you work from the list."))
        if len(self.first.text()) < SHORTEST:
            self.first.setFocus(Qt.FocusReason.OtherFocusReason)
            return say(N_("The passphrase needs at least {count} characters."), count=SHORTEST)
        if self.first.text() != self.second.text():
            self.second.setFocus(Qt.FocusReason.OtherFocusReason)
            return say(N_("The two passphrases are not the same."))
        return ""

    def _say(self, words: str) -> None:
        self.problem.setText(words)
        self.problem.setVisible(bool(words))


def scrolled(page: QWidget) -> QScrollArea:
    """A page that scrolls where the window is too low for it."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    page.setProperty("look", "canvas")
    area.setWidget(page)
    return area
