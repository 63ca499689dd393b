"""Workspaces to measure on: a real folder with real encryption and made-up people. Nobody real is meant."""

import random
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from migdesk.clock import SystemClock, to_ms
from migdesk.domain.changes import Change, Edit, Register, Value
from migdesk.domain.person import Person
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.services.session import Session
from migdesk.store import applying
from migdesk.vault.key_wrap import Argon2Params

PASSPHRASE = "tujuh belas perahu"
VILLAGE = "52.03.09.2004"
_CHEAP = Argon2Params(memory_kib=64, passes=1, lanes=1)
_VILLAGES = ("52.03.09.2004", "52.03.09.2001", "52.03.01.2003", "52.03.12.2007")
_STARTS = tuple(consonant + vowel for consonant in "bdghklmnprstwy" for vowel in "aeiu")
_ENDS = ("h", "n", "ti", "na", "wati", "ni", "r", "s", "din", "man", "yah", "m")
_PART = 5_000


def make(home: Path, username: str = "rina") -> Session:
    """A new workspace of an outreach officer, opened."""
    codes, clock = read_codebook(), SystemClock()
    sessions.create_workspace(
        home, username=username, display_name=username.title(), role="OUTREACH", area="52.03", passphrase=PASSPHRASE,
        clock=clock, codes=codes, kdf=_CHEAP,
    )  # fmt: skip
    return reopened(home)


def reopened(home: Path) -> Session:
    return sessions.unlock(home, PASSPHRASE, SystemClock(), read_codebook(), kdf=_CHEAP)


def fill(session: Session, people: int, seed: int = 1) -> None:
    """Put in so many people as a pull from the server does."""
    made = crowd(session, people, seed)
    for start in range(0, people, _PART):
        with session.store.begin() as tx:
            applying.apply(tx, [next(made) for _ in range(min(_PART, people - start))], origin="bench")


def crowd(session: Session, people: int, seed: int = 1) -> Iterator[Change]:
    """New people of another laptop, some minutes apart over the last years."""
    chance = random.Random(seed)
    words = names(chance)
    numbers = {field.name: field.number for field in Person.spec.fields}
    now = to_ms(session.clock.now())
    begin, author = now - 120_000 * people, session.user.id
    for n in range(people):
        values: dict[str, Value] = {
            "full_name": f"{chance.choice(words)} {chance.choice(words)}",
            "sex": chance.choice(("female", "male")),
            "birth_date": f"{chance.randint(1966, 2006)}-{chance.randint(1, 12):02d}-{chance.randint(1, 28):02d}",
            "phone": f"+62890{chance.randint(10**7, 10**8 - 1)}",
            "nik": f"520309{chance.randint(10**9, 10**10 - 1)}",
            "area_code": chance.choice(_VILLAGES),
            "address": f"Dusun {chance.choice(words)} RT {chance.randint(1, 9)}",
        }
        edits = tuple(Edit(Register(numbers[name]), value) for name, value in values.items())
        ms = begin + n * 119_000
        id = _id(ms, chance)
        area = values["area_code"]
        yield Change(seed, n + 1, ms << 16, author, Person.spec.number, id, str(area), None, edits)


def names(chance: random.Random) -> list[str]:
    """Some 3,000 words that sound like names."""
    found = {
        (chance.choice(_STARTS) + chance.choice(_STARTS) + chance.choice(_ENDS)).capitalize() for _ in range(4_000)
    }
    return sorted(found)


def _id(ms: int, chance: random.Random) -> UUID:
    return UUID(int=(ms << 80 | chance.getrandbits(80)) & ~(0xF << 76) & ~(0x3 << 62) | 7 << 76 | 2 << 62)
