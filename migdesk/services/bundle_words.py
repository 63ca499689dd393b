"""What a bundle brings, would bring, or could not bring, in words for a person. Pure; any thread.

The command line and the screens say the same. Quarantine keeps its reasons in English.
"""

from collections.abc import Mapping, Sequence

from migdesk.clock import from_ms
from migdesk.i18n.language import Language
from migdesk.i18n.markers import N_
from migdesk.sync.bundle.receipts import ReceiptReport
from migdesk.sync.bundle.taking import BundleReport, WaitingBatch

_WHY: Mapping[str, str] = {
    "the user of this device is not active": N_("The sender's account is not active any more."),
    "the author is not the user of this device": N_("It was written in the name of somebody else."),
    "the area is not one of the user's": N_("It is about an area that the sender does not work in."),
    "the area is not the one of its batch": N_("It is about another area than it says."),
    "reference records are written by the server": N_("Only the server may change users and devices."),
    "the role may not write this kind": N_("The sender's role may not write this kind of record."),
    "the user is not in the circle of this case": N_("It belongs to a case that the sender does not work on."),
    "the device is revoked": N_("The laptop of the sender was revoked."),
    "another batch has this number": N_("Two laptops send under one name. Tell your administrator."),
    "another change has this number": N_("Two laptops send under one name. Tell your administrator."),
    "header is of another stream": N_("It is not what its sender says it is."),
}
NOTHING_TO_TAKE = N_("Everything in it is here already. Taking it in again changes nothing.")
NOTHING_TAKEN = N_("Everything in this bundle was here already. Nothing was changed.")
_ELSE = N_("It cannot be read, or holds values that may not be.")


def why(reason: str) -> str:
    """The message for a reason as it stands in quarantine."""
    return _WHY.get(reason, _ELSE)


def taken_in(lang: Language, report: BundleReport) -> list[str]:
    """What was taken in, a sentence each."""
    if report.says_nothing_new:
        return [lang.say(NOTHING_TAKEN)]
    said = [lang.many(N_("{n} change of the bundle is in."), N_("{n} changes of the bundle are in."), report.received)]
    return [*said, *set_apart(lang, report), *gaps(lang, report.waiting)]


def set_apart(lang: Language, report: BundleReport) -> list[str]:
    """What of it did not go in, and why."""
    said = []
    for reason, count in report.rejected.items():
        words = lang.many(
            N_("{n} change was set aside for review."), N_("{n} changes were set aside for review."), count
        )
        said.append(f"{words} {lang.say(why(reason))}")
    return said


def gaps(lang: Language, waiting: Sequence[WaitingBatch]) -> list[str]:
    """Which earlier bundles are missing, by sender: until they come, what is here of later ones waits."""
    first: dict[int, WaitingBatch] = {}
    for one in waiting:
        known = first.get(one.device)
        if known is None or one.written_ms < known.written_ms:
            first[one.device] = one
    return [
        lang.say(
            N_("An earlier bundle of {label} is missing, written before {when} (batch {missing}). What came waits for "
               "it. Take that bundle in, or ask for a new one: it holds all that the server has not confirmed."),
            label=one.label or f"{one.device:016x}", when=lang.moment(from_ms(one.written_ms)), missing=one.missing_n,
        )
        for one in first.values()
    ]  # fmt: skip


def received(lang: Language, report: ReceiptReport) -> str:
    """What a receipt says."""
    if report.at_server:
        return lang.many(
            N_("The server has received {n} change of yours."), N_("The server has received {n} changes of yours."),
            report.changes,
        )  # fmt: skip
    return lang.many(
        N_("{label} has received {n} change of yours. It waits here too until the server has it."),
        N_("{label} has received {n} changes of yours. They wait here too until the server has them."),
        report.changes, label=report.label or f"{report.device:016x}",
    )  # fmt: skip
