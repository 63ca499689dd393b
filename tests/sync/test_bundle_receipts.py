"""A receipt tells the sender of a bundle what has arrived, and nobody can make one up."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migdesk.errors import MigDeskError, RefusedError, UserError
from migdesk.store import change_log, outbox, relays
from migdesk.store.inbox import StreamKey
from migdesk.sync.bundle.receipts import ReceiptReport, is_receipt, read_receipt, write_receipt
from migdesk.sync.bundle.writing import write_bundle
from migdesk.sync.wire.limits import BadBatchError
from migdesk.sync.wire.receipt_file import VERSION, BundleReceipt, HeldStream, pack, read
from migdesk.vault.device_keys import DeviceKeys, verify
from migdesk.vault.sealing import open_sealed, seal_file
from tests.sync.office import CODEC, ORG, Laptop, Server
from tests.sync.test_bundle import carried, met, taken

__all__ = ["met"]
LONG = os.environ.get("MIGDESK_LONG", "") not in {"", "0"}


def unsent(node: Laptop) -> int:
    with node.store.read() as tx:
        return change_log.unsent_count(tx)


def receipt_of(reader: Laptop, sender: Laptop, path: Path) -> Path:
    write_receipt(reader.db, reader.keys, sender.keys.device_id, path)
    return path


def changed(reader: Laptop, sender: Laptop, path: Path, **values: Any) -> Path:
    """The receipt of `reader` with other values, signed and sealed by it again."""
    receipt, _, _ = read(open_sealed(receipt_of(reader, sender, path), reader.keys.identity))
    seal_file(pack(receipt._replace(**values), reader.keys.sign), path, [sender.keys.recipient])
    return path


def test_a_colleagues_receipt_means_what_the_room_means(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    carried(rina, sari, tmp_path / "b")
    path = receipt_of(sari, rina, tmp_path / "r")
    assert is_receipt(path, rina.keys.identity)
    assert not is_receipt(tmp_path / "b", rina.keys.identity)
    report = read_receipt(rina.db, rina.keys, path)
    assert report == ReceiptReport(sari.keys.device_id, "laptop of sari", 1, at_server=False)
    with rina.store.read() as tx:
        assert relays.had(tx, sari.keys.device_id) == {StreamKey("52.03", rina.keys.device_id, 2): 1}
        note = outbox.sync_history(tx)[0]
    assert (note["sent"], note["peer"]) == (1, f"{sari.keys.device_id:016x}")
    assert unsent(rina) == 1, "a colleague is not the server: it waits until the server has it"
    sari.sync(), rina.sync()
    assert unsent(rina) == 0


def test_the_servers_receipt_means_what_its_acknowledgement_means(
    met: tuple[Laptop, Laptop], server: Server, tmp_path: Path
) -> None:
    """What a colleague carried to the server, it confirms by a file to a laptop without any link."""
    rina, sari = met
    rina.person()
    carried(rina, sari, tmp_path / "b")
    assert sari.sync().passed_on == 1
    write_receipt(server.db, server.keys, rina.keys.device_id, tmp_path / "r", host=server.identity)
    assert unsent(rina) == 1
    report = read_receipt(rina.db, rina.keys, tmp_path / "r")
    assert (report.changes, report.at_server) == (1, True)
    assert unsent(rina) == 0


def test_a_receipt_of_the_server_before_its_restore_is_refused(
    met: tuple[Laptop, Laptop], server: Server, tmp_path: Path
) -> None:
    rina, sari = met
    rina.person()
    carried(rina, sari, tmp_path / "b")
    sari.sync()
    former = replace(server.identity, generation=b"gen-0000")
    write_receipt(server.db, server.keys, rina.keys.device_id, tmp_path / "r", host=former)
    with pytest.raises(RefusedError, match="older than what the server holds"):
        read_receipt(rina.db, rina.keys, tmp_path / "r")
    assert unsent(rina) == 1


def test_a_replayed_or_older_receipt_is_refused(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    carried(rina, sari, tmp_path / "b")
    old, new = receipt_of(sari, rina, tmp_path / "1"), receipt_of(sari, rina, tmp_path / "2")
    assert read_receipt(rina.db, rina.keys, new).changes == 1
    for again in (new, old):
        with pytest.raises(RefusedError, match="taken in already"):
            read_receipt(rina.db, rina.keys, again)


def test_a_receipt_for_another_laptop_is_refused(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    carried(rina, sari, tmp_path / "b")
    path = receipt_of(sari, rina, tmp_path / "r")
    with pytest.raises(RefusedError, match="not sealed for"):
        read_receipt(sari.db, DeviceKeys.generate(), path)
    with pytest.raises(RefusedError, match="another laptop"):
        read_receipt(sari.db, sari.keys, path)
    with pytest.raises(RefusedError, match="another laptop"):
        read_receipt(rina.db, rina.keys, changed(sari, rina, tmp_path / "x", device=5))


def test_a_forged_receipt_is_refused(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    carried(rina, sari, tmp_path / "b")
    stranger, path = DeviceKeys.generate(), tmp_path / "r"
    honest, _, _ = read(open_sealed(receipt_of(sari, rina, path), sari.keys.identity))
    seal_file(pack(honest, stranger.sign), path, [rina.keys.recipient])
    with pytest.raises(BadBatchError, match="signature"):
        read_receipt(rina.db, rina.keys, path)
    seal_file(pack(honest._replace(sign_key=stranger.public), stranger.sign), path, [rina.keys.recipient])
    with pytest.raises(RefusedError, match="active device"):
        read_receipt(rina.db, rina.keys, path)
    with pytest.raises(RefusedError, match="active device"):
        read_receipt(rina.db, rina.keys, changed(sari, rina, path, org=bytes(16)))
    lie = (HeldStream("52.03", 2, 1, bytes(32)), HeldStream("52.03", 2, 9, bytes(32)))
    assert read_receipt(rina.db, rina.keys, changed(sari, rina, path, streams=lie)).changes == 0
    with rina.store.read() as tx:
        assert relays.had(tx, sari.keys.device_id) == {}
    assert unsent(rina) == 1


def test_a_revoked_laptop_confirms_nothing(met: tuple[Laptop, Laptop], server: Server, tmp_path: Path) -> None:
    rina, sari = met
    rina.person()
    carried(rina, sari, tmp_path / "b")
    path = receipt_of(sari, rina, tmp_path / "r")
    server.set_status(sari, "revoked")
    rina.sync()
    with pytest.raises(RefusedError, match="active device"):
        read_receipt(rina.db, rina.keys, path)


def test_only_what_is_here_is_confirmed(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    rina, sari = met
    with pytest.raises(UserError, match="nothing to confirm"):
        receipt_of(sari, rina, tmp_path / "r")
    assert not (tmp_path / "r").exists()
    rina.person()
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "b", codec=CODEC)
    rina.person()
    taken(sari, tmp_path / "b")
    write_bundle(rina.db, rina.keys, [sari.keys.recipient], tmp_path / "c", codec=CODEC)
    assert read_receipt(rina.db, rina.keys, receipt_of(sari, rina, tmp_path / "r")).changes == 1


def test_every_byte_of_a_receipt_counts(met: tuple[Laptop, Laptop], tmp_path: Path) -> None:
    """Both of the sealed file and of what is in it."""
    rina, sari = met
    rina.person()
    carried(rina, sari, tmp_path / "b")
    path, bad = receipt_of(sari, rina, tmp_path / "r"), tmp_path / "bad"
    sealed, clear = path.read_bytes(), open_sealed(path, rina.keys.identity)
    step = 1 if LONG else 11
    for place in range(0, len(sealed), step):
        for data in (sealed[:place] + bytes([sealed[place] ^ 4]) + sealed[place + 1 :], sealed[:place]):
            bad.write_bytes(data)
            with pytest.raises(MigDeskError):
                read_receipt(rina.db, rina.keys, bad)
    for place in range(0, len(clear), step):
        for data in (clear[:place] + bytes([clear[place] ^ 4]) + clear[place + 1 :], clear[:place]):
            with pytest.raises(MigDeskError):
                believed(data)
    believed(clear)
    assert unsent(rina) == 1


def believed(clear: bytes) -> None:
    """As `read_receipt` does before it looks into the store."""
    receipt, signed, signature = read(clear)
    if not verify(receipt.sign_key, signed, signature):
        raise BadBatchError("signature does not hold")


def test_the_bytes_of_a_receipt_do_not_drift() -> None:
    """A known answer: a later version reads what this one wrote."""
    keys = DeviceKeys.generate()
    receipt = BundleReceipt(VERSION, ORG.bytes, bytes(32), 7, 8, b"g", (HeldStream("52.03", 1, 2, b"h" * 32),))
    data = pack(receipt, keys.sign)
    body = (
        "97" "01" "c410" + ORG.bytes.hex() + "c420" + "00" * 32 + "07" "08" "c40167"
        "91" "94" "a535322e3033" "01" "02" "c420" + "68" * 32
    )  # fmt: skip
    assert data[:-64].hex() == b"MDR1".hex() + f"{len(body) // 2:08x}" + body
    assert read(data)[0] == receipt
