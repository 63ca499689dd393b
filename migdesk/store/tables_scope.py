"""The tables of who may know what over time, kept by whoever answers pulls. No queries here."""

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table


class ScopeTables:
    """All tables of this file, made in the given MetaData (one per program, shared with the other tables)."""

    def __init__(self, metadata: MetaData) -> None:
        self.scope_event = Table(
            "scope_event", metadata, Column("op_area", String, primary_key=True),
            Column("seq", BigInteger, primary_key=True, autoincrement=False),
            Column("kind", BigInteger, nullable=False), Column("record", LargeBinary, nullable=False),
            Column("area", String, nullable=False), Column("author", LargeBinary, nullable=False),
            Column("circle", LargeBinary), Column("members", LargeBinary, nullable=False),
        )  # fmt: skip
        """A record came to belong to another area or to other people: whose it was before. It has a number among the
        changes of its area, so that each reader passes it once."""
        self.scope_seen = Table(
            "scope_seen", metadata, Column("op_area", String, primary_key=True),
            Column("fingerprint", LargeBinary, primary_key=True), Column("scope", String, nullable=False),
        )  # fmt: skip
        """What the fingerprint in a reader's cursor stands for: a role and areas."""
