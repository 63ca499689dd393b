"""Finds messages in Python source for Babel, by the syntax tree: only a text that is itself an argument is a message.

Babel's own extractor reads tokens, and takes `say(fields["name"].label)` for the message "name".
"""

import ast
import itertools
from collections.abc import Collection, Iterator, Mapping
from typing import IO, Any

Found = tuple[int, str, tuple[str | None, ...], list[str]]
WHOLE = ("many", "context")
"""Their arguments make one message together."""


def messages(
    file: IO[bytes], keywords: Mapping[str, Any], comment_tags: Collection[str], options: Mapping[str, Any]
) -> Iterator[Found]:
    """Babel's interface: (line, function, its arguments as texts or None, comments for translators) of each call."""
    text = file.read().decode()
    lines = text.splitlines()
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    # many(N_("a row"), N_("rows"), n) is one message with two forms, and no two messages more; so with context().
    forms = {part for call in calls if _name(call.func) in WHOLE for part in call.args}
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        name = _name(call.func)
        if name in keywords and call not in forms:
            parts = [_unmarked(part) for part in call.args] if name in WHOLE else call.args
            texts = tuple(_text(part) for part in parts)
            if any(texts):
                yield call.lineno, name, texts, _comments(lines, call.lineno, comment_tags)


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _unmarked(argument: ast.expr) -> ast.expr:
    if isinstance(argument, ast.Call) and _name(argument.func) == "N_" and argument.args:
        return argument.args[0]
    return argument


def _text(argument: ast.expr) -> str | None:
    return argument.value if isinstance(argument, ast.Constant) and isinstance(argument.value, str) else None


def _comments(lines: list[str], line: int, tags: Collection[str]) -> list[str]:
    """The comment lines right above a call, if the first of them begins with a tag."""
    above = (text.strip() for text in reversed(lines[: line - 1]))
    block = [text.lstrip("# ") for text in itertools.takewhile(lambda text: text.startswith("#"), above)][::-1]
    return block if block and block[0].startswith(tuple(tags)) else []
