"""Reports of a workspace: which records a role's report may count, and what was published before. Store thread."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from migdesk.clock import to_ms
from migdesk.domain.field_types import AreaCode
from migdesk.domain.record import KindSpec, Record
from migdesk.domain.scope import Role, covers, may_read
from migdesk.errors import RefusedError, UsageError
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.reports.facts import Facts
from migdesk.reports.indicators import ALL, make_report
from migdesk.reports.report_workbook import report_workbook
from migdesk.reports.tables import Period, Report, report_json
from migdesk.services import access
from migdesk.services.session import Session
from migdesk.store import audit, records, settings
from migdesk.store.database import Transaction

_NEEDS = {"C": "counselling_session", "K": "case", "T": "training_event"}
_AGGREGATES = (Role.CENTRAL, Role.PLANNER)
"""Roles that see no records with names and yet every suppressed count of their area (DOMAIN 2.2)."""
_BLIND = (Role.ADMIN, Role.DPO)


@dataclass(frozen=True, slots=True)
class Publication:
    """The fingerprint of a report's figures, and whether other figures of the same period were given out before.

    Two reports of one period can be subtracted from each other (DOMAIN 3.4 step 7); whoever gives out the second one
    has to know.
    """

    sha256: str
    first_published: datetime
    changed: bool


def indicators(session: Session, first: date, last: date, area: str = "") -> Report:
    """The indicators of a period over what this workspace holds, narrowed to an area's subtree.

    Raises UsageError for a period that ends before it begins or no area code, RefusedError for an area outside the
    user's own or a role that sees no figures.
    """
    if last < first:
        raise UsageError(N_("The period ends before it begins."))
    _check_area(session, area)
    role = session.role
    if role is None or role in _BLIND:
        raise RefusedError(N_("Your role sees no figures."), hint=N_("Ask a supervisor for the report."))
    kinds = [spec for spec in session.schema.kinds if not spec.reference and _counts(role, spec)]
    names = {spec.name for spec in kinds}
    which = tuple(one for one in ALL if one == "Q2" or _NEEDS[one[0]] in names)
    with session.store.read() as tx:
        facts = Facts.of(_records(session, tx, kinds))
    place = area or min(session.user.areas, key=len, default="")
    period = Period(first, last)
    return make_report(facts, period, session.codes, area=area, place=place, made_at=session.clock.now(), which=which)


def publish(
    session: Session, report: Report, lang: Language, *, printed: bool = False
) -> tuple[dict[str, Any], Publication]:
    """The JSON form of a report that is about to be given out, or printed, and its fingerprint; audited."""
    document = report_json(report, session.codes, lang)
    figures = [[one.id, one.numerator, one.denominator, one.value] for one in report.indicators]
    digest = hashlib.sha256(json.dumps(figures).encode()).hexdigest()
    period = report.period
    key = f"report.published.{period.first.isoformat()}.{period.last.isoformat()}.{report.area or 'all'}"
    with session.store.begin() as tx:
        before = settings.get(tx, key, None)
        if before is None:
            settings.put(tx, key, {"sha256": digest, "at": to_ms(report.made_at)})
        detail = f"{period.first}/{period.last} {report.area} {digest[:16]}"
        audit.append(tx, session.user.id, "print" if printed else "report", detail=detail)
    changed = before is not None and before["sha256"] != digest
    at = datetime.fromtimestamp(before["at"] / 1000, report.made_at.tzinfo) if before else report.made_at
    document["publication"] = {"sha256": digest, "first_published": _iso(at), "changed": changed}
    return document, Publication(digest, at, changed)


def excel(session: Session, report: Report, publication: Publication, lang: Language) -> bytes:
    """The report as an Excel file."""
    return report_workbook(report, session.codes, lang, changed=publication.changed, made_by=session.user.display_name)


def _records(session: Session, tx: Transaction, kinds: list[KindSpec]) -> Iterator[Record]:
    session.must_open()
    aggregates = session.role in _AGGREGATES
    for spec in kinds:
        for stored in records.each(tx, spec.cls, None):
            if stored.meta.deleted:
                continue
            if covers(session.user.areas, stored.meta.area) if aggregates else access.visible(session, tx, stored):
                yield stored.record


def _counts(role: Role, spec: KindSpec) -> bool:
    return role in _AGGREGATES or may_read(role.value, spec)


def _check_area(session: Session, area: str) -> None:
    if not area:
        return
    try:
        AreaCode().normalise(area)
    except ValueError as error:
        raise UsageError(N_("This is not an area code."), hint=N_("An area code looks like 52.03.09.2004.")) from error
    if not covers(session.user.areas, area):
        raise RefusedError(
            N_("This area is not one of yours."), hint=N_("Leave it out to count everything that you work with.")
        )


def _iso(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
