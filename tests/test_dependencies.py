"""What is imported is what is declared."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
OURS = {"telnyx_connections_mcp", "stdio"}  # the package, and a neighbour of the benchmarks


def names(*requirements: list[Any]) -> set[str]:
    """The distributions that requirements name, normalized."""
    texts = [text for some in requirements for text in some if isinstance(text, str)]
    return {re.match(r"[\w.-]+", text)[0].lower().replace("_", "-") for text in texts}  # type: ignore[index]  # it has a name


EXTRAS = PROJECT["project"]["optional-dependencies"].values()
NEEDED = names(PROJECT["project"]["dependencies"], *EXTRAS)
TESTED = NEEDED | names(PROJECT["dependency-groups"]["test"])


@cache
def owners() -> dict[str, str]:
    """The distribution of each installed module."""
    found = {}
    for distribution in distributions():
        name = distribution.metadata["Name"].lower().replace("_", "-")
        for file in distribution.files or ():
            if file.suffix in (".py", ".so", ".pyd"):
                module = str(file.with_name(file.name.partition(".")[0])).removesuffix("__init__").strip("/")
                found[module.replace("/", ".")] = name
    return found


def imported(folder: str) -> Iterator[tuple[str, str]]:
    """The modules from elsewhere that the files of a folder import, each with a file."""
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Import):
                yield from ((name.name, str(path)) for name in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                whole = (f"{node.module}.{name.name}" for name in node.names)
                yield from ((name if name in owners() else node.module, str(path)) for name in whole)


def distributions_of(folder: str) -> dict[str, str]:
    """The distributions that a folder imports, each with a file.

    Anything not installed here belongs to programs that tests run in environments of their own.
    """
    found = {}
    for module, path in imported(folder):
        owner = owners().get(module) or owners().get(module.partition(".")[0])
        if owner is not None and module.partition(".")[0] not in OURS | sys.stdlib_module_names:
            found[owner] = path
    return found


@pytest.mark.parametrize(("folder", "declared"), [("server", NEEDED), ("tests", TESTED), ("benchmarks", TESTED)])
def test_everything_imported_is_declared(folder: str, declared: set[str]) -> None:
    """Every import is declared, because an undeclared package may vanish or change its version."""
    undeclared = {name: path for name, path in distributions_of(folder).items() if name not in declared}
    assert not undeclared


def test_every_dependency_is_imported() -> None:
    """Every declared dependency is imported."""
    assert not NEEDED - set(distributions_of("server"))
