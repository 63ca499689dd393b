"""What a screen does with the attachments of one record. No Qt. GUI thread; files and pixels are worked on elsewhere.

Clear bytes and pixels are kept only while the record, or one file of it, is shown.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from migdesk.errors import MigDeskError
from migdesk.i18n.markers import N_
from migdesk.services import attachment_files, attachment_pages, attachments
from migdesk.services.attachment_files import Prepared
from migdesk.services.attachment_pages import THUMBNAIL, Picture
from migdesk.services.attachments import AttachmentRow, Opened
from migdesk.ui.screen import ScreenContext

PREVIEW = 1_800
"""Pixels of the longer side: sharp on a small screen at 200 %."""

NOT_IN_LISTS = frozenset({"injury"})
"""Kinds of pictures that nobody should see in passing: they are shown when asked for."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A file that was chosen and is not yet added. `source` is what it was; `smaller`: it was made smaller."""

    source: bytes
    file: Prepared
    picture: Picture | None
    smaller: bool


@dataclass(frozen=True, slots=True)
class Look:
    """One file that is looked at: a page of it, or None while that is drawn."""

    opened: Opened
    pages: int
    page: int = 0
    picture: Picture | None = None


@dataclass
class AttachmentsState:
    """`rows` of the record that is open. `pictures` are small ones by id, None for what cannot be drawn."""

    of: str = ""
    record: UUID | None = None
    rows: tuple[AttachmentRow, ...] = ()
    loaded: bool = False
    may_add: bool = False
    busy: bool = False
    pictures: dict[UUID, Picture | None] = field(default_factory=dict)
    pending: Pending | None = None
    look: Look | None = None


class AttachmentsWork:
    """`changed()` when there is something new to show."""

    def __init__(self, ctx: ScreenContext, changed: Callable[[], None]) -> None:
        self._ctx, self._changed = ctx, changed
        self.state = AttachmentsState()

    def open(self, of: str, record: UUID, *, may_add: bool) -> None:
        """Show the attachments of this record; again, to see what is new."""
        if (self.state.of, self.state.record) != (of, record):
            self.state = AttachmentsState(of, record)
        self.state.may_add = may_add
        self._load()

    def close(self) -> None:
        """Forget everything, pixels too."""
        self.state = AttachmentsState()

    def refresh(self, kinds: set[str]) -> None:
        """Look again if something of ours may have changed."""
        if self.state.record is not None and ("*" in kinds or any(kind.endswith("_attachment") for kind in kinds)):
            self._load()

    def choose(self, path: Path) -> None:
        """Take a file in: read, clean, and show what would be added."""
        self._prepare(lambda: attachment_files.read_file(path))

    def take(self, data: bytes) -> None:
        """The same with bytes from the clipboard."""
        self._prepare(lambda: data)

    def drop_pending(self) -> None:
        self.state.pending, self.state.busy = None, False
        self._changed()

    def add(self, values: Mapping[str, Any], *, keep_size: bool) -> None:
        """Add what is pending, smaller or (`keep_size`) as large as it was."""
        state, pending = self.state, self.state.pending
        if pending is None or state.record is None:
            return
        state.pending, state.busy = None, True
        self._changed()
        if keep_size and pending.smaller:
            self._ctx.run.run_io(
                lambda: attachment_files.prepare(pending.source, keep_size=True),
                done=lambda file: self._add(state, file, values), failed=self._failed, owner=self,
            )  # fmt: skip
        else:
            self._add(state, pending.file, values)

    def fetch(self, row: AttachmentRow) -> None:
        """Have it come with the next sync."""
        session, say = self._ctx.session, self._ctx.lang.say

        def done(_: None) -> None:
            self._ctx.messages.info(say(N_("It comes with the next sync.")))
            self._load()

        self._ctx.run.run(lambda: attachments.want(session, row.record.id), done=done, owner=self)

    def show(self, row: AttachmentRow) -> None:
        """Open a file in the window; no program but this one sees it."""
        state, session = self.state, self._ctx.session

        def read(opened: Opened) -> None:
            self._ctx.run.run_io(lambda: _first_look(opened), done=shown, failed=self._failed, owner=self)

        def shown(look: Look) -> None:
            if self.state is state:
                state.look = look
                self._changed()

        self._ctx.run.run(
            lambda: attachments.open_clear(session, row.record.id), done=read, failed=self._failed, owner=self
        )

    def turn(self, by: int) -> None:
        """To another page of what is looked at."""
        state, look = self.state, self.state.look
        if look is None or not 0 <= look.page + by < look.pages:
            return
        page = look.page + by
        state.look = Look(look.opened, look.pages, page, look.picture)
        self._changed()

        def drawn(picture: Picture) -> None:
            if state.look is not None and state.look.opened is look.opened and state.look.page == page:
                state.look = Look(look.opened, look.pages, page, picture)
                self._changed()

        opened = look.opened
        self._ctx.run.run_io(lambda: _draw(opened, page), done=drawn, failed=self._failed, owner=self)

    def end_look(self) -> None:
        self.state.look = None
        self._changed()

    def copy(self, id: UUID, reason: str, path: Path) -> None:
        """Write a copy outside the workspace, for a reason."""
        session, say = self._ctx.session, self._ctx.lang.say

        def read(opened: Opened) -> None:
            self._ctx.run.run_io(
                lambda: attachments.write_copy(path, opened), failed=self._failed, owner=self,
                done=lambda _: self._ctx.messages.success(say(N_("The copy is saved. Nobody protects it there."))),
            )  # fmt: skip

        self._ctx.run.run(lambda: attachments.copy_out(session, id, reason), done=read, failed=self._failed, owner=self)

    def remove(self, id: UUID) -> None:
        session, say = self._ctx.session, self._ctx.lang.say

        def done(_: None) -> None:
            self.state.look = None
            self._ctx.messages.success(say(N_("The attachment is removed.")))
            self._load()

        self._ctx.run.run(lambda: attachments.delete(session, id), done=done, failed=self._failed, owner=self)

    def _load(self) -> None:
        state, session = self.state, self._ctx.session
        record = state.record
        if record is None:
            return

        def done(rows: tuple[AttachmentRow, ...]) -> None:
            if self.state is state:
                state.rows, state.loaded = rows, True
                self._changed()
                self._draw_next()

        def failed(_: MigDeskError) -> None:
            """The record went away, or is not ours any more: whoever shows it says so."""
            if self.state is state:
                state.rows, state.loaded = (), True
                self._changed()

        self._ctx.run.run(
            lambda: attachments.listed(session, state.of, record), done=done, failed=failed, owner=self
        )  # fmt: skip

    def _draw_next(self) -> None:
        """One small picture after the other, so that a long list does not fill the memory."""
        state, session = self.state, self._ctx.session
        undrawn = (row for row in state.rows if row.here and row.record.id not in state.pictures)
        row = next((row for row in undrawn if row.record.document_kind not in NOT_IN_LISTS), None)
        if row is None:
            return
        id = row.record.id
        state.pictures[id] = None

        def read(opened: Opened | None) -> None:
            if opened is not None and self.state is state:
                self._ctx.run.run_io(
                    lambda: attachment_pages.render(opened.data, opened.record.media_type or "", side=THUMBNAIL),
                    done=drawn, failed=lambda _: self._draw_next(), owner=self,
                )  # fmt: skip

        def drawn(picture: Picture) -> None:
            if self.state is state:
                state.pictures[id] = picture
                self._changed()
                self._draw_next()

        self._ctx.run.run(lambda: attachments.thumbnail_bytes(session, id), done=read, owner=self)

    def _prepare(self, read: Callable[[], bytes]) -> None:
        state = self.state
        state.busy = True
        self._changed()

        def done(pending: Pending) -> None:
            if self.state is state:
                state.pending, state.busy = pending, False
                self._changed()

        self._ctx.run.run_io(lambda: _pending(read()), done=done, failed=self._failed, owner=self)

    def _add(self, state: AttachmentsState, file: Prepared, values: Mapping[str, Any]) -> None:
        session, record = self._ctx.session, state.record
        if record is None:
            return

        def done(_: UUID) -> None:
            state.busy = False
            self._ctx.messages.success(self._ctx.lang.say(N_("The attachment is saved, encrypted.")))
            self._load()

        self._ctx.run.run(
            lambda: attachments.add(session, state.of, record, file, values), done=done, failed=self._failed, owner=self
        )

    def _failed(self, error: MigDeskError) -> None:
        self.state.busy = False
        self._ctx.messages.error(error)
        self._changed()


def _pending(source: bytes) -> Pending:
    """On an io thread."""
    file = attachment_files.prepare(source)
    made = file.cleaned
    picture = attachment_pages.render(made.data, made.media_type, side=480)
    smaller = made.media_type != "pdf" and attachment_files.was_made_smaller(source, made)
    return Pending(source, file, picture, smaller)


def _first_look(opened: Opened) -> Look:
    media = opened.record.media_type or ""
    pages = attachment_pages.count_pages(opened.data) if media == "pdf" else 1
    return Look(opened, pages, 0, _draw(opened, 0))


def _draw(opened: Opened, page: int) -> Picture:
    return attachment_pages.render(opened.data, opened.record.media_type or "", side=PREVIEW, page=page)
