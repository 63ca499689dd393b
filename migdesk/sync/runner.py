"""How sync reaches a store that another thread owns. Types only."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import NamedTuple, Protocol, TypeVar

from migdesk.errors import RefusedError
from migdesk.store.database import Store

T = TypeVar("T")


class Runner(Protocol):
    """Runs a function on the thread that owns the store and returns its result, or raises what it raised."""

    def __call__(self, fn: Callable[[Store], T], /) -> T: ...


class Reply(NamedTuple):
    """A part of an answer: the first holds status and headers (small letters), those that follow hold bytes."""

    status: int
    headers: Mapping[str, str]
    data: bytes = b""


class Carrier(Protocol):
    """Carries requests about one file each. Raises EnvError when the link fails or stands still, ServerRefusedError
    when the server refuses the laptop as such; what it says about the file comes as a reply."""

    def carry(
        self,
        method: str,
        path: str,
        headers: Mapping[str, str],
        body: Iterable[bytes],
        on_bytes: Callable[[int, int], None],
    ) -> Iterator[Reply]: ...


class Transport(Protocol):
    """Carries one request and its reply, both as streams of bytes.

    `on_bytes(up, down)` hears of every piece that moved. Raises EnvError when the link fails or stands still, and
    ServerRefusedError when the server answers with anything but 200.
    """

    def post(
        self, path: str, headers: Mapping[str, str], body: Iterable[bytes], on_bytes: Callable[[int, int], None]
    ) -> Iterator[bytes]: ...


class ServerRefusedError(RefusedError):
    """The server said no. `error` is its word for programs; `org` and `server_ms` tell who and when it is, if known."""

    def __init__(self, message: str, /, *, hint: str = "", status: int, error: str, org: str = "", server_ms: int = 0):
        super().__init__(message, hint=hint, status=status)
        self.status, self.error, self.org, self.server_ms = status, error, org, server_ms
