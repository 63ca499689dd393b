"""How a laptop tells the server where its audit chain ends, and what the server says to it. Pure.

A header and not a frame: an older server passes over a header that it does not know. The answer is an element at the
end of CONTROL, and it goes only to who sent the header, so that no older laptop ever meets it (docs/protocol.md).
"""

import base64
import binascii
from enum import IntEnum
from typing import NamedTuple

from migdesk.sync.wire.limits import BadBatchError

HEADER = "audit-end"
_SHA = 16
_LONGEST = 120
_MOST = 1 << 62


class Verdict(IntEnum):
    """Numbers on the wire, for ever. Each comes with the number of a row."""

    KEPT = 0
    """The end is kept: this row is anchored."""
    PROVE = 1
    """Say next time which hash this row has, which is the last that is anchored."""
    BACK = 2
    """This row was anchored, and the laptop says that it has no such row: its file was set back."""
    FORKED = 3
    """This row was anchored with another hash: the chain was made anew, or the laptop was copied."""


class Claim(NamedTuple):
    """The end of a chain, `n` rows and the first 16 bytes of the hash of the last; and of row `at`, which is the one
    that the server is known to have or asked for, the same (empty if there is no such row)."""

    n: int
    sha16: bytes
    at: int = 0
    at_sha16: bytes = b""

    def to_text(self) -> str:
        """The value of the header."""
        parts = [str(self.n), _text(self.sha16)]
        return ".".join([*parts, str(self.at), _text(self.at_sha16)] if self.at else parts)

    @classmethod
    def read(cls, text: str) -> "Claim":
        """Raises BadBatchError for what is none."""
        parts = text.split(".")
        if len(text) > _LONGEST or len(parts) not in (2, 4):
            raise BadBatchError("no end of an audit")
        more = (_number(parts[2]), _bytes(parts[3])) if len(parts) == 4 else (0, b"")
        claim = cls(_number(parts[0]), _bytes(parts[1]), *more)
        if len(claim.sha16) != _SHA or len(claim.at_sha16) not in (0, _SHA):
            raise BadBatchError("no end of an audit")
        return claim


def judge(known: tuple[int, bytes] | None, claim: Claim) -> Verdict:
    """What the end of a chain says to the last that was anchored. A request that was late on its way is never taken
    for a chain that went back: only what the laptop itself says of the anchored row counts. From a chain without rows
    every chain follows."""
    if known is None or not known[0] or known == (claim.n, claim.sha16):
        return Verdict.KEPT
    if claim.at != known[0]:
        return Verdict.PROVE
    if not claim.at_sha16:
        return Verdict.BACK
    return Verdict.KEPT if claim.at_sha16 == known[1] and claim.n >= known[0] else Verdict.FORKED


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadBatchError("no end of an audit") from error


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 20 and int(text) < _MOST):
        raise BadBatchError("no end of an audit")
    return int(text)
