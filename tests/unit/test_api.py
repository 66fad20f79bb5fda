"""The Python API: each name is there, typed and loaded only when used."""

from __future__ import annotations

import ast
import pkgutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import narrows

NAMES = [name for name in narrows.__all__ if name != "__version__"]


@pytest.mark.parametrize("name", NAMES)
def test_every_name_resolves(name: str) -> None:
    assert getattr(narrows, name) is not None
    assert name in dir(narrows)


def test_type_checkers_see_the_same_names_from_the_same_modules() -> None:
    tree = ast.parse(Path(narrows.__file__).read_text(encoding="utf-8"))
    seen = {
        (imported.module, alias.asname)
        for block in tree.body
        if isinstance(block, ast.If)
        for imported in block.body
        if isinstance(imported, ast.ImportFrom)
        for alias in imported.names
    }
    assert seen == {(module, name) for module, names in narrows._NAMES_OF.items() for name in names}


def test_names_are_what_their_modules_hold() -> None:
    for module, names in narrows._NAMES_OF.items():
        for name in names:
            assert getattr(narrows, name) is getattr(import_module(module), name)


def test_no_name_is_a_modules_name() -> None:
    modules = {module.name for module in pkgutil.iter_modules(narrows.__path__)}
    assert not modules & set(NAMES)


def test_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Netwrok'"):
        narrows.Netwrok  # noqa: B018


def test_importing_narrows_imports_nothing_else_of_it_but_the_loader() -> None:
    program = "import sys, narrows; print(*(m for m in sys.modules if m.startswith('narrows')))"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert sorted(ran.stdout.split()) == ["narrows", "narrows.lazy"]
