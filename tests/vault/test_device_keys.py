"""Signing, sealing, tokens: known answers, and what must be refused."""

import io
import os
import stat
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest

from migdesk.errors import EnvError, RefusedError, UserError
from migdesk.vault.device_keys import DeviceKeys, device_id_of, fingerprint_words, verify
from migdesk.vault.sealing import open_sealed, seal_file
from migdesk.vault.tokens import TokenError, check_token, issuer_of, make_token

# RFC 8032, section 7.1, test 1.
SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
PUBLIC = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
SIGNATURE = bytes.fromhex(
    "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
)
ORG = "018f0000-0000-7000-8000-000000000001"


@dataclass
class StoppedClock:
    """A clock that a test moves."""

    moment: datetime = datetime(2026, 8, 17, 3, 0, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return self.moment.timestamp()


def test_ed25519_gives_the_answers_of_its_rfc() -> None:
    keys = DeviceKeys(SEED, DeviceKeys.generate().identity)
    assert keys.public == PUBLIC
    assert keys.sign(b"") == SIGNATURE
    assert verify(PUBLIC, b"", SIGNATURE)
    assert keys.device_id == device_id_of(PUBLIC) == 0x21FE31DFA154A261


def test_a_signature_is_believed_only_whole() -> None:
    assert not verify(PUBLIC, b"x", SIGNATURE)
    assert not verify(DeviceKeys.generate().public, b"", SIGNATURE)
    for broken in (b"", SIGNATURE[:-1], SIGNATURE + b"\0"):
        assert not verify(PUBLIC, b"", broken)
    assert not verify(b"short", b"", SIGNATURE)


def test_keys_survive_their_stored_form() -> None:
    keys = DeviceKeys.generate()
    again = DeviceKeys.from_secret(keys.to_secret())
    assert (again.public, again.recipient, again.identity) == (keys.public, keys.recipient, keys.identity)
    assert keys.identity not in repr(keys)
    for broken in (b"", b"MDK1", keys.to_secret()[:-1], b"XXXX" + keys.to_secret()[4:]):
        with pytest.raises(UserError):
            DeviceKeys.from_secret(broken)


def test_fingerprint_words_are_eight_and_stay() -> None:
    assert fingerprint_words(PUBLIC) == "asin ikan ayun gigi damar pohon lobak pelangi"
    keys = DeviceKeys.generate()
    assert len(fingerprint_words(keys.recipient).split()) == 8
    assert fingerprint_words(keys.recipient) != fingerprint_words(keys.public)


def test_a_sealed_file_opens_for_each_of_its_recipients(tmp_path: Path) -> None:
    first, second, stranger = (DeviceKeys.generate() for _ in range(3))
    file = tmp_path / "bundle.age"
    for source in (b"forty seven", io.BytesIO(b"forty seven")):
        seal_file(source, file, [first.recipient, second.recipient])
        assert open_sealed(file, first.identity) == open_sealed(file, second.identity) == b"forty seven"
        with pytest.raises(RefusedError):
            open_sealed(file, stranger.identity)
    assert [one.name for one in tmp_path.iterdir()] == ["bundle.age"]
    assert b"forty" not in file.read_bytes()
    if os.name == "posix":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_every_flipped_byte_of_a_sealed_file_is_refused(tmp_path: Path) -> None:
    keys, file = DeviceKeys.generate(), tmp_path / "bundle.age"
    seal_file(b"content", file, [keys.recipient])
    data = file.read_bytes()
    for at in range(len(data)):
        file.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        with pytest.raises(UserError):
            open_sealed(file, keys.identity)
        file.write_bytes(data[:at])
        with pytest.raises(UserError):
            open_sealed(file, keys.identity)


def test_a_file_is_sealed_to_somebody_or_not_at_all(tmp_path: Path) -> None:
    for recipients in ([], ["age1nonsense"], ["AGE-SECRET-KEY-1"]):
        with pytest.raises(UserError):
            seal_file(b"x", tmp_path / "f", recipients)
    with pytest.raises(EnvError):
        seal_file(b"x", tmp_path / "absent" / "f", [DeviceKeys.generate().recipient])
    with pytest.raises(EnvError):
        open_sealed(tmp_path / "absent", DeviceKeys.generate().identity)
    assert list(tmp_path.iterdir()) == []


def test_a_token_shows_who_signed_it() -> None:
    keys, clock = DeviceKeys.generate(), StoppedClock()
    token = make_token(keys, keys.device_id, ORG, clock)
    assert issuer_of(token) == keys.device_id
    claims = check_token(token, keys.public, ORG, clock)
    assert claims.device_id == keys.device_id
    assert claims.expires_at - claims.issued_at == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("minutes", "good"), [(-9.9, True), (14.9, True), (-10.5, False), (15.5, False), (60 * 24 * 365, False)]
)
def test_a_token_lives_five_minutes_and_forgives_ten(minutes: float, good: bool) -> None:
    keys, clock = DeviceKeys.generate(), StoppedClock()
    token = make_token(keys, keys.device_id, ORG, clock)
    clock.moment += timedelta(minutes=minutes)
    if good:
        check_token(token, keys.public, ORG, clock)
        return
    with pytest.raises(TokenError) as caught:
        check_token(token, keys.public, ORG, clock)
    assert caught.value.reason == "clock"


def test_tokens_of_others_are_refused() -> None:
    keys, clock = DeviceKeys.generate(), StoppedClock()
    token = make_token(keys, keys.device_id, ORG, clock)
    head, body, signature = token.split(".")
    endless = make_token(keys, keys.device_id, ORG, clock, ttl_s=10**9)
    none = jwt.encode({"iss": "1", "aud": ORG, "iat": 1, "exp": 2}, "", algorithm="none")
    hmac = jwt.encode({"iss": "1", "aud": ORG, "iat": 1, "exp": 2}, "k" * 32, algorithm="HS256")
    cases = [
        (token, DeviceKeys.generate().public, ORG, "signature"),
        (token, keys.public, "another organisation", "audience"),
        (f"{head}.{body}.{'A' * len(signature)}", keys.public, ORG, "signature"),
        (endless, keys.public, ORG, "clock"),
        (none, keys.public, ORG, "malformed"),
        (hmac, keys.public, ORG, "malformed"),
        ("", keys.public, ORG, "malformed"),
        ("a.b.c", keys.public, ORG, "malformed"),
        (token, b"short", ORG, "malformed"),
    ]
    for text, public, audience, reason in cases:
        with pytest.raises(TokenError) as caught:
            check_token(text, public, audience, clock)
        assert caught.value.reason == reason
    for text in ("", "a.b.c", "x" * 5000):
        with pytest.raises(TokenError):
            issuer_of(text)
