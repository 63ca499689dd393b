"""How a kind of record is declared, once, and what can be asked of the declaration (DESIGN 3).

A kind is a frozen class under `@record`; each of its fields is one line made by `declared()`. Column, form widget,
validation, wire number, export column, help and translation key all come from that line. Numbers of kinds and fields
are for ever: the wire carries them, so none is ever reused.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from enum import IntEnum, StrEnum
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, dataclass_transform
from uuid import NAMESPACE_URL, UUID, uuid5

from migdesk.domain.field_types import Code, Codes, FieldType, Ref
from migdesk.domain.values import Missing

_NATURAL = uuid5(NAMESPACE_URL, "urn:migdesk:record")


class Tier(IntEnum):
    """Sensitivity (DOMAIN 2.0): T0 reference, T1 training, T2 counselling, T3 case facts and identity, T4 innermost."""

    T0 = 0
    T1 = 1
    T2 = 2
    T3 = 3
    T4 = 4


class Required(StrEnum):
    """`SAVE` is DOMAIN's filled square: no record without it. `COMPLETE` its circle: no finished record without it."""

    NO = "no"
    SAVE = "save"
    COMPLETE = "complete"


class Merge(StrEnum):
    """Which of several concurrent values wins (DESIGN 4); the others are kept for a person to see."""

    LATEST = "latest"
    PROTECTIVE = "protective"
    HIGHER = "higher"


class Lane(IntEnum):
    """Order of work on a thin link: the smaller goes first."""

    CONTROL = 0
    URGENT = 1
    CASEWORK = 2
    BULK = 3


@dataclass(frozen=True, slots=True)
class When:
    """A field matters only while another one of the same record has one of these codes (or is that yes or no)."""

    field: str
    is_one_of: tuple[str | bool, ...]

    def holds(self, values: Mapping[str, Any]) -> bool:
        value = values.get(self.field)
        if isinstance(value, frozenset):
            return not value.isdisjoint(self.is_one_of)
        return value in self.is_one_of


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """The declaration of one field. `exports` names it in other standards, e.g. {"htcds": "prs_FirstName"}."""

    number: int
    name: str
    type: FieldType
    label: str
    help: str = ""
    section: str = ""
    required: Required = Required.NO
    tier: Tier = Tier.T2
    when: When | None = None
    merge: Merge = Merge.LATEST
    protective: tuple[str | bool, ...] = ()
    searched: bool = False
    can_decline: bool = True
    exports: Mapping[str, str] = field(default_factory=dict)

    @property
    def codes(self) -> str:
        """The name of the code list, or an empty string."""
        return self.type.codes if isinstance(self.type, Code | Codes) else ""

    @property
    def is_set(self) -> bool:
        """Whether the field merges element by element."""
        return isinstance(self.type, Codes)


def declared(
    number: int,
    type: FieldType,
    label: str,
    *,
    help: str = "",
    section: str = "",
    required: Required = Required.NO,
    tier: Tier | None = None,
    when: When | None = None,
    merge: Merge = Merge.LATEST,
    protective: tuple[str | bool, ...] = (),
    searched: bool = False,
    can_decline: bool = True,
    exports: Mapping[str, str] = MappingProxyType({}),
) -> Any:
    """Declare a field: the one line that everything else comes from. `tier` defaults to the kind's own."""
    parts = {name: value for name, value in locals().items() if name != "tier"}
    return field(default=None, metadata={"spec": parts | {"tier": tier}})


@dataclass(frozen=True, slots=True)
class KindSpec:
    """The declaration of a kind of record.

    `area` names the field that holds the area code; without one, area and circle come from the record that `parent`
    points at. `natural` fields make the id (UUIDv5), so that two laptops that record the same thing make one record.
    `in_circle` kinds belong to the circle of one case: the case itself, or the case that `parent` leads to.
    `leaves_with` names the field whose "yes" lets a circle's records leave the laptop (`domain.leaving`).
    `summary` fields name a record in lists and titles; they never hold T4 (V-21).
    """

    number: int
    name: str
    title: str
    plural: str
    cls: type["Record"]
    fields: tuple[FieldSpec, ...]
    tier: Tier
    lane: Lane
    area: str = ""
    parent: str = ""
    natural: tuple[str, ...] = ()
    in_circle: bool = False
    reference: bool = False
    leaves_with: str = ""
    summary: tuple[str, ...] = ()
    by_name: Mapping[str, FieldSpec] = field(default_factory=dict)
    by_number: Mapping[int, FieldSpec] = field(default_factory=dict)

    @property
    def parent_kind(self) -> str:
        """The name of the kind that `parent` points at; empty without one."""
        type = self.by_name[self.parent].type if self.parent else None
        return type.kind if isinstance(type, Ref) else ""

    def natural_id(self, values: Mapping[str, Any]) -> UUID:
        """The id of a record whose identity is natural. Raises KeyError if a part is missing."""
        parts = [str(self.by_name[name].type.to_json(values[name])) for name in self.natural]
        return uuid5(_NATURAL, "/".join([self.name, *parts]))


R = TypeVar("R", bound="Record")


@dataclass(frozen=True, kw_only=True)
class Record:
    """Base of all kinds. Made by `@record`; `spec` is the declaration."""

    spec: ClassVar[KindSpec]
    id: UUID

    def values(self) -> dict[str, Any]:
        """Field values by name, blanks left out."""
        pairs = ((spec.name, getattr(self, spec.name)) for spec in self.spec.fields)
        return {name: value for name, value in pairs if value is not None}

    @classmethod
    def of(cls: type[R], id: UUID, values: Mapping[str, Any]) -> R:
        """The record with these values; names that this version does not know are left out."""
        return cls(id=id, **{name: value for name, value in values.items() if name in cls.spec.by_name})


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(declared,))
def record(
    number: int,
    title: str,
    plural: str,
    *,
    tier: Tier,
    lane: Lane = Lane.BULK,
    area: str = "",
    parent: str = "",
    natural: tuple[str, ...] = (),
    in_circle: bool = False,
    reference: bool = False,
    leaves_with: str = "",
    summary: tuple[str, ...] = (),
) -> Callable[[type[R]], type[R]]:
    """Class decorator: declare a kind. `title` and `plural` are translatable; see `KindSpec` for the rest."""

    def make(cls: type[R]) -> type[R]:
        made = dataclass(frozen=True, kw_only=True)(cls)
        specs = tuple(
            FieldSpec(name=f.name, **(parts | {"tier": tier if parts["tier"] is None else parts["tier"]}))
            for f in fields(made)
            if (parts := f.metadata.get("spec"))
        )
        made.spec = KindSpec(
            number=number, name=_snake(cls.__name__), title=title, plural=plural, cls=made, fields=specs, tier=tier,
            lane=lane, area=area, parent=parent, natural=natural, in_circle=in_circle, reference=reference,
            leaves_with=leaves_with, summary=summary, by_name={s.name: s for s in specs},
            by_number={s.number: s for s in specs},
        )  # fmt: skip
        _check(made.spec)
        return made

    return make


def _check(spec: KindSpec) -> None:
    if len(spec.by_number) != len(spec.fields) or 0 in spec.by_number:
        raise ValueError(f"{spec.name}: field numbers must be unique and above 0")
    for name in (*spec.natural, *spec.summary, *filter(None, (spec.area, spec.parent, spec.leaves_with))):
        if name not in spec.by_name:
            raise ValueError(f"{spec.name}: no field {name}")
    if any(spec.by_name[name].tier >= Tier.T4 for name in spec.summary):
        raise ValueError(f"{spec.name}: a summary never holds T4")


class Schema:
    """The kinds that a program knows, in order. Everything that depends on declarations is given one of these."""

    def __init__(self, kinds: Iterable[type[Record]]) -> None:
        self.kinds = tuple(kind.spec for kind in kinds)
        self.by_name = {spec.name: spec for spec in self.kinds}
        self.by_number = {spec.number: spec for spec in self.kinds}
        if len(self.by_number) != len(self.kinds) or len(self.by_name) != len(self.kinds):
            raise ValueError("kinds must have their own numbers and names")

    def version(self) -> int:
        """A count that grows with every declared field; tells which of two programs is the newer one."""
        return sum(len(spec.fields) for spec in self.kinds)


def to_json(spec: FieldSpec, value: Any) -> Any:
    """The JSON form of a field's value; a missing answer that is no code is `{"missing": ...}`."""
    if isinstance(value, Missing):
        return value.value if spec.codes and not spec.is_set else {"missing": value.value}
    return spec.type.to_json(value)


def from_json(spec: FieldSpec, data: Any) -> Any:
    """The value of a JSON form. Raises ValueError."""
    if isinstance(data, dict) and set(data) == {"missing"}:
        return Missing(data["missing"])
    return None if data is None else spec.type.from_json(data)
