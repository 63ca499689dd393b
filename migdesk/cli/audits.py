"""`audit list`."""

from itertools import islice
from uuid import UUID

from migdesk.cli.console import Console
from migdesk.cli.records import moment
from migdesk.domain.acts import label
from migdesk.errors import EXIT_DONE, UsageError, UserError
from migdesk.i18n.markers import N_
from migdesk.paths import Paths
from migdesk.services import trail
from migdesk.services.trail import Row, Wanted


def audits(console: Console) -> int:
    """Print the rows, latest first, as they are read."""
    args = console.args
    if Paths(console.home).server_file.exists():
        raise UserError(N_("The audit trail of a server is read in its console."))
    if args.limit is not None and args.limit < 1:
        raise UsageError(N_("A limit is a number from 1 on."))
    wanted = Wanted(
        args.act, trail.user_of(args.user) if args.user else None, _record(args.record),
        *(moment(one) if one else None for one in (args.since, args.until)),
    )  # fmt: skip
    with console.session() as session:
        for row in islice(trail.each(session, wanted), args.limit):
            console.put(trail.as_json(row), _words(console, row))
    return EXIT_DONE


def _record(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise UsageError(N_("The id is no UUID.")) from error


def _words(console: Console, row: Row) -> str:
    about = " ".join(part for part in (row.kind, str(row.record) if row.record else "", row.detail) if part)
    act = console.lang.say(label(row.action))
    who = row.who or "-"
    return f"{row.n:>8}  {console.lang.moment(row.at)}  {who}  {act}" + (f"  {about}" if about else "")
