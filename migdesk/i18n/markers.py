"""Marks English text for translation where it is declared, long before anyone chose a language."""


def N_(text: str) -> str:
    """Hand the text back untouched; the extractor finds it by this name and `Language.say` translates it later."""
    return text


def NN_(one: str, other: str) -> tuple[str, str]:
    """The same for a message that counts: singular and plural, for `Language.many`."""
    return one, other
