"""Every verb, its options and its help (DESIGN 12). Declares only: loads neither the database library nor Qt."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

from migdesk import __version__
from migdesk.errors import UsageError
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_

VERBS = (
    "workspace", "server", "enrol", "sync", "room", "records", "attachments", "conflicts", "bundle", "key", "recovery",
    "backup", "restore", "verify", "audit", "report", "export", "import",
)  # fmt: skip

Sub = argparse._SubParsersAction


class Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would print and exit, so that one place decides how errors look."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(
            N_("The command was not understood: {reason}."),
            hint=N_("{usage}\nMore: {program} --help"),
            reason=message,
            usage=self.format_usage().strip(),
            program=self.prog,
        )


def make_parser(lang: Language) -> Parser:
    """The parser of the whole command line, with help in this language."""
    say = lang.say
    parser = Parser(
        prog="migdesk",
        description=say(N_("Offline-first records for outreach workers. Without a verb, the desktop program opens.")),
        epilog=say(
            N_(
                "The passphrase is asked for, or read from --passphrase-file or MIGDESK_PASSPHRASE. MIGDESK_LANG "
                "chooses the language. Exit: 0 done, 1 could not, 2 wrong use, 3 refused."
            )
        ),
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"MigDesk {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True, parser_class=Parser)
    verbs.add_parser("demo", help=say(N_("a scripted day in the real windows")), add_help=False)
    groups = (
        _workspace,
        _server,
        _sync,
        _records,
        _attachments,
        _conflicts,
        _bundle,
        _recovery,
        _backup,
        _audit,
        _report,
        _export,
        _import,
    )
    for add in groups:
        add(verbs, say)
    return parser


Say = Callable[..., str]


def _verb(verbs: "Sub[Parser]", name: str, help: str) -> Parser:
    return verbs.add_parser(name, help=help, description=help, allow_abbrev=False)


def _home(parser: Parser, say: Say) -> Parser:
    parser.add_argument("--home", type=Path, metavar="DIR", help=say(N_("the workspace folder (default: your own)")))
    parser.add_argument("--passphrase-file", type=Path, metavar="F", help=say(N_("read the passphrase from this file")))
    _json(parser, say)
    return parser


def _json(parser: Parser, say: Say) -> None:
    parser.add_argument("--json", action="store_true", help=say(N_("one JSON object per line")))


def _group(verbs: "Sub[Parser]", name: str, help: str) -> "Sub[Parser]":
    return _verb(verbs, name, help).add_subparsers(dest="act", metavar="ACT", required=True, parser_class=Parser)


def _person(parser: Parser, say: Say) -> None:
    parser.add_argument("--user", required=True, metavar="NAME", help=say(N_("user name")))
    parser.add_argument("--role", required=True, help=say(N_("OUTREACH, CASEWORKER, TRAINER, SUPERVISOR, ...")))
    parser.add_argument(
        "--area", required=True, nargs="+", metavar="CODE", help=say(N_("area codes, such as 52.03.09.2004"))
    )
    parser.add_argument("--name", default="", help=say(N_("the name that colleagues see")))


def _workspace(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "workspace", say(N_("make, describe, re-key or destroy a workspace")))
    create = _home(_verb(acts, "create", say(N_("make a workspace for one user"))), say)
    _person(create, say)
    create.add_argument("--language", choices=("id", "en"), default=None, help=say(N_("language of the windows")))
    _home(_verb(acts, "info", say(N_("what this folder is; needs no passphrase"))), say)
    passwd = _home(_verb(acts, "passwd", say(N_("change the passphrase"))), say)
    passwd.add_argument(
        "--new-passphrase-file", type=Path, metavar="F", help=say(N_("read the new passphrase from this file"))
    )
    wipe = _home(_verb(acts, "wipe", say(N_("destroy the keys and files of a workspace, for ever"))), say)
    wipe.add_argument("--yes", action="store_true", help=say(N_("do not ask")))


def _server(verbs: "Sub[Parser]", say: Say) -> None:
    server = _verb(verbs, "server", say(N_("run the central server, or manage its users and devices")))
    _server_place(server, say, default=None)
    _server_run(server, say, default=None)
    acts = server.add_subparsers(dest="act", metavar="ACT", parser_class=Parser)
    run = _verb(acts, "run", say(N_("run the server (this is what no ACT does)")))
    _server_run(run, say, default=argparse.SUPPRESS)
    code = _verb(acts, "code", say(N_("print a one-time code that enrols one laptop")))
    _person(code, say)
    code.add_argument("--url", default="", metavar="URL", help=say(N_("address of the server: print a link too")))
    code.add_argument("--qr", metavar="FILE", help=say(N_("write the link as a QR code (PNG); - prints it")))
    devices = _verb(acts, "devices", say(N_("list the enrolled devices")))
    revoke = _verb(acts, "revoke", say(N_("take a device's rights away")))
    revoke.add_argument("device", metavar="DEVICE", help=say(N_("its id, or the beginning of it")))
    revoke.add_argument("--lost", action="store_true", help=say(N_("nobody knows where it is")))
    admin = _verb(acts, "admin", say(N_("let an administrator sign in to the console, with a passphrase and a phone")))
    admin.add_argument("--user", required=True, metavar="NAME", help=say(N_("user name")))
    admin.add_argument(
        "--new-passphrase-file", type=Path, metavar="F", help=say(N_("read the new passphrase from this file"))
    )
    for one in (run, code, devices, revoke, admin, *_quarantine(acts, say), *_server_care(acts, say)):
        _server_place(one, say, default=argparse.SUPPRESS)


def _quarantine(acts: "Sub[Parser]", say: Say) -> tuple[Parser, ...]:
    """Changes that were refused."""
    text = say(N_("changes that came too late or were not allowed, for review"))
    review = _verb(acts, "quarantine", text)
    review.set_defaults(what=None)
    what = review.add_subparsers(dest="what", metavar="WHAT", parser_class=Parser)
    show = _verb(what, "list", say(N_("what waits, without what is in it (this is what no WHAT does)")))
    release = _verb(what, "release", say(N_("let it in, under its own author")))
    dismiss = _verb(what, "dismiss", say(N_("keep it out for good")))
    dismiss.add_argument("--reason", required=True, metavar="R", help=say(N_("why; stands in the record of decisions")))
    for one in (release, dismiss):
        one.add_argument("item", nargs="+", metavar="ITEM", help=say(N_("its id, or the beginning of it")))
    return review, show, release, dismiss


def _server_care(acts: "Sub[Parser]", say: Say) -> tuple[Parser, ...]:
    """Backups of a server and what they prove."""
    backup = _verb(acts, "backup", say(N_("write a verified backup of a server folder")))
    backup.add_argument("--out", type=Path, metavar="FILE", help=say(N_("where to (default: the folder backups)")))
    restore = _verb(acts, "restore", say(N_("bring a server folder back from a backup; laptops then send again")))
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help=say(N_("put it in place of the present one")))
    checkpoint = _verb(acts, "checkpoint", say(N_("write into the database what the next backup of it will hold")))
    checkpoint.add_argument("--label", metavar="LABEL", help=say(N_("its name (default: the time)")))
    durable = _verb(acts, "durable", say(N_("a backup made after a checkpoint was restored and is good")))
    durable.add_argument("--checkpoint", required=True, metavar="LABEL")
    durable.add_argument(
        "--restored-url", default="", metavar="URL", help=say(N_("look into this restored database first"))
    )
    renew = _verb(acts, "renew-generation", say(N_("after the database was restored: laptops then send again")))
    return backup, restore, checkpoint, durable, renew


def _server_place(parser: Parser, say: Say, *, default: object) -> None:
    """The same options before and after ACT; those after it must not undo those before it."""
    place = parser.add_mutually_exclusive_group()
    place.add_argument("--home", type=Path, metavar="DIR", default=default, help=say(N_("the server folder")))
    place.add_argument("--database", metavar="URL", default=default, help=say(N_("a PostgreSQL database instead")))
    parser.add_argument(
        "--passphrase-file", type=Path, metavar="F", default=default, help=say(N_("read the server key from this file"))
    )
    parser.add_argument(
        "--json", action="store_true", default=default or False, help=say(N_("one JSON object per line"))
    )


def _server_run(parser: Parser, say: Say, *, default: object) -> None:
    parser.add_argument(
        "--listen", metavar="HOST:PORT", default=default, help=say(N_("where to listen (default: 127.0.0.1:8440)"))
    )
    parser.add_argument("--tls-cert", type=Path, metavar="F", default=default, help=say(N_("certificate (PEM)")))
    parser.add_argument("--tls-key", type=Path, metavar="F", default=default, help=say(N_("its private key (PEM)")))
    parser.add_argument(
        "--metrics-listen", metavar="HOST:PORT", default=default, help=say(N_("where a monitor finds /metrics"))
    )
    parser.add_argument(
        "--log-format", choices=("text", "json"), default=default, help=say(N_("form of the log lines (default: text)"))
    )
    parser.add_argument(
        "--no-daily-backup", action="store_true", default=default or False, help=say(N_("make no backup by itself"))
    )


def _sync(verbs: "Sub[Parser]", say: Say) -> None:
    enrol = _home(_verb(verbs, "enrol", say(N_("enrol this laptop at a server with a one-time code"))), say)
    enrol.add_argument("--server", default="", metavar="URL", help=say(N_("address of the server")))
    enrol.add_argument("--code", required=True, help=say(N_("the one-time code, or the whole link of a QR code")))
    sync = _home(_verb(verbs, "sync", say(N_("send and receive once"))), say)
    sync.add_argument("--server", metavar="URL", help=say(N_("another address of the same server")))
    sync.add_argument("--room", metavar="ADDRESS", help=say(N_("with a laptop that serves a room, at HOST:PORT")))
    sync.add_argument("--code", help=say(N_("the code of the room")))
    room = _group(verbs, "room", say(N_("exchange in a room without a network")))
    serve = _home(
        _verb(room, "serve", say(N_("let colleagues in the same local network exchange with this laptop"))), say
    )
    serve.add_argument("--listen", metavar="HOST:PORT", help=say(N_("where to listen (default: the local network)")))
    acts = _group(verbs, "key", say(N_("the public key of this workspace")))
    _home(_verb(acts, "show", say(N_("print the recipient for bundles and its fingerprint words"))), say)
    rotate = _home(_verb(acts, "rotate", say(N_("change the keys of this laptop; it stays the same device"))), say)
    rotate.add_argument("--server", default="", metavar="URL", help=say(N_("another address of the same server")))


def _records(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "records", say(N_("records as JSON lines, for scripts")))
    schema = _verb(acts, "schema", say(N_("JSON Schema of each kind of record; needs no workspace")))
    schema.add_argument("--kind", help=say(N_("only this kind")))
    _json(schema, say)
    put = _home(_verb(acts, "put", say(N_("save the records of a file, line by line"))), say)
    put.add_argument("file", metavar="FILE", help=say(N_("JSON lines; - reads from the standard input")))
    show = _home(_verb(acts, "list", say(N_("print records in the form that put takes"))), say)
    show.add_argument("--kind", help=say(N_("only this kind")))
    show.add_argument(
        "--since", metavar="TIME", help=say(N_("only changed since this time, such as 2026-11-23T08:00Z"))
    )
    history = _home(_verb(acts, "history", say(N_("who wrote what in a record, latest first"))), say)
    history.add_argument("id", metavar="ID")


def _attachments(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "attachments", say(N_("photographs and scans of a record")))
    what = say(N_("add a photograph (JPEG, PNG) or a PDF; place and camera are taken out"))
    add = _home(_verb(acts, "add", what), say)
    listed = _home(_verb(acts, "list", say(N_("list the attachments of a record"))), say)
    for one in (add, listed):
        one.add_argument("--record", required=True, metavar="ID", help=say(N_("the person, session, case or event")))
    add.add_argument("file", type=Path, metavar="FILE")
    add.add_argument("--caption", metavar="TEXT", help=say(N_("what it shows; no names")))
    add.add_argument("--kind", metavar="CODE", help=say(N_("kind of document, a code of attachment_kind")))
    add.add_argument("--keep-size", action="store_true", help=say(N_("do not make a large photograph smaller")))
    save = _home(_verb(acts, "save", say(N_("save a copy outside the workspace; this is noted"))), say)
    save.add_argument("id", metavar="ID")
    save.add_argument("--out", type=Path, required=True, metavar="FILE", help=say(N_("the file to write")))
    save.add_argument("--reason", required=True, metavar="CODE", help=say(N_("why: a code of copy_reason")))


def _conflicts(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "conflicts", say(N_("edits that were made without knowing each other")))
    _home(_verb(acts, "list", say(N_("print the open conflicts with all their values"))), say)
    resolve = _home(_verb(acts, "resolve", say(N_("decide a conflict"))), say)
    resolve.add_argument("id", metavar="ID", help=say(N_("as conflicts list prints it")))
    choice = resolve.add_mutually_exclusive_group(required=True)
    choice.add_argument("--keep", action="store_true", help=say(N_("keep the value that is shown")))
    choice.add_argument("--take", type=int, metavar="N", help=say(N_("take the Nth value that lost (1 is the first)")))


def _bundle(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "bundle", say(N_("sealed files for places without a network")))
    export = _home(_verb(acts, "export", say(N_("seal what was not sent yet to named recipients"))), say)
    _recipients(export, say, required=True)
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help=say(N_("the bundle to write")))
    export.add_argument(
        "--profile", choices=("full", "pseudo", "deid"), default="full",
        help=say(N_("full: signed records as they are; a bundle cannot be redacted, an export can")),
    )  # fmt: skip
    export.add_argument(
        "--whole", action="store_true", help=say(N_("everything in scope, not only what was not acknowledged yet"))
    )
    for name, text in (
        ("import", N_("take in a bundle")),
        ("inspect", N_("show what a bundle holds, reading nothing")),
        ("receipt", N_("take in the receipt that came back for a bundle")),
    ):
        act = _home(_verb(acts, name, say(text)), say)
        act.add_argument("file", type=Path, metavar="FILE")
        if name == "import":
            act.add_argument("--preview", action="store_true", help=say(N_("only show what it would change")))
            act.add_argument(
                "--receipt", type=Path, metavar="F", help=say(N_("write a receipt for the sender to this file"))
            )


def _recipients(parser: Parser, say: Say, *, required: bool) -> None:
    parser.add_argument(
        "--to", nargs="+", action="extend", default=None, required=required, metavar="RECIPIENT",
        help=say(N_("age1... keys of those who may open it")),
    )  # fmt: skip


def _recovery(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "recovery", say(N_("a forgotten passphrase, mended by a supervisor without a network")))
    key = _home(_verb(acts, "key", say(N_("supervisor: print the recovery key for the laptops of others"))), say)
    trust = _home(_verb(acts, "trust", say(N_("let the supervisor with this recovery key help"))), say)
    ask = _home(_verb(acts, "request", say(N_("ask for help; needs no passphrase"))), say)
    answer = _home(_verb(acts, "answer", say(N_("supervisor: answer a request, once you know who asks"))), say)
    answer.add_argument("--yes", action="store_true", help=say(N_("do not ask")))
    use = _home(_verb(acts, "open", say(N_("open the answer and set a new passphrase"))), say)
    use.add_argument(
        "--new-passphrase-file", type=Path, metavar="F", help=say(N_("read the new passphrase from this file"))
    )
    for one in (trust, answer, use):
        one.add_argument("file", metavar="FILE", help=say(N_("the text; - reads from the standard input")))
    for one in (key, ask, answer):
        one.add_argument("--qr", metavar="FILE", help=say(N_("write it as a QR code too (PNG); - prints it")))


def _backup(verbs: "Sub[Parser]", say: Say) -> None:
    backup = _home(_verb(verbs, "backup", say(N_("write an encrypted copy of the workspace"))), say)
    backup.add_argument("--out", type=Path, metavar="FILE", help=say(N_("where to (default: the folder backups)")))
    way = backup.add_mutually_exclusive_group()
    way.add_argument(
        "--automatic", action="store_true", help=say(N_("one that rotates, if the last is some hours old"))
    )
    way.add_argument("--status", action="store_true", help=say(N_("say what backups and copies there are")))
    restore = _home(_verb(verbs, "restore", say(N_("bring a workspace back from a backup"))), say)
    restore.add_argument("file", type=Path, metavar="FILE")
    restore.add_argument("--replace", action="store_true", help=say(N_("put it in place of the present workspace")))
    restore.add_argument(
        "--preview", action="store_true", help=say(N_("only say what it would bring and what would go"))
    )
    _home(_verb(verbs, "verify", say(N_("prove that keys, store, indexes, attachments and the audit are whole"))), say)


def _audit(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "audit", say(N_("who did what in this workspace")))
    show = _home(_verb(acts, "list", say(N_("print the audit trail, latest first"))), say)
    show.add_argument("--since", metavar="TIME", help=say(N_("only from this time on, such as 2026-11-23T08:00Z")))
    show.add_argument("--until", metavar="TIME", help=say(N_("only before this time")))
    show.add_argument("--act", default="", metavar="CODE", help=say(N_("only this act, such as view_person")))
    show.add_argument("--user", default="", metavar="NAME", help=say(N_("only what this user did")))
    show.add_argument("--record", metavar="ID", help=say(N_("only what was done with this record")))
    show.add_argument("--limit", type=int, metavar="N", help=say(N_("at most so many rows")))


def _report(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "report", say(N_("figures, never names")))
    one = _home(_verb(acts, "indicators", say(N_("the indicators of a period, small counts withheld"))), say)
    one.add_argument("--from", dest="first", required=True, metavar="DATE", help=say(N_("first day, 2026-01-31")))
    one.add_argument("--to", dest="last", required=True, metavar="DATE", help=say(N_("last day, included")))
    one.add_argument("--area", default="", metavar="CODE", help=say(N_("only this area and the areas under it")))
    one.add_argument("--format", choices=("json", "xlsx", "pdf"), default="json")
    one.add_argument("--out", type=Path, metavar="FILE", help=say(N_("the file to write")))


def _export(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "export", say(N_("records for other programs, redacted")))
    for name, text in (
        ("htcds", N_("trafficking cases in HTCDS 2.0 (CSV or Excel)")),
        ("incident-recorder", N_("incidents of violence for the GBV Incident Recorder (CSV or Excel)")),
        ("excel", N_("all records as an Excel file")),
    ):
        one = _home(_verb(acts, name, say(text)), say)
        one.add_argument(
            "--profile", choices=("deid", "pseudo", "full"), default="deid",
            help=say(N_("deid: nobody can be found; pseudo: codes; full: names, sealed to --to (default: deid)")),
        )  # fmt: skip
        one.add_argument("--out", type=Path, required=True, metavar="FILE")
        _recipients(one, say, required=False)
        one.add_argument("--purpose", default="", help=say(N_("what it is for; stands in the file")))
        one.add_argument(
            "--values", choices=("codes", "labels", "both"), default="both", help=say(N_("codes or words"))
        )
        one.add_argument("--language", choices=("id", "en"), help=say(N_("language of the words")))


def _import(verbs: "Sub[Parser]", say: Say) -> None:
    acts = _group(verbs, "import", say(N_("take in tables from CSV or Excel files")))
    for name, text in (
        ("people", N_("people; one line each")),
        ("participants", N_("participants of a training event")),
        ("agencies", N_("agencies (not kept by this version)")),
        ("areas", N_("areas: code and name; administrators only")),
    ):
        one = _home(_verb(acts, name, say(text)), say)
        one.add_argument("file", type=Path, metavar="FILE")
        one.add_argument("--dry-run", action="store_true", help=say(N_("check only; save nothing")))
        if name == "participants":
            one.add_argument("--event", metavar="ID", help=say(N_("the event of all lines")))
