"""What a village officer reads about sync: for every state what happened, what is safe, and what to do. Pure.

`assess` orders what is so by urgency; the first is the sentence of the sync screen and of the status line.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_, NN_

Tone = Literal["success", "info", "warning", "danger"]
Act = Literal["", "sync", "connect", "review"]
LEASE_SOON_DAYS = 7

_KEPT = N_("Everything you wrote is safe on this laptop.")
_GOES_ON = N_("MigDesk goes on where it stopped as soon as there is a link.")
_NOTHING_SENT = N_("Nothing was sent, and nothing is lost.")


@dataclass(frozen=True, slots=True)
class Plain:
    """One state in words (messages to be translated, filled by `params`; `count` chooses between
    the two of a message that counts). `act` is what a button beside it does."""

    key: str
    tone: Tone
    happened: str | tuple[str, str]
    safe: str = ""
    todo: str = ""
    act: Act = ""
    count: int | None = None
    params: dict[str, object] = field(default_factory=dict)

    def sentence(self, lang: Language) -> str:
        """What happened, in one sentence."""
        if isinstance(self.happened, tuple):
            return lang.many(*self.happened, self.count or 0, **self.params)
        return lang.say(self.happened, **self.params)

    def more(self, lang: Language) -> str:
        """What is safe and what to do."""
        return " ".join(lang.say(part, **self.params) for part in (self.safe, self.todo) if part)


@dataclass(frozen=True, slots=True)
class Facts:
    """How things stand. `trouble` is a key of `TROUBLES` for the last sync if it failed; `lease_days` the whole days
    that are left, None without a lease; `retry_in` seconds until the next try by itself, None if there is none;
    `online` is None where nobody can tell; `manual`: syncs only when asked to."""

    enrolled: bool = False
    revoked: bool = False
    forked: bool = False
    set_back: bool = False
    read_only: bool = False
    locked: bool = False
    lease_days: int | None = None
    clock_behind: bool = False
    trouble: str = ""
    waiting: int = 0
    conflicts: int = 0
    set_aside: int = 0
    synced_before: bool = False
    running: bool = False
    online: bool | None = None
    portal: bool = False
    barred: bool = False
    manual: bool = False
    retry_in: float | None = None


TROUBLES = {
    "The server's name cannot be found.": "name",
    "The server cannot be reached.": "unreachable",
    "The link stands still.": "stalled",
    "The link was cut before the sync was complete.": "cut",
    "Something between here and the server answered instead of it ({status}).": "portal",
    "What came back was not the server's answer ({why}).": "portal",
    "This network asks you to sign in first.": "portal",
    "The server cannot prove who it is.": "certificate",
    "The date or time of this laptop is wrong.": "clock",
    "This server belongs to another organisation.": "foreign",
    "The server does not know this laptop.": "unknown_laptop",
    "This user is not active.": "inactive",
    "This laptop was revoked.": "revoked",
    "The server is busy.": "busy",
    "The server refused ({status}).": "refused",
    "The disk is full: this could not be saved.": "disk_full",
    "The disk failed while reading or writing.": "disk_broken",
    "The sync was stopped.": "stopped",
    "This laptop is not connected to a server yet.": "not_enrolled",
}
"""The message of an error that a sync ended with, to its state. Others are `other`."""


def trouble_of(message: str) -> str:
    """The state that an error's message (untranslated) stands for; empty for none."""
    return TROUBLES.get(message, "other") if message else ""


def assess(facts: Facts) -> tuple[Plain, ...]:
    """All that is to be said, most urgent first; never empty."""
    found = [plain for part in (_laptop, _link, _left_to_do) for plain in part(facts)]
    return tuple(sorted(found, key=_urgency)) or (_calm(facts),)


def headline(facts: Facts) -> Plain:
    """The one sentence on how things stand: the worst, unless all is well."""
    return assess(facts)[0]


_TONES: tuple[Tone, ...] = ("danger", "warning", "info", "success")


def _urgency(plain: Plain) -> int:
    return _TONES.index(plain.tone)


def _laptop(facts: Facts) -> Iterator[Plain]:
    """What is so with this laptop itself."""
    if facts.revoked or facts.trouble == "revoked":
        yield REVOKED
    if facts.forked:
        yield FORKED
    elif facts.set_back:
        yield SET_BACK
    if facts.trouble == "disk_full":
        yield DISK_FULL
    if facts.locked and not facts.revoked:
        yield LOCKED
    elif facts.read_only and not facts.revoked:
        yield LEASE_OVER
    elif facts.lease_days is not None and facts.lease_days <= LEASE_SOON_DAYS and facts.enrolled:
        yield _lease_soon(facts.lease_days)
    if facts.clock_behind or facts.trouble == "clock":
        yield CLOCK
    if not facts.enrolled:
        yield NOT_ENROLLED


def _link(facts: Facts) -> Iterator[Plain]:
    """What is in the way of the next sync."""
    if not facts.enrolled or facts.running:
        return
    if facts.portal:
        yield PORTAL
    elif facts.online is False:
        yield OFFLINE
    elif facts.barred:
        yield BARRED
    elif facts.trouble == "busy":
        yield _busy(facts.retry_in)
    elif facts.trouble not in _ELSEWHERE:
        yield WORDS[facts.trouble]


_ELSEWHERE = {"", "revoked", "clock", "disk_full", "not_enrolled"}


def _left_to_do(facts: Facts) -> Iterator[Plain]:
    if facts.conflicts:
        yield Plain(
            "review",
            "warning",
            NN_("{n} answer needs your decision.", "{n} answers need your decision."),
            N_("Both values are kept until then."),
            act="review",
            count=facts.conflicts,
        )
    if facts.set_aside:
        yield Plain(
            "set_aside",
            "warning",
            NN_(
                "The office set {n} of your changes aside to look at it.",
                "The office set {n} of your changes aside to look at them.",
            ),
            N_("It is still here and in its history."),
            N_("Ask your supervisor what is wrong with it."),
            count=facts.set_aside,
        )


def _calm(facts: Facts) -> Plain:
    if facts.running:
        return RUNNING
    if facts.waiting:
        return Plain(
            "waiting",
            "info",
            NN_("{n} change waits to be sent.", "{n} changes wait to be sent."),
            _KEPT,
            N_("Press “Sync now” when there is a link.") if facts.manual else N_("It is sent by itself."),
            act="sync",
            count=facts.waiting,
        )
    return WELL if facts.synced_before else FIRST


def _lease_soon(days: int) -> Plain:
    return Plain(
        "lease_soon",
        "warning",
        NN_("In {n} day this laptop can only be read.", "In {n} days this laptop can only be read."),
        _KEPT,
        N_("Sync before then, or carry a bundle to your supervisor."),
        act="sync",
        count=max(days, 0),
    )


def _busy(retry_in: float | None) -> Plain:
    if retry_in is None:
        return BUSY
    minutes = max(1, round(retry_in / 60))
    return Plain(
        "busy",
        "warning",
        NN_(
            "The server is busy; MigDesk tries again in about {n} minute.",
            "The server is busy; MigDesk tries again in about {n} minutes.",
        ),
        _KEPT,
        count=minutes,
    )


REVOKED = Plain(
    "revoked", "danger", N_("The office has withdrawn this laptop."),
    N_("What was sent before is safe at the office."), N_("Bring the laptop to your supervisor."),
)  # fmt: skip
FORKED = Plain(
    "forked", "danger", N_("This laptop was copied: two laptops send under one name."),
    N_("What you wrote is kept on both."), N_("Stop writing here and bring both laptops to your supervisor."),
)  # fmt: skip
SET_BACK = Plain(
    "set_back", "danger", N_("The office knew a later state of this laptop than it has now."),
    N_("What you wrote here is kept, and what was sent is safe at the office."),
    N_("Somebody put an older copy of it back, or cut its audit trail. Tell your supervisor."),
)  # fmt: skip
DISK_FULL = Plain(
    "disk_full", "danger", N_("The disk of this laptop is full."), N_("What was saved before is safe."),
    N_("Delete files that are not needed, such as films or downloads, then sync again."), act="sync",
)  # fmt: skip
LEASE_OVER = Plain(
    "lease_over", "danger", N_("This laptop may only be read: the office has not heard of it for too long."), _KEPT,
    N_("Sync once, or carry a bundle to your supervisor; then you can write again."), act="sync",
)  # fmt: skip
LOCKED = Plain(
    "locked", "danger", N_("This laptop is locked: the office has not heard of it for very long."),
    N_("What you wrote is still here and can be sent."),
    N_("Sync once, or carry a bundle to your supervisor; then it opens again."), act="sync",
)  # fmt: skip
CLOCK = Plain(
    "clock", "warning", N_("The date or time of this laptop is wrong."), _KEPT,
    N_("Set the clock in the settings of the laptop, then sync again."), act="sync",
)  # fmt: skip
NOT_ENROLLED = Plain(
    "not_enrolled", "info", N_("This laptop is not connected to a server yet."), _KEPT,
    N_("Ask your supervisor for an address and a code."), act="connect",
)  # fmt: skip
OFFLINE = Plain("offline", "info", N_("There is no link right now."), _KEPT, _GOES_ON)
BARRED = Plain(
    "barred", "info", N_("MigDesk waits for Wi-Fi, as you chose."), _KEPT,
    N_("“Sync now” uses this link all the same."), act="sync",
)  # fmt: skip
SIGN_IN_FIRST = N_("This network asks you to sign in first.")
PORTAL = Plain(
    "portal", "warning", SIGN_IN_FIRST, _NOTHING_SENT,
    N_("Open the browser, sign in to the network, then sync again."), act="sync",
)  # fmt: skip
BUSY = Plain("busy", "warning", N_("The server is busy."), _KEPT, N_("Wait a while and try again."), act="sync")
RUNNING = Plain("running", "info", N_("Sync is under way."), N_("You can go on working."))
WELL = Plain("well", "success", N_("Everything is sent, and all that is new is here."))
FIRST = Plain(
    "first", "info", N_("Connected, but not synced yet."), _KEPT,
    N_("The first sync brings the records of your area."), act="sync",
)  # fmt: skip

WORDS = {
    "name": Plain(
        "name", "warning", N_("The server was not found."), _KEPT,
        N_("Check that the laptop is really on the internet: open a page in the browser."), act="sync",
    ),
    "unreachable": Plain("unreachable", "warning", N_("The server cannot be reached."), _KEPT, _GOES_ON, act="sync"),
    "stalled": Plain(
        "stalled", "warning", N_("The link stands still."), _KEPT,
        N_("A place with a better signal helps. MigDesk goes on where it stopped."), act="sync",
    ),
    "cut": Plain("cut", "warning", N_("The link broke before the sync was done."), _KEPT, _GOES_ON, act="sync"),
    "portal": PORTAL,
    "certificate": Plain(
        "certificate", "danger", N_("The server cannot prove who it is."), _NOTHING_SENT,
        N_("Check the date of this laptop. If it is right, do not use this network, and tell your supervisor."),
    ),
    "foreign": Plain(
        "foreign", "danger", N_("This server belongs to another organisation."), _NOTHING_SENT,
        N_("Tell your supervisor."),
    ),
    "unknown_laptop": Plain(
        "unknown_laptop", "danger", N_("The server does not know this laptop."), _KEPT,
        N_("Ask your supervisor for a new code."),
    ),
    "inactive": Plain(
        "inactive", "danger", N_("Your user is not active at the server."), _KEPT, N_("Ask your supervisor."),
    ),
    "busy": BUSY,
    "refused": Plain(
        "refused", "warning", N_("The server refused the sync."), _KEPT,
        N_("Try again later. Tell your supervisor if it goes on."), act="sync",
    ),
    "disk_broken": Plain(
        "disk_broken", "danger", N_("The disk of this laptop fails."),
        N_("What was sent before is safe at the office."),
        N_("Write a bundle to a stick now, then bring the laptop to your supervisor."),
    ),
    "stopped": Plain("stopped", "info", N_("The last sync was stopped."), _KEPT, _GOES_ON, act="sync"),
    "other": Plain(
        "other", "warning", N_("The last sync did not finish."), _KEPT,
        N_("Try again. Tell your supervisor if it happens again."), act="sync",
    ),
}  # fmt: skip
"""The states of a sync that failed, for `Facts.trouble`."""
