"""The installation: Python, the packages, and the command that clients start."""

import filecmp
import os
import shutil
import sys
from collections.abc import Iterator
from importlib.metadata import Distribution, PackageNotFoundError, distribution, version
from pathlib import Path
from platform import python_version

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import telnyx_connections_mcp
from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.cli.doctor.check_result import REINSTALL, CheckResult, failed, ok, warning
from telnyx_connections_mcp.cli.doctor.subject import Subject

PACKAGE = "telnyx-connections-mcp"
"""The name of the package and of its command."""
_SHOWN = ("mcp", "httpx", "pydantic", "anyio")


async def check_python(_: Subject) -> CheckResult:
    """Whether this Python is one that the package supports."""
    running = f"Python {python_version()}, {sys.executable}"
    package = _distribution()
    wanted = (package.metadata["Requires-Python"] if package else None) or ""
    if python_version() in SpecifierSet(wanted, prereleases=True):
        return ok(running)
    return failed(f"{running}, but {wanted} is needed", "install this package with a newer Python")


async def check_packages(_: Subject) -> CheckResult:
    """Whether the package's requirements are installed in the required versions."""
    place = Path(telnyx_connections_mcp.__file__).parent
    package = _distribution()
    if package is None:
        return warning(f"{PACKAGE} {__version__} runs from {place} but is not installed", REINSTALL)
    wrong = list(_wrong(package))
    if wrong:
        return failed("; ".join(wrong), REINSTALL)
    if package.version != __version__:
        return warning(f"{__version__} runs from {place}, but {package.version} is installed", REINSTALL)
    return ok(f"{PACKAGE} {__version__} in {place}, with {', '.join(f'{name} {version(name)}' for name in _SHOWN)}")


async def check_command(subject: Subject) -> CheckResult:
    """Whether a client that starts the command by name gets this installation."""
    found = shutil.which(PACKAGE, path=subject.environ.get("PATH", ""))
    own = _own_command()
    if found is None:
        whole = f"configure the full path {own} as your client's command" if own else REINSTALL
        return warning(f"{PACKAGE} is not on the PATH, so clients cannot find it by name", whole)
    if own is None or not _same(Path(found), own):
        here = f"use the full path {own} in your client's configuration" if own else REINSTALL
        return warning(f"{found} is a different installation from the one that is running", f"remove it, or {here}")
    return ok(f"{found} (clients that cannot find the command by name need this full path)")


def _distribution() -> Distribution | None:
    try:
        return distribution(PACKAGE)
    except PackageNotFoundError:
        return None


def _wrong(package: Distribution) -> Iterator[str]:
    """Missing or unsuitable requirements, each in a few words."""
    for requirement in map(Requirement, package.requires or []):
        if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
            continue
        try:
            there = version(requirement.name)
        except PackageNotFoundError:
            yield f"{requirement.name} is not installed"
            continue
        if not requirement.specifier.contains(there, prereleases=True):
            yield f"{requirement.name} {there} is installed, but {requirement.specifier} is needed"


def _own_command() -> Path | None:
    """The command installed with the running package."""
    package = _distribution()
    for file in (package.files if package else None) or []:
        if file.name in (PACKAGE, f"{PACKAGE}.exe"):
            command = Path(str(file.locate())).resolve()
            return command if command.exists() else None
    return None


def _same(found: Path, own: Path) -> bool:
    """Whether both start the same: one file, or a copy of it (pipx makes copies on Windows)."""
    return found.resolve() == own or (os.access(found, os.R_OK) and filecmp.cmp(found, own, shallow=False))
