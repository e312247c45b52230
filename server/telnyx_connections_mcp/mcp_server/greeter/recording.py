"""Reads the recorded responses for a server's arguments and environment."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.machinery import PathFinder

RECORDING = f"{os.path.dirname(__file__)}/greeting.txt"  # noqa: PTH120  # to import pathlib takes 4 ms
"""First, as JSON, what the rest applies to: the series of `mcp` and the values of options. Then a line per response:

QUESTION PLACE, QUESTION PLACE ...<tab>the line that the server wrote in response to such a request with id 0

Questions are those of `messages.question`.
"""
DIGITS = f"{os.path.dirname(os.path.dirname(__file__))}/view/digits.txt"  # noqa: PTH120  # see above
NO_DIGITS = "NNNNNNNNN"
"""Stands in the recording for the digits of the page's URI, which change with the page."""


def recorded_answers(arguments: Sequence[str], environ: Mapping[str, str]) -> dict[str, str] | None:
    """The responses of a server started like this, by question; None for unknown arguments.

    Responses that depend on anything else (several accounts, a team's own prompts, another SDK) are left out.
    """
    with open(RECORDING, encoding="utf-8", newline="\n") as file:  # noqa: PTH123  # see above
        text = file.read()
    with open(DIGITS, encoding="utf-8") as file:  # noqa: PTH123  # see above
        first, *lines = text.replace(NO_DIGITS, file.read().strip()).split("\n")
    header = json.loads(first)
    options = _options(arguments, header["choices"])
    if options is None:
        return None
    variables = {
        name: environ.get(name, "").strip()
        for name in ("TELNYX_SANDBOX", "TELNYX_ACCOUNTS", "TELNYX_PROMPTS", "TELNYX_QUERY", "TELNYX_APP")
    }
    place = "sandbox" if "--sandbox" in options else {"": "account", "1": "sandbox"}.get(variables["TELNYX_SANDBOX"])
    if (
        place is None
        or "--accounts" in options
        or variables["TELNYX_ACCOUNTS"]
        or variables["TELNYX_QUERY"]
        or variables["TELNYX_APP"]
        or not _is_installed("mcp", header["mcp"])
    ):
        return {}
    own_prompts = "--prompts" in options or variables["TELNYX_PROMPTS"]
    answers: dict[str, str] = {}
    for keys, _, line in (line.partition("\t") for line in lines):
        for key in keys.split(", "):
            question, _, where = key.rpartition(" ")
            if where == place and not (own_prompts and question.startswith("prompts/")):
                answers[question] = line
    return answers


def _options(arguments: Iterable[str], choices: Mapping[str, Sequence[str]]) -> set[str] | None:
    """The names of the options in `arguments`; None unless `serve` accepts them all and serves over stdio."""
    found = set()
    rest = iter(arguments)
    for argument in rest:
        name, given, value = argument.partition("=")
        if argument != "--sandbox":
            value = value if given else next(rest, "")
            if name not in ("--prompts", "--accounts") and value not in choices.get(name, ()):
                return None
            if not value or value.startswith("-"):
                return None
        found.add(name)
    return found


def _is_installed(package: str, series: str) -> bool:
    """Whether this series of a package is installed, from the file system: importlib.metadata takes 20 ms."""
    spec = PathFinder.find_spec(package)
    if spec is None or spec.origin is None:
        return False
    beside = os.path.dirname(os.path.dirname(spec.origin))  # noqa: PTH120  # see above
    begins = f"{package}-{series}."
    return any(name.startswith(begins) and name.endswith(".dist-info") for name in os.listdir(beside))  # noqa: PTH208
