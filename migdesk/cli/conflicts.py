"""`conflicts list | resolve`."""

from typing import Any

from migdesk.cli.console import Console
from migdesk.cli.records import plain_json
from migdesk.errors import EXIT_DONE, UserError
from migdesk.i18n.markers import N_
from migdesk.services import conflicts as service
from migdesk.services.conflicts import Choice, OpenConflict

REMOVED = "removed"


def conflicts(console: Console) -> int:
    {"list": _list, "resolve": _resolve}[console.args.act](console)
    return EXIT_DONE


def name_of(one: OpenConflict) -> str:
    """What a person types for a conflict: the record, the field, and for a set its element."""
    field = REMOVED if one.is_deletion else one.words.field or "?"
    return ":".join(filter(None, (str(one.record), field, one.words.element)))


def _list(console: Console) -> None:
    with console.session() as session:
        found = service.list_open(session)
    for one in found:
        winner, *losers = one.choices
        data = {
            "id": name_of(one),
            "kind": one.kind,
            "record": str(one.record),
            "field": REMOVED if one.is_deletion else one.words.field,
            "element": one.words.element or None,
            "winner": _choice(winner),
            "losers": [_choice(loser) for loser in losers],
        }
        console.put(data, "\n".join([f"{name_of(one)}  {console.lang.say(one.words.label)}", *_lines(console, one)]))
    if not found:
        console.say(N_("There are no open conflicts."))


def _resolve(console: Console) -> None:
    args = console.args
    with console.session() as session:
        one = next((one for one in service.list_open(session) if name_of(one) == args.id), None)
        if one is None:
            raise UserError(N_("There is no open conflict with this id."), hint=N_("See: migdesk conflicts list"))
        choice = 0 if args.keep else args.take
        if not args.keep and not 1 <= args.take < len(one.choices):
            raise UserError(N_("There is no such choice."), hint=N_("See: migdesk conflicts list"))
        service.decide(session, one.id, choice)
    console.put({"status": "resolved", "id": args.id}, console.lang.say(N_("Decided. The others get it by sync.")))


def _choice(one: Choice) -> dict[str, Any]:
    at = one.at.isoformat().replace("+00:00", "Z")
    return {"value": plain_json(one.value), "author": one.author_name, "at": at}


def _lines(console: Console, one: OpenConflict) -> list[str]:
    lines = []
    for number, choice in enumerate(one.choices):
        mark = "*" if number == 0 else str(number)
        value = plain_json(choice.value)
        shown = console.lang.say(N_("blank")) if value is None else value
        lines.append(f"  {mark}  {shown}  ({choice.author_name}, {console.lang.moment(choice.at)})")
    return lines
