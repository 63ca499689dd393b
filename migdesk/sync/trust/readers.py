"""Who will be able to open a bundle, and what of it they may know (R-03). Store's thread.

Whoever holds a key reads every byte that is sealed to it, whatever the importing program keeps; so nothing goes in
that one of the readers may not see. A frozen batch cannot be thinned out: it goes whole, or not at all.
"""

from collections.abc import Sequence

from migdesk.domain.changes import Change
from migdesk.domain.scope import UserCard
from migdesk.errors import RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.store.database import Transaction
from migdesk.sync.trust import known_devices, server_card
from migdesk.sync.trust.judging import facts_of
from migdesk.sync.trust.senders import may_pull


def readers_of(tx: Transaction, recipients: Sequence[str]) -> tuple[UserCard, ...]:
    """The users behind these recipients; the server, which may see all but tier 4, is none.

    Raises UserError for no recipient, RefusedError for one that is no active device of the organisation.
    """
    if not recipients:
        raise UserError(N_("Name at least one recipient."))
    known = {one.recipient: one.row.user for one in known_devices.each(tx) if not one.row.revoked}
    server = server_card.get(tx).recipient
    readers = []
    for recipient in set(recipients) - {server}:
        user = known.get(recipient)
        if user is None:
            raise RefusedError(
                N_("A recipient is no active device of your organisation."),
                hint=N_("Sync first if the device is new, and compare the eight words of its key with its owner."),
            )
        readers.append(user)
    return tuple(readers)


def all_may_know(tx: Transaction, readers: Sequence[UserCard], op_area: str, changes: Sequence[Change]) -> list[Change]:
    """The changes of an area that every reader may know of."""
    facts, circles = facts_of(tx, op_area, changes)
    return [one for one in changes if all(may_pull(reader, one, tx.schema, facts, circles) for reader in readers)]
