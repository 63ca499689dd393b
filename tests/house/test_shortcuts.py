"""Every keyboard shortcut of the frame stands once in `ui/shortcuts.py`, and no other window module spells one."""

import ast
import re

from migdesk.ui.shortcuts import FORM_KEYS, KEYS
from tests.support.tree import ROOT, call_name, modules, place

SOURCE = ROOT / "migdesk" / "ui" / "shortcuts.py"
SPELT = re.compile(r"(?:(?:Ctrl|Alt|Shift|Meta)\+)+\S+|F\d{1,2}")


def test_each_shortcut_is_used_once() -> None:
    bound = [keys.lower() for sequences, _ in KEYS.values() for keys in sequences]
    listed = [keys.lower() for keys, _ in FORM_KEYS]
    assert sorted(bound + listed) == sorted(set(bound + listed))


def test_each_shortcut_says_what_it_does() -> None:
    assert [name for name, (_, words) in KEYS.items() if not words] == []


def test_no_other_module_of_the_windows_spells_a_shortcut() -> None:
    found = [
        place(module, node)
        for module in modules("migdesk/ui")
        if module.path != SOURCE
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call) and call_name(node) in {"QKeySequence", "setShortcut", "QShortcut"}
        for argument in node.args[:1]
        if isinstance(argument, ast.Constant) and SPELT.fullmatch(str(argument.value))
    ]
    assert found == []
