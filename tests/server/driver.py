"""A real server on loopback and bare HTTP calls to it, as a laptop makes them."""

import json
import socket
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import urllib3

from migdesk.clock import Clock, SystemClock
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.services.reference import read_codebook
from migdesk.sync.wire.frames import Frame, FrameReader, encode
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.enrolment import EnrolmentRequest
from migdesk.vault.key_wrap import Argon2Params
from migdesk.vault.tokens import make_token

CHEAP = Argon2Params(memory_kib=64, passes=1, lanes=1)
SECRET = {"MIGDESK_SERVER_KEY": "tiga belas perahu di Lombok"}
LOMBOK_TIMUR = "52.03"


@dataclass
class MovedClock:
    """The real clock, moved by what a test says."""

    ahead: timedelta = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def monotonic(self) -> float:
        return SystemClock().monotonic()


def open_host(home: Path, clock: Clock | None = None, **environment: str) -> ServerHost:
    """A host on an embedded file, with a cheap key derivation."""
    return ServerHost.open_folder(
        home, codes=read_codebook(), clock=clock, environment=environment or SECRET, params=CHEAP
    )


@contextmanager
def opened(home: Path, clock: Clock | None = None) -> Iterator[ServerHost]:
    host = open_host(home, clock)
    try:
        yield host
    finally:
        host.close()


@dataclass(frozen=True)
class Answer:
    """Status, headers and body of one call."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> dict[str, Any]:
        data: dict[str, Any] = json.loads(self.body)
        return data

    def frames(self) -> list[Frame]:
        """The frames of an exchange's answer, which must be whole."""
        assert self.status == 200, self.body
        reader = FrameReader()
        found = list(reader.feed(self.body))
        assert reader.ended
        return found


def call(url: str, method: str = "GET", body: bytes | Iterable[bytes] | None = None, **headers: str) -> Answer:
    """One HTTP call on a connection of its own."""
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    with urllib3.PoolManager(retries=False, timeout=30) as pool:
        got = pool.request(method, url, body=body, headers=names)
        return Answer(got.status, {name.lower(): value for name, value in got.headers.items()}, got.data)


@dataclass
class Caller:
    """A laptop's keys and what it says to a server."""

    keys: DeviceKeys = field(default_factory=DeviceKeys.generate)
    clock: Clock = field(default_factory=SystemClock)

    def request(self, code: str, label: str = "laptop") -> bytes:
        return EnrolmentRequest.make(self.keys, code, label).to_json()

    def enrol(self, url: str, code: str) -> Answer:
        return call(url + "/sync/1/enrol", "POST", self.request(code), content_type="application/json")

    def token(self, org: object) -> str:
        return make_token(self.keys, self.keys.device_id, str(org), self.clock)

    def exchange(self, url: str, org: object, *frames: Frame) -> Answer:
        body = b"".join(encode(frame) for frame in frames)
        return call(url + "/sync/1/exchange", "POST", body, authorization=f"Bearer {self.token(org)}")


def enrolled(server: RunningServer, host: ServerHost, user: str = "rina", role: str = "OUTREACH") -> Caller:
    """A laptop that this server knows."""
    laptop = Caller()
    answer = laptop.enrol(server.url, host.issue_code(user, role, LOMBOK_TIMUR))
    assert answer.status == 200, answer.body
    return laptop


def cut(url: str, text: bytes) -> None:
    """Send these bytes on a bare socket and let the connection go."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(text)


def raw(url: str, text: bytes) -> bytes:
    """What the server answers to these bytes on a bare socket, until it closes."""
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=20) as connection:
        connection.sendall(text)
        pieces = []
        while piece := connection.recv(65536):
            pieces.append(piece)
        return b"".join(pieces)
