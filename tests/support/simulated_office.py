"""A PostgreSQL server with many simulated laptops enrolled, each in a village of its own regency."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from migdesk.server.enrolling import enrol
from migdesk.server.host import ServerHost
from migdesk.services.reference import area_rows, read_codebook
from migdesk.sync.wire.codec import Codec
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.enrolment import EnrolmentAnswer, EnrolmentRequest
from migdesk.vault.key_wrap import Argon2Params
from tests.support.server_processes import SERVER_KEY
from tests.support.simulated_laptop import SimulatedLaptop

CHEAP = Argon2Params(memory_kib=64, passes=1, lanes=1)


@contextmanager
def host_on(url: str, folder: Path) -> Iterator[ServerHost]:
    """A host in this process, with a cheap key derivation that the server processes take over."""
    opened = ServerHost.open_url(
        url, folder, codes=read_codebook(), environment={"MIGDESK_SERVER_KEY": SERVER_KEY}, params=CHEAP
    )
    with closing(opened) as host:
        yield host


def laptops(host: ServerHost, count: int) -> list[SimulatedLaptop]:
    """So many enrolled laptops."""
    regencies = [str(row["code"]) for row in area_rows() if len(str(row["code"])) == 5]
    codec = Codec.shipped()
    return [_enrolled(host, codec, f"petugas{n}", f"{regencies[n % len(regencies)]}.01.2001") for n in range(count)]


def _enrolled(host: ServerHost, codec: Codec, username: str, area: str) -> SimulatedLaptop:
    keys = DeviceKeys.generate()
    form = EnrolmentRequest.make(keys, host.issue_code(username, "OUTREACH", area), "simulated")
    answer = host.db.call(lambda store: enrol(store, host.identity, host.root, form))
    assert isinstance(answer, EnrolmentAnswer)
    return SimulatedLaptop(keys, host.org, username, area, codec)
