"""`server quarantine [list | release | dismiss]`: late and refused changes, shown without what is in them."""

from migdesk.cli.console import Console
from migdesk.cli.servers import Host, Quarantined
from migdesk.i18n.markers import N_


def quarantine(console: Console, host: Host) -> None:
    {None: _list, "list": _list, "release": _release, "dismiss": _dismiss}[console.args.what](console, host)


def _list(console: Console, host: Host) -> None:
    for one in host.quarantine():
        words = f"{one.id[:12]}  {one.at:%Y-%m-%d %H:%M}  {one.device:016x}  {one.username:<16}  {one.form:<6}  "
        console.put(_json(one), words + f"{one.op_area:<5}  {one.size:>7}  {one.reason}")


def _release(console: Console, host: Host) -> None:
    for name in console.args.item:
        done = host.release(name)
        words = console.lang.say(
            N_("Let in: {applied} of {changes} changes, {conflicts} in conflict, {refused} not allowed."),
            applied=done.applied + done.conflicts, changes=done.changes, conflicts=done.conflicts, refused=done.refused,
        )  # fmt: skip
        counts = {
            "changes": done.changes, "applied": done.applied, "duplicates": done.duplicates,
            "conflicts": done.conflicts, "held": done.held, "refused": done.refused,
        }  # fmt: skip
        console.put({"item": done.id, "status": "released", **counts}, words)


def _dismiss(console: Console, host: Host) -> None:
    for name in console.args.item:
        one = host.dismiss(name, console.args.reason)
        console.put(_json(one), console.lang.say(N_("Dismissed: {item}. It is kept as evidence."), item=one.id[:12]))


def _json(one: Quarantined) -> dict[str, object]:
    return {
        "item": one.id, "device": f"{one.device:016x}", "device_status": one.device_status, "user": one.username,
        "area": one.op_area, "form": one.form, "kind": one.kind, "number": one.number, "reason": one.reason,
        "bytes": one.size, "at": one.at.isoformat().replace("+00:00", "Z"), "state": one.state,
    }  # fmt: skip
