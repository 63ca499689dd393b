"""How a record stands on its way to the office, in words: the same on lists and on its own page. Pure."""

from dataclasses import dataclass

from migdesk.i18n.markers import N_


@dataclass(frozen=True, slots=True)
class Standing:
    """`brief` fits into a list, `words` say it in full (both to be translated). `icon` and `tone` only repeat them."""

    key: str
    brief: str
    words: str
    icon: str
    tone: str


DRAFT = Standing(
    "draft", N_("Draft"), N_("Not saved yet: it stands on this laptop only, as a draft"), "pencil", "warning"
)
WAITS = Standing("waits", N_("Waits"), N_("On this laptop · waiting to be sent"), "cloud-upload", "warning")
KEPT = Standing(
    "kept",
    N_("Stays here"),
    N_("On this laptop · not sent, as long as the person has not agreed to it"),
    "lock",
    "muted",
)
SENT = Standing("sent", N_("At the office"), N_("Sent · the office has it"), "cloud-check", "success")
RECEIVED = Standing("received", N_("From a colleague"), N_("From a colleague"), "download", "muted")
NEEDS_YOU = Standing(
    "needs_you", N_("Needs you"), N_("Two people changed it at the same time: it needs your decision"), "git-merge",
    "warning",
)  # fmt: skip

_BY_STATE = {one.key: one for one in (DRAFT, WAITS, KEPT, SENT, RECEIVED)}


def standing_of(state: str, conflicts: int = 0) -> Standing:
    """How a record stands, from what is known beside it; what needs a person comes before where it is."""
    return NEEDS_YOU if conflicts else _BY_STATE.get(state, RECEIVED)
