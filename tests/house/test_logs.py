"""The log holds nothing that anybody typed, whoever logs it and however."""

import logging
import os
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from migdesk import logs
from migdesk.domain.record import Tier
from migdesk.errors import UserError

NAME = "Siti Rahmawati"


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    level = logging.getLogger().level
    handler = logs.setup(tmp_path)
    yield tmp_path / logs.LOG_NAME
    logs.teardown(handler)
    logging.getLogger().setLevel(level)


def raise_with_a_name() -> None:
    try:
        raise KeyError(NAME)
    except KeyError as error:
        raise UserError("{file} is damaged.", file=NAME) from error


def test_counts_and_vouched_words_are_written(log_file: Path) -> None:
    logging.getLogger("migdesk.test").info("saved %d rows of %s in %.1f s", 3, logs.Safe("person"), 0.25)
    assert "saved 3 rows of person in 0.2 s" in log_file.read_text()


def test_nothing_typed_is_written(log_file: Path) -> None:
    ours = logging.getLogger("migdesk.test")
    ours.warning("cannot save %s", NAME)
    ours.warning("cannot save %(name)s", {"name": NAME})
    ours.warning("wrong %s", ValueError(NAME))
    ours.warning("stack %s", [NAME], stack_info=True)
    logging.getLogger("urllib3.pool").warning(f"GET /people/{NAME}")
    try:
        raise_with_a_name()
    except UserError:
        ours.exception("failed for %s", NAME)
    text = log_file.read_text()
    assert NAME not in text
    assert "Siti" not in text
    assert "raise_with_a_name" in text
    assert "UserError: {file} is damaged." in text
    assert "from [KeyError]" in text


@given(
    st.text(min_size=1) | st.binary(min_size=1) | st.lists(st.text(min_size=1)) | st.dictionaries(st.text(), st.text())
)
def test_no_text_survives(value: object) -> None:
    assert str(logs.scrubbed(value)).startswith("<")


@pytest.mark.parametrize("value", [None, True, 3, 0.5, logs.Safe("person")])
def test_what_says_nothing_about_a_person_is_kept(value: object) -> None:
    assert logs.scrubbed(value) is value


def test_names_from_the_source_are_kept() -> None:
    assert logs.scrubbed(Tier.T4) == 4
    assert logs.scrubbed(ValueError) == "ValueError"


@pytest.mark.skipif(sys.platform == "win32", reason="rights are those of the profile")
def test_only_the_owner_reads_the_log(log_file: Path) -> None:
    logging.getLogger("migdesk.test").info("one")
    assert stat.S_IMODE(log_file.stat().st_mode) == 0o600


def test_the_log_turns_over(log_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for handler in logging.getLogger().handlers:
        monkeypatch.setattr(handler, "maxBytes", 500, raising=False)
    for number in range(40):
        logging.getLogger("migdesk.test").info("line %d of many", number)
    assert len(list(log_file.parent.iterdir())) == logs.BACKUPS + 1


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk_loses_log_lines_and_nothing_else(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / logs.LOG_NAME).symlink_to("/dev/full")
    handler = logs.setup(tmp_path)
    logging.getLogger("migdesk.test").warning("cannot save %s", NAME)
    try:
        logs.teardown(handler)
    except OSError:
        logging.getLogger().removeHandler(handler)
    assert NAME not in "".join(capsys.readouterr())
