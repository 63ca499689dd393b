"""Qt's own words (buttons, context menus, file dialogs) from our catalogue: Qt ships no Indonesian. GUI thread."""

from PySide6.QtCore import QObject, QTranslator

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_

QT_WORDS = (
    N_("OK"), N_("Cancel"), N_("Save"), N_("Yes"), N_("No"), N_("Close"), N_("Open"), N_("Apply"), N_("Discard"),
    N_("Undo"), N_("Redo"), N_("Cut"), N_("Copy"), N_("Paste"), N_("Delete"), N_("Select All"), N_("Look in:"),
    N_("File name:"), N_("Files of type:"), N_("Directory:"), N_("Folder"), N_("Back"), N_("Forward"),
    N_("Parent Directory"), N_("Create New Folder"), N_("List View"), N_("Detail View"), N_("Name"), N_("Size"),
    N_("Type"), N_("Date Modified"), N_("All Files (*)"), N_("Choose"), N_("Computer"), N_("New Folder"), N_("Rename"),
    N_("Show hidden files"), N_("Sidebar"), N_("Recent Places"), N_("Go back"), N_("Go forward"),
    N_("Go to the parent directory"), N_("Create a New Folder"), N_("Change to list view mode"),
    N_("Change to detail view mode"), N_("List of places and bookmarks"), N_("Copy Link Location"), N_("Step up"),
    N_("Step down"), N_("Clear"), N_("Previous month"), N_("Next month"), N_("File"), N_("Find Directory"),
)  # fmt: skip
"""What Qt shows, without the `&` of its accelerators. File dialogs are ours to translate because we use Qt's own."""

_REPLACE = N_("A file of this name is there already. Do you want to replace it?")
_QUESTIONS = {"%1 already exists.\nDo you want to replace it?": _REPLACE}


class CatalogueTranslator(QTranslator):
    """Asks the catalogue for what Qt says; an accelerator mark in front is kept in front."""

    def __init__(self, lang: Language, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lang = lang
        self._known = frozenset(QT_WORDS)

    def isEmpty(self) -> bool:
        return False

    def translate(self, context: str, source: str, disambiguation: str | None = None, n: int = -1) -> str | None:
        """The words for what Qt calls `source`, or None, which makes Qt go on looking. An empty text would be taken as
        the translation: whatever we do not know would be blank, and a sheet of paper without a name has no size."""
        if source in _QUESTIONS:
            return self._lang.say(_QUESTIONS[source])
        plain = source.replace("&", "")
        dots = "..." if plain.endswith("...") else ""
        plain = plain.removesuffix("...")
        if plain not in self._known:
            return None
        said = self._lang.say(plain)
        return ("&" if "&" in source else "") + said + dots
