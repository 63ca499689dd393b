"""Every state of sync in plain words, in order of urgency, and every known error of a sync has its words."""

import dataclasses
from pathlib import Path

import pytest

import migdesk
from migdesk.i18n import load
from migdesk.services import standing, sync_words
from migdesk.services.sync_words import TROUBLES, WORDS, Facts, assess, headline, trouble_of

CALM = Facts(enrolled=True, synced_before=True)


@pytest.mark.parametrize(
    ("more", "key", "tone"),
    [
        ({}, "well", "success"),
        ({"synced_before": False}, "first", "info"),
        ({"enrolled": False}, "not_enrolled", "info"),
        ({"waiting": 3}, "waiting", "info"),
        ({"running": True}, "running", "info"),
        ({"online": False, "trouble": "unreachable"}, "offline", "info"),
        ({"portal": True}, "portal", "warning"),
        ({"barred": True}, "barred", "info"),
        ({"trouble": "name"}, "name", "warning"),
        ({"trouble": "certificate"}, "certificate", "danger"),
        ({"trouble": "clock"}, "clock", "warning"),
        ({"clock_behind": True}, "clock", "warning"),
        ({"trouble": "busy", "retry_in": 300.0}, "busy", "warning"),
        ({"trouble": "disk_full"}, "disk_full", "danger"),
        ({"revoked": True, "read_only": True}, "revoked", "danger"),
        ({"forked": True, "conflicts": 2}, "forked", "danger"),
        ({"read_only": True}, "lease_over", "danger"),
        ({"read_only": True, "locked": True}, "locked", "danger"),
        ({"lease_days": 4}, "lease_soon", "warning"),
        ({"lease_days": 20}, "well", "success"),
        ({"conflicts": 2, "waiting": 5}, "review", "warning"),
        ({"set_aside": 1}, "set_aside", "warning"),
        ({"trouble": "other", "running": True}, "running", "info"),
    ],
)
def test_the_first_sentence_is_the_most_urgent(more: dict[str, object], key: str, tone: str) -> None:
    first = headline(dataclasses.replace(CALM, **more))  # type: ignore[arg-type]
    assert (first.key, first.tone) == (key, tone)


def test_everything_that_is_so_is_said_once() -> None:
    facts = dataclasses.replace(CALM, conflicts=2, set_aside=1, trouble="stalled", lease_days=2, forked=True)
    assert [plain.key for plain in assess(facts)] == ["forked", "lease_soon", "stalled", "review", "set_aside"]


@pytest.mark.parametrize("language", ["en", "id", "en_XA"])
def test_every_state_says_what_happened_what_is_safe_and_what_to_do(language: str) -> None:
    lang = load(language)
    facts = dataclasses.replace(CALM, conflicts=1, set_aside=1, lease_days=1, trouble="busy", retry_in=90.0)
    singles = [one for one in vars(sync_words).values() if isinstance(one, sync_words.Plain)]
    for plain in (*singles, *WORDS.values(), *assess(facts), *assess(dataclasses.replace(CALM, waiting=1))):
        assert plain.sentence(lang)
        assert "{" not in plain.sentence(lang) + plain.more(lang)
        if plain.key not in {"well", "running", "review", "busy"}:
            assert plain.safe, plain.key
            assert plain.todo, plain.key


def test_the_errors_named_here_are_raised_somewhere_and_have_words() -> None:
    sources = "\n".join(
        path.read_text("utf-8")
        for path in Path(migdesk.__file__).parent.rglob("*.py")
        if path.name != Path(sync_words.__file__).name
    )
    portal = "This network asks you to sign in first."
    assert [message for message in TROUBLES if message != portal and f'"{message}"' not in sources] == []
    said_by_the_laptop = {"revoked", "clock", "disk_full", "not_enrolled"}
    assert {key for key in TROUBLES.values() if key not in WORDS} == said_by_the_laptop
    assert trouble_of("") == ""
    assert trouble_of("Nobody ever wrote this.") == "other"


def test_a_record_that_needs_somebody_says_so_wherever_it_is() -> None:
    assert standing.standing_of("waits").key == "waits"
    assert standing.standing_of("sent", 1).key == "needs_you"
    assert {standing.standing_of(state).key for state in ("waits", "kept", "sent", "received")} == {
        "waits", "kept", "sent", "received",
    }  # fmt: skip
