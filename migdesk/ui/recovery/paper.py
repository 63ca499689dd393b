"""The recovery sheet, made and tried: passphrase, code, the same code typed from the paper. No Qt. GUI thread."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from migdesk.errors import MigDeskError
from migdesk.i18n.language import Language
from migdesk.services import recovery_sheet
from migdesk.services.session import Session
from migdesk.ui.screen import ScreenContext, ViewProtocol

ASK, SHOW, TRY, DONE = "ask", "show", "try", "done"
T = TypeVar("T")
Draw = Callable[[str, Language, Session], bytes]


@dataclass(frozen=True, slots=True)
class PaperState:
    """`code` is there from when it is made until it was tried. `saved` are the files that hold it. Its `repr` leaves
    the code out."""

    step: str = ASK
    code: str = ""
    saved: tuple[Path, ...] = ()
    removed: int = 0
    busy: bool = False
    error: MigDeskError | None = None

    def __repr__(self) -> str:
        return f"PaperState(step={self.step!r}, busy={self.busy!r})"


class PaperWork:
    """One sheet, from its code to the proof that the paper opens the workspace. `draw` makes the document; `changed`
    is told when there is a new code, and when it was tried."""

    def __init__(self, ctx: ScreenContext, draw: Draw, changed: Callable[[], None]) -> None:
        self._ctx, self._draw, self._changed = ctx, draw, changed
        self.view: ViewProtocol[PaperState] | None = None
        self.state = PaperState()

    def attach(self, view: ViewProtocol[PaperState]) -> None:
        self.view = view
        view.show_state(self.state)

    def make(self, passphrase: str) -> None:
        """Make a code; an earlier sheet is good for nothing from then on."""
        session = self._ctx.session
        self._do(lambda: recovery_sheet.make(self._on_store, session, passphrase), self._made)

    def make_with_key(self, key: bytes) -> None:
        """The same right after the workspace was made and opened."""
        session = self._ctx.session
        self._do(lambda: recovery_sheet.make_with_key(self._on_store, session, key), self._made)

    def save(self, file: Path) -> None:
        """The sheet as a document, to be printed."""
        code, lang, session = self.state.code, self._ctx.lang, self._ctx.session

        def write() -> None:
            recovery_sheet.write_document(file, self._draw(code, lang, session))

        self._do(write, lambda _none: self._show(saved=(*self.state.saved, file)))

    def on_paper(self) -> None:
        """It is printed or written down: now type it from there."""
        self._show(step=TRY, error=None)

    def look_again(self) -> None:
        self._show(step=SHOW, error=None)

    def try_code(self, typed: str) -> None:
        """Whether the paper opens the workspace. If so, files that hold the code are nothing but a danger any more."""
        session, saved = self._ctx.session, self.state.saved

        def work() -> int:
            recovery_sheet.try_code(self._on_store, session, typed)
            return recovery_sheet.remove_documents(saved)

        def done(removed: int) -> None:
            self._show(step=DONE, code="", saved=(), removed=removed)
            self._changed()

        if typed.strip() and not self.state.busy:
            self._do(work, done)

    def _made(self, code: str) -> None:
        self._show(step=SHOW, code=code)
        self._changed()

    def _on_store(self, fn: Callable[[], T], /) -> T:
        return self._ctx.run.on_store(fn).result()

    def _do(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        def finished(result: T) -> None:
            self._show(busy=False)
            done(result)

        def failed(error: MigDeskError) -> None:
            self._show(busy=False, error=error)

        self._show(busy=True, error=None)
        self._ctx.run.run_io(work, done=finished, failed=failed, owner=self)

    def _show(self, **changed: Any) -> None:
        self.state = replace(self.state, **changed)
        if self.view is not None:
            self.view.show_state(self.state)
