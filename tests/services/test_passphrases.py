"""What is taken as a passphrase, and what is said about one that is not."""

import subprocess
import sys
from pathlib import Path

import pytest

from migdesk.errors import UserError
from migdesk.i18n import load
from migdesk.paths import Paths
from migdesk.services import keys, passphrases
from migdesk.services import session as sessions
from migdesk.services.passphrases import judge
from migdesk.services.reference import read_codebook
from tests.support.fake_clock import FakeClock
from tests.support.program import ROOT
from tests.support.workspaces import FAST_KDF, PASSPHRASE, create

WEAK = [
    "rahasia123", "bismillah1", "Indonesia2026", "sayangku123", "qwertyuiop", "aaaaaaaaaaaa", "abcdefgh", "12345678",
    "password1", "17081945", "garuda17", "4k4nkucing", "doraemon99",
]  # fmt: skip
GOOD = ["tujuh belas perahu", "lima perahu di Labuhan Haji", "kopi gergaji awan kelereng", "x8#kQ!z2vLw9"]


@pytest.mark.parametrize("weak", WEAK)
def test_what_guessers_try_first_is_weak_and_the_reason_is_said(weak: str) -> None:
    quality = judge(weak)
    assert not quality.is_good
    assert quality.advice
    with pytest.raises(UserError, match="too easy to guess") as caught:
        passphrases.must_be_good(weak)
    assert caught.value.hint == quality.advice[0]
    assert weak not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("good", GOOD)
def test_some_words_that_do_not_belong_together_are_good(good: str) -> None:
    assert judge(good).is_good
    passphrases.must_be_good(good)


def test_the_own_name_and_village_make_it_weak() -> None:
    assert judge("labuhanlombok77").level > judge("labuhanlombok77", ["Rina Kartika", "Labuhan Lombok"]).level
    weak = judge("kartika2026", ["Rina Kartika"])
    assert not weak.is_good
    assert "own name" in weak.advice[0]


def test_long_ones_are_judged_quickly_and_never_fail() -> None:
    for typed in ("a" * 512, "x y z " * 80, "\u0430\u0431\u0432" * 100, "\0" * 40, "\U0001f6a2" * 30):
        assert 0 <= judge(typed).level <= 4
    assert judge("kopi gergaji awan kelereng " * 10).level == 4


def test_advice_is_there_in_indonesian() -> None:
    lang, seen = load("id"), set[str]()
    for weak in [*WEAK, "pendek"]:
        seen.update(judge(weak, ["kucing"]).advice)
    assert len(seen) >= 6
    assert [one for one in seen if lang.say(one) == one] == []


def test_a_workspace_with_a_weak_passphrase_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="too easy"):
        sessions.create_workspace(
            tmp_path / "home", username="rina", display_name="Rina Kartika", role="OUTREACH", area="52.03",
            passphrase="kartika2026", clock=FakeClock(), codes=read_codebook(), kdf=FAST_KDF,
        )  # fmt: skip
    assert not (tmp_path / "home").exists()


def test_a_weak_new_passphrase_changes_nothing(tmp_path: Path) -> None:
    home = create(tmp_path / "home")
    before = Paths(home).keys_file.read_bytes()
    with pytest.raises(UserError, match="too easy"):
        keys.change_passphrase(home, PASSPHRASE, "rahasia123", FakeClock())
    assert Paths(home).keys_file.read_bytes() == before


def test_reading_a_key_loads_no_estimator(tmp_path: Path) -> None:
    script = (
        "import sys\n"
        "from migdesk.services import keys, session, passphrases\n"
        "import migdesk.ui.passphrase_advice, migdesk.ui.new_workspace\n"
        "sys.exit('zxcvbn' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=False).returncode == 0
