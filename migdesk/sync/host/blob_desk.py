"""What a receiver gives and takes of encrypted files: the same on the central server and on a hub. Any thread.

Default deny, and silence: to a device that may not know of a blob, one that is here and one that never was look the
same. Each step is one short transaction; between them nothing is locked.
"""

from dataclasses import dataclass
from functools import partial

from migdesk.domain.scope import covers, in_scope, may_write
from migdesk.store import blobs, visibility
from migdesk.store.blobs import BlobKey, Held, Naming, OffsetError
from migdesk.store.database import Store, Transaction
from migdesk.sync.runner import Runner
from migdesk.sync.trust.senders import DeviceRow
from migdesk.vault.blob_cipher import sealed_size

SPOOL_MOST = 64 << 20
"""Bytes of unfinished uploads that are kept of one device; beyond it the one longest untouched begins anew."""


class NoSuchBlobError(Exception):
    """Not here, or not this device's to know of: nobody is told which."""


class WrongBytesError(Exception):
    """All bytes came and are not what their name says. They were dropped; the upload begins anew."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a blob is here: the first `held` of `size` bytes; `complete` once the hash was right."""

    held: int
    size: int
    complete: bool


class BlobDesk:
    """Serves one device for the length of one request. `db` reaches the receiver's store."""

    def __init__(self, db: Runner, row: DeviceRow) -> None:
        self._db = db
        self._row = row

    def look(self, sha256: bytes) -> Standing:
        """How far a blob is here, for the device that is to send the rest. Raises NoSuchBlobError."""
        return self._db(partial(_look, row=self._row, sha256=sha256))

    def take(self, sha256: bytes, offset: int, data: bytes) -> Standing:
        """Keep bytes that follow what is here. Raises NoSuchBlobError, WrongBytesError; `blobs.OffsetError` with what
        is held if they belong elsewhere, ValueError if they are more than the whole has."""
        standing = self._db(partial(_take, row=self._row, sha256=sha256, offset=offset, data=data))
        if standing.held == standing.size and not standing.complete:
            raise WrongBytesError
        return standing

    def size(self, sha256: bytes) -> int:
        """Bytes of a blob that is whole here and that this device may have. Raises NoSuchBlobError."""
        return self._db(partial(_readable, row=self._row, sha256=sha256)).size

    def give(self, sha256: bytes, start: int, most: int) -> bytes:
        """Up to `most` bytes from `start` on; the right to them is looked at each time. Raises NoSuchBlobError."""
        return self._db(partial(_give, row=self._row, sha256=sha256, start=start, most=most))


def _look(store: Store, *, row: DeviceRow, sha256: bytes) -> Standing:
    with store.read() as tx:
        naming = _naming(tx, row, sha256, writing=True)
        held = blobs.find(tx, sha256, naming.op_area, row.device)
        return _standing(held, naming)


def _take(store: Store, *, row: DeviceRow, sha256: bytes, offset: int, data: bytes) -> Standing:
    with store.begin() as tx:
        naming = _naming(tx, row, sha256, writing=True)
        held = blobs.find(tx, sha256, naming.op_area, row.device)
        if held is not None and held.complete:
            raise OffsetError(held.size)
        key = held.key if held is not None else BlobKey(naming.op_area, sha256, row.device)
        _make_room(tx, key, len(data))
        size = sealed_size(naming.size)
        reached = blobs.append(tx, key, size, offset, data)
        complete = reached == size and blobs.finish(tx, key)
        if reached == size and not complete:
            blobs.drop(tx, key)
        return Standing(reached, size, complete)


def _make_room(tx: Transaction, key: BlobKey, more: int) -> None:
    under_way = blobs.spooled(tx, key.device)
    kept = sum(one.held for one in under_way) + more
    for one in under_way:
        if kept <= SPOOL_MOST:
            return
        if one.key != key:
            blobs.drop(tx, one.key)
            kept -= one.held


def _give(store: Store, *, row: DeviceRow, sha256: bytes, start: int, most: int) -> bytes:
    with store.read() as tx:
        return blobs.read(tx, _whole(tx, row, sha256).key, start, most)


def _readable(store: Store, *, row: DeviceRow, sha256: bytes) -> Held:
    with store.read() as tx:
        return _whole(tx, row, sha256)


def _whole(tx: Transaction, row: DeviceRow, sha256: bytes) -> Held:
    naming = _naming(tx, row, sha256, writing=False)
    held = blobs.find(tx, sha256, naming.op_area)
    if held is None or not held.complete:
        raise NoSuchBlobError
    return held


def _standing(held: Held | None, naming: Naming) -> Standing:
    if held is None:
        return Standing(0, sealed_size(naming.size), False)
    return Standing(held.held, held.size, held.complete)


def _naming(tx: Transaction, row: DeviceRow, sha256: bytes, *, writing: bool) -> Naming:
    """A record here that names the blob and that this device may write or read now. Raises NoSuchBlobError."""
    for one in blobs.named(tx, sha256):
        if _allowed(tx, row, one, writing=writing):
            return one
    raise NoSuchBlobError


def _allowed(tx: Transaction, row: DeviceRow, one: Naming, *, writing: bool) -> bool:
    user = row.user
    if user is None or row.revoked:
        return False
    if writing and not (may_write(user.role, one.spec) and covers(user.areas, one.area)):
        return False
    members = visibility.circles(tx, one.op_area, [one.circle]).get(one.circle) if one.circle else None
    return in_scope(user, one.spec, one.area, members, one.author)
