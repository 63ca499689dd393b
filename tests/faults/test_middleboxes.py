"""W5: what stands between a laptop and its server and knows better: trouble with the link, and nothing else."""

import gzip
from collections.abc import Callable

import pytest

from migdesk.errors import EnvError
from migdesk.server.host import ServerHost
from tests.faults.canned import canned
from tests.faults.http_office import HttpLaptop, at_server
from tests.faults.oracle import agree, cursors_of, log_of, not_back, people_of, waiting_of
from tests.sync.wire_proxy import WireProxy

HEAD_END = b"\r\n\r\n"
PAGE = b"<html><head><title>Sign in</title></head><body>Masuk dulu</body></html>"


def message(status: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + HEAD_END + body


PAGES = {
    "a portal's page": message("200 OK", PAGE, "Content-Type: text/html"),
    "a portal's page without a length": b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + PAGE,
    "a portal's redirect": message("302 Found", b"", "Location: http://portal.example/login"),
    "a redirect that keeps the method": message("307 Temporary Redirect", b"", "Location: http://portal.example/"),
    "sign-in required": message("511 Network Authentication Required", PAGE),
    "too large for a proxy": message("413 Request Entity Too Large", PAGE),
    "a proxy that has enough": message("429 Too Many Requests", PAGE, "Retry-After: 60"),
    "no server behind the proxy": message("502 Bad Gateway", PAGE),
    "an empty answer": message("200 OK", b""),
    "an answer of nothing": b"",
    "half a status line": b"HTTP/1.1 2",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "no HTTP at all": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a head without end": b"HTTP/1.1 200 OK\r\n" + b"X-Filler: x\r\n" * 90,
    "a chunk of negative size": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello",
    "a length that is no number": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n" + PAGE,
    "zeros": bytes(4096),
}


@pytest.mark.parametrize("name", PAGES)
def test_somebody_else_answers(name: str, host: ServerHost, rina: HttpLaptop) -> None:
    rina.sync()
    rina.people(2)
    at_server(host)
    before = (log_of(rina.db), people_of(rina.db), cursors_of(rina.db))
    with canned(PAGES[name]) as url, pytest.raises(EnvError):
        rina.sync(url, stall_s=5)
    assert (log_of(rina.db), people_of(rina.db), cursors_of(rina.db)) == before
    assert waiting_of(rina.db) == 1
    rina.sync()
    agree(rina.db, host.db.call)


Change = Callable[[bytes], bytes | None]


def headers(change: Callable[[bytes], bytes]) -> Change:
    """Change the head of each answer and leave its body."""

    def changed(data: bytes) -> bytes:
        head, found, body = data.partition(HEAD_END)
        return change(head) + found + body if found and head.startswith(b"HTTP/") else data

    return changed


def length(more: int) -> Change:
    def change(head: bytes) -> bytes:
        lines = head.split(b"\r\n")
        for n, line in enumerate(lines):
            if line.lower().startswith(b"content-length:"):
                lines[n] = b"content-length: %d" % (int(line.split(b":")[1]) + more)
        return b"\r\n".join(lines)

    return headers(change)


def packed(data: bytes) -> bytes:
    """A proxy that packs what was not asked to be packed."""
    _, found, body = data.partition(HEAD_END)
    small = gzip.compress(body)
    return message("200 OK", small, "Content-Encoding: gzip") if found else data


def other_half(data: bytes) -> bytes:
    """A gateway whose server dies while it answers: its own words follow in the middle."""
    return data[: len(data) - 20] + message("502 Bad Gateway", PAGE)


CHANGED: dict[str, Change] = {
    "a length that is too long": length(+7),
    "a length that is too short": length(-7),
    "a length of nothing": headers(lambda head: head.split(b"\r\n")[0] + b"\r\nContent-Length: 0"),
    "packed by the way": packed,
    "said to be packed": headers(lambda head: head + b"\r\nContent-Encoding: gzip"),
    "chunks said, none there": headers(lambda head: head.split(b"\r\n")[0] + b"\r\nTransfer-Encoding: chunked"),
    "another answer in the middle": other_half,
    "a byte changed": lambda data: data[:-30] + bytes([data[-30] ^ 0x40]) + data[-29:],
    "a byte lost": lambda data: data[:-30] + data[-29:],
    "the answer twice": lambda data: data + data,
    "cut off": lambda data: None,
}


@pytest.mark.parametrize("name", CHANGED)
def test_the_answer_is_changed_on_its_way(name: str, wire: WireProxy, host: ServerHost, rina: HttpLaptop) -> None:
    """Whatever became of it: the next exchange brings both sides to the same, or finds wrong bytes that were kept of a
    reply, throws them away, and the one after that does."""
    rina.people(2)
    at_server(host)
    before = cursors_of(rina.db)
    change = CHANGED[name]
    wire.meddler = lambda side, data: change(data) if side == "down" else data
    rina.survives(stall_s=0.5)
    wire.heal()
    not_back(before, cursors_of(rina.db))
    rina.until_done(tries=2)
    agree(rina.db, host.db.call)


@pytest.mark.parametrize("lost", [1, 5, 60])
def test_a_byte_of_the_request_is_lost(lost: int, wire: WireProxy, host: ServerHost, rina: HttpLaptop) -> None:
    rina.people(2)
    wire.meddler = lambda side, data: data[:-lost] if side == "up" else data
    assert not rina.survives(stall_s=0.5)
    wire.heal()
    rina.sync()
    agree(rina.db, host.db.call)


def test_a_cache_that_answers_with_what_it_kept(wire: WireProxy, host: ServerHost, rina: HttpLaptop) -> None:
    """An old answer of our own server to this laptop: it names other batches, so it acknowledges nothing."""
    rina.people(1)
    at_server(host)
    wire.reset()
    rina.sync()
    old = bytes(wire.kept["down"])
    rina.people(2)
    before = cursors_of(rina.db)
    with canned(old) as url:
        assert not rina.survives(url)
    assert waiting_of(rina.db) == 1
    assert cursors_of(rina.db) == before
    rina.sync()
    agree(rina.db, host.db.call)


def test_an_answer_meant_for_somebody_else(
    wire: WireProxy, host: ServerHost, rina: HttpLaptop, sari: HttpLaptop
) -> None:
    """A colleague's answer is signed by the server, but says nothing of ours; her records are ours to know anyway."""
    sari.people(1)
    at_server(host)
    wire.reset()
    sari.sync()
    hers = bytes(wire.kept["down"])
    rina.people(2)
    with canned(hers) as url:
        assert not rina.survives(url)
    assert waiting_of(rina.db) == 1
    rina.sync()
    sari.sync()
    agree(rina.db, sari.db, host.db.call)
