"""The tables that only a server fills: its own secrets, one-time codes, enrolled devices. No queries here.

All of them belong to the national area "00"; the column is there so that every table's key begins with it. Device ids
are stored signed (`tables_sync.as_sql`); moments are milliseconds since 1970, UTC.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, SmallInteger, String, Table, literal_column


def _area() -> Column[str]:
    return Column("op_area", String, primary_key=True)


def _ms(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, default=0)


class ServerTables:
    """All tables of this file, made in the given MetaData (one per program, shared with the other tables)."""

    def __init__(self, metadata: MetaData) -> None:
        self.server_secret = Table(
            "server_secret", metadata, _area(), Column("name", String, primary_key=True),
            Column("body", LargeBinary, nullable=False),
        )  # fmt: skip
        """What makes this server itself, each under a name; secrets are wrapped with a key that is not in here."""
        self.enrol_code = Table(
            "enrol_code", metadata, _area(), Column("selector", String, primary_key=True),
            Column("digest", LargeBinary, nullable=False), Column("user_id", LargeBinary, nullable=False),
            Column("tries", SmallInteger, nullable=False, default=0), _ms("issued_ms"), _ms("expires_ms"),
            _ms("used_ms"), Column("used_by", BigInteger, nullable=False, default=0),
        )  # fmt: skip
        """One-time codes, kept a while after use so that a lost answer can be asked for again. The digest is keyed, so
        that whoever steals the database cannot guess them."""
        self.enrolled_device = Table(
            "enrolled_device", metadata, _area(), Column("device", BigInteger, primary_key=True, autoincrement=False),
            Column("record", LargeBinary, nullable=False), Column("user_id", LargeBinary, nullable=False),
        )  # fmt: skip
        """Which Device record a device id belongs to; key, status and lease are read from the record itself."""
        self.device_key = Table(
            "device_key", metadata, _area(), Column("sign_key", LargeBinary, primary_key=True),
            Column("device", BigInteger, nullable=False), Column("recipient", String, nullable=False),
            _ms("since_ms"), Column("statement", LargeBinary, nullable=False),
        )  # fmt: skip
        """Every signing key that a device ever had; `statement` made it the present one (empty for the first key)."""
        self.device_order = Table(
            "device_order", metadata, _area(), Column("device", BigInteger, primary_key=True, autoincrement=False),
            Column("order_id", LargeBinary, primary_key=True), Column("statement", LargeBinary, nullable=False),
            Column("signature", LargeBinary, nullable=False), _ms("given_ms"), _ms("done_ms"),
            Column("receipt", LargeBinary),
        )  # fmt: skip
        """Signed orders to devices, and the signed receipts that they were carried out."""
        self.quarantine_verdict = Table(
            "quarantine_verdict", metadata, _area(),
            Column("device", BigInteger, primary_key=True, autoincrement=False),
            Column("item", LargeBinary, primary_key=True), Column("verdict", String, nullable=False),
            Column("user_id", LargeBinary, nullable=False), Column("reason", String, nullable=False), _ms("at_ms"),
        )  # fmt: skip
        """Who let an item of the quarantine in, or dismissed it, and why."""
        self.enrol_tries = Table(
            "enrol_tries", metadata, _area(), Column("slot", BigInteger, primary_key=True, autoincrement=False),
            Column("failed", BigInteger, nullable=False, default=0),
        )  # fmt: skip
        """Failed enrolments of everybody by slot of time: a guesser is slowed down whatever code he names."""
        self._care(metadata)

    def _care(self, metadata: MetaData) -> None:
        self.device_contact = Table(
            "device_contact", metadata, _area(), Column("device", BigInteger, primary_key=True, autoincrement=False),
            _ms("seen_ms"),
        )  # fmt: skip
        """When each device was last heard of, give or take some minutes."""
        self.audit_anchor = Table(
            "audit_anchor", metadata, _area(), Column("device", BigInteger, primary_key=True, autoincrement=False),
            Column("seq", BigInteger, primary_key=True, autoincrement=False), Column("n", BigInteger, nullable=False),
            Column("sha16", LargeBinary, nullable=False), _ms("at_ms"),
            Column("verdict", SmallInteger, nullable=False, default=0),
        )  # fmt: skip
        """Where a device's audit chain ended at each of its syncs; rows are only added. `verdict`: `anchor_words`."""
        broken = self.audit_anchor.c.verdict != literal_column("0")
        Index(
            "ix_audit_anchor_broken", self.audit_anchor.c.device, sqlite_where=broken, postgresql_where=broken,
        )  # fmt: skip
        self.checkpoint = Table(
            "checkpoint", metadata, _area(), Column("label", String, primary_key=True),
            _ms("made_ms"), _ms("durable_ms"),
        )  # fmt: skip
        """Moments that a backup made afterwards holds in full; `durable_ms` once such a backup was verified."""
        self.checkpoint_head = Table(
            "checkpoint_head", metadata, _area(), Column("label", String, primary_key=True),
            Column("device", BigInteger, primary_key=True, autoincrement=False),
            Column("lane", SmallInteger, primary_key=True, autoincrement=False),
            Column("applied_n", BigInteger, nullable=False), Column("applied_sha", LargeBinary, nullable=False),
        )  # fmt: skip
        """What was applied of each stream at a checkpoint; here `op_area` is the stream's own."""
