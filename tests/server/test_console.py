"""The admin console in a real browser: signing in with two factors, users, codes, devices, quarantine, audit."""

import base64
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import pytest
import urllib3
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP
from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from migdesk.domain.changes import Change, Edit, Register
from migdesk.domain.office import User
from migdesk.domain.person import Person
from migdesk.server.console import signing_in
from migdesk.server.host import ServerHost
from migdesk.server.run import RunningServer
from migdesk.store import anchors, inbox
from migdesk.store.anchors import Anchor
from migdesk.store.database import Store
from migdesk.sync.wire.anchor_words import Verdict
from migdesk.vault.device_keys import DeviceKeys
from migdesk.vault.enrolment import EnrolmentRequest
from tests.server.driver import MovedClock, open_host
from tests.support.browser import browser

PASSPHRASE = "enam ekor kuda di pantai"
NAME = "admin"


class Phone:
    """An authenticator that scanned the address."""

    def __init__(self, uri: str, clock: MovedClock) -> None:
        secret = parse_qs(urlsplit(uri).query)["secret"][0]
        self._totp, self._clock = TOTP(base64.b32decode(secret), 6, SHA1(), 30), clock

    def digits(self, steps: int = 0) -> str:
        return self._totp.generate(int(self._clock.now().timestamp()) + 30 * steps).decode()


@pytest.fixture
def clock() -> MovedClock:
    return MovedClock()


@pytest.fixture
def host(tmp_path: Path, clock: MovedClock) -> Iterator[ServerHost]:
    with closing(open_host(tmp_path / "server", clock)) as made:
        yield made


@pytest.fixture
def phone(host: ServerHost, clock: MovedClock) -> Phone:
    make = signing_in.make_account
    return Phone(host.db.call(lambda store: make(store, host.root, host.author, NAME, PASSPHRASE, host.argon2)), clock)


@pytest.fixture
def url(host: ServerHost) -> Iterator[str]:
    with RunningServer(host) as running:
        yield running.url


@pytest.fixture
def chrome(tmp_path: Path, url: str, phone: Phone) -> Iterator[Chrome]:
    with browser(tmp_path / "browser") as made:
        yield made


def fill(chrome: Chrome, **values: str) -> None:
    for name, value in values.items():
        field = chrome.find_element(By.NAME, name)
        field.clear()
        field.send_keys(value)


def press(chrome: Chrome, words: str) -> None:
    """Press a button and wait for the page that follows."""
    before = chrome.find_element(By.TAG_NAME, "html")
    chrome.find_element(By.XPATH, f"//main//button[normalize-space()='{words}']").click()
    WebDriverWait(chrome, 20).until(staleness_of(before))
    WebDriverWait(chrome, 20).until(lambda one: one.execute_script("return document.readyState") == "complete")


def text(chrome: Chrome) -> str:
    return chrome.find_element(By.TAG_NAME, "main").text


def signed_in(chrome: Chrome, url: str, phone: Phone) -> None:
    chrome.get(url + "/admin/")
    fill(chrome, username=NAME, passphrase=PASSPHRASE, password=phone.digits())
    press(chrome, "Sign in")
    assert "Overview" in text(chrome)


def test_an_administrator_makes_a_user_and_a_code_that_enrols(chrome: Chrome, url: str, phone: Phone) -> None:
    signed_in(chrome, url, phone)
    chrome.get(url + "/admin/new-user")
    fill(chrome, username="rina", display_name="Rina <b>Sari</b>", areas="52.03.09 52.03.10")
    press(chrome, "Save")
    assert "Saved." in text(chrome)
    # What was typed is shown as it was typed, never as markup.
    assert "Rina <b>Sari</b>" in text(chrome)
    press(chrome, "Make a code")
    code = chrome.find_element(By.ID, "code").text
    assert len(code.replace("-", "")) >= 16
    assert chrome.find_elements(By.CSS_SELECTOR, ".qr svg")
    chrome.get(url + "/admin/codes")
    assert "rina" in text(chrome)
    assert code not in chrome.page_source
    chrome.get(url + "/admin/audit")
    assert {"user_saved", "issue_code", "console_sign_in"} <= set(text(chrome).split())


def test_mistakes_are_told_and_change_nothing(chrome: Chrome, url: str, phone: Phone, host: ServerHost) -> None:
    signed_in(chrome, url, phone)
    chrome.get(url + "/admin/new-user")
    fill(chrome, username="rina", areas="99.99")
    press(chrome, "Save")
    assert "These area codes are not known: 99.99." in text(chrome)
    chrome.get(url + "/admin/users/admin")
    chrome.find_element(By.NAME, "active").click()
    press(chrome, "Save")
    assert "You cannot take your own rights away." in text(chrome)
    chrome.get(url + "/admin/users")
    assert "rina" not in text(chrome)


@pytest.mark.parametrize("wrong", ["username", "passphrase", "password"])
def test_whatever_is_wrong_the_answer_is_the_same(url: str, phone: Phone, wrong: str) -> None:
    form = {"username": NAME, "passphrase": PASSPHRASE, "password": phone.digits()} | {wrong: "123456"}
    answer = post(url, "/admin/sign-in", form)
    assert answer.status == 403
    assert b"This is not right, or it is too early to try again." in answer.data
    assert "set-cookie" not in answer.headers


def test_a_password_is_good_once_and_wrong_tries_wait(url: str, phone: Phone, clock: MovedClock) -> None:
    form = {"username": NAME, "passphrase": PASSPHRASE, "password": phone.digits()}
    assert post(url, "/admin/sign-in", form).status == 303
    assert post(url, "/admin/sign-in", form).status == 403
    for _ in range(4):
        post(url, "/admin/sign-in", form | {"password": "000000"})
    clock.ahead += timedelta(seconds=30)
    good = form | {"password": phone.digits()}
    clock.ahead += timedelta(seconds=40)
    assert post(url, "/admin/sign-in", good | {"password": phone.digits()}).status == 303


def test_a_laptop_is_revoked_and_its_late_changes_are_decided(
    chrome: Chrome, url: str, phone: Phone, host: ServerHost, tmp_path: Path
) -> None:
    keys, other = DeviceKeys.generate(), DeviceKeys.generate()
    for one, name in ((keys, "rina"), (other, "sari")):
        enrolled(url, host, one, name)
    with quarantined(host, keys) as items:
        signed_in(chrome, url, phone)
        chrome.get(f"{url}/admin/devices/{keys.device_id:016x}")
        press(chrome, "Revoke for good")
        assert "Revoked." in text(chrome)
        chrome.get(url + "/admin/devices")
        assert text(chrome).count("revoked") == 1
        chrome.get(url + "/admin/quarantine")
        assert "late" in text(chrome)
        assert "Baiq Nurhayati" not in chrome.page_source
        fill(chrome, reason="seen with the officer")
        press(chrome, "Dismiss")
        assert "Dismissed." in text(chrome)
        press_release = chrome.find_elements(By.XPATH, "//main//button[normalize-space()='Let in']")
        assert len(press_release) == items - 1
        press(chrome, "Let in")
        assert "Let in." in text(chrome)
        assert "Nothing here." in text(chrome)


def test_who_is_not_signed_in_sees_nothing(url: str, phone: Phone) -> None:
    for path in ("/", "/users", "/devices", "/audit", "/quarantine", "/codes", "/areas?q=a", "/users/admin"):
        answer = get(url, "/admin" + path)
        assert (answer.status, answer.headers["location"]) == (303, "/admin/sign-in")
    assert post(url, "/admin/users", {"username": "mallory"}).status == 303


def test_a_form_from_elsewhere_is_refused(url: str, phone: Phone) -> None:
    form = {"username": NAME, "passphrase": PASSPHRASE, "password": phone.digits()}
    cookie = post(url, "/admin/sign-in", form).headers["set-cookie"].partition(";")[0]
    new = {"username": "mallory", "display_name": "", "role": "ADMIN", "areas": "00", "active": "yes"}
    assert post(url, "/admin/users", new, cookie=cookie).status == 403
    assert post(url, "/admin/users", new, cookie=cookie, origin="https://elsewhere.example").status == 403
    assert b"mallory" not in get(url, "/admin/users", cookie=cookie).data


def test_a_visit_ends_by_itself_and_with_the_rights(
    url: str, phone: Phone, clock: MovedClock, host: ServerHost
) -> None:
    form = {"username": NAME, "passphrase": PASSPHRASE, "password": phone.digits()}
    cookie = post(url, "/admin/sign-in", form).headers["set-cookie"].partition(";")[0]
    assert get(url, "/admin/users", cookie=cookie).status == 200
    clock.ahead += timedelta(minutes=16)
    assert get(url, "/admin/users", cookie=cookie).status == 303


def test_a_laptop_whose_audit_went_back_stands_on_the_first_page(url: str, phone: Phone, host: ServerHost) -> None:
    keys = DeviceKeys.generate()
    enrolled(url, host, keys, "rina")
    form = {"username": NAME, "passphrase": PASSPHRASE, "password": phone.digits()}
    cookie = post(url, "/admin/sign-in", form).headers["set-cookie"].partition(";")[0]
    assert "does not follow" not in get(url, "/admin/", cookie=cookie).data.decode()

    def broken(store: Store) -> None:
        for verdict in (Verdict.KEPT, Verdict.BACK):
            with store.begin() as tx:
                anchors.add(tx, keys.device_id, Anchor(9 - verdict, bytes(16), 1_767_600_000_000, verdict))

    host.db.call(broken)
    page = get(url, "/admin/", cookie=cookie).data.decode()
    assert "Laptops whose audit trail does not follow" in page
    assert "laptop of rina" in page
    assert "It went back" in page


def test_pages_carry_no_script_and_may_load_none(url: str) -> None:
    answer = get(url, "/admin/sign-in")
    assert b"<script" not in answer.data
    assert "script-src" not in answer.headers["content-security-policy"]
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")


def enrolled(url: str, host: ServerHost, keys: DeviceKeys, name: str) -> None:
    request = EnrolmentRequest.make(keys, host.issue_code(name, "OUTREACH", "52.03"), f"laptop of {name}")
    assert urllib3.request("POST", url + "/sync/1/enrol", body=request.to_json()).status == 200


@contextmanager
def quarantined(host: ServerHost, keys: DeviceKeys) -> Iterator[int]:
    """Two late changes of this laptop, each a person of its own."""
    rina, area = User.spec.natural_id({"username": "rina"}), "52.03.09.2004"
    fields = Person.spec.by_name

    def keep(store: Store) -> None:
        for number in (1, 2):
            edits = (
                Edit(Register(fields["full_name"].number), "Baiq Nurhayati"),
                Edit(Register(fields["area_code"].number), area),
            )
            change = Change(keys.device_id, number, 1 << 56, rina, Person.spec.number, uuid4(), area, None, edits)
            with store.begin() as tx:
                inbox.quarantine_change(tx, "52.03", change, "it came late")

    host.db.call(keep)
    yield 2


def get(url: str, path: str, cookie: str = "") -> urllib3.BaseHTTPResponse:
    headers = {"cookie": cookie, "accept-language": "en"}
    return urllib3.request("GET", url + path, headers=headers, redirect=False, retries=False)


def post(url: str, path: str, form: dict[str, str], cookie: str = "", origin: str = "") -> urllib3.BaseHTTPResponse:
    headers = {"cookie": cookie, "accept-language": "en", "content-type": "application/x-www-form-urlencoded"}
    headers |= {"origin": origin} if origin else {}
    return urllib3.request("POST", url + path, body=urlencode(form), headers=headers, redirect=False, retries=False)
