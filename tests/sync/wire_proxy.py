"""A TCP proxy on loopback that counts every byte, keeps the last ones, and ends connections where it is told to."""

import contextlib
import socket
import struct
import threading
from collections.abc import Callable
from enum import Enum
from typing import Self

Meddler = Callable[[str, bytes], bytes | None]
"""(side, bytes) -> the bytes that go on instead, or None: the connection ends here."""


class Ending(Enum):
    """How a link goes: with a reset, as if the other side had closed it, or without a word."""

    RESET = "reset"
    CLOSE = "close"
    SILENCE = "silence"


class WireProxy:
    """Stands before a server on loopback. `up` is what laptops send, `down` what they get."""

    def __init__(self, url: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self.target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open = True
        self._threads = [threading.Thread(target=self._accept)]
        self._pairs: set[Pair] = set()
        self._lock = threading.RLock()
        self._cuts: dict[str, int] = {}
        self._ending = Ending.CLOSE
        self._every = self._since = 0
        self.meddler: Meddler | None = None
        self.reset()

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.drop(Ending.CLOSE)
        for thread in list(self._threads):
            thread.join()

    @property
    def moved(self) -> int:
        """Bytes both ways since `reset`."""
        return self.up + self.down

    def cut(self, side: str, at: int, ending: Ending = Ending.CLOSE) -> None:
        """Each later connection ends after so many bytes of this side."""
        self._cuts, self._ending = {side: at}, ending

    def drop_every(self, size: int, ending: Ending = Ending.RESET) -> None:
        """From now on all connections end each time so many bytes have passed, both ways together."""
        self._every, self._since, self._ending = size, 0, ending

    def heal(self) -> None:
        """No more faults; what stands in silence is let go."""
        self._cuts, self._every, self.meddler = {}, 0, None
        with self._lock:
            silent = [pair for pair in self._pairs if pair.silent]
        for pair in silent:
            pair.end(Ending.CLOSE)

    def reset(self) -> None:
        """Count anew."""
        with self._lock:
            self.up = self.down = self.drops = self.connections = 0
            self.kept: dict[str, bytearray] = {"up": bytearray(), "down": bytearray()}

    def drop(self, ending: Ending = Ending.RESET) -> None:
        """End all connections now."""
        with self._lock:
            pairs, self.drops = list(self._pairs), self.drops + 1
        for pair in pairs:
            pair.end(ending)

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            try:
                server = socket.create_connection(self.target)
            except OSError:  # the server is not there
                client.close()
                continue
            pair = Pair(client, server)
            with self._lock:
                self._pairs.add(pair)
                self.connections += 1
            for side, source, target in (("up", client, server), ("down", server, client)):
                pump = threading.Thread(target=self._pump, args=(pair, side, source, target, self._cuts.get(side)))
                self._threads.append(pump)
                pump.start()

    def _pump(self, pair: "Pair", side: str, source: socket.socket, target: socket.socket, left: int | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if pair.silent:
                    continue
                if self.meddler is not None:
                    changed = self.meddler(side, data)
                    if changed is None:
                        break
                    data = changed
                goes, whole = self._counted(side, data, left)
                target.sendall(goes)
                if not whole:
                    self._broken(pair)
                    continue
                left = None if left is None else left - len(goes)
        pair.end(Ending.CLOSE)
        with self._lock:
            self._pairs.discard(pair)

    def _counted(self, side: str, data: bytes, left: int | None) -> tuple[bytes, bool]:
        """What of these bytes still goes through, and whether the link holds."""
        with self._lock:
            room = len(data) if left is None else left
            if self._every:
                room = min(room, self._every - self._since)
            part = data[:room]
            whole = len(part) == len(data)
            self._since = self._since + len(part) if whole else 0
            self.kept[side] += part
            if side == "up":
                self.up += len(part)
            else:
                self.down += len(part)
            return part, whole

    def _broken(self, pair: "Pair") -> None:
        if self._every:
            self.drop(self._ending)
        else:
            self.drops += 1
            pair.end(self._ending)


class Pair:
    """One connection of a laptop, and the one to the server that belongs to it."""

    def __init__(self, client: socket.socket, server: socket.socket) -> None:
        self.client, self.server = client, server
        self.silent = self.ended = False
        for one in (client, server):
            one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def end(self, ending: Ending) -> None:
        if ending is Ending.SILENCE:
            self.silent = True
            return
        self.ended = True
        for one in (self.client, self.server):
            with contextlib.suppress(OSError):
                if ending is Ending.RESET:
                    # Closed with nothing lingering: the other side hears a reset.
                    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    _wake(one)
                else:
                    one.shutdown(socket.SHUT_RDWR)
            one.close()


def _wake(one: socket.socket) -> None:
    """A thread that waits in `recv` would keep the socket alive, and the reset unsent: it is made to look up first."""
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RD)
