"""A TCP proxy that counts every byte and cuts a connection where it is told to."""

import contextlib
import socket
import threading


class WireProxy:
    """Stands before a server on loopback. `cut(side, n)`: each later connection ends after n bytes of that side."""

    def __init__(self, url: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open = True
        self._threads = [threading.Thread(target=self._accept)]
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._cuts: dict[str, int] = {}
        self.moved = 0

    def __enter__(self) -> "WireProxy":
        self._threads[0].start()
        return self

    def __exit__(self, *_: object) -> None:
        self._open = False
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._sockets:
            _end(one)
        for thread in self._threads:
            thread.join()

    def cut(self, side: str, at: int) -> None:
        self._cuts = {side: at}

    def heal(self) -> None:
        self._cuts = {}

    def reset(self) -> None:
        with self._lock:
            self.moved = 0

    def _accept(self) -> None:
        while self._open:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(self._target)
            self._sockets += (client, server)
            for side, source, target in (("up", client, server), ("down", server, client)):
                thread = threading.Thread(target=self._pump, args=(side, source, target, self._cuts.get(side)))
                self._threads.append(thread)
                thread.start()

    def _pump(self, side: str, source: socket.socket, target: socket.socket, left: int | None) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                part = data if left is None else data[:left]
                with self._lock:
                    self.moved += len(part)
                target.sendall(part)
                if left is not None:
                    left -= len(part)
                    if len(part) < len(data):
                        break
        _end(source)
        _end(target)


def _end(one: socket.socket) -> None:
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
