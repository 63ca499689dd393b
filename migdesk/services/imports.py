"""Imports of people, participants and areas from CSV and Excel files: read, check, save line by line. Store thread.

Columns are found by field name or by label in any shipped language; codes likewise. What fits no field is named and not
guessed. A wrong line is listed with its number, and the rest goes on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from migdesk.domain.office import Area
from migdesk.domain.person import Person
from migdesk.domain.record import KindSpec, Record
from migdesk.domain.scope import Role
from migdesk.domain.training import Participant
from migdesk.domain.validation import InvalidRecordError, Problem
from migdesk.errors import MigDeskError, RefusedError, UserError
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.services import access, saving
from migdesk.services.events import ChangeSet
from migdesk.services.import_cells import CellReader
from migdesk.services.session import Session
from migdesk.services.table_files import table_rows
from migdesk.store import audit, writing
from migdesk.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the file after it was read: its number there (the header is line 1) and its cells by column."""

    number: int
    cells: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class LineResult:
    """What became of a line; in a dry run, what would."""

    line: int
    id: UUID | None = None
    error: MigDeskError | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def status(self) -> str:
        return "saved" if self.error is None else "rejected"


@dataclass(frozen=True, slots=True)
class Imported:
    """The whole of an import. `unknown` are the columns that were left out."""

    results: tuple[LineResult, ...]
    unknown: tuple[str, ...] = field(default=())
    dry_run: bool = False

    @property
    def saved(self) -> int:
        return sum(1 for one in self.results if one.error is None)

    @property
    def rejected(self) -> int:
        return len(self.results) - self.saved


class _DryRunError(Exception):
    """Leaves the transaction of a dry run, so that it is rolled back."""


def people(session: Session, file: Path, languages: Sequence[Language], *, dry_run: bool = False) -> Imported:
    """Import people; each new line is a new person, and one with a NIK that is here already is rejected (V-25)."""
    return _records(session, file, Person, languages, {}, dry_run=dry_run)


def participants(
    session: Session, file: Path, languages: Sequence[Language], event: UUID | None, *, dry_run: bool = False
) -> Imported:
    """Import participants of an event; without `event` the file needs a column with the event's id."""
    given: dict[str, Any] = {"event": event} if event else {}
    return _records(session, file, Participant, languages, given, dry_run=dry_run)


def areas(session: Session, file: Path, languages: Sequence[Language], *, dry_run: bool = False) -> Imported:
    """Import areas (code, name) as reference rows of this store. Raises RefusedError unless the user is ADMIN."""
    if session.role is not Role.ADMIN:
        raise RefusedError(
            N_("Only an administrator may change the list of areas."), hint=N_("Ask your administrator.")
        )
    reader = CellReader(Area.spec, session.codes, languages)
    lines, unknown = _read(file, reader)
    results, good = [], []
    for line in lines:
        values, error = _values(line, reader, {})
        code = values.get("code")
        if error is None and (not isinstance(code, str) or not values.get("name")):
            error = UserError(N_("An area needs a code and a name."))
        if error is None and isinstance(code, str):
            good.append(values | {"level": 0 if code == "00" else code.count(".") + 1})
            results.append(LineResult(line.number, Area.spec.natural_id(values)))
        else:
            results.append(LineResult(line.number, error=error))
    if good and not dry_run:
        with session.store.begin() as tx:
            writing.seed(tx, Area, good)
            audit.append(tx, session.user.id, "import", kind="area", detail=f"rows={len(good)}")
        session.events.publish(ChangeSet(frozenset({"area"}), initiator="import"))
    return Imported(tuple(results), unknown, dry_run)


def agencies() -> Imported:
    """There is no kind for agencies yet; a file of them would have nowhere to go. Raises UserError."""
    raise UserError(
        N_("This version keeps no agencies, so that nothing was imported."),
        hint=N_("Keep the file. A later version that records agencies will take it."),
    )


def _records(
    session: Session,
    file: Path,
    kind: type[Record],
    languages: Sequence[Language],
    given: Mapping[str, Any],
    *,
    dry_run: bool,
) -> Imported:
    spec = session.schema.by_name[kind.spec.name]
    access.must_write(session, spec)
    reader = CellReader(spec, session.codes, languages)
    lines, unknown = _read(file, reader)
    results: list[LineResult] = []
    try:
        with session.store.begin() as tx:
            for line in lines:
                values, error = _values(line, reader, given)
                results.append(
                    LineResult(line.number, error=error) if error else _save(session, tx, spec, line, values)
                )
            saved = sum(1 for one in results if one.error is None)
            audit.append(tx, session.user.id, "import", kind=spec.name, detail=f"rows={saved}")
            if dry_run:
                raise _DryRunError
    except _DryRunError:
        return Imported(tuple(results), unknown, dry_run=True)
    session.events.publish(ChangeSet(frozenset({spec.name}), initiator="import"))
    return Imported(tuple(results), unknown)


def _save(session: Session, tx: Transaction, spec: KindSpec, line: Line, values: Mapping[str, Any]) -> LineResult:
    try:
        saved = saving.save_in(session, tx, spec.cls, values)
    except InvalidRecordError as error:
        wrong = tuple(problem for problem in error.problems if problem.is_error)
        return LineResult(line.number, error=error, problems=wrong)
    except UserError as error:
        return LineResult(line.number, error=error)
    notes = tuple(one for one in saved.problems if one.rule not in ("complete", "required"))
    return LineResult(line.number, saved.id, problems=notes)


def _read(file: Path, reader: CellReader) -> tuple[list[Line], tuple[str, ...]]:
    """The lines of a file by field name, and the columns that are no field. Raises UserError, EnvError."""
    rows = list(table_rows(file))
    if not rows:
        raise UserError(N_("{file} holds no lines."), file=file.name)
    _, titles = rows[0]
    header = [reader.field_of(str(cell)) for cell in titles]
    if not any(header):
        raise UserError(
            N_("{file} has no column that fits."),
            hint=N_("The first line must hold names such as: {names}."),
            file=file.name,
            names=", ".join(one.name for one in reader.spec.fields[:6]),
        )
    unknown = tuple(str(cell)[:60] for cell, name in zip(titles, header, strict=True) if not name and cell != "")
    lines = []
    for number, cells in rows[1:]:
        named = {name: cell for name, cell in zip(header, cells, strict=False) if name and cell not in (None, "")}
        if named:
            lines.append(Line(number, named))
    return lines, unknown


def _values(line: Line, reader: CellReader, given: Mapping[str, Any]) -> tuple[dict[str, Any], MigDeskError | None]:
    values = dict(given)
    for name, cell in line.cells.items():
        try:
            values[name] = reader.value(name, cell)
        except (ValueError, TypeError):
            return {}, UserError(N_("The value of {field} has not the form that it needs."), field=name)
    return values, None
