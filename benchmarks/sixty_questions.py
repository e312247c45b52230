"""Sixty questions about an account of 640 connections, for a reader that sees only the tools.

The last twenty are about what surrounds the connections.

`tools` prints them as a model is shown them; `list` prints the questions. The reader answers with `call LOG TOOL JSON`,
which asks a fresh server over stdio and appends to LOG, and writes its answers as JSON by number. `grade LOG ANSWERS`
compares them with answers computed from the sandbox's data, without this server's code, and counts calls and o200k
tokens. `--server COMMAND` uses another version.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import bpe_openai
from questions import QUESTIONS as FORTY
from questions import SEED, SIZE
from questions_around import QUESTIONS_AROUND
from stdio import KEY, OURS, Stdio, sandbox

QUESTIONS = [*FORTY, *QUESTIONS_AROUND]


def call(log: Path, server: list[str], tool: str, arguments: dict[str, Any]) -> str:
    """The text of an answer, which is also counted in `log`."""
    with sandbox("--size", str(SIZE), "--seed", str(SEED)) as url:
        session = Stdio(server, TELNYX_API_KEY=KEY, TELNYX_BASE_URL=url)
        result = json.loads(session.ask("tools/call", name=tool, arguments=arguments))
        session.close()
    text = "".join(part["text"] for part in result["result"]["content"]) if "result" in result else str(result["error"])
    failed = "error" in result or result["result"].get("isError", False)
    line = {"tool": tool, "error": failed, "asked": tokens(json.dumps(arguments)), "answered": tokens(text)}
    with log.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return text


def tools(server: list[str]) -> str:
    """What a model is shown of every tool: name, title, description and input schema."""
    session = Stdio(server, TELNYX_SANDBOX="1")
    listed = json.loads(session.ask("tools/list"))["result"]["tools"]
    session.close()
    shown = [{key: tool.get(key) for key in ("name", "title", "description", "inputSchema")} for tool in listed]
    return json.dumps(shown, ensure_ascii=False, separators=(",", ":"))


def tokens(text: str) -> int:
    return len(bpe_openai.get_encoding("o200k_base").encode(text))


def grade(log: Path, answers: Path) -> str:
    """Which answers are wrong, and what they cost together."""
    given = json.loads(answers.read_text(encoding="utf-8"))
    wrong = [
        f"{number}: {given.get(str(number))!r} is not {right!r}"
        for number, (_, right) in enumerate(QUESTIONS, 1)
        if _plain(given.get(str(number))) != _plain(right)
    ]
    lines = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
    asked, answered = (sum(line[key] for line in lines) for key in ("asked", "answered"))
    errors = sum(line["error"] for line in lines)
    right, each = len(QUESTIONS) - len(wrong), answered / len(QUESTIONS)
    cost = f"{answered} tokens of results ({each:.0f} a question), {asked} of arguments"
    score = f"{right} of {len(QUESTIONS)} right in {len(lines)} calls, {errors} of them errors"
    return "\n".join([*wrong, f"{score}; {cost}"])


def _plain(answer: Any) -> Any:
    """Lists of ids in any order; numbers as text, so that 7 is "7"."""
    if isinstance(answer, list):
        shown = [str(each) for each in answer]
        return sorted(shown) if all(isinstance(each, str) for each in answer) else shown
    return str(answer)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default=" ".join(OURS), help="the command that starts the server")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list")
    commands.add_parser("tools")
    asking = commands.add_parser("call")
    asking.add_argument("log", type=Path)
    asking.add_argument("tool")
    asking.add_argument("arguments", type=json.loads)
    grading = commands.add_parser("grade")
    grading.add_argument("log", type=Path)
    grading.add_argument("answers", type=Path)
    options = parser.parse_args()
    server = options.server.split()
    match options.command:
        case "list":
            print(*(f"{number}. {question.text}" for number, question in enumerate(QUESTIONS, 1)), sep="\n")
        case "tools":
            print(tools(server))
        case "call":
            print(call(options.log, server, options.tool, options.arguments))
        case "grade":
            print(grade(options.log, options.answers))


if __name__ == "__main__":
    main()
