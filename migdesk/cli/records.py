"""`records schema | put | list | history`."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, TextIO
from uuid import UUID

from migdesk.cli.console import Console
from migdesk.domain.kinds import SCHEMA
from migdesk.domain.validation import Problem
from migdesk.domain.values import Missing, Money
from migdesk.errors import EXIT_DONE, EXIT_FAILED, EnvError, UsageError
from migdesk.i18n import Language, load
from migdesk.i18n.markers import N_
from migdesk.services import history
from migdesk.services import records as service
from migdesk.services.history import HistoryEdit
from migdesk.services.records import PutResult
from migdesk.services.reference import read_codebook


def records(console: Console) -> int:
    return {"schema": _schema, "put": _put, "list": _list, "history": _history}[console.args.act](console)


def _schema(console: Console) -> int:
    say = {code: load(code).say for code in ("id", "en")}
    for document in service.schema_documents(SCHEMA, read_codebook(), say["id"], say["en"], console.args.kind):
        print(json.dumps(document, ensure_ascii=False))
    return EXIT_DONE


def _put(console: Console) -> int:
    saved = rejected = 0
    with _lines(console.args.file) as lines, console.session() as session:
        for result in service.put(session, lines):
            saved, rejected = saved + (result.error is None), rejected + (result.error is not None)
            _tell(console, result)
    console.say(N_("{saved} saved, {rejected} rejected."), saved=saved, rejected=rejected)
    return EXIT_FAILED if rejected else EXIT_DONE


@contextmanager
def _lines(name: str) -> Iterator[TextIO]:
    """The lines of a file, or of the standard input for "-". Bytes that are no UTF-8 spoil their own line only."""
    if name == "-":
        yield sys.stdin
        return
    try:
        file = open(name, encoding="utf-8-sig", errors="replace")  # noqa: SIM115 - closed below, after its errors are told
    except OSError as error:
        raise EnvError(N_("{file} cannot be read."), hint=N_("Check that it is there."), file=name) from error
    with file:
        yield file


def _tell(console: Console, result: PutResult) -> None:
    data: dict[str, Any] = {"line": result.line, "status": result.status, "kind": result.kind or None}
    if result.error is None:
        data |= {"id": str(result.id), "created": result.created, "changed": result.changed}
        if result.problems:
            data["warnings"] = problems_json(result.problems, console.lang)
        console.put(data)
        return
    reason, _ = console.lang.error(result.error)
    details = problems_json(result.problems, console.lang)
    if details:
        reason = " ".join(f"{one['field']}: {one['message']}" for one in details)
    data |= {"reason": reason, "problems": details}
    console.put(data, console.lang.say(N_("Line {line} rejected: {reason}"), line=result.line, reason=reason))


def problems_json(problems: tuple[Problem, ...], lang: Language) -> list[dict[str, str]]:
    """Problems as they are printed: the field, its rule, the words."""
    return [{"field": one.field, "rule": one.rule, "message": lang.say(one.message, **one.params)} for one in problems]


def _list(console: Console) -> int:
    since = moment(console.args.since) if console.args.since else None
    with console.session() as session:
        for one in service.each(session, console.args.kind, since):
            print(json.dumps(one, ensure_ascii=False))
    return EXIT_DONE


def moment(text: str) -> datetime:
    """A point in time from a date or an ISO 8601 time; without a zone it is the laptop's. Raises UsageError."""
    try:
        found = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError as error:
        raise UsageError(
            N_("This is not a time."), hint=N_("Write it like 2026-11-23 or 2026-11-23T08:00Z.")
        ) from error
    return found.astimezone(UTC)


def _history(console: Console) -> int:
    try:
        id = UUID(console.args.id)
    except ValueError as error:
        raise UsageError(N_("The id is no UUID.")) from error
    with console.session() as session:
        for entry in history.of(session, id):
            edits = [_edit(one) for one in entry.edits]
            data = {
                "at": entry.at.isoformat().replace("+00:00", "Z"),
                "author": str(entry.author),
                "author_name": entry.author_name,
                "device": f"{entry.device:016x}",
                "counter": entry.counter,
                "edits": edits,
            }
            head = f"{console.lang.moment(entry.at)}  {entry.author_name or entry.author}"
            console.put(data, "\n".join([head, *(f"    {_words(one, console.lang)}" for one in entry.edits)]))
    return EXIT_DONE


def _edit(one: HistoryEdit) -> dict[str, Any]:
    found: dict[str, Any] = {"field": one.words.field, "value": plain_json(one.value)}
    return found | ({"element": one.words.element} if one.words.element else {})


def plain_json(value: Any) -> Any:
    """A field value as JSON, when only the value is known."""
    if isinstance(value, Missing):
        return {"missing": value.value}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    return value if value is None or isinstance(value, bool | int | str) else str(value)


def _words(one: HistoryEdit, lang: Language) -> str:
    value = plain_json(one.value)
    shown = lang.say(N_("blank")) if value is None else str(value)
    label = lang.say(one.words.label)
    return f"{label} ({one.words.element}): {shown}" if one.words.element else f"{label}: {shown}"
