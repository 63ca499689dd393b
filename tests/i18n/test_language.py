"""Saying things: the right words, a safe way back when a translation is broken, numbers and dates of the region."""

import datetime as dt
import os
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migdesk.domain.codes import CodeBook
from migdesk.domain.values import Money, PartialDate
from migdesk.errors import UserError
from migdesk.i18n import Language, languages, load, minor_digits
from migdesk.i18n.placeholders import fill

HEAD = r"""msgid ""
msgstr ""
"Language: id\n"
"Content-Type: text/plain; charset=utf-8\n"
"Plural-Forms: nplurals=1; plural=0;\n"
"""
NOON = dt.datetime(2026, 5, 17, 5, 5, tzinfo=dt.UTC)


def language(folder: Path, body: str, code: str = "id") -> Language:
    """A language whose catalogue holds just this."""
    place = folder / code / "LC_MESSAGES"
    place.mkdir(parents=True, exist_ok=True)
    (place / "messages.po").write_text(HEAD + body, encoding="utf-8")
    return load(code, folder=folder, zone=ZoneInfo("Asia/Makassar"))


@pytest.fixture
def plain(tmp_path: Path) -> Language:
    return language(tmp_path, "")


def test_a_message_is_said_in_its_language(tmp_path: Path) -> None:
    lang = language(tmp_path, '\nmsgid "Save {name}"\nmsgstr "Simpan {name}"\n')
    assert lang.say("Save {name}", name="Siti") == "Simpan Siti"


def test_a_message_without_translation_stays_english(plain: Language) -> None:
    assert plain.say("Save {name}", name="Siti") == "Save Siti"
    assert plain.say("") == ""


@pytest.mark.parametrize("broken", ["Simpan", "Simpan {nama}", "Simpan {name.__class__}", "Simpan {name} {0}", "{name"])
def test_a_translation_with_other_placeholders_is_not_used(tmp_path: Path, broken: str) -> None:
    lang = language(tmp_path, f'\nmsgid "Save {{name}}"\nmsgstr "{broken}"\n')
    assert lang.say("Save {name}", name="Siti") == "Save Siti"


def test_a_placeholder_that_nobody_filled_stays_visible(plain: Language) -> None:
    assert plain.say("Save {name}") == "Save {name}"


@given(st.text(), st.dictionaries(st.text(), st.text() | st.integers()))
def test_filling_never_raises(text: str, params: dict[str, object]) -> None:
    assert isinstance(fill(text, params), str)


def test_what_a_person_typed_is_never_taken_for_a_placeholder(plain: Language) -> None:
    assert plain.say("Save {name}", name="{other} %s") == "Save {other} %s"


def test_a_plural_counts(tmp_path: Path) -> None:
    body = '\nmsgid "{n} person"\nmsgid_plural "{n} people"\nmsgstr[0] "{n} orang"\n'
    assert language(tmp_path, body).many("{n} person", "{n} people", 1_200) == "1.200 orang"
    english = load("en")
    assert english.many("{n} row", "{n} rows", 1) == "1 row"
    assert english.many("{n} row", "{n} rows", 1_200) == "1,200 rows"
    assert english.many("one row of {what}", "{n} rows of {what}", 1, what="A") == "one row of A"


def test_a_plural_with_other_placeholders_is_not_used(tmp_path: Path) -> None:
    body = '\nmsgid "{n} row of {what}"\nmsgid_plural "{n} rows of {what}"\nmsgstr[0] "{n} baris"\n'
    assert language(tmp_path, body).many("{n} row of {what}", "{n} rows of {what}", 3, what="A") == "3 rows of A"


def test_a_context_tells_two_meanings_apart(tmp_path: Path) -> None:
    body = '\nmsgctxt "case"\nmsgid "Open"\nmsgstr "Terbuka"\n\nmsgid "Open"\nmsgstr "Buka"\n'
    lang = language(tmp_path, body)
    assert (lang.context("case", "Open"), lang.say("Open"), lang.context("door", "Open")) == ("Terbuka", "Buka", "Open")


def test_an_error_gives_its_message_and_its_way_out(plain: Language) -> None:
    error = UserError("{file} is damaged.", hint="Choose another than {file}.", file="a.mdu")
    assert plain.error(error) == ("a.mdu is damaged.", "Choose another than a.mdu.")
    assert plain.error(UserError("No."))[1] == ""


def test_a_compiled_catalogue_counts_unless_the_source_is_newer(tmp_path: Path) -> None:
    lang = language(tmp_path, '\nmsgid "Save"\nmsgstr "Simpan"\n')
    compiled = tmp_path / "id" / "LC_MESSAGES" / "messages.mo"
    compiled.write_bytes(b"not a catalogue")
    os.utime(compiled, (1, 1))
    assert load("id", folder=tmp_path).say("Save") == lang.say("Save") == "Simpan"


@pytest.mark.parametrize(("asked", "got"), [("id", "id"), ("en_GB", "en"), ("en-US", "en"), ("fr", "id"), ("", "id")])
def test_a_language_that_is_not_there_becomes_one_that_is(asked: str, got: str) -> None:
    assert load(asked).code == got


def test_indonesian_comes_first_and_the_pseudo_language_is_not_offered() -> None:
    assert languages() == ("id", "en")
    assert languages(pseudo=True)[-1] == "en_XA"


def test_dates_are_as_exact_as_they_are_known(plain: Language) -> None:
    assert plain.date(dt.date(2026, 5, 17)) == "17 Mei 2026"
    assert plain.date(PartialDate(1994, 5)) == "Mei 1994"
    assert plain.date(PartialDate(1994)) == "1994"
    assert "1994" in plain.date(PartialDate(1994, estimated=True)) != "1994"
    assert load("en").date(dt.date(2026, 5, 17), "full") == "Sunday, 17 May 2026"


def test_times_are_those_of_the_place(plain: Language) -> None:
    assert plain.time(NOON) == "13.05"
    assert plain.moment(NOON) == "17 Mei 2026 13.05"
    assert plain.say("at {when}", when=NOON) == "at 17 Mei 2026 13.05"
    assert plain.say("on {day}", day=NOON.date()) == "on 17 Mei 2026"


def test_times_past_are_told_in_words(plain: Language) -> None:
    assert plain.ago(NOON, NOON + dt.timedelta(minutes=5)) == "5 menit yang lalu"
    assert plain.ago(NOON, NOON + dt.timedelta(days=3)) == "3 hari yang lalu"
    assert plain.ago(NOON, NOON - dt.timedelta(days=3)) == plain.moment(NOON)
    assert plain.ago(NOON, NOON + dt.timedelta(seconds=20)) == plain.say("just now")


def test_spans_of_time(plain: Language) -> None:
    assert [plain.duration(seconds) for seconds in (0.44, 12.3, 185)] == ["0,4 s", "12 s", "3 min 5 s"]


def test_numbers_and_money(plain: Language) -> None:
    assert plain.number(1_234_567.5) == "1.234.567,5"
    assert plain.money(Money(499_000, "HKD")) == "HK$ 4.990,00"
    assert plain.money(Money(250_000_000, "IDR")) == "Rp 2.500.000"
    assert load("en").money(Money(499_000, "JPY")) == "JP¥ 499,000"
    assert [minor_digits(name) for name in ("IDR", "JPY", "KWD")] == [2, 0, 3]


def test_codes_are_shown_in_words_and_strange_ones_as_they_are() -> None:
    book = CodeBook.parse([{"sex": {"codes": [{"code": "female", "id": "Perempuan", "en": "Female"}]}}])
    assert load("id").code_label(book, "sex", "female") == "Perempuan"
    assert load("en_XA").code_label(book, "sex", "female") == "Female"
    assert load("en").code_label(book, "sex", "newer") == "newer"
    assert load("en").code_label(book, "no_such_list", "x") == "x"
