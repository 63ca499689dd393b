"""The tools that keep the catalogues: what they complain about, and the pseudo-language."""

import importlib
import io
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract

from migdesk.i18n.placeholders import placeholders
from tests.support.tree import ROOT


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, ModuleType]]:
    """The modules of packaging/, which are scripts and no package."""
    monkeypatch.syspath_prepend(str(ROOT / "packaging"))
    names = ("catalogue_rules", "extraction", "pseudo", "catalogues")
    yield {name: importlib.import_module(name) for name in names}
    for name in names:
        sys.modules.pop(name, None)


def complaints(scripts: dict[str, ModuleType], english: str, said: str) -> list[str]:
    return list(scripts["catalogue_rules"].complaints(Message(english, said)))


@pytest.mark.parametrize(
    ("english", "said", "wrong"),
    [
        ("Save {name}", "Simpan {name}", ""),
        ("Save {name}", "Simpan {nama}", "placeholders"),
        ("Save {name}", "Simpan {name", "placeholders"),
        ("Wait...", "Tunggu…", ""),
        ("Saved.", "Tersimpan", "punctuation"),
        ("Sure?", "Yakin.", "punctuation"),
        ("&Save", "&Simpan", ""),
        ("&Save", "Simpan", "accelerator"),
        ("Q & A", "T & J", ""),
        ("Save", "Simpan ", "white space"),
    ],
)
def test_a_translation_keeps_what_the_message_has(
    scripts: dict[str, ModuleType], english: str, said: str, wrong: str
) -> None:
    found = complaints(scripts, english, said)
    assert bool(found) == bool(wrong)
    assert not wrong or wrong in found[0]


def test_two_messages_of_one_file_do_not_share_an_accelerator(scripts: dict[str, ModuleType]) -> None:
    catalogue = Catalog()
    catalogue.add("&Save", "&Simpan", [("a.py", 0)])
    catalogue.add("&Send", "Ki&rim", [("a.py", 0)])
    catalogue.add("&Stop", "&Selesai", [("b.py", 0)])
    clashes = scripts["catalogue_rules"].clashes
    assert list(clashes(message for message in catalogue if message.id)) == []
    catalogue.add("&Sort", "&Susun", [("a.py", 0)])
    assert len(list(clashes(message for message in catalogue if message.id))) == 1


@pytest.mark.parametrize("text", ["Save", "Save {name} of {count:,}.", "&Open", "a <b>bold</b> word", "Wait…", "Q"])
def test_the_pseudo_language_is_longer_and_keeps_the_placeholders(scripts: dict[str, ModuleType], text: str) -> None:
    said = scripts["pseudo"].pseudo(text)
    assert placeholders(said) == placeholders(text)
    assert len(said) >= 1.35 * len(text)
    assert said.startswith("[")
    assert said[-1] == (text[-1] if text[-1] in ".…" else "]")


SOURCE = b"""
say(N_("nested"), a=N_("deep"))
lang.say(fields["not_a_message"].label)
UserError(N_("two " "parts"), hint=N_("way out"))
# L10N: a button
lang.context("verb", "Open")
lang.many("{n} row", "{n} rows", count("nothing"))
lang.many(N_("{n} day"), N_("{n} days"), 2)
say(N_("one") if few else N_("other"))
"""


def test_only_a_text_that_is_itself_an_argument_is_a_message(scripts: dict[str, ModuleType]) -> None:
    keywords = scripts["catalogues"].KEYWORDS
    found = list(extract("extraction:messages", io.BytesIO(SOURCE), keywords, comment_tags=("L10N:",)))
    plain = [message for _, message, _, _ in found]
    plurals = [("{n} row", "{n} rows"), ("{n} day", "{n} days")]
    assert plain == ["nested", "deep", "two parts", "way out", "Open", *plurals, "one", "other"]
    assert [(comments, context) for _, _, comments, context in found if context] == [(["L10N: a button"], "verb")]


def test_the_tool_finds_every_form_of_message(scripts: dict[str, ModuleType]) -> None:
    found = scripts["catalogues"].extracted()
    assert found.get("about {date}") is not None
    assert all(message.locations for message in found if message.id)
