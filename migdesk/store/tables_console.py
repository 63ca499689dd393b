"""The tables of the admin console: who may sign in, and who has. No queries here."""

from sqlalchemy import BigInteger, Column, LargeBinary, MetaData, String, Table


def _ms(name: str) -> Column[int]:
    return Column(name, BigInteger, nullable=False, default=0)


class ConsoleTables:
    """All tables of this file, made in the given MetaData (one per program, shared with the other tables)."""

    def __init__(self, metadata: MetaData) -> None:
        self.account = Table(
            "console_account", metadata, Column("op_area", String, primary_key=True),
            Column("username", String, primary_key=True), Column("user_id", LargeBinary, nullable=False),
            Column("verifier", LargeBinary, nullable=False), Column("otp_secret", LargeBinary, nullable=False),
            Column("otp_step", BigInteger, nullable=False, default=0),
            Column("failed", BigInteger, nullable=False, default=0), _ms("wait_until_ms"), _ms("made_ms"),
        )  # fmt: skip
        """An administrator's account: a verifier of the passphrase and the wrapped secret of the one-time passwords.
        `otp_step` is the last one that was used, so that none is used twice."""
        self.visit = Table(
            "console_visit", metadata, Column("op_area", String, primary_key=True),
            Column("digest", LargeBinary, primary_key=True), Column("username", String, nullable=False),
            _ms("made_ms"), _ms("seen_ms"),
        )  # fmt: skip
        """Who is signed in, for all processes: a digest of the cookie, so that a stolen database opens nothing."""
