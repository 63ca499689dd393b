"""A real browser without a window, for pages of the server: Debian's Chromium. Where it is missing the test is skipped,
but never in CI."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from selenium.webdriver import Chrome, ChromeOptions, ChromeService

_QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage", "--lang=en",
)  # fmt: skip


@contextmanager
def browser(folder: Path, size: tuple[int, int] = (1366, 768), *, dark: bool = False) -> Iterator[Chrome]:
    """A browser with an empty profile in `folder`."""
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if program is None or driver is None:
        if os.environ.get("CI"):
            raise RuntimeError("Chromium and its driver are missing")
        pytest.skip("no Chromium here")
    options = ChromeOptions()
    options.binary_location = program
    for switch in (*_QUIET, f"--user-data-dir={folder}", f"--window-size={size[0]},{size[1]}"):
        options.add_argument(switch)
    if dark:
        options.add_argument("--force-dark-mode")
    options.add_experimental_option("prefs", {"intl.accept_languages": "en"})
    chrome = Chrome(options=options, service=ChromeService(driver))
    try:
        chrome.set_window_size(*size)
        chrome.implicitly_wait(5)
        yield chrome
    finally:
        chrome.quit()
