"""Codes of cases and people: made by chance, with a check character, and saying nothing about anyone (V-22).

A code is a letter for its use, then ten characters of which nine are random (45 bits: two in a hundred that any two of
a million are alike) and the last is the check of all before it: ISO 7064 MOD 37,36, which finds every single wrong
character. Letters that look like digits (I, L, O, U) are not used, not even as the check.
"""

import secrets
from collections.abc import Callable

CASE = "K"
PERSON = "P"

_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ORDER = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_LOOKALIKES = str.maketrans("OILU", "011V")
_RANDOM = 9


def make_code(use: str, choose: Callable[[str], str] = secrets.choice) -> str:
    """A fresh code for `CASE` or `PERSON`, such as `K-7QH2M-0XW4D`. `choose` picks one of the given characters."""
    while True:
        body = "".join(choose(_LETTERS) for _ in range(_RANDOM))
        check = check_character(use + body)
        if check in _LETTERS:
            return f"{use}-{body[:5]}-{body[5:]}{check}"


def check_character(text: str) -> str:
    """The check character of ISO 7064 MOD 37,36 over digits and capital letters. Raises ValueError for others."""
    total = 36
    for letter in text:
        total = (total + _ORDER.index(letter)) % 36 or 36
        total = total * 2 % 37
    return _ORDER[(37 - total) % 36]


def read_code(typed: str) -> str:
    """The one spelling of a code as a person may have typed it. Raises ValueError if it is none or has a slip."""
    letters = "".join(letter for letter in typed.upper() if letter.isalnum())
    if len(letters) != _RANDOM + 2 or letters[0] not in (CASE, PERSON):
        raise ValueError("not a code")
    body = letters[1:].translate(_LOOKALIKES)
    if any(letter not in _LETTERS for letter in body) or check_character(letters[0] + body[:-1]) != body[-1]:
        raise ValueError("a slip in the code")
    return f"{letters[0]}-{body[:5]}-{body[5:]}"
