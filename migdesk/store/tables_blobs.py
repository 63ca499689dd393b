"""The tables of attachments' encrypted bytes. No queries here.

`device` is 0 for what this replica has itself, else (as signed 64-bit) the sender of an upload under way, so that two
senders of the same bytes never write into each other.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, MetaData, SmallInteger, String, Table


def _key() -> list[Column[object]]:
    return [
        Column("op_area", String, primary_key=True),
        Column("sha256", LargeBinary, primary_key=True),
        Column("device", BigInteger, primary_key=True, autoincrement=False),
    ]


class BlobTables:
    """All tables of this file, made in the given MetaData."""

    def __init__(self, metadata: MetaData) -> None:
        self.blob = Table(
            "blob", metadata, *_key(),
            Column("size", BigInteger, nullable=False), Column("held", BigInteger, nullable=False),
            Column("complete", SmallInteger, nullable=False), Column("sent", BigInteger, nullable=False),
            Column("settled", LargeBinary, nullable=False), Column("wanted", SmallInteger, nullable=False),
            Column("changed_ms", BigInteger, nullable=False),
        )  # fmt: skip
        """`size` of the encrypted bytes, of which the first `held` are here; `complete`: all, and the hash is right.
        `sent`: how many a receiver was last known to hold; `settled`: the generation of the central server that has all
        of them, or empty; `wanted`: a person asked for it."""
        Index(None, self.blob.c.sha256)
        self.blob_piece = Table(
            "blob_piece", metadata, *_key(), Column("start", BigInteger, primary_key=True, autoincrement=False),
            Column("data", LargeBinary, nullable=False),
        )  # fmt: skip
        """The bytes as they came, by their offset."""
