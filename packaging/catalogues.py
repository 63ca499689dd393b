"""Keeps locales/ and the code together. `python packaging/catalogues.py extract|update|check|missing|apply|compile`.

extract   write messages.pot from the code
update    extract, bring every language up to date, generate en and en_XA, compile
check     say what is wrong and end with 1; changes nothing
missing   print the messages without Indonesian, as a .po to fill in
apply F   take the translations of such a file over into Indonesian, then update
compile   write the .mo files
"""

import io
import sys
from collections.abc import Callable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from catalogue_rules import clashes, complaints, forms, is_missing, real
from pseudo import pseudo

ROOT = Path(__file__).resolve().parents[1]
LOCALES = ROOT / "locales"
KEYWORDS = {"N_": None, "NN_": (1, 2), "say": None, "many": (1, 2), "context": ((1, "c"), 2)}
TRANSLATED = "id"
GENERATED: dict[str, Callable[[str], str]] = {"en": str, "en_XA": pseudo}
_PLURALS = {"id": (1, "0"), "en": (2, "(n != 1)"), "en_XA": (2, "(n != 1)")}


def extracted() -> Catalog:
    """Every message of the code and of the console's pages, with the files it is in."""
    found = Catalog(charset="utf-8")
    rows = extract_from_dir(
        ROOT / "migdesk", method_map=[("**.py", "extraction:messages")], keywords=KEYWORDS, comment_tags=("L10N:",)
    )
    pages = extract_from_dir(
        ROOT / "resources" / "console", method_map=[("**.html", "jinja2.ext:babel_extract")],
        options_map={"**.html": {"trimmed": "true"}}, keywords=KEYWORDS,
    )  # fmt: skip
    for file, _line, message, comments, context in (*rows, *pages):
        found.add(message, None, [(file, 0)], auto_comments=comments, context=context)
    return found


def po_file(language: str) -> Path:
    return LOCALES / language / "LC_MESSAGES" / "messages.po"


def text_of(catalogue: Catalog, language: str) -> str:
    """The catalogue as a file: sorted, without dates and places, so that a diff shows words and nothing else."""
    count, rule = _PLURALS.get(language, (2, "(n != 1)"))
    header = [f"Language: {language}", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8"]
    header += ["Content-Transfer-Encoding: 8bit", f"Plural-Forms: nplurals={count}; plural={rule};"]
    catalogue.mime_headers = [("Plural-Forms", f"nplurals={count}; plural={rule};")]
    buffer = io.BytesIO()
    write_po(buffer, catalogue, no_location=True, omit_header=True, sort_output=True, ignore_obsolete=True, width=110)
    lines = "".join(f'"{line}\\n"\n' for line in header)
    return f'msgid ""\nmsgstr ""\n{lines}\n{buffer.getvalue().decode().strip()}\n'


def read(language: str) -> Catalog:
    """The catalogue of a language as it is on disk; an empty one if there is none yet."""
    path = po_file(language)
    if not path.exists():
        return Catalog(locale=language, charset="utf-8")
    with path.open("rb") as file:
        return read_po(file, locale=language)


def fitted(template: Catalog, language: str) -> Catalog:
    """The catalogue of a language with exactly the messages of the template."""
    make, known = GENERATED.get(language), read(language)
    count, _ = _PLURALS[language]
    made = Catalog(charset="utf-8")
    for message in real(template):
        old = known.get(message.id, message.context)
        if make:
            words = tuple(make(form) for form in forms(message.id))
        else:
            words = forms(old.string) if old and not old.fuzzy else ("",)
        plural = isinstance(message.id, tuple)
        string = (words + ("",) * count)[:count] if plural else words[0]
        made.add(message.id, string, message.locations, auto_comments=message.auto_comments, context=message.context)
    return made


def expected(template: Catalog) -> dict[Path, str]:
    """What the files should hold."""
    files = {LOCALES / "messages.pot": text_of(template, "")}
    return files | {po_file(name): text_of(fitted(template, name), name) for name in (TRANSLATED, *GENERATED)}


def update() -> None:
    """Write every file that differs, then the compiled ones."""
    for path, text in expected(extracted()).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
    compile_all()


def compile_all() -> None:
    """Write the .mo beside each .po."""
    for name in (TRANSLATED, *GENERATED):
        with po_file(name).with_suffix(".mo").open("wb") as file:
            write_mo(file, read(name))


def check() -> list[str]:
    """Everything that is wrong, one line each."""
    template = extracted()
    wrong = [
        f"{path.relative_to(ROOT)} does not match the code: run `make strings`"
        for path, text in expected(template).items()
        if not path.exists() or path.read_text(encoding="utf-8") != text
    ]
    translated = fitted(template, TRANSLATED)
    for message in real(translated):
        if is_missing(message):
            wrong.append(f"{TRANSLATED}: not translated: {message.id!r}")
        else:
            wrong += [f"{TRANSLATED}: {what}: {message.id!r} -> {message.string!r}" for what in complaints(message)]
    english = fitted(template, "en")
    return (
        wrong
        + [f"{TRANSLATED}: {line}" for line in clashes(real(translated))]
        + [f"en: {line}" for line in clashes(real(english))]
    )


def missing() -> Catalog:
    """The messages without Indonesian."""
    found = Catalog(charset="utf-8")
    for message in real(fitted(extracted(), TRANSLATED)):
        if is_missing(message):
            found.add(message.id, message.string, auto_comments=message.auto_comments, context=message.context)
    return found


def apply(source: Path) -> None:
    """Take over the translations of a .po with any part of the messages."""
    known = read(TRANSLATED)
    with source.open("rb") as file:
        for message in real(read_po(file, locale=TRANSLATED)):
            if not is_missing(message):
                known.delete(message.id, message.context)
                known.add(message.id, message.string, context=message.context)
    po_file(TRANSLATED).parent.mkdir(parents=True, exist_ok=True)
    po_file(TRANSLATED).write_text(text_of(known, TRANSLATED), encoding="utf-8")
    update()


def main(arguments: list[str]) -> int:
    """Run one verb; returns the exit code."""
    match arguments:
        case ["extract"]:
            (LOCALES / "messages.pot").write_text(text_of(extracted(), ""), encoding="utf-8")
        case ["update"]:
            update()
        case ["compile"]:
            compile_all()
        case ["missing"]:
            sys.stdout.write(text_of(missing(), TRANSLATED))
        case ["apply", name]:
            apply(Path(name))
        case ["check"]:
            wrong = check()
            print("\n".join(wrong) if wrong else "catalogues: as the code has them")
            return 1 if wrong else 0
        case _:
            print(__doc__)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
