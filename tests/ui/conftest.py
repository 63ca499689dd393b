"""What all window tests share: the offscreen screen says what it cannot do, and that is no fault of ours."""

import gc
from collections.abc import Iterator

import pytest

_OFFSCREEN_LIMITS = "This plugin does not support"


def pytest_itemcollected(item: pytest.Item) -> None:
    """Any other Qt warning still fails the test (`qt_log_level_fail`)."""
    if item.path.is_relative_to(__file__.rpartition("/")[0]):
        item.add_marker(pytest.mark.qt_log_ignore(_OFFSCREEN_LIMITS, extend=True))


@pytest.fixture(autouse=True)
def garbage_is_collected_on_the_gui_thread() -> Iterator[None]:
    """All of it, before the next test: what windows leave behind is theirs."""
    yield
    gc.collect()
