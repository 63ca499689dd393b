"""What people read is declared for translation, and what is logged holds nothing that anybody typed."""

import ast
from collections.abc import Iterator

from tests.support.tree import Module, call_name, modules, place

SAYING = {"say", "N_", "many", "context"}
ERRORS = {"MigDeskError", "UserError", "UsageError", "RefusedError", "EnvError", "BugError"}
LOG_LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGGERS = {"log", "logger", "_log", "_logger", "LOG", "logging", "_LOG", "LOGGER"}
SHOWING = {
    "setText", "setToolTip", "setStatusTip", "setWindowTitle", "setPlaceholderText", "setAccessibleName", "setTitle",
    "setAccessibleDescription", "QLabel", "QPushButton", "QCheckBox", "QRadioButton", "QGroupBox", "QAction",
}  # fmt: skip
PROGRAM_NAME = "MigDesk"


def calls(module: Module) -> Iterator[ast.Call]:
    return (node for node in ast.walk(module.tree) if isinstance(node, ast.Call))


def is_built(node: ast.expr) -> bool:
    """Whether a text is put together at run time: an f-string, `+`, `%` or `.format`."""
    if isinstance(node, ast.JoinedStr):
        return True
    if isinstance(node, ast.BinOp):
        return any(isinstance(side, ast.Constant | ast.JoinedStr | ast.BinOp) for side in (node.left, node.right))
    if isinstance(node, ast.IfExp):  # the extractor sees only a text that stands there by itself, or in N_()
        return any(isinstance(side, ast.Constant) and side.value for side in (node.body, node.orelse))
    return isinstance(node, ast.Call) and call_name(node) == "format"


def is_words(node: ast.expr) -> bool:
    """Whether a text has words in it: not only a number, a sign, translated parts or the program's own name."""
    if isinstance(node, ast.JoinedStr):
        return any(is_words(part) for part in node.values)
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    return any(letter.isalpha() for letter in node.value) and node.value != PROGRAM_NAME


def parents(node: ast.ClassDef) -> set[str]:
    return {ast.unparse(base).split(".")[-1] for base in node.bases}


def has_own_words(node: ast.ClassDef) -> bool:
    return any(isinstance(line, ast.FunctionDef) and line.name == "__init__" for line in node.body)


def error_classes() -> set[str]:
    """Our error classes, with those derived from them that take their message from whoever raises."""
    known = set(ERRORS)
    for _ in range(4):
        for module in modules("migdesk"):
            for node in ast.walk(module.tree):
                if isinstance(node, ast.ClassDef) and known & parents(node) and not has_own_words(node):
                    known.add(node.name)
    return known


def test_a_sentence_is_never_put_together() -> None:
    found = [
        place(module, node)
        for module in modules("migdesk")
        for node in calls(module)
        if call_name(node) in SAYING and any(is_built(argument) for argument in node.args[:2])
    ]
    assert found == []


def test_errors_are_declared_for_translation() -> None:
    errors = error_classes()
    found = [
        place(module, node)
        for module in modules("migdesk")
        for node in calls(module)
        if call_name(node) in errors
        for said in [*node.args[:1], *(word.value for word in node.keywords if word.arg == "hint")]
        if is_built(said) or (isinstance(said, ast.Constant) and said.value)
    ]
    assert found == []


def test_no_widget_shows_a_bare_text() -> None:
    found = [
        f"{place(module, node)}: {ast.unparse(node.args[0])}"
        for module in modules("migdesk/ui")
        for node in calls(module)
        if call_name(node) in SHOWING and node.args and is_words(node.args[0])
    ]
    assert found == []


def test_a_log_message_is_a_constant() -> None:
    found = [
        place(module, node)
        for module in modules("migdesk")
        for node in calls(module)
        if call_name(node) in LOG_LEVELS
        and isinstance(node.func, ast.Attribute)
        and ast.unparse(node.func.value).split(".")[-1] in LOGGERS
        and node.args
        and not any(
            isinstance(argument, ast.Constant) and isinstance(argument.value, str) for argument in node.args[:2]
        )
    ]
    assert found == []
