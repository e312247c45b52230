"""A scripted model behind the APIs of `dialects.py`.

It makes one tool call for each message. If it is told that an argument is unknown and which one was meant, it repeats
the call with that name, as a model does from the words alone.
"""

import json
import re
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from .dialects import Call, Turn, dialect_of

_UNKNOWN = re.compile(r"`([\w.]+)` is unknown \(did you mean `([\w.]+)`\?\)")
_MEANWHILE: dict[str, dict[str, Any]] = {"ToolSearch": {"query": "connections"}, "list_mcp_resources": {}}
"""What to call while a tool is not offered yet: Claude Code has tools searched, Codex begins before servers are up."""
_PATIENCE = 10


class Model:
    """The model, and everything that it was sent."""

    def __init__(self, questions: Sequence[Call]) -> None:
        self.questions = questions
        self.turns: list[Turn] = []

    def answer(self, turn: Turn) -> Call | None:
        """The next call; None if nothing is left to ask."""
        self.turns.append(turn)
        exchanges = self._asked(turn)
        corrections = sum(bool(_UNKNOWN.search(told)) for _, told in exchanges)
        number = len(exchanges) - corrections
        if exchanges and _UNKNOWN.search(exchanges[-1][1]):
            (tool, arguments), told = exchanges[-1]
            for mistyped, meant in _UNKNOWN.findall(told):
                arguments = renamed(arguments, mistyped.split("."), meant.rpartition(".")[2])
            return turn.offered(tool) or tool, arguments
        if number == len(self.questions):
            return None
        tool, arguments = self.questions[number]
        if offered := turn.offered(tool):
            return offered, arguments
        others = {name: _MEANWHILE[name] for name in turn.tools if name in _MEANWHILE}
        if not others or len(turn.exchanges) == _PATIENCE:
            return None
        time.sleep(1)  # as long as a quick model thinks
        return next(iter(others.items()))

    def conversation(self, about: str) -> tuple[dict[str, Any], list[tuple[Call, str]]]:
        """A conversation that began with `about`: the tools offered, and each call with its result."""
        turn = [each for each in self.turns if about in each.text and each.tools][-1]
        return turn.tools, self._asked(turn)

    def _asked(self, turn: Turn) -> list[tuple[Call, str]]:
        tools = {tool for tool, _ in self.questions}
        return [
            ((tool, arguments), told)
            for (name, arguments), told in turn.exchanges
            for tool in tools
            if name.endswith(tool)
        ]


def renamed(arguments: dict[str, Any], path: Sequence[str], name: str) -> dict[str, Any]:
    """`arguments` with the last name of `path` changed to `name`."""
    key, *rest = path
    if rest:
        return arguments | {key: renamed(arguments[key], rest, name)}
    return {name if each == key else each: value for each, value in arguments.items()}


@contextmanager
def serve(model: Model) -> Iterator[str]:
    """The origin at which `model` answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            path = self.path.partition("?")[0]
            dialect = dialect_of(path)
            if dialect is None:
                self.answer("application/json", "{}")
                return
            events, whole = dialect.write(model.answer(dialect.read(request)))
            if request.get("stream") or "stream" in path:
                self.answer("text/event-stream", "".join(events))
            else:
                self.answer("application/json", json.dumps(whole))

        def do_GET(self) -> None:
            self.answer("application/json", '{"object": "list", "data": []}')

        def answer(self, kind: str, text: str) -> None:
            body = text.encode()
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Log nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
