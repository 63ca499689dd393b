"""How a host says that a record left what its reader may know: a change of its own kind (docs/protocol.md). Pure."""

from migdesk.domain.changes import Register

LEFT = 0
"""The kind of such a change. No kind of record has this number."""
LEFT_KIND = Register(1)
"""The field of it that holds the number of the record's kind."""
