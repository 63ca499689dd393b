"""`import people | participants | agencies | areas`."""

from typing import Any
from uuid import UUID

from migdesk.cli.console import Console
from migdesk.cli.records import problems_json
from migdesk.errors import EXIT_DONE, EXIT_FAILED, UsageError
from migdesk.i18n import load
from migdesk.i18n.markers import N_
from migdesk.services import imports as service
from migdesk.services.imports import Imported, LineResult


def imports(console: Console) -> int:
    args = console.args
    languages = (load("id"), load("en"))
    if args.act == "agencies":
        service.agencies()
    with console.session() as session:
        if args.act == "people":
            done = service.people(session, args.file, languages, dry_run=args.dry_run)
        elif args.act == "participants":
            done = service.participants(session, args.file, languages, _event(args.event), dry_run=args.dry_run)
        else:
            done = service.areas(session, args.file, languages, dry_run=args.dry_run)
    _tell(console, done)
    return EXIT_FAILED if done.rejected else EXIT_DONE


def _event(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise UsageError(N_("The id is no UUID.")) from error


def _tell(console: Console, done: Imported) -> None:
    for name in done.unknown:
        console.warn(N_("The column {column} fits no field and was left out."), column=name)
    for one in done.results:
        _line(console, one)
    numbers = {"saved": done.saved, "rejected": done.rejected}
    if done.dry_run:
        console.say(N_("Dry run: {saved} would be saved, {rejected} rejected. Nothing was written."), **numbers)
    else:
        console.say(N_("{saved} saved, {rejected} rejected."), **numbers)
    if console.args.json:
        console.put({**numbers, "dry_run": done.dry_run, "unknown_columns": list(done.unknown)})


def _line(console: Console, one: LineResult) -> None:
    data: dict[str, Any] = {"line": one.line, "status": one.status}
    details = problems_json(one.problems, console.lang)
    if one.error is None:
        id = str(one.id) if one.id and not console.args.dry_run else None
        console.put(data | {"id": id} | ({"warnings": details} if details else {}))
        for detail in details:
            console.say(N_("Line {line}, {field}: {message}"), line=one.line, **_shown(detail))
        return
    reason = console.lang.error(one.error)[0]
    if details:
        reason = " ".join(f"{detail['field']}: {detail['message']}" for detail in details)
    words = console.lang.say(N_("Line {line} rejected: {reason}"), line=one.line, reason=reason)
    console.put(data | {"reason": reason, "problems": details}, words)


def _shown(detail: dict[str, str]) -> dict[str, str]:
    return {"field": detail["field"], "message": detail["message"]}
