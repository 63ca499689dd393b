"""The shipped areas: well-formed codes, names, and a parent for each."""

from migdesk.domain.field_types import AreaCode
from migdesk.paths import resource

PROVINCES, REGENCIES = 38, 514


def areas() -> list[tuple[str, str]]:
    lines = [line for path in sorted(resource("areas").glob("*.tsv")) for line in path.read_text("utf-8").splitlines()]
    return [(code, name) for code, name in (line.split("\t") for line in lines)]


def test_each_area_has_a_code_a_name_and_a_parent() -> None:
    known = dict(areas())
    assert len(known) == len(areas())
    for code, name in known.items():
        assert AreaCode().normalise(code) == code
        assert name == name.strip()
        assert name[0].isupper()
        assert "." not in code or code.rpartition(".")[0] in known


def test_the_whole_country_is_there_down_to_the_regencies() -> None:
    levels = [code.count(".") for code, _ in areas()]
    assert (levels.count(0), levels.count(1)) == (PROVINCES, REGENCIES)


def test_the_demonstration_regencies_are_there_down_to_the_villages() -> None:
    codes = [code for code, _ in areas()]
    for regency in ("52.03", "35.07"):
        assert sum(code.startswith(regency) and code.count(".") == 3 for code in codes) > 200


def test_source_and_licence_stand_beside_them() -> None:
    text = (resource("areas") / "README.md").read_text("utf-8")
    assert "Open Database License" in text
    assert "idn-area-data" in text
