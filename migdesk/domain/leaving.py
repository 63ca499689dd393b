"""Whether a record of a case may leave the laptop on which it was written (R-06, V-13): the person's own answer."""

from migdesk.domain.changes import Value

AGREED = "yes"


def may_leave(before: Value, after: Value) -> bool:
    """Default deny: a blank is no consent. A withdrawal itself leaves, since others hold the record already."""
    return AGREED in (before, after)
