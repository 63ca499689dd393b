"""C5: a log or a page that is torn: the store comes back as it was at some commit, or says that it is damaged."""

import shutil
from pathlib import Path

import pytest

from migdesk.domain.person import Person
from migdesk.errors import EnvError, UserError
from migdesk.store import backup, records, writing
from migdesk.store.database import Store
from tests.faults.test_every_byte import LONG
from tests.support.stores import SITI, VILLAGE, open_store

SAVES = 12
STEP = 512
SAMPLE = 1 if LONG else 149


@pytest.fixture(scope="module")
def torn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, list[str]]:
    """A store's file and its log as they lie on the disk after some saves, while it is open; and the names saved."""
    folder = tmp_path_factory.mktemp("torn")
    path = folder / "store.db"
    open_store(path).__enter__().close()
    names = [f"Orang {n:02d}" for n in range(SAVES)]
    with open_store(path) as store:
        for name in names:
            _save(store, name)
        kept = folder / "kept.db"
        shutil.copy(path, kept)
        shutil.copy(f"{path}-wal", f"{kept}-wal")
    return kept, Path(f"{kept}-wal"), names


def _save(store: Store, name: str) -> None:
    with store.begin() as tx:
        values = {"full_name": name, "sex": "male", "area_code": VILLAGE, "note": name * 40}
        writing.save(tx, SITI, Person, values)


def held(path: Path) -> list[str] | None:
    """The names in a store in order of saving, or None if it says that it is damaged; it must verify otherwise."""
    try:
        with open_store(path) as store:
            if backup.verify(store):
                return None
            with store.read() as tx:
                return sorted(one.record.full_name or "" for one in records.each(tx, Person))
    except (UserError, EnvError):
        return None


def placed(folder: Path, data: bytes, log: bytes) -> Path:
    path = folder / "again.db"
    for name in ("again.db-wal", "again.db-shm"):
        (folder / name).unlink(missing_ok=True)
    path.write_bytes(data)
    Path(f"{path}-wal").write_bytes(log)
    return path


def test_a_log_that_ends_too_early(torn: tuple[Path, Path, list[str]], tmp_path: Path) -> None:
    """Truncated at each 512 bytes: what was committed up to there is there, and nothing of what came later."""
    data, log, names = torn[0].read_bytes(), torn[1].read_bytes(), torn[2]
    seen = set()
    for size in [*range(0, len(log), STEP * SAMPLE), len(log)]:
        found = held(placed(tmp_path, data, log[:size]))
        assert found == names[: len(found or [])] is not None
        seen.add(len(found or []))
    assert {0, SAVES} <= seen
    assert len(seen) > 3


def test_a_log_with_wrong_bytes(torn: tuple[Path, Path, list[str]], tmp_path: Path) -> None:
    data, log, names = torn[0].read_bytes(), torn[1].read_bytes(), torn[2]
    for at in range(0, len(log), STEP * SAMPLE):
        bad = bytearray(log)
        bad[at : at + 64] = bytes(byte ^ 0x55 for byte in bad[at : at + 64])
        found = held(placed(tmp_path, data, bytes(bad)))
        assert found == names[: len(found or [])] is not None


def test_a_file_with_a_wrong_page(torn: tuple[Path, Path, list[str]], tmp_path: Path) -> None:
    """Every page carries a code of its own: whatever reads it finds out. No page is silently another."""
    whole = placed(tmp_path, torn[0].read_bytes(), torn[1].read_bytes())
    with open_store(whole):
        pass
    data, names = whole.read_bytes(), torn[2]
    damaged = 0
    for at in range(100, len(data), 4096 * (1 if LONG else 16)):
        bad = bytearray(data)
        bad[at] ^= 1
        found = held(placed(tmp_path, bytes(bad), b""))
        assert found in (None, names)
        damaged += found is None
    assert damaged > 2
