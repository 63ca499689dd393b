"""The words that both sides of the transfer of files use (docs/protocol.md). Pure."""

from migdesk.domain.attachment import MAX_BYTES
from migdesk.vault.blob_cipher import sealed_size

BLOB_PATH = "/sync/1/blobs/"
NAME = "blob"
"""Header of an answer: the first 16 hexadecimal digits of the SHA-256 that it speaks of."""
HELD = "blob-held"
"""Header of an answer: how many bytes, from the first, are kept there."""
SIZE = "blob-size"
"""Header of an answer: how many bytes the whole has, as its record says."""
OFFSET = "blob-offset"
"""Header of a PUT: where its first byte belongs."""
COMPLETE_MOST = sealed_size(MAX_BYTES)
"""Bytes of the largest encrypted file."""
