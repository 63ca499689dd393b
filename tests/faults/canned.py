"""A listener that is no server of ours: it takes each request and answers with the bytes it was given."""

import contextlib
import socket
import threading
from collections.abc import Iterator

_HEAD_END = b"\r\n\r\n"


@contextlib.contextmanager
def canned(answer: bytes, *, hold: bool = False) -> Iterator[str]:
    """Its address. After the answer the connection is closed, or with `hold` kept open until the block ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def run() -> None:
        with contextlib.suppress(OSError):
            while not done.is_set():
                connection, _ = listener.accept()
                with connection, contextlib.suppress(OSError):
                    if not done.is_set():
                        _swallow(connection)
                        connection.sendall(answer)
                        if hold:
                            done.wait()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        host, port = listener.getsockname()
        yield f"http://{host}:{port}"
    finally:
        done.set()
        with contextlib.suppress(OSError):
            socket.create_connection(listener.getsockname()).close()
        thread.join()
        listener.close()


def _swallow(connection: socket.socket) -> None:
    """Read one request to its end, so that closing the connection resets nothing."""
    data = b""
    while _HEAD_END not in data:
        piece = connection.recv(65536)
        if not piece:
            return
        data += piece
    head, body = data.split(_HEAD_END, 1)
    sizes = [line.split(b":")[1] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    left = int(sizes[0]) - len(body) if sizes else 0
    while left > 0 and (piece := connection.recv(65536)):
        left -= len(piece)
