"""A forgotten passphrase, step by step: which way, the code or the answer, a new passphrase. No Qt. GUI thread."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from migdesk.clock import Clock
from migdesk.errors import MigDeskError, UserError
from migdesk.i18n.markers import N_
from migdesk.services import keys, passphrases, recovery, recovery_sheet
from migdesk.services.passphrases import Quality
from migdesk.services.recovery import Asked, Ways
from migdesk.ui.screen import Runner, ViewProtocol

if TYPE_CHECKING:
    from migdesk.services.keys import Cost

WAYS, CODE, REQUEST, ANSWER, PASSPHRASE = "ways", "code", "request", "answer", "passphrase"
T = TypeVar("T")
_BEFORE = {CODE: WAYS, REQUEST: WAYS, ANSWER: REQUEST}


@dataclass(frozen=True, slots=True)
class ForgottenState:
    """`typed` is the code or the answer, which outlives a change of language; `error` is what is wrong with the step.
    Its `repr` leaves out what was typed."""

    step: str = WAYS
    ways: Ways | None = None
    asked: Asked | None = None
    typed: str = ""
    busy: bool = False
    error: MigDeskError | None = None

    def __repr__(self) -> str:
        return f"ForgottenState(step={self.step!r}, busy={self.busy!r})"


class Forgotten:
    """Of one workspace that is locked or not yet open. `opened(key)` once the new passphrase is set."""

    def __init__(
        self,
        run: Runner,
        home: Path,
        clock: Clock,
        *,
        opened: Callable[[bytes], None],
        back: Callable[[], None],
        kdf: "Cost | None" = None,
    ) -> None:
        self._run, self._home, self._clock, self._kdf = run, home, clock, kdf
        self._opened, self._back = opened, back
        self._by_sheet = False
        self.view: ViewProtocol[ForgottenState] | None = None
        self.state = ForgottenState()

    def attach(self, view: ViewProtocol[ForgottenState]) -> None:
        """A new view shows us."""
        self.view = view
        view.show_state(self.state)
        if self.state.ways is None:
            self._do(lambda: recovery.ways(self._home), lambda ways: self._show(ways=ways))

    def by_sheet(self) -> None:
        """Open with the code of the recovery sheet."""
        self._by_sheet = True
        self._go(CODE)

    def by_supervisor(self) -> None:
        """Show the request; one that is still open is shown again, one that is too old is made anew."""
        self._by_sheet = False
        home, clock = self._home, self._clock
        self._do(lambda: recovery.request(home, clock), lambda asked: self._go(REQUEST, asked=asked))

    def has_answer(self) -> None:
        self._go(ANSWER)

    def back(self) -> None:
        """One step back; from the first one to the gate."""
        before = _BEFORE.get(self.state.step, CODE if self._by_sheet else ANSWER)
        if self.state.step == WAYS:
            self._back()
        elif before == REQUEST:
            self.by_supervisor()
        else:
            self._go(before)

    def type(self, text: str) -> None:
        """Keep what is in the field of the code or the answer."""
        self.state = replace(self.state, typed=text)

    def take(self) -> None:
        """See whether the code or the answer opens the workspace; then it is time for a new passphrase."""
        typed, home, clock = self.state.typed, self._home, self._clock
        if not typed.strip() or self.state.busy:
            return

        def check() -> None:
            if self._by_sheet:
                recovery_sheet.check_code(home, typed)
            else:
                recovery.check_answer(home, typed, clock)

        self._do(check, lambda _none: self._go(PASSPHRASE, typed=typed))

    def renew(self, new: str, again: str) -> None:
        """Set the new passphrase and open the workspace."""
        if new != again:
            self._show(error=UserError(N_("The two passphrases are not the same.")))
            return
        if self.state.busy:
            return
        typed, home, clock, kdf = self.state.typed, self._home, self._clock, self._kdf

        def set_new() -> bytes:
            if self._by_sheet:
                return recovery_sheet.open_with(home, typed, new, clock, kdf)
            return recovery.open_answer(home, typed, new, clock, kdf)

        self._do(set_new, self._opened)

    def judge(self, typed: str, done: Callable[[Quality], None]) -> None:
        """How good a new passphrase would be, as far as the person is known while the workspace is shut."""
        self._run.run_io(passphrases.judge, typed, keys.known_outside(self._home), done=done, owner=self)

    def read(self, file: Path, done: Callable[[str], None]) -> None:
        """The text in a file that came from the supervisor."""
        self._do(lambda: recovery.read_file(file), done)

    def save(self, file: Path, text: str, done: Callable[[], None]) -> None:
        """The request as a file."""
        self._do(lambda: recovery.write_file(file, text), lambda _none: done())

    def _do(self, work: Callable[[], T], done: Callable[[T], None]) -> None:
        def finished(result: T) -> None:
            self._show(busy=False)
            done(result)

        def failed(error: MigDeskError) -> None:
            self._show(busy=False, error=error)

        self._show(busy=True, error=None)
        self._run.run_io(work, done=finished, failed=failed, owner=self)

    def _go(self, step: str, *, asked: Asked | None = None, typed: str = "") -> None:
        self._show(step=step, asked=asked or self.state.asked, typed=typed, error=None)

    def _show(self, **changed: Any) -> None:
        self.state = replace(self.state, **changed)
        if self.view is not None:
            self.view.show_state(self.state)
