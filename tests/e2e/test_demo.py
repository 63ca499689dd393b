"""The scripted day in the real windows: what is entered on two laptops is on the third, by network and by bundle."""

import json
from pathlib import Path

from tests.support.program import migdesk

PEOPLE = 30


def test_the_day_ends_with_everything_agreed(tmp_path: Path) -> None:
    out = tmp_path / "day"
    migdesk("demo", "--headless", "--out", out).done()
    summary = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert summary["ok"] is True
    assert [one for one in summary["checks"] if one["expected"] != one["found"]] == []
    counts = [one["found"] for one in summary["checks"]]
    assert counts.count(str(PEOPLE)) >= 3, "marked, counted after the network, counted after the bundle"
    pictures = [out / step["picture"] for step in summary["steps"]]
    assert len(pictures) >= 20
    assert all(picture.stat().st_size > 10_000 for picture in pictures)
