"""What every test gets: no screen, one language and time zone, a home of its own, and no thread left behind."""

import gc
import os
import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

# Before anybody imports Qt or asks for the time.
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.update(LC_ALL="C.UTF-8", LANG="C.UTF-8", LANGUAGE="", TZ="Asia/Jakarta")
if hasattr(time, "tzset"):
    time.tzset()

import pytest
from hypothesis import HealthCheck, settings

LONG = os.environ.get("MIGDESK_LONG", "") not in {"", "0"}
THREAD_END_S = 5.0
MANY_YOUNG_ROUNDS = 10

settings.register_profile(
    "short",
    max_examples=25,
    stateful_step_count=30,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.register_profile(
    "long",
    max_examples=2_000,
    stateful_step_count=100,
    deadline=timedelta(minutes=2),
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("long" if LONG else "short")


@pytest.fixture(scope="session", autouse=True)
def home_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Nothing of the person who runs the tests is read or written."""
    home = tmp_path_factory.mktemp("home")
    runtime = tmp_path_factory.mktemp("runtime")
    runtime.chmod(0o700)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(runtime))
        for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "APPDATA", "LOCALAPPDATA"):
            patch.setenv(name, str(home))
        for name in ("MIGDESK_PASSPHRASE", "MIGDESK_HOME", "DATABASE_URL"):
            patch.delenv(name, raising=False)
        yield home


@pytest.fixture(scope="session", autouse=True)
def garbage_is_collected_here_alone() -> Iterator[None]:
    """A collection on another thread would destroy widgets there, be they of a test long past, and Qt ends the process
    (`ui.garbage` does the same for the program)."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(autouse=True)
def garbage_is_collected_between_tests() -> Iterator[None]:
    """Young objects after each test, all of them now and then."""
    yield
    generation = 2 if gc.get_count()[2] > MANY_YOUNG_ROUNDS else 1
    gc.collect(generation)


@pytest.fixture(autouse=True)
def no_thread_is_left_behind() -> Iterator[None]:
    """A thread that a test started ends with it: what outlives a test breaks the next one at random."""
    before = set(threading.enumerate())
    yield
    started = [thread for thread in threading.enumerate() if thread not in before and not thread.daemon]
    for thread in started:
        thread.join(THREAD_END_S)
    assert not [thread.name for thread in started if thread.is_alive()]
