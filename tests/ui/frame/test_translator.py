"""Qt's own words: ours where we have them, and otherwise what Qt says itself."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QCoreApplication
from PySide6.QtGui import QPageSize
from PySide6.QtWidgets import QApplication

from migdesk.i18n import load
from migdesk.ui.translator import CatalogueTranslator


@pytest.fixture(autouse=True)
def translator(qapp: QApplication) -> Iterator[CatalogueTranslator]:
    made = CatalogueTranslator(load("id"))
    qapp.installTranslator(made)
    yield made
    qapp.removeTranslator(made)


def test_what_we_know_is_said_in_our_language_with_its_accelerator() -> None:
    assert QCoreApplication.translate("QPlatformTheme", "&Cancel") == "&Batal"
    assert QCoreApplication.translate("QPlatformTheme", "Save...") == "Simpan..."


def test_what_we_do_not_know_stays_as_it_is() -> None:
    """An empty text would be taken as the translation: a sheet of paper without a name had no size, and every document
    that was made in the open program came out blank."""
    assert QCoreApplication.translate("QPageSize", "A4") == "A4"
    assert QPageSize(QPageSize.PageSizeId.A4).name() == "A4"
    assert QPageSize(QPageSize.PageSizeId.A4).isValid()
