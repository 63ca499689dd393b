"""Exports of records: who may have which profile, what leaves, and how it is written (R-12, R-13). Store thread.

The clear content exists in memory; a file is written whole or not at all. Names leave only sealed to a named recipient.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from migdesk.domain.case import Case, Incident
from migdesk.domain.record import KindSpec, Record
from migdesk.domain.scope import Role, may_read
from migdesk.errors import RefusedError
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.reports.cells import Column, Row, Sheet, csv_bytes
from migdesk.reports.facts import Facts
from migdesk.reports.htcds import htcds_columns, htcds_rows
from migdesk.reports.incident_recorder import COLUMNS, incident_rows
from migdesk.reports.profiles import Profile, Redactor, may_leave
from migdesk.reports.tables import NOTICE
from migdesk.reports.workbook import Values, Workbook, counts_of
from migdesk.services import access
from migdesk.services.session import Session
from migdesk.store import audit, records
from migdesk.store.database import Transaction
from migdesk.vault.atomic_file import write_atomic
from migdesk.vault.sealing import seal_file

_ALLOWED: dict[Role, tuple[Profile, ...]] = {
    Role.SUPERVISOR: (Profile.DEID, Profile.PSEUDO, Profile.FULL),
    Role.CASEWORKER: (Profile.DEID, Profile.PSEUDO),
    Role.TRAINER: (Profile.DEID, Profile.PSEUDO),
    Role.CENTRAL: (Profile.DEID,),
}
"""Outreach workers export nothing in bulk, planners get aggregates, administrators no content (DOMAIN 2.2)."""


@dataclass(frozen=True, slots=True)
class Export:
    """A file in memory. `counts` are (what, how many), `left_out` the records that consent keeps here."""

    data: bytes
    profile: Profile
    counts: tuple[tuple[str, int], ...]
    left_out: int


@dataclass(frozen=True, slots=True)
class Wording:
    """How an Excel export is worded: its language, the languages of the explanation, codes or words; why it is made."""

    lang: Language
    others: tuple[Language, ...] = ()
    values: Values = Values.BOTH
    purpose: str = ""


def check_rights(session: Session, profile: Profile, recipients: Sequence[str]) -> None:
    """Raises RefusedError if the role may not have this profile, or names would leave without a named recipient."""
    if session.role is None or profile not in _ALLOWED.get(session.role, ()):
        raise RefusedError(
            N_("Your role may not export records in the profile {profile}."),
            hint=N_("Ask your supervisor. A report of indicators is open to you."),
            profile=profile.value,
        )
    if profile is Profile.FULL and not recipients:
        raise RefusedError(
            N_("An export with names leaves only sealed to a named recipient."),
            hint=N_("Name the recipient (--to age1...), or choose the profile pseudo or deid."),
        )


def excel(session: Session, profile: Profile, wording: Wording) -> Export:
    """All kinds that the role may read as an Excel file, a sheet each, and the explanation."""
    facts, kept, left_out = _gather(session, profile)
    redactor = Redactor(profile, facts, session.today())
    sheets = [
        Sheet(spec.name, spec.plural, redactor.columns(spec), redactor.rows(spec, kept[spec.name]))
        for spec in _kinds(session, profile)
    ]
    lang = wording.lang
    out = Workbook(session.codes, lang, wording.values)
    for sheet in sheets:
        out.add_records(sheet)
    out.add_explanation(_facts(session, profile, wording, sheets, left_out), sheets, wording.others)
    counts = tuple((sheet.name, len(sheet.rows)) for sheet in sheets)
    return Export(out.finish(lang.say(N_("Records"))), profile, counts, left_out)


def htcds(session: Session, profile: Profile, wording: Wording, *, as_csv: bool) -> Export:
    """The cases that concern trafficking, in the fields of HTCDS 2.0."""
    facts, kept, left_out = _gather(session, profile)
    cases = [one for one in kept[Case.spec.name] if isinstance(one, Case)]
    rows = htcds_rows(facts, cases, profile, session.codes, session.today())
    return _flat(session, profile, wording, htcds_columns(profile), rows, left_out, as_csv=as_csv, name="HTCDS")


def incident_recorder(session: Session, profile: Profile, wording: Wording, *, as_csv: bool) -> Export:
    """The incidents of gender-based violence, in the columns of the GBV Incident Recorder."""
    facts, kept, left_out = _gather(session, profile)
    incidents = [one for one in kept[Incident.spec.name] if isinstance(one, Incident)]
    rows = incident_rows(facts, incidents, profile, session.codes)
    return _flat(session, profile, wording, COLUMNS, rows, left_out, as_csv=as_csv, name="Incident Recorder")


def write(session: Session, export: Export, out: Path, recipients: Sequence[str], what: str) -> None:
    """Write the file, sealed if there are recipients, whole or not at all; the audit has it first.

    Raises RefusedError as `check_rights` does, EnvError if the disk does not take it.
    """
    check_rights(session, export.profile, recipients)
    rows = sum(count for _, count in export.counts)
    with session.store.begin() as tx:
        detail = f"{what} {export.profile.value} rows={rows} recipients={len(recipients)}"
        audit.append(tx, session.user.id, "export", detail=detail)
    if recipients:
        seal_file(export.data, out, recipients)
    else:
        write_atomic(out, export.data)


def _kinds(session: Session, profile: Profile) -> list[KindSpec]:
    """The kinds of an export. A central analyst reads no records, but rows that nobody can be found in."""
    mine = [spec for spec in session.schema.kinds if not spec.reference]
    if session.role is Role.CENTRAL and profile is Profile.DEID:
        return mine
    return [spec for spec in mine if may_read(session.user.role, spec)]


def _gather(session: Session, profile: Profile) -> tuple[Facts, dict[str, list[Record]], int]:
    """All records by kind, for lookups, and those of them that may leave; how many were kept back for consent."""
    with session.store.read() as tx:
        everything = {spec.name: _read(session, tx, spec, profile) for spec in _kinds(session, profile)}
    facts = Facts.of(record for group in everything.values() for record in group)
    kept = {spec.name: list[Record]() for spec in session.schema.kinds}
    left_out = 0
    for name, group in everything.items():
        kept[name] = [record for record in group if may_leave(record, facts, profile)]
        left_out += len(group) - len(kept[name])
    return facts, kept, left_out


def _read(session: Session, tx: Transaction, spec: KindSpec, profile: Profile) -> list[Record]:
    session.must_open()
    central = session.role is Role.CENTRAL and profile is Profile.DEID
    return [
        stored.record
        for stored in records.each(tx, spec.cls, None)
        if not stored.meta.deleted and (central or access.visible(session, tx, stored))
    ]


def _flat(
    session: Session,
    profile: Profile,
    wording: Wording,
    header: Sequence[str],
    rows: Sequence[Row],
    left_out: int,
    *,
    as_csv: bool,
    name: str,
) -> Export:
    counts = ((name, len(rows)),)
    if as_csv:
        return Export(csv_bytes(header, rows), profile, counts, left_out)
    sheet = Sheet(name, name, tuple(Column(one, one) for one in header), rows)
    out = Workbook(session.codes, wording.lang, wording.values)
    out.add_plain(name, header, rows)
    out.add_explanation(_facts(session, profile, wording, [sheet], left_out), (), ())
    return Export(out.finish(name), profile, counts, left_out)


def _facts(
    session: Session, profile: Profile, wording: Wording, sheets: Sequence[Sheet], left_out: int
) -> list[tuple[str, str]]:
    """What the explanation says of the file; who made it and when is its watermark."""
    lang = wording.lang
    say = lang.say
    return [
        (say(N_("Profile")), say(_PROFILES[profile])),
        (say(N_("Made")), f"{lang.moment(session.clock.now())}, {session.user.display_name}"),
        *([(say(N_("Purpose")), wording.purpose)] if wording.purpose else []),
        *counts_of(sheets, lang),
        (say(N_("Kept back for want of consent")), lang.number(left_out)),
        (say(N_("Please note")), say(NOTICE)),
        (say(N_("Keep it safe")), say(N_("Do not pass this file on, and delete it when its purpose is served."))),
    ]


_PROFILES = {
    Profile.DEID: N_("De-identified: age bands, regencies and months; no names, no codes, no free text"),
    Profile.PSEUDO: N_("Pseudonymous: codes instead of names; no free text"),
    Profile.FULL: N_("Full: with names; for the named recipient only"),
}
