"""A store is put in the place of another one whole or not at all, whenever it is cut short."""

from pathlib import Path

import pytest

from migdesk.errors import EnvError, UserError
from migdesk.paths import Paths
from migdesk.services import swapping
from migdesk.services.instance_lock import InstanceLock


def laid_ready(home: Path) -> Path:
    """A home with former files, beside which new ones lie ready; where the former ones are to go, not made yet."""
    for name in ("keys.json", "store.db", "store.db-wal"):
        (home / name).write_text(f"former {name}")
    work = swapping.lay_ready(home)
    for name in ("keys.json", "store.db"):
        (work / name).write_text(f"new {name}")
    return home / "backups" / "replaced-1"


def held(folder: Path) -> dict[str, str]:
    return {one.name: one.read_text() for one in folder.iterdir() if one.is_file() and one.name != "workspace.lock"}


NEW = {"keys.json": "new keys.json", "store.db": "new store.db"}
FORMER = {name: f"former {name}" for name in ("keys.json", "store.db", "store.db-wal")}


def test_what_is_replaced_is_kept(tmp_path: Path) -> None:
    kept = laid_ready(tmp_path)
    kept.mkdir(parents=True)
    swapping.swap(tmp_path, kept)
    assert held(tmp_path) == NEW
    assert held(kept) == FORMER
    assert not (tmp_path / swapping.FOLDER).exists()


def test_before_the_mark_nothing_is_changed(tmp_path: Path) -> None:
    laid_ready(tmp_path)
    swapping.finish(tmp_path)
    assert held(tmp_path) == FORMER
    swapping.forget(tmp_path)
    assert held(tmp_path) == FORMER
    assert not (tmp_path / swapping.FOLDER).exists()


def test_a_swap_that_failed_after_the_mark_is_finished_later(tmp_path: Path) -> None:
    """The folder for the former files is not there; once it is, the swap goes on where it stood."""
    kept = laid_ready(tmp_path)
    with pytest.raises(OSError, match="replaced-1"):
        swapping.swap(tmp_path, kept)
    assert swapping.is_begun(tmp_path)
    swapping.forget(tmp_path)
    assert swapping.is_begun(tmp_path), "what was decided is not forgotten"
    with pytest.raises(EnvError, match="put in its place"):
        swapping.finish(tmp_path)
    kept.mkdir(parents=True)
    with_lock = InstanceLock.take(Paths(tmp_path).lock_file)
    with pytest.raises(UserError, match="already open"):
        swapping.finish(tmp_path)
    with_lock.release()
    swapping.finish(tmp_path)
    assert (held(tmp_path), held(kept)) == (NEW, FORMER)
    swapping.finish(tmp_path)


def test_the_log_of_the_former_store_is_never_read_as_the_new_one_s(tmp_path: Path) -> None:
    laid_ready(tmp_path)
    swapping.swap(tmp_path, None)
    assert held(tmp_path) == NEW
