"""Shell completion: in a real bash, and click's protocol for zsh and fish."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from telnyx_connections_mcp.cli.entry import main

VARIABLE = "_TELNYX_CONNECTIONS_MCP_COMPLETE"
WORDS = {
    "s": ["serve", "search", "sandbox"],
    "search --no-w": ["--no-webhook"],
    "search --sort ''": [
        *("created_at", "-created_at", "connection_name", "-connection_name"),
        *("active", "-active", "updated_at", "-updated_at"),
    ],
    "search --sort -c": ["-created_at", "-connection_name"],
    "search --sort = -c": ["-created_at", "-connection_name"],
    "search --record-type m": ["microsoft_teams_sbc_connection", "mobile_voice_connection"],
    "search --record-type-not fq": ["fqdn_connection"],
    "search --name-contains ''": [],
    "audit --check webhook_p": ["webhook_private_host"],
    "audit --min-severity ''": ["error", "warning", "info"],
    "call l": ["list_connections", "list_active_calls"],
    "call list_connections --j": ["--json"],
    "calls 1 --detail f": ["full"],
    "completion ''": ["bash", "zsh", "fish"],
}
IN_BASH = ("s", "search --sort -c")


Run = Callable[..., str]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The output of the command with these arguments and variables, which must succeed."""

    def printed(*arguments: str, **environ: str) -> str:
        with monkeypatch.context() as patch:
            for name, value in environ.items():
                patch.setenv(name, value)
            try:
                code = main(arguments)
            except SystemExit as left:
                code = left.code
        assert code == 0
        return capsys.readouterr().out

    return printed


@pytest.mark.parametrize(("words", "found"), WORDS.items())
def test_commands_options_and_values_are_completed(run: Run, words: str, found: list[str]) -> None:
    """Completions come one a line, as bash's script expects."""
    line = f"telnyx-connections-mcp {words}"
    told = run(**{VARIABLE: "bash_complete", "COMP_WORDS": line, "COMP_CWORD": str(len(line.split()) - 1)})
    assert told.split() == [f"plain,{each}" for each in found]


@pytest.mark.skipif(shutil.which("bash") is None, reason="no bash here")
def test_bash_completes(tmp_path: Path) -> None:
    """The script works in a real bash."""
    program = tmp_path / "telnyx-connections-mcp"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m telnyx_connections_mcp "$@"\n')
    program.chmod(0o755)
    tries = "\n".join(f"try telnyx-connections-mcp {words}" for words in IN_BASH)
    script = f"""
        eval "$(telnyx-connections-mcp completion bash)"
        complete -p telnyx-connections-mcp > /dev/null || exit 1
        try() {{
            COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); COMPREPLY=()
            _telnyx_connections_mcp_completion telnyx-connections-mcp
            echo "${{COMPREPLY[*]}}"
        }}
        {tries}
    """
    done = subprocess.run(
        ["bash", "--norc", "-c", script],  # noqa: S607  # the bash of whoever runs the tests
        env=os.environ | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"},
        check=True,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert [line.split() for line in done.stdout.splitlines()] == [WORDS[words] for words in IN_BASH]


@pytest.mark.parametrize(
    ("shell", "form"),
    [
        ("zsh", "plain\nwebhook_not_https\n_"),
        ("fish", "plain\nwebhook_not_https"),
    ],
)
def test_zsh_and_fish_are_supported(run: Run, shell: str, form: str) -> None:
    """Their scripts name the program, and completions come in their formats."""
    script = run("completion", shell)
    assert f"{VARIABLE}={shell}_complete" in script
    words, last = "telnyx-connections-mcp audit --check webhook_n", "webhook_n"
    told = run(**{VARIABLE: f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": last if shell == "fish" else "3"})
    assert told.strip().replace(",", "\n") == form


def test_the_help_says_how_to_install_it(run: Run) -> None:
    """The help has a line for each shell."""
    text = run("completion", "--help")
    for said in ("~/.bashrc", "~/.zshrc", "~/.config/fish/completions"):
        assert said in text


def test_the_help_of_the_program_imports_no_tool() -> None:
    """The help and the completion of command names import no tool, so that both are quick."""
    for arguments, environ in (
        (["--help"], {}),
        ([], {VARIABLE: "bash_complete", "COMP_WORDS": "telnyx-connections-mcp se", "COMP_CWORD": "1"}),
    ):
        code = (
            "import sys, contextlib\nfrom telnyx_connections_mcp.cli.entry import main\n"
            "with contextlib.suppress(SystemExit): main()\n"
            "heavy = {'mcp', 'httpx', 'pydantic', 'rich', 'anyio'} & set(sys.modules)\n"
            "sys.exit(str(heavy) if heavy else 0)"
        )
        subprocess.run([sys.executable, "-c", code, *arguments], env=os.environ | environ, check=True)


def test_serving_imports_no_command() -> None:
    """Serving over stdio, which every chat starts, imports neither the commands nor rich."""
    code = (
        "import sys, telnyx_connections_mcp.cli.entry, telnyx_connections_mcp.cli.serve\n"
        "import telnyx_connections_mcp.mcp_server.app\n"
        "ours = {f'telnyx_connections_mcp.cli.{name}' for name in ('commands', 'terminal')}\n"
        "paid = {'rich', *ours} & set(sys.modules)\n"
        "sys.exit(str(paid) if paid else 0)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
