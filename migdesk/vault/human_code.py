"""Codes that people read from paper and type: Crockford base32 in groups of four, two check characters. Pure."""

import hashlib
import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECK = 2
_GROUP = 4
_TWINS = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None, "\t": None, "\n": None, "\r": None})


def new_code(length: int) -> str:
    """A random code of `length` characters with 5 bits each, of which the last two are a check; in groups."""
    body = "".join(secrets.choice(ALPHABET) for _ in range(length - _CHECK))
    return grouped(with_check(body))


def with_check(body: str) -> str:
    """`body` and its two check characters."""
    return body + _check(body)


def read_code(text: str, length: int) -> str:
    """The code without its groups, as a person may have typed it. Raises ValueError for a typing mistake."""
    code = text.upper().translate(_TWINS)
    if len(code) != length or any(char not in ALPHABET for char in code):
        raise ValueError("not such a code")
    if _check(code[:-_CHECK]) != code[-_CHECK:]:
        raise ValueError("a character is wrong")
    return code


def grouped(code: str) -> str:
    """The code as it is printed: groups of four."""
    return "-".join(code[at : at + _GROUP] for at in range(0, len(code), _GROUP))


def _check(body: str) -> str:
    digest = hashlib.sha256(b"migdesk code\0" + body.encode("ascii")).digest()
    return ALPHABET[digest[0] & 31] + ALPHABET[digest[1] & 31]
