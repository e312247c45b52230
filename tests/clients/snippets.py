"""Run the snippets of docs/clients.md, each in an environment of its own, over stdio and HTTP.

    python -m tests.clients.snippets [--keep DIR] [NAME ...]

A snippet is the fenced block under a mark `<!-- run: LANGUAGE PACKAGE ... -->`, named after the heading above it. Its
line `# over HTTP: ...` stands for the line before it in the second run. It must show the names of the tools, the answer
to a nested question, and the sentence that a wrong argument gets. The programs among the clients have these from a
scripted model, in place of theirs. With --keep the environments stay in DIR and are used again. Needs network, uv, and
Node.js 22 with npm; not a test, because it installs some 4 GB.
"""

import argparse
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .model import Model, serve

PAGE = Path(__file__).resolve().parents[2] / "docs" / "clients.md"
EXPECTED = {
    "the tools": "search_connections",
    "an answer": "45 connections of all 55 match: 45 active",
    "what is wrong": "Nothing was sent to Telnyx: `where.",
}
QUESTIONS = [
    ("search_connections", {"where": {"actve": True}}),
    ("search_connections", {"where": {"created_after": "soon"}}),
    ("search_connections", {"where": {"active": True}, "group_by": ["record_type"]}),
]
MODELS = {
    "Codex CLI": """mkdir -p ~/.codex; printf '%s\\n' 'model = "scripted"' 'model_provider = "scripted"' \\
        '[model_providers.scripted]' 'name = "scripted"' "base_url = \\"$MODEL/v1\\"" > ~/.codex/config.toml""",
    "Gemini CLI": """mkdir -p ~/.gemini
        echo '{"security": {"auth": {"selectedType": "gemini-api-key"}}}' > ~/.gemini/settings.json""",
    "opencode": """mkdir -p ~/.config/opencode; echo '{"autoupdate": false, "model": "scripted/scripted", "provider":
        {"scripted": {"npm": "@ai-sdk/openai-compatible", "options": {"baseURL": "'$MODEL'/v1", "apiKey": "none"},
        "models": {"scripted": {"tool_call": true}}}}}' > ~/.config/opencode/opencode.json""",
    "Cline": "cline auth openai --apikey none --modelid scripted --baseurl $MODEL/v1",
}
"""Commands that give the scripted model's address to programs that do not read it from the environment."""


@dataclass(frozen=True)
class Snippet:
    """One snippet of the page."""

    name: str
    language: str
    packages: list[str]
    text: str

    def over_http(self, url: str) -> str | None:
        """The snippet with its line for HTTP in place of the one before it; None where it has none."""
        changed, count = re.subn(r".*\n(?:#|//) over HTTP: (.*)", r"\1", self.text)
        return changed.replace("http://127.0.0.1:8000/mcp", url) if count else None


def snippets(page: str) -> list[Snippet]:
    """All of the page, in its order."""
    found = []
    for section in re.split(r"^### ", page, flags=re.MULTILINE)[1:]:
        name = section.partition("\n")[0]
        for language, packages, text in re.findall(r"<!-- run: (\w+) (.*) -->\n```\w+\n(.*?)```", section, re.DOTALL):
            found.append(Snippet(name, language, shlex.split(packages), text))
    return found


def environment(snippet: Snippet, folder: Path) -> Path:
    """A folder with the packages of a snippet; made where it is not there yet."""
    home = folder / re.sub(r"\W+", "-", snippet.name.lower())
    done, packages = home / "installed", shlex.join(snippet.packages)
    if done.exists() and done.read_text("utf-8") == packages:
        return home
    home.mkdir(parents=True, exist_ok=True)
    if snippet.language == "python":
        uv = shutil.which("uv") or str(Path(sys.executable).with_name("uv"))
        commands = [
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home / "venv")],
            [uv, "pip", "install", "--quiet", "--python", str(home / "venv" / "bin" / "python"), *snippet.packages],
        ]
    else:
        commands = [["npm", "install", "--silent", "--no-audit", "--no-fund", "--prefix", str(home), *snippet.packages]]
    for command in commands:
        subprocess.run(command, cwd=home, check=True)
    done.write_text(packages, encoding="utf-8")
    return home


def run(snippet: Snippet, text: str, place: Path) -> str | None:
    """What one run lacks, with the end of what it said; None where it showed all that it must."""
    command, file = {
        "python": ([str(place / "venv" / "bin" / "python"), "-W", "ignore"], "snippet.py"),
        "node": (["node", "--no-warnings"], "snippet.mjs"),
        "sh": (["bash", "-eu"], "snippet.sh"),
    }[snippet.language]
    prelude = MODELS.get(snippet.name)
    (place / file).write_text(f"{prelude}\n{text}" if prelude else text, encoding="utf-8")
    shutil.rmtree(place / "home", ignore_errors=True)
    (place / "home").mkdir()
    model = Model(QUESTIONS)
    with serve(model) as origin:
        try:
            done = subprocess.run(
                [*command, file],
                cwd=place,
                env=environ(place, origin),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=120,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return "it did not end"
    said = done.stdout + done.stderr
    plain = "".join([said, *(turn.text for turn in model.turns)]).replace("\\", "")
    lacking = [what for what, text in EXPECTED.items() if text not in plain]
    return f"exit code {done.returncode}, without {', '.join(lacking)}: ...{said[-1500:]}" if lacking else None


def environ(place: Path, model: str) -> dict[str, str]:
    """The environment of a snippet: a home of its own, its packages and our command on the path, a model at hand."""
    path = [place / "venv" / "bin", place / "node_modules" / ".bin", Path(sys.executable).parent]
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("TELNYX_", "VIRTUAL_ENV", "XDG_"))
    }
    return kept | {
        "PATH": os.pathsep.join([*map(str, path), os.environ["PATH"]]),
        "HOME": str(place / "home"),
        "NO_COLOR": "1",
        "MODEL": model,
        "ANTHROPIC_BASE_URL": model,
        "ANTHROPIC_API_KEY": "none",
        "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
        "GOOGLE_GEMINI_BASE_URL": model,
        "GEMINI_API_KEY": "none",
    }


@contextmanager
def http_server() -> Iterator[str]:
    """The URL of our server on the sandbox."""
    command = [sys.executable, "-m", "telnyx_connections_mcp", "serve", "--sandbox", "--http", "0"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        found = re.search(r"http://\S+/mcp", process.stderr.readline())
        assert found is not None
        yield found[0]
        process.terminate()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=Path, help="keep the environments in this folder")
    parser.add_argument("names", nargs="*", metavar="NAME", help="part of a name; without one all are run")
    given = parser.parse_args()
    wanted = [
        snippet
        for snippet in snippets(PAGE.read_text(encoding="utf-8"))
        if not given.names or any(name.lower() in snippet.name.lower() for name in given.names)
    ]
    failed = 0
    with tempfile.TemporaryDirectory() as temporary, http_server() as url:
        for snippet in wanted:
            place = environment(snippet, given.keep.resolve() if given.keep else Path(temporary))
            for transport, text in {"stdio": snippet.text, "HTTP": snippet.over_http(url)}.items():
                if text is not None:
                    problem = run(snippet, text, place)
                    failed += problem is not None
                    print(f"{snippet.name}, {transport}: {problem or 'ok'}", flush=True)
    print(f"{failed} failed")
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main())
