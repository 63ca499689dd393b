"""What a translation must keep of its English message. Pure: messages in, complaints out."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from string import Formatter

from babel.messages.catalog import Catalog, Message

_ACCELERATOR = re.compile(r"&([^\W_])")
_END = re.compile(r"[.:?!…]*$")


def forms(value: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    """The one form of a plain message, or all of a plural one."""
    return (value,) if isinstance(value, str) else tuple(value or ())


def real(catalogue: Catalog) -> Iterator[Message]:
    """The messages without the header."""
    return (message for message in catalogue if message.id)


def is_missing(message: Message) -> bool:
    """Whether a form has no words yet or is only a guess."""
    said = forms(message.string)
    return message.fuzzy or not said or not all(said)


def complaints(message: Message) -> Iterator[str]:
    """What is wrong with a translated message, in a few words each."""
    english = forms(message.id)
    for said in forms(message.string):
        if _fields(said) not in {_fields(form) for form in english}:
            yield "placeholders differ"
        if _end(said) not in {_end(form) for form in english}:
            yield "end punctuation differs"
        if bool(_ACCELERATOR.search(said)) != bool(_ACCELERATOR.search(english[-1])):
            yield "one has an accelerator (&) and the other has none"
        if said != said.strip() and english[-1] == english[-1].strip():
            yield "white space at an end"


def clashes(messages: Iterable[Message]) -> Iterator[str]:
    """Accelerators that two messages of one source file share: they may stand in one window."""
    taken: dict[tuple[str, str], set[str]] = defaultdict(set)
    for message in messages:
        for letter in _ACCELERATOR.findall(forms(message.string)[0]):
            for file, _ in message.locations:
                taken[file, letter.lower()].add(str(message.id))
    for (file, letter), ids in sorted(taken.items()):
        if len(ids) > 1:
            yield f"{file}: Alt+{letter.upper()} is taken {len(ids)} times: {', '.join(sorted(ids))}"


def _fields(text: str) -> frozenset[tuple[str, str]] | None:
    try:
        return frozenset((name, spec or "") for _, name, spec, _ in Formatter().parse(text) if name is not None)
    except ValueError:
        return None


def _end(text: str) -> str:
    found = _END.search(text)
    return found.group().replace("...", "…") if found else ""
