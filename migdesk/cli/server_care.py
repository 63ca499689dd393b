"""`server backup | restore | checkpoint | durable | renew-generation`."""

from collections.abc import Callable

from migdesk.cli import backups
from migdesk.cli.console import Console
from migdesk.cli.servers import Host
from migdesk.errors import EXIT_DONE, UsageError
from migdesk.i18n.markers import N_


def care(console: Console, opened: Callable[[Console], Host]) -> int:
    """Run one of `ACTS`. Raises UsageError for a place that it is not for."""
    args = console.args
    if args.act == "restore":
        if args.home is None:
            raise UsageError(N_("Say with --home which folder is meant."))
        return backups.restore(console)
    host = opened(console)
    try:
        ACTS[args.act](console, host)
    finally:
        host.close()
    return EXIT_DONE


def _backup(console: Console, host: Host) -> None:
    made = host.back_up(console.args.out)
    words = console.lang.say(N_("Backup: {file} ({size} bytes)"), file=made.file, size=console.lang.number(made.size))
    console.put({"status": "written", "file": str(made.file), "bytes": made.size, "verified": True}, words)


def _checkpoint(console: Console, host: Host) -> None:
    made = host.checkpoint(console.args.label or f"{console.clock.now():%Y%m%d-%H%M%S}")
    words = console.lang.say(
        N_("Checkpoint {label}: {count} streams. Now save the database."), label=made.label, count=made.streams
    )
    console.put({"status": "written", "checkpoint": made.label, "streams": made.streams}, words)


def _durable(console: Console, host: Host) -> None:
    args = console.args
    count = host.make_durable(args.checkpoint, args.restored_url)
    words = console.lang.say(
        N_("Checkpoint {label} is durable: laptops may let go of {count} streams up to it."),
        label=args.checkpoint, count=count,
    )  # fmt: skip
    console.put({"status": "durable", "checkpoint": args.checkpoint, "streams": count}, words)


def _renew(console: Console, host: Host) -> None:
    host.renew_generation()
    console.put({"status": "renewed"}, console.lang.say(N_("The laptops will compare again and send what is missing.")))


ACTS: dict[str, Callable[[Console, Host], None]] = {
    "backup": _backup, "checkpoint": _checkpoint, "durable": _durable, "renew-generation": _renew,
    "restore": lambda console, host: None,
}  # fmt: skip
"""By the name of the verb; `restore` has no open host."""
