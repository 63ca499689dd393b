"""The pseudo-language en_XA: readable English that shows what is not translated, cut off or glued together."""

import re

_ACCENTED = str.maketrans(
    "ABCDEGHIJKLNOPRSTUWYZabcdeghijklnoprstuwyz",
    "ÅßÇÐÉĜĤÎĴĶĻÑÖÞŔŠŢÛŴÝŽåƀçðéĝĥîĵķļñöþŕšţûŵýž",
)
_KEPT = re.compile(r"(\{[^{}]*\}|&\w|<[^<>]*>)")
_PADDING = "·one·two·three·four·five·six·seven·eight·nine·ten"
LONGER = 0.4


def pseudo(text: str) -> str:
    """Accented, bracketed, 40 % longer: `Save` is `[Šåvé·]`. Placeholders, tags and accelerators are kept."""
    parts = _KEPT.split(text)
    accented = "".join(part if place % 2 else part.translate(_ACCENTED) for place, part in enumerate(parts))
    wanted = max(1, round(len(text) * LONGER) - 2)
    padding = (_PADDING * (wanted // len(_PADDING) + 1))[:wanted]
    stop = re.search(r"[.:?!…]*$", accented)
    end = stop.group() if stop else ""
    return f"[{accented[: len(accented) - len(end)]}{padding}]{end}"
