"""Turns what a page shows into HTML with the templates of `resources/console`. All is escaped; there is no script."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from migdesk import __version__
from migdesk.i18n.catalogue import SHIPPED, load
from migdesk.i18n.language import Language
from migdesk.paths import resource
from migdesk.services.reference import read_codebook

_OWN_NAMES = {"id": "Bahasa Indonesia", "en": "English"}


class Markup:
    """The templates, and a language for each reader."""

    def __init__(self) -> None:
        folder = resource("console")
        self._languages = {code: load(code) for code in SHIPPED}
        self._templates = Environment(
            loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
            lstrip_blocks=True,
        )  # fmt: skip
        self._codes = read_codebook()
        self.style = (folder / "style.css").read_bytes()

    def language(self, chosen: str | None, accepted: str) -> Language:
        """The language that was chosen, else the first one that the browser takes, else Indonesian."""
        asked = [chosen or "", *(part.partition(";")[0].strip().lower() for part in accepted.split(","))]
        known = (one.partition("-")[0] for one in asked)
        return self._languages[next((code for code in known if code in self._languages), SHIPPED[0])]

    def label(self, language: Language, list_name: str, code: str) -> str:
        """The words for a code."""
        return language.code_label(self._codes, list_name, code)

    def page(self, template: str, language: Language, values: Mapping[str, Any]) -> str:
        """One whole page. `values` are what the template names."""

        def moment(at: datetime | None) -> str:
            return language.moment(at) if at is not None else "–"

        return self._templates.get_template(template).render(
            {
                "say": language.say, "many": language.many, "moment": moment, "number": language.number,
                "label": partial(self.label, language), "lang": language.code, "languages": _OWN_NAMES,
                "version": __version__,
            }
            | dict(values)
        )  # fmt: skip
