"""Sync, enrolment, conflicts and bundles as acts of a person. No Qt. GUI thread."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from migdesk.errors import MigDeskError
from migdesk.i18n.markers import N_
from migdesk.services import bundles, conflicts, syncing
from migdesk.services.bundles import Preview, Recipient
from migdesk.services.conflicts import OpenConflict
from migdesk.services.syncing import SyncStatus
from migdesk.ui.screen import Job, Presenter, ProgressRelay, ScreenContext
from migdesk.ui.screens.sync.state import Counts, SyncState, Work

T = TypeVar("T")
PHASES = {
    "preparing": N_("Packing what waits…"),
    "sending": N_("Sending what waits…"),
    "receiving": N_("Receiving what is new…"),
    "packing": N_("Packing what waits…"),
    "sealing": N_("Sealing the bundle…"),
    "taking": N_("Taking in what came…"),
}
STOPPED = {
    "sync": N_("Stopped. The next sync goes on where this one ended."),
    "export": N_("Stopped. No bundle was written."),
    "import": N_("Stopped. What came in stays; take the bundle in again for the rest."),
}
BUNDLE_SUFFIX = ".age"


class SyncPresenter(Presenter):
    """One piece of work at a time; whatever goes wrong is said on the screen and stays there until the next try."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx)
        self.state = SyncState()
        self._job: Job | None = None

    def present(self) -> None:
        if self.view is not None:
            self.view.show_state(self.state)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        self._reload()

    def refresh(self, kinds: set[str]) -> None:
        self._reload()

    def ctx_changed(self) -> None:
        """Words of the former language would stay."""
        self.state = replace(self.state, outcome="", progress=(0, 0, ""))

    def sync(self) -> None:
        """Send and receive now."""
        session, runner = self.ctx.session, self._on_store

        def work(relay: ProgressRelay) -> Counts:
            return syncing.sync_now(runner, session, _tell(relay), relay.stop)

        self._begin("sync", self.ctx.lang.say(N_("Reaching the server…")))
        self._job = self.ctx.run.run_long(
            work, done=self._synced, failed=self._failed, progress=self._advanced, owner=self
        )

    def stop(self) -> None:
        """Stop the work; what came or went until now stays, and the next try goes on from there."""
        if self._job is not None:
            self._job.cancel()
        if self.state.work in STOPPED:
            self._end(self.ctx.lang.say(STOPPED[self.state.work]), bad=False)

    def type_in(self, url: str, code: str) -> None:
        self.state = replace(self.state, typed=(url, code))

    def enrol(self) -> None:
        """Join the server with what is typed, then sync at once."""
        url, code = (part.strip() for part in self.state.typed)
        if not url or not code:
            self._end(self.ctx.lang.say(N_("Type the address and the code that your supervisor gave you.")), bad=True)
            return
        session, runner = self.ctx.session, self._on_store
        self._begin("enrol", self.ctx.lang.say(N_("Reaching the server…")))
        self._job = self.ctx.run.run_long(
            lambda _relay: syncing.enrol(runner, session, url, code),
            done=self._enrolled,
            failed=self._failed,
            owner=self,
        )

    def decide(self, conflict: OpenConflict, choice: int) -> None:
        """Let one of the values stand."""
        self.ctx.run.run(conflicts.decide, self.ctx.session, conflict.id, choice, done=self._decided, owner=self)

    def open_record(self, conflict: OpenConflict) -> None:
        """Look at the record before deciding."""
        home = {"person": "people", "case": "cases", "training_event": "training", "counselling_session": "counselling"}
        if conflict.kind in home:
            self.ctx.navigate(home[conflict.kind], conflict.record)

    def load_recipients(self, ready: Callable[[tuple[Recipient, ...]], None], owner: object) -> None:
        """Ask whom a bundle can be sealed for; `ready` is called unless `owner` is gone by then."""

        def found(some: tuple[Recipient, ...]) -> None:
            self.state = replace(self.state, chosen=self.state.chosen & {one.recipient for one in some})
            ready(some)

        self.ctx.run.run(bundles.recipients, self.ctx.session, done=found, owner=owner)

    def choose(self, recipient: str, on: bool) -> None:
        """Put a recipient on the list of the bundle, or take it off."""
        chosen = self.state.chosen | {recipient} if on else self.state.chosen - {recipient}
        self._show(replace(self.state, chosen=chosen))

    def export(self, out: Path, *, whole: bool) -> None:
        """Write a bundle for the chosen recipients."""
        session, runner, chosen = self.ctx.session, self._on_store, sorted(self.state.chosen)
        self._begin("export", self.ctx.lang.say(N_("Sealing the bundle…")))
        self._job = self.ctx.run.run_long(
            lambda relay: bundles.export(
                runner, session, chosen, out, whole=whole, progress=_tell(relay), cancel=relay.stop
            ),
            done=lambda made: self._exported(made, out),
            failed=self._failed,
            progress=self._advanced,
            owner=self,
        )

    def inspect(self, path: Path, ready: Callable[[], None]) -> None:
        """Look into a bundle; `ready` is called when there is a preview to show."""
        session, runner = self.ctx.session, self._on_store

        def seen(preview: Preview) -> None:
            self._end("", bad=False)
            self._show(replace(self.state, preview=preview, bundle=path))
            ready()

        self._begin("inspect", self.ctx.lang.say(N_("Opening the bundle…")))
        self._job = self.ctx.run.run_long(
            lambda _relay: bundles.inspect(runner, session, path), done=seen, failed=self._failed, owner=self
        )

    def import_(self) -> None:
        """Take in the bundle that was looked into."""
        path = self.state.bundle
        if path is None:
            return
        session, runner = self.ctx.session, self._on_store
        self._begin("import", self.ctx.lang.say(N_("Taking in what came…")))
        self._job = self.ctx.run.run_long(
            lambda relay: bundles.import_(runner, session, path, _tell(relay), relay.stop),
            done=self._imported,
            failed=self._failed,
            progress=self._advanced,
            owner=self,
        )

    def forget_bundle(self) -> None:
        self._show(replace(self.state, preview=None, bundle=None))

    def _on_store(self, fn: Callable[[Any], T], /) -> T:
        """On an io thread: run `fn(store)` on the store's thread and wait for it."""
        store = self.ctx.session.store
        return self.ctx.run.on_store(lambda: fn(store)).result()

    def _reload(self) -> None:
        session = self.ctx.session
        self.ctx.run.run(syncing.status, session, done=self._status, owner=self)
        self.ctx.run.run(conflicts.list_open, session, done=self._conflicts, owner=self)

    def _show(self, state: SyncState) -> None:
        self.state = state
        self.present()

    def _begin(self, work: Work, words: str) -> None:
        self._show(replace(self.state, work=work, progress=(0, 0, words), outcome="", outcome_bad=False))

    def _end(self, outcome: str, *, bad: bool) -> None:
        self._job = None
        self._show(replace(self.state, work="", progress=(0, 0, ""), outcome=outcome, outcome_bad=bad))

    def _advanced(self, done: int, total: int, phase: str) -> None:
        words = self.ctx.lang.say(PHASES[phase]) if phase in PHASES else self.state.progress[2]
        self._show(replace(self.state, progress=(done, total, words)))

    def _failed(self, error: MigDeskError) -> None:
        self._end(" ".join(part for part in self.ctx.lang.error(error) if part), bad=True)
        self._reload()

    def _status(self, status: SyncStatus) -> None:
        self._show(replace(self.state, status=status))

    def _conflicts(self, found: tuple[OpenConflict, ...]) -> None:
        self._show(replace(self.state, conflicts=found))

    def _synced(self, report: Counts) -> None:
        lang = self.ctx.lang
        words = lang.say(
            N_("Done in {time}: {sent} sent, {received} received."),
            time=lang.duration(report.seconds),
            sent=lang.number(report.sent),
            received=lang.number(report.received),
        )
        self._end(words, bad=False)
        self._reload()

    def _enrolled(self, _done: object) -> None:
        self.state = replace(self.state, typed=("", ""))
        self.ctx.messages.success(self.ctx.lang.say(N_("This laptop belongs to the server now.")))
        self._end("", bad=False)
        self.sync()

    def _decided(self, _none: None) -> None:
        self.ctx.messages.success(self.ctx.lang.say(N_("Decided. The others hear of it with the next sync.")))
        self._reload()

    def _exported(self, made: Preview, out: Path) -> None:
        lang = self.ctx.lang
        words = [
            lang.many(
                N_("The bundle {file} holds {n} change and was read back."),
                N_("The bundle {file} holds {n} changes and was read back."),
                made.changes,
                file=out.name,
            )
        ]
        if made.left_out:
            words.append(
                lang.many(
                    N_("{n} change was left out: a recipient may not know of it."),
                    N_("{n} changes were left out: a recipient may not know of them."),
                    made.left_out,
                )
            )
        self._end(" ".join(words), bad=False)
        self._reload()

    def _imported(self, report: Any) -> None:
        lang = self.ctx.lang
        self.state = replace(self.state, preview=None, bundle=None)
        self._end(
            lang.many(N_("{n} change of the bundle is in."), N_("{n} changes of the bundle are in."), report.changes),
            bad=False,
        )
        self._reload()


def _tell(relay: ProgressRelay) -> Callable[[str, int, int], None]:
    """Hands on what work on an io thread tells of its phase."""
    return lambda phase, done, total: relay(done, total, phase)
