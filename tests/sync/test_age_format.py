"""A bundle is a plain age file: an implementation that shares no code with ours opens it, and seals what ours opens."""

from pathlib import Path

import age
import pytest

from migdesk.sync.bundle.writing import write_bundle
from migdesk.sync.wire.bundle_file import MAGIC
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.sealing import open_sealed, seal_file
from tests.sync.office import CODEC, Laptop
from tests.sync.test_bundle import met

__all__ = ["met"]
CHUNK = 64 << 10
"""Bytes of one sealed piece of the age format."""


def opened_by_another(sealed: bytes, keys: DeviceKeys) -> bytes:
    return bytes(age.decrypt_bytes(sealed, [age.parse_identity(keys.identity)]))


def test_another_implementation_opens_a_bundle(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    path = tmp_path / "b"
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], path, codec=CODEC)
    clear = opened_by_another(path.read_bytes(), sari.keys)
    assert clear[:4] == MAGIC
    assert clear == open_sealed(path, sari.keys.identity) == opened_by_another(path.read_bytes(), rina.keys)
    with pytest.raises(age.NoIdentityMatchError):
        opened_by_another(path.read_bytes(), DeviceKeys.generate())


@pytest.mark.parametrize("size", [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK])
def test_both_agree_at_the_edges_of_a_piece(size: int, tmp_path: Path) -> None:
    keys, path, clear = DeviceKeys.generate(), tmp_path / "sealed", bytes(range(256)) * (size // 256 + 1)
    seal_file(clear[:size], path, [DeviceKeys.generate().recipient, keys.recipient])
    assert opened_by_another(path.read_bytes(), keys) == clear[:size]
    path.write_bytes(age.encrypt_bytes(clear[:size], [age.parse_recipient(keys.recipient)]))
    assert open_sealed(path, keys.identity) == clear[:size]
