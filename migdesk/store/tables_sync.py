"""The tables of sending and receiving: frozen batches, streams, spool, cursors, replies, quarantine. No queries here.

Device ids are unsigned 64-bit and stored signed (`as_sql`). Moments are milliseconds since 1970, UTC.
"""

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, SmallInteger, String, Table, Text

_DEVICE_SPAN = 1 << 64


def as_sql(device: int) -> int:
    """A device id (unsigned 64-bit) as the signed integer that a column holds."""
    return device - _DEVICE_SPAN if device >= _DEVICE_SPAN >> 1 else device


def from_sql(stored: int) -> int:
    """The device id of `as_sql`."""
    return stored % _DEVICE_SPAN


def _area() -> Column[str]:
    return Column("op_area", String, primary_key=True)


def _device() -> Column[int]:
    return Column("device", BigInteger, primary_key=True, autoincrement=False)


def _peer() -> Column[int]:
    """Whom this device exchanges with: 0 the central server, else the device id of a hub."""
    return Column("peer", BigInteger, primary_key=True, autoincrement=False)


def _lane() -> Column[int]:
    return Column("lane", SmallInteger, primary_key=True, autoincrement=False)


def _number(name: str, *, key: bool = False, start: int | None = None) -> Column[int]:
    return Column(name, BigInteger, primary_key=key, autoincrement=False, nullable=False, default=start)


def _bytes(name: str, *, key: bool = False, nullable: bool = False) -> Column[bytes]:
    return Column(name, LargeBinary, primary_key=key, nullable=nullable)


class SyncTables:
    """All tables of this file, made in the given MetaData (one per program, shared with the other tables)."""

    def __init__(self, metadata: MetaData) -> None:
        self.out_stream = Table(
            "out_stream", metadata, _area(), _lane(),
            _number("last_n", start=0), _bytes("last_sha"), _number("frozen_seq", start=0),
        )  # fmt: skip
        """What this device froze last, by stream; its own log rows up to `frozen_seq` are in batches."""
        self.out_batch = Table(
            "out_batch", metadata, _area(), _lane(), _number("n", key=True),
            _bytes("sha256"), Column("size", Integer, nullable=False), Column("changes", Integer, nullable=False),
            _number("first_seq"), _number("last_seq"), _bytes("body"),
            Column("state", SmallInteger, nullable=False, default=0), _number("frozen_ms"),
            _number("bundled_ms", start=0),
        )  # fmt: skip
        """Frozen batches of this device, bytes and all, until they are durable. `state`: see `outbox.BatchState`."""
        self.pull_cursor = Table(
            "pull_cursor", metadata, _area(), _peer(), _bytes("generation"), _number("seq", start=0),
            _bytes("scope"), _bytes("gaining"), _number("gained", start=0),
        )  # fmt: skip
        """How far this device has applied what a peer has, by area: see `cursors.PullCursor`."""
        self.peer_stream = Table(
            "peer_stream", metadata, _area(), _peer(), _device(), _lane(), _number("applied_n", start=0),
        )  # fmt: skip
        """What a hub, or the server of a hub, has of the streams that this device sends or passes on."""
        self.relay_batch = Table(
            "relay_batch", metadata, _area(), _device(), _lane(), _number("n", key=True),
            _bytes("sha256"), Column("size", Integer, nullable=False), Column("changes", Integer, nullable=False),
            _bytes("body"), Column("state", SmallInteger, nullable=False, default=0), _number("kept_ms"),
        )  # fmt: skip
        """Batches of others, byte for byte, that this laptop took in a room or from a stick, until the central server
        has them. `state`: see `relays.RelayState`."""
        self.sync_note = Table(
            "sync_note", metadata, _number("at_ms", key=True), Column("note", Text, nullable=False),
        )  # fmt: skip
        """One row for each sync of this device, told to its user as history (JSON, counts only)."""
        self._receiving(metadata)

    def _receiving(self, metadata: MetaData) -> None:
        self.reply_part = Table(
            "reply_part", metadata, _area(), _peer(), _bytes("reply_id", key=True), _number("piece", key=True),
            _number("total"), _bytes("data"),
        )  # fmt: skip
        """Pieces (by their byte offset) of replies that this device has not yet received whole."""
        self.in_stream = Table(
            "in_stream", metadata, _area(), _device(), _lane(),
            _number("applied_n", start=0), _bytes("applied_sha"), _number("durable_n", start=0),
            Column("forked", SmallInteger, nullable=False, default=0), _number("changed_ms"),
        )  # fmt: skip
        """What is applied here of each sender's streams; `durable_n` is in a verified backup."""
        self.in_batch = Table(
            "in_batch", metadata, _area(), _device(), _lane(), _number("n", key=True),
            _bytes("sha256"), Column("size", Integer, nullable=False), Column("via", String, nullable=False),
            _number("received_ms"),
        )  # fmt: skip
        """Every batch that was applied here: a second one with its number and other bytes is a fork."""
        self.spool = Table(
            "spool", metadata, _area(), _device(), _lane(), _number("n", key=True), _number("piece", key=True),
            _number("total"), _bytes("data"),
        )  # fmt: skip
        """Pieces (by their byte offset) of pushed batches that are incomplete or ahead of their turn."""
        self.frozen_reply = Table(
            "frozen_reply", metadata, _area(), _device(), _bytes("reply_id", key=True),
            _bytes("entering"), _number("from_seq"), _number("to_seq"), Column("more", SmallInteger, nullable=False),
            Column("size", Integer, nullable=False), _bytes("body"), _number("made_ms"),
        )  # fmt: skip
        """Pull replies made for one device, kept so that an interrupted one goes on at its byte offset. `entering`: of
        which scope this is the entering, whose places `from_seq` and `to_seq` then count; empty for what is new."""
        self.backlog = Table(
            "backlog", metadata, _area(), _device(), _number("counter", key=True), _bytes("waits_for"),
            Column("origin", String, nullable=False), _bytes("body"), _number("since_ms"),
        )  # fmt: skip
        """Changes that came before the record that they are about, or hang on."""
        Index(None, self.backlog.c.waits_for)
        self.quarantine = Table(
            "quarantine", metadata, _area(), _device(), _bytes("item", key=True),
            Column("form", String, nullable=False), Column("kind", Integer, nullable=False, default=0),
            _number("counter", start=0), Column("reason", Text, nullable=False), _bytes("body"), _number("at_ms"),
            Column("state", String, nullable=False, default="open"),
        )  # fmt: skip
        """What was received and not applied, with its reason. `item` is a digest of `body`; `form` change or batch."""
