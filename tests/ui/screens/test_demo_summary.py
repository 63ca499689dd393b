"""The summary of the scripted day: what a script reads, and what a person reads."""

import json
from pathlib import Path

import pytest

from migdesk.i18n import load
from migdesk.ui.demo_summary import Count, Step, Summary, write
from migdesk.ui.driver import DriveError, Driver


def test_both_forms_say_the_same(tmp_path: Path) -> None:
    summary = Summary([Step("Unlock", "01-unlock.png", 0.5)], [Count("Attendance", "30", "30")], keys=7)
    text = write(summary, load("en"), tmp_path)
    told = json.loads((tmp_path / "summary.json").read_text("utf-8"))
    assert told["ok"]
    assert told["steps"] == [{"name": "Unlock", "picture": "01-unlock.png", "seconds": 0.5}]
    assert (tmp_path / "summary.md").read_text("utf-8") == text
    assert "01-unlock.png" in text
    assert len({len(line) for line in text.splitlines() if line.startswith("|") and "Unlock" in line}) == 1


def test_a_failure_is_said(tmp_path: Path) -> None:
    text = write(Summary(failure="nothing came"), load("en"), tmp_path)
    assert "nothing came" in text
    assert not json.loads((tmp_path / "summary.json").read_text("utf-8"))["ok"]


def test_waiting_in_vain_ends_with_a_reason(qtbot: object) -> None:
    driver = Driver(deadline_s=0.05)
    with pytest.raises(DriveError, match="a miracle"):
        driver.wait(lambda: None, "a miracle")


def test_an_error_while_looking_is_not_lost_in_the_event_loop(qtbot: object) -> None:
    answers = iter([None, None])
    with pytest.raises(StopIteration):
        Driver(deadline_s=5).wait(lambda: next(answers), "an answer")
