"""Writes `resources/codes/country.toml` from Babel's territory names. Run by hand when Babel's data gets better."""

from pathlib import Path

from babel import Locale

TARGET = Path(__file__).parents[1] / "resources" / "codes" / "country.toml"
DESTINATIONS = (
    "HK", "TW", "MY", "SG", "SA", "KR", "JP", "AE", "BN", "QA", "KW", "OM", "BH", "JO", "TR", "DE", "ID",
)  # fmt: skip
"""Where most people go, then the country itself (a case may be at home)."""
NOT_ISO_3166_1 = {
    "AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ",
}  # fmt: skip
SHORTER = {"HK": ("Hong Kong", "Hong Kong"), "MO": ("Makau", "Macao"), "PS": ("Palestina", "Palestine")}
ISO_3166_1_COUNT = 249


def _names(locale: Locale) -> dict[str, str]:
    return {str(code): str(name) for code, name in locale.territories.items()}


def rows() -> list[tuple[str, str, str]]:
    """(code, Indonesian, English) of every country: main destinations first, the rest by Indonesian name."""
    indonesian, english = _names(Locale("id")), _names(Locale("en", "GB"))
    codes = [code for code in english if len(code) == 2 and code not in NOT_ISO_3166_1]
    if len(codes) != ISO_3166_1_COUNT:
        raise SystemExit(f"{len(codes)} countries; ISO 3166-1 has {ISO_3166_1_COUNT}: look at NOT_ISO_3166_1")
    rest = sorted(set(codes) - set(DESTINATIONS), key=lambda code: indonesian[code])
    return [(code, *SHORTER.get(code, (indonesian[code], english[code]))) for code in (*DESTINATIONS, *rest)]


def main() -> None:
    """Write the file."""
    lines = [f'  {{code = "{code}", id = "{name_id}", en = "{name_en}"}},' for code, name_id, name_en in rows()]
    lines.append('  {code = "unknown", id = "Tidak diketahui", en = "Unknown"},')
    lines.append('  {code = "declined", id = "Tidak bersedia menjawab", en = "Declined to answer"},')
    head = "# Countries, ISO 3166-1 alpha-2, main destinations first; made by packaging/build_countries.py."
    TARGET.write_text("\n".join([head, "", "[country]", "codes = [", *lines, "]", ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
