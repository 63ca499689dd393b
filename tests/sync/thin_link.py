"""A proxy as slow as a thin mobile link: round trip, rate each way, segments that are lost and sent again."""

import contextlib
import queue
import random
import socket
import threading
import time
from dataclasses import dataclass

from tests.sync.wire_proxy import Ending, Pair, WireProxy

SEGMENT = 1400
_QUEUE_S = 0.3
"""What a bounded queue holds; beyond that the sender has to wait."""


@dataclass(frozen=True)
class Shape:
    """Seconds there and back, bytes a second each way, how often a segment is lost and what that costs.

    As in the peer's own harness: a loss delays everything behind it once, as TCP shows it to a program.
    """

    rtt_s: float = 0.6
    up_bytes: float = 12_000.0
    down_bytes: float = 25_000.0
    loss: float = 0.05
    again_s: float = 0.6


EDGE = Shape()


class ThinLink(WireProxy):
    """Stands before a server on loopback, like `WireProxy`."""

    def __init__(self, url: str, shape: Shape = EDGE, seed: int = 7) -> None:
        super().__init__(url)
        self._shape, self._chance = shape, random.Random(seed)
        self._free = {"up": 0.0, "down": 0.0}
        self._over = threading.Event()

    def blackout(self, seconds: float) -> None:
        """Nothing moves for so long, and nothing breaks."""
        with self._lock:
            for side in self._free:
                self._free[side] = max(time.monotonic(), self._free[side]) + seconds

    def _pump(self, pair: Pair, side: str, source: socket.socket, target: socket.socket, left: int | None) -> None:
        opened = time.monotonic() + self._shape.rtt_s  # a connection costs a round trip
        waiting: queue.Queue[tuple[float, bytes]] = queue.Queue()
        carrier = threading.Thread(target=self._carry, args=(pair, side, target, waiting))
        carrier.start()
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                for start in range(0, len(data), SEGMENT):
                    segment = data[start : start + SEGMENT]
                    at = self._sent_at(side, len(segment), opened)
                    waiting.put((at + self._shape.rtt_s / 2, segment))
                    self._over.wait(max(0.0, at - time.monotonic() - _QUEUE_S))
        waiting.put((time.monotonic() + self._shape.rtt_s / 2, b""))
        carrier.join()
        with self._lock:
            self._pairs.discard(pair)

    def _carry(self, pair: Pair, side: str, target: socket.socket, waiting: "queue.Queue[tuple[float, bytes]]") -> None:
        while True:
            at, segment = waiting.get()
            self._over.wait(max(0.0, at - time.monotonic()))
            if not segment:
                break
            if pair.silent or pair.ended:
                continue
            goes, whole = self._counted(side, segment, None)
            with contextlib.suppress(OSError):
                target.sendall(goes)
            if not whole:
                self._broken(pair)
        if side == "up":
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)
        else:
            pair.end(Ending.CLOSE)

    def _sent_at(self, side: str, size: int, opened: float) -> float:
        """When the last byte of a segment has left; whatever is sent later waits for it."""
        shape = self._shape
        rate = shape.up_bytes if side == "up" else shape.down_bytes
        with self._lock:
            lost = shape.again_s if self._chance.random() < shape.loss else 0.0
            self._free[side] = max(time.monotonic(), opened, self._free[side]) + size / rate + lost
            return self._free[side]
