"""Answers a client's first messages over stdio from a recording while the SDK is being imported.

Every client begins with the same few messages, and the responses depend only on the protocol version and a few
settings. `greeting.txt` contains the responses as the server wrote them;
`python -m pytest --renew tests/mcp_server/greeter/test_recording.py` records them again. Nothing here implements the
protocol: a message is answered with the recorded line, or it and all that follow go to the SDK. Which of the two
depends on the messages alone, never on the speed of the machine (docs/decisions/0045).

Only `cli.entry` knows this package, and it imports next to nothing: until the first answer every millisecond counts.
"""

import os
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager

from telnyx_connections_mcp.mcp_server.greeter.recording import recorded_answers
from telnyx_connections_mcp.mcp_server.greeter.stdio import Stdio


@contextmanager
def greeted(arguments: Sequence[str]) -> Generator[Stdio | None]:
    """The standard streams of a server started with `arguments`, if the client is greeted on them; else None.

    If the body fails before the SDK reads, every further request of the client is answered with the reason.
    """
    answers = recorded_answers(arguments, os.environ)
    if answers is None or not _are_pipes():
        yield None
        return
    stdio = Stdio(answers)
    with stdio.diverted():
        try:
            yield stdio
        except Exception as error:
            if not stdio.taken_over:
                stdio.refuse(error)
            raise


def _are_pipes() -> bool:
    """Whether the standard streams are the process's own, and not a terminal."""
    try:
        numbers = [stream.fileno() for stream in (sys.stdin, sys.stdout, sys.stderr)]
        return numbers == [0, 1, 2] and not sys.stdin.isatty()
    except (AttributeError, OSError, ValueError):  # closed, or replaced
        return False
