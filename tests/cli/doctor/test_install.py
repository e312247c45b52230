"""What the doctor finds out about an installation."""

import shutil
import sys
from collections.abc import Awaitable, Callable
from importlib.metadata import distribution
from pathlib import Path

import pytest

from telnyx_connections_mcp import __version__
from telnyx_connections_mcp.cli.doctor.check_result import Step

pytestmark = pytest.mark.anyio
Examine = Callable[..., Awaitable[dict[str, Step]]]  # tests/cli/doctor/conftest.py: examined
COMMAND = "telnyx-connections-mcp"


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, *lines: str, version: str = __version__) -> Path:
    """Put an installation of our package with this metadata before the real one."""
    info = folder / f"telnyx_connections_mcp-{version}.dist-info"
    info.mkdir()
    head = ("Metadata-Version: 2.4", "Name: telnyx-connections-mcp", f"Version: {version}")
    (info / "METADATA").write_text("\n".join((*head, *lines)) + "\n")
    monkeypatch.syspath_prepend(str(folder))
    return info


def executable(path: Path, text: str = "#!/bin/sh\n") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


async def test_this_python_is_reported(examined: Examine) -> None:
    """Its version and path are reported."""
    step = (await examined("python"))["python"]
    assert step.status == "ok"
    assert sys.executable in step.detail
    assert ".".join(map(str, sys.version_info[:3])) in step.detail


async def test_an_old_python_is_refused(examined: Examine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The metadata of the package says which versions work."""
    pretend(monkeypatch, tmp_path, "Requires-Python: >=4.1")
    step = (await examined("python"))["python"]
    assert (step.status, step.advice) == ("failed", "install this package with a newer Python")
    assert ">=4.1 is needed" in step.detail


async def test_packages_are_reported(examined: Examine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Their versions and our location are reported; packages of extras may be missing."""
    pretend(monkeypatch, tmp_path, "Requires-Dist: anyio>=4", 'Requires-Dist: nothing-of-this-name; extra == "more"')
    step = (await examined("packages"))["packages"]
    assert step.status == "ok"
    for name in ("mcp", "httpx", "pydantic", "anyio"):
        assert f"{name} {distribution(name).version}" in step.detail


async def test_missing_and_old_packages_are_named(
    examined: Examine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Each is reported with what is needed, and the advice is to install again."""
    pretend(monkeypatch, tmp_path, "Requires-Dist: anyio>=99", "Requires-Dist: nothing-of-this-name>=1")
    step = (await examined("packages"))["packages"]
    assert step.status == "failed"
    assert f"anyio {distribution('anyio').version} is installed, but >=99 is needed" in step.detail
    assert "nothing-of-this-name is not installed" in step.detail
    assert "reinstall it" in step.advice


async def test_another_version_than_the_installed_one_is_noticed(
    examined: Examine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Two copies are a common reason why an update changes nothing."""
    pretend(monkeypatch, tmp_path, version="0.0.1")
    step = (await examined("packages"))["packages"]
    assert step.status == "warning"
    assert "but 0.0.1 is installed" in step.detail


async def test_code_that_was_never_installed_is_noticed(examined: Examine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packages get a warning, Python is reported, and there is no command to check."""
    await examined("python", "packages", "command")  # with what they import
    monkeypatch.setattr(sys, "path", [])
    steps = await examined("python", "packages", "command", PATH="")
    assert [step.status for step in steps.values()] == ["ok", "warning", "warning"]
    assert "but is not installed" in steps["packages"].detail
    assert "reinstall it" in steps["command"].advice


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An installation with its own command."""
    (tmp_path / "site").mkdir()
    info = pretend(monkeypatch, tmp_path / "site")
    (info / "RECORD").write_text(f"telnyx_connections_mcp/__init__.py,,\n../bin/{COMMAND},,\n")
    return executable(tmp_path / "bin" / COMMAND, "#!/bin/sh\n# ours\n")


async def test_the_command_on_the_path_is_recognized(examined: Examine, own: Path, tmp_path: Path) -> None:
    """The command itself, a link to it (pipx) and a copy (pipx on Windows) are the same installation."""
    assert (await examined("command", PATH=str(own.parent)))["command"].status == "ok"
    link = tmp_path / "links" / COMMAND
    link.parent.mkdir()
    link.symlink_to(own)
    step = (await examined("command", PATH=str(link.parent)))["command"]
    assert step.status == "ok"
    assert str(link) in step.detail
    copy = executable(tmp_path / "copies" / COMMAND)
    shutil.copy(own, copy)
    assert (await examined("command", PATH=str(copy.parent)))["command"].status == "ok"


async def test_a_command_that_is_not_on_the_path_is_given_whole(examined: Examine, own: Path) -> None:
    """The advice gives the full path, which a client can use."""
    step = (await examined("command", PATH="/nowhere"))["command"]
    assert step.status == "warning"
    assert f"the full path {own}" in step.advice


async def test_another_installation_on_the_path_is_named(examined: Examine, own: Path, tmp_path: Path) -> None:
    """A client would start that one."""
    other = executable(tmp_path / "other" / COMMAND)
    step = (await examined("command", PATH=str(other.parent)))["command"]
    assert step.status == "warning"
    assert str(other) in step.detail
    assert str(own) in step.advice


@pytest.mark.usefixtures("own")
async def test_a_missing_command_is_not_recommended(examined: Examine, tmp_path: Path) -> None:
    """The advice is to install again, whether or not another is on the PATH."""
    shutil.rmtree(tmp_path / "bin")
    other = executable(tmp_path / "other" / COMMAND)
    for path in (str(other.parent), "/nowhere"):
        step = (await examined("command", PATH=path))["command"]
        assert step.status == "warning"
        assert "reinstall it" in step.advice
