"""Check, where the lowest versions are installed, that each is the one that pyproject.toml declares.

A bound below what other packages allow is one that nobody can try.
"""

import sys
import tomllib
from importlib.metadata import version
from pathlib import Path

from packaging.requirements import Requirement
from packaging.version import Version


def minor(text: str) -> tuple[int, int]:
    """The first two numbers of a version."""
    parsed = Version(text)
    return parsed.major, parsed.minor


project = tomllib.loads(Path("pyproject.toml").read_text("utf-8"))["project"]
wrong = []
for requirement in map(Requirement, project["dependencies"]):
    (bound,) = [one.version for one in requirement.specifier if one.operator == ">="]
    if minor(bound) != minor(version(requirement.name)):
        wrong.append(f"{requirement.name}>={bound}, of which the lowest that can be had is {version(requirement.name)}")
sys.exit("; ".join(wrong) or 0)
