"""Case and person codes: meaningless, spelled one way, and a slip of the hand is noticed."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migdesk.domain.case_codes import CASE, PERSON, check_character, make_code, read_code

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
uses = st.sampled_from([CASE, PERSON])
seeds = st.integers(0, 2**32)


def code(use: str, seed: int) -> str:
    return make_code(use, Random(seed).choice)


def test_check_character_of_the_published_example() -> None:
    # ISO 7064 MOD 37,36 as the Global Release Identifier uses it: A1-2425G-ABC1234002-M.
    assert check_character("A12425GABC1234002") == "M"


@given(uses, seeds)
def test_a_code_reads_back_however_it_is_typed(use: str, seed: int) -> None:
    made = code(use, seed)
    assert len(made) == 13
    for typed in (made, made.lower(), made.replace("-", ""), f" {made.replace('-', ' ')} "):
        assert read_code(typed) == made


@given(uses, seeds)
def test_letters_that_look_like_digits_are_read_as_digits(use: str, seed: int) -> None:
    made = code(use, seed)
    assert read_code(made[:2] + made[2:].replace("0", "O").replace("1", "l")) == made
    assert not set("ILOU") & set(made)


@given(uses, seeds, st.integers(0, 9), st.sampled_from(ALPHABET))
def test_every_single_wrong_character_is_noticed(use: str, seed: int, place: int, other: str) -> None:
    letters = list(code(use, seed).replace("-", ""))
    if letters[place + 1] == other:
        return
    letters[place + 1] = other
    with pytest.raises(ValueError, match="slip"):
        read_code("".join(letters))


@pytest.mark.parametrize(
    "text", ["", "K", "K-12345", "X-898GD-05GEH", "K-898GD-05GEHH", "Rina Susanti", "K-ÄÖÜÄÖ-ÄÖÜÄÖ"]
)
def test_other_text_is_no_code(text: str) -> None:
    with pytest.raises(ValueError, match="code"):
        read_code(text)


def test_codes_are_random() -> None:
    assert len({make_code(CASE) for _ in range(2000)}) == 2000
