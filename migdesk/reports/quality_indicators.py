"""Indicator Q2, completeness of the records (DOMAIN 3.3). Records in, table out; any thread."""

from collections.abc import Mapping
from uuid import UUID

from migdesk.domain.record import FieldSpec, KindSpec, Record, Required, Tier
from migdesk.i18n import N_
from migdesk.reports.facts import Facts, is_under
from migdesk.reports.suppression import K_ORDINARY, K_SENSITIVE, Published, Shape
from migdesk.reports.tables import Breakdown, Dimension, Indicator

KIND = Dimension("kind", N_("Kind of record"))
STATE = Dimension("state", N_("Answered"), order=("yes", "no"))


def quality(facts: Facts, area: str, *, below_regency: bool) -> Indicator:
    """Q2 over the records of the area, whenever they were written.

    The numbers are answers, not people; but the questions of one case tell that there is one. A kind with fewer records
    than k is left out altogether, so that the sum does not give it away.
    """
    lines: dict[str, tuple[int, int]] = {}
    left_out = False
    for name, every in facts.by_kind.items():
        spec = next((one.spec for one in every.values()), None)
        if spec is None or spec.reference or not _asked(spec):
            continue
        records = {id: one for id, one in every.items() if not spec.area or is_under(one, area)}
        sensitive = spec.tier >= Tier.T3
        if len(records) < _least(spec) or (sensitive and below_regency):
            left_out = True
            continue
        lines[name] = completeness(spec, records)
    done, asked = (sum(pair[at] for pair in lines.values()) for at in (0, 1))
    table = Published(
        tuple((name,) for name in lines),
        (("yes",), ("no",)),
        tuple((answered, whole - answered) for answered, whole in lines.values()),
        frozenset(),
        Shape.CELLS,
        1,
    )
    return Indicator(
        "Q2",
        N_("Completeness of the records"),
        N_("Questions for a finished record that have an answer ÷ all such questions that apply"),
        "share",
        done / asked if asked else None,
        done,
        asked,
        K_ORDINARY,
        (Breakdown(KIND, STATE, table),),
        asked - done,
        note=N_("Kinds with very few records are left out.") if left_out else "",
    )


def completeness(spec: KindSpec, records: Mapping[UUID, Record]) -> tuple[int, int]:
    """Answered and applicable questions; "unknown" and "declined" are answers (DOMAIN 2.0)."""
    done = asked = 0
    for record in records.values():
        values = record.values()
        for one in _asked(spec):
            if one.when is None or one.when.holds(values):
                asked += 1
                done += one.name in values
    return done, asked


def _asked(spec: KindSpec) -> list[FieldSpec]:
    return [one for one in spec.fields if one.required is Required.COMPLETE]


def _least(spec: KindSpec) -> int:
    if spec.tier <= Tier.T1:
        return 1
    return K_SENSITIVE if spec.tier >= Tier.T3 else K_ORDINARY
