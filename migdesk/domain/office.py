"""Reference records of the organisation: areas, users, devices. Central: laptops receive them and never write them."""

import datetime as dt

from migdesk.domain.field_types import AreaCode, Blob, Code, Codes, Day, Keys, Moment, Text, Whole, YesNo
from migdesk.domain.record import Lane, Record, Required, Tier, declared, record
from migdesk.i18n.markers import N_

# A field is one line.
# fmt: off


@record(9, N_("Area"), N_("Areas"), tier=Tier.T0, lane=Lane.CONTROL, area="code", natural=("code",), reference=True, summary=("name", "code"))
class Area(Record):
    """An administrative area by its Kemendagri code (DOMAIN 2.1). Codes change by decree: old ones stay."""

    code: str | None = declared(1, AreaCode(), N_("Code"), required=Required.SAVE, can_decline=False, searched=True)
    name: str | None = declared(2, Text(80), N_("Name"), required=Required.SAVE, can_decline=False, searched=True)
    level: int | None = declared(3, Whole(0, 4), N_("Level"), required=Required.SAVE, can_decline=False)
    valid_from: dt.date | None = declared(4, Day(), N_("Valid from"), can_decline=False)
    valid_to: dt.date | None = declared(5, Day(future=True), N_("Valid to"), can_decline=False)


@record(10, N_("User"), N_("Users"), tier=Tier.T0, lane=Lane.CONTROL, natural=("username",), reference=True, summary=("display_name", "role"))
class User(Record):
    """Someone who works with MigDesk. The id comes from the user name, so that a laptop may be set up offline."""

    username: str | None = declared(1, Text(40, r"[a-z0-9][a-z0-9._-]*"), N_("User name"), required=Required.SAVE, can_decline=False)
    display_name: str | None = declared(2, Text(120), N_("Name"), required=Required.SAVE, can_decline=False)
    role: str | None = declared(3, Code("role"), N_("Role"), required=Required.SAVE, can_decline=False)
    areas: frozenset[str] | None = declared(4, Codes("area"), N_("Areas"), can_decline=False)
    active: bool | None = declared(5, YesNo(), N_("Active"), can_decline=False)


@record(11, N_("Device"), N_("Devices"), tier=Tier.T0, lane=Lane.CONTROL, natural=("sign_key",), reference=True, summary=("label", "status"))
class Device(Record):
    """A laptop and its public keys. Only the server writes it. The id comes from the first key; `former_keys` are those
    before the present one, the first of them first."""

    sign_key: bytes | None = declared(1, Blob(32), N_("Signing key (Ed25519)"), required=Required.SAVE, can_decline=False)
    recipient: str | None = declared(2, Text(120), N_("Recipient of sealed bundles (age)"), can_decline=False)
    label: str | None = declared(3, Text(80), N_("Label"), can_decline=False)
    username: str | None = declared(4, Text(40), N_("User name"), can_decline=False)
    status: str | None = declared(5, Code("device_status"), N_("Status"), can_decline=False)
    enrolled_at: dt.datetime | None = declared(6, Moment(), N_("Enrolled at"), can_decline=False)
    lease_until: dt.datetime | None = declared(7, Moment(), N_("Lease until"), can_decline=False)
    former_keys: bytes | None = declared(8, Keys(), N_("Former signing keys"), can_decline=False)
