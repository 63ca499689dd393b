"""The audit's acts are listed in one place: what is noted is listed, and what is listed is noted."""

import ast
from collections.abc import Iterator

from migdesk.domain.acts import ACTS
from tests.support.tree import Module, call_name, modules, place

NOTING = {"append": 2, "_audit": 2, "_Note": 0, "looked": 0}
"""Which argument of a call is the code of an act. `append` counts only as `audit.append`."""
NAMED = ("action", "act")


def codes(module: Module) -> Iterator[tuple[str, ast.expr]]:
    """Every code of an act that is written out in a call that notes one."""
    for node in ast.walk(module.tree):
        if not isinstance(node, ast.Call):
            continue
        name = call_name(node)
        if name == "append" and "audit" not in ast.unparse(node.func):
            continue
        given = [one.value for one in node.keywords if one.arg in NAMED and name in ("partial", "open_clear")]
        if name in NOTING and len(node.args) > NOTING[name]:
            given.append(node.args[NOTING[name]])
        for one in given:
            for part in (one.body, one.orelse) if isinstance(one, ast.IfExp) else (one,):
                if isinstance(part, ast.Constant) and isinstance(part.value, str):
                    yield part.value, part


def test_what_is_noted_is_listed() -> None:
    found = [(code, place(module, node)) for module in modules("migdesk") for code, node in codes(module)]
    assert len(found) > 30
    assert [one for one in found if one[0] not in ACTS] == []


def test_what_is_listed_is_noted() -> None:
    written = {
        node.value
        for module in modules("migdesk")
        if module.name != "migdesk/domain/acts.py"
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    assert set(ACTS) - written == set()


def test_codes_are_plain_words_and_labels_differ() -> None:
    assert all(code.isascii() and code.replace("_", "").isalpha() and code.islower() for code in ACTS)
    assert len(set(ACTS.values())) == len(ACTS)
