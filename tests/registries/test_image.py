"""The steps of the Dockerfile, run without Docker, give a server that runs unprivileged and writes nothing.

Not tested, because it needs a daemon: pulling the base image, and how the layers fit together.
"""

import json
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from telnyx_connections_mcp import __version__

ROOT = Path(__file__).resolve().parents[2]
DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
PROMPTS = sorted(path.stem for path in (ROOT / "prompts").glob("*.md"))
BECOMING = (
    ("setpriv", "--reuid=10001", "--regid=10001", "--clear-groups"),
    ("unshare", "--user", "--map-user=10001", "--map-group=10001"),  # where Python lies in root's own home
)
"""How root runs a command as the image's user, whom no machine knows."""


TO_REACH_REGISTRIES = {
    name: value for name, value in os.environ.items() if name.startswith(("PIP_", "SSL_", "HTTP", "http", "NO_PROXY"))
}
"""What this machine needs for that; the Dockerfile's own words come over it."""


def instructions() -> list[tuple[str, str]]:
    """The instructions of the Dockerfile and their words, without comments and with continued lines joined."""
    lines = re.sub(r"^\s*#.*\n", "", DOCKERFILE, flags=re.MULTILINE)
    joined = re.sub(r"\s*\\\n\s*", " ", lines)
    return [(word, rest) for word, _, rest in (line.partition(" ") for line in joined.splitlines()) if word]


def as_the_user() -> Sequence[str]:
    """The prefix that runs a command as the image's user, if the tests run as root."""
    if os.geteuid() != 0:
        return ()
    probe = ("/usr/bin/env", sys.executable, "-c", "")
    works = [
        how for how in BECOMING if subprocess.run([*how, *probe], capture_output=True, check=False).returncode == 0
    ]
    assert works, "root cannot run this Python as another user: neither setpriv nor unshare (util-linux) does it"
    return works[0]


def last(instruction: str) -> str:
    """The last such instruction, which is the one that counts."""
    return [rest for word, rest in instructions() if word == instruction][-1]


def context_files() -> set[str]:
    """What .dockerignore lets into the build: only files with a `!`, without caches."""
    first, *rules = [
        line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line[:1] not in ("", "#")
    ]
    assert first == "*"
    kept = [ROOT / rule[1:] for rule in rules if rule.startswith("!")]
    files = [file for path in kept for file in ([path] if path.is_file() else path.rglob("*"))]
    return {path.relative_to(ROOT).as_posix() for path in files if path.is_file() and "__pycache__" not in path.parts}


@dataclass
class Image:
    """A folder that holds the absolute paths of the image."""

    top: Path
    base: dict[str, str]
    """The environment that the base image gives."""
    environ: dict[str, str] = field(default_factory=dict)
    workdir: str = "/"
    ran: list[str] = field(default_factory=list)

    def inside(self, text: str) -> str:
        """`text` with the image's own folders replaced by ours."""
        return re.sub(r"(?<![\w./])/(src|wheels|app)(?![\w])", lambda found: f"{self.top}/{found[1]}", text)

    def take(self, instruction: str, rest: str) -> None:
        """Carry out one instruction."""
        if instruction == "FROM":
            self.environ, self.workdir = dict(self.base), "/"
        elif instruction == "ENV":
            for name, value in re.findall(r"(\w+)=(\S+)", rest):
                self.environ[name] = self.inside(value).replace("$PATH", self.environ["PATH"])
        elif instruction == "WORKDIR":
            self.workdir = self.inside(rest)
            Path(self.workdir).mkdir(parents=True)
        elif instruction == "COPY" and not rest.startswith("--from"):
            *sources, target = rest.split()
            for source in sources:
                self.copy(source, self.inside(target))
        elif instruction == "RUN":
            exec_form = rest.startswith("[")
            command = json.loads(rest) if exec_form else ["/bin/sh", "-c", self.inside(rest)]
            environ = TO_REACH_REGISTRIES | self.environ | {"HOME": str(self.top)}
            done = subprocess.run(
                command, env=environ, cwd=self.workdir, capture_output=True, text=True, check=False, timeout=600
            )
            assert done.returncode == 0, done.stdout + done.stderr
            self.ran.append(done.stdout)

    def copy(self, source: str, target: str) -> None:
        """Copy only what .dockerignore lets through."""
        found = [name for name in context_files() if name == source or name.startswith(f"{source}/")]
        assert found, f"{source} is not in the build context"
        for name in found:
            below = Path(name).name if name == source else Path(name).relative_to(source).as_posix()
            to = Path(self.workdir, target, below) if name != source or target == "./" else Path(target)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, to)


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    """What the Dockerfile builds, made read-only."""
    top = Path(tempfile.mkdtemp())  # pytest's own folders are closed to other users
    top.chmod(0o755)
    python = top / "python"
    subprocess.run([sys.executable, "-m", "venv", python], check=True, timeout=120)
    built = Image(top, {"PATH": f"{python / 'bin'}:/usr/bin:/bin"})
    for instruction, rest in instructions():
        built.take(instruction, rest)
    set_writable(top, writable=False)
    yield built
    set_writable(top, writable=True)
    shutil.rmtree(top)


def set_writable(top: Path, *, writable: bool) -> None:
    for path in [top, *top.rglob("*")]:
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | 0o200 if writable else mode & ~0o222)


def files(top: Path) -> set[Path]:
    return set(top.rglob("*"))


def test_it_speaks_over_stdio_as_another_user_and_writes_nothing(image: Image, start: Callable[..., Any]) -> None:
    """The entry point serves with the image's environment alone, from a read-only tree."""
    before = files(image.top)
    entry = json.loads(last("ENTRYPOINT"))
    environ = [f"{name}={value}" for name, value in image.environ.items()]
    server = start("--sandbox", command=[*as_the_user(), "/usr/bin/env", "-i", *environ, *entry])
    assert server.handshake()["result"]["serverInfo"]["version"] == __version__
    assert "55" in server.ask(2, "tools/call", name="list_connections", arguments={})["result"]["content"][0]["text"]
    assert sorted(prompt["name"] for prompt in server.ask(3, "prompts/list")["result"]["prompts"]) == PROMPTS
    assert server.close() == (0, "")
    assert files(image.top) == before


def test_the_build_runs_the_server(image: Image) -> None:
    """The build fails if the server does not work."""
    assert "Every answer was right." in image.ran[-1]


def test_installed_packages_are_compiled(image: Image) -> None:
    """Every source of an installed package has its bytecode, because each container starts cold."""
    [packages] = (image.top / "app" / "lib").glob("python*/site-packages")
    sources = [path for path in packages.rglob("*.py") if path.parent.name != "__pycache__"]
    missing = [path for path in sources if not list((path.parent / "__pycache__").glob(f"{path.stem}.cpython-*.pyc"))]
    assert len(sources) > 500
    assert missing == []


def test_the_final_environment_has_no_installer(image: Image) -> None:
    """The final environment has no pip and no build tool."""
    assert not [path.name for path in (image.top / "app" / "bin").iterdir() if path.name.startswith(("pip", "hatch"))]


def test_only_the_listed_files_reach_the_build() -> None:
    """The build gets sources, prompts and three documents, but no git history, tests or settings."""
    tops = {name.split("/")[0] for name in context_files()}
    assert tops == {"pyproject.toml", "README.md", "LICENSE", "server", "prompts", "docker"}


def test_it_does_not_run_as_root() -> None:
    """The user is a number, so that Kubernetes' `runAsNonRoot` can check it."""
    user, _, group = last("USER").partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert instructions()[-3][0] == "USER"
    assert {word for word, _ in instructions()[-2:]} == {"HEALTHCHECK", "ENTRYPOINT"}


def test_the_labels_match_the_package() -> None:
    """The label has the name in server.json, with our licence and description."""
    labels = dict(re.findall(r'([\w.]+)="([^"]*)"', last("LABEL")))
    server = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
    assert labels["io.modelcontextprotocol.server.name"] == server["name"]
    assert labels["org.opencontainers.image.description"] == server["description"]
    assert labels["org.opencontainers.image.licenses"] == "MIT"
