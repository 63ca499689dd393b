"""Dates, amounts and areas as people type them, and the look as numbers: no window at all."""

from datetime import date

import pytest

from migdesk.domain.values import Money, PartialDate
from migdesk.paths import resource
from migdesk.ui.areas import AreaFinder, fold
from migdesk.ui.new_workspace import user_name
from migdesk.ui.quick_hide import Calculator
from migdesk.ui.theme import MODES, contrast_ratio, read_theme
from migdesk.ui.widgets.date_text import read_day, read_partial, write_date
from migdesk.ui.widgets.money_text import read_money, write_money

TODAY = date(2026, 5, 17)
AREAS = (
    ("52", "Nusa Tenggara Barat"),
    ("52.03", "Kabupaten Lombok Timur"),
    ("52.03.09", "Sikur"),
    ("52.03.09.2004", "Montong Baan"),
    ("35", "Jawa Timur"),
    ("35.07", "Kabupaten Malang"),
    ("35.07.09", "Sikurip"),
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("17051994", PartialDate(1994, 5, 17)),
        ("170594", PartialDate(1994, 5, 17)),
        ("17/5/1994", PartialDate(1994, 5, 17)),
        ("17-05-94", PartialDate(1994, 5, 17)),
        ("17 5 26", PartialDate(2026, 5, 17)),
        ("17.5.27", PartialDate(1927, 5, 17)),
        ("1994-05-17", PartialDate(1994, 5, 17)),
        ("05/1994", PartialDate(1994, 5)),
        ("?/5/1994", PartialDate(1994, 5)),
        ("1994", PartialDate(1994)),
        ("~1994", PartialDate(1994, estimated=True)),
        ("32 th", PartialDate(1994, estimated=True)),
        ("32y", PartialDate(1994, estimated=True)),
        ("", None),
    ],
)
def test_a_date_of_birth_is_read_as_people_type_it(typed: str, meant: PartialDate | None) -> None:
    assert read_partial(typed, TODAY) == meant


@pytest.mark.parametrize("typed", ["31/02/1994", "hello", "17", "1/1/1", "/", "13/1994", "17//1994", "12345", "0000"])
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_partial(typed, TODAY)


def test_a_day_needs_its_day_and_may_lack_its_year() -> None:
    assert read_day("17/5", TODAY) == date(2026, 5, 17)
    assert read_day("170530", TODAY, future=True) == date(2030, 5, 17)
    with pytest.raises(ValueError, match="whole day"):
        read_day("05/2026", TODAY)


@pytest.mark.parametrize("value", [PartialDate(1994), PartialDate(1994, 5), PartialDate(1994, 5, 17), None])
def test_a_date_is_written_as_it_is_read(value: PartialDate | None) -> None:
    assert read_partial(write_date(value), TODAY) == value


@pytest.mark.parametrize(
    ("typed", "decimal", "minor"),
    [
        ("5.000.000", ",", 500_000_000),
        ("5,000,000", ".", 500_000_000),
        ("5000000", ",", 500_000_000),
        ("Rp 5.000", ",", 500_000),
        ("12,50", ",", 1250),
        ("12.5", ".", 1250),
        ("5,000", ",", 500_000),
        ("0", ",", 0),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed: str, decimal: str, minor: int) -> None:
    assert read_money(typed, "IDR", 2, decimal) == Money(minor, "IDR")


@pytest.mark.parametrize("typed", ["five", "1-2", "12,345,6", "-5", "9" * 40])
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(ValueError, match="amount"):
        read_money(typed, "IDR", 2, ",")


def test_an_amount_is_written_with_the_signs_of_the_language() -> None:
    assert write_money(Money(123_456_789, "HKD"), 2, ",") == "1.234.567,89"
    assert write_money(Money(123_456_700, "HKD"), 2, ".") == "1,234,567"
    assert write_money(Money(1500, "JPY"), 0, ",") == "1.500"


def test_areas_are_found_by_part_of_a_name_own_areas_first() -> None:
    finder = AreaFinder(AREAS, ["35.07"])
    assert [hit.code for hit in finder.find("sikur")] == ["35.07.09", "52.03.09"]
    assert [hit.code for hit in finder.find("sikur, lombok")] == ["52.03.09"]
    assert [hit.code for hit in finder.find("BAAN")] == ["52.03.09.2004"]
    assert finder.path("52.03.09.2004") == "Montong Baan, Sikur, Kabupaten Lombok Timur, Nusa Tenggara Barat"


def test_areas_are_found_by_code_with_and_without_dots() -> None:
    finder = AreaFinder(AREAS)
    assert [hit.code for hit in finder.find("5203092004")] == ["52.03.09.2004"]
    assert {hit.code for hit in finder.find("52.03", min_level=3)} == {"52.03.09", "52.03.09.2004"}
    assert finder.exact("5203") == "52.03"
    assert finder.exact("9999") is None
    assert finder.find("") == []
    assert finder.name("99.99") == "99.99"


def test_folding_takes_marks_and_case_away() -> None:
    assert fold("  Desa   ÉLOK ") == "desa elok"


def test_a_user_name_is_made_of_the_name() -> None:
    assert user_name("Ibu Sri W.") == "ibu.sri.w"
    assert user_name("…") == ""


def test_the_calculator_of_the_neutral_cover_counts() -> None:
    one = Calculator()
    for key in "12+30=":
        one.press(key)
    assert one.shown == "42"
    for key in "÷0=":
        one.press(key)
    assert one.shown == "0"


@pytest.mark.parametrize("mode", MODES)
def test_text_and_controls_have_enough_contrast(mode: str) -> None:
    """WCAG 2.2 AA: 4.5 for text, 3 for the edges of what one can act on."""
    theme = read_theme(resource("theme"), mode)
    grounds = ("canvas", "surface", "raised", "hover", "sunken")
    pairs = [(text, ground) for text in ("ink", "muted") for ground in grounds]
    pairs += [(tone, ground) for tone in ("accent", "danger", "warning") for ground in ("canvas", "surface")]
    pairs += [("accent_strong", "accent_soft"), ("on_accent", "accent"), ("on_accent", "accent_strong")]
    pairs += [("on_danger", "danger"), ("on_danger", "danger_strong"), ("on_side", "side"), ("ink", "selection")]
    pairs += [(tone, f"{tone}_soft") for tone in ("danger", "warning", "success", "info")]
    pairs += [("ink", f"{tone}_soft") for tone in ("accent", "danger", "warning", "success", "info")]
    weak = {
        pair: ratio for pair in pairs if (ratio := contrast_ratio(theme.color(pair[0]), theme.color(pair[1]))) < 4.5
    }
    edges = [("edge", "surface"), ("edge", "canvas"), ("focus", "surface"), ("focus", "canvas"), ("accent", "surface")]
    weak |= {pair: ratio for pair in edges if (ratio := contrast_ratio(theme.color(pair[0]), theme.color(pair[1]))) < 3}
    assert weak == {}


def test_sizes_follow_the_text_size_and_unknown_looks_fall_back() -> None:
    folder = resource("theme")
    assert read_theme(folder, "light", 1.5).space(4) == 24
    assert read_theme(folder, "purple", 9.0).mode == "light"
    assert read_theme(folder, "light", 9.0).scale == 2.0
    assert "$" not in read_theme(folder, "dark", 1.25).stylesheet()
