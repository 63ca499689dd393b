"""Reads and writes amounts as people type them (5.000.000; 5,000,000; 12,50). Pure."""

from migdesk.domain.values import Money


def read_money(text: str, currency: str, digits: int, decimal: str) -> Money | None:
    """The amount in minor units; `digits` are its decimal places, `decimal` the sign before them (`,` in Indonesian).

    None for nothing typed. Raises ValueError for what is no amount.
    """
    words = "".join(text.split()).removeprefix("Rp").strip(".")
    if not words:
        return None
    whole, sign, part = words.rpartition(decimal)
    # "5,000" in Indonesian can only mean five thousand: no currency here has three places after the sign it uses.
    if not sign or (len(part) == 3 and digits != 3):
        whole, part = words, ""
    plain = whole.replace(".", "").replace(",", "")
    if part and decimal in whole:
        raise ValueError("not an amount")
    if not plain.isdigit() or (part and not part.isdigit()) or len(part) > digits or len(plain) > 15:
        raise ValueError("not an amount")
    return Money(int(plain) * 10**digits + int(part.ljust(digits, "0") or 0), currency)


def write_money(value: Money | None, digits: int, decimal: str) -> str:
    """`5.000.000`, with decimals only where there are any."""
    if value is None:
        return ""
    whole, rest = divmod(value.minor, 10**digits)
    grouped = f"{whole:,}".replace(",", "." if decimal == "," else ",")
    return grouped + (f"{decimal}{rest:0{digits}d}" if rest else "")
