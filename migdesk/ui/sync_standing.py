"""How sync stands in this window, for its sentence: what the store knows, what runs, and the link. No Qt."""

from datetime import datetime

from migdesk.services.auto_sync import Link, When, may_use
from migdesk.services.sync_words import Facts, trouble_of
from migdesk.services.syncing import SyncStatus
from migdesk.ui.exchange import Exchange

_DAY_S = 86_400


def facts(status: SyncStatus, exchange: Exchange, now: datetime) -> Facts:
    """Everything that `sync_words.assess` looks at."""
    link, when, last = exchange.rhythm.link, exchange.rhythm.when, exchange.last
    message = status.last_error
    if last is not None:
        message = last.error.message if last.error is not None else "" if last.worked else "The sync was stopped."
    left = (status.lease_until - now).total_seconds() if status.lease_until is not None else None
    return Facts(
        enrolled=status.enrolled,
        revoked=status.revoked,
        forked=status.forked,
        set_back=status.set_back,
        read_only=status.read_only,
        locked=status.locked,
        lease_days=None if left is None else int(left // _DAY_S),
        clock_behind=status.clock_behind,
        trouble=trouble_of(message),
        waiting=status.waiting,
        conflicts=status.conflicts,
        set_aside=status.set_aside,
        synced_before=status.last_success is not None,
        running=exchange.running,
        online=link.online,
        portal=link.portal,
        barred=_barred(when, link),
        manual=when is When.MANUAL,
        retry_in=exchange.due_in,
    )


def _barred(when: When, link: Link) -> bool:
    return when is When.WIFI and not may_use(when, link)
