"""The published JSON Schemas: sound by their own standard, and what `records list` prints obeys them."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

import jsonschema_rs
import pytest

from migdesk.domain.field_types import (
    Amount,
    AreaCode,
    Blob,
    Code,
    Codes,
    Day,
    Moment,
    PartialDay,
    Phone,
    Ref,
    Whole,
    YesNo,
)
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.record import FieldSpec, KindSpec, Required
from migdesk.domain.values import Missing, Money, PartialDate
from migdesk.errors import UsageError
from migdesk.i18n import load
from migdesk.services.records import as_json, read_json, schema_documents
from migdesk.services.reference import read_codebook

BOOK = read_codebook()


def documents(kind: str | None = None) -> list[dict[str, Any]]:
    return list(schema_documents(SCHEMA, BOOK, load("id").say, load("en").say, kind))


def sample(one: FieldSpec) -> Any:
    known = BOOK.lists.get(one.codes)
    code = known.entries[0].code if known else "52.03"
    values: tuple[tuple[type, Any], ...] = (
        (Code, code),
        (Codes, frozenset({code})),
        (Day, dt.date(2026, 3, 10)),
        (PartialDay, PartialDate(1994, 5)),
        (Moment, dt.datetime(2026, 3, 10, 8, tzinfo=dt.UTC)),
        (Whole, getattr(one.type, "low", 0)),
        (YesNo, True),
        (Amount, Money(499000, "HKD")),
        (Ref, UUID(int=7)),
        (AreaCode, "52.03"),
        (Phone, "+6281234567"),
        (Blob, b"\x01" * 32),
    )
    found = next((value for type, value in values if isinstance(one.type, type)), None)
    if found is not None:
        return found
    return "5203094512940003" if one.name == "nik" else "sri"


@pytest.mark.parametrize("spec", SCHEMA.kinds, ids=lambda spec: spec.name)
def test_each_kind_has_a_sound_schema_that_its_records_obey(spec: KindSpec) -> None:
    (document,) = documents(spec.name)
    jsonschema_rs.meta.validate(document)
    validator = jsonschema_rs.Draft202012Validator(document, validate_formats=True)
    full = as_json(spec.cls.of(uuid4(), {one.name: sample(one) for one in spec.fields}))
    validator.validate(full)
    kind, _, values = read_json(SCHEMA, full)
    assert kind is spec
    assert values == {one.name: sample(one) for one in spec.fields}
    for one in spec.fields:
        assert not validator.is_valid(full | {one.name: {"wrong": 1}}), one.name
        assert validator.is_valid(full | {one.name: None})
        if one.required is Required.SAVE:
            assert not validator.is_valid({key: value for key, value in full.items() if key != one.name})
    assert not validator.is_valid(full | {"invented": 1})


def test_labels_are_in_both_languages_and_codes_and_tiers_are_named() -> None:
    (document,) = documents("person")
    sex, nik = document["properties"]["sex"], document["properties"]["nik"]
    assert sex["x-titles"] == {"id": load("id").say("Sex"), "en": "Sex"}
    assert sex["x-labels"]["female"] == {"id": "Perempuan", "en": "Female"}
    assert (sex["x-codes"], nik["x-tier"]) == ("sex", "T3")


def test_a_missing_answer_obeys_the_schema_of_a_field_that_may_be_declined() -> None:
    person = SCHEMA.by_name["person"]
    (document,) = documents("person")
    record = person.cls.of(uuid4(), {"full_name": Missing.DECLINED, "area_code": "52.03", "sex": "unknown"})
    data = as_json(record)
    jsonschema_rs.Draft202012Validator(document).validate(data)
    assert data["full_name"] == {"missing": "declined"}
    assert read_json(SCHEMA, data)[2]["full_name"] is Missing.DECLINED


def test_an_unknown_kind_is_wrong_use() -> None:
    with pytest.raises(UsageError):
        documents("perso")
