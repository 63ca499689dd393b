"""What must not stand in a tracked file: addresses of package registries, paths of one machine, put-off work."""

import ast
import re
from pathlib import Path

from tests.support.tree import ROOT, call_name, modules, place, text_files

# Written in two parts, so that this file does not find itself.
_REGISTRIES = [
    "py" + "pi.org",
    "files.python" + "hosted.org",
    "registry.np" + "mjs.org",
    "registry.ya" + "rnpkg.com",
    "npm" + "mirror.com",
    "proxy.go" + "lang.org",
    "static.crates" + ".io",
    "conda.ana" + "conda.org",
]
_MACHINE = re.compile(r"(?<![\w./~-])/(?:work|root|Users|home/\w+)/\w")
_PUT_OFF = re.compile(r"\b(?:" + "TO" + "DO|FIX" + r"ME|XX" + r"X|HA" + r"CK)\b")
_SWALLOWED = "an error is swallowed without a word"
CODE = {".py", ".toml", ".sh", ".qss", ".spec", ".in"}


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_names_a_registry() -> None:
    named = {relative(path): host for path, text in text_files() for host in _REGISTRIES if host in text.lower()}
    assert named == {}


def test_no_file_names_a_path_of_one_machine() -> None:
    named = {relative(path): found.group() for path, text in text_files() if (found := _MACHINE.search(text))}
    assert named == {}


def test_no_work_is_put_off_in_a_comment() -> None:
    found = [
        f"{relative(path)}:{number}"
        for path, text in text_files()
        if path.suffix in CODE or path.name == "Makefile"
        for number, line in enumerate(text.splitlines(), 1)
        if _PUT_OFF.search(line)
    ]
    assert found == []


def test_no_error_is_swallowed_in_silence() -> None:
    found = [
        f"{place(module, node)}: {_SWALLOWED}"
        for module in modules("migdesk")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}))
        and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    assert found == []


def test_tests_do_not_sleep() -> None:
    found = [
        place(module, node)
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and (call_name(node) in {"sleep", "qWait"} or ast.unparse(node.func).endswith("qtbot.wait"))
    ]
    assert found == []


def test_no_test_stands_in_for_our_own_classes() -> None:
    found = [
        place(module, node)
        for module in modules("tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ImportFrom | ast.Import) and "mock" in ast.unparse(node).lower()
    ]
    assert found == []
