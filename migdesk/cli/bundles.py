"""`bundle export | import | inspect | receipt`."""

from dataclasses import asdict
from typing import Any

from migdesk.cli.console import Console
from migdesk.cli.exchange import Direct
from migdesk.errors import EXIT_DONE, UserError
from migdesk.i18n.markers import N_
from migdesk.services import bundles as service
from migdesk.services.bundle_words import NOTHING_TAKEN, NOTHING_TO_TAKE, gaps, received, set_apart
from migdesk.services.bundles import BundleReport, Preview


def bundle(console: Console) -> int:
    acts = {"export": _export, "import": _import, "inspect": _inspect, "receipt": _receipt}
    acts[console.args.act](console)
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
    args = console.args
    with console.session() as session:
        act = service.rehearse if args.preview else service.import_
        report = act(Direct(session.store), session, args.file)
        if args.receipt is not None and not args.preview:
            sender = service.inspect(Direct(session.store), session, args.file).device
            service.write_receipt(Direct(session.store), session, sender, args.receipt)
    data = asdict(report)
    for one in data["waiting"]:
        one["device"] = f"{one['device']:016x}"
    console.put({"status": "previewed" if args.preview else "imported", **data}, _counts(console, report))
    for words in (*set_apart(console.lang, report), *gaps(console.lang, report.waiting)):
        console.note(words)


def _receipt(console: Console) -> None:
    with console.session() as session:
        report = service.take_receipt(Direct(session.store), session, console.args.file)
    data = asdict(report) | {"device": f"{report.device:016x}"}
    console.put({"status": "received", **data}, received(console.lang, report))


def _counts(console: Console, report: BundleReport) -> str:
    say = console.lang.say
    lines = []
    if report.rehearsed:
        lines.append(say(N_("Preview; nothing was written.")))
    if report.says_nothing_new:
        lines.append(say(NOTHING_TO_TAKE if report.rehearsed else NOTHING_TAKEN))
    counts = say(
        N_("{changes} changes: {received} received, {known} known before, {conflicts} conflicts, {held} held, "
           "{quarantined} quarantined, {outside} not for you"),
        changes=report.changes, received=report.received, known=report.duplicates, conflicts=report.conflicts,
        held=report.held, quarantined=report.quarantined, outside=report.outside,
    )  # fmt: skip
    records = say(
        N_("Records: {new} new, {changed} changed, {waiting} changes wait for an earlier bundle"),
        new=report.new, changed=report.changed, waiting=report.later,
    )  # fmt: skip
    return "\n".join([*lines, counts, records])


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
