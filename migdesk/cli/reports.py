"""`report indicators` and `export htcds | incident-recorder | excel`."""

import json
from datetime import date
from typing import Any

from migdesk.cli.console import Console, binary_out
from migdesk.errors import EXIT_DONE, UsageError
from migdesk.i18n import load
from migdesk.i18n.markers import N_
from migdesk.reports.profiles import Profile
from migdesk.reports.report_workbook import CHANGED
from migdesk.reports.workbook import Values
from migdesk.services import exports, reporting
from migdesk.services.exports import Wording
from migdesk.vault.atomic_file import write_atomic


def reports(console: Console) -> int:
    (_indicators if console.args.verb == "report" else _export)(console)
    return EXIT_DONE


def _indicators(console: Console) -> None:
    args = console.args
    first, last = _day(args.first), _day(args.last)
    with console.session() as session:
        report = reporting.indicators(session, first, last, args.area)
        document, publication = reporting.publish(session, report, console.lang, printed=args.format == "pdf")
        if args.format == "json":
            data = (json.dumps(document, ensure_ascii=False) + "\n").encode()
        elif args.format == "xlsx":
            data = reporting.excel(session, report, publication, console.lang)
        else:
            from migdesk.prints.indicator_report import print_report  # noqa: PLC0415 - loads Qt

            by = session.user.display_name
            data = print_report(report, session.codes, console.lang, made_by=by, changed=publication.changed)
    if publication.changed:
        console.warn(CHANGED)
    if args.out is not None:
        write_atomic(args.out, data)
        console.put(
            {"status": "written", "file": str(args.out)}, console.lang.say(N_("Written: {file}"), file=args.out)
        )
    elif args.format == "json":
        print(data.decode(), end="")
    else:
        binary_out(data)


def _export(console: Console) -> None:
    args = console.args
    profile, recipients = Profile(args.profile), args.to or []
    lang = load(args.language) if args.language else console.lang
    others = tuple(load(code) for code in ("id", "en") if code != lang.code)
    wording = Wording(lang, others, Values(args.values), args.purpose)
    as_csv = args.out.suffix.lower() not in (".xlsx", ".age")
    with console.session() as session:
        exports.check_rights(session, profile, recipients)
        if args.act == "htcds":
            made = exports.htcds(session, profile, wording, as_csv=as_csv)
        elif args.act == "incident-recorder":
            made = exports.incident_recorder(session, profile, wording, as_csv=as_csv)
        else:
            made = exports.excel(session, profile, wording)
        exports.write(session, made, args.out, recipients, args.act)
    for name, count in made.counts:
        console.say(N_("{what}: {n} rows"), what=name, n=count)
    if made.left_out:
        console.say(N_("{n} records were kept back for want of consent."), n=made.left_out)
    data: dict[str, Any] = {
        "status": "written",
        "file": str(args.out),
        "profile": profile.value,
        "rows": dict(made.counts),
    }
    data |= {"left_out": made.left_out, "sealed": bool(recipients)}
    console.put(data, console.lang.say(N_("Written: {file}"), file=args.out))


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise UsageError(N_("This is not a day."), hint=N_("Write it like 2026-01-31.")) from error
