"""The first messages of a client over stdio, answered from a recording while the SDK is imported.

Every client begins with the same few messages, and what the server answers depends on the protocol version and on a
few settings. `greeting.txt` holds the server's own answers as it wrote them;
`python -m pytest --renew tests/mcp_server/greeter/test_recording.py` records them again. Nothing here speaks the
protocol: a message is answered with the line that was recorded for it, or it and all that follow are the SDK's. Which
of the two depends on the messages alone, never on how fast the machine is (docs/decisions/0045).

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
    """The standard streams of the server that `arguments` start, where the client is greeted on them; else None.

    Where the body fails before the SDK reads, every further request of the client is answered with why.
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
    """Whether the standard streams are the process's own and nobody types."""
    try:
        numbers = [stream.fileno() for stream in (sys.stdin, sys.stdout, sys.stderr)]
        return numbers == [0, 1, 2] and not sys.stdin.isatty()
    except (AttributeError, OSError, ValueError):  # closed, or something else in their place
        return False
