"""`bundle export | import | inspect`."""

from dataclasses import asdict
from typing import Any

from migdesk.cli.console import Console
from migdesk.cli.exchange import Direct
from migdesk.errors import EXIT_DONE, UserError
from migdesk.i18n.markers import N_
from migdesk.services import bundles as service
from migdesk.services.bundles import Preview


def bundle(console: Console) -> int:
    {"export": _export, "import": _import, "inspect": _inspect}[console.args.act](console)
    return EXIT_DONE


def _export(console: Console) -> None:
    args = console.args
    if args.profile != "full":
        raise UserError(
            N_("A bundle holds signed records and cannot be redacted."),
            hint=N_("It is sealed to its recipients. For redacted records use: migdesk export"),
        )
    with console.session() as session:
        made = service.export(Direct(session.store), session, args.to, args.out, whole=args.whole)
    words = console.lang.say(
        N_("Sealed for {n} recipients: {file} ({changes} changes, {size} bytes)"),
        n=len(args.to), file=args.out, changes=made.changes, size=console.lang.number(made.size),
    )  # fmt: skip
    console.put({"status": "written", "file": str(args.out), **_json(made)}, words)
    if made.left_out:
        console.warn(N_("Changes left out because a recipient may not know of them: {n}"), n=made.left_out)


def _import(console: Console) -> None:
    with console.session() as session:
        report = service.import_(Direct(session.store), session, console.args.file)
    data = asdict(report)
    for one in data["waiting"]:
        one["device"] = f"{one['device']:016x}"
    words = console.lang.say(
        N_("{changes} changes: {received} received, {known} known before, {conflicts} conflicts, {held} held, "
           "{quarantined} quarantined, {outside} not for you"),
        changes=report.changes, received=report.received, known=report.duplicates, conflicts=report.conflicts,
        held=report.held, quarantined=report.quarantined, outside=report.outside,
    )  # fmt: skip
    console.put({"status": "imported", **data}, words)
    for waiting in report.waiting:
        console.warn(
            N_("A bundle of {label} waits for an earlier one (number {missing})."),
            label=waiting.label or f"{waiting.device:016x}", missing=waiting.missing_n,
        )  # fmt: skip


def _inspect(console: Console) -> None:
    with console.session() as session:
        found = service.inspect(Direct(session.store), session, console.args.file)
    say = console.lang.say
    words = say(
        N_("From: {sender}\nWords of its key: {words}\nMade: {made}\nChanges: {changes}\nKnown device: {known}"),
        sender=found.sender or found.device, words=found.words, made=console.lang.moment(found.created),
        changes=found.changes, known=say(N_("Yes")) if found.known else say(N_("No")),
    )  # fmt: skip
    console.put(_json(found), words)


def _json(found: Preview) -> dict[str, Any]:
    data = asdict(found)
    data["created"] = found.created.isoformat().replace("+00:00", "Z")
    data["org"] = str(found.org)
    return data
