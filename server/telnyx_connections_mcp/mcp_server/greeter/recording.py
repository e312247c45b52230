"""What was recorded, for the arguments and the environment that a server is started with."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.machinery import PathFinder

RECORDING = f"{os.path.dirname(__file__)}/greeting.txt"  # noqa: PTH120  # to import pathlib takes 4 ms
"""First, as JSON, what the rest holds for: the series of `mcp` and the values of options. Then a line for each answer:

QUESTION PLACE, QUESTION PLACE ...<tab>the line that the server wrote to such a request with the id 0

Questions are those of `messages.question`.
"""


def recorded_answers(arguments: Sequence[str], environ: Mapping[str, str]) -> dict[str, str] | None:
    """The lines that a server started like this writes, by question; None for arguments that are not known here.

    What depends on more than was recorded (several accounts, a team's own prompts, another SDK) is left out.
    """
    with open(RECORDING, encoding="utf-8", newline="\n") as file:  # noqa: PTH123  # see above
        first, *lines = file.read().split("\n")
    header = json.loads(first)
    options = _options(arguments, header["choices"])
    if options is None:
        return None
    said = {name: environ.get(name, "").strip() for name in ("TELNYX_SANDBOX", "TELNYX_ACCOUNTS", "TELNYX_PROMPTS")}
    place = "sandbox" if "--sandbox" in options else {"": "account", "1": "sandbox"}.get(said["TELNYX_SANDBOX"])
    if place is None or "--accounts" in options or said["TELNYX_ACCOUNTS"] or not _is_installed("mcp", header["mcp"]):
        return {}
    own_prompts = "--prompts" in options or said["TELNYX_PROMPTS"]
    answers: dict[str, str] = {}
    for keys, _, line in (line.partition("\t") for line in lines):
        for key in keys.split(", "):
            asked, _, where = key.rpartition(" ")
            if where == place and not (own_prompts and asked.startswith("prompts/")):
                answers[asked] = line
    return answers


def _options(arguments: Iterable[str], choices: Mapping[str, Sequence[str]]) -> set[str] | None:
    """The names of the options among `arguments`; None unless `serve` takes them all and serves over stdio."""
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
    """Whether the version of a package is of this series. The file system knows: importlib.metadata takes 20 ms."""
    spec = PathFinder.find_spec(package)
    if spec is None or spec.origin is None:
        return False
    beside = os.path.dirname(os.path.dirname(spec.origin))  # noqa: PTH120  # see above
    begins = f"{package}-{series}."
    return any(name.startswith(begins) and name.endswith(".dist-info") for name in os.listdir(beside))  # noqa: PTH208
