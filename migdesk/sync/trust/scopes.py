"""What a user may know of one operational area, in words that can be compared and kept: role and areas. Pure."""

import hashlib
from dataclasses import replace

from migdesk.domain.scope import NATIONAL, UserCard, covers
from migdesk.sync.trust.senders import op_area_of

FINGERPRINT = 4
EVERYBODY = b"*"
"""The fingerprint of the area of reference records: they are for everybody."""
GONE = b"-"
"""The scope of a cursor whose area was removed from the laptop: what comes back must come whole."""


def restricted(user: UserCard, op_area: str) -> UserCard:
    """The user with those of the areas only that can hold anything of this operational area."""
    areas = (area for area in user.areas if op_area_of(area) == op_area or covers((area,), op_area))
    return replace(user, areas=tuple(sorted(areas)))


def words_of(user: UserCard, op_area: str) -> str:
    """The scope of a user in an area as one line: the role, then the area codes."""
    return " ".join((user.role, *restricted(user, op_area).areas))


def fingerprint(user: UserCard, op_area: str) -> bytes:
    """What a cursor names a scope by. Users with the same role and areas share it."""
    if op_area == NATIONAL:
        return EVERYBODY
    return hashlib.sha256(words_of(user, op_area).encode()).digest()[:FINGERPRINT]


def as_it_was(user: UserCard, words: str) -> UserCard:
    """The same user under a scope of `words_of`; without words somebody who may know nothing."""
    role, *areas = words.split() or [""]
    return replace(user, role=role, areas=tuple(areas))
