"""`attachments add | list | save`: photographs and scans of a record, without a window."""

from collections.abc import Callable
from uuid import UUID

from migdesk.cli.console import Console
from migdesk.errors import EXIT_DONE, UsageError
from migdesk.i18n.markers import N_
from migdesk.services import attachment_files
from migdesk.services import attachments as service
from migdesk.services.attachments import AttachmentRow


def attachments(console: Console) -> int:
    acts: dict[str, Callable[[Console], int]] = {"add": _add, "list": _list, "save": _save}
    return acts[console.args.act](console)


def _add(console: Console) -> int:
    args = console.args
    file = attachment_files.prepare(attachment_files.read_file(args.file), keep_size=args.keep_size)
    with console.session() as session:
        record = _uuid(args.record)
        of = service.kind_of_record(session, record)
        id = service.add(session, of, record, file, {"caption": args.caption, "document_kind": args.kind})
        row = service.get(session, id)
    console.put(_json(row), console.lang.say(N_("Added: {name}, {id}"), name=row.record.file_name, id=id))
    return EXIT_DONE


def _list(console: Console) -> int:
    with console.session() as session:
        record = _uuid(console.args.record)
        of = service.kind_of_record(session, record)
        for row in service.listed(session, of, record):
            console.put(_json(row), f"{row.record.id}  {row.record.file_name}  {row.record.size}  {row.place}")
    return EXIT_DONE


def _save(console: Console) -> int:
    args = console.args
    with console.session() as session:
        opened = service.copy_out(session, _uuid(args.id), args.reason)
    service.write_copy(args.out, opened)
    words = console.lang.say(N_("The copy is saved. Nobody protects it there."))
    console.put({"status": "saved", "file": str(args.out), "bytes": len(opened.data)}, words)
    return EXIT_DONE


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise UsageError(N_("The id is no UUID.")) from error


def _json(row: AttachmentRow) -> dict[str, object]:
    one = row.record
    return {
        "id": str(one.id), "file_name": one.file_name, "media_type": one.media_type, "size": one.size,
        "sha256": one.sha256.hex() if one.sha256 else None, "width": one.width, "height": one.height,
        "caption": one.caption, "document_kind": one.document_kind, "place": str(row.place), "moved": row.moved,
        "total": row.total, "created_by": row.about.created_by_name,
    }  # fmt: skip
