"""The shipped code lists: all that a declaration names, in both languages, each code once."""

import re
import tomllib
from collections.abc import Iterator

import pytest

from migdesk.domain.codes import MISSING_CODES, CodeBook
from migdesk.domain.field_types import Code
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import FieldSpec, Merge
from migdesk.paths import resource

CODE = re.compile(r"[A-Za-z0-9_.]{1,40}")
FROM_RECORDS = {"area"}
"""Lists whose entries are records, not shipped data."""
COUNTRIES = 249


def documents() -> list[dict[str, dict[str, list[dict[str, object]]]]]:
    return [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(resource("codes").glob("*.toml"))]


def rows() -> list[tuple[str, dict[str, object]]]:
    return [(name, row) for one in documents() for name, body in one.items() for row in body["codes"]]


def fields() -> Iterator[tuple[str, FieldSpec]]:
    for kind in SCHEMA.kinds:
        for field in kind.fields:
            if field.codes and field.codes not in FROM_RECORDS:
                yield f"{kind.name}.{field.name}", field


@pytest.fixture
def book() -> CodeBook:
    return CodeBook.parse(documents())


def test_every_list_that_a_declaration_names_is_there(book: CodeBook) -> None:
    assert [name for name, field in fields() if field.codes not in book.lists] == []


def test_no_list_is_declared_in_two_files() -> None:
    names = [name for one in documents() for name in one]
    assert sorted(names) == sorted(set(names))


def test_each_code_stands_once_in_its_list() -> None:
    seen = [(name, row["code"]) for name, row in rows()]
    assert [one for one in seen if seen.count(one) > 1 or not CODE.fullmatch(str(one[1]))] == []


def test_each_code_has_words_in_both_languages() -> None:
    assert [(name, row["code"]) for name, row in rows() if not (row.get("id") and row.get("en"))] == []


def test_no_two_codes_of_a_list_read_the_same() -> None:
    for language in ("id", "en"):
        seen = [(name, row[language]) for name, row in rows()]
        assert [one for one in seen if seen.count(one) > 1] == []


def test_an_answer_that_was_not_got_can_be_recorded(book: CodeBook) -> None:
    wanting = [
        name
        for name, field in fields()
        if field.can_decline
        and isinstance(field.type, Code)
        and not set(MISSING_CODES) <= set(book[field.codes].by_code)
    ]
    assert wanting == []


def test_a_missing_answer_never_outranks_a_level(book: CodeBook) -> None:
    for _, field in fields():
        if field.merge is Merge.HIGHER:
            ranks = book.ranks(field.codes)
            levels = [rank for code, rank in ranks.items() if code not in MISSING_CODES]
            assert max(ranks[code] for code in MISSING_CODES) < min(levels)


def test_protective_values_are_codes(book: CodeBook) -> None:
    for name, field in fields():
        assert set(field.protective) <= set(book[field.codes].by_code), name


def test_all_countries_are_there_and_the_main_destination_is_first(book: CodeBook) -> None:
    countries = [entry.code for entry in book["country"].entries if entry.code not in MISSING_CODES]
    assert len(countries) == COUNTRIES
    assert countries[:4] == ["HK", "TW", "MY", "SG"]
