"""Size and shape of modules: short files, short functions, a word about each, no drawers for odds and ends."""

import ast
from collections.abc import Iterator

from tests.support.tree import ROOT, WRITTEN_OUT, Module, modules, place

MODULE_LINES = 400
TEST_LINES = 500
FUNCTION_LINES = 50
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "manager", "managers"}
PROGRAM = ("migdesk", "packaging", "benchmarks")


def limited(*folders: str) -> Iterator[Module]:
    return (module for module in modules(*folders) if WRITTEN_OUT not in module.path.parents)


def test_modules_are_short() -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in limited(*PROGRAM)}
    assert {name: count for name, count in lengths.items() if count > MODULE_LINES} == {}


def test_test_modules_are_short() -> None:
    lengths = {module.name: len(module.text.splitlines()) for module in limited("tests")}
    assert {name: count for name, count in lengths.items() if count > TEST_LINES} == {}


def test_functions_are_short() -> None:
    too_long = {
        f"{place(module, node)} {node.name}": lines
        for module in limited(*PROGRAM, "tests")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (lines := (node.end_lineno or node.lineno) - node.lineno + 1) > FUNCTION_LINES
    }
    assert too_long == {}


def test_every_module_says_what_it_owns() -> None:
    silent = [
        module.name
        for module in limited(*PROGRAM, "tests")
        if module.text.strip() and not ast.get_docstring(module.tree)
    ]
    assert silent == []


def test_no_module_is_a_drawer() -> None:
    named = [module.name for module in modules("migdesk") if DRAWERS & set(module.path.relative_to(ROOT).parts)]
    named += [module.name for module in modules("migdesk") if module.path.stem in DRAWERS]
    assert named == []
