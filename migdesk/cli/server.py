"""`server [run] | code | devices | revoke | admin`; the verbs about backups are in `server_care`, those about what was
refused in `server_review`."""

from pathlib import Path

from migdesk.cli import server_care, server_review
from migdesk.cli.console import Console
from migdesk.cli.servers import Device, Host
from migdesk.errors import EXIT_DONE, UsageError
from migdesk.i18n.markers import N_
from migdesk.paths import default_home
from migdesk.services import enrolment_codes
from migdesk.vault.atomic_file import write_atomic

FOLDER = "server"
DATABASE = "DATABASE_URL"


def server(console: Console) -> int:
    if console.args.act in server_care.ACTS:
        return server_care.care(console, _open)
    host = _open(console)
    try:
        acts = {
            None: _run, "run": _run, "code": _code, "devices": _devices, "revoke": _revoke,
            "admin": _admin,
            "quarantine": server_review.quarantine,
        }  # fmt: skip
        acts[console.args.act](console, host)
    finally:
        host.close()
    return EXIT_DONE


def _open(console: Console) -> Host:
    """--home is an embedded store there; --database, or DATABASE_URL when no folder is named, is PostgreSQL."""
    args = console.args
    url = args.database or (None if args.home else console.environment.get(DATABASE))
    folder: Path = args.home or default_home().with_name(FOLDER)
    return console.servers.open(folder, url, console.environment, args.passphrase_file, console.clock)


def _run(console: Console, host: Host) -> None:
    args = console.args

    def ready(url: str) -> None:
        # Scripts wait for this line, so it must not stay in a buffer.
        console.put({"status": "ready", "url": url}, console.lang.say(N_("The server is ready at {url}"), url=url))
        console.flush()

    host.serve(
        args.listen, args.tls_cert, args.tls_key, ready, metrics_listen=args.metrics_listen,
        log_format=args.log_format or "text", daily_backup=not args.no_daily_backup,
    )  # fmt: skip


def _code(console: Console, host: Host) -> None:
    args = console.args
    if args.qr and not args.url:
        raise UsageError(N_("A QR code holds the address of the server too: give --url."))
    code = host.issue_code(args.user, args.role, " ".join(args.area), args.name)
    words = console.lang.say(N_("One-time code for {user} (72 hours, one laptop): {code}"), user=args.user, code=code)
    if not args.url:
        console.put({"code": code, "user": args.user}, words)
        return
    link = enrolment_codes.link_text(args.url, code, host.sign_key())
    console.put({"code": code, "user": args.user, "link": link}, f"{words}\n{link}")
    if args.qr == "-":
        if not args.json:
            console.put({}, enrolment_codes.qr_terminal(link))
    elif args.qr:
        write_atomic(Path(args.qr), enrolment_codes.qr_png(link))


def _devices(console: Console, host: Host) -> None:
    for one in host.devices():
        console.put(_json(one), f"{one.device:016x}  {one.status:<8}  {one.username:<20}  {one.label}")


def _admin(console: Console, host: Host) -> None:
    name = console.args.user
    link = host.make_admin(name, console.new_passphrase())
    words = console.lang.say(
        N_("{user} may sign in at /admin. Scan this with an authenticator now; it is not shown again."), user=name
    )
    console.put({"user": name, "otp": link}, f"{enrolment_codes.qr_terminal(link)}\n{link}\n{words}")


def _revoke(console: Console, host: Host) -> None:
    one = host.revoke(console.args.device, lost=console.args.lost)
    words = console.lang.say(
        N_("Revoked: {device}. It gets nothing more, and at its next contact it destroys its workspace."),
        device=f"{one.device:016x}",
    )
    console.put(_json(one), words)


def _json(one: Device) -> dict[str, object]:
    return {
        "device": f"{one.device:016x}",
        "status": one.status,
        "user": one.username,
        "label": one.label,
        "recipient": one.recipient,
        "enrolled_at": one.enrolled_at.isoformat().replace("+00:00", "Z") if one.enrolled_at else None,
        "lease_until": one.lease_until.isoformat().replace("+00:00", "Z") if one.lease_until else None,
    }
