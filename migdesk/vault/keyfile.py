"""The key file: the database key, wrapped in slots (passphrase, recovery code, recovery key). Any thread."""

import hashlib
import hmac
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from migdesk.clock import Clock, from_ms, to_ms
from migdesk.errors import EnvError, UserError
from migdesk.i18n.markers import N_
from migdesk.vault.atomic_file import shred, write_atomic
from migdesk.vault.human_code import new_code, read_code
from migdesk.vault.key_wrap import (
    NONCE_BYTES,
    SALT_BYTES,
    WRAPPED_BYTES,
    Argon2Params,
    Wrapped,
    fresh_key,
    fresh_wrap,
    mac,
    unwrap,
    wrap,
)
from migdesk.vault.recovery import PUBLIC_BYTES, SEALED_BYTES, entrust

FORMAT = "migdesk-keys"
VERSION = 2
MIN_PASSPHRASE = 8
RECOVERY_LENGTH = 24
_PASSPHRASE, _RECOVERY = "passphrase", "recovery"
_SLOT_VERSION = 1
"""Part of what each wrap is bound to: a slot outlives the version of the file."""
_MAX_SLOTS = 8
_MAX_TURN = 1 << 53
_MAX_BYTES = 64 * 1024


class WrongPassphraseError(UserError):
    """The secret does not open the slot. `wait_s`: seconds until the next try (`vault.waits` sets it)."""

    wait_s = 0


@dataclass(frozen=True, slots=True)
class Entrusted:
    """The database key of this device, sealed to the recovery key `public` of a supervisor (`vault.recovery`)."""

    public: bytes
    device: int
    sealed: bytes


@dataclass(frozen=True, slots=True)
class _Head:
    """`turn` grows with each writing: an older copy that was put in place of a newer one is known by it."""

    created_ms: int
    turn: int
    entrusted: Entrusted | None = None


@dataclass(frozen=True, slots=True)
class _Slot:
    use: str
    wrapped: Wrapped


class KeyFile:
    """One key file. Its slots are replaced whole, and the file with them, atomically.

    Integrity has three layers: a checksum tells accidental damage from a wrong passphrase; each slot's header is
    associated data of its wrap; and a seal keyed from the database key covers the whole file, so that nobody who lacks
    the key can add, drop or alter a slot unnoticed.
    """

    def __init__(self, path: Path, head: "_Head", slots: tuple[_Slot, ...], seal: bytes, today: Argon2Params) -> None:
        self.path = path
        self._head = head
        self._slots = slots
        self._seal = seal
        self._today = today

    @property
    def created(self) -> datetime:
        """When the key was made, by the clock of that day."""
        return from_ms(self._head.created_ms)

    @property
    def turn(self) -> int:
        """How often the file was written; 0 for one of the first version, which did not count."""
        return self._head.turn

    @property
    def seal(self) -> str:
        """What tells this writing of the file from every other one."""
        return self._seal.hex()

    @property
    def passphrase_mark(self) -> str:
        """What tells one wrap of the key under a passphrase from another; it says nothing of either."""
        return next((slot.wrapped.salt.hex() for slot in self._slots if slot.use == _PASSPHRASE), "")

    @property
    def entrusted(self) -> Entrusted | None:
        """Who could help without the passphrase, if anybody; nothing proves it before the key is there."""
        return self._head.entrusted

    @property
    def has_recovery_code(self) -> bool:
        return bool(self.recovery_code_mark)

    @property
    def recovery_code_mark(self) -> str:
        """What tells this recovery code from every other one, and nothing of it; empty if there is none."""
        found = (slot.wrapped for slot in self._slots if slot.use == _RECOVERY)
        return next((hashlib.sha256(one.salt + one.data).hexdigest() for one in found), "")

    @classmethod
    def create(
        cls, path: Path, passphrase: str, *, clock: Clock, params: Argon2Params | None = None
    ) -> "tuple[KeyFile, bytes]":
        """Make a fresh 256-bit database key and the file that wraps it.

        Raises UserError if the file exists already or the passphrase is too short, EnvError if it cannot be written.
        """
        if path.exists():
            raise UserError(N_("There is a key file already."), hint=N_("Choose another folder."))
        _check_length(passphrase)
        key, head, today = fresh_key(), _Head(to_ms(clock.now()), 0), params or Argon2Params()
        made = cls(path, head, (), b"", today)
        made._write(key, (_make_slot(_PASSPHRASE, head, key, passphrase, today),))
        return made, key

    @classmethod
    def load(cls, path: Path, today: Argon2Params | None = None) -> "KeyFile":
        """Read the file. `today` is the least that a new wrap costs. Raises UserError when the file is absent,
        damaged, or of a newer version."""
        try:
            with path.open("rb") as file:
                data = file.read(_MAX_BYTES + 1)
        except FileNotFoundError as error:
            raise UserError(
                N_("There is no key file in this folder."), hint=N_("Check the folder, or make a new workspace.")
            ) from error
        except OSError as error:
            raise EnvError(N_("The key file cannot be read."), hint=N_("Check the disk and your rights.")) from error
        return cls(path, *_parse(data), today or Argon2Params())

    def unlock(self, passphrase: str) -> bytes:
        """The database key. Raises WrongPassphraseError, or UserError if somebody altered the file."""
        return self._open(_PASSPHRASE, passphrase)

    def unlock_with_code(self, code: str) -> bytes:
        """The database key by the paper recovery code. Raises UserError for a typing mistake or a wrong code."""
        if not self.has_recovery_code:
            raise UserError(N_("This workspace has no recovery code."))
        try:
            plain = read_code(code, RECOVERY_LENGTH)
        except ValueError as error:
            raise UserError(
                N_("This is not a recovery code."),
                hint=N_("It has 24 letters and digits in groups of four. Check each one."),
            ) from error
        return self._open(_RECOVERY, plain)

    def change_passphrase(self, old: str, new: str) -> None:
        """Wrap the same database key under `new`. The recovery code stays. Raises WrongPassphraseError."""
        self.set_passphrase(self.unlock(old), new)

    def set_passphrase(self, database_key: bytes, new: str) -> None:
        """Wrap `database_key` under a new passphrase, after the old one or a recovery code gave the key."""
        _check_length(new)
        self._replace(_PASSPHRASE, database_key, new)

    def add_recovery_code(self, database_key: bytes) -> str:
        """Make a recovery code, shown once and kept nowhere; an earlier one stops working."""
        code = new_code(RECOVERY_LENGTH)
        self._replace(_RECOVERY, database_key, read_code(code, RECOVERY_LENGTH))
        return code

    def entrust(self, database_key: bytes, public: bytes, device: int) -> None:
        """Let the holder of a recovery key help; in place of whoever could before. Raises ValueError."""
        self._check_seal(database_key)
        mine = Entrusted(public, device, entrust(database_key, public, device))
        self._head = replace(self._head, entrusted=mine)
        self._write(database_key, self._slots)

    def strengthen(self, database_key: bytes, passphrase: str) -> bool:
        """Wrap the key anew if guesses at this passphrase cost less than today; whether that was so. A derivation.

        Left for the next time if somebody wrote the file meanwhile. Raises EnvError; the old file is then still whole.
        """
        weak = any(one.use == _PASSPHRASE and one.wrapped.params.weaker(self._today) for one in self._slots)
        if not weak or KeyFile.load(self.path).seal != self.seal:
            return False
        self._replace(_PASSPHRASE, database_key, passphrase)
        return True

    def belongs_to(self, database_key: bytes) -> bool:
        """Whether the file was written by somebody who held this key, and nothing in it was altered since."""
        return hmac.compare_digest(_seal_of(database_key, self._head, self._slots), self._seal)

    def destroy(self) -> None:
        """Overwrite and remove the file: without it the store is noise for ever. Nothing to do if it is gone."""
        shred(self.path)

    def _open(self, use: str, secret: str) -> bytes:
        for slot in self._slots:
            if slot.use == use:
                key = unwrap(slot.wrapped, secret, _header(use, self._head, slot.wrapped))
                if key is not None:
                    self._check_seal(key)
                    return key
        if use == _RECOVERY:
            raise WrongPassphraseError(N_("The recovery code does not open this workspace."))
        if any(slot.use == use and slot.wrapped.params.weaker(self._today) for slot in self._slots):
            # Who altered the numbers of a slot has shut it; nobody should look for the fault in the own fingers.
            raise WrongPassphraseError(
                N_("The passphrase is wrong, or somebody altered the key file: it is weaker than MigDesk makes one."),
                hint=N_("If you are sure of the passphrase, put back the key file of a backup. Tell your supervisor."),
            )
        raise WrongPassphraseError(
            N_("The passphrase is wrong."),
            hint=N_("Check Caps Lock and the keyboard language. Nothing is ever deleted by wrong tries."),
        )

    def _check_seal(self, key: bytes) -> None:
        if not self.belongs_to(key):
            raise _damaged()

    def _replace(self, use: str, key: bytes, secret: str) -> None:
        self._check_seal(key)
        slot = _make_slot(use, self._head, key, secret, self._params())
        kept = tuple(one for one in self._slots if one.use != use)
        self._write(key, (*kept, slot))

    def _write(self, key: bytes, slots: tuple[_Slot, ...]) -> None:
        slots = tuple(sorted(slots, key=lambda slot: slot.use))
        head = replace(self._head, turn=self._head.turn + 1)
        seal = _seal_of(key, head, slots)
        write_atomic(self.path, _render(head, slots, seal))
        self._head, self._slots, self._seal = head, slots, seal

    def _params(self) -> Argon2Params:
        """What a new wrap costs: as today, or more if that is what the file has."""
        dearest = max((one.wrapped.params for one in self._slots), key=lambda one: (one.memory_kib, one.passes))
        return self._today if dearest.weaker(self._today) else dearest


def _check_length(passphrase: str) -> None:
    if len(passphrase) < MIN_PASSPHRASE:
        raise UserError(
            N_("A passphrase has at least {count} characters."),
            hint=N_("Four or five words that do not belong together are easy to keep in mind and hard to guess."),
            count=MIN_PASSPHRASE,
        )


def _make_slot(use: str, head: _Head, key: bytes, secret: str, params: Argon2Params) -> _Slot:
    empty = fresh_wrap(params)
    return _Slot(use, wrap(empty, key, secret, _header(use, head, empty)))


def _header(use: str, head: _Head, wrapped: Wrapped) -> bytes:
    of_file = {"format": FORMAT, "version": _SLOT_VERSION, "created_ms": head.created_ms}
    return _canonical(of_file | _slot_head(use, wrapped))


def _slot_head(use: str, wrapped: Wrapped) -> dict[str, Any]:
    params = wrapped.params
    return {
        "use": use,
        "kdf": "argon2id",
        "memory_kib": params.memory_kib,
        "passes": params.passes,
        "lanes": params.lanes,
        "cipher": "aes-256-gcm",
        "salt": wrapped.salt.hex(),
        "nonce": wrapped.nonce.hex(),
    }


def _body(head: _Head, slots: tuple[_Slot, ...]) -> dict[str, Any]:
    rows = [_slot_head(slot.use, slot.wrapped) | {"wrapped": slot.wrapped.data.hex()} for slot in slots]
    counted: dict[str, Any] = {"version": VERSION, "turn": head.turn} if head.turn else {"version": 1}
    if (mine := head.entrusted) is not None:
        counted |= {"entrusted": {"key": mine.public.hex(), "device": mine.device, "sealed": mine.sealed.hex()}}
    return {"format": FORMAT, "created_ms": head.created_ms, "slots": rows} | counted


def _seal_of(key: bytes, head: _Head, slots: tuple[_Slot, ...]) -> bytes:
    return mac(key, "key file seal 1", _canonical(_body(head, slots)))


def _render(head: _Head, slots: tuple[_Slot, ...], seal: bytes) -> bytes:
    sealed = _body(head, slots) | {"seal": seal.hex()}
    return _canonical(sealed | {"checksum": hashlib.sha256(_canonical(sealed)).hexdigest()})


def _canonical(body: Mapping[str, Any]) -> bytes:
    return (json.dumps(body, sort_keys=True, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def _damaged() -> UserError:
    return UserError(
        N_("The key file is damaged."), hint=N_("Put back a copy of it from a backup; the data itself is untouched.")
    )


def _parse(data: bytes) -> tuple[_Head, tuple[_Slot, ...], bytes]:
    """Head, slots and seal of a key file's bytes. Only the one spelling that `_render` gives is taken."""
    try:
        body = json.loads(data)
        if body["format"] == FORMAT and type(body["version"]) is int and body["version"] > VERSION:
            raise UserError(
                N_("This workspace was made by a newer version of MigDesk."), hint=N_("Install the newest version.")
            )
        head, seal = _parse_head(body), _hex(body["seal"], 32)
        slots = tuple(_parse_slot(row) for row in body["slots"][:_MAX_SLOTS])
        counted = 0 <= head.turn < _MAX_TURN and slots
        if not counted or len(data) > _MAX_BYTES or _render(head, slots, seal) != data:
            raise ValueError("other spelling or wrong checksum")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise _damaged() from error
    return head, slots, seal


def _parse_head(body: Mapping[str, Any]) -> _Head:
    mine, entrusted = body.get("entrusted"), None
    if mine is not None:
        device = int(mine["device"])
        if not 0 <= device < 1 << 64:
            raise ValueError("device")
        entrusted = Entrusted(_hex(mine["key"], PUBLIC_BYTES), device, _hex(mine["sealed"], SEALED_BYTES))
    return _Head(int(body["created_ms"]), int(body.get("turn", 0)), entrusted)


def _parse_slot(row: Mapping[str, Any]) -> _Slot:
    params = Argon2Params(int(row["memory_kib"]), int(row["passes"]), int(row["lanes"]))
    if not params.sane() or not re.fullmatch(r"[a-z]{1,20}", row["use"]):
        raise ValueError("slot")
    salt, nonce = _hex(row["salt"], SALT_BYTES), _hex(row["nonce"], NONCE_BYTES)
    return _Slot(row["use"], Wrapped(params, salt, nonce, _hex(row["wrapped"], WRAPPED_BYTES)))


def _hex(text: str, length: int) -> bytes:
    data = bytes.fromhex(text)
    if len(data) != length:
        raise ValueError("length")
    return data
