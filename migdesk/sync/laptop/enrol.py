"""Joining an organisation: the laptop's keys and a one-time code for the server's answer. Network thread."""

import socket
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from migdesk.clock import Clock, SystemClock, to_ms
from migdesk.domain.scope import UserCard
from migdesk.errors import EnvError, RefusedError, UserError
from migdesk.i18n.markers import N_
from migdesk.store import outbox
from migdesk.store.database import Store
from migdesk.sync.laptop import rekeying
from migdesk.sync.runner import Runner, Transport
from migdesk.sync.trust import server_card
from migdesk.sync.trust.server_card import ServerCard
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.enrolment import EnrolmentAnswer, EnrolmentFormError, EnrolmentRequest, server_fingerprint
from migdesk.vault.rotation import Rotation

ENROL_PATH = "/sync/1/enrol"
_ANSWER_MOST = 64 << 10


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What this laptop now belongs to. `lease_until_ms`: until then it may work without hearing of the server."""

    org: UUID
    server_key: bytes
    user: UserCard
    lease_until_ms: int


def enrol(  # noqa: PLR0913 - all but four by name
    db: Runner, transport: Transport, keys: DeviceKeys, code: str, *, url: str, user: UUID | None = None,
    label: str = "", clock: Clock | None = None, fingerprint: str = "",
) -> Enrolment:  # fmt: skip
    """Enrol this laptop with a one-time code and keep the server's card in its store.

    `user` is whose workspace it is: a code for somebody else is refused. `fingerprint` is the server's, if it came
    with the code (`vault.enrolment.EnrolmentLink`): another server is not believed. Raises UserError for a mistyped
    code, RefusedError if the server refuses or is of another organisation, EnvError if it cannot be reached.
    """
    clock = clock or SystemClock()
    try:
        rotations = db(_rotations)
        request = EnrolmentRequest.make(keys, code, label or socket.gethostname(), rotations)
    except ValueError as error:
        raise UserError(
            N_("The code is not complete or mistyped."), hint=N_("Look at it again, letter by letter.")
        ) from error
    answer = _ask(transport, request)
    if answer.device_id != keys.device_id:
        raise EnvError(N_("The answer is not the server's."), hint=N_("Check the address and try again."))
    if fingerprint and server_fingerprint(answer.server_sign_key) != fingerprint:
        raise RefusedError(
            N_("Another server answered than the one that gave this code."),
            hint=N_("Nothing was sent. Tell your supervisor: somebody may be listening in on this network."),
        )
    if user is not None and answer.user != user:
        raise RefusedError(
            N_("This code is for another user."),
            hint=N_("Ask for a code for the user of this workspace, or make a new workspace for the other one."),
        )
    card = ServerCard(
        url, answer.org, answer.server_sign_key, answer.server_recipient, answer.generation, answer.lease_until,
        answer.server_time - to_ms(clock.now()), heard_ms=answer.server_time, good_ms=answer.server_time,
    )  # fmt: skip
    db(partial(_keep, card=card))
    user_card = UserCard(answer.user, answer.username, answer.display_name, answer.role, answer.areas)
    return Enrolment(answer.org, answer.server_sign_key, user_card, answer.lease_until)


def _ask(transport: Transport, request: EnrolmentRequest) -> EnrolmentAnswer:
    headers = {"Content-Type": "application/json"}
    body = b""
    for piece in transport.post(ENROL_PATH, headers, [request.to_json()], lambda up, down: None):
        body += piece
        if len(body) > _ANSWER_MOST:
            break
    try:
        return EnrolmentAnswer.from_json(body)
    except EnrolmentFormError as error:
        raise EnvError(N_("The answer is not the server's."), hint=N_("Check the address and try again.")) from error


def _keep(store: Store, *, card: ServerCard) -> None:
    """Keep the card. A laptop stays with its organisation: its batches name it."""
    with store.begin() as tx:
        known = server_card.find(tx)
        if known and known.org != card.org and outbox.undurable(tx):
            raise RefusedError(
                N_("This workspace belongs to another organisation."),
                hint=N_("Make a new workspace for this one. What was written here stays here."),
            )
        server_card.put(tx, card)


def _rotations(store: Store) -> tuple[Rotation, ...]:
    with store.read() as tx:
        return rekeying.kept(tx)
