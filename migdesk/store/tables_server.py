"""The tables that only a server fills: its own secrets, one-time codes, enrolled devices. No queries here.

All of them belong to the national area "00"; the column is there so that every table's key begins with it. Device ids
are stored signed (`tables_sync.as_sql`); moments are milliseconds since 1970, UTC.
"""

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, SmallInteger, String, Table


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
        self.enrol_tries = Table(
            "enrol_tries", metadata, _area(), Column("slot", BigInteger, primary_key=True, autoincrement=False),
            Column("failed", BigInteger, nullable=False, default=0),
        )  # fmt: skip
        """Failed enrolments of everybody by slot of time: a guesser is slowed down whatever code he names."""
