"""The running server: first start, second start, addresses, limits, refusals, and what the log may hold."""

import json
import logging
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from migdesk.errors import EnvError, MigDeskError, UsageError, UserError
from migdesk.logs import Scrubber
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from tests.server.driver import LOMBOK_TIMUR, Caller, call, cut, enrolled, open_host, opened, raw


@pytest.fixture
def host(tmp_path: Path) -> Iterator[ServerHost]:
    with opened(tmp_path / "server") as made:
        yield made


@pytest.fixture
def server(host: ServerHost) -> Iterator[RunningServer]:
    with RunningServer(host) as running:
        yield running


def test_the_first_start_makes_an_organisation_and_the_second_finds_it(tmp_path: Path) -> None:
    with opened(tmp_path / "server") as first:
        org, public, generation = first.org, first.identity.keys.public, first.identity.generation
        shown = json.loads((tmp_path / "server" / "server.json").read_text())
    with opened(tmp_path / "server") as second:
        assert (second.org, second.identity.keys.public, second.identity.generation) == (org, public, generation)
        (own,) = second.devices()
        assert (own.label, own.username, own.user.role if own.user else "") == ("server", "admin", "ADMIN")
        second.renew_generation()
        renewed = second.identity.generation
    assert shown == {"format": "migdesk-server", "org": str(org), "sign_key": public.hex()}
    assert renewed != generation
    with opened(tmp_path / "server") as third:
        assert third.identity.generation == renewed
        assert third.org == org


def test_without_a_given_key_one_is_made_beside_the_database(tmp_path: Path) -> None:
    open_host(tmp_path / "server", MIGDESK="").close()
    assert stat.S_IMODE((tmp_path / "server" / "server.key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "server").stat().st_mode) == 0o700
    open_host(tmp_path / "server", MIGDESK="").close()


def test_another_server_key_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    with opened(tmp_path / "server") as made:
        org = made.org
    with pytest.raises(UserError, match="server key"):
        open_host(tmp_path / "server", MIGDESK_SERVER_KEY="another key of twenty letters")
    with opened(tmp_path / "server") as again:
        assert again.org == org


def test_the_workspace_of_a_laptop_is_never_taken_for_a_server(tmp_path: Path) -> None:
    (tmp_path / "laptop").mkdir()
    (tmp_path / "laptop" / "keys.json").write_text("{}")
    with pytest.raises(UserError, match="workspace"):
        open_host(tmp_path / "laptop")
    assert [path.name for path in (tmp_path / "laptop").iterdir()] == ["keys.json"]


def test_a_second_process_may_issue_codes_while_the_server_runs(
    tmp_path: Path, host: ServerHost, server: RunningServer
) -> None:
    with opened(tmp_path / "server") as beside:
        assert beside.org == host.org
        code = beside.issue_code("budi", "trainer", LOMBOK_TIMUR)
    assert Caller().enrol(server.url, code).status == 200
    with opened(tmp_path / "server") as beside:
        assert {card.username for card in beside.devices()} == {"admin", "budi"}


def test_health_readiness_and_the_page(host: ServerHost, server: RunningServer) -> None:
    assert call(server.url + "/healthz").json == {"status": "ok"}
    assert call(server.url + "/readyz").json == {"status": "ready", "org": str(host.org)}
    page = call(server.url + "/")
    assert page.status == 200
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert "server" not in page.headers
    assert 'lang="id"' in page.body.decode()


def test_whatever_else_is_refused_in_json(host: ServerHost, server: RunningServer) -> None:
    for path, method, status in (
        ("/none", "GET", 404), ("/sync/1/enrol", "GET", 405), ("/sync/2/exchange", "POST", 404), ("/", "DELETE", 405),
    ):  # fmt: skip
        answer = call(server.url + path, method)
        assert answer.status == status
        assert answer.json["org"] == str(host.org)


@pytest.mark.parametrize("path", ["/sync/1/enrol", "/sync/1/exchange"])
def test_an_oversized_body_is_refused_whether_declared_or_not(
    host: ServerHost, server: RunningServer, path: str
) -> None:
    laptop = enrolled(server, host)
    bearer = f"Bearer {laptop.token(host.org)}"
    head = f"POST {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: {bearer}\r\n"
    declared = raw(server.url, f"{head}Content-Length: 999999999\r\n\r\n".encode() + b"x" * 100)
    assert declared.startswith(b"HTTP/1.1 413 ")
    assert str(host.org).encode() in declared


def test_a_long_enrolment_without_a_declared_length_is_refused(host: ServerHost, server: RunningServer) -> None:
    answer = call(server.url + "/sync/1/enrol", "POST", (b"x" * 1000 for _ in range(100)))
    assert (answer.status, answer.json["error"]) == (413, "too_large")


def test_nonsense_on_the_socket_harms_nobody(host: ServerHost, server: RunningServer) -> None:
    for text in (
        b"",
        b"\0" * 100,
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST /sync/1/enrol HTTP/1.1\r\nHost: x\r\n",
        b"x" * 70_000,
    ):
        cut(server.url, text)
    assert call(server.url + "/healthz").status == 200


def test_an_address_that_is_taken_or_malformed_is_told(host: ServerHost, server: RunningServer) -> None:
    taken = server.url.removeprefix("http://")
    with pytest.raises(EnvError):
        RunningServer(host, taken)
    for listen in ("", "8440", "127.0.0.1:", "127.0.0.1:x", "127.0.0.1:70000"):
        with pytest.raises(UsageError):
            RunningServer(host, listen)


def test_tls_needs_both_halves_and_they_must_fit(host: ServerHost, tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense.pem"
    nonsense.write_text("nonsense")
    with pytest.raises(UsageError):
        RunningServer(host, tls_cert=nonsense)
    with pytest.raises(MigDeskError, match="TLS"):
        RunningServer(host, tls_cert=nonsense, tls_key=nonsense)


def certificate(folder: Path) -> tuple[Path, Path]:
    """A self-signed certificate for 127.0.0.1 and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    cert_file, key_file = folder / "cert.pem", folder / "key.pem"
    cert_file.write_bytes(made.public_bytes(Encoding.PEM))
    key_file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return cert_file, key_file


def test_it_speaks_tls(host: ServerHost, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    with RunningServer(host, tls_cert=cert, tls_key=key) as server:
        assert server.url.startswith("https://127.0.0.1:")
        with urllib3.PoolManager(ca_certs=str(cert), retries=False) as pool:
            assert pool.request("GET", server.url + "/healthz").status == 200


def test_the_log_tells_what_happened_and_not_to_whom(host: ServerHost, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    code = host.issue_code("rina", "outreach", LOMBOK_TIMUR, "Rina Wati")
    laptop = Caller()
    with RunningServer(host) as server:
        laptop.enrol(server.url, code)
        call(server.url + "/people/Rina%20Wati?phone=0819")
    text = "\n".join(Scrubber().format(record) for record in caplog.records)
    assert "path=/sync/1/enrol status=200" in text
    assert "path=elsewhere status=404" in text
    for secret in ("rina", "Rina", "0819", "127.0.0.1", code, laptop.keys.recipient, f"{laptop.keys.device_id:016x}"):
        assert secret not in text
