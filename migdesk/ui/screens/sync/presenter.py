"""Sync, enrolment, conflicts and bundles as acts of a person. No Qt. GUI thread."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from migdesk.errors import MigDeskError
from migdesk.i18n.markers import N_
from migdesk.services import bundles, enrolment_codes, settings, syncing
from migdesk.services.auto_sync import When
from migdesk.services.bundle_words import received, taken_in
from migdesk.services.bundles import BundleReport, Preview, ReceiptReport, Recipient
from migdesk.services.sync_words import assess
from migdesk.services.syncing import SyncStatus, Waiting
from migdesk.ui.exchange import Exchange, Outcome
from migdesk.ui.screen import Job, Presenter, ProgressRelay, ScreenContext
from migdesk.ui.screens.sync.deciding import Deciding
from migdesk.ui.screens.sync.state import SyncState, Work
from migdesk.ui.sync_standing import facts

T = TypeVar("T")
PHASES = {
    "reaching": N_("Reaching the server…"),
    "preparing": N_("Packing what waits…"),
    "sending": N_("Sending what waits…"),
    "receiving": N_("Receiving what is new…"),
    "packing": N_("Packing what waits…"),
    "sealing": N_("Sealing the bundle…"),
    "taking": N_("Taking in what came…"),
    "rehearsing": N_("Looking at what it would change…"),
}
STOPPED = {
    "sync": N_("Stopped. The next sync goes on where this one ended."),
    "export": N_("Stopped. No bundle was written."),
    "import": N_("Stopped. Nothing of the bundle was taken in."),
}
BUNDLE_SUFFIX = ".age"
HOMES = {"person": "people", "case": "cases", "training_event": "training", "counselling_session": "counselling"}
"""The screen on which a record of a kind stands by itself."""


class SyncPresenter(Presenter):
    """One piece of work at a time; whatever goes wrong is said on the screen and stays there until the next try."""

    def __init__(self, ctx: ScreenContext) -> None:
        super().__init__(ctx)
        self.state = SyncState()
        self.deciding = Deciding(ctx, self._deciding_shown)
        self.exchange: Exchange = ctx.exchange or Exchange(ctx.run, ctx.session)
        self.exchange.listen(self._exchange_heard)
        self._told: Outcome | None = self.exchange.last
        self._job: Job | None = None
        self._link = ""

    def present(self) -> None:
        if self.view is not None:
            self.view.show_state(self.state)

    def opened(self, record: UUID | None, params: Mapping[str, Any]) -> None:
        self.deciding.ask_for(record)
        self._show(replace(self.state, page="conflicts" if params.get("page") == "conflicts" else "home"))
        self._reload()

    def refresh(self, kinds: set[str]) -> None:
        self._reload()

    def ctx_changed(self) -> None:
        """Words of the former language would stay."""
        self.state = replace(self.state, outcome="", progress=(0, 0, ""), measure="")

    def to_conflicts(self, record: UUID | None = None) -> None:
        """The page where values are decided on."""
        self.ctx.navigate("sync", record, {"page": "conflicts"})

    def to_home(self) -> None:
        self.ctx.navigate("sync")

    def sync(self) -> None:
        """Send and receive now."""
        self.state = replace(self.state, outcome="", outcome_bad=False)
        self.exchange.start(asked=True)

    def stop(self) -> None:
        """Stop the work; what came or went until now stays, and the next try goes on from there."""
        if self.state.work == "sync":
            self.exchange.stop()
            return
        if self._job is not None:
            self._job.cancel()
        if self.state.work in STOPPED:
            self._end(self.ctx.lang.say(STOPPED[self.state.work]), bad=False)

    def choose_when(self, when: When) -> None:
        """When to sync by itself, from now on."""

        def kept(_none: None) -> None:
            self.exchange.choose(when)
            self._show(replace(self.state, when=when))
            self._stand()

        self.ctx.run.run(settings.set_sync_when, self.ctx.session, when, done=kept, owner=self)

    def type_in(self, url: str, code: str) -> None:
        """What stands in the two fields. A whole link that is pasted into either of them fills both; one that a scanner
        types, letter by letter, is taken when it presses Enter."""
        pasted = len(url + code) > sum(map(len, self.state.typed)) + 1
        self.state = replace(self.state, typed=(url, code))
        if pasted:
            self._take_link()

    def _take_link(self) -> None:
        whole = next((part for part in self.state.typed if enrolment_codes.is_link(part)), "")
        found = enrolment_codes.link_parts(whole)
        if found is not None:
            self._link = whole
            self._show(replace(self.state, typed=found))

    def enrol(self) -> None:
        """Join the server with what is typed, then sync at once."""
        self._take_link()
        url, code = (part.strip() for part in self.state.typed)
        if (url, code) == enrolment_codes.link_parts(self._link):
            # The link says more than the two fields: which server it must be.
            url, code = "", self._link
        elif not url or not code:
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

    def open_record(self, kind: str, record: UUID) -> None:
        """Look at the record before deciding."""
        if kind in HOMES:
            self.ctx.navigate(HOMES[kind], record)

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
        """Look into a bundle and try what it would change; `ready` is called when there is a preview to show. A receipt
        is taken in at once: it changes no record."""
        session, runner = self.ctx.session, self._on_store

        def look(relay: ProgressRelay) -> tuple[Preview, BundleReport | None] | ReceiptReport:
            if bundles.is_receipt(session, path):
                return bundles.take_receipt(runner, session, path)
            preview = bundles.inspect(runner, session, path)
            if not preview.known:
                return preview, None
            return preview, bundles.rehearse(runner, session, path, _tell(relay), relay.stop)

        def seen(found: tuple[Preview, BundleReport | None] | ReceiptReport) -> None:
            if isinstance(found, ReceiptReport):
                self._end(received(self.ctx.lang, found), bad=False)
                self._reload()
                return
            self._end("", bad=False)
            self._show(replace(self.state, preview=found[0], forecast=found[1], bundle=path))
            ready()

        self._begin("inspect", self.ctx.lang.say(N_("Opening the bundle…")))
        self._job = self.ctx.run.run_long(look, done=seen, failed=self._failed, progress=self._advanced, owner=self)

    def import_(self, done: Callable[[str], None] | None = None) -> None:
        """Take in the bundle that was looked into. `done` is told which device sent it, if it can have a receipt."""
        path, preview = self.state.bundle, self.state.preview
        if path is None or preview is None:
            return

        def taken(report: BundleReport) -> None:
            self._imported(report)
            if done is not None and not preview.own:
                done(preview.device)

        session, runner = self.ctx.session, self._on_store
        self._begin("import", self.ctx.lang.say(N_("Taking in what came…")))
        self._job = self.ctx.run.run_long(
            lambda relay: bundles.import_(runner, session, path, _tell(relay), relay.stop),
            done=taken,
            failed=self._failed,
            progress=self._advanced,
            owner=self,
        )

    def write_receipt(self, device: str, out: Path) -> None:
        """Write for the sender of a bundle that it has arrived."""
        session, runner, lang = self.ctx.session, self._on_store, self.ctx.lang

        def written(_count: int) -> None:
            self._end(
                lang.say(N_("The receipt {file} is written. Give it back to the sender."), file=out.name), bad=False
            )

        self._begin("export", lang.say(N_("Sealing the receipt…")))
        self._job = self.ctx.run.run_long(
            lambda _relay: bundles.write_receipt(runner, session, device, out),
            done=written, failed=self._failed, owner=self,
        )  # fmt: skip

    def forget_bundle(self) -> None:
        self._show(replace(self.state, preview=None, forecast=None, bundle=None))

    def _on_store(self, fn: Callable[[Any], T], /) -> T:
        """On an io thread: run `fn(store)` on the store's thread and wait for it."""
        store = self.ctx.session.store
        return self.ctx.run.on_store(lambda: fn(store)).result()

    def _reload(self) -> None:
        run, session = self.ctx.run, self.ctx.session
        run.run(syncing.status, session, done=self._status, owner=self)
        run.run(syncing.waiting_by_kind, session, done=self._waiting, owner=self)
        run.run(settings.sync_when, session, done=self._when, owner=self)
        self.deciding.load()

    def _show(self, state: SyncState) -> None:
        self.state = state
        self.present()

    def _begin(self, work: Work, words: str) -> None:
        self._show(replace(self.state, work=work, progress=(0, 0, words), outcome="", outcome_bad=False))

    def _end(self, outcome: str, *, bad: bool) -> None:
        self._job = None
        self._show(replace(self.state, work="", progress=(0, 0, ""), measure="", outcome=outcome, outcome_bad=bad))

    def _advanced(self, done: int, total: int, phase: str) -> None:
        words = self.ctx.lang.say(PHASES[phase]) if phase in PHASES else self.state.progress[2]
        self._show(replace(self.state, progress=(done, total, words)))

    def _failed(self, error: MigDeskError) -> None:
        self._end(" ".join(part for part in self.ctx.lang.error(error) if part), bad=True)
        self._reload()

    def _status(self, status: SyncStatus) -> None:
        self.state = replace(self.state, status=status)
        self.exchange.enrolled(status.enrolled)
        self._stand()

    def _waiting(self, found: tuple[Waiting, ...]) -> None:
        self._show(replace(self.state, waiting=found))

    def _when(self, when: When) -> None:
        self._show(replace(self.state, when=when))

    def _stand(self) -> None:
        status = self.state.status
        if status is not None:
            found = assess(facts(status, self.exchange, self.ctx.session.clock.now()))
            self._show(replace(self.state, standing=found))

    def _deciding_shown(self) -> None:
        self._show(replace(self.state, apart=len(self.deciding.state.apart)))

    def _exchange_heard(self) -> None:
        """The sync of the window began, went on or ended; whoever asked for it."""
        exchange, lang = self.exchange, self.ctx.lang
        if exchange.running:
            if self.state.work not in {"", "sync"}:
                return
            progress = exchange.progress
            words = lang.say(PHASES.get(progress.phase, PHASES["reaching"]))
            shown = (progress.done, progress.total, words)
            self.state = replace(
                self.state, work="sync", progress=shown, measure=_measure(self.ctx, progress.done, progress.total)
            )
            self._stand()
            self.present()
            return
        if self.state.work == "sync":
            self.state = replace(self.state, work="", progress=(0, 0, ""), measure="")
        if exchange.last is not None and exchange.last is not self._told:
            self._told = exchange.last
            self._ended(exchange.last)
        else:
            self._stand()

    def _ended(self, last: Outcome) -> None:
        """Only who asked is told what it came to; the rest stands in the sentence above."""
        lang = self.ctx.lang
        if not last.asked:
            self.present()
        elif last.counts is not None:
            words = lang.say(
                N_("Done in {time}: {sent} sent, {received} received."),
                time=lang.duration(last.counts.seconds),
                sent=lang.number(last.counts.sent),
                received=lang.number(last.counts.received),
            )
            self._end(words, bad=False)
        elif last.error is not None:
            self._end(" ".join(part for part in lang.error(last.error) if part), bad=True)
        else:
            self._end(lang.say(STOPPED["sync"]), bad=False)
        self._reload()

    def _enrolled(self, _done: object) -> None:
        self.state = replace(self.state, typed=("", ""))
        self.ctx.messages.success(self.ctx.lang.say(N_("This laptop belongs to the server now.")))
        self._end("", bad=False)
        self.sync()

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

    def _imported(self, report: BundleReport) -> None:
        self.state = replace(self.state, preview=None, forecast=None, bundle=None)
        self._end(" ".join(taken_in(self.ctx.lang, report)), bad=False)
        self._reload()


def _tell(relay: ProgressRelay) -> Callable[[str, int, int], None]:
    """Hands on what work on an io thread tells of its phase."""
    return lambda phase, done, total: relay(done, total, phase)


def _measure(ctx: ScreenContext, done: int, total: int) -> str:
    """`12 of 48 KB`; nothing before the first byte."""
    if not done:
        return ""
    lang = ctx.lang
    so_far = lang.number(round(done / 1024, 1) if done < 10_240 else round(done / 1024))
    if not total:
        return lang.say(N_("{done} KB"), done=so_far)
    return lang.say(N_("{done} of {total} KB"), done=so_far, total=lang.number(max(1, round(total / 1024))))
