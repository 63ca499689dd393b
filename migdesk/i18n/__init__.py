"""Words, dates, numbers and money in the language of the person at the screen. No Qt; safe on every thread."""

from migdesk.i18n.catalogue import languages, load
from migdesk.i18n.formats import minor_digits
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_

__all__ = ["N_", "Language", "languages", "load", "minor_digits"]
