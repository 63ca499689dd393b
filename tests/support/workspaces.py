"""Workspaces for tests: real files and real encryption; only the key derivation is made cheap."""

from pathlib import Path
from typing import Any, Protocol

from migdesk.clock import Clock
from migdesk.domain.codes import CodeBook
from migdesk.services import session as sessions
from migdesk.services.reference import read_codebook
from migdesk.services.session import Session
from migdesk.store import applying, change_log
from migdesk.vault.key_wrap import Argon2Params
from tests.support.fake_clock import FakeClock

PASSPHRASE = "tujuh belas perahu"
FAST_KDF = Argon2Params(memory_kib=64, passes=1, lanes=1)
VILLAGE = "52.03.09.2004"
OTHER_VILLAGE = "52.03.01.2001"
FAR_VILLAGE = "35.07.01.2001"


class Desk(Protocol):
    """Makes an open workspace of a user in this role and area."""

    def __call__(self, role: str = ..., area: str = ..., username: str = ...) -> Session: ...


def create(
    home: Path,
    role: str = "OUTREACH",
    area: str = "52.03",
    *,
    username: str = "rina",
    name: str = "Rina",
    clock: Clock | None = None,
    codes: CodeBook | None = None,
) -> Path:
    """Make a workspace in `home`, which is given back."""
    sessions.create_workspace(
        home, username=username, display_name=name, role=role, area=area, passphrase=PASSPHRASE,
        clock=clock or FakeClock(), codes=codes or read_codebook(), kdf=FAST_KDF,
    )  # fmt: skip
    return home


def opened(home: Path, clock: Clock | None = None, codes: CodeBook | None = None) -> Session:
    """Open the workspace in `home`. Close it with `sessions.close`."""
    return sessions.unlock(home, PASSPHRASE, clock or FakeClock(), codes or read_codebook(), kdf=FAST_KDF)


def deliver(source: Session, target: Session) -> list[Any]:
    """Everything that `source` ever wrote or heard of, applied at `target` as sync would, with no right considered."""
    with source.store.read() as tx:
        changes = [change for area in change_log.op_areas(tx) for _, change in change_log.after(tx, area, 0, 10_000)]
    with target.store.begin() as tx:
        return applying.apply(tx, changes, origin="test")


def person(**more: Any) -> dict[str, Any]:
    """Values of a person that may be saved."""
    return {"full_name": "Nurhayati Suhartini", "sex": "female", "area_code": VILLAGE} | more


def counselling(who: Any, day: Any, **more: Any) -> dict[str, Any]:
    """Values of a counselling session that may be saved."""
    return {"person": who, "date": day, "area_code": VILLAGE, "mode": "in_person"} | more


def case(**more: Any) -> dict[str, Any]:
    """Values of a case that may be saved, and sent."""
    base = {"primary_category": "GBV", "area_code": VILLAGE, "risk_level": "medium", "consent_server": "yes"}
    return base | more


def event(day: Any, **more: Any) -> dict[str, Any]:
    """Values of a training event that may be saved."""
    return {"title": "Migrasi aman", "area_code": VILLAGE, "starts_on": day} | more
