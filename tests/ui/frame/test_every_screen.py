"""Walks every screen of the program with records in it: each control has a name, no words are clipped."""

import pytest
from pytestqt.qtbot import QtBot

from migdesk.services import demo_data
from migdesk.services.settings import Interface
from migdesk.ui import a11y
from migdesk.ui.loaded import screens
from tests.support.readable import faults
from tests.ui.frame.conftest import MakeFrame


@pytest.mark.parametrize("scale", [1.0, 1.5])
@pytest.mark.parametrize("role", ["OUTREACH", "TRAINER"])
def test_every_screen_can_be_read_and_reached(make_frame: MakeFrame, qtbot: QtBot, role: str, scale: float) -> None:
    frame = make_frame(screens, role=role, interface=Interface("en_XA", "light", scale))
    frame.run.run(lambda: demo_data.seed(frame.session, number=6, participants=6))
    frame.settle(qtbot)
    wrong: dict[str, list[a11y.Finding]] = {}
    for screen in frame.window.screens:
        frame.window.navigate(screen.name)
        frame.settle(qtbot)
        wrong[screen.name] = faults(qtbot, frame.window)
    assert len(wrong) >= 4
    assert {name: found for name, found in wrong.items() if found} == {}
    assert frame.window.width() == 1366
