"""Finds and reads catalogues: the compiled `.mo` if it is up to date, else the `.po`, so that a checkout just works."""

import io
import sys
from datetime import tzinfo
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from migdesk.i18n.formats import Formats
from migdesk.i18n.language import Language

SHIPPED = ("id", "en")
PSEUDO = "en_XA"
_REGION = {"id": "id_ID", "en": "en_GB", PSEUDO: "en_GB"}
"""English as it is written where the day comes before the month, which is how an Indonesian reads a date."""


def languages(*, pseudo: bool = False) -> tuple[str, ...]:
    """The languages to offer, Indonesian first; `pseudo` adds the generated one that shows what is not translated."""
    return (*SHIPPED, PSEUDO) if pseudo else SHIPPED


def load(code: str, *, folder: Path | None = None, zone: tzinfo | None = None) -> Language:
    """The language `code`; one that is not shipped (`fr`, `id_ID`) becomes its base language, else Indonesian.

    `folder` holds the catalogues (default: the shipped ones). `zone` is where times are shown (default: the laptop's).
    """
    known = (*SHIPPED, PSEUDO)
    name = next((one for one in (code, code.replace("-", "_").partition("_")[0]) if one in known), SHIPPED[0])
    return Language(name, _read((folder or _shipped_folder()) / name / "LC_MESSAGES"), Formats(_REGION[name], zone))


def _shipped_folder() -> Path:
    beside = Path(__file__).resolve().parents[2] / "locales"  # a checkout, or the folder of the frozen program
    return beside if beside.is_dir() else Path(sys.prefix) / "share" / "migdesk" / "locales"


def _read(folder: Path) -> NullTranslations:
    compiled, source = folder / "messages.mo", folder / "messages.po"
    if compiled.is_file() and not (source.is_file() and source.stat().st_mtime_ns > compiled.stat().st_mtime_ns):
        with compiled.open("rb") as file:
            return GNUTranslations(file)
    if source.is_file():
        return _parsed(source)
    return NullTranslations()


def _parsed(source: Path) -> NullTranslations:
    # Only a checkout without a build step comes here; the program that people get never loads Babel's parser.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    buffer = io.BytesIO()
    with source.open("rb") as file:
        write_mo(buffer, read_po(file))
    buffer.seek(0)
    return GNUTranslations(buffer)
