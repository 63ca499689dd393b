"""Bytes as text that is read from paper or a telephone and typed: lines of five groups of four, each with a check of
its own, so that a slip is found in its line. Capitals and digits only, so that a QR code of it stays coarse. Pure.
"""

from migdesk.vault.human_code import ALPHABET, grouped, read_code, with_check

_LINE = 20
_BODY = _LINE - 2
_MOST = 100


class LongTextError(ValueError):
    """No such text. `line`: the first one with a slip, from 1; 0 when it is something else altogether."""

    def __init__(self, line: int) -> None:
        super().__init__(f"line {line}")
        self.line = line


def to_text(data: bytes) -> str:
    """The lines; the last one may be shorter."""
    bits = len(data) * 8
    chars = -(-bits // 5)
    number = int.from_bytes(data, "big") << (chars * 5 - bits)
    body = "".join(ALPHABET[number >> (5 * at) & 31] for at in reversed(range(chars)))
    return "\n".join(grouped(with_check(body[at : at + _BODY])) for at in range(0, chars, _BODY))


def from_text(text: str) -> bytes:
    """What `to_text` was given, however the groups and lines were typed. Raises LongTextError."""
    typed = "".join(char for char in text if not char.isspace() and char != "-")
    if not typed or len(typed) > _MOST * _LINE:
        raise LongTextError(0)
    body = ""
    for number, at in enumerate(range(0, len(typed), _LINE), 1):
        line = typed[at : at + _LINE]
        try:
            body += read_code(line, len(line))[:-2]
        except ValueError as error:
            raise LongTextError(number) from error
    value = 0
    for char in body:
        value = value << 5 | ALPHABET.index(char)
    size, spare = divmod(len(body) * 5, 8)
    if spare >= 5 or value & ((1 << spare) - 1):
        raise LongTextError(0)
    return (value >> spare).to_bytes(size, "big")
